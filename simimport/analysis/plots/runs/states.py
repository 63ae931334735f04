"""A plot of the states that one run went through, and what other plots of a run say of them too.

Reads the record and draws it. Simulates nothing and keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import Patch, Rectangle

from simimport.analysis.plots.axes import axes, heading, reach, run_of, time_axis
from simimport.analysis.plots.layout.ink import written_on
from simimport.analysis.plots.layout.legends import fits_beside
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import manner
from simimport.analysis.plots.layout.room import Room, room_of
from simimport.analysis.plots.layout.ticks import NameFormatter
from simimport.model.dialects import dialect_of
from simimport.model.run.stays import Stay, stays
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.model.run.run import Run
    from simimport.model.run.timeline import Timeline

__all__ = ["ended_early", "ending_in_words", "states", "stays_in_view"]

_AFTER = 0.03  # how much of the time axis shows the state it ended in
# no bar is higher, in inches, so that in high axes there is room below for the legend
_HIGHEST = 0.6


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


def ended_early(run: Run) -> str:
    """Return what a title adds where an import did not end by itself: nothing where it did."""
    return {State.ERROR: "; it crashed", State.CANCELED: "; it was canceled"}.get(run.final, "")


def states(
    run: Run,
    ax: Axes | None = None,
    *,
    dialect: str = "docs",
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the states of a run as one bar along time.

    Parameters
    ----------
    run : Run
        The record.
    ax : Axes, optional
        Where to draw; None makes a figure. A second run on the same axes is a bar below.
    dialect : str, default "docs"
        Whose states are drawn.
    label : str, optional
        What stands to the left of the bar.
    color : color, optional
        That of a line around the bar; inside it are the states' own.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "lower left", to have it there.
    title : str, optional
        Instead of the one that says how the run ended; an empty one for none.
    **kwargs
        Properties of the bar's pieces, which are rectangles.

    Returns
    -------
    Axes
        x in seconds. The state it ended in is drawn a little beyond the end.

    Raises
    ------
    ParameterError
        If `run` is no Run, `ax` no flat Axes, the dialect is unknown, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import plots, simulate
    >>> ax = plots.states(simulate(users=500, seed=7))
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['new for 2 s', 'ready for 5 s', 'importing for 16.7 s', 'done from 23.7 s on']
    """
    timeline = run_of(run).timeline(dialect_of(dialect))
    look = manner(Rectangle, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax, (9.6, 1.9))
    room, stays_seen = room_of(ax), stays_in_view(timeline)
    row = room.count("states")
    handles = _draw_bar(ax, stays_seen, row, look.style(edgecolor="none"))
    if look.color is not None:
        edge: dict[str, Any] = {"fill": False, "edgecolor": look.color, "linewidth": 2.0, "zorder": 3}
        ax.add_patch(Rectangle((0, -row - 0.4), stays_seen[-1].to_s, 0.8, **edge))
    time_axis(ax, stays_seen[-1].to_s)
    _name_rows(ax, row, look.label)
    # the lengths are those of one run: of several, the colours alone are explained
    plain_handles = [Patch(color=STATE_COLORS[stay.state], label=stay.state) for stay in stays_seen]
    if row:
        room.handles = []
        plain_handles = [*_states_of(ax), *plain_handles]
    draw_legend(ax, plain_handles if row else handles, where=look.legend)
    heading(ax, ending_in_words(run, timeline), "states", look)
    return ax


def _draw_bar(ax: Axes, seen: list[Stay], row: int, style: dict[str, Any]) -> list[Any]:
    """Draw the states of a run as pieces of a bar, each with its name; return what a legend has of them."""
    handles = []
    for stay in seen:
        color = STATE_COLORS[stay.state]
        [piece] = ax.barh(-row, stay.lasted_s, left=stay.from_s, height=0.8, color=color, **style)
        name = ax.text(
            (stay.from_s + stay.to_s) / 2, -row, stay.state, ha="center", va="center",
            color=written_on(color), clip_on=True, fontsize=room_of(ax).letters(),
        )  # fmt: skip
        room_of(ax).hooks.append(_Named(piece, name))
        when = f"from {duration(stay.from_s)} on" if stay is seen[-1] else f"for {duration(stay.lasted_s)}"
        handles.append(Patch(color=color, label=f"{stay.state} {when}"))
    return handles


class _Named:
    """The name in a piece of a bar, which is seen where it is narrower than the piece."""

    def __init__(self, piece: Any, name: Any) -> None:
        self.piece, self.name = piece, name

    def __call__(self, room: Room, renderer: Any) -> None:
        self.name.set_fontsize(room.letters())
        self.name.set_visible(True)
        words, box = self.name.get_window_extent(renderer), self.piece.get_window_extent(renderer)
        self.name.set_visible(bool(words.width + 4 <= box.width and words.height <= box.height))


def _states_of(ax: Axes) -> list[Any]:
    """Return a handle for each state that is drawn already."""
    drawn = {
        patch.get_facecolor() for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_fill()
    }
    handles = [Patch(color=color, label=state) for state, color in STATE_COLORS.items()]
    return [handle for handle in handles if handle.get_facecolor() in drawn]


def _name_rows(ax: Axes, row: int, label: str | None) -> None:
    """Give the bars their rows, from above, and their names."""
    names = [*getattr(ax.yaxis.get_major_formatter(), "names", []), label or ""] if row else [label or ""]
    ax.spines[["left", "right", "top"]].set_visible(False)
    reach(ax, "y", -row - 0.5, 0.5)
    ax.set_yticks([-place for place, name in enumerate(names) if name])
    ax.yaxis.set_major_formatter(_RowNames(names))
    ax.tick_params(axis="y", length=0)
    if not row:
        room_of(ax).hooks.append(_spare_room)


class _RowNames(NameFormatter):
    """Names of rows that are counted downwards."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return super().__call__(-x, pos)


def _spare_room(room: Room, renderer: Any) -> None:
    """Keep the bars low, above what is left of high axes, if the legend has no room beside them."""
    rows = room.count("states")
    _, height = room.inches()
    inside = room.legend is not None and not fits_beside(room, renderer)
    # a bar has 0.8 of its row
    spare = max(height * 0.8 / _HIGHEST - rows, 0.0) if inside else 0.0
    bottom = 0.5 - rows - spare
    if abs(room.ax.get_ylim()[0] - bottom) > 1e-6 and room.ax.get_ylim()[1] == 0.5:
        room.ax.set_ylim(bottom, 0.5)
