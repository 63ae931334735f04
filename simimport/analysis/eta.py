"""Estimates of the time left, from the answers so far, and how much each can be trusted.

Estimators see what a client sees and nothing else. `fit` knows more, and takes longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.polling import number_in, observe
from simimport.errors import ParameterError, suggestion
from simimport.model.columns import frame, names
from simimport.model.run.run import Run
from simimport.model.states import State

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ESTIMATORS", "Estimator", "Polled", "compare_etas", "estimate_eta"]

Floats = NDArray[np.float64]

#: How many seconds the window estimators look back, and tqdm's default smoothing.
WINDOW_S = 30.0
SMOOTHING = 0.3
#: 97.5 % of a normal variable.
_Z = 1.959963984540054
# the same of Student's t with few degrees of freedom, of which the expansion is too low
_FEW = {2: 4.302652730, 3: 3.182446305, 4: 2.776445105}


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


def overall(seen: Polled) -> float:
    """Return the users left at the mean rate since the first answer."""
    return _left(seen.left, seen.processed[-1] - seen.processed[0], seen.at_s[-1] - seen.at_s[0])


def window(seen: Polled) -> float:
    """Return the users left at the mean rate of the last 30 s."""
    first = int(np.searchsorted(seen.at_s, seen.at_s[-1] - WINDOW_S))
    return _left(seen.left, seen.processed[-1] - seen.processed[first], seen.at_s[-1] - seen.at_s[first])


def exponential(seen: Polled) -> float:
    """Return the users left at the rate that a progress bar shows: tqdm's moving average, smoothing 0.3.

    It is updated by answers that tell progress, as a bar is; both the users and the seconds between them are
    averaged (tqdm, ``EMA``).
    """
    moved = np.flatnonzero(np.diff(seen.processed, prepend=seen.processed[0]))
    if not len(moved):
        return math.nan
    places = np.concatenate([[0], moved])
    weights = (1 - SMOOTHING) ** np.arange(len(moved) - 1, -1, -1)
    users, seconds = weights @ np.diff(seen.processed[places]), weights @ np.diff(seen.at_s[places])
    return _left(seen.left, float(users), float(seconds))


def anchored(seen: Polled) -> float:
    """Return the users left at the rate between the first and the last flush, counted from the last flush on.

    A poll tells the counters of the last flush, not of the present; ``_updatedAt`` says when that was. So
    the time left falls with the clock between two flushes, and is corrected at each.
    """
    return _from_flush(seen, 0)


def anchored_window(seen: Polled) -> float:
    """Return the same at the rate of the flushes in the last 30 s."""
    return _from_flush(seen, int(np.searchsorted(seen.updated_s, seen.updated_s[-1] - WINDOW_S)))


def fitted(seen: Polled) -> tuple[float, float, float]:
    """Return the anchored estimate with a 95 % interval from the speed and the variability seen so far.

    The seconds per user of each stretch between flushes, weighted by its users, give a mean and a variance
    per user; the users left then take a time whose prediction interval is Student's, with one degree of
    freedom less than there are stretches. It takes the speed as constant.
    """
    middle = anchored(seen)
    fresh = np.flatnonzero(np.diff(seen.processed, prepend=-1.0))
    users, seconds = np.diff(seen.processed[fresh]), np.diff(seen.updated_s[fresh])
    if len(users) < 3:
        return middle, math.nan, math.nan
    per_user = seconds.sum() / users.sum()
    variance = float((((seconds - per_user * users) ** 2) / users).sum() / (len(users) - 1))
    deviation = math.sqrt(variance * seen.left * (1 + seen.left / users.sum()))
    reach = _student(len(users) - 1) * deviation
    return middle, max(middle - reach, 0.0), middle + reach


#: The estimators by name.
ESTIMATORS: Mapping[str, Estimator] = {
    "overall": overall,
    "window": window,
    "exponential": exponential,
    "anchored": anchored,
    "anchored-window": anchored_window,
    "fitted": fitted,
}


def estimate_eta(observed: pd.DataFrame, *, method: str | Estimator = "anchored") -> pd.Series[float]:
    """Return the seconds left that an estimator promises at each poll.

    Parameters
    ----------
    observed : DataFrame
        The frame `observed`.
    method : str or callable, default "anchored"
        ``overall`` (mean rate since the beginning), ``window`` (of the last 30 s), ``exponential`` (as
        progress bars do), ``anchored`` (mean rate of the flushes, counted from the last flush),
        ``anchored-window`` (the same of the last 30 s), ``fitted`` (anchored, with an interval); or your own:
        a function from `Polled`, the answers so far, to the seconds left, or to ``(left, low, high)``.

    Returns
    -------
    Series of float64
        Seconds, by the frame's index; NaN where the import is not at work, or nothing can be said yet.

    Raises
    ------
    ParameterError
        If `observed` is no such frame, or the method is unknown.

    Examples
    --------
    >>> from simimport import observe, simulate
    >>> run = simulate(seed=1)
    >>> seen = observe(run, every_s=60)
    >>> estimate_eta(seen).round(1).tolist()[:4], round(run.duration_s - 60, 1)
    ([nan, nan, 153.7, 93.1], 213.6)
    """
    import pandas as pd

    _, promised = _promises(observed, _estimator(method))
    return pd.Series(promised[:, 0], index=observed.index, name="left_s")


def compare_etas(
    runs: Iterable[Run], *, every_s: Iterable[float] | float, methods: Any = None
) -> pd.DataFrame:
    """Return how well estimators of the time left do: one row per method, interval and run.

    Parameters
    ----------
    runs : iterable of Run
        The imports; those of steady, slowing and stalling scenarios are worth a table each.
    every_s : float or iterable of float
        The intervals between polls, in seconds. The phase is half an interval.
    methods : iterable of str or mapping of str to callable, optional
        Names of `ESTIMATORS`, or your own by name (see `estimate_eta`); all of ours where it is left out.

    Returns
    -------
    DataFrame
        The frame `etas`: ``method every_s run``; ``median_error``, of the time left relative to the true
        one, over the polls while importing at which the method promises something; ``rise_share``, how often
        the promise was above that of the poll before; ``coverage``, how often the truth lay in the interval
        (NaN of methods without one).

    Raises
    ------
    ParameterError
        If a run is none, an interval out of range, or a method unknown.

    Examples
    --------
    >>> from simimport import simulate
    >>> table = compare_etas([simulate(seed=1)], every_s=1, methods=["exponential", "anchored"])
    >>> table.round(3)[["method", "median_error", "rise_share"]]
            method  median_error  rise_share
    0  exponential         0.062       0.362
    1     anchored         0.011       0.034
    """
    chosen = _chosen(methods)
    intervals = [number_in("every_s", each, 1e-3, 1e9) for each in _listed("every_s", every_s, float)]
    rows: dict[str, list[Any]] = {name: [] for name in names("etas")}
    for number, run in enumerate(_listed("runs", runs, Run)):
        for each in intervals:
            seen = observe(run, every_s=each, phase_s=each / 2)
            for name, estimator in chosen.items():
                at_s, promised = _promises(seen, estimator)
                told = (name, each, number, *_judged(run.duration_s - at_s, promised))
                for column, value in zip(rows, told, strict=True):
                    rows[column].append(value)
    return frame("etas", rows)


def _listed(name: str, given: Any, kind: type) -> list[Any]:
    """Return one or several as a list."""
    if isinstance(given, kind) or (kind is float and isinstance(given, int)):
        return [given]
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ParameterError(name, given, "one, or several in a list")
    return list(given)


def _chosen(methods: Any) -> Mapping[str, Estimator]:
    if methods is None:
        return ESTIMATORS
    if not methods:
        raise ParameterError("methods", methods, "at least one; leave it out for all of ours")
    if isinstance(methods, Mapping):
        for name, method in methods.items():
            if not callable(method):
                raise ParameterError(f"the method {name!r}", method, "a function from Polled to seconds")
        return methods
    if isinstance(methods, str) or not isinstance(methods, Iterable):
        raise ParameterError("methods", methods, "names, or a mapping of names to functions")
    return {method if isinstance(method, str) else getattr(method, "__name__", "yours"): _estimator(method)
            for method in methods}  # fmt: skip


def _estimator(method: Any) -> Estimator:
    if callable(method):
        return method  # type: ignore[no-any-return]  # whether it is one shows when it is called
    if method not in ESTIMATORS:
        allowed = ", ".join(ESTIMATORS) + ", or a function from Polled to seconds"
        raise ParameterError("method", method, allowed, hint=suggestion(method, list(ESTIMATORS)))
    return ESTIMATORS[method]


def _promises(observed: pd.DataFrame, estimator: Estimator) -> tuple[Floats, Floats]:
    """Return when each answer came, and what was promised at it: left, low, high; NaN while not at work."""
    wanted = ("answered_s", "state", "completed", "error", "total", "updated_at_s")
    missing = [name for name in wanted if name not in getattr(observed, "columns", ())]
    if missing:
        allowed = f"a frame `observed`, with the column {missing[0]}"
        raise ParameterError("observed", type(observed).__name__, allowed)
    at_s = observed["answered_s"].to_numpy(dtype=np.float64)
    processed = (observed["completed"] + observed["error"]).to_numpy(dtype=np.float64)
    working = np.flatnonzero((observed["state"] == State.IMPORTING).to_numpy())
    promised = np.full((len(at_s), 3), np.nan)
    if not len(working):
        return at_s, promised
    at, done = at_s[working], processed[working]
    first_seen = at[np.searchsorted(done, done)]
    dated = observed["updated_at_s"].to_numpy(dtype=np.float64)[working]
    updated = np.where(np.isnan(dated), first_seen, dated)
    total = float(observed["total"].to_numpy()[working[-1]])
    for place in range(len(working)):
        upto = slice(place + 1)
        told = estimator(Polled(at[upto], done[upto], updated[upto], total))
        promised[working[place]] = told if isinstance(told, tuple) else (told, math.nan, math.nan)
    return at_s, promised


def _judged(true_s: Floats, promised: Floats) -> tuple[float, float, float]:
    """Return the median relative error, the share of rises, and the coverage."""
    left, low, high = promised.T
    told = np.isfinite(left) & (true_s > 0)
    if not told.any():
        return math.nan, math.nan, math.nan
    error = float(np.median(np.abs(left[told] - true_s[told]) / true_s[told]))
    after = told[1:] & told[:-1]
    rises = float((np.diff(left)[after] > 1e-9).mean()) if after.any() else math.nan
    within = told & np.isfinite(low)
    coverage = float(((low <= true_s) & (true_s <= high))[within].mean()) if within.any() else math.nan
    return error, rises, coverage


def _left(users: float, done: float, seconds: float) -> float:
    return users * seconds / done if done > 0 and seconds > 0 else math.nan


def _from_flush(seen: Polled, first: int) -> float:
    if seen.updated_s[first] == seen.updated_s[-1] and first:
        first -= 1
    done = seen.processed[-1] - seen.processed[first]
    left = _left(seen.left, float(done), float(seen.updated_s[-1] - seen.updated_s[first]))
    if math.isnan(left):
        return left
    return max(left - float(seen.at_s[-1] - seen.updated_s[-1]), 0.0)


def _student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t (Cornish-Fisher, Abramowitz and Stegun 26.7.5)."""
    if freedom in _FEW:
        return _FEW[freedom]
    z, v = _Z, freedom
    return (
        z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )  # fmt: skip
