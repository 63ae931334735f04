"""What a trace says about the work: which users were processed between which instants, and how many failed.

Joins what `seen` reads and `dating` dates into stretches; estimates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.shown.batch_size import Found, likeliest_size
from simimport.analysis.fitting.shown.dating import at_work, flushes, in_flight_since_s
from simimport.analysis.fitting.shown.seen import Seen, watched
from simimport.errors import TraceError
from simimport.model.states import State
from simimport.show.words import counted, number
from simimport.testing.traces import Trace

__all__ = ["Evidence", "Timed", "evidence", "moments", "notes_on_sizes", "same_import", "timed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: How many stretches an undated trace is cut into, to find out about times.
_LONG = 24
#: Each batch of an import is looked at; a hundred million of them would take gigabytes.
_MOST_BATCHES = 25_000_000
#: No two imports flush as near to one another, again and again.
_SAME_S = 1e-3


@dataclass(frozen=True, eq=False)
class Evidence:
    """The stretches between flushes that a trace shows, one row each, and how the import stands at the end.

    Parameters
    ----------
    seen : tuple of Seen
        The answers that told something, in order.
    users : int
        Staged.
    sizes : Found
        How many of them are published together, and how sure that is.
    first, last : ndarray of int64
        Users processed before and after each stretch.
    seconds : ndarray of float64
        How long each took; NaN where that cannot be said.
    noise_s2 : ndarray of float64
        The variance of the error in `seconds`, in s².
    failed : ndarray of int64
        How many of its users failed.
    before, failed_before : int
        How many users were processed when the first flush was seen, and how many of them had failed.
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
    sizes: Found
    first: Ints
    last: Ints
    seconds: Floats
    noise_s2: Floats
    failed: Ints
    before: int
    failed_before: int
    dated: bool
    since_s: float
    state: State
    ended_s: float

    @property
    def batch_size(self) -> int:
        """How many users are published together."""
        return self.sizes.size

    @property
    def now_s(self) -> float:
        """The instant of the last answer; NaN without any."""
        return self.seen[-1].at_s if self.seen else math.nan

    @property
    def processed(self) -> int:
        """Users published as processed at the last answer."""
        return int(self.last[-1]) if len(self.last) else self.before

    @property
    def batches(self) -> Ints:
        """How many batches each stretch has."""
        size = self.batch_size
        return -(-self.last // size) - -(-self.first // size)


def evidence(trace: Trace, batch_size: int | None = None, like: Collection[int] = ()) -> Evidence:
    """Return what a trace says.

    Without a batch size it is the likeliest; of those that are possible, one of `like`, which others had.

    Raises
    ------
    TraceError
        If it mixes operations, if its counters are none, or if they or its time fall.
    """
    seen, state, ended_s = watched(trace)
    found = flushes(seen)
    shown = [seen[place] for place in found.places]
    processed = np.array([answer.processed for answer in shown], dtype=np.int64)
    errors = np.array([answer.error for answer in shown], dtype=np.int64)
    seconds = np.diff(found.at_s)
    if len(seconds) > 1 and not at_work(shown[0]):
        # when the work began is only bounded, and a guess would bias the speed
        seconds[0] = math.nan
    # more are processed than there are where a server counts some twice
    users = max((max(answer.total, answer.processed) for answer in seen), default=0)
    sizes = _fitting(batch_size, processed, users) if batch_size else _likeliest(seen, processed, users)
    if not sizes.is_certain and (theirs := [size for size in sizes.others if size in like]):
        others = (sizes.size, *(size for size in sizes.others if size != theirs[0]))
        sizes = sizes if sizes.size in like else Found(theirs[0], is_certain=False, others=others)
    size = sizes.size
    if users > size * _MOST_BATCHES:
        problem = f"{counted(users, 'user')} in batches of {number(size)} are more than can be looked through"
        raise TraceError(trace.path or "the trace", 0, problem)
    batches = float((-(-processed[-1:] // size) - -(-processed[:1] // size)).sum())
    return Evidence(
        seen=seen, users=users, sizes=sizes,
        first=processed[:-1], last=processed[1:], seconds=seconds,
        noise_s2=found.noise_s2[:-1] + found.noise_s2[1:], failed=np.diff(errors),
        before=int(processed[:1].sum()), failed_before=int(errors[:1].sum()), dated=found.dated,
        since_s=in_flight_since_s(seen, found, batches), state=state, ended_s=ended_s,
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


def same_import(part: Evidence, other: Evidence) -> bool:
    """Return whether two traces are of one import: what both show was reached at the same instants."""
    first, second = _reached(part), _reached(other)
    common = first.keys() & second.keys()
    return bool(common) and all(abs(first[count] - second[count]) < _SAME_S for count in common)


def _reached(part: Evidence) -> dict[int, float]:
    """Return when each count was reached, in seconds: as the document dates it, else as it was first seen."""
    reached: dict[int, float] = {}
    for answer in part.seen:
        if answer.processed and answer.state is State.IMPORTING:
            at_s = answer.at_s if math.isnan(answer.updated_s) else answer.updated_s
            reached.setdefault(answer.processed, at_s)
    return reached


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


def _likeliest(seen: Sequence[Seen], processed: Ints, users: int) -> Found:
    """Return the batch size that counts, and polls at which they stand still, leave likeliest."""
    working = [answer.processed for answer in seen if answer.state is State.IMPORTING]
    counts = np.array(working, dtype=np.int64)
    return likeliest_size(processed, users, np.diff(np.flatnonzero(np.diff(counts))))


def _fitting(batch_size: int, processed: Ints, users: int) -> Found:
    """Return the batch size that was given, or the largest that the counters allow if they contradict it."""
    inner = processed[(processed > 0) & (processed < users)]
    if not len(inner) or not (inner % batch_size).any():
        return Found(batch_size, is_certain=True, others=())
    return Found(int(np.gcd.reduce(inner)), is_certain=False, others=())


def notes_on_sizes(parts: Sequence[Evidence], size: int | None) -> dict[str, str]:
    """Return what is to be said of the batch sizes, for the first trace of which they are not certain."""
    for place, part in enumerate(parts, start=1):
        if part.sizes.is_certain or not len(part.last):
            continue
        of_trace = f" of trace {place}" if len(parts) > 1 else ""
        taken = number(part.batch_size)
        if size is not None:
            return {"batch_size": f"the counters{of_trace} contradict {number(size)}; {taken} is taken"}
        also = ", ".join(number(other) for other in part.sizes.others[:3])
        more = f"; {also} may be as well" if also else ""
        return {"batch_size": f"{taken} is taken{of_trace}{more}"}
    return {}
