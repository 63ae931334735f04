"""Estimates of the time left at each poll, and how much each estimator can be trusted.

Judges what `estimators` promise by the run's own end; estimates nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.estimators import ESTIMATORS, WINDOW_S, Estimator, Polled, estimator_of, estimators_of
from simimport.analysis.observe import intervals_of, observe, phase_of
from simimport.analysis.progress import Progress, progress_shown
from simimport.checks import is_number
from simimport.errors import ParameterError
from simimport.model.columns import frame, names
from simimport.model.run.run import Run
from simimport.model.states import State

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Promises", "compare_etas", "estimate_eta", "promises"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# of so many answers all are looked at, and where not so many times more would be left out
_FEW_ANSWERS, _WORTH = 1_000, 2
_ONE_OR_SEVERAL = "one, or several in a list"


def estimate_eta(observed: pd.DataFrame, *, method: str | Estimator = "anchored") -> pd.Series[float]:
    """Return the seconds left that an estimator promises at each poll.

    Parameters
    ----------
    observed : DataFrame
        The frame `observed`.
    method : str or callable, default "anchored"
        ``overall`` (mean rate since the beginning), ``window`` (of the last 30 s), ``exponential`` (as
        progress bars do), ``anchored`` (mean rate of the flushes, counted from the last flush),
        ``anchored-window`` (the same of the last 30 s), ``fitted`` (anchored, with an interval), ``trend``
        (a level and a line of seconds per user, averaged, with an interval: for imports that may slow down);
        or your own: a function from `Polled`, the answers so far, to the seconds left, or to
        ``(left, low, high)``.

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

    One that slows down, at the poll at 200 s, when 274 s are left:

    >>> seen = observe(simulate(slowdown=1.5, seed=1), every_s=5)
    >>> [round(estimate_eta(seen, method=method)[40]) for method in ("anchored", "trend")]
    [176, 269]
    """
    import pandas as pd

    left_s = promises(observed, estimator_of(method)).left_s
    return pd.Series(left_s, index=observed.index, name="left_s")


def compare_etas(
    runs: Run | Iterable[Run],
    *,
    every_s: Iterable[float] | float,
    methods: Any = None,
    progress: bool | Progress | None = None,
) -> pd.DataFrame:
    """Return how well estimators of the time left do: one row per method, interval and run.

    Parameters
    ----------
    runs : Run, or iterable of Run
        The imports; those of steady, slowing and stalling scenarios are worth a table each.
    every_s : float or iterable of float
        The intervals between polls, in seconds. Each run is met at a phase that is uniform over the interval,
        drawn from its seed: one phase for all would be one client, whom a progress bar suits or not.
    methods : iterable of str or mapping of str to callable, optional
        Names of `ESTIMATORS`, or your own by name (see `estimate_eta`); all of ours where it is left out.
    progress : bool or callable, optional
        As `sweep` takes it; it counts rows.

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

    Notes
    -----
    No estimator foresees a stall. The interval of ``trend`` is made for imports that are steady or slow down
    evenly, where it holds the truth at 92 to 98 % of the polls. Where a twentieth of the batches stall for
    20 s it holds it at two polls of three in the first fifth of the import, as none or one was seen by then,
    and at nine of ten over all; where the speed halves midway at six of ten, before a single long stall at
    none.

    Examples
    --------
    >>> from simimport import simulate
    >>> table = compare_etas([simulate(seed=1)], every_s=1, methods=["exponential", "anchored"])
    >>> table.round(3)[["method", "median_error", "rise_share"]]
            method  median_error  rise_share
    0  exponential         0.059       0.364
    1     anchored         0.011       0.034
    """
    estimators = estimators_of(methods)
    intervals = intervals_of([every_s] if is_number(every_s) else every_s, allowed=_ONE_OR_SEVERAL)
    rows: list[tuple[Any, ...]] = []
    several = _list_of_runs(runs)
    total = len(several) * len(intervals) * len(estimators)
    with progress_shown(progress, "rows") as tell:
        tell(0, total)
        for (number, run), interval_s in product(enumerate(several), intervals):
            observed = observe(run, every_s=interval_s, phase_s=phase_of(run, interval_s))
            for name, estimator in estimators.items():
                scores = _scores(run.duration_s, promises(observed, estimator))
                rows.append((name, interval_s, number, *scores))
                tell(len(rows), total)
    return frame("etas", {name: [row[place] for row in rows] for place, name in enumerate(names("etas"))})


def _list_of_runs(runs: Any) -> list[Any]:
    """Return one run, or several, as a list; whether they are runs, `observe` asks."""
    if isinstance(runs, Run):
        return [runs]
    if isinstance(runs, (str, bytes)) or hasattr(runs, "columns") or not isinstance(runs, Iterable):
        raise ParameterError("runs", runs, "a Run, as simulate() returns it, or several in a list")
    return list(runs)


class Promises(NamedTuple):
    """What an estimator promises at each poll, in seconds; NaN where it promises nothing.

    Parameters
    ----------
    at_s : ndarray of float64
        When each answer came.
    left_s, low_s, high_s : ndarray of float64
        The time left, and an interval for it.
    """

    at_s: Floats
    left_s: Floats
    low_s: Floats
    high_s: Floats


def promises(observed: pd.DataFrame, estimator: Estimator, rows: Ints | None = None) -> Promises:
    """Return what an estimator promises at each poll, or in some rows; it is asked while at work.

    Raises
    ------
    ParameterError
        If `observed` is no such frame.
    """
    wanted = ("answered_s", "state", "completed", "error", "total", "updated_at_s")
    missing = [name for name in wanted if name not in getattr(observed, "columns", ())]
    if missing:
        allowed = f"a frame `observed`, with the column {missing[0]}"
        raise ParameterError("observed", type(observed).__name__, allowed)
    at_s: Floats = observed["answered_s"].to_numpy(dtype=np.float64)
    processed = (observed["completed"] + observed["error"]).to_numpy(dtype=np.float64)
    working = np.flatnonzero((observed["state"] == State.IMPORTING).to_numpy())
    if not np.isfinite(processed[working]).all():
        raise ParameterError("observed", math.nan, "a frame `observed`, with counters at each poll at work")
    promised = np.full((len(at_s), 3), np.nan)
    if len(working):
        at, done = at_s[working], processed[working]
        # without a date, a count is as old as the first poll that showed it
        first_shown = at[np.searchsorted(done, done)]
        dated = observed["updated_at_s"].to_numpy(dtype=np.float64)[working]
        updated = np.where(np.isnan(dated), first_shown, dated)
        total = float(observed["total"].to_numpy()[working[-1]])
        is_ours = any(estimator is ours for ours in ESTIMATORS.values())
        documents = _documents(done, updated) if is_ours else None
        places = np.arange(len(working)) if rows is None else np.flatnonzero(np.isin(working, rows))
        for place in places.tolist():
            upto = _upto(place, at, documents)
            promise = estimator(Polled(at[upto], done[upto], updated[upto], total))
            row = working[place]
            promised[row] = promise if isinstance(promise, tuple) else (promise, math.nan, math.nan)
    return Promises(at_s, *promised.T)


def _documents(done: Floats, updated_s: Floats) -> Ints:
    """Return the first answer, those that told another document than the one before, and the ones before."""
    news = np.flatnonzero((np.diff(done) != 0) | (np.diff(updated_s) != 0)) + 1
    return np.unique(np.r_[0, news - 1, news])


def _upto(place: int, at_s: Floats, documents: Ints | None) -> slice | Ints:
    """Return the answers up to one, but for those on which none of our estimators looks, where they are many.

    What only repeats the document is looked at as long as it is in the window, and else only where it was the
    last before another document.
    """
    if documents is None or place < max(_FEW_ANSWERS, _WORTH * len(documents)):
        return slice(place + 1)
    recent = int(np.searchsorted(at_s, at_s[place] - WINDOW_S))
    upto: Ints = np.r_[documents[: np.searchsorted(documents, recent)], recent : place + 1]
    return upto


def _scores(end_s: float, promised: Promises) -> tuple[float, float, float]:
    """Return the median relative error, the share of rises, and the coverage."""
    at_s, left_s, low_s, high_s = promised
    true_s = end_s - at_s
    judged = np.isfinite(left_s) & (true_s > 0)
    if not judged.any():
        return math.nan, math.nan, math.nan
    error = float(np.median(np.abs(left_s[judged] - true_s[judged]) / true_s[judged]))
    after = judged[1:] & judged[:-1]
    rises = float((np.diff(left_s)[after] > 1e-9).mean()) if after.any() else math.nan
    within = judged & np.isfinite(low_s)
    coverage = float(((low_s <= true_s) & (true_s <= high_s))[within].mean()) if within.any() else math.nan
    return error, rises, coverage
