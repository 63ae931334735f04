"""Run: the frozen record of one import, as people use it.

Reading changes nothing, and there is no clock: instants are given. What other rooms of the package ask beside
it, and how another run is made from it, stands in `record`; what its file is, in `archive`.
Kept whole: it is one class, and half of it are docstrings with their examples.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from simimport.model import columns
from simimport.model.dialects import dialect_of
from simimport.model.instants import microseconds
from simimport.model.run import frames, wire
from simimport.model.run.counts import Counts
from simimport.model.run.record import Record, branched, canceled
from simimport.model.run.snapshot import Snapshot, snapshot
from simimport.model.run.stays import Stay, stays
from simimport.model.states import State
from simimport.show.shown import Shown
from simimport.show.words import duration, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Run"]

#: What `dir` shows of a run: the record as it is documented.
_PUBLIC = (
    "scenario", "seed", "final", "provenance", "code", "duration_s", "importing_s", "counts", "stays",
    "users", "outcomes", "snapshots", "staging", "at", "status", "responses", "cancel", "branch", "save",
    "load",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Run(Record, Shown):
    """The frozen record of one import, from the creation of the operation to its end.

    Runs are made by `simulate`, by `cancel` and `branch` from other runs, and by `load`.

    Attributes
    ----------
    scenario : Scenario
        Its parameters; ``now`` is resolved, and ``users`` is the number really staged.
    seed : int
        With the scenario, it makes the same run again.

    Examples
    --------
    >>> from simimport import simulate
    >>> run = simulate(users=500, failure_rate=0.05, seed=7)
    >>> run
    <Run done after 23.7 s: 470 imported, 30 failed; simulate(users=500, failure_rate=0.05, seed=7)>
    >>> run.final, run.duration_s, run.importing_s
    (<State.DONE: 'done'>, 23.686637, 16.686637)
    >>> run.counts
    Counts(imported=470, failed=30, unreached=0)
    >>> [str(stay.state) for stay in run.stays]
    ['new', 'ready', 'importing', 'done']
    >>> run.code
    'simulate(users=500, failure_rate=0.05, seed=7)'
    >>> run.provenance["scenario"]["users"], run.provenance["seed"]
    (500, 7)
    """

    _card: ClassVar[str] = "simimport.model.cards:run"

    # how it ended ---------------------------------------------------------------------------------

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
    def counts(self) -> Counts:
        """What became of the users in truth by the end: ``imported``, ``failed`` and ``unreached``."""
        return self.truth.counts

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """The states it went through, in order: each a `Stay` of ``state``, ``from_s`` and ``to_s``."""
        return stays(self.timeline())

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

    # frames ---------------------------------------------------------------------------------------

    @property
    def users(self) -> pd.DataFrame:
        """The staged users, one row each, in import order: ``columns("users")`` says each column.

        Examples
        --------
        >>> from simimport import simulate
        >>> people = simulate(users=500, seed=7).users
        >>> len(people), people.loc[0, "import_id"], people["email"].is_unique
        (500, '1', True)
        """
        return self._frame("users", self._staged)

    @property
    def outcomes(self) -> pd.DataFrame:
        """The truth: what became of each staged user, and when.

        Columns ``import_id batch finished_s outcome reason``; ``outcome`` is imported, failed or unreached.
        That users finish one by one inside a batch is an assumption of the simulation; and as instants are
        whole microseconds, their places inside it mean something up to 100,000 users per second.

        Examples
        --------
        >>> from simimport import simulate
        >>> simulate(users=500, failure_rate=0.05, seed=7).outcomes["reason"].value_counts().to_dict()
        {'duplicate-email': 13, 'duplicate-username': 9, 'server-error': 8}
        """
        size = self.scenario.batch_size
        return self._frame("outcomes", lambda: frames.outcomes(self.users, size, self.truth))

    @property
    def snapshots(self) -> pd.DataFrame:
        """What was published, one row per change of the document, beside the truth at that instant.

        Columns ``at_s state step completed error total remaining progress batch imported failed``.

        Examples
        --------
        >>> from simimport import simulate
        >>> published = simulate(users=500, failure_rate=0.05, seed=7).snapshots
        >>> published.loc[published["batch"] <= 2, ["at_s", "state", "completed", "error", "imported"]]
                at_s      state  completed  error  imported
        0   0.000000        new          0      0         0
        1   2.000000      ready          0      0         0
        2   7.000000  importing          0      0         0
        3   7.010000  importing          0      0         0
        4   8.557123  importing         49      1        49
        5  10.206479  importing         96      4        96
        """
        timeline = self.timeline()
        return self._frame("snapshots", lambda: frames.snapshots(timeline, self.final, self.truth))

    @property
    def staging(self) -> pd.DataFrame:
        """The users left in the staging area at the end: failed and unreached, each with its ``reason``.

        ``columns("staging")`` says each column. Empty after `cancel`: an explicit clear always empties the
        staging area.

        Examples
        --------
        >>> from simimport import simulate
        >>> left = simulate(users=500, failure_rate=0.05, seed=7).staging
        >>> len(left), left.loc[0, ["import_id", "reason"]].tolist()
        (30, ['22', 'duplicate-username'])
        """
        emptied = self.clear_us is not None
        return self._frame("staging", lambda: frames.staging(self.users, self.outcomes, emptied=emptied))

    def _frame(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = make()
        return columns.handed_out(self._frames[name])

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    def _staged(self) -> pd.DataFrame:
        if self.given is not None:
            return self.given.frame()
        from simimport.model.people.generated import stage

        first = self.course.segments[0]
        return stage(first.scenario, seed=first.seed)

    # look-ups -------------------------------------------------------------------------------------

    def at(self, at_s: float) -> Snapshot:
        """Return what is published at an instant, beside the truth then.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; before 0 the state is ``none``.

        Returns
        -------
        Snapshot

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
        return snapshot(microseconds(at_s), self.timeline(), self.truth)

    def status(self, at_s: float, *, dialect: str = "docs") -> dict[str, Any]:
        """Return the body of ``import.status`` at an instant.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; before 0 the state is ``none``.
        dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
            Whose words.

        Returns
        -------
        dict
            As ``json.loads`` gives it: ``success``, ``state``, and ``operation`` where there is one.

        Raises
        ------
        ClockError
            If `at_s` is not a finite number.
        ParameterError
            If the dialect is unknown.

        Examples
        --------
        >>> from simimport import simulate
        >>> run = simulate(users=500, failure_rate=0.05, seed=7)
        >>> run.status(10)["operation"]["count"]
        {'total': 500, 'users': 500, 'messages': 0, 'channels': 0, 'completed': 49, 'error': 1}
        >>> run.status(10, dialect="server-8.3")["operation"]["count"]
        {'total': 500, 'users': 500, 'completed': 49, 'error': 1}
        >>> run.status(-1)
        {'success': True, 'state': 'none'}
        """
        return self.lookup(dialect_of(dialect)).at(microseconds(at_s))

    def responses(self, *, dialect: str = "docs") -> Iterator[tuple[float, dict[str, Any]]]:
        """Return each distinct answer of ``import.status`` in order: when it is first given, and its body.

        Parameters
        ----------
        dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
            Whose words.

        Returns
        -------
        iterator of (float, dict)
            Seconds after the creation of the operation, and the body.

        Raises
        ------
        ParameterError
            If the dialect is unknown.

        Examples
        --------
        >>> from simimport import simulate
        >>> for at_s, body in simulate(users=100, seed=7).responses():
        ...     print(at_s, body["state"], body["operation"]["count"]["completed"])
        0.0 new 0
        2.0 ready 0
        7.0 importing 0
        7.01 importing 0
        8.557123 importing 50
        10.206479 importing 99
        10.216479 importing 99
        10.226479 importing 99
        10.236479 done 99
        """
        words = dialect_of(dialect)  # refused at once, not when somebody iterates
        timeline = self.timeline(words)
        changes = map(timeline.change, range(len(timeline)))
        return ((change.at_us / 1e6, wire.status(words, self.document, change)) for change in changes)

    # other runs -----------------------------------------------------------------------------------

    def cancel(self, at_s: float) -> Run:
        """Return the same run, cut short by ``import.clear`` at an instant.

        While importing, the cancel is honoured at the first later flush; before, at once; after the end
        the state stays. The staging area is emptied in any case.

        Parameters
        ----------
        at_s : float
            Seconds after the creation of the operation; at least 0.

        Returns
        -------
        Run

        Raises
        ------
        ClockError
            If it is not a finite number, before the creation, or beyond the calendar.

        Examples
        --------
        >>> from simimport import simulate
        >>> run = simulate(users=500, failure_rate=0.05, seed=7)
        >>> stopped = run.cancel(12)
        >>> stopped.final, stopped.duration_s, stopped.counts.unreached
        (<State.CANCELED: 'canceled'>, 12.012471, 350)
        """
        return self._with_users(canceled(self, at_s))

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

        Returns
        -------
        Run

        Raises
        ------
        OperationError
            If no flush with a future follows: the import has ended, or ends before or at its next flush.
        ScenarioError
            If a change is unknown, out of range, or not one that a branch can make.

        Examples
        --------
        >>> from simimport import simulate
        >>> run = simulate(users=500, failure_rate=0.05, seed=7)
        >>> worse = run.branch(12, seed=8, failure_rate=0.5)
        >>> worse.status(12) == run.status(12), run.counts.failed, worse.counts.failed
        (True, 30, 173)
        """
        return self._with_users(branched(self, at_s, seed, changes))

    def _with_users(self, child: Run) -> Run:
        """Return a child, whose users are those of its parent, made once."""
        if "users" in self._frames:
            child._frames["users"] = self._frames["users"]
        return child

    # files ----------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the whole record to one file, and return its path.

        The file is a zip of JSON and NumPy arrays, so that nothing has to be drawn again by other
        versions. It is written aside and renamed; the same run gives the same bytes. A link is followed,
        a file that is replaced keeps its mode, and what is no file, such as a pipe, is written to.

        Parameters
        ----------
        path : path
            Whatever its name; a file that is there is replaced.

        Returns
        -------
        Path

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from simimport import Run, simulate
        >>> run = simulate(users=100, seed=7)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = Run.load(run.save(pathlib.Path(folder, "night.run")))
        >>> again.code, again.final == run.final
        ('simulate(users=100, seed=7)', True)
        """
        from simimport.model.run.saved import archive

        return archive.save(self, self.users, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Run:
        """Return the run that `save` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        Run

        Raises
        ------
        RecordError
            If the file is missing, damaged, of another kind or of a later format, or holds what no run
            can; it says which. Nothing in a file is run, whoever wrote it.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from simimport import Run, simulate
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = simulate(users=100, seed=7).save(pathlib.Path(folder, "night.run"))
        ...     Run.load(path)
        <Run done after 10.2 s: 99 imported, 1 failed; simulate(users=100, seed=7)>
        """
        from simimport.model.run.saved import archive

        run, users = archive.load(path, cls)
        run._frames["users"] = users
        return run

    def __repr__(self) -> str:
        imported, failed, unreached = map(number, self.counts)
        rest = f", {unreached} unreached" if self.counts.unreached else ""
        ended = f"{self.final} after {duration(self.duration_s)}"
        return f"<Run {ended}: {imported} imported, {failed} failed{rest}; {self.code}>"

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]
