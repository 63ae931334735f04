"""What a sample of durations tells of their mean and their quantiles: intervals, of 95 % unless asked else.

Takes numbers, sorted for quantiles, draws nothing at random, and knows no sweep.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simimport.analysis.distributions import quantile_ranks, student_cdf, student_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["mean_interval", "mean_p", "quantile_interval"]


def mean_interval(values: Floats, level: float = 0.95, *, least: float = 0.0) -> tuple[float, float]:
    """Return the interval of the mean of what is never below `least`; NaN of fewer than two values.

    Student's, after the transformation that takes a sample's skewness out of its t (Hall 1992, On the removal
    of skewness by transformation; his cubic one). Where the values are symmetric it is Student's own.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = mean_interval(np.array([10.0, 11.0, 12.0]))
    >>> round(low, 3), round(high, 3)
    (8.516, 13.484)
    """
    if len(values) < 2:
        return math.nan, math.nan
    mean, error, bend = _moments(values)
    if not error:
        return mean, mean
    reach = student_quantile(len(values) - 1, round((1 + level) / 2, 15))
    low, high = mean - error * _unbent(reach, bend), mean - error * _unbent(-reach, bend)
    return max(low, least), high


def mean_p(values: Floats) -> float:
    """Return how often a mean is as far from 0 where it is 0 in truth; NaN of fewer than two values.

    By the same law: it is below 1 - level if and only if `mean_interval`, without a least value, leaves out
    0. Of values that are all 0 it is 1, and of others that are all alike 0.

    Examples
    --------
    >>> import numpy as np
    >>> round(mean_p(np.array([-1.0, 0.0, 4.0])), 3), mean_p(np.zeros(3)), mean_p(np.ones(3))
    (0.55, 1.0, 0.0)
    """
    if len(values) < 2:
        return math.nan
    mean, error, bend = _moments(values)
    if not error:
        return 0.0 if mean else 1.0
    t = mean / error
    bent = t + bend * t**2 / 3 + bend**2 * t**3 / 27 + bend / 6
    return min(2 * student_cdf(-abs(bent), len(values) - 1), 1.0)


def _moments(values: Floats) -> tuple[float, float, float]:
    """Return the mean of a sample, its standard error, and its skewness over √n."""
    n = len(values)
    mean = float(values.mean())
    away = values - mean
    deviation = math.sqrt(float(away @ away) / (n - 1))
    if not deviation:
        return mean, 0.0, 0.0
    skew = float((away / deviation) @ (away / deviation) ** 2) / n
    return mean, deviation / math.sqrt(n), skew / math.sqrt(n)


def _unbent(t: float, bend: float) -> float:
    """Return the t of a skewed sample whose transformed one is `t`.

    Transformed, t is t + b·t²/3 + b²·t³/27 + b/6, with b the skewness over √n; that is ((1 + b·t/3)³ - 1)/b,
    and b/6.
    """
    if not bend:
        return t
    cube = bend * (t - bend / 6)
    # less 1 in a way that keeps the digits where there is next to no skewness
    less = math.expm1(math.log1p(cube) / 3) if cube > -0.5 else math.cbrt(1 + cube) - 1
    return 3 * less / bend


def quantile_interval(values: Floats, share: float) -> tuple[float, float]:
    """Return the interval of a quantile of what is never below 0, given its sorted values.

    The ends are two of the values. It covers at least as often as it says, whatever the law of the values.
    With too few of them the lower end is 0, or the upper one infinite; of none both are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> quantile_interval(np.arange(1.0, 11.0), 0.5), quantile_interval(np.arange(1.0, 11.0), 0.95)
    ((2.0, 9.0), (8.0, inf))
    """
    n = len(values)
    if not n:
        return math.nan, math.nan
    low, high = quantile_ranks(n, share)
    return float(values[low - 1]) if low else 0.0, float(values[high - 1]) if high <= n else math.inf
