"""The density of stretches whose batches may stall: a mixture over how many did.

Takes the work as `stretches` has it, and looks for no speed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import log_gamma_pdf
from simimport.analysis.fitting.likely.stretches import Stretches, Work

__all__ = ["MOST_STALLS", "Mixture", "Stalls"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Stalls of one stretch; where more are likely, their number is taken as spread around its mean.
MOST_STALLS = 60


@dataclass(frozen=True, eq=False)
class Stalls:
    """Stalls of some draws, a row each: how likely a batch stalls, and for how long."""

    rate: Floats
    stall_s: Floats


class Mixture:
    """The density of each stretch at a log speed, over the number of its stalls.

    Attributes
    ----------
    work_s : ndarray of float64
        The seconds of work that are expected, the others being stalls.
    log, gradient, precision : ndarray of float64
        In full: the log density; its derivative by the log speed; less its second one.
    """

    def __init__(
        self, data: Stretches, work: Work, stalls: Stalls, log_speed: Floats, *, in_full: bool = True
    ) -> None:
        self._data, self._work, self._stalls = data, work, stalls
        self._speed = np.exp(work.to_stretches(log_speed))
        # among draws some may have no stalls
        self._log_p, self._log_q = np.log(np.maximum(stalls.rate, 1e-300)), np.log1p(-stalls.rate)
        # of the weights, the seconds of work, and in full of the first and second derivative
        self._sums = np.ones((4 if in_full else 2, *work.users.shape))
        # the terms are added up relative to the largest so far, which begins with that of no stall
        self._begin()
        shortest_s = stalls.stall_s.min()
        # the logarithms of m over k, which m over k-1 times (m - k + 1)/k makes
        self._ways = np.zeros(len(data))
        for number in range(1, min(int(data.batches.max()), MOST_STALLS) + 1):
            self._ways += np.log(np.maximum(data.batches - number + 1, 1) / number)
            columns = np.flatnonzero((data.batches >= number) & (data.seconds > number * shortest_s))
            if not len(columns):
                break
            self._add(number, columns)
        weight = self._sums[0]
        self.work_s = self._sums[1] / weight
        if in_full:
            self.log = self._logs + np.log(weight)
            self.gradient = self._sums[2] / weight
            self.precision = self.gradient**2 - self._sums[3] / weight
        many = (data.batches > MOST_STALLS) & (data.batches * stalls.rate > MOST_STALLS / 2)
        if many.any():
            self._set_many(many, in_full=in_full)

    def _begin(self) -> None:
        """Begin with the term of no stall, which all stretches may have and which is half of the work."""
        seconds = self._data.seconds
        ratio = seconds * self._speed / self._work.users
        self._logs = self._work.log_density(seconds, ratio) + self._data.batches * self._log_q
        self._sums[1] = seconds
        if len(self._sums) > 2:
            self._sums[2:] = _derivatives(self._work.shape, ratio)

    def _add(self, number: int, columns: Ints) -> None:
        """Add the term of so many stalls to the stretches that may have them."""
        seconds = self._data.seconds[columns] - number * self._stalls.stall_s
        possible = seconds > 0
        seconds = np.where(possible, seconds, 1.0)
        shape = self._work.shape[:, columns]
        ratio = seconds * self._speed[:, columns] / self._work.users[:, columns]
        term = shape * (np.log(ratio) - ratio + 1) + self._work.constant[:, columns] - np.log(seconds)
        # each of the batches stalls or does not: a Binomial
        term += self._ways[columns] + number * self._log_p
        term += (self._data.batches[columns] - number) * self._log_q
        term = np.where(possible, term, -np.inf)
        logs = self._logs[:, columns]
        highest = np.maximum(logs, term)
        older, weight = np.exp(logs - highest), np.exp(term - highest)
        added = [weight, weight * seconds]
        if len(self._sums) > 2:
            added += [weight * derivative for derivative in _derivatives(shape, ratio)]
        for total, more in zip(self._sums, added, strict=True):
            total[:, columns] = total[:, columns] * older + more
        self._logs[:, columns] = highest

    def _set_many(self, many: NDArray[np.bool_], *, in_full: bool) -> None:
        """Take the seconds of stretches of many stalls as Gamma: their number is hardly ever near none."""
        seconds, rate, stall_s = self._data.seconds, self._stalls.rate, self._stalls.stall_s
        stalled = self._data.batches * rate * stall_s
        mean = self._work.users / self._speed
        self.work_s = np.where(many, np.maximum(seconds - stalled, mean / 4), self.work_s)
        if not in_full:
            return
        total = mean + stalled
        variance = mean * mean / self._work.shape + stalled * (1 - rate) * stall_s
        shape, ratio, share = total * total / variance, seconds / total, mean / total
        self.log = np.where(many, log_gamma_pdf(seconds, total, variance), self.log)
        self.gradient = np.where(many, shape * (1 - ratio) * share, self.gradient)
        self.precision = np.where(many, shape * ratio * share * share, self.precision)


def _derivatives(shape: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Return the first two derivatives of Gamma densities by the log speed, over the densities themselves."""
    slope = shape * (1 - ratio)
    return slope, slope * slope - shape * ratio
