"""A plot of the time left that estimators promise, beside the true one.

Draws what `eta` estimates. Estimates nothing and keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simimport.analysis.estimators import Estimator, estimators_of
from simimport.analysis.eta import Promises, promises
from simimport.analysis.observe import observe
from simimport.analysis.plots.axes import SINCE_CREATION, axes, duration_axis, heading, nothing, reach, run_of
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.ink import faint, ink
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.runs.states import ended_early
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS
from simimport.show.words import counted, duration

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
    "trend": STATE_COLORS[State.ERROR],
}
_OTHERS = (STATE_COLORS[State.READY], *reversed(_COLORS.values()))
# more polls are not told apart, and estimators look at so many numbers in all at the most
_MOST_POLLS, _MOST_NUMBERS = 2_000, 5_000_000
# higher promises than this, relative to the true time left at the beginning, are cut off
_HIGHEST = 1.8


def eta(
    run: Run,
    ax: Axes | None = None,
    *,
    every_s: float = 5.0,
    methods: Iterable[str] | Mapping[str, Estimator] | None = None,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
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
    label : str, optional
        What the legend says before the name of each method, or instead of it where there is but one.
    color : color, optional
        That of all methods; without it, each has its own.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how long it took; an empty one for none.
    **kwargs
        Properties of the methods' lines.

    Returns
    -------
    Axes
        x and y in seconds; the truth is the straight line down to the end, and a method with an interval has
        it as a band. What is promised far above the truth is cut off at the top. Of more than 2,000 polls at
        work, estimators are asked at some: where the document changed, before that, and evenly in between.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no flat Axes, `every_s` out of range, a method unknown, or what is said of
        the look is none.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.eta(simulate(users=2000, seed=7), every_s=1, methods=["exponential", "anchored"])
    >>> [line.get_label() for line in ax.lines]
    ['in truth', 'exponential', 'anchored']
    """
    run, estimators = run_of(run), estimators_of(methods, _METHODS)
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    observed = observe(run, every_s=every_s)
    ax, rows = axes(ax), _rows_to_draw(observed)
    end_s = run.duration_s
    begin_s = end_s - run.importing_s if math.isfinite(run.importing_s) else end_s
    style: dict[str, Any] = {"color": ink(ax), "linewidth": 1.4, "linestyle": "--", "zorder": 4}
    handles: list[Any] = ax.plot([begin_s, end_s], [end_s - begin_s, 0], label="in truth", **style)
    taken = {line.get_color() for line in ax.lines}
    others = cycle([color for color in _OTHERS if color not in taken] or _OTHERS)
    for name, estimator in estimators.items():
        own = _COLORS.get(name)
        if own is None or own in taken:
            own = next(others)
        called = _called(ax, look, name, alone=len(estimators) == 1)
        promised = Promises(*(column[rows] for column in promises(observed, estimator, rows)))
        handles += _draw_promises(ax, called, promised, look, look.color or own)
    length_s = max(end_s - begin_s, 1e-3)
    duration_axis(ax.xaxis, SINCE_CREATION)
    reach(ax, "x", begin_s if begin_s < end_s else 0.0, begin_s + length_s * 1.01)
    duration_axis(ax.yaxis, "time left", most=7)
    reach(ax, "y", 0, max(_highest(ax, length_s), 1e-3))
    if not math.isfinite(run.importing_s):
        nothing(ax, "never at work: nothing to promise")
        handles = []
    draw_legend(ax, handles, where=look.legend)
    heading(ax, _sentence(run, every_s), "eta", look)
    return ax


def _sentence(run: Run, every_s: float) -> str:
    users = counted(run.truth.users, "user")
    if not math.isfinite(run.importing_s):
        return f"{users}: never at work; polled every {duration(every_s)}"
    ended = ended_early(run).removeprefix("; it")
    then = f", then it{ended}" if ended else ""
    return f"{users} in {duration(run.importing_s)}{then}; polled every {duration(every_s)}"


def _rows_to_draw(observed: pd.DataFrame) -> NDArray[np.int64]:
    """Return the polls at which estimators are asked: all, or of too many those that tell most, and some."""
    working = np.flatnonzero((observed["state"] == State.IMPORTING).to_numpy())
    if len(working) <= _MOST_POLLS:
        return np.arange(len(observed))
    # an estimator looks at all documents before: of many of these, it is asked less often
    news = working[observed["changed"].to_numpy()[working]]
    most = min(max(_MOST_NUMBERS // max(len(news), 1), _MOST_POLLS // 10), _MOST_POLLS)
    fresh = news[few(len(news), most // 4)]
    return np.unique(np.r_[working[few(len(working), most // 2)], fresh, fresh - 1])


def _called(ax: Axes, look: Manner, name: str, *, alone: bool) -> str:
    """Return what the legend calls a method."""
    return look.label if alone and look.label is not None else look.prefixed(room_of(ax), "eta", name)


def _draw_promises(ax: Axes, name: str, promised: Promises, look: Manner, color: Any) -> list[Any]:
    at_s, left_s, low_s, high_s = promised
    within = np.isfinite(low_s) & np.isfinite(high_s)
    if within.any():
        style: dict[str, Any] = {"color": color, "alpha": faint(ax, 0.25, 0.5), "linewidth": 0}
        ax.fill_between(at_s, low_s, high_s, where=within, label=f"{name}, interval", **style)
    [line] = ax.plot(at_s, left_s, **look.style(color=color, linewidth=1.5, label=name, zorder=3))
    band = [Patch(color=color, alpha=0.35, label=f"{name}, its interval")] if within.any() else []
    return [line, *band]


def _highest(ax: Axes, length_s: float) -> float:
    """Return where the y axis ends: at the highest promise, if that is not too far off."""
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    drawn = drawn[np.isfinite(drawn)]
    return min(float(drawn.max(initial=length_s)), _HIGHEST * length_s) * 1.05
