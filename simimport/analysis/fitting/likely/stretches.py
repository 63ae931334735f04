"""Stretches of work, and the law of the work in them: under what imports share, each with a speed of its own.

The density without stalls alone; `mixture` has it with them, and `speeds` looks for the likeliest speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import stirling_remainder

__all__ = ["Shared", "Speeds", "Stretches", "Work", "work_on_users"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The error of the instants does not count where it has so small a part of the variance.
_EXACT = 1e-3


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of work of several imports, those of one import together.

    Parameters
    ----------
    begins : ndarray of int64
        Of each import, the place of its first stretch.
    a, b, c : ndarray of float64
        The sums over the users of a stretch of 1, x and x²; x goes from 0, the first user, to 1, the last.
    batches : ndarray of int64
        How many batches it has, each of which may have stalled.
    seconds : ndarray of float64
        How long it took, stalls included.
    noise_s2 : ndarray of float64
        The variance of the error in that, in s².
    """

    begins: Ints
    a: Floats
    b: Floats
    c: Floats
    batches: Ints
    seconds: Floats
    noise_s2: Floats

    def __len__(self) -> int:
        return len(self.a)

    @property
    def quickest_s(self) -> float:
        """Seconds per user of the quickest stretch, which hardly ever stalled; not too few by its error."""
        return float(((self.seconds + 2 * np.sqrt(self.noise_s2)) / self.a).min())

    @property
    def batch_s(self) -> float:
        """How long a batch takes, about, if it does not stall."""
        return self.quickest_s * float(self.a.sum() / self.batches.sum())


def work_on_users(
    a: Floats | float, b: Floats | float, c: Floats | float, slowdown: Floats
) -> tuple[Floats, Floats]:
    """Return the mean of the work on some users, in users at the speed of the first, and its variance / cv².

    `a`, `b` and `c` are as in `Stretches`.
    """
    # Each user takes a Gamma time of its own, of mean (1 + slow·x)/v and coefficient of variation cv.
    return a + slowdown * b, a + slowdown * (2 * b + slowdown * c)


class Shared(NamedTuple):
    """Draws of what the imports have in common: a row each; without stalls the last two are 0.

    Parameters
    ----------
    cv, slowdown, stall_rate, stall_s : ndarray of float64
    """

    cv: Floats
    slowdown: Floats
    stall_rate: Floats
    stall_s: Floats

    def rows(self, chosen: slice | Ints) -> Shared:
        """Return some of the draws."""
        cv, slowdown, stall_rate, stall_s = (column[chosen] for column in self)
        return Shared(cv, slowdown, stall_rate, stall_s)


class Speeds(NamedTuple):
    """Of each draw (row) and import (column), how likely its speed is, as a normal in the speed's logarithm.

    Parameters
    ----------
    log_speed, precision : ndarray of float64
        The likeliest logarithm of users per second, and one over the variance around it.
    peak : ndarray of float64
        The log likelihood there.
    """

    log_speed: Floats
    precision: Floats
    peak: Floats


class Work:
    """The work of some stretches under some draws, but for the speed."""

    def __init__(self, data: Stretches, users: Floats, spread: Floats) -> None:
        self.begins, self.users = data.begins, users
        self._spread, self._noise_s2, self._seconds = spread, data.noise_s2, data.seconds
        self.counts = np.diff(np.append(data.begins, len(data)))
        self._is_exact = False
        self.set_noise(np.log(self.by_import(users) / np.add.reduceat(data.seconds, data.begins)))

    def set_noise(self, log_speed: Floats) -> None:
        """Let the error of the instants be that beside work at some speed, unless it is next to nothing."""
        if self._is_exact:
            return
        noise = self._noise_s2 * np.exp(2 * self.to_stretches(log_speed))
        self.shape = self.users * self.users / (self._spread + noise)
        self.constant = 0.5 * np.log(self.shape / (2 * math.pi)) - stirling_remainder(self.shape)
        self._is_exact = bool((noise < _EXACT * self._spread).all())

    def by_import(self, of_stretches: Floats) -> Floats:
        """Return the sums over the stretches of each import."""
        sums: Floats = np.add.reduceat(of_stretches, self.begins, axis=-1)
        return sums

    def to_stretches(self, of_imports: Floats) -> Floats:
        """Return what stands for each import once for each of its stretches."""
        repeated: Floats = np.repeat(of_imports, self.counts, axis=-1)
        return repeated

    def settled(self, work_s: Floats) -> Floats:
        """Return the likeliest log speed of each import, if a stretch has so many seconds of work."""
        # the derivative of the log density by the log speed is Σ shape·(1 - speed·seconds/users)
        weight = self.shape / self.users
        settled: Floats = np.log(self.by_import(self.shape) / self.by_import(weight * work_s))
        return settled

    def log_density(self, seconds: Floats, ratio: Floats) -> Floats:
        """Return the log Gamma density of seconds that are `ratio` times their mean."""
        return self.shape * (np.log(ratio) - ratio + 1) + self.constant - np.log(seconds)

    def speeds(self, log_speed: Floats) -> Speeds:
        """Return the speeds around the likeliest, where nothing stalls."""
        ratio = self._seconds * np.exp(self.to_stretches(log_speed)) / self.users
        peak = self.by_import(self.log_density(np.broadcast_to(self._seconds, ratio.shape), ratio))
        return Speeds(log_speed, self.by_import(self.shape * ratio), peak)
