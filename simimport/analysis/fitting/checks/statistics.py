"""Tests of scores that are independent and normal if the model is right: a statistic and its p, per draw.

Knows nothing of imports but where each begins among the scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.scores import Scores, normal_cdf, normal_scores
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["LEAST", "Outcome", "drift", "drift_of_spread", "order", "shape", "widening"]

Floats = NDArray[np.float64]

#: With fewer scores than this nothing is tested; imports with fewer are left out where order counts.
LEAST = 8
_COMPONENTS = 4
# What a random walk of n steps misses of the highest place of the Brownian path that it follows, in steps
# (Siegmund 1985, Sequential Analysis, chapter 10)
_OVERSHOOT = 0.5826
# of an import, those over which sums may wander
_SHARES = (0.25, 0.5)
# p that are smaller are taken as that
_LEAST_P = 1e-300
# Of the variance of normal scores, the part by which those of draws may differ: where the model does not fit
# they differ by more, and would rather seem to have nothing in common.
_MOST_APART = 0.5
_LEAST_WIDENING = 1.5

_inverse = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


class Outcome(NamedTuple):
    """A statistic, the median of the draws', and the p of all of them."""

    statistic: float
    p: float


def shape(scores: Scores) -> Outcome | None:
    """Return Neyman's smooth test: whether the scores have the right distribution.

    The sums of the first four normalised Legendre polynomials, whose squares add up to a χ² of 4 degrees
    (Neyman 1937; Rayner and Best 1989).
    """
    parts = [part for part, chained in zip(_of_imports(scores), scores.chained, strict=True) if not chained]
    n = sum(part.shape[1] for part in parts)
    if n < LEAST:
        return None
    x = 2 * normal_cdf(np.concatenate(parts, axis=1)) - 1
    polynomials = (x, (3 * x**2 - 1) / 2, (5 * x**3 - 3 * x) / 2, (35 * x**4 - 30 * x**2 + 3) / 8)
    sums = [polynomial.sum(axis=1) ** 2 * (2 * k + 1) / n for k, polynomial in enumerate(polynomials, 1)]
    statistic = np.sum(sums, axis=0)
    return _combined(statistic, _chi_squared_sf(statistic, _COMPONENTS))


def order(scores: Scores) -> Outcome | None:
    """Return a test of the correlation of neighbours: whether they are alike.

    One-sided, as nothing makes neighbours unlike; so it finds more than a portmanteau test of several lags
    does. About the mean 0 that the scores have, so that several imports add up; its variance is that of Ljung
    and Box (1978).
    """
    parts = _long_ones(scores, apart=True)
    if not parts:
        return None
    n, pairs = sum(z.shape[1] for z in parts), sum(z.shape[1] - 1 for z in parts)
    products = np.sum([(z[:, :-1] * z[:, 1:]).sum(axis=1) for z in parts], axis=0)
    squares = np.maximum(np.sum([(z**2).sum(axis=1) for z in parts], axis=0), 1e-12)
    statistic = products / squares * math.sqrt(n * (n + 2) / pairs)
    return _combined(statistic, normal_cdf(-statistic))


def drift(scores: Scores) -> Outcome | None:
    """Return a test of cumulated sums: whether the scores are the same from the first to the last.

    The largest distance of the sums from the line between their ends is that of a Brownian bridge, whose law
    is Kolmogorov's (Ploberger and Krämer 1992). Of several imports, the largest of all. Where neighbours err
    by opposite amounts the sums stray less, and it rejects the less often.
    """
    return _drift(_long_ones(scores))


def drift_of_spread(scores: Scores) -> Outcome | None:
    """Return the same of how far the scores lie from the middle: whether they are as spread throughout."""
    parts = _long_ones(scores, apart=True)
    return _drift([normal_scores(np.abs(2 * normal_cdf(part) - 1)) for part in parts])


def _drift(parts: Sequence[Floats]) -> Outcome | None:
    if not parts:
        return None
    distances = [_distance(z) for z in parts]
    largest = np.max(distances, axis=0)
    p = -np.expm1(len(parts) * np.log1p(-np.minimum(_kolmogorov_sf(largest), 1 - 1e-12)))
    return _combined(largest, p)


def widening(scores: Scores) -> float:
    """Return by how much bands are to be wider where the model does not fit: at least half as wide again.

    And so many times more as sums of scores over much of an import deviate more than independent ones would:
    the root of their variance over a quarter of it, or over a half where that is more, beside what the
    variance would be (a variance ratio: Lo and MacKinlay 1988). With that, nearly all bands of imports of
    other laws hold the truth in 85 % of cases.
    """
    parts = _long_ones(scores)
    ratios = [1.0]
    for share in _SHARES if parts else ():
        of_each = [_variance_ratio(z, round(share * z.shape[1])) for z in parts]
        ratios.append(float(np.mean(of_each)))
    return _LEAST_WIDENING * math.sqrt(max(ratios))


def _variance_ratio(z: Floats, length: int) -> float:
    """Return the variance of sums of so many scores, about their own mean, over that of independent ones."""
    n = z.shape[1]
    away = z - z.mean(axis=1, keepdims=True)
    sums = np.cumsum(np.concatenate([np.zeros((len(z), 1)), away], axis=1), axis=1)
    squares = ((sums[:, length:] - sums[:, :-length]) ** 2).mean(axis=1)
    # as the sum over all is 0, that over a part varies by the less
    expected = length * (1 - length / n) * np.maximum(z.var(axis=1), 1e-12)
    return float((squares / expected).mean())


def _of_imports(scores: Scores) -> list[Floats]:
    return np.split(scores.z, scores.begins[1:], axis=1)


def _long_ones(scores: Scores, *, apart: bool = False) -> list[Floats]:
    """Return the scores of the imports that have enough; if asked, of those whose neighbours err apart."""
    return [
        part
        for part, chained in zip(_of_imports(scores), scores.chained, strict=True)
        if part.shape[1] >= LEAST and not (apart and chained)
    ]


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
    """Return the p of those of all draws, which depend on each other by the traces that they have in common.

    The mean of their normal scores is normal, of a variance that follows from how much these differ (Hartung
    1999, "A note on combining dependent tests of significance").
    """
    scores = -np.asarray(_inverse(np.clip(p, _LEAST_P, 1 - 1e-9)), dtype=np.float64)
    # scores that correlate by ρ differ by the variance 1 - ρ; their mean has ρ, and a part of the rest
    apart = min(float(scores.var(ddof=1)), _MOST_APART) if len(p) > 1 else 0.0
    variance = 1 - apart * (1 - 1 / len(p))
    together = 0.5 * math.erfc(float(scores.mean()) / math.sqrt(2 * variance))
    return Outcome(float(np.median(statistic)), together)
