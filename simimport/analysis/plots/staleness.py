"""A plot of polling: how far what a client shows lags behind the work.

Reads a record, or a frame of polls, and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from simimport.analysis.observe import observe
from simimport.analysis.plots.axes import (
    SINCE_CREATION,
    axes,
    count_axis,
    duration_axis,
    heading,
    nothing,
    reach,
    require_columns,
)
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.glass import magnifier
from simimport.analysis.plots.layout.ink import faint, paper
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.runs.states import ended_early
from simimport.analysis.plots.staleness_curves import (
    Curves,
    at_instants,
    gap,
    of_frame,
    of_run,
    sentence_of_frame,
    sentence_of_run,
)
from simimport.model.run.run import Run
from simimport.model.states import State
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.room import Room

__all__ = ["SHOWN_COLOR", "staleness"]

#: What a client shows, beside what was published and what is true.
SHOWN_COLOR = STATE_COLORS[State.CANCELED]

_COLUMNS = ("answered_s", "state", "completed", "error", "updated_at_s", "staleness_users")
# a magnifying glass for so many polls, where so many more are too many to tell apart
_ZOOM_POLLS, _ZOOM_FROM = 4, 12
_GLASS = (0.30, 0.49, 0.42, 0.34)
# what the gap leaves above itself for the glass
_ROOM = 2.4


def staleness(
    run: Run | pd.DataFrame,
    ax: Axes | None = None,
    *,
    every_s: float = 5.0,
    zoom: bool = True,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with how many users a client's counters are behind the truth, over time.

    Parameters
    ----------
    run : Run, or DataFrame
        The record, polled here; or the frame `observed` of a run, where jitter and latency are in it. A
        frame tells the truth at its polls alone, and between them a straight line is drawn.
    ax : Axes, optional
        Where to draw; None makes a figure.
    every_s : float, default 5.0
        Of a run: seconds between two polls.
    zoom : bool, default True
        Whether a few polls are magnified where they are too many to tell apart and there is room.
    label : str, optional
        What the legend calls the area of what is published and not yet asked for.
    color : color, optional
        That of this area.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how far behind the client is; an empty one for none.
    **kwargs
        Properties of this area, which is a collection of polygons.

    Returns
    -------
    Axes
        x in seconds, from when the work begins to when the client knows that it is over; y in users. The
        lower area is processed and not yet published, which no poller can help; the upper one is published
        and not yet asked for. Where the polls are too many to tell apart, a few are magnified: there the
        counters themselves are drawn, in truth, as published and as shown. Of more than 10,000 polls, or
        users, as many are drawn, evenly chosen.

    Raises
    ------
    ParameterError
        If what is given is neither, the frame lacks a column, `ax` is no flat Axes, `every_s` is out of
        range, or what is said of the look is none.

    Notes
    -----
    A run's polls are drawn as `observe` makes them, from time 0 on; other clients ask in between. The means
    in the heading are over the time of importing and over all phases that polls so far apart may have, as
    those of `polling_tradeoff`. Of a frame they are over its own polls.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.staleness(simulate(users=1000, seed=7), every_s=5)
    >>> ax.get_title(loc="left")
    '93 users behind in the mean, 24 of them unpublished; polled every 5 s'
    """
    look = manner(PolyCollection, kwargs, label=label, color=color, legend=legend, title=title)
    if isinstance(run, Run):
        observed = observe(run, every_s=every_s)
        curves, sentence = of_run(run, observed), sentence_of_run(run, every_s) + ended_early(run)
    else:
        require_columns(run, "run", _COLUMNS, "a Run, or what observe() returned")
        observed, curves = run, of_frame(run)
        sentence = sentence_of_frame(observed, curves)
    ax = axes(ax)
    first = not room_of(ax).drawn
    handles, most = _draw_gap(ax, observed, curves, look)
    duration_axis(ax.xaxis, SINCE_CREATION)
    worked = curves.end_s > curves.begin_s
    reach(ax, "x", curves.begin_s if worked else 0.0, max(curves.end_s, 1e-3))
    count_axis(ax.yaxis, "users behind the truth")
    reach(ax, "y", 0, max(most, 1.0) * 1.06)
    if most <= 0:
        nothing(ax, "nothing to be behind of: " + ("no users" if worked else "never at work"))
        handles = []
    elif zoom and first and curves.published is not None:
        handles += _magnify(ax, observed, curves, handles[0].get_facecolor()[0])
    draw_legend(ax, handles, where=look.legend)
    heading(ax, sentence, "staleness", look)
    return ax


def _draw_gap(ax: Axes, observed: pd.DataFrame, curves: Curves, look: Manner) -> tuple[list[Any], float]:
    """Draw what is not shown, and of it what is not published; return how high it reaches, too."""
    room = room_of(ax)
    at_s, behind = gap(curves.truth, curves.shown, curves)
    # of a frame the two cannot be told apart between its polls
    usual = "processed, not shown" if curves.published is None else "published, not asked for"
    style = look.style(
        color=look.color_on(room, "staleness", SHOWN_COLOR), alpha=faint(ax, 0.5, 0.6), linewidth=0,
        label=look.label_on(room, "staleness", usual),
    )  # fmt: skip
    handles = [ax.fill_between(at_s, 0, behind, **style)]
    return [*handles, *_unpublished(ax, observed, curves)], float(behind.max(initial=0.0))


def _unpublished(ax: Axes, observed: pd.DataFrame, curves: Curves) -> list[Any]:
    label = curves.unpublished
    if curves.published is not None:
        at_s, hidden = gap(curves.truth, curves.published, curves)
        return [ax.fill_between(at_s, 0, hidden, color=TRUTH_COLOR, alpha=0.85, linewidth=0, label=label)]
    at_s = observed["answered_s"].to_numpy(dtype=float)
    inside = at_s >= curves.begin_s
    hidden = observed["staleness_users"].to_numpy(dtype=float)
    seen = np.flatnonzero(inside)
    seen = seen[few(len(seen))]
    return ax.plot(
        at_s[seen], hidden[seen], linestyle="none", marker="o", markersize=4.5, color=TRUTH_COLOR,
        markeredgecolor=paper(ax), markeredgewidth=0.7, label=label,
    )  # fmt: skip


def _magnify(ax: Axes, observed: pd.DataFrame, curves: Curves, color: Any) -> list[Any]:
    """Draw the counters themselves around a few polls, above the gap."""
    at_s = observed["answered_s"].to_numpy(dtype=float)
    inside = np.flatnonzero((at_s > curves.begin_s) & (at_s < curves.end_s))
    if len(inside) < _ZOOM_FROM or curves.published is None:
        return []
    high = ax.get_ylim()[1]
    first = _busiest(at_s, inside, curves)
    begin_s, end_s = at_s[first] - (at_s[first + 1] - at_s[first]) / 2, at_s[first + _ZOOM_POLLS]
    glass = magnifier(ax, _GLASS)
    room_of(ax).hooks.append(_Above(glass.ax, high))
    drawn = (
        (curves.truth, TRUTH_COLOR, 1.2, "in truth"),
        (curves.published, PUBLISHED_COLOR, 1.9, "published"),
        (curves.shown, to_hex(color), 1.9, "shown by the client"),
    )
    limits = np.array([begin_s, end_s])
    handles = []
    for curve, line_color, width, name in drawn:
        before, after = np.searchsorted(curve[0], begin_s), np.searchsorted(curve[0], end_s, side="right")
        x, y = (part[max(int(before) - 1, 0) : int(after) + 1] for part in curve)
        some = few(len(x))
        handles += glass.ax.plot(x[some], y[some], color=line_color, linewidth=width, label=name)
    shown, true = (
        at_instants(*curve, limits, side)[place]
        for curve, side, place in ((curves.shown, "right", 0), (curves.truth, "left", 1))
    )
    margin = max(0.06 * (true - shown), 0.5)
    glass.look_at((begin_s, shown - margin, end_s, true + margin))
    # beside the glass and above it there is paper; to its left, the labels of the axes, and below, the lead
    glass.ax.yaxis.tick_right()
    glass.ax.xaxis.tick_top()
    glass.ax.xaxis.set_label_position("top")
    # the labels of the ticks reach higher than they reach down
    glass.ax.xaxis.labelpad = 3
    glass.ax.set_xlabel(f"the counters, magnified, {glass.ax.get_xlabel()}", loc="left")
    glass.lead_from(ax, (begin_s, 0.0, end_s, high), (0.0, 0.0))
    ax.set_ylim(0, high * _ROOM)
    return handles


class _Above:
    """Room above the gap, where there is a glass in it."""

    def __init__(self, glass: Axes, high: float) -> None:
        self.glass, self.high = glass, high

    def __call__(self, room: Room, renderer: Any) -> None:
        """Make the axes as high as it takes, if they are still ours."""
        del renderer
        most = self.high * (_ROOM if self.glass.get_visible() else 1.0)
        if room.ax.get_ylim()[1] in (self.high, self.high * _ROOM):
            room.ax.set_ylim(0, most)


def _busiest(at_s: Any, inside: Any, curves: Curves) -> int:
    """Return the first of a few polls worth magnifying: near the middle, and while the work goes on."""
    last = len(at_s) - 1 - _ZOOM_POLLS
    firsts = inside[inside <= last] if (inside <= last).any() else inside[:1]
    counts = at_instants(*curves.truth, at_s, "right")
    grown = counts[np.minimum(firsts + _ZOOM_POLLS, len(at_s) - 1)] - counts[firsts]
    busy = np.flatnonzero(grown >= np.median(grown[grown > 0]) * 0.8) if (grown > 0).any() else np.arange(1)
    return int(firsts[busy[np.argmin(np.abs(busy - len(firsts) // 2))]])
