"""A course: what happens to each batch and user of an import if nobody interrupts, and how it then ends.

Holds what was drawn, and draws late what few ask for: instants inside batches, and reasons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simimport.model.people.decisions import REASONS, SHARES
from simimport.model.seeds import stream
from simimport.model.states import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.people.decisions import Decisions
    from simimport.model.scenario import Scenario

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["STEP_US", "Course", "Ending", "Segment", "asked_us", "ending"]

#: How long each step between the last flush and the end lasts, and ``importing_started``: 10 ms.
STEP_US = 10_000
# The instants inside batches are drawn in blocks of about this many users, so that one batch's can be had
# without drawing all before it.
_BLOCK_USERS = 4096


class Segment(NamedTuple):
    """From which batch on (from 0) the course follows which scenario and seed."""

    first_batch: int
    scenario: Scenario
    seed: int


@dataclass(frozen=True, eq=False)
class Course:
    """What happens to each batch and user if nobody interrupts.

    Parameters
    ----------
    segments : tuple of Segment
        One, and one more for each branch.
    people : Decisions or None
        What the staged people decide; None for generated people, who decide nothing.
    batch_s, stall_s : ndarray of float64, one per batch
        Seconds from the flush before to this batch's flush, and how much of it is stalling.
    failed : ndarray of bool, one per user
        Whose import fails.
    cancel, crash : int or None
        The user at whose start a cancel is asked, and at whose finish the operation crashes.
    """

    segments: tuple[Segment, ...]
    people: Decisions | None
    batch_s: Floats
    stall_s: Floats
    failed: NDArray[np.bool_]
    cancel: int | None
    crash: int | None

    @property
    def scenario(self) -> Scenario:
        """The scenario at the start: sizes and waiting times never change."""
        return self.segments[0].scenario

    @property
    def users(self) -> int:
        """The number of staged users."""
        return len(self.failed)

    @cached_property
    def load_us(self) -> int:
        """When loading starts, or the operation is ready where nothing loads."""
        return _us(self.scenario.new_s)

    @cached_property
    def ready_us(self) -> int:
        """When the operation is ready."""
        return _us(self.scenario.new_s + self.scenario.loading_s)

    @cached_property
    def run_us(self) -> int:
        """When ``import.run`` is called."""
        return _us(self.scenario.new_s + self.scenario.loading_s + self.scenario.ready_s)

    @cached_property
    def flush_us(self) -> Ints:
        """When each batch is flushed, in microseconds after the creation."""
        total = np.cumsum(self.batch_s)
        return np.rint(total * 1e6).astype(np.int64) + (self.run_us + STEP_US)

    @cached_property
    def errors(self) -> Ints:
        """How many users of each batch fail."""
        size = self.scenario.batch_size
        if not self.users:
            return np.zeros(0, dtype=np.int64)
        return np.add.reduceat(self.failed, np.arange(0, self.users, size), dtype=np.int64)

    @cached_property
    def flushed_users(self) -> Ints:
        """How many users are processed when each batch is flushed."""
        size = self.scenario.batch_size
        return np.minimum(np.arange(1, len(self.batch_s) + 1) * size, self.users)

    @cached_property
    def worked_us(self) -> int:
        """When the last batch is flushed: the work is done, three short steps remain."""
        return int(self.flush_us[-1]) if len(self.batch_s) else self.run_us + STEP_US

    @cached_property
    def finished_us(self) -> Ints:
        """When each user's processing ends, in microseconds after the creation."""
        batches = self._block_batches
        blocks = range(math.ceil(len(self.batch_s) / batches))
        parts = [self._finished_in(block) for block in blocks]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    @cached_property
    def reasons(self) -> NDArray[np.int8]:
        """Why each user fails: 1 + the index in REASONS, 0 for those who do not."""
        codes = np.zeros(self.users, dtype=np.int8)
        names, shares = list(SHARES), np.cumsum(list(SHARES.values()))
        known = np.array([REASONS.index(name) + 1 for name in names], dtype=np.int8)
        for index, (first, _, seed) in enumerate(self.segments):
            low, high = first * self.scenario.batch_size, self._segment_end(index)
            drawn = stream(seed, "reason").random(high)[low:]
            chosen = np.minimum(np.searchsorted(shares, drawn, side="right"), len(names) - 1)
            codes[low:high] = np.where(self.failed[low:high], known[chosen], 0)
        if self.people is not None:
            codes = np.where(self.people.decided, self.people.reason, codes)
        return codes

    def finish_us(self, user: int) -> int:
        """Return when one user's processing ends."""
        if "finished_us" in self.__dict__:
            return int(self.finished_us[user])
        size, batches = self.scenario.batch_size, self._block_batches
        block = user // size // batches
        return int(self._finished_in(block)[user - block * batches * size])

    def begin_us(self, user: int) -> int:
        """Return when one user's processing begins: when the one before ends, or its batch stalls no more."""
        batch, place = divmod(user, self.scenario.batch_size)
        if place:
            return self.finish_us(user - 1)
        begin_us = self._batch_begin_us(batch) + round(float(self.stall_s[batch]) * 1e6)
        # rounded apart from the flush, so that it might come a microsecond after it
        return min(begin_us, int(self.flush_us[batch]))

    @property
    def _width(self) -> int:
        # a batch may be given far more room than there are users
        return min(self.scenario.batch_size, max(self.users, 1))

    @property
    def _block_batches(self) -> int:
        return max(1, _BLOCK_USERS // self.scenario.batch_size)

    def _segment_end(self, index: int) -> int:
        """Return the first user after a segment."""
        if index + 1 < len(self.segments):
            return min(self.users, self.segments[index + 1].first_batch * self.scenario.batch_size)
        return self.users

    def _batch_begin_us(self, batch: int) -> int:
        return int(self.flush_us[batch - 1]) if batch else self.run_us + STEP_US

    def _finished_in(self, block: int) -> Ints:
        """Return when the users of a block of batches finish.

        Given a batch's total, the shares of independent Gamma times are Dirichlet distributed and
        independent of the total (Lukacs 1955), so they are drawn apart from it, when somebody asks.
        """
        size = self._width
        low = block * self._block_batches
        high = min(low + self._block_batches, len(self.batch_s))
        users = min(high * size, self.users) - low * size
        shares = np.empty((high - low, size))
        for index, segment in enumerate(self.segments):
            last = self.segments[index + 1].first_batch if index + 1 < len(self.segments) else high
            rows = slice(max(segment.first_batch, low) - low, max(min(last, high), low) - low)
            if rows.stop > rows.start:
                shares[rows] = _shares(segment, block, high - low, size, users)[rows]
        return self._spread(low, high, shares, users)

    def _spread(self, low: int, high: int, shares: Floats, users: int) -> Ints:
        """Turn the users' shares of their batches' work into instants."""
        size = self._width
        begin = np.array([self._batch_begin_us(batch) for batch in range(low, high)], dtype=np.int64)[:, None]
        slow = np.zeros((high - low, size))
        for user, seconds in (self.people.slow_s if self.people else {}).items():
            if low * size <= user < low * size + users:
                slow[divmod(user - low * size, size)] += seconds
        work = self.batch_s[low:high] - self.stall_s[low:high] - slow.sum(axis=1)
        elapsed = shares * work[:, None] + np.cumsum(slow, axis=1) + self.stall_s[low:high, None]
        flush = self.flush_us[low:high, None]
        instants = np.rint(begin + elapsed * 1e6).astype(np.int64)
        # nobody finishes at the instant of the flush before, or what is published then would not be the truth
        instants = np.minimum(np.maximum(instants, begin + 1), flush).ravel()[:users]
        lasts = np.minimum(np.arange(1, high - low + 1) * size, users) - 1
        instants[lasts] = flush.ravel()
        return np.asarray(instants, dtype=np.int64)


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


def _shares(segment: Segment, block: int, batches: int, size: int, users: int) -> Floats:
    """Return each user's share of its batch's work that is done when it finishes, batch by batch."""
    cv = segment.scenario.latency_cv
    times = np.zeros(batches * size)
    if cv:
        times[:users] = stream(segment.seed, "within", block).standard_gamma(cv**-2, users)
    else:
        times[:users] = 1.0
    done: Floats = np.cumsum(times.reshape(batches, size), axis=1)
    total = done[:, -1:]
    # where all times of a batch are too small for a float, they are equal
    return np.divide(done, total, out=np.ones_like(done), where=total > 0)


class Ending(NamedTuple):
    """How an import ends, as the documentation page has it.

    ``flushed`` batches are published, and ``processed`` users were processed in truth.
    """

    state: State
    end_us: int
    flushed: int
    processed: int


def ending(course: Course, clear_us: int | None) -> Ending:
    """Return how a course ends, given when an administrator clears it, if one does."""
    if clear_us is not None and clear_us < course.run_us:
        return Ending(State.CANCELED, clear_us, 0, 0)
    size, batches = course.scenario.batch_size, len(course.batch_s)
    drawn = None if course.cancel is None else course.cancel // size
    asked = None if clear_us is None else int(np.searchsorted(course.flush_us, clear_us, side="right"))
    cancel = min((batch for batch in (drawn, asked) if batch is not None), default=batches)
    if course.crash is not None and course.crash // size <= cancel:
        return Ending(State.ERROR, course.finish_us(course.crash), course.crash // size, course.crash)
    if cancel < batches:
        users = int(course.flushed_users[cancel])
        return Ending(State.CANCELED, int(course.flush_us[cancel]), cancel + 1, users)
    end_us = course.worked_us + 3 * STEP_US
    if clear_us is not None and clear_us < end_us:
        return Ending(State.CANCELED, clear_us, batches, course.users)
    return Ending(State.DONE, end_us, batches, course.users)


def asked_us(course: Course, clear_us: int | None) -> int | None:
    """Return when a cancel is first asked: by the scenario's administrator, or by an explicit clear."""
    drawn = None if course.cancel is None else course.begin_us(course.cancel)
    return min((at for at in (drawn, clear_us) if at is not None), default=None)
