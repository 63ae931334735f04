"""httpx's clients without a socket: transports that hand each request to an application.

Loads httpx. What goes wrong is raised as httpx raises it over a socket.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anyio.lowlevel
import httpx

from simimport.service.http.app import App
from simimport.service.http.in_process.exchange import URL, Asked, Given, at_once, given

__all__ = ["async_client", "client"]


def client(app: App) -> httpx.Client:
    """Return a client of an application, as its first account."""
    return httpx.Client(transport=_Transport(app), base_url=URL, headers=app.headers)


def async_client(app: App) -> httpx.AsyncClient:
    """Return an asynchronous client of an application, as its first account."""
    return httpx.AsyncClient(transport=_AsyncTransport(app), base_url=URL, headers=app.headers)


class _Transport(httpx.BaseTransport):
    def __init__(self, app: App) -> None:
        self._app = app
        # a client may be asked from many threads, and an application has one
        self._turn = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        with _as_httpx(request), self._turn:
            return _response(at_once(given(self._app, _asked(request, body))))


class _AsyncTransport(httpx.AsyncBaseTransport):
    def __init__(self, app: App) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        # a turn for all others, as when it waits for a socket: whoever polls in a loop can be timed out
        await anyio.lowlevel.checkpoint()
        with _as_httpx(request):
            return _response(await given(self._app, _asked(request, body)))


def _asked(request: httpx.Request, body: bytes) -> Asked:
    patience_s = request.extensions.get("timeout", {}).get("read")
    return Asked(request.method, request.url.raw_path, request.headers.raw, body, patience_s)


def _response(answer: Given) -> httpx.Response:
    return httpx.Response(
        answer.status,
        headers=answer.headers,
        stream=httpx.ByteStream(answer.body),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.reason.encode()},
    )


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except ConnectionResetError as error:
        raise httpx.ReadError(str(error), request=request) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
