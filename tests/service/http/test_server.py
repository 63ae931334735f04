"""Serving on a thread: there when it is asked for, gone when it is left, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import socket
import threading
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import Fault, Faults, ImportService, ParameterError
from simimport.service.http import stoppable
from simimport.service.http.server import Serving, is_loopback, serve
from tests.service.http.clients import ACCOUNTS, app_of, headers_of, request
from tests.test_public_names import undocumented

STATUS = "/api/v1/import.status"


def served(**given: Any) -> Serving:
    return ImportService(seed=1, **given).serve(accounts=ACCOUNTS)


def open_files() -> int:
    gc.collect()
    return len(list(Path("/dev/fd").iterdir()))


def test_it_is_ready_when_it_returns_and_gone_when_left() -> None:
    with served() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert server.headers == headers_of("boss")
        assert httpx.get(server.url + STATUS, headers=server.headers).json()["state"] == "none"
        assert "closed" not in repr(server)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url + STATUS)
    assert "closed" in repr(server)
    server.close()
    # free at once, although connections to it have just been closed
    with ImportService().serve(port=server.port, accounts=ACCOUNTS) as again:
        assert httpx.get(again.url + STATUS).status_code == 401


def test_pages_of_other_origins_are_let_in_when_asked_to() -> None:
    for cors, expected in (True, "*"), (False, None):
        with ImportService(seed=1).serve(cors=cors) as server:
            answer = httpx.get(server.url + STATUS, headers={**server.headers, "Origin": "http://page"})
        assert answer.headers.get("access-control-allow-origin") == expected


def cycles(number: int) -> None:
    """Start and stop so often, with polls, kept connections and errors in between."""
    with served():  # whatever is loaded once is loaded now
        pass
    threads, files = threading.active_count(), open_files()
    for turn in range(number):
        with httpx.Client() as client, served() as server:
            if turn % 2:
                assert client.get(server.url + STATUS, headers=server.headers).status_code == 200
            if turn % 3 == 0:
                socket.create_connection(("127.0.0.1", server.port)).close()
    assert threading.active_count() == threads
    assert open_files() == files


def test_10_times_start_and_stop_leave_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cycles(10)


@pytest.mark.long
def test_200_times_start_and_stop_leave_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cycles(200)


def test_several_at_once_know_nothing_of_each_other() -> None:
    with served() as first, served() as second:
        assert first.port != second.port
        httpx.post(f"{first.url}/api/v1/import.new", headers=first.headers)
        states = [httpx.get(s.url + STATUS, headers=s.headers).json()["state"] for s in (first, second)]
    assert states == ["new", "none"]


def test_it_works_inside_a_running_loop() -> None:
    async def cell() -> int:
        with served() as server:
            async with httpx.AsyncClient() as client:
                return (await client.get(server.url + STATUS, headers=server.headers)).status_code

    assert asyncio.run(cell()) == 200


def test_it_works_where_uvloop_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "uvloop", None)
    faults = Faults([{"kind": "reset", "at_poll": 2}])
    with served(faults=faults) as server, httpx.Client(headers=server.headers) as client:
        assert client.get(server.url + STATUS).status_code == 200
        with pytest.raises(httpx.ReadError, match="reset by peer"):
            client.get(server.url + STATUS)


def test_an_exception_inside_ends_it_too() -> None:
    server = served()
    with pytest.raises(KeyError), server:
        raise KeyError
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_a_reset_is_one_on_the_wire() -> None:
    with served(faults=Faults([{"kind": "reset", "every": 2}])) as server:
        for _ in range(3):
            assert httpx.get(server.url + STATUS, headers=server.headers).status_code == 200
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(request("GET", STATUS, server.headers))
                with pytest.raises(ConnectionResetError):
                    client.recv(1)
        assert server.app.service.log.last(1)[0].http_status == 0


def test_a_reset_waits_for_the_end_of_its_request() -> None:
    service = ImportService(seed=1, faults=Faults([Fault("reset", at_poll=1, endpoint="import.run")]))
    body = b'{"some": "body"}'
    whole = request("POST", "/api/v1/import.run", headers_of("boss"), body)
    with (
        service.serve(accounts=ACCOUNTS) as serving,
        socket.create_connection(("127.0.0.1", serving.port)) as client,
    ):
        client.sendall(whole[: -len(body)])
        while not service.log.calls:
            os.sched_yield()
        # it is decided, and who is still sending is not cut off: then the end of it would be one of several
        client.sendall(body)
        with pytest.raises(ConnectionResetError):
            client.recv(100)


def test_who_waits_for_a_late_answer_is_not_waited_for() -> None:
    faults = Faults([{"kind": "latency", "at_poll": 1, "seconds": 600}])
    with served(faults=faults) as server:
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(request("GET", STATUS, server.headers))
        while not server.app.service.log.polls:
            httpx.get(server.url)
    assert client.recv(1) == b""
    client.close()


def send_for_ever(client: socket.socket, data: bytes) -> None:
    while True:
        client.send(data)


def test_who_does_not_read_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stoppable, "_FAREWELL_S", 0.05)
    with served() as server:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # the buffers of both sides are full then
            send_for_ever(client, request("GET", STATUS, server.headers) * 1000)
    client.close()


def test_an_administrator_made_here_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    with ImportService().serve() as server:
        httpx.get(server.url + STATUS, headers=server.headers)
    printed = capfd.readouterr()
    token = server.headers["X-Auth-Token"]
    assert (printed.out, printed.err.count(token)) == ("", 1)
    headers = f"X-User-Id: aobEdbYhXfu5hkeqG, X-Auth-Token: {token}"
    assert printed.err == f"simimport serves at {server.url} ({headers})\n"
    with served() as server:
        pass
    assert capfd.readouterr().err == ""


def test_bad_requests_are_no_news(capfd: pytest.CaptureFixture[str]) -> None:
    with served() as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert capfd.readouterr() == ("", "")


def test_the_port_of_another_is_refused() -> None:
    with served() as server:
        files = open_files()
        with pytest.raises(OSError, match="in use") as error:
            ImportService().serve(port=server.port)
        assert error.value.errno == errno.EADDRINUSE
        del error
        assert open_files() == files


@pytest.mark.parametrize("bad", [{"port": -1}, {"port": 70000}, {"port": "80"}, {"port": True}, {"host": ""},
                                 {"host": "a" * 70}, {"host": "\x9b\u202e"}])  # fmt: skip
def test_places_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        ImportService().serve(**bad)


def test_beyond_this_machine_it_warns() -> None:
    with pytest.warns(UserWarning, match="beyond this machine") as warned:
        server = ImportService().serve(host="0.0.0.0", accounts=ACCOUNTS)  # noqa: S104 - what is tested
    with server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx.get(server.url + STATUS, headers=server.headers).status_code == 200
    assert [warning.filename for warning in warned] == [__file__]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("::", False),  # noqa: S104
     ("192.168.0.1", False), ("fe80::1%eth0", False)],
)  # fmt: skip
def test_what_is_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_name_is_looked_up() -> None:
    with serve(ImportService(), host="localhost", accounts=ACCOUNTS) as server:
        assert httpx.get(server.url + STATUS, headers=server.headers).status_code == 200


def test_a_server_that_cannot_begin_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(stoppable, "_new_loop", lambda: broken)
    threads, files = threading.active_count(), open_files()
    with pytest.raises(OSError, match="open files"):
        Serving(app_of())
    assert (threading.active_count(), open_files()) == (threads, files)


def test_answers_come_at_once() -> None:
    # a reply in two packets without TCP_NODELAY takes 40 ms: headers first, and the body after an ACK
    with served() as server, httpx.Client(headers=server.headers) as client:
        waits = sorted(client.get(server.url + STATUS).elapsed.total_seconds() for _ in range(21))
    assert waits[10] < 0.02


def test_dir_shows_only_what_is_documented() -> None:
    with ImportService(seed=1).serve() as serving:
        assert undocumented(serving) == []


def test_a_client_that_went_while_its_answer_was_made_is_no_news() -> None:
    def is_written(error: Exception) -> bool:
        about = (type(error), error, None)
        record = logging.LogRecord("simimport.http", logging.ERROR, "", 0, "Exception", None, about)
        return bool(logging.getLogger("simimport.http").filter(record))

    assert not is_written(RuntimeError("unable to perform operation on <…>; the handler is closed"))
    assert is_written(RuntimeError("something else"))
