"""What one connection of the attack sends: requests one behind the other, the last of which may be broken.

Drawn from a seed and the connection's number alone. Sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.soak import corpus
from tests.soak.draws import Draws

_MOST_REQUESTS = 12
_MOST_AHEAD = 65_536
_TOKENS = (b"all", b"all", b"some", b"none", b"wrong", b"", b"\xff")
_IDS = (b"admin", b"admin", b"limited", b"guest", b"nobody", b"")
_RIGHT = ((b"admin", b"all"), (b"admin", b"all"), (b"limited", b"some"), (b"guest", b"none"))
# nothing that strikes: who answers 503 on purpose cannot be told from who does not
_NO_FAULT = b"[]"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is sent over one connection.

    Parameters
    ----------
    number : int
        The connection's number.
    data : bytes
        All of it.
    cuts : tuple of int
        Where it is cut into pieces that are sent apart.
    methods : tuple of bytes
        Of the requests that begin in it.
    whole : bool
        Whether each request is whole, and the last says that the connection is to be closed.
    plain : bool
        Whether there is none that a server may refuse to read, since it makes no sense, or comes behind more
        than it takes of somebody unknown who does not wait. If it is whole too, each gets an answer.
    abrupt : bool
        Whether the client goes without waiting for anything.
    """

    number: int
    data: bytes
    cuts: tuple[int, ...]
    methods: tuple[bytes, ...]
    whole: bool
    plain: bool
    abrupt: bool


def exchange(seed: int, number: int) -> Exchange:
    """Return what the connection of a number sends."""
    draws = Draws(seed, number)
    requests = 1 + draws.below(_MOST_REQUESTS)
    whole = draws.chance(0.7)
    parts, methods, plain = [], [], True
    for place in range(requests):
        last = place == requests - 1
        if last and not whole:
            method, data = b"GET", _broken(draws)
        else:
            method, data, odd = _request(draws, last=last)
            plain = plain and not odd
        parts.append(data)
        methods.append(method)
    data = b"".join(parts)
    if not whole and draws.chance(0.3):
        data = data[: draws.below(len(data) + 1)]
    cuts = tuple(sorted({draws.below(len(data) + 1) for _ in range(draws.below(4))}))
    plain = plain and len(data) <= _MOST_AHEAD
    return Exchange(number, data, cuts, tuple(methods), whole, plain, abrupt=not whole and draws.chance(0.2))


def _request(draws: Draws, *, last: bool) -> tuple[bytes, bytes, bool]:
    """Return a well-framed request, whatever is in it: its method, it, and whether a parser may refuse it."""
    target, steers, odd = _target(draws)
    right = corpus.RIGHT_METHODS.get(target.rpartition(b"/")[2], b"GET")
    method = right if draws.chance(0.6) else draws.pick(corpus.METHODS)
    lines = [b"%s %s HTTP/1.1" % (method, target), b"Host: " + _host(draws)]
    lines += _credentials(draws)
    lines += [draws.pick(corpus.HEADERS) for _ in range(draws.below(3))]
    odd = odd or sum(line.count(b"\n") for line in lines) > 50
    if last:
        lines.append(b"Connection: close")
    if method in (b"GET", b"HEAD", b"OPTIONS", b"TRACE") and draws.chance(0.8):
        return method, b"\r\n".join(lines) + b"\r\n\r\n", odd
    body = _body(draws, target, steers=steers)
    if draws.chance(0.8):
        lines.append(b"Content-Type: application/json")
    if draws.chance(0.5):
        lines.append(b"Content-Length: %d" % len(body))
    else:
        lines.append(b"Transfer-Encoding: chunked")
        body = _chunked(draws, body)
        odd = odd or body.endswith(b"Content-Length: 5\r\n\r\n")
    return method, b"\r\n".join(lines) + b"\r\n\r\n" + body, odd


def _target(draws: Draws) -> tuple[bytes, bool, bool]:
    """Return a target, whether it is the control plane's, and whether a parser may refuse it."""
    kind = draws.share()
    if kind < 0.6:
        return corpus.API + draws.pick(corpus.ENDPOINTS), False, False
    if kind < 0.85:
        return b"/_simimport/" + draws.pick(corpus.STEERED), True, False
    return draws.pick(corpus.TARGETS), False, True


def _host(draws: Draws) -> bytes:
    return b"127.0.0.1" if draws.chance(0.9) else draws.pick(corpus.HOSTS)


def _credentials(draws: Draws) -> list[bytes]:
    kind = draws.share()
    if kind < 0.5:
        return [b"X-User-Id: %s\r\nX-Auth-Token: %s" % draws.pick(_RIGHT)]
    if kind < 0.7:
        return [b"X-User-Id: " + draws.pick(_IDS), b"X-Auth-Token: " + draws.pick(_TOKENS)]
    return []


def _body(draws: Draws, target: bytes, *, steers: bool) -> bytes:
    """Return a body: mostly one that means something at its target, with something odd in it."""
    kind = draws.share()
    if kind < 0.1:
        return draws.bytes(draws.below(400))
    if kind < 0.3:
        return draws.pick(corpus.VALUES)
    if steers:
        return _steering(draws, target)
    if target.endswith(b"login"):
        user, password = (b'"ann"', b'"secret"') if draws.chance(0.3) else (_value(draws), _value(draws))
        return b'{"user":%s,"password":%s}' % (user, password)
    users = b",".join(_user(draws) for _ in range(draws.below(5)))
    body = b'{"users":[%s]}' % users
    return body if draws.chance(0.9) else _spoiled(draws, body)


def _steering(draws: Draws, target: bytes) -> bytes:
    if target.endswith(b"faults"):
        fields = b",".join(_field(draws) for _ in range(draws.below(4)))
        # a kind that there is would strike
        return _NO_FAULT if draws.chance(0.3) else b'[{"kind":"no such",%s}]' % fields
    if target.endswith(b"clock"):
        key = draws.pick((b"advance_s", b"jump_s", b"run_until", b"a"))
        return b'{"%s":%s}' % (key, _value(draws))
    if target.endswith(b"reset") and draws.chance(0.7):
        if draws.chance(0.5):
            return b"{}"
        return b'{"scenario":{%s}}' % _field(draws)
    return b"{%s}" % _field(draws)


def _field(draws: Draws) -> bytes:
    return b'"%s":%s' % (draws.pick(corpus.KEYS), _value(draws))


def _user(draws: Draws) -> bytes:
    number = draws.below(1000)
    fields = [b'"emails":["u%d@example.org"]' % number, b'"importIds":["%d"]' % number]
    if draws.chance(0.3):
        fields.append(_field(draws))
    if draws.chance(0.05):
        fields.pop(0)
    return b"{%s}" % b",".join(fields)


def _value(draws: Draws) -> bytes:
    if draws.chance(0.3):
        return b"%d" % (draws.below(2_000) - 1000)
    return draws.pick(corpus.VALUES)


def _spoiled(draws: Draws, body: bytes) -> bytes:
    place = draws.below(len(body))
    return body[:place] + draws.bytes(1 + draws.below(3)) + body[place + draws.below(3) :]


def _chunked(draws: Draws, body: bytes) -> bytes:
    """Return a body in chunks, with extensions and trailers."""
    parts = []
    while body:
        size = min(1 + draws.below(600), len(body))
        parts.append(b"%x%s\r\n%s\r\n" % (size, draws.pick(corpus.EXTENSIONS), body[:size]))
        body = body[size:]
    parts += [b"0%s\r\n" % draws.pick(corpus.EXTENSIONS), draws.pick(corpus.TRAILERS), b"\r\n"]
    return b"".join(parts)


def _broken(draws: Draws) -> bytes:
    """Return what is no request, or one whose framing is broken."""
    kind = draws.share()
    if kind < 0.2:
        return draws.pick(corpus.FIRST_LINES)
    if kind < 0.25:
        return draws.bytes(1 + draws.below(3000))
    target = corpus.API + draws.pick(corpus.ENDPOINTS)
    lines = [b"POST %s HTTP/1.1" % target, b"Host: 127.0.0.1", *_credentials(draws)]
    if kind < 0.5:
        lines.append(draws.pick(corpus.BROKEN_HEADERS))
        return b"\r\n".join(lines) + b"\r\n\r\n" + _body(draws, target, steers=False)
    lines.append(b"Transfer-Encoding: chunked")
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    if kind < 0.75:
        return head + draws.pick(corpus.CHUNK_SIZES) + b"\r\n" + draws.bytes(20) + b"\r\n0\r\n\r\n"
    if kind < 0.9:
        return head + b"1\r\nx\r\n0\r\n" + draws.pick(corpus.BROKEN_TRAILERS) + b"\r\n"
    return _spoiled(draws, head + _chunked(draws, _body(draws, target, steers=False)))
