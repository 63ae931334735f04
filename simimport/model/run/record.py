"""Record: what a run holds, what other rooms ask of it, and how it is cut short or branched into another.

Everything is a look-up in the course; reading changes nothing. The public face of a record is `Run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from simimport.errors import ClockError, OperationError, ScenarioError
from simimport.model.dialects import DOCS, Dialect
from simimport.model.instants import microseconds
from simimport.model.run import wire
from simimport.model.run.course import Course, Ending, ending
from simimport.model.run.sampling import branch
from simimport.model.run.timeline import Timeline, timeline
from simimport.model.run.truth import Truth
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.show.words import in_seconds
from simimport.version import __version__

if TYPE_CHECKING:
    from simimport.model.people.staged import Staged

__all__ = ["BRANCH_FIELDS", "Record", "branched", "canceled"]

#: What a branch may change: rates and speeds. Sizes, people and waiting times belong to the past too.
BRANCH_FIELDS = (
    "failure_rate", "failure_clustering", "cancel_rate", "crash_rate", "users_per_s", "latency_cv",
    "slowdown", "stall_rate", "stall_s",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """What a run holds.

    Parameters
    ----------
    scenario : Scenario
        Its parameters; of a branch, those of its future.
    seed : int
        Likewise.
    course : Course
        What would happen if nobody interrupted: everything that was drawn.
    clear_us : int or None
        When ``import.clear`` was called, in microseconds after the creation, if it was.
    given : Staged or None
        The staged people, where they were given; None where they are generated.
    existing : int
        How many people were on the server already.
    origin : mapping or None
        Of a run that was made from another: its ``parent`` (an origin likewise, with ``code``, ``scenario``
        and ``seed``), the ``call`` that made it, ``at_s`` and ``changes``.
    saved_versions : mapping or None
        The versions that drew it, where it was drawn elsewhere and saved.
    """

    scenario: Scenario
    seed: int
    course: Course = field(repr=False)
    clear_us: int | None = None
    given: Staged | None = None
    existing: int = 0
    origin: Mapping[str, Any] | None = None
    saved_versions: Mapping[str, str] | None = None

    @cached_property
    def ending(self) -> Ending:
        """How the course ends, in microseconds and batches."""
        return ending(self.course, self.clear_us)

    @cached_property
    def truth(self) -> Truth:
        """What happened, up to the end: users and batches as arrays."""
        return Truth(self.course, self.ending, self.clear_us)

    def timeline(self, dialect: Dialect = DOCS) -> Timeline:
        """Return every change of the published document, as that dialect has it."""
        if dialect.name not in self._timelines:
            self._timelines[dialect.name] = timeline(self.course, self.clear_us, dialect)
        return self._timelines[dialect.name]

    def lookup(self, dialect: Dialect) -> wire.Lookup:
        """Return the bodies of ``import.status``, as that dialect has them."""
        found = self._lookups.get(dialect.name)
        if found is None:
            # two threads may make it at once: either serves
            found = self._lookups[dialect.name] = wire.Lookup(dialect, self.document, self.timeline(dialect))
        return found

    @cached_property
    def _lookups(self) -> dict[str, wire.Lookup]:
        return {}

    @cached_property
    def _timelines(self) -> dict[str, Timeline]:
        return {}

    @cached_property
    def document(self) -> wire.Document:
        """What never changes in the operation's document."""
        return wire.Document.of(self.scenario, self.course.segments[0].seed)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The versions that drew it: of simimport, numpy and faker."""
        if self.saved_versions is not None:
            return self.saved_versions
        from importlib.metadata import version

        import numpy as np

        return {"simimport": __version__, "numpy": np.__version__, "faker": version("faker")}

    @property
    def code(self) -> str:
        """The line of code that makes this run again; with ``staged=users`` for people of yours."""
        if self.origin is not None:
            return f"{self.origin['parent']['code']}.{self.origin['call']}"
        fields = self.scenario.changed()
        arguments = [f"{name}={value!r}" for name, value in fields.items() if not self._is_length(name)]
        arguments += ["staged=users"] if self.given is not None else []
        arguments += ["existing=existing"] if self.existing else []
        return f"simulate({', '.join([*arguments, f'seed={self.seed}'])})"

    def _is_length(self, name: str) -> bool:
        """Return whether a field is the number of given users, which they have themselves."""
        return name == "users" and self.given is not None


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
