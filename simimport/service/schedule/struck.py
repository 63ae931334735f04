"""What a fault makes of an answer: late, lost, spoiled, or another one instead.

Which fault strikes is decided by the schedule; what a stale answer repeats, only the service knows.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from simimport.model.run.wire import encoded
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.rate_limit import Taken
from simimport.service.schedule.fault import DATE

if TYPE_CHECKING:
    from simimport.service.schedule.fault import Fault

__all__ = ["instead", "spoiled", "struck"]

_BAD_GATEWAY = (
    "<html>\n<head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n"
)


def struck(answer: Answer, fault: Fault, now_us: int = 0, epoch_ms: int = 0) -> Answer:
    """Return an answer of the service as a fault leaves it, or the one that it gives instead.

    Parameters
    ----------
    answer : Answer
        What the service says; not looked at where the fault answers instead.
    fault : Fault
        Any but a stale one.
    now_us : int
        The instant, on the service's clock.
    epoch_ms : int
        The instant of time 0, since 1970.
    """
    match fault.kind:
        case "latency":
            return replace(answer, delay_s=fault.wait_s)
        case "reset":
            return Answer(0, None, b"")
        case "truncated" | "garbage" | "wrong_type":
            return replace(answer, raw=spoiled(answer.raw, fault.kind))
        case _:
            return instead(fault, now_us, epoch_ms)


def instead(fault: Fault, now_us: int, epoch_ms: int) -> Answer:
    """Return the answer that a fault of the wire gives instead of the service's."""
    match fault.kind:
        case "429":
            # as the limiter itself says it, for a window that ends then
            wait_us = round(fault.wait_s * 1e6)
            headers = Taken(False, 0, wait_us, now_us + wait_us).headers(epoch_ms)
            return refusals.too_many(headers | _retry_after(fault, now_us, epoch_ms), fault.wait_s)
        case "500":
            return Answer.json(500, {"success": False, "error": "Internal server error"})
        case "503":
            headers = _retry_after(fault, now_us, epoch_ms)
            return Answer.json(503, {"success": False, "error": "Service Unavailable"}, headers)
        case _:
            return Answer.text(502, _BAD_GATEWAY, "text/html; charset=utf-8")


def _retry_after(fault: Fault, now_us: int, epoch_ms: int) -> dict[str, str]:
    """Return the header that says when to come again; none where the fault has none."""
    when = fault.retry_after
    if when is None and fault.kind == "503":
        when = fault.wait_s
    if when is None:
        return {}
    if when == DATE:
        # dates know whole seconds: who comes then has waited long enough
        then_s = epoch_ms / 1e3 + now_us / 1e6 + fault.wait_s
        return {"Retry-After": formatdate(math.ceil(then_s), usegmt=True)}
    return {"Retry-After": when if isinstance(when, str) else str(math.ceil(when))}


def spoiled(raw: bytes, kind: str) -> bytes:
    """Return a body as ``truncated``, ``garbage`` or ``wrong_type`` leave it."""
    if kind == "truncated":
        return raw[: len(raw) * 2 // 3]
    if kind == "garbage":
        return b"\x1f\x8b\x08" + raw[:40][::-1]
    body = json.loads(raw)
    for part in body if isinstance(body, list) else (body,):
        for counted in (part, part.get("operation") or {}):
            _as_texts(counted)
    return encoded(body)


def _as_texts(part: dict[str, Any]) -> None:
    for key in ("success", "valid"):
        if key in part:
            part[key] = str(part[key]).lower()
    if "count" in part:
        part["count"] = {key: str(value) for key, value in part["count"].items()}
