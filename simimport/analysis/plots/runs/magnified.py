"""What of a run's progress is worth a magnifying glass, and where on the picture there is room for it.

Reads the record. Draws nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.model.states import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from simimport.model.run.run import Run

    Floats = NDArray[np.float64]

__all__ = ["cut_out", "free_place", "in_force", "window"]

Box = tuple[float, float, float, float]

_BATCHES = 4
# with fewer steps than this the gap is seen without a magnifying glass
_FROM = 20
# of the picture's width, no more is worth it
_WIDEST = 0.2
# left, bottom, width and height of places for the glass, as shares of the axes: large ones first, then small
_PLACES = (
    ((0.56, 0.19, 0.40, 0.33), (0.085, 0.60, 0.40, 0.33)),
    ((0.62, 0.19, 0.34, 0.25), (0.085, 0.68, 0.34, 0.25)),
)


def window(run: Run) -> Box | None:
    """Return what is worth magnifying: left, low, right, high, in seconds and users; None where nothing is.

    The end of an import that crashed, as the gap stays; else the longest stall, with the batches beside it,
    or its beginning if it is long; else a few batches in the middle.
    """
    flushed, size = run.truth.flushed, run.scenario.batch_size
    if flushed < _FROM:
        return None
    flush_s = run.truth.flush_us / 1e6
    if run.final is State.ERROR:
        first = flushed - _BATCHES
        end_s = run.truth.end_us / 1e6
        end_s += 0.15 * (end_s - flush_s[first])
        return (
            flush_s[first],
            (first + 0.7) * size,
            end_s,
            max(run.truth.processed, flushed * size) + 0.3 * size,
        )
    stall_s = run.truth.stall_s[:flushed]
    if stall_s.any():
        return _stall(int(np.argmax(stall_s)), flush_s, run)
    first, last = flushed // 2, min(flushed // 2 + _BATCHES, flushed - 1)
    return flush_s[first], (first + 0.7) * size, flush_s[last], (last + 1.3) * size


def _stall(stalled: int, flush_s: Floats, run: Run) -> Box:
    """Return the batches about the one that stalled; where that is too wide, those before and the begin."""
    size = run.scenario.batch_size
    first = max(stalled - _BATCHES // 2 - 1, 0)
    last = min(max(stalled + _BATCHES // 2, first + _BATCHES), run.truth.flushed - 1)
    first = max(min(first, last - _BATCHES), 0)
    end_s, widest_s = flush_s[last], _WIDEST * run.duration_s
    if end_s - flush_s[first] > widest_s:
        end_s = flush_s[first] + max(widest_s, (flush_s[max(stalled - 1, first)] - flush_s[first]) * 1.5)
    return flush_s[first], (first + 0.7) * size, end_s, (last + 1.3) * size


def free_place(
    ax: Axes, published: tuple[Any, Any], failed: tuple[Any, Any]
) -> tuple[Box, bool] | None:
    """Return a place that the published steps stay out of, and whether the area of those that failed does.

    Of places of one size rather one that both stay out of; there is room for what the glass says beside it.
    """
    for places in _PLACES:
        fitting = [place for place in places if _is_free(ax, published, place)]
        clear = [place for place in fitting if _is_below(ax, failed, place)]
        if fitting:
            return (clear or fitting)[0], bool(clear)
    return None


def _is_free(ax: Axes, published: tuple[Any, Any], place: Box) -> bool:
    top = place[1] + place[3] + 0.04
    return _is_below(ax, published, place) or bool((_shares(ax, published, place) > top).all())


def _is_below(ax: Axes, curve: tuple[Any, Any], place: Box) -> bool:
    return bool((_shares(ax, curve, place) < place[1] - 0.16).all())


def _shares(ax: Axes, curve: tuple[Any, Any], place: Box) -> Floats:
    """Return how high a curve is along a place, as shares of the axes."""
    left, _, width, _ = place
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    grid = x0 + (x1 - x0) * np.linspace(left - 0.08, left + width + 0.02, 60)
    shares: Floats = (in_force(*curve, grid) - y0) / (y1 - y0)
    return shares


def in_force(at_s: Any, counts: Any, instants: Any) -> Any:
    """Return the counts at some instants: each holds from when it was reached."""
    return counts[np.maximum(np.searchsorted(at_s, instants, side="right") - 1, 0)]


def cut_out(curve: tuple[Any, Any], begin_s: float, end_s: float) -> tuple[Any, Any]:
    """Return a curve between two instants, and a little more, so that no line ends in view."""
    at_s, counts = curve
    low = max(int(np.searchsorted(at_s, begin_s, side="right")) - 1, 0)
    high = int(np.searchsorted(at_s, end_s)) + 1
    return at_s[low:high], counts[low:high]
