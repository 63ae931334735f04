"""Draws that stand for what is likely: how many, how they are taken from a density, and intervals of them.

Knows no parameters of imports; which density is whose is in `posterior_times` and `posterior_failures`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS", "counted_interval", "interval", "population"]

Floats = NDArray[np.float64]

#: How many draws stand for a posterior.
DRAWS = 2000
# of the rounds in which draws close in: how many there are, of how many draws, and of the last one
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 15
_ROUND_DRAWS, _LAST_DRAWS = 1000, 4000
# degrees of freedom of the Student t that is drawn from: its tails are heavier than the posterior's
_FREEDOM = 6.0


def population(
    log_density: Callable[[Floats], Floats], place: Floats, spread: Floats, rng: np.random.Generator
) -> Floats:
    """Return equally likely draws from a density that is known up to a factor (Cappé et al. 2004).

    `place` and `spread` say where to look first, one number per parameter.
    """
    # Population Monte Carlo: draw from a Student t, weight each draw by what the density says beside what the
    # t says, and take the weighted mean and covariance of the draws as place and shape of the next round's t.
    shape = np.diag(spread**2)
    for step in range(_MOST_ROUNDS + 1):
        draws = _student_draws(rng, place, shape, _ROUND_DRAWS)
        log = log_density(draws) - _log_student_density(draws, place, shape)
        weights, power, worth = _flattened_weights(log)
        place = weights @ draws
        away = draws - place
        # a tenth wider than the draws, and never flat: a t that is too narrow misses what one too wide finds
        shape = (away * weights[:, None]).T @ away * 1.1 + np.diag(spread**2 * 1e-8)
        # it has closed in once the weights need no flattening and are worth 300 equal ones
        if step >= _LEAST_ROUNDS and power == 1 and worth > 300:
            break
    # The last round is weighted as it is, and draws are taken from it with these odds: at equal steps through
    # the cumulated weights, which strays less than taking each apart would (systematic resampling).
    draws = _student_draws(rng, place, shape, _LAST_DRAWS)
    log = log_density(draws) - _log_student_density(draws, place, shape)
    weight = np.exp(log - log.max())
    steps = (np.arange(DRAWS) + rng.random()) / DRAWS
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), steps).clip(max=len(draws) - 1)
    # in any order, as whoever joins them with other draws takes them row by row
    equal: Floats = draws[chosen][rng.permutation(DRAWS)]
    return equal


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


def _student_draws(rng: np.random.Generator, place: Floats, shape: Floats, count: int) -> Floats:
    """Return draws of a multivariate Student t: normal ones, each row over the root of a χ²/ν of its own."""
    root = np.linalg.cholesky(shape)
    normal = rng.standard_normal((count, len(place))) @ root.T
    return place + normal / np.sqrt(rng.chisquare(_FREEDOM, (count, 1)) / _FREEDOM)


def _log_student_density(draws: Floats, place: Floats, shape: Floats) -> Floats:
    """Return the logarithm of its density, but for a constant."""
    root = np.linalg.cholesky(shape)
    away = np.linalg.solve(root, (draws - place).T)
    power = -(_FREEDOM + len(place)) / 2
    log: Floats = power * np.log1p((away**2).sum(axis=0) / _FREEDOM) - np.log(np.diag(root)).sum()
    return log


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
    """Return an interval of a rate of which few events were counted, from draws under Beta(1/2, 1/2).

    Each end under the prior that moves it outward, Beta(0, 1) and Beta(1, 0): where it is certain which
    events there were, that is `distributions.share_interval` of their number, the exact interval of Clopper
    and Pearson; where it is not, there is no one number to give to it. Of 160 batches of which 5 % stall, an
    equal-tailed one would cover the truth in only 93 %.
    """
    # From k events in n, Beta(1/2, 1/2) gives Beta(k + 1/2, n - k + 1/2). Its density times √(1-p)/√p is that
    # of Beta(k, n - k + 1), of which Clopper and Pearson's lower end is a quantile; over the same, that of
    # Beta(k + 1, n - k), for the upper end. So the draws are weighted by the root of their odds: over it for
    # one end, by it for the other.
    ordered = np.sort(draws)
    root = np.sqrt(ordered / (1 - ordered))
    below, above = np.cumsum(1 / root), np.cumsum(root)
    tail = (1 - level) / 2
    low = ordered[np.searchsorted(below, tail * below[-1])]
    high = ordered[min(np.searchsorted(above, (1 - tail) * above[-1]), len(ordered) - 1)]
    return float(low), float(high)
