"""Runs made from a run: cut short by a clear, or branched into another future; and the chain of parents.

The record of a child is made here; what is drawn for a branch stands in `sampling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from simimport.errors import ClockError, OperationError, ScenarioError
from simimport.model.instants import microseconds
from simimport.model.run import wire
from simimport.model.run.record import Record
from simimport.model.run.sampling import branch
from simimport.model.seeds import resolve
from simimport.show.words import in_seconds

__all__ = ["BRANCH_FIELDS", "branched", "canceled"]

#: What a branch may change: rates and speeds. Sizes, people and waiting times belong to the past too.
BRANCH_FIELDS = (
    "failure_rate", "failure_clustering", "cancel_rate", "crash_rate", "users_per_s", "latency_cv",
    "slowdown", "stall_rate", "stall_s",
)  # fmt: skip

_Run = TypeVar("_Run", bound=Record)


def canceled(run: _Run, at_s: float) -> _Run:
    """Return a run, cut short by ``import.clear`` at an instant; `Run.cancel` documents it."""
    at_us = microseconds(at_s)
    if at_us < 0:
        raise ClockError("at_s", at_s, "an instant from the creation of the operation on (0)")
    try:
        wire.iso(run.document.epoch, at_us)
    except OverflowError:
        # a server dates the document anew, also after the end
        raise ClockError("at_s", at_s, "an instant before the year 10000") from None
    # nothing is drawn anew, so the versions that drew it stay as they are
    clear_us = at_us if run.clear_us is None else min(at_us, run.clear_us)
    return replace(run, clear_us=clear_us, origin=_origin(run, f"cancel({at_us / 1e6!r})", at_us, {}))


def branched(run: _Run, at_s: float, seed: int | None, changes: Mapping[str, Any]) -> _Run:
    """Return a run with the same past and, from the next flush on, another future; see `Run.branch`."""
    at_us = microseconds(at_s)
    for name, value in changes.items():
        if name not in BRANCH_FIELDS:
            raise ScenarioError(f"the change of {name}", value, "changes of " + ", ".join(BRANCH_FIELDS))
    scenario, number = run.scenario.replace(**changes), resolve(seed)
    # the batch in flight has begun, so it belongs to the past; the one after it is the first of the future
    first_batch = _batch_in_flight(run, at_us) + 1
    course = branch(run.course, first_batch, scenario, number)
    # as the scenario keeps them: plain numbers, which can be shown and saved
    kept = {name: getattr(scenario, name) for name in changes}
    arguments = "".join(f", {name}={value!r}" for name, value in kept.items())
    origin = _origin(run, f"branch({at_us / 1e6!r}, seed={number}{arguments})", at_us, kept)
    return replace(
        run, scenario=scenario, seed=number, course=course, origin=origin,
        saved_versions=None,  # the future is drawn here and now
    )  # fmt: skip


def _batch_in_flight(run: Record, at_us: int) -> int:
    """Return the batch whose flush comes next after an instant, if there is a future after that flush."""
    flush_us, end_us = run.truth.flush_us, run.truth.end_us
    batch = int((flush_us <= at_us).sum())
    # a flush at which the import ends has no future
    if batch < (flush_us < end_us).sum():
        return batch
    state = run.timeline().state(at_us)
    raise OperationError(
        f"there is nothing left to branch at {in_seconds(at_us / 1e6)}: the import is {state} then "
        f"and ends as {run.ending.state} at {in_seconds(end_us / 1e6)} with no later flush before it",
        operation="branch",
        state=str(state),
    )


def _origin(run: Record, call: str, at_us: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a child comes from: its parent, with all of that one's own origin, and what was called."""
    itself = {"code": run.code, "scenario": run.scenario.to_dict(), "seed": run.seed}
    parent = {**itself, **(run.origin or {})}
    return {"parent": parent, "call": call, "at_s": at_us / 1e6, "changes": dict(changes)}
