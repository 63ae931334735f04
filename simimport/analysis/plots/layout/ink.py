"""What is written with, and on what: colours that can be read where they are drawn.

Knows axes and figures. Draws nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.colors import to_hex, to_rgb, to_rgba

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "CONTRAST_OF_TEXT", "contrast", "faint", "ink", "legible", "paper", "paper_is_clear", "paper_is_dark",
    "written_on",
]  # fmt: skip

#: The least contrast of lines and marks, as WCAG 2.2 has it, and that of text.
LEAST, CONTRAST_OF_TEXT = 3.0, 4.5
_CLEAR = (0.0, 0.0, 0.0, 0.0)


def paper(ax: Axes) -> tuple[float, float, float, float]:
    """Return the colour that is drawn on: that of the axes, or of what they lie on; clear if all is."""
    figure: Any = ax.figure
    # the figure of a part of a figure is the whole one
    for face in (ax.get_facecolor(), figure.get_facecolor(), figure.figure.get_facecolor()):
        red, green, blue, alpha = to_rgba(face)
        if alpha >= 0.5:
            return (red, green, blue, 1.0)
    return _CLEAR


def paper_is_clear(ax: Axes) -> bool:
    """Return whether what lies below the picture is what is seen."""
    return paper(ax) == _CLEAR


def paper_is_dark(ax: Axes) -> bool:
    """Return whether what is drawn on is dark; of clear paper the style's ink tells what it is made for."""
    if paper_is_clear(ax):
        return _lightness(to_rgb(rcParams["text.color"])) > 0.6
    return _lightness(paper(ax)) < 0.5


def ink(ax: Axes) -> str:
    """Return a colour to write with: what is given as axes may be dark though the style now is not."""
    if paper_is_clear(ax):
        return to_hex(rcParams["text.color"])
    return "#f0f0f0" if paper_is_dark(ax) else "#202020"


def faint(ax: Axes, on_light: float, on_dark: float) -> float:
    """Return how strong an area is drawn, out of what suits light paper and what suits dark one."""
    return on_dark if paper_is_dark(ax) else on_light


def legible(color: Any, ax: Axes) -> Any:
    """Return a colour of the style, or ink where it could not be read on what it is drawn on."""
    return color if paper_is_clear(ax) or contrast(color, paper(ax)[:3]) >= LEAST else ink(ax)


def written_on(color: Any, least: float = 3.5) -> str:
    """Return white where it has such a contrast on a colour, else black."""
    # where white has a contrast of less than 3.5, black has 6 or more; and where it has less than 4.5, 4.6
    return "white" if contrast(color, "white") >= least else "black"


def contrast(color: Any, other: Any) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.

    Examples
    --------
    >>> contrast("black", "white"), round(contrast("#777777", "white"), 2)
    (21.0, 4.48)
    """
    dark, light = sorted(_luminance(to_rgb(given)) for given in (color, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: Sequence[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _lightness(rgb: Sequence[float]) -> float:
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
