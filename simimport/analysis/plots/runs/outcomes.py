"""A plot of who failed and why, along the users of one run in the order of import.

Reads the record and draws it. The x axis is no time: that is `progress`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch, StepPatch

from simimport.analysis.plots.axes import axes, count_axis, heading, nothing, reach, run_of, share_axis
from simimport.analysis.plots.layout.ink import ink
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.runs.states import ended_early
from simimport.model.people.decisions import REASONS
from simimport.show.palette import OUTCOME_COLORS
from simimport.show.words import counted, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.model.run.run import Run

__all__ = ["REASON_COLORS", "outcomes", "unreached"]

#: One colour per reason. That of failures at large is the most common one's.
REASON_COLORS = dict(zip(REASONS, (OUTCOME_COLORS["failed"], "#3D8FD1", "#8C8A1F", "#9A4FB0"), strict=True))
_MOST_GROUPS = 80


def outcomes(
    run: Run,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the failures along an import, by reason.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure. A second run on the same axes is a line along its failures.
    label : str, optional
        What the legend calls the run: of the first, before each of its reasons.
    color : color, optional
        That of the line of all failures; those of the reasons are their own.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how many failed; an empty one for none.
    **kwargs
        Properties of the stacks, or of the line, which are steps.

    Returns
    -------
    Axes
        x is the user's place in the order of import, from 1. y is the share of the users of a group that
        failed in truth, the reasons one on top of the other; groups are whole batches, 80 groups at most.
        Users who were not reached are hatched.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no flat Axes, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.outcomes(simulate(users=500, failure_rate=0.2, seed=7))
    >>> ax.get_title(loc="left")
    '121 of 500 users failed: 24.2 %'
    """
    run = run_of(run)
    look = manner(StepPatch, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax, (9.6, 3.8))
    users, processed = run.truth.users, run.truth.processed
    size, edges = _groups(run)
    second = room_of(ax).count("outcomes") > 0
    top, handles = (_draw_line if second else _stack_reasons)(ax, run, edges, look)
    if not second:
        handles += _mean_of(ax, run, look) + unreached(ax, processed, users, "not reached")
    if not run.counts.failed and not second:
        nothing(ax, "nobody failed" if processed else "no user was reached" if users else "no users")
    reach(ax, "x", 0.5, max(users, 1) + 0.5)
    reach(ax, "y", 0, min(max(float(top.max(initial=0)) * 1.12, 0.01), 1.02))
    groups = f" (groups of {number(size)})" if size > 1 else ""
    count_axis(ax.xaxis, f"user, in the order of import{groups}", short="user")
    share_axis(ax.yaxis, "failed, of each group")
    draw_legend(ax, handles, where=look.legend)
    heading(ax, _sentence(run), "outcomes", look)
    return ax


def _sentence(run: Run) -> str:
    failed, processed = run.counts.failed, run.truth.processed
    of_all = f": {percent(failed / processed)}" if failed else ""
    return f"{number(failed)} of {counted(processed, 'user')} failed{of_all}{ended_early(run)}"


def _stack_reasons(ax: Axes, run: Run, edges: Any, look: Manner) -> tuple[Any, list[Any]]:
    """Draw the share of each group that failed for each reason; return how high the stacks are."""
    people, top = np.diff(edges), np.zeros(len(edges) - 1)
    handles: list[Any] = []
    for code, reason in enumerate(REASONS, start=1):
        counts = np.histogram(np.flatnonzero(run.truth.reasons == code), bins=edges)[0] if len(top) else top
        if not counts.any():
            continue
        below, top = top, top + counts / people
        label = look.prefixed(room_of(ax), "outcomes", f"{reason}: {number(int(counts.sum()))}")
        style = look.style(color=REASON_COLORS[reason], fill=True)
        handles.append(ax.stairs(top, edges + 0.5, baseline=below, label=label, **style))
    return top, handles


def _draw_line(ax: Axes, run: Run, edges: Any, look: Manner) -> tuple[Any, list[Any]]:
    """Draw the share of each group that failed, for whatever reason, as steps."""
    room = room_of(ax)
    failed = np.histogram(np.flatnonzero(run.truth.reasons), bins=edges)[0] if len(edges) > 1 else np.zeros(0)
    top = failed / np.diff(edges)
    style = look.style(color=look.color_on(room, "outcomes", ink(ax)), linewidth=1.8, zorder=3)
    label = look.label_on(room, "outcomes", "failed")
    return top, [ax.stairs(top, edges + 0.5, baseline=None, label=label, **style)]


def _mean_of(ax: Axes, run: Run, look: Manner) -> list[Any]:
    if not run.counts.failed:
        return []
    mean = run.counts.failed / run.truth.processed
    style: dict[str, Any] = {"color": look.color or ink(ax), "linewidth": 1.1, "linestyle": "--"}
    return [ax.axhline(mean, label="all in all", **style)]


def _groups(run: Run) -> tuple[int, Any]:
    """Return how many users a group has, and the limits between groups among the users processed."""
    batch, processed = run.scenario.batch_size, run.truth.processed
    size = batch * max(math.ceil(processed / batch / _MOST_GROUPS), 1)
    return min(size, max(run.truth.users, 1)), np.unique(np.r_[np.arange(0, processed, size), processed, 0])


def unreached(ax: Axes, first: float, last: float, label: str) -> list[Any]:
    """Hatch what an import did not come to, from one place along the x axis to another; return a handle."""
    if first >= last:
        return []
    style: dict[str, Any] = {
        "facecolor": "none", "edgecolor": OUTCOME_COLORS["unreached"], "hatch": "///", "linewidth": 0.0,
    }  # fmt: skip
    ax.axvspan(first + 0.5, last + 0.5, zorder=0, **style)
    return [Patch(label=label, **style)]
