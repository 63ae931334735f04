"""Plots along the users of one run, in the order of import: who failed and why, and how long batches took.

Reads the record and draws it. The x axis is no time: that is `progress`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simimport.analysis.plots.axes import (
    axes,
    count_axis,
    duration_axis,
    heading,
    ink,
    legend,
    run_of,
    share_axis,
)
from simimport.model.people.decisions import REASONS
from simimport.model.states import State
from simimport.show.palette import OUTCOME_COLORS, STATE_COLORS
from simimport.show.words import counted, duration, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.model.run.run import Run

__all__ = ["REASON_COLORS", "batches", "outcomes"]

#: One colour per reason. That of failures at large is the most common one's.
REASON_COLORS = dict(zip(REASONS, (OUTCOME_COLORS["failed"], "#3D8FD1", "#8C8A1F", "#9A4FB0"), strict=True))
_MOST_GROUPS = 80
_MOST_LABELS = 6


def outcomes(run: Run, ax: Axes | None = None) -> Axes:
    """Return axes with the failures along an import, by reason.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        x is the user's place in the order of import, from 1. y is the share of the users of a group that
        failed in truth, the reasons one on top of the other; groups are whole batches, 80 groups at most.
        Users who were not reached are hatched.

    Raises
    ------
    ParameterError
        If `run` is no Run, or `ax` no Axes.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.outcomes(simulate(users=500, failure_rate=0.2, seed=7))
    >>> ax.get_title(loc="left")
    '121 of 500 users failed: 24.2 %'
    """
    run = run_of(run)
    ax = axes(ax, (9.6, 3.8))
    users, processed = run.truth.users, run.truth.processed
    size, edges = _groups(run)
    top, handles = _stack_reasons(ax, run, edges)
    failed = run.counts.failed
    if failed:
        style: dict[str, Any] = {"color": ink(ax), "linewidth": 1.1, "linestyle": "--"}
        handles.append(ax.axhline(failed / processed, label="all in all", **style))
    handles += _unreached(ax, processed, users, "not reached")
    ax.set_xlim(0.5, max(users, 1) + 0.5)
    ax.set_ylim(0, min(max(float(top.max(initial=0)) * 1.12, 0.01), 1.02))
    count_axis(ax.xaxis, f"user, in the order of import (groups of {number(size)})")
    share_axis(ax.yaxis, "failed, of each group")
    legend(ax, handles)
    of_all = f": {percent(failed / processed)}" if failed else ""
    heading(ax, f"{number(failed)} of {counted(processed, 'user')} failed{of_all}")
    return ax


def _stack_reasons(ax: Axes, run: Run, edges: Any) -> tuple[Any, list[Any]]:
    """Draw the share of each group that failed for each reason; return how high the stacks are."""
    people, top = np.diff(edges), np.zeros(len(edges) - 1)
    handles: list[Any] = []
    for code, reason in enumerate(REASONS, start=1):
        counts = np.histogram(np.flatnonzero(run.truth.reasons == code), bins=edges)[0] if len(top) else top
        if not counts.any():
            continue
        below, top = top, top + counts / people
        label, color = f"{reason}: {number(int(counts.sum()))}", REASON_COLORS[reason]
        handles.append(ax.stairs(top, edges + 0.5, baseline=below, fill=True, color=color, label=label))
    return top, handles


def _groups(run: Run) -> tuple[int, Any]:
    """Return how many users a group has, and the limits between groups among the users processed."""
    batch, processed = run.scenario.batch_size, run.truth.processed
    size = batch * max(math.ceil(processed / batch / _MOST_GROUPS), 1)
    return min(size, max(run.truth.users, 1)), np.unique(np.r_[np.arange(0, processed, size), processed, 0])


def _unreached(ax: Axes, first: float, last: float, label: str) -> list[Any]:
    if first >= last:
        return []
    style: dict[str, Any] = {
        "facecolor": "none", "edgecolor": OUTCOME_COLORS["unreached"], "hatch": "///", "linewidth": 0.0,
    }  # fmt: skip
    ax.axvspan(first + 0.5, last + 0.5, zorder=0, **style)
    return [Patch(label=label, **style)]


def batches(run: Run, ax: Axes | None = None) -> Axes:
    """Return axes with the time that each batch took, and where it stalled.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        x is the number of the batch, from 1; y the seconds of work from the flush before to its own, without
        those that it stalled: a triangle marks the batches that did. Batches that were never flushed are
        hatched.

    Raises
    ------
    ParameterError
        If `run` is no Run, or `ax` no Axes.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.batches(simulate(users=500, stall_at=0.5, stall_s=60, seed=7))
    >>> ax.get_title(loc="left")
    '10 batches of 50: half took 1.7 s of work or less; 1 stalled, for 1 min'
    """
    run = run_of(run)
    ax = axes(ax, (9.6, 3.8))
    flushed, total = run.truth.flushed, run.truth.batches
    stall_s, work_s = run.truth.stall_s, run.truth.work_s
    color = STATE_COLORS[State.IMPORTING]
    edges = np.arange(flushed + 1) + 0.5
    handles: list[Any] = []
    if flushed:
        # one shape for all batches: two thousand bars would take seconds
        handles.append(ax.stairs(work_s, edges, fill=True, color=color, alpha=0.75, label="working"))
        ax.stairs(work_s, edges, color=color, linewidth=1.0)
    top = max(float(work_s.max(initial=0)), 1e-3) * 1.25
    handles += _stalls(ax, stall_s, top)
    handles += _unreached(ax, flushed, total, "never flushed")
    ax.set_xlim(0.5, max(total, 1) + 0.5)
    ax.set_ylim(0, top)
    count_axis(ax.xaxis, f"batch ({counted(run.scenario.batch_size, 'user')} each)")
    if total < 2:
        ax.xaxis.set_major_locator(MaxNLocator(1, integer=True))
    duration_axis(ax.yaxis, "working time", most=6)
    legend(ax, handles)
    heading(ax, _work_and_stalls(run, work_s, stall_s))
    return ax


def _stalls(ax: Axes, stall_s: Any, top: float) -> list[Any]:
    """Mark the batches that stalled, and write for how long where there is room for words."""
    where = np.flatnonzero(stall_s)
    if not len(where):
        return []
    color = ink(ax)
    ax.vlines(where + 1, 0, top * 0.9, color=color, linewidth=0.9, linestyle=":", zorder=3)
    style: dict[str, Any] = {"color": color, "marker": "v", "markersize": 7, "linestyle": "none"}
    ax.plot(where + 1, np.full(len(where), top * 0.92), zorder=4, **style)
    if len(where) <= _MOST_LABELS:
        for batch in where:
            left = batch > 0.8 * len(stall_s)
            ax.annotate(
                duration(stall_s[batch]), (batch + 1, top * 0.92), (-7 if left else 7, 0), color=color,
                textcoords="offset points", ha="right" if left else "left", va="center", fontsize="small",
            )  # fmt: skip
    return [Line2D([], [], label="stalled before\nits first user", **style)]


def _work_and_stalls(run: Run, work_s: Any, stall_s: Any) -> str:
    """Return how long batches worked, and how many stalled."""
    sentence = f"{counted(len(work_s), 'batch', 'batches')} of {number(run.scenario.batch_size)}"
    if len(work_s):
        sentence += f": half took {duration(float(np.median(work_s)))} of work or less"
    stalls = int(np.count_nonzero(stall_s))
    if stalls:
        in_all = " in all" if stalls > 1 else ""
        sentence += f"; {number(stalls)} stalled, for {duration(float(stall_s.sum()))}{in_all}"
    return sentence
