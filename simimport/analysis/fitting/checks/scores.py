"""Where the length of each stretch lies in what draws of the posterior expect: as a normal variable.

Given draws that are as likely as the truth, the scores are independent and normal if the model is right, at
any number of stretches and though the parameters are estimated (Johnson 2004, "A Bayesian χ² test for
goodness-of-fit"; Gosselin 2011). Tests nothing: that is `statistics`.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.stretches import Shared, Stretches
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["Scores", "normal_cdf", "normal_scores", "scores_of_times"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# ends beyond which tails are not exact: 5 deviations
_LEAST = 3e-7
# stalls of one stretch; with more, their number is taken as spread around its mean, as in `stretches`
_MOST_STALLS = 60
# of the terms of a mixture, those that count
_COUNTS = 1e-8
# what is less skewed is taken as that
_LEAST_SKEW = 1e-4
# errors do not count that have so small a part of the variance
_APART = 0.02

_inverse = np.frompyfunc(NormalDist().inv_cdf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


class Scores(NamedTuple):
    """Normal scores: a row per draw, a column per stretch.

    Parameters
    ----------
    z : ndarray of float64
    begins : ndarray of int64
        Of each import, the place of its first stretch.
    chained : ndarray of bool
        Of which imports neighbours err together, by opposite amounts.
    """

    z: Floats
    begins: Ints
    chained: NDArray[np.bool_]

    @property
    def u(self) -> Floats:
        """The probabilities of less; uniform if the model is right."""
        return normal_cdf(self.z)


def normal_cdf(z: Floats) -> Floats:
    """Return the probability that a normal variable is below."""
    below: Floats = 0.5 * np.asarray(_erfc(-z / math.sqrt(2)), dtype=np.float64)
    return below


def normal_scores(u: Floats) -> Floats:
    """Return the normal variables below which others are with these probabilities."""
    scores: Floats = np.asarray(_inverse(np.clip(u, _LEAST, 1 - _LEAST)), dtype=np.float64)
    return scores


def scores_of_times(data: Stretches, shared: Shared, speeds: Floats) -> Scores:
    """Return how long each stretch took beside what it was expected to take, under each draw.

    `speeds` has a row per draw, and a column per import.
    """
    # The law of a stretch is that of `stretches`: Gamma work, the error of the instants, and a Binomial
    # number of stalls, all of one length.
    cv, slow, rate, stall_s = (column[:, None] for column in shared)
    counts = np.diff(np.append(data.begins, len(data)))
    speed = np.repeat(speeds, counts, axis=1)
    mean = (data.a + slow * data.b) / speed
    spread = data.a + slow * (2 * data.b + slow * data.c)
    work = _Work(mean, (cv / speed) ** 2 * spread, data.noise_s2)
    stalled = (rate > 0)[:, 0]
    below = np.empty_like(mean)
    seconds = np.broadcast_to(data.seconds, mean.shape)
    below[~stalled] = work.below(seconds[~stalled], ~stalled)
    if stalled.any():
        below[stalled] = _below_with_stalls(data, work, stalled, rate[stalled], stall_s[stalled])
    variance = work.variance + data.batches * rate * (1 - rate) * stall_s**2
    return Scores(normal_scores(below), data.begins, _chained(data, variance))


class _Work:
    """The work of stretches under draws, with the error of the instants: mean, variance, and the law.

    The error is as likely too long as too short, so the sum is a Gamma variable that is moved: of the mean,
    the variance, and the third cumulant of the work alone, which is 2·variance²/mean.
    """

    def __init__(self, mean: Floats, variance: Floats, noise_s2: Floats) -> None:
        self.mean, self.variance = mean, variance + noise_s2
        skew = 2 * variance**2 / mean / self.variance**1.5
        # that of a Gamma variable is twice its deviation over its mean
        self._mean = 2 * np.sqrt(self.variance) / np.maximum(skew, _LEAST_SKEW)
        self._moved_s = self._mean - mean

    def below(self, seconds: Floats, chosen: NDArray[np.bool_]) -> Floats:
        """Return how likely the chosen stretches take at most so long."""
        moved_s = seconds + self._moved_s[chosen]
        below: Floats = 1 - gamma_sf(moved_s, self._mean[chosen], self.variance[chosen])
        return below


def _below_with_stalls(
    data: Stretches, work: _Work, stalled: NDArray[np.bool_], rate: Floats, stall_s: Floats
) -> Floats:
    """Return the probability that a stretch takes at most its seconds: over the numbers of its stalls."""
    rows = np.flatnonzero(stalled)
    below = np.zeros((len(rows), len(data)))
    for number in range(min(int(data.batches.max()), _MOST_STALLS) + 1):
        ways = np.array([_log_ways(m, number) for m in data.batches.tolist()])
        left = np.maximum(data.batches - number, 0)
        weight = np.exp(ways + number * np.log(rate) + left * np.log1p(-rate))
        if number and not (weight > _COUNTS).any():
            break
        left_s = data.seconds - number * stall_s
        here = weight > _COUNTS
        chosen = np.zeros((len(stalled), len(data)), dtype=np.bool_)
        chosen[rows] = here
        below[here] += weight[here] * work.below(left_s[here], chosen)
    many = (data.batches > _MOST_STALLS) & (data.batches * rate > _MOST_STALLS / 2)
    if many.any():
        stalls_s = data.batches * rate * stall_s
        total, spread = work.mean[rows] + stalls_s, work.variance[rows] + stalls_s * (1 - rate) * stall_s
        below = np.where(many, 1 - gamma_sf(data.seconds, total, spread), below)
    return below


def _log_ways(batches: int, stalls: int) -> float:
    if stalls > batches:
        return -math.inf
    return math.lgamma(batches + 1) - math.lgamma(stalls + 1) - math.lgamma(batches - stalls + 1)


def _chained(data: Stretches, variance: Floats) -> NDArray[np.bool_]:
    """Return of which imports neighbouring stretches err together.

    A poll without a date ends one stretch and begins the next: by what it makes the one too long, it makes
    the other too short.
    """
    noise = np.add.reduceat(data.noise_s2, data.begins)
    chained: NDArray[np.bool_] = noise > _APART * np.add.reduceat(np.median(variance, axis=0), data.begins)
    return chained
