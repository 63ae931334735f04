"""The future of a running import, drawn as the engine would: how long its batches take, and how many fail.

Knows what is likely of its parameters, and how long it is silent; puts nothing together (`forecast` does).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.failure_law import Make
from simimport.analysis.fitting.likely.posterior import Likely
from simimport.analysis.fitting.likely.stretches import work_on_users
from simimport.analysis.fitting.likely.unseen import drawn_lengths, share_of_longer
from simimport.analysis.fitting.shown.evidence import Evidence, moments
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["failures_of_users", "in_flight", "seconds_of_users", "work_of_users"]

Floats = NDArray[np.float64]

# so many parts stand for the failures of many batches
_PARTS = 4
# so many tries for work that lasts longer than a silence
_TRIES = 16
#: Draws that explain a silence by less than this together are too few to tell anything by.
_FEWEST = 1e-4


def work_of_users(part: Evidence, low: int, high: int, likely: Likely) -> tuple[Floats, Floats]:
    """Return mean and variance of the work on users `low` to `high`, with each draw of the parameters."""
    a, b, c = (float(moment) for moment in moments(part, low, high))
    users, spread = work_on_users(a, b, c, likely.slowdown)
    mean = np.maximum(users / likely.speed, 1e-9)
    variance = (likely.cv / likely.speed) ** 2 * np.maximum(spread, 1e-12)
    return mean, np.maximum(variance, 1e-24)


def seconds_of_users(
    part: Evidence, low: int, high: int, likely: Likely, rng: np.random.Generator
) -> Floats:
    """Return how long users `low` to `high` take, with each draw of the parameters."""
    lasts = _gamma(*work_of_users(part, low, high, likely), rng)
    batches = -(-high // part.batch_size) - -(-low // part.batch_size)
    stalls: Floats = rng.binomial(max(batches, 1), likely.stall_rate) * likely.stall_s
    return lasts + stalls


def failures_of_users(
    part: Evidence, low: int, high: int, likely: Likely, rng: np.random.Generator
) -> Floats:
    """Return how many of users `low` to `high` fail, with each draw: beta-binomials, batch by batch.

    Of many batches some together are drawn as one beta-binomial of the same mean and variance. Where a batch
    is one user, so that all are drawn as one, it is the same law; else it is more skewed, the less so the
    more batches there are.
    """
    full, rest = divmod(high - low, part.batch_size)
    parts = min(full, _PARTS if part.batch_size > 1 else 1)
    edges = [full * place // max(parts, 1) for place in range(parts + 1)]
    makes = [Make(part.batch_size, last - first, 0) for first, last in pairwise(edges)]
    makes += [Make(rest, 1, 0)] if rest else []
    if not makes:
        return np.zeros(len(likely.failure_rate))
    sizes = np.array([make.users for make in makes], dtype=np.int64)
    rate = likely.failure_rate[:, None]
    # each has a rate of its own, a Beta variable with the mean `rate` and M = (1-ρ)/ρ as its weight
    rho = np.column_stack([make.one_batch(likely.clustering) for make in makes])
    many = (1 - rho) / np.maximum(rho, 1e-9)
    share = rng.beta(rate * many + 1e-12, (1 - rate) * many + 1e-12)
    failing: Floats = rng.binomial(sizes, share).sum(axis=1).astype(np.float64)
    return failing


def in_flight(
    part: Evidence, high: int, likely: Likely, silence_s: float, rng: np.random.Generator
) -> tuple[Likely, Floats]:
    """Return what is likely given a silence, and with it how long the batch in flight lasts in all.

    Draws that the silence contradicts are dropped; if it contradicts nearly all, the length is infinite.
    Where no stall was seen, one of any length may be what goes on now.
    """
    if silence_s <= 0:
        return likely, seconds_of_users(part, part.processed, high, likely, rng)
    count = len(likely.speed)
    mean, variance = work_of_users(part, part.processed, high, likely)
    # the batch works on, or it stalls as the draw has it, or for longer than any that was seen
    odds = np.zeros((3, count))
    odds[0] = (1 - likely.short_rate) * gamma_sf(np.array(silence_s), mean, variance)
    odds[1] = likely.short_rate * gamma_sf(silence_s - likely.stall_s, mean, variance)
    odds *= 1 - likely.long_rate
    long_s = np.zeros(count)
    if likely.scale_s:
        # the length is not known: instead of the few draws that are long enough, any that is
        needed_s = np.maximum(silence_s - mean, 0.0)
        long_s = drawn_lengths(likely.scale_s, rng.random(count), needed_s)
        odds[2] = likely.long_rate * share_of_longer(needed_s, likely.scale_s)
    if odds.sum() < _FEWEST:
        return likely, np.full(count, np.inf)
    steps = (np.arange(count) + rng.random()) / count
    chosen = np.searchsorted(np.cumsum(odds / odds.sum()), steps).clip(max=3 * count - 1)
    how, row = np.divmod(chosen[rng.permutation(count)], count)
    kept = likely.rows(row)
    # who stalls for long now says how long stalls are, and how many come
    kept = kept._replace(
        stall_s=np.where(how == 2, long_s[row], kept.stall_s),
        stall_rate=np.where(how == 2, kept.long_rate, kept.stall_rate),
    )
    stalled_s = np.where(how > 0, kept.stall_s, 0.0)
    return kept, stalled_s + _longer_than(silence_s - stalled_s, mean[row], variance[row], rng)


def _gamma(mean: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    drawn: Floats = rng.standard_gamma(mean**2 / variance) * variance / mean
    return drawn


def _longer_than(least: Floats, mean: Floats, variance: Floats, rng: np.random.Generator) -> Floats:
    """Return Gamma draws of which each is longer than it must be."""
    drawn = _gamma(mean, variance, rng)
    for _ in range(_TRIES):
        short = np.flatnonzero(drawn <= least)
        if not len(short):
            return drawn
        drawn[short] = _gamma(mean[short], variance[short], rng)
    short = np.flatnonzero(drawn <= least)
    # far out, the tail falls like an exponential's with the rate 1/scale - (shape - 1)/x
    scale = variance[short] / mean[short]
    shape = mean[short] / scale
    rate = np.maximum(1 / scale - (shape - 1) / least[short], 1e-3 / scale)
    drawn[short] = least[short] + rng.exponential(1 / rate)
    return drawn
