"""The engine: one import's course, drawn from its scenario and seed. Pure functions of both.

A course is what would happen if nobody asked for anything any more; cutting it short is `ending`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simimport.errors import ScenarioError
from simimport.model.decisions import REASONS, SHARES
from simimport.model.scenario import Scenario, instant
from simimport.model.seeds import stream
from simimport.model.states import State

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.decisions import Decisions

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["STEP_US", "Course", "Ending", "Segment", "asked_us", "branch", "ending", "start"]

#: How long each step between the last flush and the end lasts, and ``importing_started``: 10 ms.
STEP_US = 10_000
_DRAWN_AT_ONCE = 1 << 20
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
        return self._batch_begin_us(batch) + round(float(self.stall_s[batch]) * 1e6)

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
        size = self.scenario.batch_size
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
        size = self.scenario.batch_size
        begin = np.array([self._batch_begin_us(batch) for batch in range(low, high)], dtype=np.float64)
        slow = np.zeros((high - low) * size)
        for user, seconds in (self.people.slow_s if self.people else {}).items():
            if low * size <= user < low * size + users:
                slow[user - low * size] += seconds
        slow = slow.reshape(-1, size)
        work = self.batch_s[low:high] - self.stall_s[low:high] - slow.sum(axis=1)
        elapsed = shares * work[:, None] + np.cumsum(slow, axis=1) + self.stall_s[low:high, None]
        flush = self.flush_us[low:high, None]
        instants = np.minimum(np.rint(begin[:, None] + elapsed * 1e6).astype(np.int64), flush).ravel()[:users]
        lasts = np.minimum(np.arange(1, high - low + 1) * size, users) - 1
        instants[lasts] = flush.ravel()
        return instants


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


def start(scenario: Scenario, seed: int, people: Decisions | None = None) -> Course:
    """Return the course of an import from its beginning."""
    return _draw(scenario, seed, people, 0)


def branch(course: Course, first_batch: int, scenario: Scenario, seed: int) -> Course:
    """Return a course with the same past and, from a batch on, another future."""
    future = _draw(scenario, seed, course.people, first_batch)
    user = first_batch * scenario.batch_size
    past = tuple(segment for segment in course.segments if segment.first_batch < first_batch)
    return Course(
        segments=(*past, Segment(first_batch, scenario, seed)),
        people=course.people,
        batch_s=np.concatenate([course.batch_s[:first_batch], future.batch_s[first_batch:]]),
        stall_s=np.concatenate([course.stall_s[:first_batch], future.stall_s[first_batch:]]),
        failed=np.concatenate([course.failed[:user], future.failed[user:]]),
        cancel=future.cancel,
        crash=future.crash,
    )


def _draw(scenario: Scenario, seed: int, people: Decisions | None, first_batch: int) -> Course:
    first_user = first_batch * scenario.batch_size
    batch_s, stall_s = _batch_times(scenario, seed, people)
    course = Course(
        segments=(Segment(first_batch, scenario, seed),),
        people=people,
        batch_s=batch_s,
        stall_s=stall_s,
        failed=_failures(scenario, seed, people),
        cancel=_interruption("cancel", scenario, seed, people, first_user),
        crash=_interruption("crash", scenario, seed, people, first_user),
    )
    _check_end(course)
    return course


def _check_end(course: Course) -> None:
    """Refuse an import that outlasts the calendar: its timestamps could not be written."""
    scenario = course.scenario
    seconds = float(course.batch_s.sum()) + scenario.new_s + scenario.loading_s + scenario.ready_s
    epoch = instant(scenario.epoch)
    # a plain comparison of years: adding first would overflow
    if not seconds < (9999 - epoch.year) * 31_556_952:
        raise ScenarioError(
            "users_per_s", scenario.users_per_s, "a speed at which the import ends before the year 9999"
        )


def _batch_times(scenario: Scenario, seed: int, people: Decisions | None) -> tuple[Floats, Floats]:
    """Return each batch's seconds, stalls included, and the stalls alone."""
    n, size = scenario.users, scenario.batch_size
    batches = -(-n // size)
    sizes = np.full(batches, size, dtype=np.float64)
    if batches:
        sizes[-1] = n - (batches - 1) * size
    cv = scenario.latency_cv
    if cv:
        # a sum of b Gamma times of shape 1/cv² is Gamma of shape b/cv²
        latency = stream(seed, "latency")
        work = np.empty(batches)
        full = n // size
        work[:full] = latency.standard_gamma(size * cv**-2, full)
        if full < batches:
            work[full:] = latency.standard_gamma(sizes[-1] * cv**-2)
        work *= cv**2 / scenario.users_per_s
    else:
        work = sizes / scenario.users_per_s
    if scenario.slowdown:
        middle = np.arange(batches) * float(size) + (sizes - 1) / 2
        work *= 1 + scenario.slowdown * (middle / (n - 1) if n > 1 else 0.5)
    stall_s = np.zeros(batches)
    if scenario.stall_rate:
        stall_s[stream(seed, "stall").random(batches) < scenario.stall_rate] = scenario.stall_s
    if scenario.stall_at is not None and n:
        stall_s[_user_at(scenario.stall_at, n) // size] = scenario.stall_s
    batch_s = work + stall_s
    for user, seconds in (people.slow_s if people else {}).items():
        batch_s[user // size] += seconds
    return batch_s, stall_s


def _user_at(fraction: float, n: int) -> int:
    """Return the user at a fraction of n; 0.29 of 100 is 29, whatever the binary fraction says."""
    return min(math.floor(round(fraction * n, 6)), n - 1)


def _failures(scenario: Scenario, seed: int, people: Decisions | None) -> NDArray[np.bool_]:
    """Return whose import fails."""
    n, size, rate = scenario.users, scenario.batch_size, scenario.failure_rate
    failed = np.zeros(n, dtype=np.bool_)
    if rate and n:
        draw = stream(seed, "failure")
        at_once = max(1, _DRAWN_AT_ONCE // size) * size
        for low in range(0, n, at_once):
            high = min(low + at_once, n)
            drawn = draw.random(high - low)
            drawing = None if people is None else ~people.decided[low:high]
            if scenario.failure_clustering:
                failed[low:high] = _clustered(drawn, rate, scenario.failure_clustering, size, drawing)
            else:
                failed[low:high] = drawn < rate
    if people is not None:
        failed = np.where(people.decided, people.reason > 0, failed)
    return failed


def _clustered(
    drawn: Floats, rate: float, rho: float, size: int, drawing: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return failures that are beta-binomial within each batch, with intraclass correlation `rho`.

    Pólya's urn: with M = (1-ρ)/ρ, the user who draws after j others fails if u·(M+j) < rate·M + failures so
    far. Both sides are multiplied by ρ here, so that ρ = 1 divides by nothing; there the first one decides.
    """
    n = len(drawn)
    batches = -(-n // size)
    width = min(size, n)
    u = np.ones(batches * width)
    u[:n] = drawn
    draws = np.ones(batches * width, dtype=np.bool_)
    if drawing is not None:
        draws[:n] = drawing
    # one row per place in the batch, so that each step works on neighbours in memory
    u = np.ascontiguousarray(u.reshape(batches, width).T)
    draws = np.ascontiguousarray(draws.reshape(batches, width).T)
    failed = np.empty_like(draws)
    before = np.zeros(batches)
    failures = np.zeros(batches)
    for place in range(width):
        threshold = rate * (1 - rho) + failures * rho
        fails = np.where(before > 0, u[place] * (1 - rho + before * rho) < threshold, u[place] < rate)
        fails &= draws[place]
        failed[place] = fails
        failures += fails
        before += draws[place]
    return failed.T.ravel()[:n]


def _interruption(
    kind: str, scenario: Scenario, seed: int, people: Decisions | None, first_user: int
) -> int | None:
    """Return the user, from `first_user` on, at whom a cancel or a crash strikes, if one does."""
    n = scenario.users
    left = n - first_user
    strikes: list[int] = []
    decided = getattr(people, kind) if people is not None else None
    if decided is not None and decided >= first_user:
        strikes.append(decided)
    rate: float = getattr(scenario, f"{kind}_rate")
    at: float | None = getattr(scenario, f"{kind}_at")
    if rate and left > 0:
        draw = stream(seed, kind)
        if draw.random() < rate:
            user = _user_at(at, n) if at is not None else math.floor(draw.random() * n)
            if user < first_user and at is None:
                # drawn anew over those left: with the draws that were in range, uniform over them
                user = first_user + math.floor(draw.random() * left)
            if user >= first_user:
                strikes.append(user)
    return min(strikes, default=None)


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
