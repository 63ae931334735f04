"""A plot of one run against time: what was published beside the truth, upon the states it went through.

Reads the record and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simimport.analysis.plots.axes import (
    axes,
    count_axis,
    heading,
    nothing,
    reach,
    run_of,
    time_axis,
    unpublished_label,
)
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.glass import magnifier
from simimport.analysis.plots.layout.ink import faint, ink
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.runs.magnified import cut_out, free_place, in_force, window
from simimport.analysis.plots.runs.states import ending_in_words, stays_in_view
from simimport.model.dialects import dialect_of
from simimport.model.instants import microseconds
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simimport.model.run.run import Run
    from simimport.model.run.stays import Stay
    from simimport.model.run.timeline import Timeline

    Floats = NDArray[np.float64]

__all__ = ["progress"]

# Of the true line, which has a step for each user: each that is drawn is lower than half of one of a thousand
# dots.
_MOST_TRUE = 2_500


class _Lines(NamedTuple):
    """The published steps, those that failed, and the true ones: seconds, users; and what the legend has."""

    published: tuple[Floats, NDArray[np.int64]]
    failed: tuple[Floats, NDArray[np.int64]]
    truth: tuple[Floats, Floats]
    handles: list[Any]


def progress(
    run: Run,
    ax: Axes | None = None,
    *,
    dialect: str = "docs",
    at_s: float | None = None,
    zoom: bool = True,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with what was published of a run, in steps, against the true line.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure. A second run on the same axes is drawn upon the first one's
        states.
    dialect : str, default "docs"
        Whose published counters and states are drawn. The truth is the same in all of them up to an
        interruption.
    at_s : float, optional
        An instant to mark, in seconds after the creation.
    zoom : bool, default True
        Whether the longest stall, the end of a crashed import, or else a few batches are magnified, where
        the steps are too small to see and a corner is free and large enough.
    label : str, optional
        What the legend calls the published steps.
    color : color, optional
        That of the published steps.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how the run ended; an empty one for none.
    **kwargs
        Properties of the published steps, which are a line.

    Returns
    -------
    Axes
        x in seconds, y in users. The bands behind are the states; the one it ended in is drawn a little
        beyond the end. Between the lines lie the users processed and not yet published. Of more than 10,000
        steps as many are drawn, evenly chosen; under the magnifying glass, of those in it.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no flat Axes, the dialect is unknown, or what is said of the look is none;
        ClockError if `at_s` is no instant.

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
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax)
    stays = stays_in_view(timeline)
    first = not room_of(ax).drawn
    if first:
        _draw_bands(ax, stays)
    lines = _draw_lines(ax, run, timeline, stays[-1].to_s, look)
    time_axis(ax, stays[-1].to_s)
    count_axis(ax.yaxis, "users processed")
    reach(ax, "y", 0, max(float(lines.published[1].max()), run.truth.users, 1) * 1.04)
    handles = [*lines.handles]
    if moment_s is not None:
        handles.append(ax.axvline(moment_s, color=ink(ax), linewidth=1.2, linestyle=":", label="this moment"))
    if not run.truth.users:
        nothing(ax, "no users to import")
    elif zoom and first:
        _magnify(ax, run, lines)
    states = dict.fromkeys(stay.state for stay in stays) if first else ()
    draw_legend(
        ax, [*handles, *(Patch(color=STATE_COLORS[name], label=name) for name in states)], where=look.legend
    )
    heading(ax, ending_in_words(run, timeline), "progress", look)
    return ax


def _draw_bands(ax: Axes, stays: list[Stay]) -> None:
    alpha = faint(ax, 0.16, 0.28)
    for state, begin_s, end_s in stays:
        style: dict[str, Any] = {"facecolor": STATE_COLORS[state], "edgecolor": "none"}
        ax.axvspan(begin_s, end_s, alpha=alpha, zorder=0, **style)
        # and in full colour along the top, where a narrow one is seen too
        ax.axvspan(begin_s, end_s, ymin=0.985, zorder=0.5, **style)


def _draw_lines(ax: Axes, run: Run, timeline: Timeline, end_s: float, look: Manner) -> _Lines:
    """Draw what was published and what is true, to the end of the picture."""
    rows = timeline.rows
    at_s = np.r_[rows["at_us"] / 1e6, end_s]
    published, failed = (
        np.r_[counts, counts[-1:]] for counts in (rows["completed"] + rows["error"], rows["error"])
    )
    truth = _true_counts(run, end_s)
    room = room_of(ax)
    style = look.style(color=look.color_on(room, "progress", PUBLISHED_COLOR))
    style["label"] = look.label_on(room, "progress", "published")
    handles = _draw_curves(ax, (at_s, published), truth, style)
    handles[-1].set_label(unpublished_label(run))
    if failed[-1]:
        some = few(len(at_s))
        area = (at_s[some], 0, failed[some])
        handles.append(_area(ax, area, OUTCOME_COLORS["failed"], "published as failed"))
    return _Lines((at_s, published), (at_s, failed), truth, handles)


def _true_counts(run: Run, end_s: float) -> tuple[Floats, Floats]:
    """Return when the number of users processed in truth changes, and to what."""
    processed = run.truth.processed
    at_s = np.r_[0.0, run.truth.finished_us / 1e6, end_s]
    return at_s, np.r_[0.0, np.arange(1, processed + 1), processed].astype(float)


def _draw_curves(
    ax: Axes, published: tuple[Any, Any], truth: tuple[Any, Any], style: dict[str, Any]
) -> list[Any]:
    """Draw the true line, the published steps and the gap between them."""
    (at_s, counts), (true_s, true_counts) = published, truth
    some, some_true = few(len(at_s)), few(len(true_s), _MOST_TRUE)
    both_s = np.union1d(at_s[some], true_s[some_true])
    low, high = in_force(at_s, counts, both_s), in_force(true_s, true_counts, both_s)
    gap = _area(ax, (both_s, low, high), TRUTH_COLOR, "processed, not published", alpha=0.42)
    steps: dict[str, Any] = {"drawstyle": "steps-post", "solid_joinstyle": "miter"}
    thin, thick = (
        {"linewidth": 1.2, "zorder": 2.5, **steps},
        {"linewidth": 1.9, "zorder": 3, **steps, **style},
    )
    [true] = ax.plot(true_s[some_true], true_counts[some_true], color=TRUTH_COLOR, label="in truth", **thin)
    [main] = ax.plot(at_s[some], counts[some], **thick)
    return [main, true, gap]


def _area(ax: Axes, limits: tuple[Any, Any, Any], color: str, label: str, *, alpha: float = 0.85) -> Any:
    at_s, low, high = limits
    return ax.fill_between(
        at_s, low, high, step="post", color=color, alpha=alpha, linewidth=0, zorder=2.2, label=label
    )


def _magnify(ax: Axes, run: Run, lines: _Lines) -> None:
    """Draw a part again, larger, where a corner of the axes is free."""
    box, found = window(run), free_place(ax, lines.published, lines.failed)
    if box is None or found is None:
        return
    place, is_clear = found
    glass = magnifier(ax, place, on_paper=not is_clear)
    main = lines.handles[0]
    style = {"color": main.get_color(), "label": main.get_label(), "linestyle": main.get_linestyle()}
    published, truth = (cut_out(curve, box[0], box[2]) for curve in (lines.published, lines.truth))
    _draw_curves(glass.ax, published, truth, style)
    glass.look_at(box)
    glass.lead_from(ax, box, (0.0, 1.0) if place[1] < 0.5 else (1.0, 0.0))
