"""Bring newcomers into Rocket.Chat, and tell when they are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any

import httpx

__all__ = ["Chat", "ImportFailed", "Login", "Watch", "wait", "wait_async"]

STATUS = "/api/v1/import.status"
OVER = {"done", "error", "canceled"}


class ImportFailed(Exception):  # noqa: N818 - what it is called in the newcomers' own house
    """An import that cannot be brought to its end, or of which nobody can say how it ends."""


class Watch:
    """What an answer means, whoever asks: how long to wait for the next, or that it is over."""

    def __init__(
        self,
        *,
        every_s: float = 5,
        patience_s: float = 1500,
        settle_s: float = 120,
        tell: Callable[[str, int, int], None] = lambda state, processed, total: None,
    ) -> None:
        self.every_s, self.patience_s, self.settle_s, self.tell = every_s, patience_s, settle_s, tell
        self.operation: Any = None
        self.seen: Any = None
        self.moved: Any = None
        self.failures = 0
        self.state = "none"

    def read(self, answer: httpx.Response | None, now: float) -> float | None:
        """Return the seconds to wait before the next poll; None when the import is over."""
        self.moved = now if self.moved is None else self.moved
        if now - self.moved > self.patience_s:
            raise ImportFailed(f"nothing has moved for {now - self.moved:.0f} s")
        if answer is not None and answer.status_code in (401, 403):
            raise ImportFailed(f"we may not ask any more: HTTP {answer.status_code}")
        try:
            # whatever says nothing of an import is as good as no answer
            body = answer.json() if answer is not None and answer.status_code == 200 else None
            over = self.understand(body, now)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.failures += 1
            return float(self.every_s * min(2**self.failures, 8))
        self.failures = 0
        return None if over else self.every_s

    def understand(self, body: Any, now: float) -> bool:
        """Return whether the import is over; fail where a body cannot be read."""
        operation = body.get("operation", {})
        name, step, count = operation.get("_id", operation.get("ts")), operation.get("status"), {}
        if "count" in operation:
            count = {key: int(number) for key, number in operation["count"].items()}
        processed = count.get("completed", 0) + count.get("error", 0)
        seen = body["state"], processed
        if self.operation not in (None, name):
            raise ImportFailed("somebody has begun another import")
        if seen != self.seen:
            self.seen, self.moved = seen, now
            self.tell(*seen, count.get("total", 0))
        self.operation, self.state = name, body["state"]
        # a server says error for a while where it will yet go on
        settled = self.state != "error" or step == "importer_import_failed"
        return self.state in OVER and (settled or now - self.moved > self.settle_s)


def wait(client: httpx.Client, watch: Watch | None = None) -> str:
    """Wait until an import is over, and return how it ended."""
    watch = watch or Watch()
    pause: float | None = 0
    while pause is not None:
        time.sleep(pause)  # noqa: TID251 - a client, which lives in real time
        try:
            answer = client.get(STATUS)
        except httpx.TransportError:
            answer = None
        pause = watch.read(answer, time.monotonic())  # noqa: TID251 - likewise
    return watch.state


async def wait_async(client: httpx.AsyncClient, watch: Watch | None = None) -> str:
    """Do the same beside other work."""
    watch = watch or Watch()
    pause: float | None = 0
    while pause is not None:
        await asyncio.sleep(pause)
        try:
            answer = await client.get(STATUS)
        except httpx.TransportError:
            answer = None
        pause = watch.read(answer, time.monotonic())  # noqa: TID251 - likewise
    return watch.state


class Login(httpx.Auth):
    """Log in, and again where a token is no longer good."""

    requires_response_body = True

    def __init__(self, user: str, password: str) -> None:
        self.credentials = {"user": user, "password": password}
        self.headers: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self.headers)
        answer = yield request
        if answer.status_code != 401:
            return
        url = request.url.copy_with(raw_path=b"/api/v1/login")
        given = yield httpx.Request("POST", url, json=self.credentials)
        if given.status_code != 200:
            raise ImportFailed(f"login: HTTP {given.status_code}")
        data = given.json()["data"]
        self.headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
        request.headers.update(self.headers)
        yield request


class Chat:
    """A chat into which newcomers are brought."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def call(self, endpoint: str, body: Any = None) -> Any:
        answer = self.client.post(f"/api/v1/{endpoint}", json=body)
        if answer.is_error:
            raise ImportFailed(f"{endpoint}: HTTP {answer.status_code} {answer.text}")
        return answer.json()

    def bring(self, people: Iterable[dict[str, Any]], watch: Watch | None = None) -> str:
        """Import people, and return how it ended."""
        self.call("import.new")
        self.call("import.addUsers", {"users": list(people)})
        self.call("import.run")
        return wait(self.client, watch)
