"""The law of a stretch: how likely it is to take at most so long, under draws of the parameters.

That of `stretches`: Gamma work, the error of the instants, and a Binomial number of stalls of one length.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.mixture import MOST_STALLS
from simimport.analysis.fitting.likely.stretches import Shared, Stretches, work_on_users
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["chances_of_less", "work_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# of the terms of a mixture, those that count
_COUNTS = 1e-8
# what is less skewed is taken as that
_LEAST_SKEW = 1e-4


def work_of(data: Stretches, shared: Shared, speed: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the work of stretches, at each speed."""
    users, spread = work_on_users(data.a, data.b, data.c, shared.slowdown)
    return users / speed, (shared.cv / speed) ** 2 * spread


def chances_of_less(data: Stretches, shared: Shared, speed: Floats) -> tuple[Floats, Floats]:
    """Return how likely stretches take at most their seconds, and the variance of what they take.

    The parameters are columns, one number per draw, and the speeds have a row per draw; or all have a number
    per stretch.
    """
    mean, variance = work_of(data, shared, speed)
    columns = (mean, variance, data.noise_s2, data.seconds, data.batches, shared.stall_rate, shared.stall_s)
    each = np.broadcast_arrays(*columns)
    mean, variance, noise_s2, seconds, batches, rate, stall_s = (column.ravel() for column in each)
    work = _Work(mean, variance, noise_s2)
    below = np.empty_like(mean)
    never = np.flatnonzero(rate == 0)
    below[never] = work.below(seconds[never], never)
    stalled = np.flatnonzero(rate > 0)
    if len(stalled):
        stalls = _Stalls(batches[stalled], rate[stalled], stall_s[stalled])
        below[stalled] = stalls.below(seconds[stalled], work, stalled)
    total = work.variance + batches * rate * (1 - rate) * stall_s**2
    return below.reshape(each[0].shape), total.reshape(each[0].shape)


class _Work:
    """The work of stretches with the error of the instants.

    The error is as likely too long as too short, so the sum is a Gamma variable that is moved: of the mean,
    the variance, and the third cumulant of the work alone, which is 2·variance²/mean.
    """

    def __init__(self, mean: Floats, variance: Floats, noise_s2: Floats) -> None:
        self.mean, self.variance = mean, variance + noise_s2
        skew = 2 * variance**2 / mean / self.variance**1.5
        # that of a Gamma variable is twice its deviation over its mean
        self._mean = 2 * np.sqrt(self.variance) / np.maximum(skew, _LEAST_SKEW)

    def below(self, seconds: Floats, chosen: Ints) -> Floats:
        """Return how likely the chosen stretches take at most so long."""
        mean = self._mean[chosen]
        below: Floats = 1 - gamma_sf(seconds + mean - self.mean[chosen], mean, self.variance[chosen])
        return below


class _Stalls:
    """The stalls of stretches that may have some: of how many batches, how likely each, and how long."""

    def __init__(self, batches: Ints, rate: Floats, stall_s: Floats) -> None:
        self._batches, self._rate, self._stall_s = batches, rate, stall_s
        # the logarithms of the factorials
        self._logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, int(batches.max()) + 1)))])

    def below(self, seconds: Floats, work: _Work, places: Ints) -> Floats:
        """Return how likely the stretches, at places among all, take at most so long: over the stalls."""
        below = np.zeros(len(seconds))
        for number in range(min(int(self._batches.max()), MOST_STALLS) + 1):
            weight = self._chance_of(number)
            chosen = np.flatnonzero(weight > _COUNTS)
            if number and not len(chosen):
                break
            left_s = seconds[chosen] - number * self._stall_s[chosen]
            below[chosen] += weight[chosen] * work.below(left_s, places[chosen])
        mean_stalls = self._batches * self._rate
        many = np.flatnonzero((self._batches > MOST_STALLS) & (mean_stalls > MOST_STALLS / 2))
        if len(many):
            stalls_s = mean_stalls[many] * self._stall_s[many]
            mean = work.mean[places[many]] + stalls_s
            spread = stalls_s * (1 - self._rate[many]) * self._stall_s[many]
            below[many] = 1 - gamma_sf(seconds[many], mean, work.variance[places[many]] + spread)
        return below

    def _chance_of(self, stalls: int) -> Floats:
        """Return how likely so many of the batches stall."""
        chance = np.zeros(len(self._batches))
        possible = np.flatnonzero(self._batches >= stalls)
        m, rate = self._batches[possible], self._rate[possible]
        ways = self._logs[m] - math.lgamma(stalls + 1) - self._logs[m - stalls]
        chance[possible] = np.exp(ways + stalls * np.log(rate) + (m - stalls) * np.log1p(-rate))
        return chance
