"""Ten pollers as people write them: around a client, with the libraries and the habits that they have."""

# ruff: noqa: TID251 - they read the clock, as people's code does: in these trials it is virtual

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import backoff
import httpx
import tenacity

if TYPE_CHECKING:
    import requests

STATUS = "/api/v1/import.status"
OVER = ("done", "canceled", "error")


def naive(client: httpx.Client) -> str:
    """Waits for done, each second."""
    while client.get(STATUS).json()["state"] != "done":
        time.sleep(1)
    return "done"


@tenacity.retry(
    retry=tenacity.retry_if_result(lambda state: state not in OVER)
    | tenacity.retry_if_exception_type((httpx.HTTPError, ValueError)),
    wait=tenacity.wait_fixed(5),
    stop=tenacity.stop_after_delay(3600),
)
def by_tenacity(client: httpx.Client) -> str:
    """Every 5 s, for an hour, whatever goes wrong."""
    answer = client.get(STATUS)
    answer.raise_for_status()
    state: str = answer.json()["state"]
    return state


@backoff.on_predicate(backoff.constant, lambda state: state not in OVER, interval=3, jitter=None)
@backoff.on_exception(backoff.expo, (httpx.HTTPError, ValueError), factor=2, jitter=None, max_time=20)
def by_backoff(client: httpx.Client) -> str:
    """Every 3 s; an answer that fails is asked for again after 2, 4, 8 … s, for 20 s in all."""
    state: str = client.get(STATUS).raise_for_status().json()["state"]
    return state


async def by_asyncio(client: httpx.AsyncClient) -> str:
    """Every 2 s, for half an hour; takes every answer for one."""
    async with asyncio.timeout(1800):
        while (state := (await client.get(STATUS)).json()["state"]) not in OVER:
            await asyncio.sleep(2)
    return str(state)


def by_deadline(client: httpx.Client) -> str:
    """Every 5 s until a deadline in ten minutes, and goes on after any error."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        try:
            state: str = client.get(STATUS, timeout=30).raise_for_status().json()["state"]
        except (httpx.HTTPError, ValueError):
            state = "unknown"
        if state in OVER:
            return state
        time.sleep(5)
    raise TimeoutError("the import took longer than ten minutes")


def by_counts(client: httpx.Client) -> str:
    """Every 5 s until as many are completed as there are; gives up when nothing has moved for 15 minutes."""
    seen, moved = None, time.time()
    while True:
        try:
            count = client.get(STATUS, timeout=30).raise_for_status().json()["operation"]["count"]
        except (httpx.HTTPError, ValueError, KeyError):
            count = seen
        if count is not None and count["completed"] >= count["total"]:
            return "done"
        if count != seen:
            seen, moved = count, time.time()
        if time.time() - moved > 900:
            raise TimeoutError("nothing moves")
        time.sleep(5)


def by_state(session: requests.Session) -> str:
    """A session of requests, every 10 s: the first state that sounds like an end is the end."""
    import requests

    while True:
        try:
            answer = session.get(f"http://simimport{STATUS}", timeout=30)
            answer.raise_for_status()
            state: str = answer.json()["state"]
        except requests.RequestException:
            state = "unknown"
        if state in OVER:
            return state
        time.sleep(10)


def no_html(client: httpx.Client) -> str:
    """Every 5 s, goes on after what the server says; what is no JSON by its type is somebody else's."""
    while True:
        try:
            answer = client.get(STATUS, timeout=30)
        except httpx.TransportError:
            time.sleep(5)
            continue
        if answer.headers["content-type"] != "application/json":
            raise RuntimeError("this is no server of ours")
        try:
            state = answer.json().get("state")
        except ValueError:
            state = None
        if state in OVER:
            return str(state)
        time.sleep(5)


def hammering(client: httpx.Client) -> str:
    """Ten times a second, whatever comes."""
    while True:
        try:
            state = client.get(STATUS, timeout=30).json().get("state")
        except (httpx.HTTPError, ValueError):
            state = None
        if state in OVER:
            return str(state)
        time.sleep(0.1)


def perfect(client: httpx.Client) -> str:
    """Follows one operation, waits as long as it is told, watches an error for a minute, and gives up."""
    mine: Any = None
    seen: Any = None
    moved = time.monotonic()
    while True:
        body, wait_s = None, 5.0
        try:
            answer = client.get(STATUS, timeout=30)
            if answer.status_code in (401, 403):
                answer.raise_for_status()
            if answer.status_code == 429:
                wait_s = _asked_wait(answer)
            body = answer.json() if answer.is_success else None
        except (httpx.TransportError, ValueError):
            body = None
        operation = body.get("operation") if isinstance(body, dict) else None
        if isinstance(body, dict) and operation is not None:
            identity = (operation.get("_id"), operation["ts"])
            mine = mine or identity
            if identity != mine:
                raise RuntimeError("another import began")
            if body != seen:
                seen, moved = body, time.monotonic()
            final = body["state"] in ("done", "canceled") or operation["status"] == "importer_import_failed"
            if final or (body["state"] == "error" and time.monotonic() - moved >= 60):
                return str(body["state"])
        if time.monotonic() - moved > 3600:
            raise TimeoutError("nothing moves")
        time.sleep(wait_s)


def _asked_wait(answer: httpx.Response) -> float:
    if "retry-after" in answer.headers:
        return float(answer.headers["retry-after"])
    reset_ms = int(answer.headers["x-ratelimit-reset"])
    return max(datetime.fromtimestamp(reset_ms / 1000, UTC).timestamp() - time.time(), 1.0)
