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
    def batch_begin_us(self) -> Ints:
        """When each batch begins: at the flush before, or a step after ``import.run``."""
        return np.append(self.run_us + STEP_US, self.flush_us)

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
        codes, size = np.zeros(self.users, dtype=np.int8), self.scenario.batch_size
        limits = np.cumsum(list(SHARES.values()))
        code_of = np.array([REASONS.index(name) + 1 for name in SHARES], dtype=np.int8)
        for index, (first, _, seed) in enumerate(self.segments):
            low, high = first * size, min(self._end_of(index) * size, self.users)
            # drawn for all before it too, so that a branch with the run's own seed keeps everybody's reason
            drawn = stream(seed, "reason").random(high)[low:]
            # the shares add up to 1 only nearly, as floats do
            chosen = np.minimum(np.searchsorted(limits, drawn, side="right"), len(limits) - 1)
            codes[low:high] = np.where(self.failed[low:high], code_of[chosen], 0)
        if self.people is not None:
            codes = np.where(self.people.decided, self.people.reason, codes)
        return codes

    def finish_us(self, user: int) -> int:
        """Return when one user's processing ends."""
        batch, place = divmod(user, self.scenario.batch_size)
        return int(self.batch_finished_us(batch)[place])

    def batch_finished_us(self, batch: int) -> Ints:
        """Return when the users of one batch finish, in order, without those of all batches before it."""
        size = self.scenario.batch_size
        low, high = batch * size, min(batch * size + size, self.users)
        if "finished_us" in self.__dict__:  # drawn for all already
            return self.finished_us[low:high]
        block = batch // self._block_batches
        first = block * self._block_batches * size
        return self._finished_in(block)[low - first : high - first]

    def begin_us(self, user: int) -> int:
        """Return when one user's processing begins: when the one before ends, or its batch stalls no more."""
        batch, place = divmod(user, self.scenario.batch_size)
        if place:
            return self.finish_us(user - 1)
        begin_us = int(self.batch_begin_us[batch]) + round(float(self.stall_s[batch]) * 1e6)
        # rounded apart from the flush, so that it might come a microsecond after it
        return min(begin_us, int(self.flush_us[batch]))

    @property
    def _width(self) -> int:
        # a batch may be given far more room than there are users
        return min(self.scenario.batch_size, max(self.users, 1))

    @property
    def _block_batches(self) -> int:
        return max(1, _BLOCK_USERS // self.scenario.batch_size)

    def _end_of(self, index: int) -> int:
        """Return the first batch after a segment."""
        return self.segments[index + 1].first_batch if index + 1 < len(self.segments) else len(self.batch_s)

    def _finished_in(self, block: int) -> Ints:
        """Return when the users of a block of batches finish.

        The total of each batch is drawn first, since most ask for flushes alone, and how its users share it
        only when somebody asks. That gives the same law as drawing every user's time and adding them up:
        the shares of independent Gamma times in their total are Dirichlet distributed and independent of
        that total (Lukacs 1955). So they are had from Gamma times of their own, divided by *their* total.
        """
        size = self._width
        low = block * self._block_batches
        high = min(low + self._block_batches, len(self.batch_s))
        users = min(high * size, self.users) - low * size
        shares = np.empty((high - low, size))
        # A branch may begin inside the block. Each segment draws the whole block from its own seed and keeps
        # the batches that are its own: so what it draws for a batch does not depend on where it began.
        for index, segment in enumerate(self.segments):
            rows = slice(max(segment.first_batch, low) - low, max(min(self._end_of(index), high), low) - low)
            if rows.stop > rows.start:
                shares[rows] = _shares(segment, block, high - low, size, users)[rows]
        return self._instants(low, high, shares, users)

    def _instants(self, low: int, high: int, shares: Floats, users: int) -> Ints:
        """Turn the users' shares of their batches' work into the instants at which they finish.

        A batch goes: the flush before it, its stall, its users one by one, its flush. A row is a batch here,
        and a column a place in it; the last row may be filled up with nobody.
        """
        size = self._width
        begin = self.batch_begin_us[low:high, None]
        # Deciding addresses make their user, and whoever comes after it in the batch, later by a fixed time.
        slow = np.zeros((high - low, size))
        for user, seconds in (self.people.slow_s if self.people else {}).items():
            if low * size <= user < low * size + users:
                slow[divmod(user - low * size, size)] += seconds
        # What was drawn for the batch as its work is the rest, and that is what the shares are of.
        work = self.batch_s[low:high] - self.stall_s[low:high] - slow.sum(axis=1)
        elapsed = shares * work[:, None] + np.cumsum(slow, axis=1) + self.stall_s[low:high, None]
        flush = self.flush_us[low:high, None]
        instants = np.rint(begin + elapsed * 1e6).astype(np.int64)
        # Nobody finishes at the instant of the flush before, or what is published then would not be true;
        # nobody after the own flush, which was rounded apart; and the last one exactly then.
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
    # where all times are too small for a float, everybody finishes with the batch
    return np.divide(done, total, out=np.ones_like(done), where=total > 0)


class Ending(NamedTuple):
    """How an import ends by the page: when, with so many batches published, and users processed in truth."""

    state: State
    end_us: int
    flushed: int
    processed: int


def ending(course: Course, clear_us: int | None) -> Ending:
    """Return how a course ends, given when an administrator clears it, if one does.

    The page leaves open when an interruption takes effect. Here a cancel is honoured at the flush of the
    batch in flight, and a crash strikes at once.
    """
    # 1. Cleared before it was run: canceled at once, and nobody was processed.
    if clear_us is not None and clear_us < course.run_us:
        return Ending(State.CANCELED, clear_us, 0, 0)

    # 2. The batch in flight when a cancel is asked: its flush is the first that can honour it. The scenario's
    #    administrator asks as a user begins; a clear at the very instant of a flush comes after it. Of two
    #    cancels the earlier counts, and `batches` stands for none in time.
    size, batches = course.scenario.batch_size, len(course.batch_s)
    drawn = None if course.cancel is None else course.cancel // size
    asked = None if clear_us is None else int(np.searchsorted(course.flush_us, clear_us, side="right"))
    cancel = min((batch for batch in (drawn, asked) if batch is not None), default=batches)

    # 3. A crash strikes as a user would have finished: that user is unreached, and those of the batch before
    #    it were processed unpublished. It comes before the flush, so it beats a cancel not yet honoured.
    if course.crash is not None and course.crash // size <= cancel:
        return Ending(State.ERROR, course.finish_us(course.crash), course.crash // size, course.crash)

    # 4. The cancel is honoured at that flush, which still publishes its batch, be it the last.
    if cancel < batches:
        users = int(course.flushed_users[cancel])
        return Ending(State.CANCELED, int(course.flush_us[cancel]), cancel + 1, users)

    # 5. Everybody is processed; three short steps remain, in which no batch has to be waited for.
    end_us = course.worked_us + 3 * STEP_US
    if clear_us is not None and clear_us < end_us:
        return Ending(State.CANCELED, clear_us, batches, course.users)
    return Ending(State.DONE, end_us, batches, course.users)


def asked_us(course: Course, clear_us: int | None) -> int | None:
    """Return when a cancel is first asked: by the scenario's administrator, or by an explicit clear."""
    drawn = None if course.cancel is None else course.begin_us(course.cancel)
    return min((at for at in (drawn, clear_us) if at is not None), default=None)
