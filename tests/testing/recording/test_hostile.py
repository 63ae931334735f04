"""Nothing that a server sends ends a recording, takes much memory, or holds it longer than one answer may."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simimport import FetchError, fit, lint, read_trace
from simimport.errors import SimimportError
from simimport.testing.recording.asked_wait import asked_wait_s
from simimport.testing.recording.encoded import UnreadableError, decoded
from simimport.testing.recording.fetch import LARGEST, Asker, Fetched
from tests.testing.recording.servers import DATE, DONE, HEADERS, NONE, URL, Script

STATE = b'{"success": true, "state": "none"}'
MOST = 10_000


def streamed(*pieces: bytes, **headers: str) -> httpx.Response:
    """Return an answer as a network brings it: piece by piece, and as it was encoded."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=named, content=iter(pieces))


# what is encoded ----------------------------------------------------------------------------------


def gzipped(content: bytes) -> bytes:
    # without the time of day, which would be in the names of tests
    return gzip.compress(content, mtime=0)


def bare(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [("gzip", gzipped(STATE)), (" X-GZIP ", gzipped(STATE)), ("deflate", zlib.compress(STATE)),
     ("deflate", bare(STATE)), ("identity", STATE), ("identity, gzip", gzipped(STATE)), (",", STATE)],
)  # fmt: skip
def test_one_layer_is_read(encoding: str, raw: bytes) -> None:
    pieces = [raw[:7], raw[7:]]
    assert Script(streamed(*pieces, content_encoding=encoding), DONE).recorder().run()[0].body == NONE


@pytest.mark.parametrize(
    ("encoding", "raw", "why"),
    [
        ("gzip, gzip", gzipped(gzipped(STATE)), "encoded as 'gzip, gzip', though it was asked"),
        ("br", STATE, "the answer is encoded as 'br', though it was asked for as it is"),
        ("\x9b" * 500, STATE, "the answer is encoded as '\\x9b\\x9b"),
        ("gzip", STATE, "the answer is said to be encoded as gzip, and is not, or is cut"),
        ("gzip", gzipped(STATE)[:-9], "the answer is said to be encoded as gzip, and is not"),
        ("deflate", b"", "the answer is said to be encoded as deflate, and is not"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_no_answer_and_the_recording_goes_on(encoding: str, raw: bytes, why: str) -> None:
    reply = httpx.Response(
        200, headers=[(b"content-encoding", encoding.encode("latin-1"))], content=iter([raw])
    )
    answer, last = Script(reply, DONE).recorder().run()
    assert answer.http_status == 0
    assert why in answer.body
    assert last.state == "done"


def test_a_small_answer_does_not_explode() -> None:
    raw = gzipped(gzipped(b"z" * 60_000_000))
    for encoding, body in (("gzip", gzip.decompress(raw)), ("gzip, gzip", raw)):
        script = Script(NONE, streamed(body, content_encoding=encoding), DONE)
        tracemalloc.start()
        trace = script.recorder().run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 30_000_000
        assert trace[1].body in (
            "z" * LARGEST,
            "the answer is encoded as 'gzip, gzip', though it was asked for as it is",
        )


@given(st.binary(max_size=200), st.text(st.characters(codec="latin-1"), max_size=20), st.booleans())
def test_whatever_is_said_to_be_encoded_is_bounded_or_refused(raw: bytes, encoding: str, cut: bool) -> None:
    for name in (encoding, "gzip", "deflate"):
        with suppress(UnreadableError):
            assert len(decoded(raw, name, MOST, cut=cut)) <= MOST


def test_the_bound_is_on_what_comes_out() -> None:
    assert len(decoded(gzipped(b"z" * 99_999), "gzip", MOST, cut=False)) == MOST
    assert decoded(gzipped(bytes(range(256)) * 9)[:99], "gzip", MOST, cut=True)


# how long it takes --------------------------------------------------------------------------------


@contextmanager
def server_that(sends: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """Serve what has no end, as fast as it is read, to each who asks; yield the address."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            for piece in sends():
                connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def dripping(head: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    def sends() -> Iterator[bytes]:
        yield head
        while True:
            yield piece

    return sends


ENDLESS = {
    "head": dripping(b"HTTP/1.1 200 OK\r\n", b"a"),
    "informational": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"z"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nz\r\n"),
}


def ticking() -> Callable[[], float]:
    """Return a clock that goes on by a second each time it is read."""
    seconds = count()
    return lambda: float(next(seconds))


@pytest.mark.parametrize("name", ENDLESS)
def test_the_bound_is_on_the_whole_exchange(name: str) -> None:
    with server_that(ENDLESS[name]) as url, Asker(url, HEADERS, timeout_s=6, clock=ticking()) as asker:
        # again over a connection of its own
        assert [asker.get() for _ in range(2)] == [Fetched(0, {}, "the answer took longer than 6 s")] * 2


@pytest.mark.parametrize(
    ("scheme", "name"), [("http", "head"), ("https", "head"), ("https", "informational")]
)
def test_so_it_is_through_a_proxy(scheme: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with server_that(ENDLESS[name]) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", proxy)
        with Asker(f"{scheme}://chat.example", HEADERS, timeout_s=6, clock=ticking()) as asker:
            assert asker.get() == Fetched(0, {}, "the answer took longer than 6 s")


def test_an_exchange_that_is_in_time_is_followed_by_others_over_the_same_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(STATE), STATE)
    with Asker(URL, HEADERS, timeout_s=9, clock=ticking(), transport=Wire(answer, answer, answer)) as asker:
        assert [asker.get().body for _ in range(3)] == [NONE] * 3


# what it says -------------------------------------------------------------------------------------


class Wire(httpx.HTTPTransport):
    """A network that brings these bytes, whatever is asked."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(network_backend=httpcore.MockBackend(list(pieces)))


# a state as it may be, and what else JSON can say in its place
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from(["importing", "done", "error", "2016-09-13T14:57:56.037Z", "9999-12-31T23:59:59.999Z",
                       "0001-01-01T00:00:00.000Z", 10**400, -(10**400), 2**63, "\ud800", "\x9b2J"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["completed", "total", "state"]) | st.text(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
COUNT = st.fixed_dictionaries({}, optional={"completed": JSON, "error": JSON, "total": JSON})
OPERATION = st.fixed_dictionaries(
    {}, optional={"count": COUNT | JSON, "status": JSON, "_updatedAt": JSON, "ts": JSON, "_id": JSON}
)
BODY = st.fixed_dictionaries(
    {"state": JSON}, optional={"operation": OPERATION | JSON, "error": JSON, "message": JSON}
)
NAMES = [b"retry-after", b"x-ratelimit-reset", b"location", b"content-encoding", b"content-type",
         b"set-cookie", b"content-length", b"transfer-encoding", b"date", b"connection"]  # fmt: skip
DATES = st.from_regex(rb"[A-Z][a-z]{2}, [0-9]{1,4} [A-Z][a-z]{2} [0-9]{1,5} [0-9:.]{1,9} [-+A-Z0-9]{0,30}")
HEADER = st.tuples(
    st.sampled_from(NAMES), st.binary(max_size=40) | DATES | st.from_regex(rb"[-+0-9.e]{1,30}")
)
HEADS = st.lists(HEADER, max_size=4)


@given(HEADS)
@example([(b"retry-after", b"Thu, 01 Jan 2026 00:01:30 +99999999999999999999")])
@example([(b"retry-after", b"Thu, 01 Jan 99999999999999999999 00:01:30 GMT")])
@example([(b"retry-after", b"Thu, 01 Jan 2026 00:01:30 -2359")])
@example([(b"retry-after", b"Mon, 31 Dec 9999 23:59:59 -2359")])
@example([(b"retry-after", b",")])
@example([(b"retry-after", b"\xa0")])
def test_a_wait_that_is_asked_for_is_read_or_not(heads: list[tuple[bytes, bytes]]) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in heads}
    for status in (429, 503):
        asked_s = asked_wait_s(Fetched(status, headers, None), DATE)
        assert asked_s is None or 0 <= asked_s <= 3600


@given(
    st.lists(
        st.tuples(st.integers(100, 999), HEADS, JSON | BODY | st.binary(max_size=50)), min_size=1, max_size=6
    )
)
@example([(503, [(b"retry-after", b"Thu, 01 Jan 2026 00:01:30 +99999999999999999999")], None)])
@example([(302, [(b"location", b"http://[::1")], None), (302, [(b"location", b"\xff:\xff")], None)])
@example([(200, [(b"set-cookie", b"a=b; expires=\xff; max-age=9e99; version=x")], None)])
def test_whatever_is_answered_is_recorded(replies: list[tuple[int, list[tuple[bytes, bytes]], Any]]) -> None:
    answers = [
        httpx.Response(
            status,
            headers=heads,
            content=iter([body if isinstance(body, bytes) else json.dumps(body).encode()]),
        )
        for status, heads, body in replies
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        recorder = Script(*answers).recorder(path=path, max_polls=len(answers))
        with suppress(FetchError):
            recorder.run()
        trace = recorder.trace
        assert all(answer.http_status == 0 or 100 <= answer.http_status <= 999 for answer in trace)
        assert not path.exists() or read_trace(path) == trace
    # nor does it trip up what reads the trace afterwards
    for after in (lint, fit, repr):
        with suppress(SimimportError):
            after(trace)


@given(st.lists(st.binary(max_size=60) | st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n",
    b"\r\n", b"HTTP/1.0 999 \xff\r\n", b"Content-Length: 9\r\n", b"Content-Length: " + b"9" * 5_000 + b"\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"fffffffff\r\n", b"0\r\n", b"a:b\r\n",
    STATE,
]), max_size=8))  # fmt: skip
def test_whatever_the_network_brings_is_an_answer_or_none(pieces: list[bytes]) -> None:
    with Asker(URL, HEADERS, timeout_s=9, clock=lambda: 0.0, transport=Wire(*pieces)) as asker:
        for _ in range(2):
            fetched = asker.get()
            assert fetched.http_status == 0 or 100 <= fetched.http_status <= 999


@pytest.mark.parametrize("depth", [200, 400, 600, 900])
def test_what_is_nested_too_deeply_is_a_text(depth: int, tmp_path: Path) -> None:
    raw = '{"state": "none", "a": ' + "[" * depth + "]" * depth + "}"
    trace = Script(raw, raw, DONE).recorder(path=tmp_path / "a.jsonl").run()
    assert trace[0].body == raw or trace[0].state == "none"
    assert read_trace(tmp_path / "a.jsonl") == trace


def test_what_a_server_wants_to_have_back_is_not_kept() -> None:
    script = Script(httpx.Response(200, json=NONE, headers={"Set-Cookie": "a=b"}), DONE)
    script.recorder().run()
    assert "cookie" not in script.requests[1].headers


def test_headers_without_end_are_no_answer() -> None:
    heads = [("a", "b")] * 257
    answer = Script(httpx.Response(200, json=NONE, headers=heads), DONE).recorder().run()[0]
    assert (answer.http_status, answer.body) == (0, "the answer has more than 256 headers")
    # nor is a problem that quotes what came
    assert len(Script(httpx.ReadError("z" * 5_000), DONE).recorder().run()[0].body) == 1_000
