"""A plot of how long the batches of one run took, and where it stalled.

Reads the record and draws it. The x axis is no time: that is `progress`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from simimport.analysis.plots.axes import axes, count_axis, duration_axis, heading, nothing, reach, run_of
from simimport.analysis.plots.layout.few import few
from simimport.analysis.plots.layout.ink import ink
from simimport.analysis.plots.layout.labels import keep_apart
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.runs.outcomes import unreached
from simimport.analysis.plots.runs.states import ended_early
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.model.run.run import Run

__all__ = ["batches"]

_MOST_LABELS = 6
# of more batches, several share a step, and of more that stalled, some are marked
_MOST_STEPS, _MOST_MARKS = 2_000, 500


def batches(
    run: Run,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the time that each batch took, and where it stalled.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.
    label : str, optional
        What the legend calls the time of work.
    color : color, optional
        That of the time of work.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how long batches took; an empty one for none.
    **kwargs
        Properties of the steps of the time of work.

    Returns
    -------
    Axes
        x is the number of the batch, from 1; y the seconds of work from the flush before to its own, without
        those that it stalled: a triangle marks the batches that did. Batches that were never flushed are
        hatched. Of more than 2,000 batches, a step is the slowest of several; of more than 500 that stalled,
        as many are marked.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no flat Axes, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.batches(simulate(users=500, stall_at=0.5, stall_s=60, seed=7))
    >>> ax.get_title(loc="left")
    '10 batches of 50: half took 1.7 s of work or less; 1 stalled, for 1 min'
    """
    run = run_of(run)
    look = manner(StepPatch, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax, (9.6, 3.8))
    room, total, stall_s, work_s = room_of(ax), run.truth.batches, run.truth.stall_s, run.truth.work_s
    handles: list[Any] = []
    if len(work_s):
        # one shape for all batches: two thousand bars would take seconds
        style = {"color": look.color_on(room, "batches", STATE_COLORS[State.IMPORTING]), **look.given}
        edges, name = few(len(work_s) + 1, _MOST_STEPS + 1), look.label_on(room, "batches", "working")
        tops, alpha = np.maximum.reduceat(work_s, edges[:-1]), 0.35 if room.count("batches") else 0.75
        handles.append(ax.stairs(tops, edges + 0.5, **{"fill": True, "alpha": alpha, "label": name, **style}))
        ax.stairs(tops, edges + 0.5, **{"linewidth": 1.0, **style, "fill": False})
    else:
        nothing(ax, "no batch was flushed" if total else "no users, and so no batches")
    top = (max(float(work_s.max()), 1e-3) if len(work_s) else 1.0) * 1.25
    handles += _stalls(ax, stall_s, top)
    handles += unreached(ax, len(work_s), total, "never flushed") if not room.drawn else []
    reach(ax, "x", 0.5, max(total, 1) + 0.5)
    reach(ax, "y", 0, top)
    count_axis(ax.xaxis, f"batch ({counted(run.scenario.batch_size, 'user')} each)", short="batch")
    duration_axis(ax.yaxis, "working time", most=6)
    draw_legend(ax, handles, where=look.legend)
    heading(ax, _work_and_stalls(run, work_s, stall_s), "batches", look)
    return ax


def _stalls(ax: Axes, stall_s: Any, top: float) -> list[Any]:
    """Mark the batches that stalled, and write for how long where there is room for words."""
    where = np.flatnonzero(stall_s)
    where = where[few(len(where), _MOST_MARKS)]
    if not len(where):
        return []
    color = ink(ax)
    ax.vlines(where + 1, 0, top * 0.9, color=color, linewidth=0.9, linestyle=":", zorder=3)
    style: dict[str, Any] = {"color": color, "marker": "v", "markersize": 7, "linestyle": "none"}
    ax.plot(where + 1, np.full(len(where), top * 0.92), zorder=4, **style)
    if len(where) <= _MOST_LABELS:
        keep_apart(ax, [_how_long(ax, batch, stall_s, top) for batch in where.tolist()])
    return [Line2D([], [], label="stalled before\nits first user", **style)]


def _how_long(ax: Axes, batch: int, stall_s: Any, top: float) -> Any:
    left = batch > 0.5 * len(stall_s)
    return ax.annotate(
        duration(stall_s[batch]), (batch + 1, top * 0.92), (-7 if left else 7, 0), color=ink(ax),
        textcoords="offset points", ha="right" if left else "left", va="center",
        fontsize=room_of(ax).letters(1),
    )  # fmt: skip


def _work_and_stalls(run: Run, work_s: Any, stall_s: Any) -> str:
    """Return how long batches worked, and how many stalled."""
    sentence = f"{counted(len(work_s), 'batch', 'batches')} of {number(run.scenario.batch_size)}"
    if len(work_s):
        half, or_less = ("half ", " or less") if len(work_s) > 1 else ("", "")
        sentence += f": {half}took {duration(float(np.median(work_s)))} of work{or_less}"
    stalls = int(np.count_nonzero(stall_s))
    if stalls:
        in_all = " in all" if stalls > 1 else ""
        sentence += f"; {number(stalls)} stalled, for {duration(float(stall_s.sum()))}{in_all}"
    return sentence + ended_early(run)
