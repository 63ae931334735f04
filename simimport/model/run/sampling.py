"""The draws: one import's course, from its scenario and seed. Pure functions of both.

Which stream decides what stands here; what follows from the draws is in `course`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simimport.errors import ScenarioError
from simimport.model.instants import instant
from simimport.model.run.course import Course, Segment
from simimport.model.scenario import Scenario
from simimport.model.seeds import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.people.decisions import Decisions
    from simimport.model.seeds import Streams

    Floats = NDArray[np.float64]

__all__ = ["branch", "start"]

_DRAWN_AT_ONCE = 1 << 20


def start(
    scenario: Scenario, seed: int, people: Decisions | None = None, streams: Streams = stream
) -> Course:
    """Return the course of an import from its beginning.

    `streams` is `seeds.stream`, or what gives the same sooner where many seeds are known beforehand.
    """
    return _draw(scenario, seed, people, 0, streams)


def branch(course: Course, first_batch: int, scenario: Scenario, seed: int) -> Course:
    """Return a course with the same past and, from a batch on, another future."""
    future = _draw(scenario, seed, course.people, first_batch, stream)
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


def _draw(
    scenario: Scenario, seed: int, people: Decisions | None, first_batch: int, streams: Streams
) -> Course:
    first_user = first_batch * scenario.batch_size
    batch_s, stall_s = _batch_times(scenario, seed, people, streams)
    course = Course(
        segments=(Segment(first_batch, scenario, seed),),
        people=people,
        batch_s=batch_s,
        stall_s=stall_s,
        failed=_failures(scenario, seed, people, streams),
        cancel=_interruption("cancel", scenario, seed, people, first_user, streams=streams),
        crash=_interruption("crash", scenario, seed, people, first_user, streams=streams),
    )
    _check_end(course)
    return course


def _check_end(course: Course) -> None:
    """Refuse an import that outlasts the calendar: its timestamps could not be written."""
    scenario = course.scenario
    seconds = float(course.batch_s.sum()) + scenario.new_s + scenario.loading_s + scenario.ready_s
    if not seconds < _calendar_s(scenario.epoch):
        raise ScenarioError(
            "users_per_s", scenario.users_per_s, f"an end before the year 9999 (epoch {scenario.epoch})"
        )


@lru_cache(maxsize=64)
def _calendar_s(epoch: str) -> int:
    """Return the seconds from an epoch to the last year, by a plain comparison of years: adding overflows."""
    return (9999 - instant(epoch).year) * 31_556_952


def _batch_times(
    scenario: Scenario, seed: int, people: Decisions | None, streams: Streams
) -> tuple[Floats, Floats]:
    """Return each batch's seconds, stalls included, and the stalls alone."""
    n, size = scenario.users, scenario.batch_size
    batches = -(-n // size)
    sizes = np.full(batches, size, dtype=np.float64)
    if batches:
        sizes[-1] = n - (batches - 1) * size
    cv = scenario.latency_cv
    if cv:
        # A user's time is Gamma with mean 1/speed and this cv: shape 1/cv², scale cv²/speed. A sum of b of
        # them is Gamma too, of shape b/cv², so a batch takes one draw.
        latency = streams(seed, "latency")
        work = np.empty(batches)
        full = n // size
        work[:full] = latency.standard_gamma(size * cv**-2, full)
        if full < batches:
            work[full:] = latency.standard_gamma(sizes[-1] * cv**-2)
        work *= cv**2 / scenario.users_per_s
    else:
        work = sizes / scenario.users_per_s
    if scenario.slowdown:
        # the mean grows along a line over the users; a batch has the value at its middle user
        middle = np.arange(batches) * float(size) + (sizes - 1) / 2
        work *= 1 + scenario.slowdown * (middle / (n - 1) if n > 1 else 0.5)
    stall_s = np.zeros(batches)
    if scenario.stall_rate:
        stall_s[streams(seed, "stall").random(batches) < scenario.stall_rate] = scenario.stall_s
    if scenario.stall_at is not None and n:
        stall_s[_user_at(scenario.stall_at, n) // size] = scenario.stall_s
    batch_s = work + stall_s
    for user, seconds in (people.slow_s if people else {}).items():
        batch_s[user // size] += seconds
    return batch_s, stall_s


def _user_at(fraction: float, n: int) -> int:
    """Return the user at a fraction of n; 0.29 of 100 is 29, whatever the binary fraction says."""
    return min(math.floor(round(fraction * n, 6)), n - 1)


def _failures(scenario: Scenario, seed: int, people: Decisions | None, streams: Streams) -> NDArray[np.bool_]:
    """Return whose import fails."""
    n, size, rate = scenario.users, scenario.batch_size, scenario.failure_rate
    failed = np.zeros(n, dtype=np.bool_)
    if rate and n:
        draw = streams(seed, "failure")
        at_once = max(1, _DRAWN_AT_ONCE // size) * size
        for low in range(0, n, at_once):
            high = min(low + at_once, n)
            drawn = draw.random(high - low)
            drawing = None if people is None else ~people.decided[low:high]
            if scenario.failure_clustering:
                failed[low:high] = _clustered(drawn, rate, scenario.failure_clustering, size, drawing)
            else:
                np.less(drawn, rate, out=failed[low:high])
    if people is not None:
        failed = np.where(people.decided, people.reason > 0, failed)
    return failed


def _clustered(
    drawn: Floats, rate: float, rho: float, size: int, drawing: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return failures that are beta-binomial within each batch, with intraclass correlation `rho`.

    A batch's own failure rate could be drawn from Beta(rate·M, (1-rate)·M), M = (1-ρ)/ρ, and its users
    then fail independently at that rate. Pólya's urn gives the same law without drawing a rate: after j
    users of the batch, k of whom failed, the next one fails with probability (rate·M + k) / (M + j).

    It is asked with the user's own uniform number u, as u·(M+j) < rate·M + k. So the same u give plain
    Binomial failures at ρ = 0 (M is infinite, and u < rate is left), and failures are nested in the rate:
    a higher one makes both `rate` and, by induction, k larger at every place.

    Parameters
    ----------
    drawn : ndarray of float64, one per user
        The u of whole batches.
    rate, rho : float
        The failure rate, above 0, and ρ, above 0.
    size : int
        Of a batch.
    drawing : ndarray of bool or None
        Who draws: a user whose outcome is decided otherwise takes no place in the urn. None means all.
    """
    n = len(drawn)
    batches = -(-n // size)
    width = min(size, n)
    # the last batch is filled up with users who never fail
    u = np.ones(batches * width)
    u[:n] = drawn
    draws = np.ones(batches * width, dtype=np.bool_)
    if drawing is not None:
        draws[:n] = drawing
    # The places of a batch hang on one another, the batches do not: one place of all batches at a time, and
    # a row per place, so that each step works on neighbours in memory.
    u = np.ascontiguousarray(u.reshape(batches, width).T)
    draws = np.ascontiguousarray(draws.reshape(batches, width).T)
    failed = np.empty_like(draws)
    before = np.zeros(batches)
    failures = np.zeros(batches)
    for place in range(width):
        # Both sides times ρ, so that nothing is divided by it: M·ρ is 1-ρ. At ρ = 1 that is u·j < k, where
        # all so far did as the first: all fail (u < 1) or nobody does. With nobody before, u < rate is
        # asked as it is: both sides would be 0 at ρ = 1.
        threshold = rate * (1 - rho) + failures * rho
        fails = np.where(before > 0, u[place] * (1 - rho + before * rho) < threshold, u[place] < rate)
        fails &= draws[place]
        failed[place] = fails
        failures += fails
        before += draws[place]
    return failed.T.ravel()[:n]


def _interruption(
    kind: str, scenario: Scenario, seed: int, people: Decisions | None, first_user: int, *, streams: Streams
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
        draw = streams(seed, kind)
        if draw.random() < rate:
            user = _user_at(at, n) if at is not None else _uniform(draw, n, first_user)
            if user >= first_user:
                strikes.append(user)
    return min(strikes, default=None)


def _uniform(draw: np.random.Generator, n: int, first_user: int) -> int:
    """Return a user, uniform over those of n from `first_user` on.

    Drawn over all until it is one of those: so a branch of a branch that keeps its seed keeps its user too.
    """
    user = math.floor(draw.random() * n)
    while user < first_user:
        users = np.floor(draw.random(1024) * n)
        user = int(users[np.argmax(users >= first_user)])
    return user
