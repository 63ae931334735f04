"""What a sample of durations tells of their mean and their quantiles: intervals of 95 %.

Takes sorted numbers, draws nothing at random, and knows no sweep.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simimport.analysis.distributions import quantile_ranks, student_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["mean_interval", "quantile_interval"]


def mean_interval(values: Floats) -> tuple[float, float]:
    """Return the interval of the mean of what is never below 0; NaN of fewer than two values.

    Student's, after the transformation that takes a sample's skewness out of its t (Hall 1992, On the removal
    of skewness by transformation; his cubic one). Where the values are symmetric it is Student's own.

    Examples
    --------
    >>> import numpy as np
    >>> low, high = mean_interval(np.array([10.0, 11.0, 12.0]))
    >>> round(low, 3), round(high, 3)
    (8.516, 13.484)
    """
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    mean = float(values.mean())
    away = values - mean
    deviation = math.sqrt(float(away @ away) / (n - 1))
    if not deviation:
        return mean, mean
    error = deviation / math.sqrt(n)
    skew = float((away / deviation) @ (away / deviation) ** 2) / n
    reach, bend = student_quantile(n - 1), skew / math.sqrt(n)
    low, high = mean - error * _unbent(reach, bend), mean - error * _unbent(-reach, bend)
    return max(low, 0.0), high


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
