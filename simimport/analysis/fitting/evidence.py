"""What a trace says about the work: which users were processed between which instants, and how many failed.

Reads answers and dates flushes; estimates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.errors import TraceError
from simimport.model.run.timeline import STEP_US
from simimport.model.states import State, Step
from simimport.testing.traces import Recorded, Trace, parsed_instant

__all__ = ["Evidence", "Seen", "Timed", "evidence", "moments", "timed", "together"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Between the last flush and a later step lie as many short steps (as simulated; servers are alike).
_AFTER_US = {
    Step.IMPORTING_STARTED: -STEP_US,
    Step.IMPORTING_MESSAGES: STEP_US,
    Step.FINISHING: 2 * STEP_US,
    Step.DONE: 3 * STEP_US,
}
#: How many stretches an undated trace is cut into, to find out about times.
_LONG = 24
#: ``_updatedAt`` is cut to milliseconds: uniform over one.
_CUT_S2 = 1e-6 / 12


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


@dataclass(frozen=True, eq=False)
class Evidence:
    """The stretches between flushes that a trace shows, one row each, and how the import stands at the end.

    Parameters
    ----------
    seen : tuple of Seen
        The answers that told something, in order.
    users, batch_size : int
        Staged, and published together.
    first, last : ndarray of int64
        Users processed before and after each stretch.
    seconds : ndarray of float64
        How long each took; NaN where that cannot be said.
    noise_s2 : ndarray of float64
        The variance of the error in `seconds`, in s².
    failed : ndarray of int64
        How many of its users failed.
    dated : bool
        Whether flushes are dated by ``_updatedAt``.
    since_s : float
        When the batch in flight began, on the trace's clock; NaN where none is, or nobody knows.
    state : State
        In the last answer; ``none`` without any.
    ended_s : float
        When that state was first told, if it ends the import; else NaN.
    """

    seen: tuple[Seen, ...]
    users: int
    batch_size: int
    first: Ints
    last: Ints
    seconds: Floats
    noise_s2: Floats
    failed: Ints
    dated: bool
    since_s: float
    state: State
    ended_s: float

    @property
    def now_s(self) -> float:
        """The instant of the last answer; NaN without any."""
        return self.seen[-1].at_s if self.seen else math.nan

    @property
    def processed(self) -> int:
        """Users published as processed at the last answer."""
        return int(self.last[-1]) if len(self.last) else 0

    @property
    def batches(self) -> Ints:
        """How many batches each stretch has."""
        size = self.batch_size
        return -(-self.last // size) - -(-self.first // size)


def evidence(trace: Trace, batch_size: int) -> Evidence:
    """Return what a trace says.

    Raises
    ------
    TraceError
        If it mixes operations, or its counters or its time fall.
    """
    seen, state, ended_s = _seen(trace)
    marks = _marks(seen)
    offset_s = _offset_s(seen)
    dates = [_date(seen, place, offset_s) for place in marks]
    dated = any(noise == _CUT_S2 for _, noise in dates)
    users = max((told.total for told in seen), default=0)
    processed = np.array([seen[place].processed for place in marks], dtype=np.int64)
    errors = np.array([seen[place].error for place in marks], dtype=np.int64)
    instants = np.array([at_s for at_s, _ in dates])
    noise = np.array([noise_s2 for _, noise_s2 in dates])
    seconds = np.diff(instants)
    if len(seconds) > 1 and not _at_work(seen[marks[0]]):
        # when the work began is only bounded, and a guess would bias the speed
        seconds[0] = math.nan
    size = _fitting(batch_size, processed, users)
    batches = float((-(-processed[-1:] // size) - -(-processed[:1] // size)).sum())
    return Evidence(
        seen=tuple(seen), users=users, batch_size=size,
        first=processed[:-1], last=processed[1:], seconds=seconds,
        noise_s2=noise[:-1] + noise[1:], failed=np.diff(errors), dated=dated,
        since_s=_since_s(seen, marks, instants, batches, offset_s), state=state, ended_s=ended_s,
    )  # fmt: skip


class Timed(NamedTuple):
    """Stretches whose length is known; columns as in `Evidence`."""

    first: Ints
    last: Ints
    seconds: Floats
    noise_s2: Floats
    batches: Ints


def timed(part: Evidence) -> Timed:
    """Return the stretches whose length is known; without dates, at most `_LONG` long ones.

    Without dates each end errs by up to an interval, and few batches between two polls mean a short time
    between their flushes: long stretches, of which only the ends err, are nearly free of that bias.
    """
    with np.errstate(invalid="ignore"):
        kept = np.flatnonzero((part.seconds > 0) & (part.batches > 0))
    first, last, batches = part.first[kept], part.last[kept], part.batches[kept]
    seconds, noise = part.seconds[kept], part.noise_s2[kept]
    if part.dated or len(kept) <= _LONG:
        return Timed(first, last, seconds, noise, batches)
    begin = np.unique(np.linspace(0, len(kept), _LONG + 1).astype(int))[:-1]
    end = np.append(begin[1:], len(kept)) - 1
    # both ends of a stretch err alike, so half of either
    noise = (noise[begin] + noise[end]) / 2
    seconds, batches = np.add.reduceat(seconds, begin), np.add.reduceat(batches, begin)
    return Timed(first[begin], last[end], seconds, noise, batches)


def together(parts: Sequence[Any], name: str) -> NDArray[Any]:
    """Return a column of several, one after the other."""
    columns = [getattr(part, name) for part in parts]
    return np.concatenate(columns) if columns else np.zeros(0)


def moments(part: Evidence, first: Any, last: Any) -> tuple[Floats, Floats, Floats]:
    """Return the sums of 1, x and x² over the users of stretches; x is their batch's middle, from 0 to 1."""
    n, size = max(part.users, 1), part.batch_size
    first, last = np.asarray(first, dtype=np.float64), np.asarray(last, dtype=np.float64)
    batches = np.arange(-(-n // size), dtype=np.float64)
    width = np.minimum((batches + 1) * size, n) - batches * size
    x = (batches * size + (width - 1) / 2) / max(n - 1, 1)
    low, high = np.ceil(first / size).astype(int), np.ceil(last / size).astype(int)
    sums = (np.concatenate([[0.0], np.cumsum(width * x**power)]) for power in range(3))
    a, b, c = (total[high.clip(max=len(batches))] - total[low.clip(max=len(batches))] for total in sums)
    return a, b, c


def _fitting(batch_size: int, processed: Ints, users: int) -> int:
    """Return the batch size, or the largest that the counters allow where they contradict it."""
    inner = processed[(processed > 0) & (processed < users)]
    if not len(inner) or not (inner % batch_size).any():
        return batch_size
    return int(np.gcd.reduce(inner))


def _seen(trace: Trace) -> tuple[list[Seen], State, float]:
    """Return what the answers tell, the last state, and when that came if it is an end.

    Answers of an interrupted import are left out, but for a canceled one's: an interrupted server counts a
    batch twice, and a crash dates no flush.
    """
    seen: list[Seen] = []
    state, ended_s = State.NONE, math.nan
    operation: tuple[Any, Any] | None = None
    for row, answer in enumerate(trace):
        told = _told(row, answer)
        if told is None:
            continue
        document = answer.body["operation"]
        same = (document.get("_id"), document.get("ts"))
        if operation is not None and same != operation:
            which = f"{_named(same)}, before {_named(operation)}"
            problem = f"answer {row} is about another operation ({which}); cut the trace there"
            raise TraceError(trace.path or "the trace", row + 1, problem)
        operation = same
        if seen and (told.at_s < seen[-1].at_s or told.processed < seen[-1].processed):
            what = "time" if told.at_s < seen[-1].at_s else "a counter"
            problem = f"answer {row}: {what} goes back; lint says more"
            raise TraceError(trace.path or "the trace", row + 1, problem)
        if told.state is not state:
            state, ended_s = told.state, told.at_s if told.state.terminal else math.nan
        if told.valid or state is State.CANCELED or (not seen and state is State.ERROR):
            seen.append(told)
    return seen, state, ended_s


def _named(same: tuple[Any, Any]) -> str:
    return f"_id {same[0]}" if same[0] is not None else f"ts {same[1]}"


def _told(row: int, answer: Recorded) -> Seen | None:
    """Return what an answer tells; None for one that tells nothing, such as a refusal or a spoiled body."""
    body = answer.body
    told = body.get("operation") if answer.http_status == 200 and isinstance(body, dict) else None
    if not isinstance(told, dict):
        return None
    count = told.get("count") or {}
    try:
        state, step = State(body["state"]), Step(told["status"])
        completed, error, total = (int(count.get(name, 0)) for name in ("completed", "error", "total"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    updated, created = parsed_instant(told.get("_updatedAt")), parsed_instant(told.get("ts"))
    updated_s = (updated - created).total_seconds() if updated and created else math.nan
    valid = told.get("valid") is True
    return Seen(row, answer.at_s, state, step, completed + error, error, total, updated_s, valid)


def _marks(seen: Sequence[Seen]) -> list[int]:
    """Return the first answer at each new count, from the start of the work on."""
    marks: list[int] = []
    for place, told in enumerate(seen):
        begun = told.state is State.IMPORTING or told.processed > 0
        if begun and (not marks or told.processed > seen[marks[-1]].processed):
            marks.append(place)
        elif begun and told.processed == 0 and told.step is Step.IMPORTING_USERS:
            # dates the beginning better than importing_started does
            marks[-1] = place if seen[marks[-1]].step is Step.IMPORTING_STARTED else marks[-1]
    if marks and seen[marks[0]].processed and marks[0] and seen[marks[0] - 1].state is not State.IMPORTING:
        # the work began unseen, after the answer before
        marks.insert(0, marks[0] - 1)
    return marks


def _date(seen: Sequence[Seen], place: int, offset_s: float) -> tuple[float, float]:
    """Return when the flush that an answer shows was, in seconds after ``ts``, and its variance in s²."""
    told = seen[place]
    working = _at_work(told)
    if working and not math.isnan(told.updated_s):
        return told.updated_s - _AFTER_US.get(told.step or Step.NEW, 0) / 1e6, _CUT_S2
    if not working:
        # it began between this answer and the next, which shows flushes already
        after_s = seen[place + 1].updated_s
        after_s = seen[place + 1].at_s - offset_s if math.isnan(after_s) else after_s
        width = max(after_s - (told.at_s - offset_s), 0.0)
        return told.at_s - offset_s + width / 2, width**2 / 12
    before_s = seen[place - 1].at_s if place else told.at_s
    return (told.at_s + before_s) / 2 - offset_s, (told.at_s - before_s) ** 2 / 12


def _since_s(
    seen: Sequence[Seen], marks: Sequence[int], instants: Floats, batches: float, offset_s: float
) -> float:
    """Return when the batch in flight began, on the trace's clock."""
    if not marks:
        return math.nan
    told = seen[marks[-1]]
    if not math.isnan(told.updated_s) or len(marks) < 2 or not batches:
        return float(instants[-1] + offset_s)
    # of the flushes between two polls it was the last, so less than a batch before the poll
    batch_s = float(instants[-1] - instants[0]) / batches
    return told.at_s - min(2 * (told.at_s - offset_s - float(instants[-1])), batch_s) / 2


def _at_work(told: Seen) -> bool:
    """Return whether an answer shows a flush, or the beginning of the work."""
    return told.state in (State.IMPORTING, State.DONE, State.CANCELED)


def _offset_s(seen: Sequence[Seen]) -> float:
    """Return by how much the trace's clock is ahead of the document's, whose zero is ``ts``.

    A change is made before it is seen, so each answer bounds it from above; the least of many is close.
    """
    return min((told.at_s - told.updated_s for told in seen if not math.isnan(told.updated_s)), default=0.0)
