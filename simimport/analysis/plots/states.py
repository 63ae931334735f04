"""A plot of the states that one run went through, and what other plots of a run say of them too.

Reads the record and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Patch

from simimport.analysis.plots.axes import axes, heading, legend, run_of, time_axis, written_on
from simimport.model.dialects import dialect_of
from simimport.model.run.stays import Stay, stays
from simimport.show.palette import STATE_COLORS
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.model.run.run import Run
    from simimport.model.run.timeline import Timeline

__all__ = ["ending_in_words", "states", "stays_in_view"]

_AFTER = 0.03  # how much of the time axis shows the state it ended in
# a name has room in its state where that is at least so long, as shares of the picture
_ROOM, _ROOM_PER_LETTER = 0.02, 0.014


def stays_in_view(timeline: Timeline) -> list[Stay]:
    """Return the states of a run; the last, which has no end, lasts a little beyond that of the run."""
    *passed, last = stays(timeline)
    end_s = max(float(timeline.rows["at_us"][-1]) / 1e6, 1e-3) * (1 + _AFTER)
    return [*passed, last._replace(to_s=end_s)]


def ending_in_words(run: Run, timeline: Timeline) -> str:
    """Return in a sentence how a run ended, what was published at its end, and what that hides."""
    last = timeline.change(len(timeline) - 1)
    lag = last.completed + last.error - run.truth.processed
    # a minus as long as the plus
    hidden = f" ({lag:+,} against the truth)".replace("-", "\N{MINUS SIGN}") if lag else ""
    return (
        f"{counted(run.truth.users, 'user')}: {last.state} after {duration(last.at_us / 1e6)}; "
        f"published {number(last.completed)} imported, {number(last.error)} failed{hidden}"
    )


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
    timeline = run_of(run).timeline(dialect_of(dialect))
    ax = axes(ax, (9.6, 1.9))
    *passed, last = stays_in_view(timeline)
    handles = []
    for stay in (*passed, last):
        color = STATE_COLORS[stay.state]
        ax.barh(0, stay.lasted_s, left=stay.from_s, height=0.8, color=color, edgecolor="none")
        if stay.lasted_s / last.to_s > _ROOM + _ROOM_PER_LETTER * len(stay.state):
            middle = (stay.from_s + stay.to_s) / 2
            ax.text(middle, 0, stay.state, ha="center", va="center", color=written_on(color), clip_on=True)
        when = f"from {duration(stay.from_s)} on" if stay is last else f"for {duration(stay.lasted_s)}"
        handles.append(Patch(color=color, label=f"{stay.state} {when}"))
    time_axis(ax, last.to_s)
    ax.set_ylim(-0.5, 0.5)
    ax.set_yticks([])
    ax.spines[["left", "right", "top"]].set_visible(False)
    legend(ax, handles)
    heading(ax, ending_in_words(run, timeline))
    return ax
