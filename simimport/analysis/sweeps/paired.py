"""What pairs tell of the difference of two shares: its exact p, and an interval.

Takes counts of pairs; what a pair is, and where it comes from, is for others. Means of pairs are means of
their differences, and stand in `intervals`.
"""

from __future__ import annotations

import math

from simimport.analysis.distributions import beta_cdf, share_interval

__all__ = ["difference_interval", "difference_p"]


def difference_p(only_second: int, only_first: int) -> float:
    """Return how often pairs that differ would be parted as unevenly, were both shares the same in truth.

    McNemar's test (1947), exact: of the pairs in which only one of the two has it, each is then as likely to
    be the first's as the second's, so that their number is Binomial(n, 1/2). Two-sided; 1 where none differ.

    Examples
    --------
    >>> round(difference_p(6, 0), 9), difference_p(0, 1), difference_p(0, 0)
    (0.03125, 1.0, 1.0)
    """
    few, all_of_them = min(only_second, only_first), only_second + only_first
    if 2 * few >= all_of_them:
        return 1.0
    # P(few or fewer) of a Binomial is I(n - few, few + 1) of a Beta at 1/2 (DLMF 8.17.5)
    return min(2 * beta_cdf(0.5, all_of_them - few, few + 1), 1.0)


def difference_interval(
    only_second: int, only_first: int, pairs: int, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the second share less the first, of so many pairs.

    The difference is that of the shares of the two kinds of pairs in which only one has it. Each of these has
    an exact interval (Clopper and Pearson 1934); the distances from the estimates to their ends are put
    together as errors that are correlated as counts of a multinomial are (Zou and Donner 2008, Construction
    of confidence limits about effect measures; Newcombe 1998, his method 10). Where McNemar's p is above
    1 - level, the interval is made to reach to 0, so that both say the same.

    Examples
    --------
    >>> low, high = difference_interval(20, 0, 200)
    >>> round(low, 3), round(high, 3)
    (0.058, 0.15)
    """
    (more, more_low, more_high), (less, less_low, less_high) = (
        (count / pairs, *share_interval(count, pairs, level)) for count in (only_second, only_first)
    )
    correlation = -math.sqrt(more * less / ((1 - more) * (1 - less))) if more < 1 and less < 1 else 0.0

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))

    difference = (only_second - only_first) / pairs
    low = difference - reach(more - more_low, less_high - less)
    high = difference + reach(more_high - more, less - less_low)
    if difference_p(only_second, only_first) > 1 - level:
        low, high = min(low, 0.0), max(high, 0.0)
    return max(low, -1.0), min(high, 1.0)
