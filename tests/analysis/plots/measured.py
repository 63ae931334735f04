"""What stands where in a figure, as the renderer has it: words, legends and axes, in pixels."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import BboxBase

Layout = Literal["tight", "constrained"]


def draw(figure: Figure) -> None:
    """Lay out and draw as saving does: the layout has one go, and what is drawn then must be as it was."""
    figure.draw_without_rendering()
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")
    figure.draw_without_rendering()
    if engine is not None:
        figure.set_layout_engine(engine)


def words_of(figure: Figure) -> list[tuple[str, BboxBase]]:
    """Return all words that are seen, and where."""
    seen: list[tuple[str, BboxBase]] = []
    for ax in all_axes(figure):
        legend = ax.get_legend()
        explained = set() if legend is None else _texts_in(legend)
        hidden = _ticks_out_of_view(ax).union(*map(_texts_in, ax.child_axes))
        if legend is not None and not legend.get_visible():
            hidden |= explained
        if not ax.axison:
            hidden |= _texts_in(ax.xaxis) | _texts_in(ax.yaxis)
        texts: list[Any] = [text for text in ax.findobj(Text, include_self=False) if id(text) not in hidden]
        seen += [(text.get_text(), text.get_window_extent()) for text in texts if _is_seen(text)]
    return seen


def _is_seen(text: Any) -> bool:
    return bool(text.get_visible() and text.get_text().strip())


def _texts_in(artist: Any) -> set[int]:
    return {id(text) for text in artist.findobj(Text)}


def all_axes(figure: Figure) -> list[Axes]:
    """Return the axes that are seen, those upon others too."""
    found = []
    for ax in figure.axes:
        found += [ax, *(child for child in ax.child_axes if child.get_visible())]  # type: ignore[misc]
    return found


def _ticks_out_of_view(ax: Axes) -> set[int]:
    hidden = set()
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        hair = 1e-9 * (high - low)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not low - hair <= tick.get_loc() <= high + hair:
                hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the words that lie over each other, by more than a pixel."""
    words = [(said, box.padded(-1)) for said, box in words_of(figure) if min(box.width, box.height) > 2]
    return [(one, other) for (one, a), (other, b) in combinations(words, 2) if a.overlaps(b)]


def outside(figure: Figure) -> list[str]:
    """Return the words, and the legends, that are not within the figure."""
    room = figure.bbox.padded(1.5)
    boxes = [*words_of(figure), *((f"legend {ax}", box) for ax, box in legends(figure))]
    return [
        said
        for said, box in boxes
        if not (room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1)
    ]


def crossed(figure: Figure) -> list[str]:
    """Return the words that a line from a magnifying glass goes through."""
    leads = [lead for ax in figure.axes for lead in ax.findobj(ConnectionPatch) if lead.get_visible()]
    paths = [lead.get_transform().transform_path(lead.get_path()) for lead in leads]
    return [
        said
        for said, box in words_of(figure)
        for path in paths
        if path.intersects_bbox(box.padded(-1), filled=False)
    ]


def legends(figure: Figure) -> list[tuple[Axes, BboxBase]]:
    """Return the legends that are seen, and where."""
    drawn = [(ax, ax.get_legend()) for ax in figure.axes]
    return [
        (ax, legend.get_window_extent())
        for ax, legend in drawn
        if legend is not None and legend.get_visible()
    ]


def covered(figure: Figure) -> list[str]:
    """Return the axes that a legend of others lies over."""
    return [
        f"{other.get_title(loc='left')} by {ax.get_title(loc='left')}"
        for ax, box in legends(figure)
        for other in figure.axes
        if other is not ax and box.overlaps(other.bbox)
    ]


def widths(figure: Figure) -> list[float]:
    """Return how wide the axes are."""
    return [ax.bbox.width for ax in figure.axes]


def empty_width(rows: int, columns: int, size: tuple[float, float], layout: Layout) -> float:
    """Return how wide axes are in a grid in which nothing is drawn."""
    figure = Figure(figsize=size, layout=layout)
    figure.subplots(rows, columns)
    draw(figure)
    return min(widths(figure))
