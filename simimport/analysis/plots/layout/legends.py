"""A legend where it covers nothing: beside the axes, where they are empty, below them, or nowhere.

Each is measured when the picture is laid out or drawn. What the entries are, the picture says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simimport.analysis.plots.layout.ink import ink, paper, paper_is_clear
from simimport.analysis.plots.layout.room import Room, room_of
from simimport.analysis.plots.layout.space import empty_box, taken
from simimport.analysis.plots.layout.wording import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["fits_beside", "legend"]

# of a figure's width a legend beside the axes takes no more, and of a cell's height one below them
_BESIDE, _BELOW = 0.24, 0.3
# in cells lower than this, in inches, it would take all that the data have
_LOWEST = 1.7
_PAD_PIXELS = 4
# of a place that it had a moment ago, no more than this share may be taken now
_TOUCHED = 0.03
# to come into a place, a legend needs so much more than its height
_AIR = 0.15


def legend(ax: Axes, handles: Sequence[Any], *, title: str | None = None, where: bool | str = True) -> None:
    """Give axes a legend of these and of what earlier pictures on them had.

    Parameters
    ----------
    ax : Axes
        What it explains.
    handles : sequence of Artist
        Its entries, by their labels; what was there before by the same label is not said again.
    title : str, optional
        What stands above them.
    where : bool or str, default True
        False for no legend; a place in Matplotlib's words, such as "upper left", to have it there.
    """
    room = room_of(ax)
    for handle in handles:
        if handle.get_label() not in {before.get_label() for before in room.handles}:
            room.handles.append(handle)
    if not room.handles or where is False:
        return
    _draw(room, title, 1, where)
    if where is True and _place not in room.hooks:
        room.hooks.append(_place)


def _draw(room: Room, title: str | None, columns: int, where: bool | str) -> Any:
    ax = room.ax
    # a label that begins with an underscore would be left out
    handles = _seen(room)
    labels = [re.sub("^_", " _", literal(str(handle.get_label()))) for handle in handles]
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.0}
    drawn = ax.legend(
        handles=handles, labels=labels, title=None if title is None else literal(title), frameon=False,
        labelcolor=ink(ax), fontsize=room.letters(1), title_fontsize=room.letters(1), alignment="left",
        ncols=columns, **(place if where is True else {"loc": where}),
    )  # fmt: skip
    drawn.get_title().set_color(ink(ax))
    room.legend, room.columns = drawn, columns
    return drawn


def _seen(room: Room) -> list[Any]:
    """Return the entries without those of what is drawn in small axes alone, where these are hidden."""
    hidden = [axes for axes in room.ax.child_axes if not axes.get_visible()]
    return [handle for handle in room.handles if handle.axes not in hidden]


def _place(room: Room, renderer: Any) -> None:
    """Put the legend where it covers nothing, if it still is ours."""
    if not room.handles or room.ax.get_legend() is not _legend_of(room):
        return
    if len(_legend_of(room).get_texts()) != len(_seen(room)):
        _draw(room, _title(_legend_of(room)), 1, True)
    _legend_of(room).set_visible(True)
    for text in (*_legend_of(room).get_texts(), _legend_of(room).get_title()):
        text.set_fontsize(room.letters(1))
    if fits_beside(room, renderer):
        room.place = "beside"
        _put(room, 1.01, 1.0, framed=False)
    elif (spot := _spot(room, renderer)) is not None:
        room.place = "inside"
        _put(room, *spot, framed=True)
    elif _put_below(room, renderer):
        room.place = "below"
    else:
        room.place = "nowhere"
        _legend_of(room).set_visible(False)


def _put(room: Room, left: float, top: float, *, framed: bool) -> None:
    ax, drawn = room.ax, room.legend
    if room.columns > 1:
        drawn = _draw(room, _title(drawn), 1, True)
    drawn.set_bbox_to_anchor((left, top))
    # upon a background words want paper of their own
    drawn.set_frame_on(framed and not paper_is_clear(ax))
    drawn.get_frame().set(facecolor=paper(ax), edgecolor="none", alpha=0.7)


def _legend_of(room: Room) -> Any:
    return room.legend


def _title(drawn: Any) -> str | None:
    words = drawn.get_title().get_text()
    return words.replace(r"\$", "$") or None


def _size(drawn: Any, renderer: Any) -> tuple[float, float]:
    box = drawn.get_window_extent(renderer)
    return box.width, box.height


def fits_beside(room: Room, renderer: Any) -> bool:
    """Return whether there is a legend, nothing else beside the axes, and room for the legend there."""
    if room.legend is None or not room.is_alone():
        return False
    figure: Any = room.ax.figure
    width, height = _size(room.legend, renderer)
    if height > figure.bbox.height:
        return False
    if figure.get_layout_engine() is None:
        return bool(room.ax.bbox.x1 + 0.01 * room.ax.bbox.width + width <= figure.bbox.x1)
    return bool(width <= _BESIDE * figure.bbox.width)


def _spot(room: Room, renderer: Any) -> tuple[float, float] | None:
    """Return the upper left corner of a place inside the axes where nothing is, with a little air around.

    A layout measures and then moves the axes: what comes in needs room enough to stay, and stays though it
    now should touch something a little.
    """
    box = room.ax.bbox
    if room.columns > 1:
        _draw(room, _title(room.legend), 1, True)
    width, height = _size(room.legend, renderer)
    air = 2 * _PAD_PIXELS + (0.0 if room.place == "inside" else _AIR * height)
    wide, high = (width + air) / box.width, (height + air) / box.height
    found = empty_box(taken(room.ax, renderer), wide, high, most=_TOUCHED if room.place == "inside" else 0.0)
    if found is None:
        return None
    return found[0] + _PAD_PIXELS / box.width, found[1] + found[3] - _PAD_PIXELS / box.height


def _put_below(room: Room, renderer: Any) -> bool:
    """Put the legend below the axes, in as many columns as fit, if a layout makes room for it there."""
    ax = room.ax
    # a layout makes room for it; one that did so once may be gone since
    if ax.figure.get_layout_engine() is None and room.place != "below":
        return False
    if room.cell()[1] < _LOWEST:
        return False
    drawn = room.legend
    if room.columns > 1:
        drawn = _draw(room, _title(drawn), 1, True)
    width, height = _size(drawn, renderer)
    sides = [box for axis in (ax.xaxis, ax.yaxis) if (box := axis.get_tightbbox(renderer)) is not None]
    left, bottom = (
        min([getattr(ax.bbox, edge), *(getattr(b, edge) for b in sides)]) for edge in ("x0", "y0")
    )
    columns = min(int((ax.bbox.x1 - left) / max(width, 1.0)), len(_seen(room)))
    entries = len(_seen(room))
    rows = -(-entries // max(columns, 1))
    if not columns or rows / entries * height > _BELOW * room.cell()[1] * ax.figure.dpi:
        return False
    if columns > 1:
        drawn = _draw(room, _title(drawn), columns, True)
    drawn.set_bbox_to_anchor(
        ((left - ax.bbox.x0) / ax.bbox.width, (bottom - _PAD_PIXELS - ax.bbox.y0) / ax.bbox.height)
    )
    return True
