"""A plot of the time left that estimators promise, beside the true one.

Draws what `eta` estimates. Estimates nothing and keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from simimport.analysis.estimators import Estimator, estimators_of
from simimport.analysis.eta import Promises, promises
from simimport.analysis.observe import observe
from simimport.analysis.plots.axes import (
    axes,
    duration_axis,
    heading,
    ink,
    legend,
    paper_is_dark,
    run_of,
    time_axis,
)
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS
from simimport.show.words import counted, duration

if TYPE_CHECKING:
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
    "trend": STATE_COLORS[State.ERROR],
}
_OTHERS = (STATE_COLORS[State.READY], *_COLORS.values())
# higher promises than this, relative to the true time left at the beginning, are cut off
_HIGHEST = 1.8


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
    run, estimators = run_of(run), estimators_of(methods, _METHODS)
    observed = observe(run, every_s=every_s)
    ax = axes(ax)
    end_s = run.duration_s
    begin_s = end_s - run.importing_s if math.isfinite(run.importing_s) else end_s
    style: dict[str, Any] = {"color": ink(ax), "linewidth": 1.4, "linestyle": "--", "zorder": 4}
    handles: list[Any] = ax.plot([begin_s, end_s], [end_s - begin_s, 0], label="in truth", **style)
    others = cycle(_OTHERS)
    for name, estimator in estimators.items():
        color = _COLORS.get(name) or next(others)
        handles += _draw_promises(ax, name, promises(observed, estimator), color)
    length_s = max(end_s - begin_s, 1e-3)
    time_axis(ax, end_s)
    ax.set_xlim(begin_s if begin_s < end_s else 0.0, begin_s + length_s * 1.01)
    duration_axis(ax.yaxis, "time left", most=7)
    ax.set_ylim(0, max(_highest(ax, length_s), 1e-3))
    legend(ax, handles)
    users = counted(run.truth.users, "user")
    heading(ax, f"{users} in {duration(length_s)}; polled every {duration(every_s)}")
    return ax


def _draw_promises(ax: Axes, name: str, promised: Promises, color: str) -> list[Any]:
    at_s, left_s, low_s, high_s = promised
    within = np.isfinite(low_s) & np.isfinite(high_s)
    if within.any():
        alpha = 0.5 if paper_is_dark(ax) else 0.25
        style: dict[str, Any] = {"color": color, "alpha": alpha, "linewidth": 0}
        ax.fill_between(at_s, low_s, high_s, where=within, label=f"{name}, interval", **style)
    [line] = ax.plot(at_s, left_s, color=color, linewidth=1.5, label=name, zorder=3)
    band = [Patch(color=color, alpha=0.35, label=f"{name}, its interval")] if within.any() else []
    return [line, *band]


def _highest(ax: Axes, length_s: float) -> float:
    """Return where the y axis ends: at the highest promise, if that is not too far off."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    drawn = drawn[np.isfinite(drawn)]
    return min(float(drawn.max(initial=length_s)), _HIGHEST * length_s) * 1.05
