"""Three counts of users against time, true, published and shown by a client, and how far apart they are.

Reads a record or a frame of polls. Draws nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.analysis.plots.axes import unpublished_label
from simimport.analysis.plots.layout.few import few
from simimport.model.states import State
from simimport.show.words import counted, duration, number

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from simimport.model.run.run import Run

    Floats = NDArray[np.float64]

__all__ = ["Curves", "at_instants", "gap", "of_frame", "of_run", "sentence_of_frame", "sentence_of_run"]


class Curves(NamedTuple):
    """Three counts of processed users against time, as polygons; when the import works; what a label says."""

    truth: tuple[Floats, Floats]
    published: tuple[Floats, Floats] | None
    shown: tuple[Floats, Floats]
    begin_s: float
    end_s: float
    unpublished: str


def of_run(run: Run, observed: pd.DataFrame) -> Curves:
    """Return the counts of a run, and of a client that polled it."""
    last_s = float(observed["answered_s"].iloc[-1])
    begin_s = run.duration_s - run.importing_s if math.isfinite(run.importing_s) else last_s
    finished_s = run.truth.finished_us / 1e6
    truth = _steps(np.r_[0.0, finished_s], np.arange(len(finished_s) + 1.0), last_s)
    rows = run.snapshots
    counts = (rows["completed"] + rows["error"]).to_numpy(dtype=float)
    published = _steps(rows["at_s"].to_numpy(), counts, last_s)
    return Curves(truth, published, _shown(observed), begin_s, last_s, unpublished_label(run))


def of_frame(observed: pd.DataFrame) -> Curves:
    """Return the counts at the polls of a frame."""
    at_s, shown = observed["answered_s"].to_numpy(dtype=float), _processed(observed)
    working = np.flatnonzero((observed["state"] == State.IMPORTING).to_numpy())
    begin_s = at_s[max(int(working[0]) - 1, 0)] if len(working) else at_s[-1]
    return Curves((at_s, shown + observed["staleness_users"].to_numpy(dtype=float)), None, _shown(observed),
                   float(begin_s), float(at_s[-1]), "processed, not published, at the polls")  # fmt: skip


def _processed(observed: pd.DataFrame) -> Floats:
    processed: Floats = (observed["completed"] + observed["error"]).to_numpy(dtype=float)
    return processed


def _shown(observed: pd.DataFrame) -> tuple[Floats, Floats]:
    at_s = observed["answered_s"].to_numpy(dtype=float)
    # before the first answer a client shows nothing
    return _steps(np.r_[min(at_s[0], 0.0), at_s], np.r_[0.0, _processed(observed)], float(at_s[-1]))


def _steps(at_s: Floats, counts: Floats, end_s: float) -> tuple[Floats, Floats]:
    """Return the corners of a staircase, to an instant."""
    inside = at_s <= end_s
    at_s, counts = np.r_[at_s[inside], end_s], counts[inside]
    return np.repeat(at_s, 2)[1:-1], np.repeat(counts, 2)


def gap(high: tuple[Floats, Floats], low: tuple[Floats, Floats], curves: Curves) -> tuple[Floats, Floats]:
    """Return the difference of two polygons during the work: before and after each of their corners.

    Of more than can be seen, some; of the lower one apart, as the difference is largest where it jumps.
    """
    corners = [curves.begin_s, curves.end_s]
    for at_s, _ in (high, low):
        inside = np.unique(at_s[(at_s >= curves.begin_s) & (at_s <= curves.end_s)])
        corners = np.r_[corners, inside[few(len(inside))]]
    instants = np.unique(corners)
    before, after = (
        at_instants(*high, instants, side) - at_instants(*low, instants, side) for side in ("left", "right")
    )
    return np.repeat(instants, 2)[1:-1], np.stack([before, after], axis=1).ravel()[1:-1]


def at_instants(at_s: Floats, counts: Floats, instants: Floats, side: Any) -> Floats:
    """Return a polygon at some instants; where it jumps, before (left) or after (right)."""
    after = np.searchsorted(at_s, instants, side=side).clip(1, len(at_s) - 1)
    x0, x1, y0, y1 = at_s[after - 1], at_s[after], counts[after - 1], counts[after]
    width = np.where(x1 > x0, x1 - x0, 1.0)
    share = np.where(x1 > x0, np.clip((instants - x0) / width, 0, 1), float(side == "right"))
    found: Floats = y0 + share * (y1 - y0)
    return found


def sentence_of_run(run: Run, every_s: float) -> str:
    """Return how far clients are behind in the mean, and how much of that no poller can help."""
    polled = f"; polled every {duration(every_s)}"
    begin_s, end_s = run.duration_s - run.importing_s, run.duration_s
    if not end_s > begin_s:
        return f"never at work{polled}"
    rows = run.snapshots
    users = np.diff((rows["completed"] + rows["error"]).to_numpy(dtype=float), prepend=0.0)
    since_s = (end_s - rows["at_s"]).to_numpy()
    processed = (end_s - run.truth.finished_us / 1e6).sum()
    published = users @ since_s
    # At t a client shows what was published at its last poll, which was at any instant of the interval before
    # t: in the mean over phases, the mean of the published over that interval. What a flush adds to it grows
    # from 0 to all of its users in an interval, of which the integral over t is a difference of squares.
    shown = users @ (since_s**2 - np.maximum(since_s - every_s, 0.0) ** 2) / (2 * every_s)
    behind, hidden = ((processed - part) / (end_s - begin_s) for part in (shown, published))
    return _sentence(behind, hidden) + polled


def sentence_of_frame(observed: pd.DataFrame, curves: Curves) -> str:
    """Return how far behind the client of a frame is in the mean, and how much of that no poller can help."""
    length_s = curves.end_s - curves.begin_s
    if length_s <= 0:
        return "never at work"
    working = observed.loc[observed["state"] == State.IMPORTING, "staleness_users"]
    return _sentence(_area(*gap(curves.truth, curves.shown, curves)) / length_s, float(working.mean()))


def _sentence(behind: float, hidden: float) -> str:
    unpublished = number(0 if math.isnan(hidden) else round(hidden))
    return f"{counted(round(behind), 'user')} behind in the mean, {unpublished} of them unpublished"


def _area(at_s: Floats, counts: Floats) -> float:
    # by trapezoids; what NumPy calls them changed with its version 2
    return float((np.diff(at_s) * (counts[1:] + counts[:-1]) / 2.0).sum())
