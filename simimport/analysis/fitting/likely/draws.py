"""Draws that stand for what is likely: how many, how they are taken from a density, and intervals of them.

Knows no parameters of imports; which density is whose is in `posterior_times` and `posterior_failures`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS", "Drawn", "Source", "Student", "closed_in", "counted_interval", "interval", "weighted"]

Floats = NDArray[np.float64]

#: How many draws stand for a posterior.
DRAWS = 2000
# of the rounds in which draws close in: how many there are, of how many draws
_LEAST_ROUNDS, _MOST_ROUNDS, _ROUND_DRAWS = 3, 15, 300
# degrees of freedom of the Student t that is drawn from: its tails are heavier than the posterior's
_FREEDOM = 6.0


class Source(Protocol):
    """What draws are taken from, and how densely it gives them."""

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return so many draws, one per row."""

    def log_density(self, draws: Floats) -> Floats:
        """Return the logarithm of the density of its draws at some places."""


@dataclass(frozen=True, eq=False)
class Student:
    """A multivariate Student t: normal draws, each over the root of a χ²/ν of its own."""

    place: Floats
    shape: Floats

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return so many draws, one per row."""
        root = np.linalg.cholesky(self.shape)
        normal = rng.standard_normal((count, len(self.place))) @ root.T
        draws: Floats = self.place + normal / np.sqrt(rng.chisquare(_FREEDOM, (count, 1)) / _FREEDOM)
        return draws

    def log_density(self, draws: Floats) -> Floats:
        """Return the logarithm of its density."""
        root, size = np.linalg.cholesky(self.shape), len(self.place)
        away = np.linalg.solve(root, (draws - self.place).T)
        power = (_FREEDOM + size) / 2
        constant = math.lgamma(power) - math.lgamma(_FREEDOM / 2) - size / 2 * math.log(_FREEDOM * math.pi)
        constant -= float(np.log(np.diag(root)).sum())
        log: Floats = constant - power * np.log1p((away**2).sum(axis=0) / _FREEDOM)
        return log

    def wider(self, factor: float) -> Student:
        """Return one whose draws lie so many times as far from the middle."""
        return Student(self.place, self.shape * factor**2)


class Drawn(NamedTuple):
    """Equally likely draws, one per row, and the logarithm of the integral of the density."""

    draws: Floats
    log_evidence: float


def closed_in(
    log_density: Callable[[Floats], Floats], place: Floats, spread: Floats, rng: np.random.Generator
) -> tuple[Student, float]:
    """Return a Student t that lies as a density does which is known up to a factor (Cappé et al. 2004).

    `place` and `spread` say where to look first, one number per parameter. With it comes the logarithm of the
    density's integral, about.
    """
    # Population Monte Carlo: draw from a Student t, weight each draw by what the density says beside what the
    # t says, and take the weighted mean and covariance of the draws as place and shape of the next round's t.
    student = Student(place, np.diag(spread**2))
    for step in range(_MOST_ROUNDS + 1):
        draws = student.draw(rng, _ROUND_DRAWS)
        log = log_density(draws) - student.log_density(draws)
        weights, power, worth = _flattened_weights(log)
        log_evidence = float(log.max()) + math.log(float(np.exp(log - log.max()).mean()))
        place = weights @ draws
        away = draws - place
        # a tenth wider than the draws, and never flat: a t that is too narrow misses what one too wide finds
        shape = (away * weights[:, None]).T @ away * 1.1 + np.diag(spread**2 * 1e-8)
        student = Student(place, shape)
        # it has closed in once the weights need no flattening and are worth 100 equal ones
        if step >= _LEAST_ROUNDS and power == 1 and worth > _ROUND_DRAWS / 3:
            break
    return student, log_evidence


def weighted(
    log_density: Callable[[Floats], Floats], sources: Iterable[tuple[Source, int]], rng: np.random.Generator
) -> Drawn:
    """Return draws from a density known up to a factor, by way of those of several sources, so many of each.

    Each is weighted by what the density says beside what all the sources together say of its place, so that
    a region is drawn well if any source finds it (the balance heuristic: Veach and Guibas 1995).
    """
    sources = list(sources)
    draws = np.concatenate([source.draw(rng, count) for source, count in sources])
    total = sum(count for _, count in sources)
    densities = [math.log(count / total) + source.log_density(draws) for source, count in sources]
    log = log_density(draws) - np.logaddexp.reduce(densities, axis=0)
    highest = float(log.max())
    weight = np.exp(log - highest)
    log_evidence = highest + math.log(float(weight.mean()))
    # taken at equal steps through the cumulated weights, which strays less than taking each apart would
    # (systematic resampling)
    steps = (np.arange(DRAWS) + rng.random()) / DRAWS
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), steps).clip(max=len(draws) - 1)
    # in any order, as whoever joins them with other draws takes them row by row
    return Drawn(draws[chosen][rng.permutation(DRAWS)], log_evidence)


def _flattened_weights(log: Floats) -> tuple[Floats, float, float]:
    """Return weights, the power to which they are raised, and how many equal ones they are worth.

    The power is below 1 where else a few draws would have all the weight: so a poor start finds its way. The
    worth is 1/Σw² (Kong 1992).
    """
    for power in (1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01):
        weights = np.exp((log - log.max()) * power)
        weights /= weights.sum()
        worth = 1 / float((weights**2).sum())
        if worth > 60:
            break
    return weights, power, worth


def interval(draws: Floats, level: float, bound: float | None = None) -> tuple[float, float]:
    """Return an equal-tailed interval of draws; from the bound on where that is not clearly less likely.

    Clearly: the density there is below 0.147 of its maximum, which is where a likelihood ratio test at 5 %
    would tell the two apart (exp(-3.84/2)).
    """
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    if bound is not None:
        width = max(float(np.quantile(draws, 0.99) - bound), 1e-300)
        density = np.histogram(draws, bins=20, range=(bound, bound + width))[0]
        if density[0] > 0.147 * density.max():
            return bound, float(np.quantile(draws, level))
    return float(low), float(high)


def counted_interval(draws: Floats, level: float) -> tuple[float, float]:
    """Return an interval of a rate of which few events were counted, from draws under Beta(1/2, 3/2).

    Each end under the prior that moves it outward, Beta(0, 1) and Beta(1, 0): where it is certain which
    events there were, that is `distributions.share_interval` of their number, the exact interval of Clopper
    and Pearson; where it is not, there is no one number to give to it. Of 160 batches of which 5 % stall, an
    equal-tailed one would cover the truth in only 93 %.
    """
    # From k events in n, Beta(1/2, 3/2) gives Beta(k + 1/2, n - k + 3/2). Its density over √p·√(1-p) is that
    # of Beta(k, n - k + 1), of which Clopper and Pearson's lower end is a quantile; times √p/√(1-p)/(1-p),
    # that of Beta(k + 1, n - k), for the upper end. So the draws are weighted by these.
    ordered = np.clip(np.sort(draws), 1e-12, 1 - 1e-12)
    lighter, heavier = 1 / np.sqrt(ordered * (1 - ordered)), np.sqrt(ordered / (1 - ordered)) / (1 - ordered)
    below, above = np.cumsum(lighter), np.cumsum(heavier)
    tail = (1 - level) / 2
    low = ordered[np.searchsorted(below, tail * below[-1])]
    high = ordered[min(np.searchsorted(above, (1 - tail) * above[-1]), len(ordered) - 1)]
    return float(low), float(high)
