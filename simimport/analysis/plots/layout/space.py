"""Where on axes nothing is: what has been drawn, as a coarse grid of cells, and boxes of empty ones.

Reads what lies on axes. Moves and draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Cells = NDArray[np.bool_]

__all__ = ["Box", "empty_box", "taken"]

#: Left, bottom, width and height, as shares of axes.
Box = tuple[float, float, float, float]

_ACROSS, _UP = 96, 64
# what lies lower is a background, which words may lie upon
_BACKGROUND = 0.6


def taken(ax: Axes, renderer: Any) -> Cells:
    """Return the cells, from the lower left, in which something is drawn; backgrounds do not count."""
    cells = np.zeros((_ACROSS, _UP), dtype=bool)
    for line in ax.lines:
        if line.get_visible():
            _mark(cells, ax, line.get_transform().transform(np.column_stack(_numbers(line))), filled=False)
    for patch in ax.patches:
        if patch.get_visible() and (patch.get_zorder() > _BACKGROUND or patch.get_hatch()):
            for polygon in patch.get_path().to_polygons(patch.get_transform(), closed_only=False):
                _mark(cells, ax, polygon, filled=True)
    for drawn in ax.collections:
        if drawn.get_visible() and drawn.get_zorder() > _BACKGROUND:
            _mark_collection(cells, ax, drawn)
    for artist in (*ax.texts, *ax.child_axes):
        if artist.get_visible():
            box = artist.get_tightbbox(renderer)
            if box is not None:
                _mark(cells, ax, box.corners()[[0, 1, 3, 2]], filled=True)
    return cells


def empty_box(cells: Cells, width: float, height: float, *, most: float = 0.0) -> Box | None:
    """Return a box of that size, in shares of the axes, in which nothing is: the nearest to a corner.

    Of the cells in it, a share of `most` may be taken; then it is one of the emptiest.
    """
    wide, high = max(int(np.ceil(width * _ACROSS)), 1), max(int(np.ceil(height * _UP)), 1)
    if wide > _ACROSS or high > _UP:
        return None
    sums = np.zeros((_ACROSS + 1, _UP + 1))
    sums[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    inside = sums[wide:, high:] - sums[:-wide, high:] - sums[wide:, :-high] + sums[:-wide, :-high]
    across, up = (np.arange(count) for count in inside.shape)
    # and of two as near, the upper and the left one
    from_side = np.minimum(across, across[::-1] + 0.4)[:, None] / _ACROSS
    from_edge = np.minimum(up[::-1], up + 0.4)[None, :] / _UP
    cost = np.where(inside > max(inside.min(), 0.0), np.inf, from_side + from_edge)
    place = np.unravel_index(int(np.argmin(cost)), cost.shape)
    if inside[place] > most * wide * high:
        return None
    return float(place[0]) / _ACROSS, float(place[1]) / _UP, wide / _ACROSS, high / _UP


def _numbers(line: Any) -> tuple[Any, Any]:
    """Return the points of a line, in its own units; of steps, the corners."""
    path = line.get_path()
    x, y = path.vertices[:, 0], path.vertices[:, 1]
    if line.get_drawstyle() == "steps-post" and len(x) > 1:
        return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return x, y


def _mark_collection(cells: Cells, ax: Axes, drawn: Any) -> None:
    if isinstance(drawn, PathCollection):
        points = drawn.get_offset_transform().transform(np.asarray(drawn.get_offsets(), dtype=float))
        _mark(cells, ax, points, filled=False, joined=False)
        return
    for path in drawn.get_paths():
        for points in path.to_polygons(drawn.get_transform(), closed_only=False):
            _mark(cells, ax, points, filled=isinstance(drawn, PolyCollection))


def _mark(cells: Cells, ax: Axes, points: Any, *, filled: bool, joined: bool = True) -> None:
    """Mark the cells that a line runs through; of an area, all between its lowest and highest of a column."""
    box = ax.bbox
    shares = (np.asarray(points, dtype=float) - (box.x0, box.y0)) / (box.width or 1.0, box.height or 1.0)
    shares = shares[np.isfinite(shares).all(axis=1)].clip(-2, 3)
    if not len(shares):
        return
    if joined:
        shares = _closely(np.vstack([shares, shares[:1]]) if filled else shares)
    inside = ((shares >= -0.01) & (shares <= 1.01)).all(axis=1)
    if filled:
        inside = (shares[:, 0] >= -0.01) & (shares[:, 0] <= 1.01)
    at = (shares[inside] * (_ACROSS, _UP)).astype(int).clip(0, (_ACROSS - 1, _UP - 1))
    if not filled:
        cells[at[:, 0], at[:, 1]] = True
        return
    lowest, highest = np.full(_ACROSS, _UP), np.full(_ACROSS, -1)
    np.minimum.at(lowest, at[:, 0], at[:, 1])
    np.maximum.at(highest, at[:, 0], at[:, 1])
    up = np.arange(_UP)
    cells |= (up >= lowest[:, None]) & (up <= highest[:, None])


def _closely(shares: Floats) -> Floats:
    """Return the points of a line with others between them, so that it skips no cell."""
    steps = np.diff(shares, axis=0)
    pieces = np.ceil(np.abs(steps * (_ACROSS, _UP)).max(axis=1, initial=0) * 1.5).astype(int).clip(1, None)
    start = np.repeat(np.arange(len(pieces)), pieces)
    within = (np.arange(len(start)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[start]
    return np.vstack([shares[start] + within[:, None] * steps[start], shares[-1:]])
