"""What each answer of a trace told, in plain values; answers that tell nothing are left out.

Refuses what is no trace of one import. Dates nothing (that is `dating`), and judges nothing else (`lint`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from simimport.errors import TraceError
from simimport.model.fields import MOST_USERS
from simimport.model.states import State, Step
from simimport.testing.answer import Facts, facts_of
from simimport.testing.traces import Trace

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
    step : Step
    processed, error, total : int
        Published, in users.
    updated_s : float
        Its ``_updatedAt``, in seconds after its ``ts``; NaN where there is none.
    valid : bool
    """

    row: int
    at_s: float
    state: State
    step: Step
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
        If it mixes operations, if its counters are none, or if they or its time go back.
    """
    seen: list[Seen] = []
    state, ended_s = State.NONE, math.nan
    operation: Facts | None = None
    for row, answer in enumerate(trace):
        facts = facts_of(answer.body, answer.http_status)
        now = _seen_in(facts, row, answer.at_s)
        if now is None:
            continue
        if operation is not None and facts.identity != operation.identity:
            which = f"{_name_of(facts)}, before {_name_of(operation)}"
            problem = f"answer {row} is about another operation ({which}); cut the trace there"
            raise TraceError(*_place(trace, row), problem)
        operation = facts
        if not all(0 <= counter <= MOST_USERS for counter in (now.processed, now.error, now.total)):
            problem = f"answer {row}: a counter is none of users; lint says more"
            raise TraceError(*_place(trace, row), problem)
        if seen and (now.at_s < seen[-1].at_s or now.processed < seen[-1].processed):
            what = "time" if now.at_s < seen[-1].at_s else "a counter"
            problem = f"answer {row}: {what} goes back; lint says more"
            raise TraceError(*_place(trace, row), problem)
        if now.state is not state:
            state, ended_s = now.state, now.at_s if now.state.terminal else math.nan
        # a trace that begins after a crash has nothing else to tell how many were processed
        if now.valid or state is State.CANCELED or (not seen and state is State.ERROR):
            seen.append(now)
    return Watched(tuple(seen), state, ended_s)


def _place(trace: Trace, row: int) -> tuple[object, int]:
    """Return the file of an answer and its line there; of a trace that was not read, its place from 1."""
    return trace.places[row] if trace.places else (trace.path or "the trace", row + 1)


def _name_of(operation: Facts) -> str:
    return f"_id {operation.id}" if operation.id is not None else f"ts {operation.ts}"


def _seen_in(facts: Facts, row: int, at_s: float) -> Seen | None:
    """Return what an answer tells of an import; None where its words or its counters are none of ours."""
    try:
        state, step = State(facts.state or ""), Step(facts.step or "")
    except ValueError:
        return None
    if facts.processed is None or facts.error is None or facts.total is None:
        return None
    valid = facts.valid is True
    return Seen(row, at_s, state, step, facts.processed, facts.error, facts.total, facts.updated_s, valid)
