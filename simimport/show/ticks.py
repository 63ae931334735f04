"""Round steps along a time axis: the one ladder, from milliseconds to days.

Knows numbers alone; how an instant is said stands in `words`, and where it is written is up to the picture.
"""

from __future__ import annotations

import math
from bisect import bisect_left

__all__ = ["round_instants", "round_step"]

_DAY_S = 86_400
# what people count in: halves of a minute and quarters of a day, but no quarters of a second
_ROUND_S = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
    3600, 7200, 10_800, 21_600, 43_200, _DAY_S,
)  # fmt: skip


def round_step(least_s: float) -> float:
    """Return the smallest round duration of at least so many seconds; none is below a millisecond.

    Examples
    --------
    >>> round_step(0), round_step(7), round_step(61), round_step(100_000), round_step(30 * 86_400) / 86_400
    (0.001, 10, 120, 172800.0, 50.0)
    """
    if least_s <= _DAY_S:
        return _ROUND_S[bisect_left(_ROUND_S, least_s)]
    # days: 1, 2, 5, 10, 20, 50 and so on
    decade = 10.0 ** math.floor(math.log10(least_s / _DAY_S))
    return next(step for digit in (1, 2, 5, 10) if (step := digit * decade * _DAY_S) >= least_s * (1 - 1e-9))


def round_instants(begin_s: float, end_s: float, most: int) -> list[float]:
    """Return the round instants from one instant to another, with so many steps between them at most.

    Examples
    --------
    >>> round_instants(0, 273.5, 9)
    [0, 60, 120, 180, 240]
    >>> round_instants(0.25, 0.5, 5)
    [0.25, 0.3, 0.35, 0.4, 0.45, 0.5]
    """
    step = round_step((end_s - begin_s) / most)
    # room for rounding: an instant at the very end is one of them
    first, last = math.ceil(begin_s / step - 1e-9), math.floor(end_s / step + 1e-9)
    # in whole milliseconds, so that 3 times 0.1 is 0.3
    return [round(place * step, 3) for place in range(first, last + 1)]
