"""Tests of scores that are independent and normal if the model is right: a statistic and its p, per draw.

Knows nothing of imports but where each begins among the scores.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.scores import Scores, normal_scores
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["LEAST", "Outcome", "drift", "drift_of_spread", "order", "shape"]

Floats = NDArray[np.float64]

#: With fewer scores than this nothing is tested; imports with fewer are left out where order counts.
LEAST = 8
_LAGS = 3
_COMPONENTS = 4
# What a random walk of n steps misses of the highest place of the Brownian path that it follows, in steps
# (Siegmund 1985, Sequential Analysis, chapter 10)
_OVERSHOOT = 0.5826
_MOST_P = 0.99


class Outcome(NamedTuple):
    """A statistic, the median of the draws', and the p of all of them."""

    statistic: float
    p: float


def shape(scores: Scores) -> Outcome | None:
    """Return Neyman's smooth test: whether the scores have the right distribution.

    The sums of the first four normalised Legendre polynomials, whose squares add up to a χ² of 4 degrees
    (Neyman 1937; Rayner and Best 1989).
    """
    u = scores.u
    n = u.shape[1]
    if n < LEAST:
        return None
    x = 2 * u - 1
    polynomials = (x, (3 * x**2 - 1) / 2, (5 * x**3 - 3 * x) / 2, (35 * x**4 - 30 * x**2 + 3) / 8)
    sums = [polynomial.sum(axis=1) ** 2 * (2 * k + 1) / n for k, polynomial in enumerate(polynomials, 1)]
    statistic = np.sum(sums, axis=0)
    return _combined(statistic, _chi_squared_sf(statistic, _COMPONENTS))


def order(scores: Scores) -> Outcome | None:
    """Return a portmanteau test: whether neighbours are alike, up to three apart.

    Ljung and Box (1978), but about the mean 0 that the scores have: so there is nothing to lose by it, and
    several imports add up.
    """
    pairs = np.zeros(_LAGS)
    sums = np.zeros((_LAGS, len(scores.z)))
    squares, n = np.zeros(len(scores.z)), 0
    for z in _long_ones(scores):
        squares, n = squares + (z**2).sum(axis=1), n + z.shape[1]
        for lag in range(1, _LAGS + 1):
            pairs[lag - 1] += z.shape[1] - lag
            sums[lag - 1] += (z[:, :-lag] * z[:, lag:]).sum(axis=1)
    if not n:
        return None
    statistic = (sums**2 / pairs[:, None]).sum(axis=0) / (squares / n) ** 2
    return _combined(statistic, _chi_squared_sf(statistic, _LAGS))


def drift(scores: Scores) -> Outcome | None:
    """Return a test of cumulated sums: whether the scores are the same from the first to the last.

    The largest distance of the sums from the line between their ends is that of a Brownian bridge, whose law
    is Kolmogorov's (Ploberger and Krämer 1992). Of several imports, the largest of all.
    """
    parts = _long_ones(scores)
    if not parts:
        return None
    distances = [_distance(z) for z in parts]
    largest = np.max(distances, axis=0)
    p = -np.expm1(len(parts) * np.log1p(-np.minimum(_kolmogorov_sf(largest), 1 - 1e-12)))
    return _combined(largest, p)


def drift_of_spread(scores: Scores) -> Outcome | None:
    """Return the same of how far the scores lie from the middle: whether they are as spread throughout."""
    return drift(Scores(normal_scores(np.abs(2 * scores.u - 1)), scores.begins))


def _long_ones(scores: Scores) -> list[Floats]:
    parts = np.split(scores.z, scores.begins[1:], axis=1)
    return [part for part in parts if part.shape[1] >= LEAST]


def _distance(z: Floats) -> Floats:
    n = z.shape[1]
    sums = np.cumsum(z - z.mean(axis=1, keepdims=True), axis=1)
    spread = np.maximum(z.std(axis=1), 1e-12)
    distance: Floats = (np.abs(sums).max(axis=1) / spread + _OVERSHOOT) / np.sqrt(n)
    return distance


def _chi_squared_sf(x: Floats, degrees: int) -> Floats:
    return gamma_sf(x, np.array(float(degrees)), np.array(2.0 * degrees))


def _kolmogorov_sf(x: Floats) -> Floats:
    """Return the probability that a Brownian bridge strays further (Kolmogorov 1933)."""
    k = np.arange(1, 51)
    terms = (-1.0) ** (k - 1) * np.exp(-2 * k**2 * np.maximum(x, 0.2)[:, None] ** 2)
    tail: Floats = np.clip(2 * terms.sum(axis=1), 0.0, 1.0)
    return tail


def _combined(statistic: Floats, p: Floats) -> Outcome:
    """Return the p of dependent ones: the mean of their Cauchy variables is one (Liu and Xie 2020)."""
    # at 1, one alone would outweigh all others
    p = np.clip(p, 1e-300, _MOST_P)
    small = p < 1e-8
    cauchy = np.where(small, 1 / (p * np.pi), np.tan((0.5 - np.where(small, 0.5, p)) * np.pi))
    mean = float(cauchy.mean())
    together = 0.5 - np.arctan(mean) / np.pi if mean < 1e8 else 1 / (mean * np.pi)
    return Outcome(float(np.median(statistic)), float(together))
