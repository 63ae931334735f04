"""What each answer of a trace told, in plain values; answers that tell nothing are left out.

Refuses what is no trace of one import. Dates nothing (that is `dating`), and judges nothing else (`lint`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from simimport.errors import TraceError
from simimport.model.states import State, Step
from simimport.testing.traces import Recorded, Trace, parsed_instant

__all__ = ["Seen", "Watched", "watched"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one answer told, in plain values; instants are seconds of the trace's own clock.

    Parameters
    ----------
    row : int
        The answer's place in the trace, from 0.
    at_s : float
        When it was received.
    state : State
    step : Step or None
    processed, error, total : int
        Published, in users.
    updated_s : float
        Its ``_updatedAt``, in seconds after its ``ts``; NaN where there is none.
    valid : bool
    """

    row: int
    at_s: float
    state: State
    step: Step | None
    processed: int
    error: int
    total: int
    updated_s: float
    valid: bool


class Watched(NamedTuple):
    """The answers of an import that count, its last state, and when that came if it is an end; else NaN."""

    seen: tuple[Seen, ...]
    state: State
    ended_s: float


def watched(trace: Trace) -> Watched:
    """Return what a trace shows of its import.

    Answers of an interrupted import are left out, but for a canceled one's: an interrupted server counts a
    batch twice, and a crash dates no flush.

    Raises
    ------
    TraceError
        If it mixes operations, or its counters or its time go back.
    """
    seen: list[Seen] = []
    state, ended_s = State.NONE, math.nan
    operation: tuple[Any, Any] | None = None
    for row, answer in enumerate(trace):
        now = _seen_in_answer(row, answer)
        if now is None:
            continue
        document = answer.body["operation"]
        this = (document.get("_id"), document.get("ts"))
        if operation is not None and this != operation:
            which = f"{_name_of_operation(this)}, before {_name_of_operation(operation)}"
            problem = f"answer {row} is about another operation ({which}); cut the trace there"
            raise TraceError(trace.path or "the trace", row + 1, problem)
        operation = this
        if seen and (now.at_s < seen[-1].at_s or now.processed < seen[-1].processed):
            what = "time" if now.at_s < seen[-1].at_s else "a counter"
            problem = f"answer {row}: {what} goes back; lint says more"
            raise TraceError(trace.path or "the trace", row + 1, problem)
        if now.state is not state:
            state, ended_s = now.state, now.at_s if now.state.terminal else math.nan
        # a trace that begins after a crash has nothing else to tell how many were processed
        if now.valid or state is State.CANCELED or (not seen and state is State.ERROR):
            seen.append(now)
    return Watched(tuple(seen), state, ended_s)


def _name_of_operation(operation: tuple[Any, Any]) -> str:
    return f"_id {operation[0]}" if operation[0] is not None else f"ts {operation[1]}"


def _seen_in_answer(row: int, answer: Recorded) -> Seen | None:
    """Return what an answer tells; None for one that tells nothing, such as a refusal or a spoiled body."""
    body = answer.body
    document = body.get("operation") if answer.http_status == 200 and isinstance(body, dict) else None
    if not isinstance(document, dict):
        return None
    count = document.get("count") or {}
    try:
        state, step = State(body["state"]), Step(document["status"])
        completed, error, total = (int(count.get(name, 0)) for name in ("completed", "error", "total"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    updated, created = parsed_instant(document.get("_updatedAt")), parsed_instant(document.get("ts"))
    updated_s = (updated - created).total_seconds() if updated and created else math.nan
    valid = document.get("valid") is True
    return Seen(row, answer.at_s, state, step, completed + error, error, total, updated_s, valid)
