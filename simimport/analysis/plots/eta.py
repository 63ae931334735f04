"""A plot of the time left that estimators promise, beside the true one.

Draws what `eta` estimates. Estimates nothing and keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.patches import Patch

from simimport.analysis.eta import ESTIMATORS, Estimator, Polled, estimate_eta
from simimport.analysis.plots.axes import (
    TimeFormatter,
    TimeLocator,
    about,
    axes,
    heading,
    ink,
    legend,
    paper_is_dark,
    run_of,
    time_axis,
)
from simimport.analysis.polling import observe
from simimport.errors import ParameterError, suggestion
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simimport.model.run.run import Run

    Floats = NDArray[np.float64]

__all__ = ["eta"]

# the fitted one is the anchored one with an interval
_METHODS = ("exponential", "anchored-window", "fitted")
#: One colour per estimator, out of the palette of the states, whose colours stay apart for every eye.
_COLORS = {
    "overall": STATE_COLORS[State.NONE],
    "window": STATE_COLORS[State.NEW],
    "exponential": STATE_COLORS[State.CANCELED],
    "anchored": STATE_COLORS[State.IMPORTING],
    "anchored-window": STATE_COLORS[State.LOADING],
    "fitted": STATE_COLORS[State.DONE],
}
_OTHERS = (STATE_COLORS[State.READY], STATE_COLORS[State.ERROR], *_COLORS.values())
# higher promises than this, relative to the true time left at the beginning, are cut off
_HIGHEST = 1.8


class _Promise(NamedTuple):
    """What an estimator told: at which instants, how much time left, and from where to where."""

    at_s: Floats
    left_s: Floats
    low_s: Floats
    high_s: Floats


def eta(
    run: Run,
    ax: Axes | None = None,
    *,
    every_s: float = 5.0,
    methods: Iterable[str] | Mapping[str, Estimator] | None = None,
) -> Axes:
    """Return axes with the time left that estimators promise at each poll, beside the true one.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.
    every_s : float, default 5.0
        Seconds between two polls.
    methods : iterable of str, or mapping of str to callable, optional
        Names of `ESTIMATORS`, or your own by name, as `estimate_eta` takes them. Where it is left out: a
        progress bar's, the anchored window, and the anchored one with its interval, ``fitted``.

    Returns
    -------
    Axes
        x and y in seconds; the truth is the straight line down to the end, and a method with an interval has
        it as a band. What is promised far above the truth is cut off at the top.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no Axes, `every_s` out of range, or a method unknown.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.eta(simulate(users=2000, seed=7), every_s=1, methods=["exponential", "anchored"])
    >>> [line.get_label() for line in ax.lines]
    ['in truth', 'exponential', 'anchored']
    """
    run, chosen = run_of(run), _chosen(methods)
    seen = observe(run, every_s=every_s)
    ax = axes(ax)
    end_s = run.duration_s
    begin_s = end_s - run.importing_s if math.isfinite(run.importing_s) else end_s
    style: dict[str, Any] = {"color": ink(ax), "linewidth": 1.4, "linestyle": "--", "zorder": 4}
    handles: list[Any] = ax.plot([begin_s, end_s], [end_s - begin_s, 0], label="in truth", **style)
    others = cycle(_OTHERS)
    for name, method in chosen.items():
        handles += _promised(ax, name, _promises(seen, method), _COLORS.get(name) or next(others))
    length_s = max(end_s - begin_s, 1e-3)
    time_axis(ax, end_s)
    ax.set_xlim(begin_s if begin_s < end_s else 0.0, begin_s + length_s * 1.01)
    ax.yaxis.set_major_locator(TimeLocator(7))
    ax.yaxis.set_major_formatter(TimeFormatter())
    ax.set_ylabel("time left")
    ax.set_ylim(0, max(_highest(ax, length_s), 1e-3))
    legend(ax, handles)
    heading(ax, f"{run.truth.users:,} users in {about(length_s)}; polled every {about(every_s)}")
    return ax


def _chosen(methods: Any) -> Mapping[str, Any]:
    if methods is None:
        return {name: ESTIMATORS[name] for name in _METHODS}
    if isinstance(methods, Mapping):
        return methods
    if isinstance(methods, str) or not isinstance(methods, Iterable):
        raise ParameterError("methods", methods, "names of estimators, or a mapping of names to functions")
    chosen = {}
    for method in methods:
        if not callable(method) and method not in ESTIMATORS:
            hint = suggestion(method, list(ESTIMATORS))
            raise ParameterError("methods", method, ", ".join(ESTIMATORS), hint=hint)
        name = getattr(method, "__name__", "yours") if callable(method) else method
        chosen[name] = method if callable(method) else ESTIMATORS[method]
    return chosen


def _promises(seen: pd.DataFrame, method: Any) -> _Promise:
    """Return what an estimator tells at each poll; of an interval, `estimate_eta` keeps the middle alone."""
    if not callable(method):
        raise ParameterError("methods", method, "a function from Polled to seconds")
    limits: dict[float, tuple[float, float]] = {}

    def kept(polled: Polled) -> float | tuple[float, float, float]:
        told: float | tuple[float, float, float] = method(polled)
        if isinstance(told, tuple):
            limits[float(polled.at_s[-1])] = told[1], told[2]
        return told

    left_s: Floats = np.asarray(estimate_eta(seen, method=kept), dtype=np.float64)
    at_s = seen["answered_s"].to_numpy(dtype=np.float64)
    found = [limits.get(each, (math.nan, math.nan)) for each in at_s.tolist()]
    within: Floats = np.array(found, dtype=np.float64).reshape(-1, 2)
    return _Promise(at_s, left_s, within[:, 0], within[:, 1])


def _promised(ax: Axes, name: str, told: _Promise, color: str) -> list[Any]:
    within = np.isfinite(told.low_s) & np.isfinite(told.high_s)
    if within.any():
        alpha = 0.5 if paper_is_dark(ax) else 0.25
        style: dict[str, Any] = {"color": color, "alpha": alpha, "linewidth": 0}
        ax.fill_between(told.at_s, told.low_s, told.high_s, where=within, label=f"{name}, interval", **style)
    [line] = ax.plot(told.at_s, told.left_s, color=color, linewidth=1.5, label=name, zorder=3)
    band = [Patch(color=color, alpha=0.35, label=f"{name}, its interval")] if within.any() else []
    return [line, *band]


def _highest(ax: Axes, length_s: float) -> float:
    told = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    told = told[np.isfinite(told)]
    return min(float(told.max(initial=length_s)), _HIGHEST * length_s) * 1.05
