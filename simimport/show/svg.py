"""Pieces of the pictures in cards: the SVG, a bar of states, the axes of time and of shares, and paths.

Knows words, seconds and shares, and neither runs nor traces.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from simimport.show.html import text
from simimport.show.palette import STATE_COLORS, UNKNOWN_COLOR
from simimport.show.ticks import round_instants
from simimport.show.words import duration, percent

__all__ = ["LEFT", "RIGHT", "Scale", "axes", "drawing", "path", "state_bar", "written"]

# in user units of the picture, which are pixels where it has its full width
_WIDTH, _HEIGHT = 680, 190
LEFT, RIGHT = 46, 668
_TOP, _BOTTOM = 26, 164
_BAR, _BAR_HEIGHT = 4, 12
#: The last state has no length, and gets this much to be seen.
_LAST = 16
_NARROWEST = 2.0
#: So many steps along the time axis at most: a label such as "12 h 30 min" has room.
_TICKS = 8
_LABEL_STYLE = 'font-size="11" fill="currentColor"'
# a word of a broken server may be of any length
_LONGEST_WORD = 40


class Scale:
    """From seconds and shares to places in the picture.

    Parameters
    ----------
    end_s : float
        Where the axis of time ends, which begins at 0.
    """

    def __init__(self, end_s: float) -> None:
        self.end_s = end_s
        self.end_x = RIGHT - _LAST
        self._per_s = (self.end_x - LEFT) / end_s if end_s > 0 else 0.0

    def x(self, at_s: float) -> float:
        """Return the place of an instant."""
        return round(LEFT + at_s * self._per_s, 1)

    def y(self, share: float) -> float:
        """Return the place of a share, from 0 at the bottom to 1."""
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def drawing(label: str, parts: Iterable[str]) -> str:
    """Return the SVG of some parts, in the colour of the text around it; the label says the same in words."""
    words = text(label)
    opening = (
        f'<svg role="img" aria-label="{words}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" style="display:block;max-width:100%;height:auto;overflow:visible">'
    )
    # where a host takes pictures out and leaves their words, these stand apart
    return "\n".join([opening, f"<title>{words}</title>", *parts, "</svg>"])


def state_bar(stays: Sequence[tuple[str, float, float]], scale: Scale) -> Iterator[str]:
    """Yield states, each from when to when; the last has no end.

    A short one is as wide as the eye needs, at the cost of its longer neighbour.
    """
    edges = [scale.x(from_s) for _, from_s, _ in stays]
    for place in range(1, len(edges)):
        edges[place] = max(edges[place], edges[place - 1] + _NARROWEST)
    edges[-1] = min(edges[-1], scale.end_x)
    for place in range(len(edges) - 2, -1, -1):
        edges[place] = min(edges[place], edges[place + 1] - _NARROWEST)
    for (state, from_s, to_s), left, right in zip(stays, edges, [*edges[1:], RIGHT], strict=True):
        lasts = f", for {duration(to_s - from_s)}" if math.isfinite(to_s) else " on"
        yield (
            f'<rect x="{left:g}" y="{_BAR}" width="{right - left:.1f}" height="{_BAR_HEIGHT}" '
            f'fill="{STATE_COLORS.get(state, UNKNOWN_COLOR)}"><title>{text(state, _LONGEST_WORD)} from '
            f"{duration(from_s)}{lasts}</title></rect>"
        )


def axes(scale: Scale) -> Iterator[str]:
    """Yield lines at none, half and all, and round instants below them."""
    for share in (0.0, 0.5, 1.0):
        y = scale.y(share)
        yield (
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:g}" y2="{y:g}" stroke="currentColor" '
            f'stroke-opacity="{0.45 if share == 0 else 0.15}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:g}" text-anchor="end" {_LABEL_STYLE}>{percent(share)}</text>'
        )
    for at_s in round_instants(0, scale.end_s, _TICKS):
        x = scale.x(at_s)
        yield (
            f'<line x1="{x:g}" x2="{x:g}" y1="{_BOTTOM}" y2="{_BOTTOM + 4}" stroke="currentColor" '
            f'stroke-opacity="0.45"/><text x="{x:g}" y="{_BOTTOM + 17}" text-anchor="middle" '
            f"{_LABEL_STYLE}>{duration(at_s, exact=True)}</text>"
        )


def written(words: str, scale: Scale) -> str:
    """Return words in the middle of the picture, where there is nothing to draw."""
    y = scale.y(0.5)
    return (
        f'<text x="{(LEFT + RIGHT) / 2:g}" y="{y - 6:g}" text-anchor="middle" {_LABEL_STYLE}>'
        f"\n{text(words)}</text>"
    )


def path(scale: Scale, at_s: Iterable[float], shares: Iterable[float]) -> str:
    """Return a path through the points, without those that lie on a level line between two others."""
    points = [(scale.x(x), scale.y(y)) for x, y in zip(at_s, shares, strict=True)]
    kept = [
        point
        for place, point in enumerate(points)
        if place in (0, len(points) - 1) or not points[place - 1][1] == point[1] == points[place + 1][1]
    ]
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in kept)
