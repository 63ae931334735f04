"""Estimators of the time left: from the answers so far to the seconds that an import still takes.

They see what a client sees and nothing else, and how far each can be trusted is judged in `eta`. `fit` knows
more, and takes longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import student_quantile
from simimport.analysis.trend import LEAST_STRETCHES, seconds_left
from simimport.errors import ParameterError, suggestion

__all__ = ["ESTIMATORS", "WINDOW_S", "Estimator", "Polled", "estimator_of", "estimators_of"]

Floats = NDArray[np.float64]

#: How many seconds the window estimators look back, and tqdm's default smoothing.
WINDOW_S = 30.0
SMOOTHING = 0.3


@dataclass(frozen=True, eq=False)
class Polled:
    """The answers so far, while the import was at work; the last is the present.

    Parameters
    ----------
    at_s : ndarray of float64
        When each answer came, in seconds.
    processed : ndarray of float64
        Users published as processed.
    updated_s : ndarray of float64
        When the document had last changed: what ``_updatedAt`` says, else the poll that first showed it.
    total : float
        Users staged.
    """

    at_s: Floats
    processed: Floats
    updated_s: Floats
    total: float

    @property
    def left(self) -> float:
        """Users still to be published as processed."""
        return float(self.total - self.processed[-1])


#: From the answers so far to the seconds left: a number, or one with an interval, ``(left, low, high)``.
Estimator = Callable[[Polled], "float | tuple[float, float, float]"]


def overall(polled: Polled) -> float:
    """Return the users left at the mean rate since the first answer."""
    done, seconds = polled.processed[-1] - polled.processed[0], polled.at_s[-1] - polled.at_s[0]
    return _seconds_for(polled.left, done, seconds)


def window(polled: Polled) -> float:
    """Return the users left at the mean rate of the last 30 s."""
    first = int(np.searchsorted(polled.at_s, polled.at_s[-1] - WINDOW_S))
    done, seconds = polled.processed[-1] - polled.processed[first], polled.at_s[-1] - polled.at_s[first]
    return _seconds_for(polled.left, done, seconds)


def exponential(polled: Polled) -> float:
    """Return the users left at the rate that a progress bar shows: tqdm's moving average, smoothing 0.3.

    It is updated by answers that tell progress, as a bar is; both the users and the seconds between them are
    averaged (tqdm, ``EMA``).
    """
    moved = np.flatnonzero(np.diff(polled.processed, prepend=polled.processed[0]))
    if not len(moved):
        return math.nan
    places = np.concatenate([[0], moved])
    weights = (1 - SMOOTHING) ** np.arange(len(moved) - 1, -1, -1)
    users, seconds = weights @ np.diff(polled.processed[places]), weights @ np.diff(polled.at_s[places])
    return _seconds_for(polled.left, float(users), float(seconds))


def anchored(polled: Polled) -> float:
    """Return the users left at the rate between the first and the last flush, counted from the last flush on.

    A poll tells the counters of the last flush, not of the present; ``_updatedAt`` says when that was. So
    the time left falls with the clock between two flushes, and is corrected at each.
    """
    return _since_last_flush(polled, 0)


def anchored_window(polled: Polled) -> float:
    """Return the same at the rate of the flushes in the last 30 s."""
    return _since_last_flush(polled, int(np.searchsorted(polled.updated_s, polled.updated_s[-1] - WINDOW_S)))


def fitted(polled: Polled) -> tuple[float, float, float]:
    """Return the anchored estimate with a 95 % interval from the speed and the variability seen so far.

    The seconds per user of each stretch between flushes, weighted by its users, give a mean and a variance
    per user; the users left then take a time whose prediction interval is Student's, with one degree of
    freedom less than there are stretches. It takes the speed as constant.
    """
    middle = anchored(polled)
    fresh = _fresh(polled)
    users, seconds = np.diff(polled.processed[fresh]), np.diff(polled.updated_s[fresh])
    if len(users) < 3:
        return middle, math.nan, math.nan
    # A stretch of b users takes b·m in the mean with a variance of b·v, for independent users of mean m and
    # variance v; so m is estimated with weights b, and v from the squares of what is left, each over its b.
    per_user = seconds.sum() / users.sum()
    variance = float((((seconds - per_user * users) ** 2) / users).sum() / (len(users) - 1))
    # that of the users left, and, since m itself is only known from n users, v/n·left² more
    deviation = math.sqrt(variance * polled.left * (1 + polled.left / users.sum()))
    reach = student_quantile(len(users) - 1) * deviation
    return middle, max(middle - reach, 0.0), middle + reach


def trend(polled: Polled) -> tuple[float, float, float]:
    """Return the time left, with a 95 % interval, of an import whose speed may change as it goes on.

    Two lines through the seconds per user of the stretches between flushes, one level and one with a slope,
    are averaged by how likely each is, at even odds beforehand, and tell when the users left will be done,
    counted from the last flush on (see `trend.seconds_left`). A steady import is so estimated as early as by
    ``anchored``, and one that slows down evenly, or speeds up, as it will go on.

    It foresees no stall, and where the import is later than it holds possible, or nobody is left, it has no
    interval; with fewer than three stretches it is the anchored estimate without one. A speed that changes at
    once it takes for one that changes evenly.
    """
    fresh = _fresh(polled)
    processed, flushed_s = polled.processed[fresh], polled.updated_s[fresh]
    if polled.left <= 0 or len(processed) <= LEAST_STRETCHES or flushed_s[-1] <= flushed_s[0]:
        return anchored(polled), math.nan, math.nan
    # a flush without a date was between two polls, and is taken to be at the second
    last = fresh[-1]
    dated = flushed_s[-1] != polled.at_s[last]
    early_s = 0.0 if dated else float(polled.at_s[last] - polled.at_s[last - 1])
    ago_s = float(polled.at_s[-1] - flushed_s[-1])
    middle, low, high = (at_s - ago_s for at_s in seconds_left(processed, flushed_s, polled.total, early_s))
    if high <= 0:
        return 0.0, math.nan, math.nan
    return max(middle, 0.0), max(low, 0.0), high


#: The estimators by name.
ESTIMATORS: Mapping[str, Estimator] = {
    "overall": overall,
    "window": window,
    "exponential": exponential,
    "anchored": anchored,
    "anchored-window": anchored_window,
    "fitted": fitted,
    "trend": trend,
}


def estimators_of(methods: Any, usual: Iterable[str] = ESTIMATORS) -> dict[str, Estimator]:
    """Return the estimators that are asked for, by name: some of ours, one's own, or None for the usual ones.

    Raises
    ------
    ParameterError
        If there are none, or one is unknown or no function.
    """
    if methods is None:
        return {name: ESTIMATORS[name] for name in usual}
    if isinstance(methods, str) or not isinstance(methods, Iterable):
        raise ParameterError("methods", methods, "names of estimators, or a mapping of names to functions")
    if not methods:
        raise ParameterError("methods", methods, "at least one; None for the usual ones")
    if isinstance(methods, Mapping):
        for method in methods.values():
            if not callable(method):
                raise ParameterError("methods", method, "a function from Polled to seconds")
        return dict(methods)
    return {method if isinstance(method, str) else getattr(method, "__name__", "yours"):
            estimator_of(method, "methods") for method in methods}  # fmt: skip


def estimator_of(method: Any, argument: str = "method") -> Estimator:
    """Return one of ours by name; one's own as it is.

    Raises
    ------
    ParameterError
        If the name is unknown.
    """
    if callable(method):
        return method  # type: ignore[no-any-return]  # whether it is one shows when it is called
    if not isinstance(method, str) or method not in ESTIMATORS:
        allowed = ", ".join(ESTIMATORS) + ", or a function from Polled to seconds"
        raise ParameterError(argument, method, allowed, hint=suggestion(method, list(ESTIMATORS)))
    return ESTIMATORS[method]


def _fresh(polled: Polled) -> NDArray[np.int64]:
    """Return the places of the first answers at each count: each shows a flush."""
    # where counters go back, another import began
    gained = polled.processed[1:] - polled.processed[:-1]
    fresh = np.flatnonzero(gained)
    begin = np.flatnonzero(gained < 0)[-1:] + 1
    first = int(begin[0]) if len(begin) else 0
    return np.concatenate([[first], fresh[fresh >= first] + 1])


def _seconds_for(users: float, done: float, seconds: float) -> float:
    """Return how long so many users take where so many were done in so many seconds; NaN without any."""
    return users * seconds / done if done > 0 and seconds > 0 else math.nan


def _since_last_flush(polled: Polled, first: int) -> float:
    """Return the time left at the rate between the flush that an answer shows and the last one."""
    # where the window holds the last flush alone, the one before joins: of one flush there is no rate
    if polled.updated_s[first] == polled.updated_s[-1] and first:
        first -= 1
    done = float(polled.processed[-1] - polled.processed[first])
    left_s = _seconds_for(polled.left, done, float(polled.updated_s[-1] - polled.updated_s[first]))
    if math.isnan(left_s):
        return left_s
    # counted from the last flush on, of which some time has passed
    return max(left_s - float(polled.at_s[-1] - polled.updated_s[-1]), 0.0)
