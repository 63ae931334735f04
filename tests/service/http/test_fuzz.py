"""Bytes that no client should send, at every route: never a 500, never a hang, still serving after."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport import ImportService
from simimport.service.http.connections import connection
from simimport.service.http.server import Serving
from tests.service.http.clients import (
    ACCOUNTS,
    PREFIX,
    ROUTES,
    as_json,
    exchange,
    headers_of,
    people,
    replies,
    request,
)

BOSS = headers_of("boss")
# logging out would leave the others without their token
PATHS = [*(PREFIX + name for name in (*ROUTES, "login", "me")), "/api/info", "/", "/_simimport/clock",
         "/_simimport/reset", "/_simimport/faults", "/_simimport/journal"]  # fmt: skip
STATUS, ADD = PREFIX + "import.status", PREFIX + "import.addUsers"
JSON = {"Content-Type": "application/json"}
QUIET_S = 0.05


class Fails(logging.Handler):
    """Keeps what a server says of its own errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    """Serve to all tests of this file; at the end, none of them has made it fail."""
    fails = Fails()
    loggers = [logging.getLogger(name) for name in ("simimport.http", "uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(fails)
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as serving:
        yield serving
    for logger in loggers:
        logger.removeHandler(fails)
    assert fails.messages == []


def answered(server: Serving, *parts: bytes) -> list[int]:
    """Send bytes; return the statuses of all answers, once the server has none left, and is still there.

    A request without end is ended by closing: half a request is nobody's turn.
    """
    data = bytearray()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        try:
            for part in parts:
                client.sendall(part)
            client.settimeout(QUIET_S)
            try:
                while chunk := client.recv(65536):
                    data += chunk
            except TimeoutError:
                client.settimeout(10)
                client.shutdown(socket.SHUT_WR)
                while chunk := client.recv(65536):
                    data += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
    statuses = [reply.status for reply in replies(bytes(data))]
    assert [status for status in statuses if status >= 500] == []
    still_there(server)
    return statuses


def still_there(server: Serving) -> None:
    server.app.service.reset()
    raw = request("GET", STATUS, {**BOSS, "Connection": "close"})
    assert replies(exchange(server.port, raw, end=False))[0].status == 200


closing = {"Connection": "close"}
fuzzed = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    ["emails", "importIds", "username", "name", "utcOffset", "deleted", "roles", "type", "bio", "password"]
)
users = st.fixed_dictionaries({}, optional={}) | st.dictionaries(fields, jsons, max_size=5)
almost = st.fixed_dictionaries({"users": st.lists(users | jsons, max_size=3) | jsons})
control = st.dictionaries(
    st.sampled_from(["advance_s", "jump_s", "run_until", "preset", "scenario", "faults"]), jsons, max_size=2
)
kinds = st.sampled_from([
    b"application/json", b"application/json; charset=utf-16", b"text/plain", b"multipart/form-data",
    b"application/x-www-form-urlencoded", b"", b"\xff\xfe", b"application/json;" * 50,
])  # fmt: skip
bodies = st.binary(max_size=200) | st.one_of(jsons, almost, control).map(as_json)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])


@fuzzed
@given(st.data())
def test_any_body_at_any_route(server: Serving, data: st.DataObject) -> None:
    path, method, body = data.draw(st.sampled_from(PATHS)), data.draw(methods), data.draw(bodies)
    place = data.draw(st.integers(0, len(body)))
    if data.draw(st.booleans()):
        body = body[:place] + data.draw(st.binary(min_size=1, max_size=4)) + body[place:]
    kind = b"Content-Type: " + data.draw(kinds) + b"\r\n"
    head, _, rest = request(method, path, {**BOSS, **closing}, body).partition(b"\r\n")
    statuses = answered(server, head + b"\r\n" + kind + rest)
    assert len(statuses) == 1


@fuzzed
@given(st.binary(min_size=1, max_size=300), st.booleans())
def test_any_bytes_at_all(server: Serving, data: bytes, later: bool) -> None:
    before = request("GET", STATUS, BOSS) if later else b""
    # what comes in one piece with a good request may spoil it
    assert set(answered(server, before, data)[:1]) <= ({200, 400} if later else {400, 404, 405})


@fuzzed
@given(st.data())
def test_a_good_request_that_was_damaged(server: Serving, data: st.DataObject) -> None:
    raw = request("POST", ADD, {**BOSS, **JSON, **closing}, as_json(people(2)))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(start + 8, len(raw))))
    answered(server, raw[:start] + data.draw(st.binary(max_size=4)) + raw[end:])


@fuzzed
@given(st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=" "), max_size=60))
def test_any_path(server: Serving, path: str) -> None:
    for prefix in (b"/", b"/_simimport/", b"/api/v1/import.status?", b""):
        line = b"GET " + prefix + path.encode("latin-1") + b" HTTP/1.1\r\n"
        answered(server, line + b"Host: localhost\r\nConnection: close\r\n\r\n")


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


GOOD = as_json(people(1))
HEADS: Mapping[str, str] = {**BOSS, **JSON}
CHUNKED = {**HEADS, "Transfer-Encoding": "chunked"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "length", ["-1", "+5", "0x10", "1e3", "", " ", "x", "5, 5", "18446744073709551616", "9" * 40]
)
def test_lengths_that_are_none(server: Serving, path: str, length: str) -> None:
    assert set(answered(server, request("POST", path, HEADS, b"hello", Content_Length=length))) <= {
        400, 401, 404, 405, 413,
    }  # fmt: skip


def test_lengths_that_lie(server: Serving) -> None:
    port = server.port
    # declared beyond the limit: refused before anything is sent
    huge = request("POST", ADD, HEADS, Content_Length="9999999999999")
    assert replies(first(port, huge))[0].status == 413
    # longer than what comes: waits for the rest, and others do not
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(request("POST", ADD, HEADS, GOOD, Content_Length=str(len(GOOD) + 1)))
        still_there(server)
    # shorter: the rest is read as the next request, and is none
    short = request("POST", ADD, HEADS, GOOD, Content_Length=str(len(GOOD) - 1))
    assert set(answered(server, short)) == {400}
    # twice
    twice = request("POST", ADD, {**HEADS, "content-length": "1"}, GOOD)
    assert answered(server, twice) == [400]
    both = request("POST", ADD, CHUNKED, chunked(GOOD) + b"0\r\n\r\n", Content_Length="3")
    assert set(answered(server, both)) <= {400}


def first(port: int, data: bytes) -> bytes:
    """Return the first bytes that come back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(data)
        return client.recv(65536)


def test_chunked_bodies(server: Serving) -> None:
    app = server.app
    app.service.new()
    single = chunked(*(GOOD[i : i + 1] for i in range(len(GOOD)))) + b"0\r\n\r\n"
    whole = exchange(server.port, request("POST", ADD, CHUNKED) + single)
    assert [reply.status for reply in replies(whole)] == [200, 404]
    assert len(app.service.staging) == 1
    for bad in (b"-1\r\nx\r\n", b"g\r\n", b"fffffffffffffffff\r\n", b"5\r\nabc\r\n0\r\n\r\n", b"\x00\r\n"):
        assert 200 not in answered(server, request("POST", ADD, CHUNKED) + bad)
    trailers = request("POST", ADD, CHUNKED) + chunked(b"{}") + b"0\r\nX-User-Id: x\r\n\r\n"
    assert answered(server, trailers) == [400]
    # too large, and never declared: refused once it is
    endless = request("POST", ADD, CHUNKED) + chunked(b" " * 1_000_000) * 17
    assert answered(server, endless) == [413]


def test_pipelined_requests_are_answered_in_turn(server: Serving) -> None:
    server.app.service.reset()
    wanted = [("GET", "import.status", b""), ("POST", "import.new", b"{}"), ("POST", "import.addUsers", GOOD),
              ("GET", "import.status", b""), ("GET", "nothing", b""), ("POST", "import.run", b""),
              ("GET", "import.status", b"")] * 5  # fmt: skip
    raw = b"".join(request(method, PREFIX + path, HEADS, body) for method, path, body in wanted)
    found = replies(exchange(server.port, raw))
    assert [reply.status for reply in found] == [200, 200, 200, 200, 404, 200, 200] * 5 + [404]
    assert b'"importing"' in found[6].body
    # also where they come in pieces that cut them anywhere
    server.app.service.reset()
    pieces = [raw[i : i + 7] for i in range(0, len(raw), 7)]
    again = replies(exchange(server.port, *pieces))
    assert [reply.body for reply in again] == [reply.body for reply in found]


@pytest.mark.parametrize("stop", [1, 10, 40, 100, -30, -1])
def test_half_requests(server: Serving, stop: int) -> None:
    raw = request("POST", ADD, HEADS, GOOD)[:stop]
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(raw)
        still_there(server)
        assert not server.app.service.log.last(10)[:-1]
        client.shutdown(socket.SHUT_WR)
        client.settimeout(10)
        assert client.recv(100) == b""


def test_heads_are_bounded(server: Serving) -> None:
    fits = request("GET", STATUS, {**BOSS, **closing, "X-Long": "x" * 30_000})
    assert answered(server, fits) == [200]
    for endless in ({"X-Long": "x" * 2_000_000}, {f"X-{n}": "x" * 1000 for n in range(2000)}):
        assert set(answered(server, request("GET", STATUS, endless))) <= {431}
    # cut off, and not waited for; TCP may lose the answer where more was sent than read
    endless_line = b"GET " + STATUS.encode() + b"?" + b"x" * 500_000
    found = replies(exchange(server.port, endless_line, b"x" * 500_000, end=False))
    assert {reply.status for reply in found} <= {431}


def test_what_never_ends_is_cut_off(server: Serving) -> None:
    sent = 0
    piece = chunked(b" " * 1_000_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(request("POST", ADD, CHUNKED))
        try:
            while sent < 200_000_000:
                client.sendall(piece)
                sent += len(piece)
        except ConnectionError:
            pass
    assert 60_000_000 < sent < 100_000_000
    still_there(server)


def test_slow_senders_are_cut_off(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE_S", 0.2)
    head = request("POST", ADD, HEADS).removesuffix(b"\r\n") + b"X-Long: "
    for raw in (
        b"", head[:20], head, request("POST", ADD, HEADS, Content_Length="1000"),
        request("POST", ADD, CHUNKED) + b"fff\r\n",
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as client:
            client.sendall(raw)
            assert 2 < dripped(client, b"x" if raw else b"") < 40, raw
    still_there(server)
    # who has sent everything may take its time
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.5) as client:
        for _ in range(2):
            client.sendall(request("GET", STATUS, BOSS))
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
            with pytest.raises(TimeoutError):
                client.recv(1)


def dripped(client: socket.socket, drop: bytes) -> int:
    """Send a byte every now and then; return how many it took until the server had enough."""
    for turn in range(40):
        try:
            client.sendall(drop)
            if not client.recv(1):
                return turn
        except TimeoutError:
            continue
        except ConnectionError:
            return turn
    return 40


def test_upgrades_are_answered_as_plain_requests(server: Serving) -> None:
    socket_please = {**BOSS, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert answered(server, request("GET", STATUS, socket_please))[0] == 200
    other = {**socket_please, "Upgrade": "h2c"}
    assert answered(server, request("GET", STATUS, other))[0] == 200


def test_old_and_odd_versions(server: Serving) -> None:
    old = request("GET", STATUS, BOSS).replace(b"HTTP/1.1", b"HTTP/1.0")
    assert answered(server, old) == [200]
    for version in (b"HTTP/9.9", b"HTTP/2.0", b"HTTP/", b""):
        assert set(answered(server, old.replace(b"HTTP/1.0", version))) <= {200, 400}


def test_expecting_clients_are_told_to_go_on(server: Serving) -> None:
    server.app.service.reset()
    server.app.service.new()
    head, body = request("POST", ADD, HEADS, GOOD, Expect="100-continue").split(b"\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head + b"\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-User-Id": "\xff" * 100, "X-Auth-Token": "\xff"},
        {"X-User-Id": "boss", "X-Auth-Token": "x" * 60_000},
        {"X-User-Id": "", "X-Auth-Token": ""},
    ],
)
def test_any_headers_of_a_caller(server: Serving, headers: Any) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
    for path in PATHS[:9]:
        data = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode() + lines + b"\r\n"
        assert answered(server, data)[0] in (401, 405)
