"""Snapshot: what is published at one instant, beside the truth then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simimport.model.states import State, Step

if TYPE_CHECKING:
    from simimport.model.run.timeline import Timeline
    from simimport.model.run.truth import Truth

__all__ = ["Snapshot", "snapshot"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is published at an instant, beside the truth then.

    Parameters
    ----------
    at_s : float
        The instant, in seconds after the creation of the operation.
    updated_at_s : float
        When the document last changed; NaN before the creation.
    state : State
        What ``import.status`` answers as ``state``.
    step : Step or None
        The importer's own step; None before the creation.
    completed, error, total, remaining : int
        The published counters, in users.
    progress : float
        The share of the staged users that is published as processed; 1 if there are none.
    batch : int
        How many batches have been flushed.
    imported, failed : int
        The users imported and failed in truth by then, published or not. That users of a batch finish one
        by one is an assumption: a server hashes a batch in parallel and inserts it at once.

    Examples
    --------
    >>> from simimport import simulate
    >>> moment = simulate(users=500, failure_rate=0.05, seed=7).at(10)
    >>> moment.state, moment.completed, moment.imported
    (<State.IMPORTING: 'importing'>, 49, 91)
    >>> moment.progress, moment.batch, moment.updated_at_s
    (0.1, 1, 8.557123)
    """

    at_s: float
    updated_at_s: float
    state: State
    step: Step | None
    completed: int
    error: int
    total: int
    remaining: int
    progress: float
    batch: int
    imported: int
    failed: int


def snapshot(at_us: int, timeline: Timeline, truth: Truth) -> Snapshot:
    """Return what a timeline publishes at an instant, beside the truth then."""
    index = timeline.index(at_us)
    if index < 0:
        progress = _progress(0, truth.users)
        return Snapshot(at_us / 1e6, math.nan, State.NONE, None, 0, 0, 0, 0, progress, 0, 0, 0)
    change = timeline.change(index)
    processed = change.completed + change.error
    imported, failed = truth.at(at_us)
    return Snapshot(
        at_s=at_us / 1e6,
        updated_at_s=change.at_us / 1e6,
        state=change.state,
        step=change.step,
        completed=change.completed,
        error=change.error,
        total=change.total,
        remaining=change.total - processed,
        progress=_progress(processed, truth.users),
        batch=change.batch,
        imported=imported,
        failed=failed,
    )


def _progress(processed: int, users: int) -> float:
    return processed / users if users else 1.0
