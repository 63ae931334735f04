"""Offers to go on in another protocol: the request is answered as if nothing had been offered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport import ImportService
from simimport.service.http.connections import connection
from simimport.service.http.server import Serving
from tests.service.http.clients import (
    ACCOUNTS,
    PREFIX,
    as_json,
    exchange,
    headers_of,
    people,
    replies,
    request,
)

ADD, STATUS = PREFIX + "import.addUsers", PREFIX + "import.status"
HEADS = {**headers_of("boss"), "Content-Type": "application/json"}
BODY = as_json(people(2))
OFFERS = [
    # as Java's HttpClient does by default, and curl --http2
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAA"),
    ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"),
    ("Connection: upgrade", "Upgrade: TLS/1.0"),
    ("connection: keep-alive, UPGRADE", "UPGRADE: IRC/6.9, h2c, RTA/x11"),
    ("Upgrade: h2c", "Connection: close", "Connection: upgrade"),
    ("Upgrade: h2c", "Upgrade: websocket", "Connection: Upgrade", "Expect: 100-continue"),
    ("Upgrade:", "Connection: Upgrade"),
]
NO_OFFER: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as serving:
        yield serving


def posted(offer: tuple[str, ...], chunks: int | None, path: str = ADD, body: bytes = BODY) -> bytes:
    """Return a POST with an offer in its head; its body is in so many chunks, if it is in any."""
    if chunks is None:
        more, framed = {"Content-Length": str(len(body))}, body
    else:
        size = -(-len(body) // chunks)
        pieces = [body[i : i + size] for i in range(0, len(body), size)]
        more = {"Transfer-Encoding": "chunked"}
        framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nx: y\r\n\r\n"
    return with_offer(request("POST", path, {**HEADS, **more}), offer) + framed


def with_offer(raw: bytes, offer: tuple[str, ...]) -> bytes:
    line, _, rest = raw.partition(b"\r\n")
    return b"\r\n".join([line, *(field.encode() for field in offer), rest])


def talked(server: Serving, data: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    """Return what is answered to bytes that come in pieces, of a service that is always the same."""
    server.app.service.reset()
    server.app.service.new()
    places = [0, *sorted({cut % len(data) for cut in cuts}), len(data)]
    parts = [data[start:end] for start, end in pairwise(places) if start < end]
    return [(reply.status, reply.body) for reply in replies(exchange(server.port, *parts))]


def conversation(offer: tuple[str, ...], chunks: int | None) -> bytes:
    """Return requests one behind the other, with an offer in some of them."""
    ask = request("GET", STATUS, HEADS)
    post, plain = posted(offer, chunks), posted(NO_OFFER, 1)
    return post + ask + with_offer(ask, offer) + plain + post + ask


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    offer=st.sampled_from(OFFERS),
    chunks=st.sampled_from([None, 1, 3, 50]),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
)
def test_an_offer_changes_nothing(
    server: Serving, offer: tuple[str, ...], chunks: int | None, cuts: list[int]
) -> None:
    closing = tuple(field for field in offer if field == "Connection: close")
    expected = talked(server, conversation(closing, chunks), [])
    assert talked(server, conversation(offer, chunks), cuts) == expected
    if not closing:
        assert [status for status, _ in expected] == [200] * 6 + [404]
        assert len(server.app.service.staging) == 6


@pytest.mark.parametrize("chunks", [None, 2])
@pytest.mark.parametrize("size", [1, 2, 7, 100_000])
def test_it_is_parsed_in_pieces_of_any_size(
    server: Serving, chunks: int | None, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_SLICE", size)
    data = conversation(OFFERS[0], chunks)
    assert talked(server, data, []) == talked(server, conversation(NO_OFFER, chunks), [])


@pytest.mark.parametrize("chunks", [None, 2])
def test_a_head_and_a_body_are_cut_anywhere(server: Serving, chunks: int | None) -> None:
    offer = OFFERS[0]
    data = posted(offer, chunks)
    for cut in range(1, len(data), 5):
        found = talked(server, data, [cut])
        assert [status for status, _ in found] == [200, 404], cut
    assert len(server.app.service.staging) == 2


@pytest.mark.parametrize("offer", OFFERS)
def test_large_bodies_come_whole(server: Serving, offer: tuple[str, ...]) -> None:
    data = posted(offer, None, body=as_json(people(5000)))
    assert talked(server, data, [])[0][0] == 200
    assert len(server.app.service.staging) == 5000


@pytest.mark.parametrize("offer", OFFERS)
def test_bounds_are_those_of_all(server: Serving, offer: tuple[str, ...]) -> None:
    for headers in ({"X": "x" * 100_000}, {f"X-{n}": "y" for n in range(101)}):
        raw = with_offer(request("POST", ADD, headers), offer)
        assert {reply.status for reply in replies(exchange(server.port, raw, end=False))} <= {431}
    bad = posted(offer, 1).replace(b"\r\n0\r\n", b"\r\nz\r\n")
    assert [reply.status for reply in replies(exchange(server.port, bad))] in ([400], [])
    two = {"Transfer-Encoding": "chunked", "Content-Length": "1"}
    both = with_offer(request("POST", ADD, {**HEADS, **two}), offer)
    assert [reply.status for reply in replies(exchange(server.port, both))] == [400]


@pytest.mark.parametrize(
    "raw",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
        b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n\x16",
        b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["HTTP/2", "CONNECT", "CONNECT with an offer", "CONNECT of a path"],
)
def test_what_is_another_protocol_is_refused(server: Serving, raw: bytes) -> None:
    for parts in ([raw], [raw[i : i + 1] for i in range(len(raw))], [raw[:20], raw[20:]]):
        [reply] = replies(exchange(server.port, *parts, end=False))
        assert (reply.status, reply.headers["connection"]) == (400, "close")
    # also behind another request: that one is answered
    found = replies(exchange(server.port, request("GET", STATUS, HEADS) + raw, end=False))
    assert [reply.status for reply in found] == [200, 400]


def test_an_offer_is_not_accepted(server: Serving) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(with_offer(request("GET", STATUS, HEADS), OFFERS[0]))
        [reply] = replies(client.recv(65536))
        assert reply.status == 200
        assert "upgrade" not in reply.headers
        # it goes on in HTTP/1.1
        client.sendall(request("GET", STATUS, HEADS))
        assert replies(client.recv(65536))[0].status == 200
