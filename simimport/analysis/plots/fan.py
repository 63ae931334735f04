"""A plot of many runs of one scenario: bands that their published progress stays in.

Takes runs or a frame of their steps. Simulates nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from simimport.analysis.plots.axes import axes, heading, reach, require_columns, share_axis, time_axis
from simimport.analysis.plots.layout.ink import faint
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import manner
from simimport.analysis.plots.layout.room import room_of
from simimport.errors import ParameterError
from simimport.model.run.run import Run
from simimport.model.states import State
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS
from simimport.show.words import counted, number, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["fan"]

_ALLOWED = "an iterable of Runs, or a frame of their snapshots"
_INSTANTS = 400
_BANDS = (90, 50)  # per cent of the runs, the widest first


class _Steps(NamedTuple):
    """What one run published: from when on which share of its users was processed, and how it ended."""

    at_s: Floats
    share: Floats
    end_s: float
    final: State


def fan(
    runs: Iterable[Run] | pd.DataFrame,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the published progress of many runs, as bands over time.

    Parameters
    ----------
    runs : iterable of Run, or DataFrame
        Runs of one scenario under many seeds; or their snapshots in one frame, with a column ``replicate``
        beside ``at_s``, ``state`` and ``progress``.
    ax : Axes, optional
        Where to draw; None makes a figure.
    label : str, optional
        What the legend calls the median; of a second fan on the same axes, its bands too.
    color : color, optional
        That of the median and its bands.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says how the runs ended; an empty one for none.
    **kwargs
        Properties of the median, which is a line.

    Returns
    -------
    Axes
        x in seconds, y the share of the staged users published as processed. At each instant half of the
        runs are inside the inner band and 90 % inside the outer one; a run that has ended stays where it
        ended, and a point in the colour of its last state says where.

    Raises
    ------
    ParameterError
        If there are no runs, something else is among them, the frame lacks a column, `ax` is no flat Axes, or
        what is said of the look is none.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.fan(simulate(users=500, crash_rate=0.5, seed=seed) for seed in range(20))
    >>> ax.get_title(loc="left")
    '20 runs: 50 % done, 50 % error'
    """
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    steps = _of_frame(runs) if hasattr(runs, "columns") else _of_runs(runs)
    ax = axes(ax)
    last_s = max(1e-3, *(run.end_s for run in steps))
    grid = np.linspace(0, last_s, _INSTANTS)
    shares = np.stack([run.share[np.searchsorted(run.at_s, grid, side="right") - 1] for run in steps])
    room = room_of(ax)
    own, called = look.color_on(room, "fan", PUBLISHED_COLOR), look.label_on(room, "fan", "median")
    # of one run, a band would be its line
    bands = _draw_bands(ax, grid, shares, own, called) if len(steps) > 1 else []
    style = look.style(color=own, linewidth=2, drawstyle="steps-post", label=called if bands else "published")
    if not bands and look.label is not None:
        style["label"] = look.label
    [median] = ax.plot(grid, np.median(shares, axis=0), **style)
    time_axis(ax, last_s * 1.03)
    reach(ax, "y", 0, 1.04)
    share_axis(ax.yaxis, "published as processed")
    draw_legend(ax, [median, *bands, *_ends(ax, steps)], where=look.legend)
    heading(ax, _sentence(steps), "fan", look)
    return ax


def _draw_bands(ax: Axes, grid: Floats, shares: Any, color: Any, called: str) -> list[Any]:
    """Draw what half of the runs, and most of them, stay within; of a second fan say whose they are."""
    handles: list[Any] = []
    whose = f"{called}: " if room_of(ax).count("fan") else ""
    for band, alpha in zip(_BANDS, (faint(ax, 0.22, 0.38), faint(ax, 0.42, 0.5)), strict=True):
        low, high = np.percentile(shares, [50 - band / 2, 50 + band / 2], axis=0)
        style: dict[str, Any] = {"color": color, "alpha": alpha, "linewidth": 0, "step": "post"}
        name = f"{whose}{percent(band / 100)} of the runs"
        handles.insert(0, ax.fill_between(grid, low, high, label=name, **style))
    return handles


def _of_runs(runs: Any) -> list[_Steps]:
    if isinstance(runs, Run):
        runs = [runs]
    try:
        listed = list(runs)
    except TypeError:
        raise ParameterError("runs", runs, _ALLOWED) from None
    for place, run in enumerate(listed):
        if not isinstance(run, Run):
            raise ParameterError(f"runs[{place}]", run, "a Run, as simulate returns it")
    if not listed:
        raise ParameterError("runs", listed, "at least one Run")
    return [_published(run) for run in listed]


def _published(run: Run) -> _Steps:
    """Return a run's flushes; frames would take longer to make than the whole picture."""
    truth = run.truth
    at_s = np.empty(truth.flushed + 1)
    at_s[0] = -np.inf
    at_s[1:] = truth.flush_us / 1e6
    share = np.zeros(truth.flushed + 1)
    if truth.users:
        share[1:] = truth.flushed_users / truth.users
    else:
        share[:] = 1.0
    return _Steps(at_s, share, truth.end_us / 1e6, run.final)


def _of_frame(frame: Any) -> list[_Steps]:
    require_columns(frame, "runs", ("replicate", "at_s", "state", "progress"), _ALLOWED)
    steps = []
    for _, rows in frame.groupby("replicate", sort=False):
        ordered = rows.sort_values("at_s", kind="stable")
        at_s, share = ordered["at_s"].to_numpy(float), ordered["progress"].to_numpy(float)
        try:
            final = State(ordered["state"].iloc[-1])
        except ValueError:
            raise ParameterError("state", ordered["state"].iloc[-1], ", ".join(State)) from None
        steps.append(_Steps(np.r_[-np.inf, at_s], np.r_[share[:1], share], float(at_s[-1]), final))
    return steps


def _finals(steps: list[_Steps]) -> dict[State, list[_Steps]]:
    """Return the runs by the state that they ended in, without states that none ended in."""
    ended = {state: [run for run in steps if run.final is state] for state in State}
    return {state: runs for state, runs in ended.items() if runs}


def _ends(ax: Axes, steps: list[_Steps]) -> list[Any]:
    handles = []
    for state, runs in _finals(steps).items():
        color = STATE_COLORS[state]
        whose = f"{room_of(ax).count('fan') + 1}: " if room_of(ax).count("fan") else ""
        ax.scatter(
            [run.end_s for run in runs], [run.share[-1] for run in runs], s=16, color=color, alpha=0.55,
            linewidth=0, zorder=4, label=state, clip_on=False,
        )  # fmt: skip
        label = f"{whose}ended {state}: {number(len(runs))}"
        handles.append(Line2D([], [], color=color, marker="o", markersize=5, linestyle="none", label=label))
    return handles


def _sentence(steps: list[_Steps]) -> str:
    """Return how the runs ended."""
    shares = [f"{percent(len(runs) / len(steps))} {state}" for state, runs in _finals(steps).items()]
    return f"{counted(len(steps), 'run')}: {', '.join(shares)}"
