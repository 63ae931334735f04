"""What somebody whom nobody knows may send, open and leave unread: little, and everybody else goes on."""

from __future__ import annotations

import select
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simimport import ImportService
from simimport.service.http import stoppable
from simimport.service.http.connections import connection, crowd
from simimport.service.http.server import Serving
from tests.service.http.clients import (
    ACCOUNTS,
    PREFIX,
    Reply,
    as_json,
    exchange,
    headers_of,
    people,
    replies,
    request,
)

STATUS, ADD, LOGIN = PREFIX + "import.status", PREFIX + "import.addUsers", PREFIX + "login"
BOSS = headers_of("boss")
CHUNKED = {"Transfer-Encoding": "chunked"}
SIZE = 2_000_000
POST = request("POST", STATUS, CHUNKED)
LONG_PATH = b"/%F0%9F%98%80" + b"x" * 8000


def repeated(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


#: What begins a connection, and what then comes for ever.
FLOODS = {
    "trailers": (POST + b"1\r\nx\r\n0\r\n", b"a:b\r\n"),
    "a trailer": (POST + b"1\r\nx\r\n0\r\na:", b"b"),
    "trailers behind a large body": (POST + b"61a80\r\n" + b"x" * 400_000 + b"\r\n0\r\n", b"aa:bb\r\n"),
    "the name of a trailer": (POST + b"0\r\n", b"a"),
    "an extension": (POST + b"1;", b"e"),
    "extensions": (POST, b"1;" + b"e" * 200 + b"\r\nx\r\n"),
    "zeros": (POST, b"0"),
    "small chunks": (request("POST", LOGIN, CHUNKED), b"1\r\nx\r\n"),
    "headers": (b"GET / HTTP/1.1\r\n", b"aa:bb\r\n"),
    "a header": (b"GET / HTTP/1.1\r\na:", b"b"),
    "a path": (b"GET /", b"%F0%9F%98%80"),
    "long paths": (b"", b"GET " + LONG_PATH + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "requests": (b"", b"GET / HTTP/1.1\r\nHost:localhost\r\n\r\n"),
    "requests with headers": (b"", request("GET", "/", {f"X-{n}": "y" for n in range(90)})),
    "requests that offer": (b"", request("GET", "/", {"Connection": "upgrade", "Upgrade": "h2c"})),
    "empty lines": (request("GET", "/", {}), b"\r\n"),
    "a body": (request("POST", STATUS, {"Content-Length": "15000000"}), b"x"),
    "a body to log in": (request("POST", LOGIN, {"Content-Length": "15000000"}), b"x"),
    "bodies to log in": (b"", request("POST", LOGIN, {}, b"x" * 60_000)),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as serving:
        yield serving


def flood(port: int, data: bytes, number: int) -> None:
    """Send as much as the server takes, on so many connections at once, without reading an answer."""
    left = {socket.create_connection(("127.0.0.1", port)): memoryview(data) for _ in range(number)}
    clients = list(left)
    for client in clients:
        client.setblocking(False)
    while left:
        _, ready, _ = select.select([], list(left), [], 0.05)
        if not ready:
            break
        for client in ready:
            try:
                left[client] = left[client][client.send(left[client][:65536]) :]
            except BlockingIOError:
                continue
            except ConnectionError:
                del left[client]
                continue
            if not left[client]:
                del left[client]
    for client in clients:
        client.close()


@pytest.mark.parametrize("kind", FLOODS)
def test_a_stranger_takes_little_memory(server: Serving, kind: str) -> None:
    begin, piece = FLOODS[kind]
    data = begin + repeated(piece)
    number = 4
    httpx.get(server.url)  # whatever is loaded once is loaded now
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        flood(server.port, data, number)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (peak - before) / number < 500_000
    assert httpx.get(server.url + STATUS, headers=BOSS).status_code == 200


@pytest.mark.parametrize("kind", [name for name, (begin, _) in FLOODS.items() if begin])
def test_what_never_ends_is_ended(server: Serving, kind: str) -> None:
    begin, piece = FLOODS[kind]
    found = replies(exchange(server.port, begin, *[repeated(piece)] * 40, end=False))
    # at most one answer, or none that TCP has kept; what comes behind a whole request is none
    assert [reply.status for reply in found[:1]] in ([], [401], [404], [405], [413], [431], [400])
    assert [reply.status for reply in found[1:]] in ([], [400], [431])


def status_of(server: Serving, *parts: bytes) -> list[int]:
    return [reply.status for reply in replies(exchange(server.port, *parts))]


def test_honest_framing_is_read(server: Serving) -> None:
    app = server.app
    app.service.reset()
    app.service.new()
    body = as_json(people(1000))
    small = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    extended = b"%x;name=value\r\n%b\r\n" % (len(body), body)
    for chunks in (small, extended):
        head = request("POST", ADD, {**BOSS, **CHUNKED, "Content-Type": "application/json"})
        trailers = b"0\r\n" + b"X-Checksum: 12345\r\n" * 200 + b"\r\n"
        assert status_of(server, head + chunks + trailers) == [200, 404]
        # also where it comes in pieces
        data = head + chunks + trailers
        assert status_of(server, *(data[i : i + 5000] for i in range(0, len(data), 5000))) == [200, 404]
    assert len(app.service.staging) == 4000


def test_trailers_are_no_headers(server: Serving) -> None:
    raw = request("POST", PREFIX + "import.run", CHUNKED) + b"0\r\n"
    trailers = b"".join(f"{name}: {value}\r\n".encode() for name, value in BOSS.items())
    assert status_of(server, raw + trailers + b"\r\n") == [401, 404]


def test_empty_lines_may_come_first(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    # as if each pair of bytes were read by itself, so that there is no request yet
    monkeypatch.setattr(connection, "_SLICE", 2)
    assert status_of(server, b"\r\n\r\n" + request("GET", STATUS, BOSS)) == [200, 404]


@pytest.mark.parametrize(("fields", "status"), [(95, 200), (96, 431)])
def test_headers_are_counted(server: Serving, fields: int, status: int) -> None:
    # with Host, the two of the account and Connection
    more = {f"X-{n}": "y" for n in range(fields)}
    raw = request("GET", STATUS, {**BOSS, **more, "X-Last": "y", "Connection": "close"})
    assert replies(exchange(server.port, raw, end=False))[0].status == status


@pytest.mark.parametrize(("length", "status"), [(8192, 200), (8193, 431)])
def test_paths_have_a_length(server: Serving, length: int, status: int) -> None:
    path = STATUS + "?"
    raw = request("GET", path + "x" * (length - len(path)), {**BOSS, "Connection": "close"})
    assert replies(exchange(server.port, raw, end=False))[0].status == status


def test_who_has_an_account_may_send_many_requests_at_once(server: Serving) -> None:
    number = 5000
    server.app.service.reset()
    found = status_of(server, request("GET", STATUS, BOSS) * number)
    assert found == [200] * number + [404]
    assert server.app.service.log.polls == number


def test_who_has_none_is_answered_for_a_while(server: Serving) -> None:
    # TCP may lose the last answers where more was sent than read
    answers = exchange(server.port, request("GET", STATUS, {}) * 14_000, end=False)
    assert 0 < answers.count(b"HTTP/1.1 401 ") < 3000
    assert answers.count(b"HTTP/1.1 ") == answers.count(b"HTTP/1.1 401 ")


def test_a_bad_request_waits_for_its_turn(server: Serving) -> None:
    data = request("GET", STATUS, BOSS) * 3 + b"nonsense\r\n\r\n"
    assert [reply.status for reply in replies(exchange(server.port, data, end=False))] == [200, 200, 200, 400]


# how many, and for how long -------------------------------------------------------------------------------


class Client:
    """A connection that is kept."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def ask(self, name: str | None = None) -> int:
        self.socket.sendall(request("GET", STATUS, {} if name is None else headers_of(name)))
        return self.answer().status

    def answer(self) -> Reply:
        return replies(self.socket.recv(65536))[0]

    def close(self) -> None:
        self.socket.close()


def test_connections_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MAX_CONNECTIONS", 4)
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as server:
        boss = Client(server.port)
        assert boss.ask("boss") == 200
        strangers = [Client(server.port) for _ in range(3)]
        assert [client.ask() for client in strangers] == [401] * 3
        # the oldest that nobody knows has to go, and is told
        new = [Client(server.port) for _ in range(2)]
        for client in strangers[:2]:
            reply = client.answer()
            assert (reply.status, reply.headers["retry-after"]) == (503, "1")
            assert reply.headers["connection"] == "close"
            assert client.socket.recv(1) == b""
        assert [client.ask("boss") for client in [boss, *new]] == [200] * 3
        assert strangers[2].ask("boss") == 200
        # all are known: the next is refused, without being asked what it wants
        late = Client(server.port)
        assert late.answer().status == 503
        assert [client.ask() for client in [boss, *new, strangers[2]]] == [401] * 4
        # whoever goes makes room
        boss.close()
        while (again := Client(server.port)).ask("boss") != 200:
            again.close()
        for client in [*strangers, *new, late, again]:
            client.close()


def test_a_thousand_idle_connections_keep_nobody_out(server: Serving) -> None:
    idle = [Client(server.port) for _ in range(150)]
    assert httpx.get(server.url + STATUS, headers=BOSS).status_code == 200
    for client in idle:
        client.close()


@pytest.mark.parametrize(
    ("files", "most"), [(256, 192), (1024, 768), (1, 1), (-1, 1000)]
)
def test_files_are_left_to_the_process(files: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (files, files))
    assert crowd.Crowd(lambda headers: None).most == most


def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE_S", 0.1)
    lost, before = threading.Event(), connection.Connection.connection_lost

    def connection_lost(self: Any, error: Exception | None) -> None:
        before(self, error)
        lost.set()

    monkeypatch.setattr(connection.Connection, "connection_lost", connection_lost)
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as server, socket.socket() as client:
        for _ in range(50_000):
            server.app.service.note("login", 200, account="boss")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(request("GET", "/_simimport/journal?last=100000", BOSS))
        assert lost.wait(10)
        assert httpx.get(server.url + STATUS, headers=BOSS).status_code == 200


class Watched(connection.Connection):
    """A connection whose looks are called by hand."""

    def __init__(self) -> None:
        self.unsent = self.aborted = 0
        self.transport: Any = self
        self.loop: Any = self
        self.flow: Any = self
        self.read_paused = False
        self._requests, self._answered, self._arriving = 1, 1, False
        self.looks: list[tuple[int, int, int]] = []

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted += 1

    def call_later(self, delay_s: float, call: Any, *given: int) -> None:
        self.looks.append((given[0], given[1], given[2]))


@pytest.mark.parametrize(
    ("sizes", "looks"),
    [([0, 0, 0, 0], 4), ([9, 8, 7, 0], 4), ([9, 9], 1), ([0, 5, 5], 2), ([9, 5, 6], 2), ([9, 0, 9, 0], 4)],
)
def test_who_reads_slowly_is_waited_for(sizes: list[int], looks: int) -> None:
    watched = Watched()
    look = (1, 1, 0)
    for watched.unsent in sizes:
        watched._look(*look)
        look = watched.looks[-1]
    assert (watched.aborted, len(watched.looks)) == (len(sizes) - looks, looks)


def test_who_gets_other_answers_meanwhile_is_waited_for() -> None:
    watched = Watched()
    watched.unsent, watched._answered = 9, 5
    watched._look(1, 4, 9)
    assert watched.aborted == 0


def test_whom_the_server_does_not_read_is_waited_for() -> None:
    watched = Watched()
    watched._arriving = watched.read_paused = True
    watched._look(1, 1, 0)
    assert watched.aborted == 0
    watched.read_paused = False
    watched._look(1, 1, 0)
    assert watched.aborted == 1


@pytest.mark.parametrize("kept_alive_by", [b"", b"\r\n"])
@pytest.mark.parametrize("body", [b"", b"x" * 10])
def test_nothing_but_requests_keeps_a_connection(
    kept_alive_by: bytes, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stoppable, "_KEEP_ALIVE_S", 0.1)
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as server:
        client = socket.create_connection(("127.0.0.1", server.port), timeout=0.02)
        client.sendall(request("POST", STATUS, {"Content-Length": str(len(body))}))
        data = bytearray()
        for turn in range(500):
            try:
                # a body that comes when it has been answered, then perhaps empty lines
                client.sendall((b"", body)[turn] if turn < 2 else kept_alive_by)
                if not (chunk := client.recv(65536)):
                    break
                data += chunk
            except TimeoutError:
                continue
            except ConnectionError:
                break
        client.close()
    assert turn < 499
    assert [reply.status for reply in replies(bytes(data))] == [405]
