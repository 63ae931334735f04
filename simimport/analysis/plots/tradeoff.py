"""A plot of what asking more often costs, and what it buys.

Takes the frame of a trade-off. Polls nothing and simulates nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from simimport.analysis.plots.axes import (
    axes,
    count_axis,
    duration_axis,
    heading,
    ink,
    require_columns,
)
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

#: What the y axis says, by the column that it shows.
_LABELS = {
    "staleness_users": "users processed and not yet shown",
    "staleness_s": "age of what is shown",
    "delay_s": "from the end until the client knows",
    "delay_p95_s": "from the end until the client knows, 95th percentile",
}


def tradeoff(
    frame: pd.DataFrame, ax: Axes | None = None, *, y: str = "staleness_users", wanted: float | None = None
) -> Axes:
    """Return axes with the polls per import against how far behind they leave a client.

    Parameters
    ----------
    frame : DataFrame
        The frame `tradeoff`, as `polling_tradeoff` returns it.
    ax : Axes, optional
        Where to draw; None makes a figure.
    y : {"staleness_users", "staleness_s", "delay_s", "delay_p95_s"}
        Its column along the y axis.
    wanted : float, optional
        How far behind is acceptable, in the unit of `y`: a line, with the interval that just keeps to it.

    Returns
    -------
    Axes
        x in polls, on a logarithmic scale; y in users or seconds. Each point is an interval, named beside it.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows or lacks a column, `y` is no such column, or `wanted` no number
        above 0.

    Examples
    --------
    >>> from simimport import Scenario, plots, polling_tradeoff
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 2, 5, 10], replicates=20)
    >>> ax = plots.tradeoff(bought, wanted=100)
    >>> ax.get_title(loc="left")
    'at most 100 users: poll every 5.3 s, 9 times per import'
    """
    if y not in _LABELS:
        raise ParameterError("y", y, ", ".join(_LABELS))
    require_columns(frame, "frame", ("every_s", "polls", y))
    ax = axes(ax)
    ordered = frame.sort_values("every_s")
    polls, values = (ordered[name].to_numpy(dtype=float) for name in ("polls", y))
    ax.plot(polls, values, color=PUBLISHED_COLOR, linewidth=1.8, marker="o", markersize=5, label=y)
    for x, value, every_s in zip(polls, values, ordered["every_s"], strict=True):
        interval = duration(every_s, exact=True)
        ax.annotate(interval, (x, value), (5, 4), textcoords="offset points", fontsize="small", color=ink(ax))
    _scales(ax, y, polls, values)
    heading(ax, _bought(ax, ordered, y, wanted))
    return ax


def _scales(ax: Axes, y: str, polls: Floats, values: Floats) -> None:
    ax.set_xscale("log")
    ax.set_xlim(max(polls.min() / 1.3, 1e-3), polls.max() * 1.5)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("polls per import")
    (count_axis if y == "staleness_users" else duration_axis)(ax.yaxis, _LABELS[y])
    highest = float(np.nanmax(values, initial=0.0))
    ax.set_ylim(0, max(highest, 1e-3) * 1.15)


def _bought(ax: Axes, ordered: pd.DataFrame, y: str, wanted: float | None) -> str:
    """Return what the frame says, and mark what is wanted."""
    shortest_s, longest_s = (float(ordered["every_s"].iloc[place]) for place in (0, -1))
    if wanted is None:
        ends = ranged(shortest_s, longest_s, duration)
        return f"{counted(len(ordered), 'interval')} from {ends}"
    limit = real("wanted", wanted, 1e-9, 1e12)
    at_most = f"at most {counted(limit, 'user') if y == 'staleness_users' else duration(limit)}"
    ax.axhline(limit, color=SHOWN_COLOR, linewidth=1.2, linestyle="--", zorder=1)
    ax.set_ylim(0, max(ax.get_ylim()[1], limit * 1.15))
    lowest, highest = float(ordered[y].iloc[0]), float(ordered[y].max())
    if math.isnan(highest):
        return f"{at_most}: never at work"
    if limit < lowest:
        return f"{at_most}: not even every {duration(shortest_s)}, the shortest tried"
    # what is longer than all that was tried nobody knows
    every_s = interval_for(ordered, y, min(limit, highest))
    # on the line that is drawn, which is straight between the points
    polls = float(np.interp(every_s, ordered["every_s"], ordered["polls"]))
    style: dict[str, Any] = {"marker": "o", "markersize": 10, "fillstyle": "none", "linestyle": "none"}
    ax.plot([polls], [min(limit, highest)], color=SHOWN_COLOR, label="wanted", **style)
    more = " or more, the longest tried" if limit > highest else ""
    return f"{at_most}: poll every {duration(every_s)}{more}, {counted(round(polls), 'time')} per import"
