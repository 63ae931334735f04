"""Four pollers, from the naive loop to a patient one: what the kit must tell apart."""

from __future__ import annotations

from typing import Any

from simimport import FetchError

OVER = ("done", "canceled", "error")


def naive(fetch: Any, clock: Any) -> str:
    while True:
        if fetch()["state"] == "done":
            return "done"
        clock.sleep(1)


def knowing(fetch: Any, clock: Any) -> str:
    """Knows that an import may also end otherwise."""
    while True:
        state: str = fetch()["state"]
        if state in OVER:
            return state
        clock.sleep(1)


def retrying(fetch: Any, clock: Any) -> str:
    """Goes on after whatever is no answer."""
    while True:
        try:
            state: str = fetch()["state"]
        except (FetchError, ConnectionError, TypeError):
            state = "unknown"
        if state in OVER:
            return state
        clock.sleep(1)


class LostError(Exception):
    """The import that was polled cannot be followed any more."""


def patient(
    fetch: Any, clock: Any, *, every_s: float = 5.0, settle_s: float = 60.0, patience_s: float = 3600.0
) -> str:
    """Follows one operation to its end, waits as long as it is told, and gives up at last."""
    mine: Any = None
    seen: Any = None
    moved_s = clock.now()
    while True:
        wait_s = every_s
        try:
            body = fetch()
        except FetchError as error:
            if error.http_status in (401, 403):
                raise LostError("not let in any more") from error
            body, wait_s = None, max(every_s, wait_after(error, clock.now()))
        except ConnectionError:
            body = None
        operation = body.get("operation") if isinstance(body, dict) else None
        if isinstance(body, dict) and operation is not None:
            identity = (operation.get("_id"), operation["ts"])
            mine = mine or identity
            if identity != mine:
                raise LostError(f"another import began at {operation['ts']}")
            if body != seen:
                seen, moved_s = body, clock.now()
            state: str = body["state"]
            final = state in ("done", "canceled") or operation["status"] == "importer_import_failed"
            if final or (state == "error" and clock.now() - moved_s >= settle_s):
                return state
        if clock.now() - moved_s > patience_s:
            raise LostError(f"nothing moved for {patience_s:g} s")
        clock.sleep(wait_s)


def wait_after(error: FetchError, now_s: float) -> float:
    if "retry-after" in error.headers:
        return float(error.headers["retry-after"])
    if "x-ratelimit-reset" in error.headers:
        return int(error.headers["x-ratelimit-reset"]) / 1000 - now_s
    return 60.0 if error.http_status == 429 else 0.0
