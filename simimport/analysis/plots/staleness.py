"""A plot of polling: how far what a client shows lags behind the work.

Reads a record, or a frame of polls, and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.analysis.observe import observe
from simimport.analysis.plots.axes import (
    axes,
    count_axis,
    heading,
    ink,
    legend,
    magnifier,
    paper,
    paper_is_dark,
    require_columns,
    time_axis,
    unpublished_label,
)
from simimport.model.run.run import Run
from simimport.model.states import State
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["SHOWN_COLOR", "staleness"]

#: What a client shows, beside what was published and what is true.
SHOWN_COLOR = STATE_COLORS[State.CANCELED]

_COLUMNS = ("answered_s", "state", "completed", "error", "updated_at_s", "staleness_users")
# a magnifying glass for so many polls, where so many more are too many to tell apart
_ZOOM_POLLS, _ZOOM_FROM = 4, 12
_GLASS = (0.30, 0.56, 0.42, 0.36)
# what the gap leaves above itself for the glass
_ROOM = 2.3


class _Curves(NamedTuple):
    """Three counts of processed users against time, as polygons; when the import works; what a label says."""

    truth: tuple[Floats, Floats]
    published: tuple[Floats, Floats] | None
    shown: tuple[Floats, Floats]
    begin_s: float
    end_s: float
    unpublished: str


def staleness(run: Run | pd.DataFrame, ax: Axes | None = None, *, every_s: float = 5.0) -> Axes:
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

    Returns
    -------
    Axes
        x in seconds, from when the work begins to when the client knows that it is over; y in users. The
        lower area is processed and not yet published, which no poller can help; the upper one is published
        and not yet asked for. Where the polls are too many to tell apart, a few are magnified: there the
        counters themselves are drawn, in truth, as published and as shown.

    Raises
    ------
    ParameterError
        If what is given is neither, the frame lacks a column, `ax` is no Axes, or `every_s` out of range.

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
    if isinstance(run, Run):
        observed = observe(run, every_s=every_s)
        curves, sentence = _of_run(run, observed), _sentence_of_run(run, every_s)
    else:
        require_columns(run, "run", _COLUMNS)
        observed, curves = run, _of_frame(run)
        sentence = _sentence_of_frame(observed, curves)
    ax = axes(ax)
    at_s, behind = _gap(curves.truth, curves.shown, curves)
    faint: dict[str, Any] = {"alpha": 0.6 if paper_is_dark(ax) else 0.5, "linewidth": 0}
    # of a frame the two cannot be told apart between its polls
    label = "processed, not shown" if curves.published is None else "published, not asked for"
    handles = [ax.fill_between(at_s, 0, behind, color=SHOWN_COLOR, label=label, **faint)]
    handles += _unpublished(ax, observed, curves)
    _frame_of_gap(ax, curves, float(behind.max(initial=0.0)))
    if curves.published is not None:
        handles += _magnify(ax, observed, curves)
    legend(ax, handles)
    heading(ax, sentence)
    return ax


def _of_run(run: Run, observed: pd.DataFrame) -> _Curves:
    last_s = float(observed["answered_s"].iloc[-1])
    begin_s = run.duration_s - run.importing_s if math.isfinite(run.importing_s) else last_s
    finished_s = run.truth.finished_us / 1e6
    truth = _steps(np.r_[0.0, finished_s], np.arange(len(finished_s) + 1.0), last_s)
    rows = run.snapshots
    counts = (rows["completed"] + rows["error"]).to_numpy(dtype=float)
    published = _steps(rows["at_s"].to_numpy(), counts, last_s)
    return _Curves(truth, published, _shown(observed), begin_s, last_s, unpublished_label(run))


def _of_frame(observed: pd.DataFrame) -> _Curves:
    at_s, shown = observed["answered_s"].to_numpy(dtype=float), _processed(observed)
    working = np.flatnonzero((observed["state"] == State.IMPORTING).to_numpy())
    begin_s = at_s[max(int(working[0]) - 1, 0)] if len(working) else at_s[-1]
    return _Curves((at_s, shown + observed["staleness_users"].to_numpy(dtype=float)), None, _shown(observed),
                   float(begin_s), float(at_s[-1]), "processed, not published, at the polls")  # fmt: skip


def _processed(observed: pd.DataFrame) -> Floats:
    processed: Floats = (observed["completed"] + observed["error"]).to_numpy(dtype=float)
    return processed


def _shown(observed: pd.DataFrame) -> tuple[Floats, Floats]:
    at_s = observed["answered_s"].to_numpy(dtype=float)
    # before the first answer a client shows nothing
    return _steps(np.r_[min(at_s[0], 0.0), at_s], np.r_[0.0, _processed(observed)], float(at_s[-1]))


def _steps(at_s: Floats, counts: Floats, end_s: float) -> tuple[Floats, Floats]:
    """Return the corners of a staircase, to an instant."""
    inside = at_s <= end_s
    at_s, counts = np.r_[at_s[inside], end_s], counts[inside]
    return np.repeat(at_s, 2)[1:-1], np.repeat(counts, 2)


def _gap(high: tuple[Floats, Floats], low: tuple[Floats, Floats], curves: _Curves) -> tuple[Floats, Floats]:
    """Return the difference of two polygons during the work: before and after each of their corners."""
    instants = np.unique(np.r_[high[0], low[0], curves.begin_s, curves.end_s])
    instants = instants[(instants >= curves.begin_s) & (instants <= curves.end_s)]
    before, after = (_at(*high, instants, side) - _at(*low, instants, side) for side in ("left", "right"))
    return np.repeat(instants, 2)[1:-1], np.stack([before, after], axis=1).ravel()[1:-1]


def _at(at_s: Floats, counts: Floats, instants: Floats, side: Any) -> Floats:
    """Return a polygon at some instants; where it jumps, before (left) or after (right)."""
    after = np.searchsorted(at_s, instants, side=side).clip(1, len(at_s) - 1)
    x0, x1, y0, y1 = at_s[after - 1], at_s[after], counts[after - 1], counts[after]
    width = np.where(x1 > x0, x1 - x0, 1.0)
    share = np.where(x1 > x0, np.clip((instants - x0) / width, 0, 1), float(side == "right"))
    found: Floats = y0 + share * (y1 - y0)
    return found


def _unpublished(ax: Axes, observed: pd.DataFrame, curves: _Curves) -> list[Any]:
    label = curves.unpublished
    if curves.published is not None:
        at_s, hidden = _gap(curves.truth, curves.published, curves)
        return [ax.fill_between(at_s, 0, hidden, color=TRUTH_COLOR, alpha=0.85, linewidth=0, label=label)]
    at_s = observed["answered_s"].to_numpy(dtype=float)
    inside = at_s >= curves.begin_s
    hidden = observed["staleness_users"].to_numpy(dtype=float)
    return ax.plot(
        at_s[inside], hidden[inside], linestyle="none", marker="o", markersize=4.5, color=TRUTH_COLOR,
        markeredgecolor=paper(ax), markeredgewidth=0.7, label=label,
    )  # fmt: skip


def _frame_of_gap(ax: Axes, curves: _Curves, most: float) -> None:
    length_s = max(curves.end_s - curves.begin_s, 1e-3)
    time_axis(ax, curves.end_s)
    ax.set_xlim(curves.begin_s, curves.begin_s + length_s)
    count_axis(ax.yaxis, "users behind the truth")
    ax.set_ylim(0, max(most, 1.0) * 1.06)


def _magnify(ax: Axes, observed: pd.DataFrame, curves: _Curves) -> list[Any]:
    """Draw the counters themselves around a few polls, above the gap."""
    at_s = observed["answered_s"].to_numpy(dtype=float)
    inside = np.flatnonzero((at_s > curves.begin_s) & (at_s < curves.end_s))
    if len(inside) < _ZOOM_FROM or curves.published is None:
        return []
    ax.set_ylim(0, ax.get_ylim()[1] * _ROOM)
    middle = int(inside[len(inside) // 2])
    begin_s, end_s = at_s[middle] - (at_s[middle + 1] - at_s[middle]) / 2, at_s[middle + _ZOOM_POLLS]
    glass = magnifier(ax, _GLASS)
    glass.set_facecolor(paper(ax))
    drawn = (
        (curves.truth, TRUTH_COLOR, 1.2, "in truth"),
        (curves.published, PUBLISHED_COLOR, 1.9, "published"),
        (curves.shown, SHOWN_COLOR, 1.9, "shown by the client"),
    )
    limits = np.array([begin_s, end_s])
    handles = []
    for (x, y), color, width, label in drawn:
        first = max(int(np.searchsorted(x, begin_s)) - 1, 0)
        kept = slice(first, int(np.searchsorted(x, end_s, side="right")) + 1)
        handles += glass.plot(x[kept], y[kept], color=color, linewidth=width, label=label)
    low, high = _at(*curves.shown, limits, "right")[0], _at(*curves.truth, limits, "left")[1]
    glass.set_xlim(begin_s, end_s)
    margin = max(0.06 * (high - low), 0.5)
    glass.set_ylim(low - margin, high + margin)
    # beside the glass there is paper; to its left, the labels of the axes
    glass.yaxis.tick_right()
    glass.set_title("the counters, magnified", loc="left", fontsize="x-small", color=ink(ax), pad=3)
    magnified = (begin_s, 0.0, end_s - begin_s, ax.get_ylim()[1] / _ROOM)
    ax.indicate_inset(magnified, glass, edgecolor=ink(ax), alpha=0.6)
    return handles


def _sentence_of_run(run: Run, every_s: float) -> str:
    """Return how far clients are behind in the mean, and how much of that no poller can help."""
    polled = f"; polled every {duration(every_s)}"
    begin_s, end_s = run.duration_s - run.importing_s, run.duration_s
    if not end_s > begin_s:
        return f"never at work{polled}"
    rows = run.snapshots
    users = np.diff((rows["completed"] + rows["error"]).to_numpy(dtype=float), prepend=0.0)
    since_s = (end_s - rows["at_s"]).to_numpy()
    processed = (end_s - run.truth.finished_us / 1e6).sum()
    published = users @ since_s
    # At t a client shows what was published at its last poll, which was at any instant of the interval before
    # t: in the mean over phases, the mean of the published over that interval. What a flush adds to it grows
    # from 0 to all of its users in an interval, of which the integral over t is a difference of squares.
    shown = users @ (since_s**2 - np.maximum(since_s - every_s, 0.0) ** 2) / (2 * every_s)
    behind, hidden = ((processed - part) / (end_s - begin_s) for part in (shown, published))
    return _sentence(behind, hidden) + polled


def _sentence_of_frame(observed: pd.DataFrame, curves: _Curves) -> str:
    """Return how far behind the client of a frame is in the mean, and how much of that no poller can help."""
    length_s = curves.end_s - curves.begin_s
    if length_s <= 0:
        return "never at work"
    working = observed.loc[observed["state"] == State.IMPORTING, "staleness_users"]
    return _sentence(_area(*_gap(curves.truth, curves.shown, curves)) / length_s, float(working.mean()))


def _sentence(behind: float, hidden: float) -> str:
    unpublished = number(0 if math.isnan(hidden) else round(hidden))
    return f"{counted(round(behind), 'user')} behind in the mean, {unpublished} of them unpublished"


def _area(at_s: Floats, counts: Floats) -> float:
    # by trapezoids; what NumPy calls them changed with its version 2
    return float((np.diff(at_s) * (counts[1:] + counts[:-1]) / 2.0).sum())
