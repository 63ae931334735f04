"""The picture of a run: its states on a bar, and published progress under the truth, as one SVG.

Takes a record, and gives text whose length does not grow with the import. Axes for papers are in the plots.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simimport.show.html import text
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR
from simimport.show.ticks import round_instants
from simimport.show.words import counted, duration, number, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simimport.model.run.run import Run
    from simimport.model.run.stays import Stay

__all__ = ["picture"]

# in user units of the picture, which are pixels where it has its full width
_WIDTH, _HEIGHT = 680, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 668, 26, 164
_BAR, _BAR_HEIGHT = 4, 12
#: The last state has no length, and gets this much to be seen.
_LAST = 16
_NARROWEST = 2.0
_COLUMNS = 300
#: Up to so many steps each is drawn where it is; of more, the last in each column.
_STEPS = 150
#: So many steps along the time axis at most: a label such as "12 h 30 min" has room.
_TICKS = 8
_LABEL_STYLE = 'font-size="11" fill="currentColor"'


def picture(run: Run) -> str:
    """Return the SVG of a run.

    Returns
    -------
    str
        An element ``svg``, 680 wide at most, in the colour of the text around it.
    """
    scale = _Scale(run.duration_s)
    words = text(_words(run))
    opening = (
        f'<svg role="img" aria-label="{words}" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" style="display:block;max-width:100%;height:auto;overflow:visible">'
    )
    parts = [
        opening,
        f"<title>{words}</title>",
        *_bar(run.stays, scale),
        *_axes(scale),
        *_curves(run, scale),
        "</svg>",
    ]
    # where a host takes pictures out and leaves their words, these stand apart
    return "\n".join(parts)


def _words(run: Run) -> str:
    """Return what the picture shows to those who cannot see it."""
    states = ", ".join(f"{stay.state} at {duration(stay.from_s)}" for stay in run.stays)
    truth = run.truth
    flushed = truth.flushed_users[-1] if truth.flushed else 0
    return (
        f"States: {states}. Processed at the end, of {counted(truth.users, 'user')}: "
        f"{number(int(flushed))} as published, {number(truth.processed)} in truth."
    )


class _Scale:
    """From seconds and shares to places in the picture."""

    def __init__(self, end_s: float) -> None:
        self.end_s = end_s
        self.end_x = _RIGHT - _LAST
        self._per_s = (self.end_x - _LEFT) / end_s if end_s > 0 else 0.0

    def x(self, at_s: float) -> float:
        return round(_LEFT + at_s * self._per_s, 1)

    def y(self, share: float) -> float:
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)


def _bar(states: Sequence[Stay], scale: _Scale) -> Iterator[str]:
    """Yield the states; a short one is as wide as the eye needs, at the cost of its longer neighbour."""
    edges = [scale.x(stay.from_s) for stay in states]
    for place in range(1, len(edges)):
        edges[place] = max(edges[place], edges[place - 1] + _NARROWEST)
    edges[-1] = min(edges[-1], scale.end_x)
    for place in range(len(edges) - 2, -1, -1):
        edges[place] = min(edges[place], edges[place + 1] - _NARROWEST)
    for stay, left, right in zip(states, edges, [*edges[1:], _RIGHT], strict=True):
        lasts = f", for {duration(stay.lasted_s)}" if math.isfinite(stay.to_s) else " on"
        yield (
            f'<rect x="{left:g}" y="{_BAR}" width="{right - left:.1f}" height="{_BAR_HEIGHT}" '
            f'fill="{STATE_COLORS[stay.state]}"><title>{stay.state} from {duration(stay.from_s)}{lasts}'
            "</title></rect>"
        )


def _axes(scale: _Scale) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = scale.y(share)
        yield (
            f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y:g}" y2="{y:g}" stroke="currentColor" '
            f'stroke-opacity="{0.45 if share == 0 else 0.15}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end" {_LABEL_STYLE}>{percent(share)}</text>'
        )
    for at_s in round_instants(0, scale.end_s, _TICKS):
        x = scale.x(at_s)
        yield (
            f'<line x1="{x:g}" x2="{x:g}" y1="{_BOTTOM}" y2="{_BOTTOM + 4}" stroke="currentColor" '
            f'stroke-opacity="0.45"/><text x="{x:g}" y="{_BOTTOM + 17}" text-anchor="middle" '
            f"{_LABEL_STYLE}>{duration(at_s, exact=True)}</text>"
        )


def _curves(run: Run, scale: _Scale) -> Iterator[str]:
    """Yield the true line, the published steps, and the gap between them."""
    if not run.truth.users or run.duration_s <= 0:
        y = scale.y(0.5)
        yield f'<text x="{(_LEFT + _RIGHT) / 2:g}" y="{y - 6:g}" text-anchor="middle" {_LABEL_STYLE}>'
        yield f"{'no users' if not run.truth.users else 'ended at once'}</text>"
        return
    at_s, truth = _truth(run)
    steps_s, published = _published(run)
    true_line = _path(scale, at_s, truth)
    stairs = _path(scale, np.repeat(steps_s, 2)[1:], np.repeat(published, 2)[:-1])
    back = " L".join(reversed(stairs[1:].split(" L")))
    yield f'<path d="{true_line} L{back} Z" fill="{TRUTH_COLOR}" fill-opacity="0.18" stroke="none"/>'
    yield (
        f'<path d="{stairs}" fill="none" stroke="{PUBLISHED_COLOR}" stroke-width="2" '
        'stroke-linejoin="round"><title>published</title></path>'
    )
    yield (
        f'<path d="{true_line}" fill="none" stroke="{TRUTH_COLOR}" stroke-width="1.5" '
        'stroke-dasharray="5 3"><title>in truth</title></path>'
    )


def _truth(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of users that are processed, at instants from the creation to the end."""
    truth = run.truth
    finished_us = truth.finished_us
    if len(finished_us) <= _COLUMNS // 2:  # few enough to stand where they are, a step for each
        at_us = np.repeat(finished_us, 2)
        users = np.repeat(np.arange(len(finished_us) + 1), 2)[1:-1]
    else:
        # also where it is flat: a stall begins and ends at users' own instants, not in the middle of columns
        at_us = np.linspace(truth.run_us, truth.end_us, _COLUMNS).astype(np.int64)
        users = np.searchsorted(finished_us, at_us, side="right")
    at_us = np.concatenate([[0], at_us, [truth.end_us]])
    users = np.concatenate([[0], users, [truth.processed]])
    return at_us / 1e6, users / truth.users


def _published(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when the published share of processed users changed, and to what; the last is at the end."""
    truth = run.truth
    at_us, users = truth.flush_us, truth.flushed_users
    if truth.flushed > _STEPS:
        column = at_us * _COLUMNS // max(truth.end_us, 1)
        last = np.append(column[1:] != column[:-1], True)
        at_us, users = at_us[last], users[last]
    at_us = np.concatenate([[0], at_us, [truth.end_us]])
    users = np.concatenate([[0], users, users[-1:] if truth.flushed else [0]])
    return at_us / 1e6, users / run.truth.users


def _path(scale: _Scale, at_s: NDArray[np.float64], shares: NDArray[np.float64]) -> str:
    """Return a path through the points, without those that lie on a level line between two others."""
    points = [(scale.x(x), scale.y(y)) for x, y in zip(at_s.tolist(), shares.tolist(), strict=True)]
    kept = [
        point
        for place, point in enumerate(points)
        if place in (0, len(points) - 1) or not points[place - 1][1] == point[1] == points[place + 1][1]
    ]
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in kept)
