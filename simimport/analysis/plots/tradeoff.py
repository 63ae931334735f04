"""A plot of what asking more often costs, and what it buys.

Takes the frame of a trade-off. Polls nothing and simulates nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from simimport.analysis.plots.axes import (
    axes,
    axis_label,
    count_axis,
    duration_axis,
    heading,
    nothing,
    reach,
    require_columns,
)
from simimport.analysis.plots.layout.ink import faint, ink
from simimport.analysis.plots.layout.labels import keep_apart
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.layout.ticks import Worded
from simimport.analysis.plots.staleness import SHOWN_COLOR
from simimport.analysis.polling import interval_for
from simimport.checks import real
from simimport.errors import ParameterError
from simimport.show.palette import PUBLISHED_COLOR
from simimport.show.words import counted, duration, number, ranged

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["tradeoff"]

# so many points of the curve from one interval to the next
_STEPS = 24


class _Measure(NamedTuple):
    """What the y axis says, shorter too, and how a wanted value of it is said."""

    axis: str
    short: str
    wanted: str


_MEASURES = {
    "staleness_users": _Measure("users not yet shown, mean", "users behind, mean", "a mean of {} behind"),
    "staleness_s": _Measure("age of what is shown, mean", "age shown, mean", "a mean age of {}"),
    "staleness_s_p95": _Measure("age of what is shown, 95th percentile", "age shown, 95 %",
                                "an age up to {} for 95 % of the time"),
    "staleness_s_max": _Measure("age of what is shown, largest", "age shown, largest", "a largest age of {}"),
    "delay_s": _Measure("from the end until the client knows, mean", "delay, mean", "a mean delay of {}"),
    "delay_p95_s": _Measure("from the end until the client knows, 95th percentile", "delay, 95 %",
                            "a delay of {} in 95 % of imports"),
}  # fmt: skip


class _Curve(NamedTuple):
    """A measure of the intervals in between, too: intervals, polls and values, from the shortest on."""

    every_s: Floats
    polls: Floats
    values: Floats

    def at(self, every_s: float) -> tuple[float, float]:
        """Return polls and value of an interval."""
        # polls are about as many as intervals fit into the import
        polls = float(np.interp(1 / every_s, 1 / self.every_s[::-1], self.polls[::-1]))
        return polls, float(np.interp(every_s, self.every_s, self.values))

    def drawn(self) -> tuple[Floats, Floats]:
        """Return corners so many that the line is as curved as it is."""
        if len(self.every_s) < 2:
            return self.polls, self.values
        place = np.arange(len(self.every_s))
        fine = np.interp(np.linspace(0, len(place) - 1, _STEPS * (len(place) - 1) + 1), place, self.every_s)
        x, y = zip(*map(self.at, fine.tolist()), strict=True)
        return np.array(x), np.array(y)


def tradeoff(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    y: str = "staleness_users",
    wanted: float | None = None,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the polls per import against how far behind they leave a client.

    Parameters
    ----------
    frame : DataFrame
        The frame `tradeoff`, as `polling_tradeoff` returns it.
    ax : Axes, optional
        Where to draw; None makes a figure.
    y : str, default "staleness_users"
        Its column along the y axis: ``staleness_users``; ``staleness_s``, which is the mean age of what is
        shown, ``staleness_s_p95`` or ``staleness_s_max``, the largest; ``delay_s`` or ``delay_p95_s``.
    wanted : float, optional
        How far behind is acceptable, in the unit of `y`: a line, and where the curve meets it a ring, with
        the interval of `interval_for`.
    label : str, optional
        What a legend calls the curve; without it there is none, but where two curves are told apart.
    color : color, optional
        That of the curve.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says what is wanted and how often to poll for it; an empty one for none.
    **kwargs
        Properties of the points, which are a line.

    Returns
    -------
    Axes
        x in polls, on a logarithmic scale; y in users or seconds. Each point is an interval, named beside it,
        with a bar from the lower to the upper limit of its measure where the frame has both.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows or lacks a column, `y` is no such column, `wanted` no number above
        0, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import Scenario, plots, polling_tradeoff
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 2, 5, 10], replicates=20)
    >>> ax = plots.tradeoff(bought, y="staleness_s_max", wanted=5)
    >>> ax.get_title(loc="left")
    'a largest age of 5 s: poll every 3.2 s, 14 times per import'
    """
    if y not in _MEASURES:
        raise ParameterError("y", y, ", ".join(_MEASURES))
    require_columns(frame, "frame", ("every_s", "polls", y), "what polling_tradeoff() returned")
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    limit = None if wanted is None else real("wanted", wanted, 1e-9, 1e12)
    ax = axes(ax)
    ordered = frame.sort_values("every_s")
    curve = _Curve(*(ordered[name].to_numpy(dtype=float) for name in ("every_s", "polls", y)))
    handles = _draw_curve(ax, ordered, y, curve, look)
    _scales(ax, ordered, y, curve, limit)
    if np.isnan(curve.values).all():
        nothing(ax, "never at work: nothing to be behind")
    if label is not None or room_of(ax).count("tradeoff"):
        draw_legend(ax, handles, where=look.legend)
    heading(ax, _bought(ax, ordered, y, curve, limit), "tradeoff", look)
    return ax


def _draw_curve(ax: Axes, ordered: pd.DataFrame, y: str, curve: _Curve, look: Manner) -> list[Any]:
    color = look.color_on(room_of(ax), "tradeoff", PUBLISHED_COLOR)
    name = look.label_on(room_of(ax), "tradeoff", y)
    ax.plot(*curve.drawn(), color=color, linewidth=1.8, label=f"{name}, between")
    limits = [f"{y}_low", f"{y}_high"]
    if all(end in ordered for end in limits):
        low, high = (ordered[end].to_numpy(dtype=float) for end in limits)
        # what has no upper limit has no bar
        kept = np.isfinite(low) & np.isfinite(high)
        bars: dict[str, Any] = {"color": color, "linewidth": 5, "alpha": faint(ax, 0.35, 0.5)}
        ax.vlines(curve.polls[kept], low[kept], high[kept], label=f"{name}, interval", **bars)
    style = look.style(color=color, linestyle="none", marker="o", markersize=5, label=name, zorder=3)
    [points] = ax.plot(curve.polls, curve.values, **style)
    if room_of(ax).count("tradeoff"):
        # the intervals are named already
        return [points]
    near: dict[str, Any] = {"xytext": (5, 4), "textcoords": "offset points", "fontsize": "small"}
    keep_apart(ax, [
        ax.annotate(duration(every_s, exact=True), (x, value), color=ink(ax), **near)
        for x, value, every_s in zip(curve.polls, curve.values, curve.every_s, strict=True)
    ])  # fmt: skip
    return [points]


def _scales(ax: Axes, ordered: pd.DataFrame, y: str, curve: _Curve, limit: float | None) -> None:
    ax.set_xscale("log")
    reach(ax, "x", max(curve.polls.min() / 1.3, 1e-3), curve.polls.max() * 1.5)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    ax.xaxis.set_major_formatter(Worded(number))
    ax.xaxis.set_minor_formatter(NullFormatter())
    axis_label(ax.xaxis, "polls per import")
    measure = _MEASURES[y]
    if y == "staleness_users":
        count_axis(ax.yaxis, measure.axis, short=measure.short)
    else:
        duration_axis(ax.yaxis, measure.axis)
        axis_label(ax.yaxis, measure.axis, measure.short)
    tops = [*curve.values, limit or 0.0, *ordered.get(f"{y}_high", [])]
    highest = max((top for top in tops if math.isfinite(top)), default=0.0)
    reach(ax, "y", 0, max(highest, 1e-3) * 1.15)


def _bought(ax: Axes, ordered: pd.DataFrame, y: str, curve: _Curve, limit: float | None) -> str:
    """Return what the frame says, and mark what is wanted."""
    shortest_s, longest_s = float(curve.every_s[0]), float(curve.every_s[-1])
    if limit is None:
        ends = ranged(shortest_s, longest_s, duration)
        return f"{counted(len(ordered), 'interval')} from {ends}"
    said = counted(limit, "user") if y == "staleness_users" else duration(limit)
    aim = _MEASURES[y].wanted.format(said)
    ax.axhline(limit, color=SHOWN_COLOR, linewidth=1.2, linestyle="--", zorder=1)
    lowest, highest = float(curve.values[0]), float(np.max(curve.values))
    if math.isnan(highest):
        return f"{aim}: never at work"
    if limit < lowest:
        return f"{aim}: not even every {duration(shortest_s)}, the shortest tried"
    # what is longer than all that was tried nobody knows
    every_s = interval_for(ordered, y, min(limit, highest))
    # on the curve that is drawn, also where it dips
    polls, value = curve.at(every_s)
    style: dict[str, Any] = {"marker": "o", "markersize": 10, "fillstyle": "none", "linestyle": "none"}
    ax.plot([polls], [value], color=SHOWN_COLOR, label="wanted", **style)
    more = " or more, the longest tried" if limit > highest else ""
    return f"{aim}: poll every {duration(every_s)}{more}, {counted(round(polls), 'time')} per import"
