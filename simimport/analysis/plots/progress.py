"""A plot of one run against time: what was published beside the truth, upon the states it went through.

Reads the record and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.patches import Patch

from simimport.analysis.plots.axes import (
    axes,
    count_axis,
    heading,
    ink,
    legend,
    magnifier,
    paper_is_dark,
    run_of,
    time_axis,
    unpublished_label,
)
from simimport.analysis.plots.states import ending_in_words, stays_in_view
from simimport.model.dialects import dialect_of
from simimport.model.instants import microseconds
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simimport.model.run.run import Run
    from simimport.model.run.stays import Stay
    from simimport.model.run.timeline import Timeline

    Floats = NDArray[np.float64]

__all__ = ["progress"]

_ZOOM_BATCHES = 4
# with fewer steps than this the gap is seen without a magnifying glass
_ZOOM_FROM = 20
# left, bottom, width and height of places for the magnifying glass, as shares of the axes, best first
_ZOOM_PLACES = (
    (0.56, 0.13, 0.40, 0.36), (0.075, 0.57, 0.40, 0.36), (0.62, 0.13, 0.34, 0.26), (0.075, 0.67, 0.34, 0.26),
)  # fmt: skip


class _Lines(NamedTuple):
    """The published steps and the true ones, in seconds and users, and what the legend has of them."""

    published: tuple[Floats, NDArray[np.int64]]
    truth: tuple[Floats, Floats]
    handles: list[Any]


def progress(
    run: Run, ax: Axes | None = None, *, dialect: str = "docs", at_s: float | None = None, zoom: bool = True
) -> Axes:
    """Return axes with what was published of a run, in steps, against the true line.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.
    dialect : str, default "docs"
        Whose published counters and states are drawn. The truth is the same in all of them up to an
        interruption.
    at_s : float, optional
        An instant to mark, in seconds after the creation.
    zoom : bool, default True
        Whether a few batches are magnified where the steps are too small to see and a corner is free.

    Returns
    -------
    Axes
        x in seconds, y in users. The bands behind are the states; the one it ended in is drawn a little
        beyond the end. Between the lines lie the users processed and not yet published.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no Axes, or the dialect is unknown; ClockError if `at_s` is no instant.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.progress(simulate(users=500, seed=7))
    >>> ax.get_ylabel()
    'users processed'
    >>> ax.figure.savefig(folder / "progress.png")  # doctest: +SKIP
    """
    timeline = run_of(run).timeline(dialect_of(dialect))
    moment_s = None if at_s is None else microseconds(at_s) / 1e6
    ax = axes(ax)
    stays = stays_in_view(timeline)
    end_s = stays[-1].to_s
    _draw_bands(ax, stays)
    lines = _draw_lines(ax, run, timeline, end_s)
    time_axis(ax, end_s)
    count_axis(ax.yaxis, "users processed")
    ax.set_ylim(0, max(float(lines.published[1].max()), run.truth.users, 1) * 1.04)
    handles = [*lines.handles]
    if moment_s is not None:
        handles.append(ax.axvline(moment_s, color=ink(ax), linewidth=1.2, linestyle=":", label="this moment"))
    if zoom:
        _magnify(ax, run, lines)
    states = dict.fromkeys(stay.state for stay in stays)
    handles += [Patch(color=STATE_COLORS[state], label=state) for state in states]
    legend(ax, handles)
    heading(ax, ending_in_words(run, timeline))
    return ax


def _draw_bands(ax: Axes, stays: list[Stay]) -> None:
    alpha = 0.28 if paper_is_dark(ax) else 0.16
    for state, begin_s, end_s in stays:
        style: dict[str, Any] = {"facecolor": STATE_COLORS[state], "edgecolor": "none"}
        ax.axvspan(begin_s, end_s, alpha=alpha, zorder=0, **style)
        # and in full colour along the top, where a narrow one is seen too
        ax.axvspan(begin_s, end_s, ymin=0.985, zorder=0.5, **style)


def _draw_lines(ax: Axes, run: Run, timeline: Timeline, end_s: float) -> _Lines:
    """Draw what was published and what is true, to the end of the picture."""
    rows = timeline.rows
    at_s = np.r_[rows["at_us"] / 1e6, end_s]
    published, failed = (
        np.r_[counts, counts[-1:]] for counts in (rows["completed"] + rows["error"], rows["error"])
    )
    truth = _true_counts(run, end_s)
    handles = _draw_curves(ax, (at_s, published), truth)
    handles[-1].set_label(unpublished_label(run))
    if failed[-1]:
        handles.append(_area(ax, (at_s, 0, failed), OUTCOME_COLORS["failed"], "published as failed"))
    return _Lines((at_s, published), truth, handles)


def _true_counts(run: Run, end_s: float) -> tuple[Floats, Floats]:
    """Return when the number of users processed in truth changes, and to what."""
    processed = run.truth.processed
    at_s = np.r_[0.0, run.truth.finished_us / 1e6, end_s]
    return at_s, np.r_[0.0, np.arange(1, processed + 1), processed].astype(float)


def _draw_curves(ax: Axes, published: tuple[Any, Any], truth: tuple[Any, Any]) -> list[Any]:
    """Draw the true line, the published steps and the gap between them."""
    (at_s, counts), (true_s, true_counts) = published, truth
    both_s = np.union1d(at_s, true_s)
    low, high = _in_force(at_s, counts, both_s), _in_force(true_s, true_counts, both_s)
    gap = _area(ax, (both_s, low, high), TRUTH_COLOR, "processed, not published", alpha=0.42)
    style: dict[str, Any] = {"drawstyle": "steps-post", "solid_joinstyle": "miter"}
    thin, thick = {"linewidth": 1.2, "zorder": 2.5, **style}, {"linewidth": 1.9, "zorder": 3, **style}
    [true] = ax.plot(true_s, true_counts, color=TRUTH_COLOR, label="in truth", **thin)
    [steps] = ax.plot(at_s, counts, color=PUBLISHED_COLOR, label="published", **thick)
    return [steps, true, gap]


def _area(ax: Axes, limits: tuple[Any, Any, Any], color: str, label: str, *, alpha: float = 0.85) -> Any:
    at_s, low, high = limits
    return ax.fill_between(
        at_s, low, high, step="post", color=color, alpha=alpha, linewidth=0, zorder=2.2, label=label
    )


def _in_force(at_s: Any, counts: Any, instants: Any) -> Any:
    """Return the counts at some instants: each holds from when it was reached."""
    return counts[np.maximum(np.searchsorted(at_s, instants, side="right") - 1, 0)]


def _magnify(ax: Axes, run: Run, lines: _Lines) -> None:
    """Draw a few batches again, larger, where a corner of the axes is free."""
    place = next((place for place in _ZOOM_PLACES if _is_free(ax, lines, place)), None)
    if run.truth.flushed < _ZOOM_FROM or place is None:
        return
    (begin_s, low), (end_s, high) = _window(run)
    glass = magnifier(ax, place)
    published, truth = (_cut_out(curve, begin_s, end_s) for curve in (lines.published, lines.truth))
    _draw_curves(glass, published, truth)
    glass.set_xlim(begin_s, end_s)
    glass.set_ylim(low, high)
    _point_at(ax, (begin_s, low, end_s - begin_s, high - low), place)


def _window(run: Run) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the lower left and the upper right of what is worth magnifying, in seconds and users."""
    flushed, size = run.truth.flushed, run.scenario.batch_size
    flush_s = run.truth.flush_us / 1e6
    first, last = flushed // 2, min(flushed // 2 + _ZOOM_BATCHES, flushed - 1)
    if run.final is not State.ERROR:
        return (flush_s[first], (first + 0.7) * size), (flush_s[last], (last + 1.3) * size)
    # after a crash the gap stays: its end is worth seeing
    first = flushed - _ZOOM_BATCHES
    end_s = run.truth.end_us / 1e6
    end_s += 0.15 * (end_s - flush_s[first])
    high = max(run.truth.processed, flushed * size) + 0.3 * size
    return (flush_s[first], (first + 0.7) * size), (end_s, high)


def _cut_out(curve: tuple[Any, Any], begin_s: float, end_s: float) -> tuple[Any, Any]:
    """Return a curve between two instants, and a little more, so that no line ends in view."""
    at_s, counts = curve
    low = max(int(np.searchsorted(at_s, begin_s, side="right")) - 1, 0)
    high = int(np.searchsorted(at_s, end_s)) + 1
    return at_s[low:high], counts[low:high]


def _point_at(ax: Axes, box: tuple[float, float, float, float], place: tuple[float, ...]) -> None:
    """Frame what is magnified, and lead the eye from there to the magnifying glass."""
    from matplotlib.patches import ConnectionPatch, Rectangle

    left, low, width, height = box
    color = ink(ax)
    ax.add_patch(Rectangle((left, low), width, height, fill=False, edgecolor=color, linewidth=0.8, zorder=4))
    below = place[1] < 0.5
    begin = (left + width, low) if below else (left, low + height)
    end = (place[0], place[1] + place[3]) if below else (place[0] + place[2], place[1])
    ax.add_artist(
        ConnectionPatch(begin, end, ax.transData, ax.transAxes, color=color, linewidth=0.8, zorder=4)
    )


def _is_free(ax: Axes, lines: _Lines, place: tuple[float, float, float, float]) -> bool:
    """Return whether the published steps stay out of a box, with room for its labels."""
    left, bottom, width, height = place
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    grid = x0 + (x1 - x0) * np.linspace(left - 0.07, left + width + 0.02, 60)
    shares = (_in_force(*lines.published, grid) - y0) / (y1 - y0)
    return bool((shares < bottom - 0.1).all() or (shares > bottom + height + 0.04).all())
