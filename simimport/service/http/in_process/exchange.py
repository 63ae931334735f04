"""One request and its answer without a socket: what uvicorn would hand over, and what it would send.

Knows no client. What is reset or comes too late is an error of Python's own; the doors to the libraries
beside this make theirs of it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Coroutine, MutableMapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote

from simimport.realtime import now
from simimport.service.http.app import App
from simimport.service.http.asgi import LATE, RESET, ClientGoneError, Scope
from simimport.service.http.long_work import where_it_stands

__all__ = ["HOST", "URL", "Asked", "Given", "at_once", "given"]

#: The name by which the application is asked; whoever asks by another one reaches it too.
HOST = "simimport"
URL = f"http://{HOST}"

_Result = TypeVar("_Result")
Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request.

    Parameters
    ----------
    method : str
    target : bytes
        The path and the query, as they would stand in the request line.
    headers : list of (bytes, bytes)
    body : bytes
    patience_s : float or None
        How long the client waits for an answer; None is without end.
    """

    method: str
    target: bytes
    headers: Pairs
    body: bytes = b""
    patience_s: float | None = None


@dataclass(slots=True)
class Given:
    """An answer: its status, its headers in order, and its body."""

    status: int = 0
    headers: Pairs = field(default_factory=list)
    body: bytes = b""

    @property
    def reason(self) -> str:
        """The words beside the status."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return ""


async def given(app: App, asked: Asked) -> Given:
    """Return an application's answer to a request.

    Raises
    ------
    ConnectionResetError
        If the connection is reset.
    TimeoutError
        If it comes later than the client waits.
    """
    exchange = _Exchange(app, asked)
    await app(exchange.scope(), exchange.receive, exchange.send)
    if exchange.error is not None:
        raise exchange.error
    return exchange.answer


def at_once(answering: Coroutine[Any, Any, _Result]) -> _Result:
    """Return what a coroutine returns that waits for nothing; whether or not a loop runs in this thread."""
    with where_it_stands():
        try:
            answering.send(None)
        except StopIteration as ended:
            result: _Result = ended.value
            return result
    answering.close()
    raise RuntimeError("the application waited for something in the middle of an answer")


class _Exchange:
    """What an application sees of one request, and what it sends."""

    def __init__(self, app: App, asked: Asked) -> None:
        self._app, self._asked = app, asked
        self._read = False
        self.answer = Given()
        self.error: OSError | None = None

    def scope(self) -> Scope:
        path, _, query = self._asked.target.partition(b"?")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self._asked.method,
            "scheme": "http",
            "path": unquote(path.decode("ascii", "replace")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self._asked.headers],
            "client": ("127.0.0.1", 0),
            "server": (HOST, 80),
            "extensions": {RESET: {"reset": self._reset}, LATE: {"late": self._late}},
        }

    async def receive(self) -> MutableMapping[str, Any]:
        # after the whole request there is nothing to come but the end
        if self._read:
            return {"type": "http.disconnect"}
        self._read = True
        return {"type": "http.request", "body": self._asked.body, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            date = format_datetime(now(), usegmt=True).encode()
            self.answer.headers = [(b"date", date), *message.get("headers", ())]
        elif self._asked.method != "HEAD":
            self.answer.body += message.get("body", b"")

    def _reset(self) -> None:
        self._read = True
        self.error = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))

    def _late(self, delay_s: float) -> None:
        """Move the service's clock by what the client waits: to the answer, or until it goes."""
        patience_s = self._asked.patience_s
        if patience_s is None or delay_s < patience_s:
            self._wait(delay_s)
            return
        self._wait(patience_s)
        self._too_late()

    def _too_late(self) -> NoReturn:
        self.error = TimeoutError("timed out")
        raise ClientGoneError

    def _wait(self, seconds: float) -> None:
        self._app.service.clock.pass_us(round(seconds * 1e6))
