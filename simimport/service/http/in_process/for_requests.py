"""A session of requests without a socket: below its own adapters, and urllib3's own pool, is an application.

Loads requests and httptools. Retries, timeouts and errors are the two libraries' own: only what they take
for a socket is not one.
"""

from __future__ import annotations

import io
import threading
from typing import Any

import httptools
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from simimport.service.http.app import App
from simimport.service.http.in_process.exchange import HOST, Asked, Given, at_once, given

__all__ = ["session"]


def session(app: App) -> requests.Session:
    """Return a session of an application, as its first account, whatever host it asks."""
    made = _Session(_Pool(app))
    made.headers.update(app.headers)
    return made


class _Session(requests.Session):
    """A session whose adapters have one pool for all hosts, and no proxy on the way.

    Also those that somebody mounts: retries are set so, and timeouts, and both have to be judged.
    """

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        super().__init__()

    def mount(self, prefix: str | bytes, adapter: BaseAdapter) -> None:
        super().mount(prefix, self._joined(adapter) if isinstance(adapter, HTTPAdapter) else adapter)

    def _joined(self, adapter: HTTPAdapter) -> HTTPAdapter:
        # another one, for it may be mounted elsewhere too; all that it has and does, as it may be a subclass
        joined = object.__new__(type(adapter))
        own = {
            # the one was called so before requests 2.32
            **dict.fromkeys(("get_connection", "get_connection_with_tls_context"), self._connection),
            "request_url": _path_of,
        }
        joined.__dict__.update(adapter.__dict__, **own)
        return joined

    def _connection(self, *arguments: Any, **keywords: Any) -> HTTPConnectionPool:
        return self._pool


def _path_of(request: requests.PreparedRequest, proxies: Any) -> str:
    return request.path_url


class _Pool(HTTPConnectionPool):
    def __init__(self, app: App) -> None:
        super().__init__(HOST, 80)
        self._app = app
        # a session may be asked from several threads, and an application has one
        self._turn = threading.Lock()

    def _new_conn(self) -> HTTPConnection:
        made = _Connection(self.host, self.port, timeout=self.timeout.connect_timeout)
        made.app, made.turn = self._app, self._turn
        return made


class _Connection(HTTPConnection):
    """A connection that is new for each request, and costs nothing."""

    app: App
    turn: threading.Lock

    def connect(self) -> None:
        self.sock: Any = _Wire(self.app, self.turn)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self.sock = None
        return response


class _Wire:
    """What http.client writes a request to, and reads the answer from."""

    def __init__(self, app: App, turn: threading.Lock) -> None:
        self._app, self._turn = app, turn
        self._written = bytearray()
        self._patience_s: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._patience_s = seconds

    def sendall(self, data: Any) -> None:
        self._written += data

    def makefile(self, mode: str, *arguments: Any) -> io.BufferedIOBase:
        return _Answered(self)

    def answer(self) -> bytes:
        """Return the answer to what was written.

        Raises
        ------
        OSError
            If none comes, or it comes too late.
        """
        with self._turn:
            return _wired(at_once(given(self._app, self._asked())))

    def close(self) -> None:
        self._written.clear()

    def _asked(self) -> Asked:
        found = _Found()
        parser = httptools.HttpRequestParser(found)
        parser.feed_data(bytes(self._written))
        method = parser.get_method().decode()
        return Asked(method, bytes(found.target), found.headers, bytes(found.body), self._patience_s)


class _Answered(io.BytesIO):
    """What http.client reads an answer from: asked for with its first line, it goes wrong then if at all."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire: _Wire | None = wire

    def readline(self, size: int | None = -1, /) -> bytes:
        if self._wire is not None:
            wire, self._wire = self._wire, None
            self.write(wire.answer())
            self.seek(0)
        return super().readline(size)


class _Found:
    """What httptools finds in a request."""

    def __init__(self) -> None:
        self.target, self.body = bytearray(), bytearray()
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, part: bytes) -> None:
        self.body += part


def _wired(answer: Given) -> bytes:
    lines = [b"HTTP/1.1 %d %b" % (answer.status, answer.reason.encode())]
    lines += [b"%b: %b" % header for header in answer.headers]
    return b"\r\n".join([*lines, b"", answer.body])
