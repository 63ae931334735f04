"""One operation of the service, from its creation to its end: frozen; each call makes the next one.

Before it is run it is a draft, then it is a Run. Knows no clock, no dialect's refusals and no JSON; whether a
call is legal, and where it leads, is asked by `operations`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from simimport.model.instants import instant, timestamp
from simimport.model.people.staged import Dealt, Staged, joined
from simimport.model.run import wire
from simimport.model.run.simulate import recorded
from simimport.model.run.timeline import Change, cleared, created, staged
from simimport.model.scenario import Scenario
from simimport.model.states import Step

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.people.api_body import Columns
    from simimport.model.people.decisions import Decisions
    from simimport.model.run.run import Run
    from simimport.model.states import State

__all__ = ["Operation"]


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.

    Parameters
    ----------
    scenario : Scenario
        The service's; users and waiting times follow from the calls.
    seed : int
        Of this operation.
    created_us : int
        When it was created on the service's clock: a whole millisecond, as timestamps tell no finer.
    document : Document
        What never changes in its document.
    drafts : tuple of Change
        What is published of it before it is run, in order of time: more than one while a file is loaded.
    users : Staged
        Who was staged; those of a file from the beginning, though they count only once it is loaded.
    run : Run or None
        Its record, once it is run.
    cleared : (int, State) or None
        When it was cleared on its own clock and where that led, if it was before it was run. A Run knows it
        by itself.
    loaded_us : int or None
        When its file is loaded, on its own clock; None where there is no file, or nobody has begun to.
    unchosen : int
        How many who were staged it was started without: they are in the total, and are never processed.
    """

    scenario: Scenario
    seed: int
    created_us: int
    document: wire.Document
    drafts: tuple[Change, ...]
    users: Staged = field(default_factory=Staged)
    run: Run | None = None
    cleared: tuple[int, State] | None = None
    loaded_us: int | None = None
    unchosen: int = 0

    @classmethod
    def create(
        cls, scenario: Scenario, seed: int, now_us: int, user: str, state: State, *, importer: str = "api"
    ) -> Operation:
        """Return a new operation, created at an instant of the service's clock, in the state that follows."""
        created_us = now_us - now_us % 1000
        epoch = instant(scenario.epoch) + timedelta(microseconds=created_us)
        # a record knows importers of files by the first of them
        kind = "api" if importer == "api" else "csv"
        scenario = scenario.replace(epoch=timestamp(epoch), importer=kind, loading_s=0.0)
        document = replace(wire.Document.of(scenario, seed, user), importer=importer)
        return cls(scenario, seed, created_us, document, (created(state),))

    def at_us(self, now_us: int) -> int:
        """Return an instant of the service's clock on the operation's own."""
        return now_us - self.created_us

    def change(self, now_us: int, dialect: Dialect) -> Change:
        """Return what is published at an instant."""
        if self.run is not None:
            timeline = self.run.timeline(dialect)
            change = timeline.change(timeline.index(self.at_us(now_us)))
            return change._replace(total=change.total + self.unchosen) if self.unchosen else change
        if self.cleared is not None:
            cleared_us, state = self.cleared
            return cleared(self._draft(cleared_us), cleared_us, state, dialect)
        return self._draft(self.at_us(now_us))

    def _draft(self, at_us: int) -> Change:
        """Return the draft that is in force at an instant of its own clock."""
        return next((draft for draft in reversed(self.drafts) if draft.at_us <= at_us), self.drafts[0])

    def next_instant(self, state: State, now_us: int, dialect: Dialect) -> int | None:
        """Return when, on the service's clock and from an instant on, a state is published; None if never."""
        if self.change(now_us, dialect).state is state:
            return now_us
        for change in self._to_come(self.at_us(now_us), dialect):
            if change.state is state:
                return self.created_us + change.at_us
        return None

    def next_change_us(self, now_us: int, dialect: Dialect) -> float:
        """Return when, on the service's clock, something else is published; infinite if never by itself."""
        change = next(iter(self._to_come(self.at_us(now_us), dialect)), None)
        return math.inf if change is None else self.created_us + change.at_us

    def _to_come(self, at_us: int, dialect: Dialect) -> Iterator[Change]:
        """Return what will be published after an instant, if nobody calls."""
        if self.run is not None:
            timeline = self.run.timeline(dialect)
            yield from map(timeline.change, range(timeline.index(at_us) + 1, len(timeline)))
        elif self.cleared is None:
            yield from (draft for draft in self.drafts if draft.at_us > at_us)

    def add(
        self, users: Columns | pd.DataFrame | Dealt, number: int, now_us: int, state: State
    ) -> Operation:
        """Return the operation with users added at an instant, in the state that follows: to be run yet."""
        draft = staged(self._draft(self.at_us(now_us)), self.at_us(now_us), number, state)
        return replace(self, drafts=(draft,), users=self.users.add(users), run=None, cleared=None)

    def uploaded(self, users: Staged, state: State) -> Operation:
        """Return the operation with a file that nobody has begun to load, in the state that follows."""
        return replace(
            self, drafts=(self.drafts[0]._replace(state=state, step=Step.FILE_LOADED),), users=users
        )

    def waiting(self, step: Step, state: State, fetched: int = 0) -> Operation:
        """Return the operation at a step beyond which it does not come by itself, with so much fetched."""
        at_once = self.drafts[0]._replace(state=state, step=step, total=fetched, completed=fetched)
        return replace(self, drafts=(at_once._replace(batch=min(fetched, 1)),))

    def load(
        self, steps: Sequence[Step], now_us: int, loading_us: int, states: tuple[State, State]
    ) -> Operation:
        """Return the operation whose file is loaded from an instant on.

        Parameters
        ----------
        steps : sequence of Step
            Each takes an equal part of the time.
        now_us, loading_us : int
            From when on, on the service's clock, and how long.
        states : (State, State)
            While it is loaded, and then.
        """
        at_us = self.at_us(now_us)
        before = self._draft(at_us)._replace(state=states[0])
        parts = [before._replace(at_us=at_us + round(part * loading_us / len(steps)), step=step)
                 for part, step in enumerate(steps)] if loading_us else []  # fmt: skip
        ready = staged(before, at_us + loading_us, len(self.users), states[1])
        # of what was before, only what is still shown
        shown = tuple(draft for draft in self.drafts if draft.at_us < at_us)
        return replace(self, drafts=(*shown, *parts, ready), loaded_us=ready.at_us)

    def start(self, users: Staged, people: Decisions, existing: int, now_us: int) -> Operation:
        """Return the operation, run at an instant: from here on its record tells the states.

        `users` are those who are run, and `people` is what they decide, given so many who are on the server.
        """
        at_us = self.at_us(now_us)
        draft = self._draft(at_us)
        if self.scenario.importer == "api":
            waits_us = (draft.at_us, 0, at_us - draft.at_us)
        else:
            # a file that is not loaded by then never will be
            loaded_us = at_us if self.loaded_us is None else min(self.loaded_us, at_us)
            waits_us = (0, loaded_us, at_us - loaded_us)
        new_s, loading_s, ready_s = (wait_us / 1e6 for wait_us in waits_us)
        scenario = self.scenario.replace(users=len(users), new_s=new_s, loading_s=loading_s, ready_s=ready_s)
        if not isinstance(users, Dealt):
            # the columns of which the frame is made are needed no more
            users = Staged(users.frame())
        run = recorded(scenario, self.seed, users, people, existing)
        return replace(self, run=run, users=users, unchosen=draft.total - len(users))

    def staged_by(self, now_us: int) -> Staged:
        """Return who is staged by an instant, before it is run: of a file nobody, until it is loaded."""
        return self.users if self._draft(self.at_us(now_us)).total else Staged()

    @property
    def is_draft(self) -> bool:
        """Whether it was neither run nor cleared."""
        return self.run is None and self.cleared is None

    @property
    def to_be_run(self) -> bool:
        """Whether it is a draft, in which somebody is."""
        return self.is_draft and len(self.users) > 0

    def clear(self, now_us: int, state: State) -> Operation:
        """Return the operation, cleared at an instant; of several clears the first counts.

        A draft is in the state that follows at once. Of a run the record tells when it is: at the flush of
        the batch in flight, and not at all after the end.
        """
        if self.emptied:
            return self
        if self.run is None:
            return replace(self, cleared=(self.at_us(now_us), state))
        return replace(self, run=self.run.cancel(self.at_us(now_us) / 1e6))

    @property
    def emptied(self) -> bool:
        """Whether the staging area was emptied, as every clear does."""
        return (self.cleared if self.run is None else self.run.clear_us) is not None

    def left(self, now_us: int, dialect: Dialect) -> pd.DataFrame:
        """Return who is in the staging area: all staged, and after the end those who are left.

        The documentation page leaves failed and unreached users there; servers remove everybody.
        """
        everybody = self.users.frame()
        if self.emptied:
            return everybody.iloc[:0]
        if self.run is None:
            return self.staged_by(now_us).frame()
        if not self.change(now_us, dialect).state.terminal:
            return everybody
        return everybody.iloc[:0] if dialect.server else self.run.staging

    def left_number(self, now_us: int, dialect: Dialect) -> int:
        """Return how many `left` returns, without a frame of them."""
        if self.emptied:
            return 0
        if self.run is None:
            return len(self.staged_by(now_us))
        if not self.change(now_us, dialect).state.terminal:
            return len(self.users)
        return 0 if dialect.server else self.run.counts.failed + self.run.counts.unreached

    def settled_us(self, dialect: Dialect) -> int:
        """Return when it is published for the last time, on the service's clock, if nobody calls."""
        if self.run is not None:
            last_us = int(self.run.timeline(dialect).rows["at_us"][-1])
        else:
            last_us = self.drafts[-1].at_us if self.cleared is None else self.cleared[0]
        return self.created_us + last_us

    def without_users(self) -> Operation:
        """Return the operation without those who are staged: for who asks only what is published of it."""
        return replace(self, users=Staged())

    @property
    def end_us(self) -> int | None:
        """When its import ends, on the service's clock; None if it was not run."""
        return None if self.run is None else self.created_us + self.run.truth.end_us

    def imported(self, now_us: int | None = None) -> pd.DataFrame:
        """Return who is on the server because of it: by an instant, or once it has ended."""
        if self.run is None:
            return joined([])
        outcome = self.run.outcomes
        there = outcome["outcome"] == "imported"
        if now_us is not None:
            there &= outcome["finished_s"] <= self.at_us(now_us) / 1e6
        return self.run.users[there].reset_index(drop=True)

    def imported_number(self, now_us: int) -> int:
        """Return how many `imported` returns, without a frame of them."""
        return 0 if self.run is None else self.run.truth.at(self.at_us(now_us))[0]
