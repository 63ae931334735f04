"""Words beside the data: each is seen only where it is inside the axes and meets no other.

Says nothing itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.analysis.plots.layout.room import room_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.room import Room

__all__ = ["keep_apart", "keep_inside"]


def keep_apart(ax: Axes, texts: Sequence[Any]) -> None:
    """Hide what of some words would meet others before it, or leave the axes, whenever they are drawn."""
    room_of(ax).hooks.append(_Apart(list(texts)))


def keep_inside(ax: Axes, texts: Sequence[Any], width: float, height: float) -> None:
    """Hide words, all or none, where any is larger than a box of that size in the units of the axes."""
    room_of(ax).hooks.append(_Inside(list(texts), width, height))


class _Apart:
    def __init__(self, texts: list[Any]) -> None:
        self.texts = texts

    def __call__(self, room: Room, renderer: Any) -> None:
        """Show those that keep apart, the first of them first."""
        kept: list[Any] = []
        outer = room.ax.bbox
        for text in self.texts:
            text.set_visible(True)
            box = text.get_window_extent(renderer).padded(1)
            inside = (
                box.x0 >= outer.x0 and box.x1 <= outer.x1 and box.y0 >= outer.y0 - 1 and box.y1 <= outer.y1
            )
            seen = inside and not any(box.overlaps(other) for other in kept)
            text.set_visible(bool(seen))
            if seen:
                kept.append(box)


class _Inside:
    def __init__(self, texts: list[Any], width: float, height: float) -> None:
        self.texts, self.width, self.height = texts, width, height

    def __call__(self, room: Room, renderer: Any) -> None:
        """Show them where all have room."""
        ends = room.ax.transData.transform([(0.0, 0.0), (self.width, self.height)])
        across, up = abs(ends[1] - ends[0])
        boxes = []
        for text in self.texts:
            text.set_visible(True)
            boxes.append(text.get_window_extent(renderer))
        seen = all(box.width <= 0.94 * across and box.height <= 0.9 * up for box in boxes)
        for text in self.texts:
            text.set_visible(bool(seen))
