"""How likely stretches of work are: under parameters that imports share, each with a speed of its own.

The density alone: no priors (`posterior_times` has them), no traces, no frames, nothing of failures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import log_gamma_pdf, stirling_remainder

__all__ = ["Shared", "Speeds", "Stretches", "likeliest_speeds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Numbers that are worked on at once: they stay in the processor's cache, which is several times as fast.
_AT_ONCE = 16_384
#: Stalls of one stretch; where more are likely, their number is taken as spread around its mean.
_MOST_STALLS = 60
#: How often the speeds are brought nearer to the likeliest before their density is taken.
_STEPS = 3
_NEAR = 1e-4
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


def likeliest_speeds(data: Stretches, shared: Shared) -> Speeds:
    """Return how likely the stretches are at each draw, as a function of each import's speed."""
    # draws with stalls of about one length together: those that are longer than any stretch are not looked at
    order = np.argsort(shared.stall_s, kind="stable")
    # a draw has a number for each stretch and each stall in it
    rows = max(1, _AT_ONCE // len(data))
    parts = [_of_few(data, shared.rows(order[at : at + rows])) for at in range(0, len(order), rows)]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Speeds(*(np.concatenate(columns)[back] for columns in zip(*parts, strict=True)))


def _of_few(data: Stretches, shared: Shared) -> Speeds:
    # One row per draw, one column per stretch. The users of a stretch take independent Gamma times, of mean
    # (1 + slow·x)/v and coefficient of variation cv each. So the work of a stretch has
    #   the mean (a + slow·b)/v, and the variance cv²/v²·(a + 2·slow·b + slow²·c),
    # and is taken as Gamma of these: exactly so without a slowdown, and else nearly. The error of the
    # instants adds its variance; for the shape, at a speed that is near.
    cv, slow = shared.cv[:, None], shared.slowdown[:, None]
    users = data.a + slow * data.b
    spread = cv * cv * (data.a + slow * (2 * data.b + slow * data.c))
    work = _Work(data, users, spread)
    if not shared.stall_rate.any():
        return work.speeds(work.settled(data.seconds))
    return _with_stalls(data, work, _Stalls(shared.stall_rate[:, None], shared.stall_s[:, None]))


class _Work:
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


@dataclass(frozen=True, eq=False)
class _Stalls:
    """Stalls of some draws, a row each: how likely a batch stalls, and for how long."""

    rate: Floats
    stall_s: Floats


def _with_stalls(data: Stretches, work: _Work, stalls: _Stalls) -> Speeds:
    """Return the speeds where each batch may stall."""
    # Each of the m batches stalls with probability p, so k do with that of a Binomial, and the rest of the
    # seconds is work: the likelihood of a stretch is the sum, over k, of
    #   (m over k)·p^k·(1-p)^(m-k) · Gamma density at (seconds - k·stall).
    # The speed is found as in expectation maximisation: how many stalls are likely at some speed says how
    # many seconds were work, and these say the speed.
    total = work.by_import(np.broadcast_to(data.seconds, work.users.shape))
    batches = work.by_import(np.broadcast_to(data.batches, work.users.shape))
    quick = data.quickest_s * work.by_import(work.users)
    left = np.clip(total - stalls.rate * stalls.stall_s * batches, np.minimum(0.8 * quick, total), total)
    left = np.where(stalls.stall_s > data.seconds.max(), total, left)
    log_speed = np.log(work.by_import(work.users) / left)
    for _ in range(_STEPS):
        work.set_noise(log_speed)
        settled = work.settled(_Mixture(data, work, stalls, log_speed, in_full=False).work_s)
        moved, log_speed = float(np.abs(settled - log_speed).max()), settled
        if moved < _NEAR:
            break
    work.set_noise(log_speed)
    mixture = _Mixture(data, work, stalls, log_speed)
    gradient, precision = work.by_import(mixture.gradient), work.by_import(mixture.precision)
    # where it is no hill, as flat as the work alone would make it
    precision = np.maximum(precision, 0.05 * work.by_import(work.shape))
    # what is not at its peak by now is not taken to be a peak further off
    width = 1 / np.sqrt(precision)
    step = np.clip(gradient / precision, -width, width)
    gained = np.minimum(gradient * step - precision * step * step / 2, 0.5)
    return Speeds(log_speed + step, precision, work.by_import(mixture.log) + gained)


class _Mixture:
    """The density of each stretch at a log speed, over the number of its stalls.

    Attributes
    ----------
    work_s : ndarray of float64
        The seconds of work that are expected, the others being stalls.
    log, gradient, precision : ndarray of float64
        In full: the log density; its derivative by the log speed; less its second one.
    """

    def __init__(
        self, data: Stretches, work: _Work, stalls: _Stalls, log_speed: Floats, *, in_full: bool = True
    ) -> None:
        self._data, self._work, self._stalls = data, work, stalls
        self._speed = np.exp(work.to_stretches(log_speed))
        # among draws some may have no stalls
        self._log_p, self._log_q = np.log(np.maximum(stalls.rate, 1e-300)), np.log1p(-stalls.rate)
        self._logs = np.full(work.users.shape, -np.inf)
        # of the weights, the seconds of work, and in full of the first and second derivative
        self._sums = np.zeros((4 if in_full else 2, *work.users.shape))
        # the terms are added up relative to the largest so far, which begins with that of no stall
        shortest_s = stalls.stall_s.min()
        # the logarithms of m over k, which m over k-1 times (m - k + 1)/k makes
        self._ways = np.zeros(len(data))
        for number in range(min(int(data.batches.max()), _MOST_STALLS) + 1):
            if number:
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
        many = (data.batches > _MOST_STALLS) & (data.batches * stalls.rate > _MOST_STALLS / 2)
        if many.any():
            self._set_many(many, in_full=in_full)

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
            slope = shape * (1 - ratio)
            added += [weight * slope, weight * (slope * slope - shape * ratio)]
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
