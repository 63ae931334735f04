"""Intervals of shares and quantiles, and what is asked of the Beta, the Gamma and Student's t.

NumPy has none of it. Formulas with their sources, tested against SciPy, which is therefore not needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "beta_cdf", "beta_quantile", "log_gamma_pdf", "quantile_ranks", "share_interval", "student_cdf",
    "student_quantile",
]  # fmt: skip

Floats = NDArray[np.float64]

# Of a fraction's denominators that come out as 0: Lentz's method goes on with this in their stead.
_TINY = 1e-300


def share_interval(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share, so many out of so many (Clopper and Pearson 1934).

    The ends are the shares at which so many or more, and so many or fewer, would be seen by a chance of
    (1 - level)/2 each. As a Binomial tail is a Beta's (DLMF 8.17.5), they are quantiles of Beta variables.
    It covers the truth at least as often as `level` says, at every share and every number of trials; of none
    it is all from 0 to 1.

    Examples
    --------
    >>> low, high = share_interval(0, 10)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.3085)
    >>> low, high = share_interval(56, 100, level=0.9)
    >>> round(low, 3), round(high, 3)
    (0.473, 0.644)
    """
    # of 0.95 half of what is left is 0.025, which floats miss in the last digit
    tail = round((1 - level) / 2, 15)
    low = beta_quantile(tail, count, of - count + 1) if count else 0.0
    high = beta_quantile(1 - tail, count + 1, of - count) if count < of else 1.0
    return low, high


@lru_cache(maxsize=4096)
def quantile_ranks(n: int, share: float, level: float = 0.95) -> tuple[int, int]:
    """Return the ranks, from 1, of the two of n sorted values between which a quantile lies.

    The k-th smallest is above the quantile if fewer than k values are at or below it, and their number is
    Binomial(n, share); so the chance that the quantile lies outside is exact, and at most (1 - level)/2 at
    each end, whatever the law of the values (David and Nagaraja 2003, 7.1). Where no value is far enough
    out the end is open: rank 0, or n + 1.

    Examples
    --------
    >>> quantile_ranks(100, 0.5), quantile_ranks(6, 0.5), quantile_ranks(5, 0.5)
    ((40, 61), (1, 6), (0, 6))
    """
    tail = round((1 - level) / 2, 15)
    # A Binomial's tail is a Beta's (DLMF 8.17.5): P(k or more) is I(k, n-k+1) at the share and falls with k,
    # and P(fewer than k) is the rest and grows.
    low = _last(n, lambda k: beta_cdf(1 - share, n - k + 1, k) <= tail)
    high = _last(n, lambda k: beta_cdf(share, k, n - k + 1) > tail) + 1
    return low, high


def _last(n: int, holds: Callable[[int], bool]) -> int:
    """Return the last of 1 to n for which it holds, if it does for all before; 0 if for none."""
    low, high = 0, n
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def beta_quantile(level: float, a: float, b: float) -> float:
    """Return the value below which a Beta(a, b) variable lies with that probability; by bisection.

    Examples
    --------
    >>> round(beta_quantile(0.5, 3, 3), 12)
    0.5
    >>> round(beta_quantile(0.25, 1, 2), 12) == round(1 - 0.75**0.5, 12)
    True
    """
    low, high = 0.0, 1.0
    # halved until there is nothing between: small shares have their digits too
    while low < (middle := (low + high) / 2) < high and high - low > 1e-15 * high:
        if beta_cdf(middle, a, b) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return how probable a Beta(a, b) variable is at most x, by its continued fraction (DLMF 8.17.22).

    Examples
    --------
    >>> round(beta_cdf(0.5, 3, 3), 12), round(beta_cdf(0.25, 1, 2), 12)
    (0.5, 0.4375)
    """
    if x <= 0:
        return 0.0
    # below this the fraction converges fast; above, that of the other tail does (DLMF 8.17.4)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    # x^a·(1-x)^b / (a·B(a, b)), in logarithms, as each factor alone may be too small for a float
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    # Lentz's method: of 1/(1 + d1/(1 + d2/(1 + ...))) the ratio of one convergent to the one before is c·d
    d = 1 / ((1 - (a + b) * x / (a + 1)) or _TINY)
    c, fraction = 1.0, d
    for m in range(1, 100_000):
        change = 1.0
        # the terms come in pairs, d2m and d2m+1
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + term * d) or _TINY)
            c = (1 + term / c) or _TINY
            change = c * d
            fraction *= change
        if abs(change - 1) < 1e-15:
            break
    return front * fraction


def log_gamma_pdf(x: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the logarithm of the density of a Gamma variable of that mean and variance; -1e6 below 0.

    Examples
    --------
    Of a mean and a variance of 1 it is the exponential's, exp(-x).

    >>> one = np.ones(3)
    >>> log_gamma_pdf(np.array([-1.0, 1.0, 2.5]), one, one).round(6).tolist()
    [-1000000.0, -1.0, -2.5]
    """
    shape = mean * mean / variance
    above = x > 0
    x = np.where(above, x, 1.0)
    ratio = x / mean
    # The density is k^k·(x/mean)^k·exp(-k·x/mean) / (x·Γ(k)), k the shape. With Stirling's formula for Γ the
    # powers of k fall away and what is left is around the mean, so that large shapes lose no digits.
    log = shape * (np.log(ratio) - ratio + 1) + 0.5 * np.log(shape / (2 * math.pi))
    log = log - np.log(x) - stirling_remainder(shape)
    density: Floats = np.where(above, log, -1e6)
    return density


def stirling_remainder(k: Floats) -> Floats:
    """Return lgamma(k) less Stirling's (k - 1/2)·log k - k + log(2π)/2."""
    small = k < 8
    if not small.any():
        return _stirling_series(k)
    # The series is exact enough from 8 on; below, lgamma(k + 8) is brought back by its recurrence,
    # lgamma(k) = lgamma(k + 8) - log k - ... - log(k + 7) (DLMF 5.5.1).
    shifted = np.where(small, k + 8, k)
    correction = np.zeros_like(k)
    part = k[small]
    logs = np.zeros_like(part)
    for step in range(8):
        logs += np.log(part + step)
    full = (part + 7.5) * np.log(part + 8) - (part + 8) + _stirling_series(part + 8) - logs
    correction[small] = full - ((part - 0.5) * np.log(part) - part)
    correction[~small] = _stirling_series(shifted[~small])
    return correction


def _stirling_series(k: Floats) -> Floats:
    """Return the first four terms of Stirling's series (DLMF 5.11.1)."""
    inverse = 1 / k
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


def student_cdf(t: float, freedom: float) -> float:
    """Return the probability that a variable of Student's t is at most t; exact for every freedom above 0.

    Beyond ±t lies what a Beta(freedom/2, 1/2) variable has below freedom/(freedom + t²) (Abramowitz and
    Stegun 26.5.27). A small p value is twice the probability of -t, which keeps its digits.

    Examples
    --------
    With one degree of freedom it is Cauchy's, 1/2 + arctan(t)/π.

    >>> round(student_cdf(1.0, 1), 12), round(student_cdf(-2.0, 10), 4)
    (0.75, 0.0367)
    """
    square = t * t
    if math.isnan(square):
        return math.nan
    # each by the tail that is the smaller argument: neither cancels
    if square < freedom:
        within = beta_cdf(square / (freedom + square), 0.5, freedom / 2)
        return 0.5 + math.copysign(within / 2, t)
    beyond = beta_cdf(freedom / (freedom + square), freedom / 2, 0.5)
    return 1 - beyond / 2 if t > 0 else beyond / 2


@lru_cache(maxsize=4096)
def student_quantile(freedom: float, level: float = 0.975) -> float:
    """Return the value below which a variable of Student's t lies with that probability.

    Exact for every freedom above 0, by the quantile of the Beta (Abramowitz and Stegun 26.5.27).

    Examples
    --------
    >>> round(student_quantile(1), 4), round(student_quantile(2), 4), round(student_quantile(30), 4)
    (12.7062, 4.3027, 2.0423)
    >>> round(student_quantile(4, 0.05), 4)
    -2.1318
    """
    tail = min(level, 1 - level)
    if tail <= 0:
        return math.copysign(math.inf, level - 0.5)
    # t² / (freedom + t²) is a Beta(1/2, freedom/2) variable; near 1 its complement has the digits
    share = beta_quantile(1 - 2 * tail, 0.5, freedom / 2)
    if share < 0.5:
        reach = math.sqrt(freedom * share / (1 - share))
    else:
        rest = beta_quantile(2 * tail, freedom / 2, 0.5)
        reach = math.sqrt(freedom * (1 - rest) / rest)
    return math.copysign(reach, level - 0.5)
