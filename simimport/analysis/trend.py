"""The seconds that users left take where an import may slow down: a line, averaged with no slope at all.

From the flushes so far to a median and a 95 % band. Knows no polls and no clock: that is `estimators`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_STRETCHES", "seconds_left"]

Floats = NDArray[np.float64]

#: Of fewer stretches nothing can be said of their variance.
LEAST_STRETCHES = 3
#: How likely it is beforehand that an import keeps its speed.
_STEADY = 0.5
#: How much slower or faster an import that does not keep it is expected to get from its first user to its
#: last, in units of its mean: the standard deviation of what its slope may be.
_SLOPE = 1.0
#: The instants of flushes are told in milliseconds; no residual is worth more digits.
_INSTANT_S = 1e-3
#: The deviation of what comes between the last flush and the end: some steps of about 10 ms each.
_STEPS_S = 0.05
#: The middle of what is likely, and the ends of a 95 % band, as values of a normal variable.
_NORMAL = (0.0, -1.959963984540054, 1.959963984540054)
#: To how much of a probability their places are looked for; the band is not known as well.
_ENOUGH = 5e-4


class _Student(NamedTuple):
    """A prediction of the seconds left: Student's t around a location, in units of a scale."""

    location: float
    scale: float
    freedom: int


def seconds_left(
    processed: Floats, flushed_s: Floats, users: float, early_s: float = 0.0
) -> tuple[float, float, float]:
    """Return the seconds from the last flush to the end: the median and the ends of a 95 % band.

    Parameters
    ----------
    processed, flushed_s : ndarray of float64
        The flushes that were seen, at least four: users processed by each, rising, and its instant.
    users : float
        Of the whole import, more than the last flush has.
    early_s : float, default 0
        By how much the last flush may have been before its instant.

    Notes
    -----
    A stretch of b users takes y seconds with a variance of b·v, its users at the place x in the import, 0
    first to 1 last. With x counted from the mean place of the users seen, and sums over the k stretches,

    * the mean per user is a level a, or a line a + c·x. Flat in a and in log v; in the line c is normal
      beforehand with the deviation `_SLOPE`·â, which is v/κ;
    * â = Σy/Σb; ĉ = Σxy/(Σbx² + κ); the squares that are left are S₀ = Σ(y - b·â)²/b of the level, and
      S₁ = S₀ - (Σxy)²/(Σbx² + κ) of the line;
    * the weights are as √(κ/(Σbx² + κ))·(S₀/S₁)^((k-1)/2) of the line to 1 of the level, by the priors: the
      ratio of their marginal likelihoods (Zellner 1971, 3.1, integrated over a and v; the scale of c by
      the work itself, where unit information as in Raftery 1995 knows none);
    * n users left at the mean place z take n·(â + ĉ·z), with Student's t of k - 1 degrees of freedom and the
      square S₁/(k-1)·(n·r² + n²/Σb + (nz)²/(Σbx² + κ)) of the scale, r the ratio of their mean to â, as times
      vary in proportion to their mean; of the level likewise with c = 0.

    What is returned are quantiles of the two together. A line falls to 0 for the last user at most.
    """
    # uniform up to there, and the steps at the end
    around_s = math.hypot(early_s / math.sqrt(3), _STEPS_S)
    level, line, weight = _predictions(processed, flushed_s, users, around_s)
    middle, low, high = (_quantile(normal, level, line, weight) for normal in _NORMAL)
    return middle, low, high


def _predictions(
    processed: Floats, flushed_s: Floats, users: float, around_s: float
) -> tuple[_Student, _Student, float]:
    """Return what the level and the line predict, give or take some seconds, and the weight of the line."""
    batch, took_s = np.diff(processed), np.diff(flushed_s)
    last = max(users - 1, 1.0)
    # the mean place of the users of each stretch, from that of them all
    place = (processed[1:] + processed[:-1] - 1) / (2 * last)
    seen, freedom = float(processed[-1] - processed[0]), len(batch) - 1
    center = float(batch @ place) / seen
    place = place - center
    mean = float(flushed_s[-1] - flushed_s[0]) / seen
    over = took_s - mean * batch
    spread, slant = float(batch @ (place * place)), float(place @ took_s)
    least = _INSTANT_S**2 * len(batch) ** 2 / seen
    of_level = float(over @ (over / batch)) + least
    # v by the line through all, which no prior pulls
    variance = max(of_level - slant * slant / spread, least) / (freedom - 1)
    pull = variance / (_SLOPE * mean) ** 2
    of_line = max(of_level - slant * slant / (spread + pull), least)
    favour = math.log(pull / (spread + pull)) / 2 + freedom / 2 * math.log(of_level / of_line)
    # beyond e^±700 there is no float, and no doubt
    weight = 1 / (1 + math.exp(min(-favour, 700.0)) * _STEADY / (1 - _STEADY))
    left = users - float(processed[-1])
    ahead = (float(processed[-1]) + users - 1) / (2 * last) - center
    slope = max(slant / (spread + pull), -mean / (1 - center))
    ratio = (mean + slope * ahead) / mean
    of_users = left + left * left / seen
    steady = _Student(left * mean, math.hypot(math.sqrt(of_level / freedom * of_users), around_s), freedom)
    of_users = left * ratio**2 + left * left / seen + (left * ahead) ** 2 / (spread + pull)
    scale = math.hypot(math.sqrt(of_line / freedom * of_users), around_s)
    return steady, _Student(left * mean * ratio, scale, freedom), weight


def _quantile(normal: float, first: _Student, second: _Student, weight: float) -> float:
    """Return the quantile of two together, the second by its weight: below it lies what a normal value has.

    It lies between those of the two, where it is looked for by the secant, with the end that stays counted
    half each time (the Illinois method; Dowell and Jarratt 1971).
    """
    below = _below(normal)
    low, high = sorted((_value(normal, first), _value(normal, second)))
    under, over = (_excess(at, first, second, weight, below) for at in (low, high))
    middle = low
    for _ in range(40):
        if over - under < _ENOUGH:
            return (low + high) / 2
        middle = high - over * (high - low) / (over - under)
        excess = _excess(middle, first, second, weight, below)
        if abs(excess) < _ENOUGH:
            return middle
        if excess < 0:
            low, under, over = middle, excess, over / 2
        else:
            high, over, under = middle, excess, under / 2
    return middle


def _excess(at: float, first: _Student, second: _Student, weight: float, below: float) -> float:
    """Return how much more of the two together than wanted lies below a value."""
    of_first = _below(_normal((at - first.location) / first.scale, first.freedom))
    of_second = _below(_normal((at - second.location) / second.scale, second.freedom))
    return (1 - weight) * of_first + weight * of_second - below


def _below(normal: float) -> float:
    return math.erfc(-normal / math.sqrt(2)) / 2


def _normal(t: float, freedom: int) -> float:
    """Return the normal value below which as much lies as below t of Student's (Wallace 1959).

    Right to 0.003 of probability, and a tenth of the work that `student_cdf` is: this is asked at each poll.
    """
    shrunk = (8 * freedom + 1) / (8 * freedom + 3)
    return math.copysign(shrunk * math.sqrt(freedom * math.log1p(t * t / freedom)), t)


def _value(normal: float, student: _Student) -> float:
    """Return the value of a Student's t whose place is that of a normal value; `_normal` turned round."""
    shrunk = (8 * student.freedom + 1) / (8 * student.freedom + 3)
    t = math.sqrt(student.freedom * math.expm1((normal / shrunk) ** 2 / student.freedom))
    return student.location + student.scale * math.copysign(t, normal)
