"""What every plot shares: axes to draw on, scales of time, counts and shares, the title, and refusals.

How all of it fits its room stands in `layout`. Draws no data, shows nothing, and changes no global setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simimport.analysis.plots.layout.ink import ink, legible
from simimport.analysis.plots.layout.room import Room, room_of
from simimport.analysis.plots.layout.ticks import (
    CountLocator,
    ShareLocator,
    TimeFormatter,
    TimeLocator,
    Worded,
    count_in_words,
    share_in_words,
)
from simimport.errors import ParameterError, suggestion
from simimport.model.run.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.manner import Manner

__all__ = [
    "SINCE_CREATION",
    "axes",
    "axis_label",
    "count_axis",
    "duration_axis",
    "heading",
    "ink",
    "nothing",
    "reach",
    "require_columns",
    "run_of",
    "share_axis",
    "time_axis",
    "unpublished_label",
]

SINCE_CREATION = "time since the operation was created"
#: What the label of an axis says where it has little room.
_SHORT = {
    SINCE_CREATION: "time since creation",
    "time on the trace's clock": "time",
    "time from creation to end": "duration",
    "time from import.run to end": "duration",
    "users processed": "users",
    "deviation that was seen, in standard deviations": "deviation",
    "users behind the truth": "users behind",
    "users published as processed": "published",
    "published as processed": "published",
    "failed, of each group": "failed",
    "share of the imports": "share",
}
_NOT_FLAT = ("polar", "aitoff", "hammer", "lambert", "mollweide")


def run_of(run: object, name: str = "run") -> Run:
    """Return what was given, if it is a run.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if not isinstance(run, Run):
        raise ParameterError(name, run, "a Run, as simulate returns it")
    return run


def axes(ax: Axes | None, size: tuple[float, float] = (9.6, 4.4)) -> Axes:
    """Return the axes given, or those of a new figure of that size in inches; what they say fits its room.

    Raises
    ------
    ParameterError
        If what is given is no Axes, or not flat.
    """
    from matplotlib.axes import Axes as AxesClass

    if ax is None:
        # the only use of pyplot: a notebook shows the figures that it knows of
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, AxesClass):
        raise ParameterError("ax", ax, "Axes of Matplotlib, or None for a new figure")
    if ax.name in _NOT_FLAT or hasattr(ax, "get_zlim"):
        raise ParameterError(
            "ax", f"axes of the kind {ax.name}", "flat axes of an x and a y, as plt.subplots makes them"
        )
    room_of(ax)
    _make_legible(ax)
    return ax


def _make_legible(ax: Axes) -> None:
    """Let what the style draws around the data be seen on paper that is not the style's."""
    for axis in (ax.xaxis, ax.yaxis):
        label = axis.get_major_ticks(1)[0].label1
        axis.label.set_color(legible(axis.label.get_color(), ax))
        if legible(label.get_color(), ax) != label.get_color():
            axis.set_tick_params(colors=ink(ax))
    for spine in ax.spines.values():
        spine.set_edgecolor(legible(spine.get_edgecolor(), ax))


def require_columns(frame: Any, name: str, wanted: Sequence[str], allowed: str) -> None:
    """Refuse what is no frame, has no rows, or lacks a column; `allowed` says what is wanted.

    Raises
    ------
    ParameterError
        Which of these, and what there is instead.
    """
    if not hasattr(frame, "columns"):
        raise ParameterError(name, frame, allowed)
    present = list(map(str, frame.columns))
    if not present:
        raise ParameterError(name, "a frame without columns", allowed)
    for column in wanted:
        if column not in present:
            hint = suggestion(column, present)
            raise ParameterError("a column", column, "those of the frame, " + ", ".join(present), hint=hint)
    if not len(frame):
        raise ParameterError(name, "a frame of no rows", "a frame of at least one row")


# scales -------------------------------------------------------------------------------------------


def reach(ax: Axes, side: str, low: float, high: float) -> None:
    """Let an axis (``x`` or ``y``) go from one value to another, and over what earlier pictures need."""
    shared = ax.get_shared_x_axes() if side == "x" else ax.get_shared_y_axes()
    room_of(ax).limits[side] = (low, high) if not room_of(ax).drawn else _over(room_of(ax), side, low, high)
    for other in shared.get_siblings(ax):
        there = other.get_axes_locator()
        if isinstance(there, Room) and there.is_of(other):
            low, high = _over(there, side, low, high)
    (ax.set_xlim if side == "x" else ax.set_ylim)(low, high)


def _over(room: Room, side: str, low: float, high: float) -> tuple[float, float]:
    """Return the limits that hold these and those of a room."""
    before = room.limits.get(side, (low, high))
    return min(low, before[0]), max(high, before[1])


def time_axis(ax: Axes, end_s: float, label: str = SINCE_CREATION) -> None:
    """Make the x axis one of time, from 0 to an instant in seconds."""
    reach(ax, "x", 0, end_s)
    duration_axis(ax.xaxis, label)


def duration_axis(axis: Any, label: str, most: int = 9) -> None:
    """Make an axis one of seconds, with so many steps between its ticks at most."""
    axis.set_major_locator(TimeLocator(most))
    axis.set_major_formatter(TimeFormatter())
    axis_label(axis, label)


def count_axis(axis: Any, label: str, most: int = 7, *, short: str = "") -> None:
    """Make an axis one of whole things, such as users, with separated thousands."""
    axis.set_major_locator(CountLocator(most))
    axis.set_major_formatter(Worded(count_in_words))
    axis_label(axis, label, short)


def share_axis(axis: Any, label: str, *, short: str = "") -> None:
    """Make an axis one of shares, in per cent."""
    axis.set_major_locator(ShareLocator())
    axis.set_major_formatter(Worded(share_in_words))
    axis_label(axis, label, short)


# words --------------------------------------------------------------------------------------------


def axis_label(axis: Any, label: str, short: str = "") -> None:
    """Write what an axis says, or something shorter where that has no room."""
    short = short or _SHORT.get(label, "")
    side = "x" if axis.axis_name == "x" else "y"
    room_of(axis.axes).write(side, axis.label, label, short)


def heading(ax: Axes, sentence: str, kind: str = "", manner: Manner | None = None) -> None:
    """Write a title where the eye begins; of several pictures on the same axes, a line for each.

    Parameters
    ----------
    ax : Axes
        What it is the title of.
    sentence : str
        What the picture says.
    kind : str, optional
        Of which kind the picture is: a second one of it is coloured and called otherwise.
    manner : Manner, optional
        What the caller asked for: a title of his own stands instead, and a label tells whose line it is.
    """
    room = room_of(ax)
    room.drawn.append((kind, None if manner is None else manner.label, sentence))
    lines = [f"{label}: {said}" if label else said for _, label, said in room.drawn]
    same = {said for _, _, said in room.drawn} == {sentence}
    full = sentence if same else "\n".join(lines)
    if manner is not None and manner.title is not None:
        full = manner.title
    title = ax.set_title(full, loc="left", fontsize=room.letters(), color=ink(ax), pad=8 - 2 * room.step())
    room.write("title", title, full)


def nothing(ax: Axes, words: str) -> None:
    """Write into axes why there is nothing in them."""
    ax.annotate(
        words, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=ink(ax),
        fontsize=room_of(ax).letters(), annotation_clip=False, zorder=6,
    )  # fmt: skip


def unpublished_label(run: Run) -> str:
    """Return what a legend calls the users processed and not published, also where instants blur them."""
    blurred = "\n(in whole microseconds)" if run.truth.blurred else ""
    return f"processed, not published{blurred}"
