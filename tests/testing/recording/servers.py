"""Whom a recorder asks: servers that answer from a list, and our own without a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from simimport import ImportService, Scenario, create_app
from simimport.service.http.app import App
from simimport.testing.recording.record import Recorder
from tests.service.http.clients import ACCOUNTS, Chat, headers_of

URL = "http://chat.example"
TOKEN = "s3cr3t-t0ken/with+signs=="  # noqa: S105 - of nobody
HEADERS = {"X-User-Id": "boss", "X-Auth-Token": TOKEN}
DATE = datetime(2026, 1, 1, tzinfo=UTC)
NONE = {"success": True, "state": "none"}
DONE = {"success": True, "state": "done", "operation": {"status": "importer_done"}}
Reply = httpx.Response | Exception | dict[str, Any] | str


class Script:
    """A server that answers from a list, the last again and again, in time that only waiting moves."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.now_s = 1000.0
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, str):
            return httpx.Response(200, content=reply)
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)

    def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 6))
        self.now_s += seconds

    def recorder(self, **given: Any) -> Recorder:
        return Recorder(
            given.pop("url", URL), headers=given.pop("headers", HEADERS),
            transport=httpx.MockTransport(self.answer), clock=lambda: self.now_s, pause=self.pause,
            date=lambda: DATE + timedelta(seconds=self.now_s - 1000), **given,
        )  # fmt: skip


class InProcess(httpx.BaseTransport):
    """Our own server without a socket."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            got = Chat(self._app, None).ask(request.method, str(request.url), headers=dict(request.headers))
        except ConnectionResetError as error:
            raise httpx.ReadError(str(error)) from None
        return httpx.Response(got.status_code, headers=got.headers, content=got.content)


def recorder_of(service: ImportService, name: str = "boss", **given: Any) -> Recorder:
    """Return a recorder for whom time goes as for the service."""
    return Recorder(
        URL, headers=headers_of(name), transport=InProcess(create_app(service, accounts=ACCOUNTS)),
        clock=service.clock.now, **{"pause": service.advance, **given},
    )  # fmt: skip


def importing(users: int = 300, **given: Any) -> ImportService:
    fields = {name: given.pop(name) for name in tuple(given) if name in ("crash_at", "crash_rate")}
    service = ImportService(Scenario(users=users, **fields), **{"seed": 5, **given})
    service.new()
    service.add_users()
    service.run()
    return service
