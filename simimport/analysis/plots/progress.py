"""Plots of one run against time: what was published beside the truth, and the states it went through.

Reads the record and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.patches import Patch

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
    users_axis,
    written_on,
)
from simimport.model.dialects import Dialect, dialect_of
from simimport.model.run.run import microseconds
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simimport.model.run.run import Run

    Floats = NDArray[np.float64]

__all__ = ["progress", "states"]

_AFTER = 0.03  # how much of the time axis shows the state it ended in
_ZOOM_BATCHES = 4
# with fewer steps than this the gap is seen without a magnifying glass
_ZOOM_FROM = 20
# left, bottom, width and height of places for the magnifying glass, as shares of the axes, best first
_ZOOM_PLACES = (
    (0.56, 0.13, 0.40, 0.36), (0.075, 0.57, 0.40, 0.36), (0.62, 0.13, 0.34, 0.26), (0.075, 0.67, 0.34, 0.26),
)  # fmt: skip


class _Span(NamedTuple):
    """A state, and from when to when it lasts; the last one lasts to the end of the picture."""

    state: State
    begin_s: float
    end_s: float


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
    told, run = dialect_of(dialect), run_of(run)
    moment_s = None if at_s is None else microseconds(at_s) / 1e6
    ax = axes(ax)
    spans = _spans(run, told)
    _bands(ax, spans)
    lines = _lines(ax, run, told)
    time_axis(ax, spans[-1].end_s)
    users_axis(ax.yaxis, "users processed")
    ax.set_ylim(0, max(float(lines.published.max()), run.truth.users, 1) * 1.04)
    handles = [*lines.handles]
    if moment_s is not None:
        handles.append(ax.axvline(moment_s, color=ink(ax), linewidth=1.2, linestyle=":", label="this moment"))
    if zoom:
        _magnify(ax, run, lines)
    handles += [Patch(color=STATE_COLORS[s], label=s) for s in dict.fromkeys(s.state for s in spans)]
    legend(ax, handles)
    heading(ax, _sentence(run, told))
    return ax


class _Drawn(NamedTuple):
    """The published steps, in seconds and users, and what the legend has of the lines."""

    at_s: Floats
    published: NDArray[np.int64]
    truth: tuple[Floats, Floats]
    handles: list[Any]


def _spans(run: Run, told: Dialect) -> list[_Span]:
    rows = run.timeline(told).rows
    at_s, codes = rows["at_us"] / 1e6, rows["state"]
    begins = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    end_s = max(at_s[-1], 1e-3) * (1 + _AFTER)
    names = tuple(State)
    limits = np.r_[at_s[begins], end_s].tolist()
    return [_Span(names[codes[b]], limits[k], limits[k + 1]) for k, b in enumerate(begins)]


def _bands(ax: Axes, spans: list[_Span]) -> None:
    alpha = 0.28 if paper_is_dark(ax) else 0.16
    for state, begin_s, end_s in spans:
        ax.axvspan(begin_s, end_s, facecolor=STATE_COLORS[state], edgecolor="none", alpha=alpha, zorder=0)
        # and in full colour along the top, where a narrow one is seen too
        ax.axvspan(begin_s, end_s, ymin=0.985, facecolor=STATE_COLORS[state], edgecolor="none", zorder=0.5)


def _truth(run: Run, to_s: float) -> tuple[Floats, Floats]:
    """Return when the number of users processed in truth changes, and to what."""
    processed = run.truth.processed
    finished_s = run.truth.finished_us / 1e6
    at_s = np.r_[0.0, finished_s, to_s]
    return at_s, np.r_[0.0, np.arange(1, processed + 1), processed].astype(float)


def _lines(ax: Axes, run: Run, told: Dialect) -> _Drawn:
    rows = run.timeline(told).rows
    to_s = max(rows["at_us"][-1] / 1e6, 1e-3) * (1 + _AFTER)
    at_s = np.r_[rows["at_us"] / 1e6, to_s]
    counts = rows["completed"] + rows["error"]
    published = np.r_[counts, counts[-1:]]
    truth = _truth(run, to_s)
    handles = _curves(ax, (at_s, published), truth)
    if rows["error"][-1]:
        errors = np.r_[rows["error"], rows["error"][-1:]]
        handles.append(_area(ax, (at_s, 0, errors), OUTCOME_COLORS["failed"], "published as failed"))
    return _Drawn(at_s, published, truth, handles)


def _curves(ax: Axes, published: tuple[Any, Any], truth: tuple[Any, Any]) -> list[Any]:
    """Draw the true line, the published steps and the gap between them."""
    at_s, counts = published
    true_s, true_counts = truth
    both_s = np.union1d(at_s, true_s)
    low = counts[np.maximum(np.searchsorted(at_s, both_s, side="right") - 1, 0)]
    high = true_counts[np.maximum(np.searchsorted(true_s, both_s, side="right") - 1, 0)]
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


def _sentence(run: Run, told: Dialect) -> str:
    story = run.timeline(told)
    last = story.change(len(story) - 1)
    lag = last.completed + last.error - run.truth.processed
    text = (
        f"{run.truth.users:,} users: {last.state} after {about(last.at_us / 1e6)}; "
        f"published {last.completed:,} imported, {last.error:,} failed"
    )
    return text + (f" ({lag:+,} against the truth)" if lag else "").replace("-", "−")


def _magnify(ax: Axes, run: Run, lines: _Drawn) -> None:
    """Draw a few batches again, larger, where a corner of the axes is free."""
    place = next((p for p in _ZOOM_PLACES if _free(ax, lines, p)), None)
    if run.truth.flushed < _ZOOM_FROM or place is None:
        return
    (begin_s, low), (end_s, high) = _window(run)
    glass = ax.inset_axes(place, zorder=5)
    # a little more than is in view, so that no line ends inside
    seen = _cut((lines.at_s, lines.published), begin_s, end_s), _cut(lines.truth, begin_s, end_s)
    _curves(glass, *seen)
    glass.set_xlim(begin_s, end_s)
    glass.set_ylim(low, high)
    glass.xaxis.set_major_locator(TimeLocator(4))
    glass.xaxis.set_major_formatter(TimeFormatter())
    users_axis(glass.yaxis, "", most=5)
    glass.tick_params(labelsize="x-small", colors=ink(ax), length=2)
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


def _cut(curve: tuple[Any, Any], begin_s: float, end_s: float) -> tuple[Any, Any]:
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


def _free(ax: Axes, lines: _Drawn, place: tuple[float, float, float, float]) -> bool:
    """Return whether the published steps stay out of a box, with room for its labels."""
    left, bottom, width, height = place
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    grid = x0 + (x1 - x0) * np.linspace(left - 0.07, left + width + 0.02, 60)
    at = np.maximum(np.searchsorted(lines.at_s, grid, side="right") - 1, 0)
    shares = (lines.published[at] - y0) / (y1 - y0)
    return bool((shares < bottom - 0.1).all() or (shares > bottom + height + 0.04).all())


def states(run: Run, ax: Axes | None = None, *, dialect: str = "docs") -> Axes:
    """Return axes with the states of a run as one bar along time.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.
    dialect : str, default "docs"
        Whose states are drawn.

    Returns
    -------
    Axes
        x in seconds. The state it ended in is drawn a little beyond the end.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no Axes, or the dialect is unknown.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.states(simulate(users=500, seed=7))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['new for 2 s', 'ready for 5 s', 'importing for 16.7 s', 'done from 23.7 s on']
    """
    told, run = dialect_of(dialect), run_of(run)
    ax = axes(ax, (9.6, 1.9))
    spans = _spans(run, told)
    handles = []
    for state, begin_s, end_s in spans:
        color = STATE_COLORS[state]
        ax.barh(0, end_s - begin_s, left=begin_s, height=0.8, color=color, edgecolor="none")
        if (end_s - begin_s) / spans[-1].end_s > 0.014 * len(state) + 0.02:
            middle = (begin_s + end_s) / 2
            ax.text(middle, 0, state, ha="center", va="center", color=written_on(color), clip_on=True)
        last = state is spans[-1].state and end_s == spans[-1].end_s
        told_for = f"from {about(begin_s)} on" if last else f"for {about(end_s - begin_s)}"
        handles.append(Patch(color=color, label=f"{state} {told_for}"))
    time_axis(ax, spans[-1].end_s)
    ax.set_ylim(-0.5, 0.5)
    ax.set_yticks([])
    ax.spines[["left", "right", "top"]].set_visible(False)
    legend(ax, handles)
    heading(ax, _sentence(run, told))
    return ax

