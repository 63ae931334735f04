"""Run: the frozen record of one import.

Everything about a run is a look-up in its course; reading changes nothing. No clock: instants are given.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport.errors import ClockError, OperationError, ScenarioError
from simimport.model.dialects import DOCS, Dialect, dialect_of
from simimport.model.run import wire
from simimport.model.run.course import Course, Ending, ending
from simimport.model.run.sampling import branch
from simimport.model.run.timeline import Timeline, timeline
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.model.states import State, Step

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BRANCH_FIELDS", "Run", "Snapshot", "microseconds"]

#: What a branch may change: rates and speeds. Sizes, people and waiting times belong to the past too.
BRANCH_FIELDS = (
    "failure_rate", "failure_clustering", "cancel_rate", "crash_rate", "users_per_s", "latency_cv",
    "slowdown", "stall_rate", "stall_s",
)  # fmt: skip


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


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """The frozen record of one import, from the creation of the operation to its end.

    Runs are made by `simulate`, by `cancel` and `branch` from other runs, and by `load`.

    Attributes
    ----------
    scenario : Scenario
        Its parameters; ``now`` is resolved, and ``users`` is the number really staged.
    seed : int
        With the scenario, it makes the same run again.
    """

    scenario: Scenario
    seed: int
    course: Course = field(repr=False)
    clear_us: int | None = None
    given: pd.DataFrame | None = None
    existing: int = 0
    origin: Mapping[str, Any] | None = None
    saved_versions: Mapping[str, str] | None = None
    _timelines: dict[str, Timeline] = field(default_factory=dict)
    _frames: dict[str, Any] = field(default_factory=dict)

    # how it ended ---------------------------------------------------------------------------------

    @cached_property
    def ending(self) -> Ending:
        """How the course ends, in microseconds and batches."""
        return ending(self.course, self.clear_us)

    @property
    def final(self) -> State:
        """The state in which it ended: done, canceled or error, as the documentation page has it."""
        return self.ending.state

    @property
    def duration_s(self) -> float:
        """Seconds from the creation of the operation to its end."""
        return self.ending.end_us / 1e6

    @property
    def importing_s(self) -> float:
        """Seconds from ``import.run`` to the end; NaN if it was never run."""
        importing_us = self.ending.end_us - self.course.run_us
        return importing_us / 1e6 if importing_us >= 0 else math.nan

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the record comes from: versions, scenario, seed, people, and the chain of parents."""
        return {
            **self.versions,
            "scenario": self.scenario.to_dict(),
            "seed": self.seed,
            "staged": "generated" if self.given is None else "given",
            "existing": self.existing,
            **deepcopy(dict(self.origin or {})),
        }

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The versions that drew it: of simimport, numpy and faker."""
        if self.saved_versions is not None:
            return self.saved_versions
        from importlib.metadata import version

        import numpy as np

        from simimport import __version__

        return {"simimport": __version__, "numpy": np.__version__, "faker": version("faker")}

    @property
    def code(self) -> str:
        """The line of code that makes this run again."""
        parent = (self.origin or {}).get("parent")
        if parent is None:
            fields = [f"{name}={value!r}" for name, value in self.scenario.changed().items()]
            if self.given is not None:
                fields = [text for text in fields if not text.startswith("users=")] + ["staged=users"]
            if self.existing:
                fields.append("existing=existing")
            return f"simulate({', '.join([*fields, f'seed={self.seed}'])})"
        return f"{parent['code']}.{self.origin['call']}"  # type: ignore[index]  # it has a parent

    # frames ---------------------------------------------------------------------------------------

    @property
    def users(self) -> pd.DataFrame:
        """The staged users, one row each, in import order."""
        return self._frame("users")

    @property
    def outcomes(self) -> pd.DataFrame:
        """The truth: what became of each staged user, and when.

        Columns ``import_id batch finished_s outcome reason``; ``outcome`` is imported, failed or unreached.
        That users finish one by one inside a batch is an assumption of the simulation.
        """
        return self._frame("outcomes")

    @property
    def snapshots(self) -> pd.DataFrame:
        """What was published, one row per change of the document, beside the truth at that instant.

        Columns ``at_s state step completed error total remaining progress batch imported failed``.
        """
        return self._frame("snapshots")

    @property
    def staging(self) -> pd.DataFrame:
        """The users left in the staging area at the end: failed and unreached, each with its ``reason``.

        Empty after `cancel`: an explicit clear always empties the staging area.
        """
        return self._frame("staging")

    def _frame(self, name: str) -> pd.DataFrame:
        from simimport.model.run import frames

        if name not in self._frames:
            self._frames[name] = getattr(frames, name)(self)
        return frames.handed_out(self._frames[name])

    # look-ups -------------------------------------------------------------------------------------

    def timeline(self, dialect: Dialect = DOCS) -> Timeline:
        """Return every change of the published document, as that dialect tells it."""
        if dialect.name not in self._timelines:
            self._timelines[dialect.name] = timeline(self.course, self.clear_us, dialect)
        return self._timelines[dialect.name]

    @cached_property
    def document(self) -> wire.Document:
        """What never changes in the operation's document."""
        return wire.Document.of(self.scenario, self.course.segments[0].seed)

    def at(self, at_s: float) -> Snapshot:
        """Return what is published at an instant, beside the truth then.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; before 0 the state is ``none``.

        Raises
        ------
        ClockError
            If it is not a finite number.

        Examples
        --------
        >>> from simimport import simulate
        >>> run = simulate(users=100, users_per_s=10, latency_cv=0, failure_rate=0, seed=1)
        >>> moment = run.at(10)
        >>> moment.state, moment.completed, moment.imported
        (<State.IMPORTING: 'importing'>, 0, 29)
        """
        at_us = microseconds(at_s)
        story = self.timeline()
        index = story.index(at_us)
        if index < 0:
            progress = _progress(0, self._n)
            return Snapshot(at_us / 1e6, math.nan, State.NONE, None, 0, 0, 0, 0, progress, 0, 0, 0)
        change = story.change(index)
        processed = change.completed + change.error
        imported, failed = self._truth(at_us, change.batch)
        return Snapshot(
            at_s=at_us / 1e6,
            updated_at_s=change.at_us / 1e6,
            state=change.state,
            step=change.step,
            completed=change.completed,
            error=change.error,
            total=change.total,
            remaining=change.total - processed,
            progress=_progress(processed, self._n),
            batch=change.batch,
            imported=imported,
            failed=failed,
        )

    @property
    def _n(self) -> int:
        return self.course.users

    def _truth(self, at_us: int, batch: int) -> tuple[int, int]:
        """Return the users imported and failed by an instant at which so many batches are flushed."""
        course, size = self.course, self.scenario.batch_size
        low = min(batch * size, self.ending.processed)
        high = min(low + size, self.ending.processed)
        finished = low
        # a batch finishes in order, so a search in it suffices
        while low < high:
            middle = (low + high) // 2
            if course.finish_us(middle) <= at_us:
                low = finished = middle + 1
            else:
                high = middle
        failed = int(course.failed[:finished].sum())
        return finished - failed, failed

    def status(self, at_s: float, *, dialect: str = "docs") -> dict[str, Any]:
        """Return the body of ``import.status`` at an instant.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; before 0 the state is ``none``.
        dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
            Whose words.

        Raises
        ------
        ClockError
            If `at_s` is not a finite number.
        ParameterError
            If the dialect is unknown.
        """
        told = dialect_of(dialect)
        story = self.timeline(told)
        index = story.index(microseconds(at_s))
        if index < 0:
            return wire.nothing(told)
        return wire.status(told, self.document, story.change(index))

    def responses(self, *, dialect: str = "docs") -> Iterator[tuple[float, dict[str, Any]]]:
        """Return each distinct answer of ``import.status`` in order: when it is first given, and its body."""
        told = dialect_of(dialect)  # refused at once, not when somebody iterates
        story = self.timeline(told)
        changes = map(story.change, range(len(story)))
        return ((change.at_us / 1e6, wire.status(told, self.document, change)) for change in changes)

    # other runs -----------------------------------------------------------------------------------

    def cancel(self, at_s: float) -> Run:
        """Return the same run, cut short by ``import.clear`` at an instant.

        While importing, the cancel is honoured at the first later flush; before, at once; after the end
        the state stays. The staging area is emptied in any case.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; at least 0.

        Raises
        ------
        ClockError
            If it is not a finite number, before the creation, or beyond the calendar.
        """
        at_us = microseconds(at_s)
        if at_us < 0:
            raise ClockError("at_s", at_s, "an instant from the creation of the operation on (0)")
        try:
            wire.iso(self.document.epoch, at_us)
        except OverflowError:
            # a server dates the document anew, also after the end
            raise ClockError("at_s", at_s, "an instant before the year 10000") from None
        clear_us = at_us if self.clear_us is None else min(at_us, self.clear_us)
        # nothing is drawn anew, so the versions that drew it stay
        same = {"course": self.course, "clear_us": clear_us, "saved_versions": self.saved_versions}
        return self._child(f"cancel({at_us / 1e6!r})", at_us, {}, **same)

    def branch(self, at_s: float, *, seed: int | None = None, **changes: Any) -> Run:
        """Return a run with the same past and another future, from the next flush on.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation. The batch in flight still belongs to the past.
        seed : int, optional
            For the future; None draws one. The run's own seed keeps its draws, for a paired comparison.
        **changes
            Rates and speeds of the future: ``failure_rate failure_clustering cancel_rate crash_rate
            users_per_s latency_cv slowdown stall_rate stall_s``. Interruptions that are drawn strike
            uniformly among the users still to be processed.

        Raises
        ------
        OperationError
            If no flush with a future follows: the import has ended, or ends before or at its next flush.
        ScenarioError
            If a change is unknown, out of range, or not one that a branch can make.
        """
        at_us = microseconds(at_s)
        for name, value in changes.items():
            if name not in BRANCH_FIELDS:
                raise ScenarioError(f"the change of {name}", value, "changes of " + ", ".join(BRANCH_FIELDS))
        scenario, number = self.scenario.replace(**changes), resolve(seed)
        flushes = self.course.flush_us[: self.ending.flushed]
        batch = int((flushes <= at_us).sum())
        # a flush at which the import ends has no future
        if batch >= (flushes < self.ending.end_us).sum():
            state = self.at(at_s).state
            raise OperationError(
                f"there is nothing left to branch at {at_us / 1e6:g} s: the import is {state} then and ends "
                f"as {self.final} at {self.duration_s:g} s with no later flush before it",
                operation="branch",
                state=str(state),
            )
        future = branch(self.course, batch + 1, scenario, number)
        # as the scenario keeps them: plain numbers, which can be shown and saved
        changes = {name: getattr(scenario, name) for name in changes}
        told = "".join(f", {name}={value!r}" for name, value in changes.items())
        call = f"branch({at_us / 1e6!r}, seed={number}{told})"
        kept = {"scenario": scenario, "seed": number, "clear_us": self.clear_us}
        return self._child(call, at_us, changes, course=future, **kept)

    def _child(self, call: str, at_us: int, changes: Mapping[str, Any], **fields: Any) -> Run:
        itself = {"code": self.code, "scenario": self.scenario.to_dict(), "seed": self.seed}
        parent = {**itself, **(self.origin or {})}
        origin = {"parent": parent, "call": call, "at_s": at_us / 1e6, "changes": dict(changes)}
        kept = {"scenario": self.scenario, "seed": self.seed, "given": self.given, "existing": self.existing}
        child = Run(**{**kept, **fields}, origin=origin)
        if "users" in self._frames:
            child.remember("users", self._frames["users"])
        return child

    def remember(self, name: str, frame: pd.DataFrame) -> None:
        """Keep a frame that is known already, instead of making it when somebody asks."""
        self._frames[name] = frame

    # files ----------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the whole record to one file, and return its path.

        The file is a zip of JSON and NumPy arrays, so that nothing has to be drawn again by other
        versions. It is written aside and renamed; the same run gives the same bytes.
        """
        from simimport.model.run.archive import save

        return save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Run:
        """Return the run that `save` wrote.

        Raises
        ------
        RecordError
            If the file is missing, damaged, of another kind or of a later format; it says which.
        """
        from simimport.model.run.archive import load

        return load(path)

    def __repr__(self) -> str:
        end = self.ending
        failed = int(self.course.failed[: end.processed].sum())
        unreached = self._n - end.processed
        counts = [f"{end.processed - failed:,} imported", f"{failed:,} failed"]
        counts += [f"{unreached:,} unreached"] if unreached else []
        return f"<Run {end.state} after {self.duration_s:,.1f} s: {', '.join(counts)}; {self.code}>"

    def _repr_html_(self) -> str:
        from simimport.model import cards

        return cards.run(self)


def _progress(processed: int, users: int) -> float:
    return processed / users if users else 1.0


def microseconds(at_s: float, name: str = "at_s") -> int:
    """Return an instant in whole microseconds.

    Raises
    ------
    ClockError
        If it is not a finite number.
    """
    try:
        return round(at_s * 1e6)
    except (TypeError, ValueError, OverflowError):
        raise ClockError(name, at_s, "a finite number of seconds") from None
