"""The batch size of an import that nobody told us, from the counts of users that its answers published.

Knows one trace's counts and nothing of times. Says how sure it is, for whoever must decide.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Found", "likeliest_size"]

Ints = NDArray[np.int64]

#: What servers have: a batch of a users' import is 50, and was in each version.
_SERVERS = 50
#: What people write where they choose a size, each a fifth as likely as that.
_ROUND = frozenset((10, 20, 25, 100, 200, 250, 500, 1000))
#: An answer is certain from this probability on, and what has no more than the rest is not named; from the
#: second on where all sizes are taken as equally common.
_CERTAIN, _CERTAIN_IF_ALIKE = 0.99, 0.95
#: How likely it is that polls and batches keep step because somebody chose both, and that they do so for
#: ever, as where all users take the same time.
_IN_STEP, _FOR_EVER = 0.05, 0.003
#: How likely it is that one step differs from the others where they keep step: a poll that was lost, a stall.
_SLIP = 0.1
#: The variance of a batch's time over its squared mean: of 5 %, where 50 independent users of the default
#: have 7 %. The less it is, the longer polls and batches keep step, and the more is left open.
_BATCH_CV2 = 0.0025
#: How likely a stall is, and how many times as long as the mean a batch may take without one.
_IDLE, _LONGEST = 0.1, 1.4


class Found(NamedTuple):
    """The likeliest batch size.

    Parameters
    ----------
    size : int
        In users.
    is_certain : bool
        Whether its probability is 99 % or more.
    others : tuple of int
        Further sizes of a probability of 1 % or more, the likeliest first.
    """

    size: int
    is_certain: bool
    others: tuple[int, ...]


def likeliest_size(counts: Ints, users: int, polls: Ints | None = None) -> Found:
    """Return the batch size that the published counts of one trace leave likeliest.

    Parameters
    ----------
    counts : ndarray of int64
        The distinct counts of users processed that were seen, rising. 0 and that of all, which the last batch
        makes without being full, say nothing and are left out.
    users : int
        Of the import.
    polls : ndarray of int64, optional
        From each rise of the count to the next, how many polls there were: 1 where it rose at each.

    Notes
    -----
    Every count is a multiple of the size, so the size divides their greatest common divisor g. A size of g/m
    lets each step between two counts be a multiple of m by chance only. Over n steps that is

    * (1/m)ⁿ where the steps are independent, as with irregular polls;
    * 1/m at once where polls and batches keep step, as a regular poller of a regular import may: then all
      steps are alike. They keep step over n steps where the batches per poll are within 1/n of a whole
      number, so in about 2/n of all cases, or where both were chosen round; the batches' own variance lets
      them drift apart (a walk of variance s² per step stays within one batch for n steps with about
      exp(-π²s²n/2); Feller 1971, X.5). A step that is unlike the others is a slip, but for the first, which
      begins with the import and not with a poll; and it must be a multiple of m for itself if it is none of
      theirs.

    Where the count stands still for more polls than a batch takes, it stalls; each time that is taken to be
    as unlikely as one in ten.

    The larger of the two, times how common a size is beforehand, is its weight among the divisors of g. As
    nobody knows how common sizes are, a size is certain only if it keeps 95 % where all are equally common,
    and the others are those that either leaves possible.

    Examples
    --------
    >>> likeliest_size(np.array([50, 200, 300, 550, 600, 800, 1150, 1400]), users=2000)
    Found(size=50, is_certain=True, others=())
    >>> likeliest_size(np.array([150, 300, 450]), users=2000).others
    (25, 150, 10, 75, 30, 15)
    """
    inner = np.unique(counts[(counts > 0) & (counts < users)]).astype(np.int64)
    if not len(inner):
        return Found(_SERVERS, is_certain=False, others=tuple(sorted(_ROUND)))
    largest = int(np.gcd.reduce(inner))
    sizes, steps = _divisors(largest), np.diff(inner, prepend=0) // largest
    chances = np.array([_chance(steps, largest // int(size)) for size in sizes])
    # of one count alone nobody knows how fast it goes
    if polls is not None and len(polls) and len(inner) > 1:
        # a batch takes its size over the users per poll, in polls
        longest = _LONGEST * sizes / (float(inner[-1] - inner[0]) / float(polls.sum()))
        chances = chances * _IDLE ** (polls[:, None] - 1 >= longest).sum(axis=0)
    weights = chances * [_beforehand(int(size)) for size in sizes]
    weights, alike = weights / weights.sum(), chances / chances.sum()
    best, *rest = (int(place) for place in np.argsort(-weights, kind="stable"))
    is_certain = weights[best] >= _CERTAIN and alike[best] >= _CERTAIN_IF_ALIKE
    # of a certain size the rest has less than is named, by the weights that decide
    possible = (weights if is_certain else np.maximum(weights, alike)) >= 1 - _CERTAIN
    others = tuple(int(sizes[place]) for place in rest if possible[place])
    return Found(int(sizes[best]), bool(is_certain), others)


def _beforehand(size: int) -> float:
    """Return how common a size is, against that of servers as 1."""
    if size == _SERVERS:
        return 1.0
    if size in _ROUND:
        return 0.2
    # one digit and noughts, or two of which the last is 5: what is nearly round
    digits = str(size).rstrip("0")
    if len(digits) == 1 or (len(digits) == 2 and digits[1] == "5"):
        return 0.01
    return 0.1 / (size + 10)


def _chance(steps: Ints, times: int) -> float:
    """Return how likely it is that all steps, told in the largest size, are whole multiples of so many."""
    if times == 1:
        return 1.0
    n = len(steps)
    values, often = np.unique(steps, return_counts=True)
    usual = int(values[np.argmax(often)])
    slips = int((steps[1:] != usual).sum())
    alone = int((steps % usual != 0).sum())
    drift = math.exp(-(math.pi**2) / 2 * _BATCH_CV2 * n * times * usual)
    in_step = min(1.0, 2 / n + _IN_STEP) * drift + _FOR_EVER
    log_rest = slips * math.log(_SLIP) - (1 + alone) * math.log(times)
    return max(float(times) ** -n, in_step * math.exp(log_rest))


def _divisors(number: int) -> Ints:
    """Return what divides a number, rising."""
    low = np.arange(1, math.isqrt(number) + 1)
    low = low[number % low == 0]
    return np.unique(np.append(low, number // low)).astype(np.int64)
