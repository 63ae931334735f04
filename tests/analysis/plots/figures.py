"""What the tests of the plots look things up with in the axes that they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib import colors
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How far the picture goes beyond the end of the run: to show what it ended as.
AFTER = 1.03


def line(ax: Axes, label: str) -> Any:
    [found] = [drawn for drawn in ax.lines if drawn.get_label() == label]
    return found


def band(ax: Axes, label: str) -> PolyCollection:
    [found] = [drawn for drawn in ax.collections if drawn.get_label() == label]
    assert isinstance(found, PolyCollection)
    return found


def bars(ax: Axes, label: str) -> LineCollection:
    [found] = [drawn for drawn in ax.collections if drawn.get_label() == label]
    assert isinstance(found, LineCollection)
    return found


def legend_texts(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def plain() -> Axes:
    """Return axes that stay where they are: finding the best place takes most of the time of a plot."""
    return Figure(figsize=(9.6, 4.4)).subplots()


def lay_out(ax: Axes) -> None:
    """Put everything in its place, as drawing does, without making a pixel."""
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()


def middle(text: Any) -> tuple[float, float]:
    box = text.get_window_extent()
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def contrast(one: Any, other: Any) -> float:
    light = sorted(luminance(colors.to_rgb(color)) for color in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(rgb: tuple[float, float, float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
