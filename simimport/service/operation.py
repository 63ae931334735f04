"""One operation of the service, from its creation to its end: frozen; each call makes the next one.

Before it is run it is a draft, then it is a Run. Knows no clock, no dialect's refusals and no JSON; whether a
call is legal, and where it leads, is asked by `operations`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from simimport.model.instants import instant, timestamp
from simimport.model.people.staged import Staged, joined
from simimport.model.run import wire
from simimport.model.run.simulate import recorded
from simimport.model.run.timeline import Change, cleared, created, staged
from simimport.model.scenario import Scenario

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
    draft : Change
        What is published of it before it is run.
    users : Staged
        Who was staged.
    run : Run or None
        Its record, once it is run.
    cleared : (int, State) or None
        When it was cleared on its own clock and where that led, if it was before it was run. A Run knows it
        by itself.
    """

    scenario: Scenario
    seed: int
    created_us: int
    document: wire.Document
    draft: Change
    users: Staged = field(default_factory=Staged)
    run: Run | None = None
    cleared: tuple[int, State] | None = None

    @classmethod
    def create(cls, scenario: Scenario, seed: int, now_us: int, user: str, state: State) -> Operation:
        """Return a new operation, created at an instant of the service's clock, in the state that follows."""
        created_us = now_us - now_us % 1000
        epoch = instant(scenario.epoch) + timedelta(microseconds=created_us)
        scenario = scenario.replace(epoch=timestamp(epoch), importer="api", loading_s=0.0)
        return cls(scenario, seed, created_us, wire.Document.of(scenario, seed, user), created(state))

    def at_us(self, now_us: int) -> int:
        """Return an instant of the service's clock on the operation's own."""
        return now_us - self.created_us

    def change(self, now_us: int, dialect: Dialect) -> Change:
        """Return what is published at an instant."""
        if self.run is not None:
            timeline = self.run.timeline(dialect)
            return timeline.change(timeline.index(self.at_us(now_us)))
        if self.cleared is not None:
            cleared_us, state = self.cleared
            return cleared(self.draft, cleared_us, state, dialect)
        return self.draft

    def next_instant(self, state: State, now_us: int, dialect: Dialect) -> int | None:
        """Return when, on the service's clock and from an instant on, a state is published; None if never."""
        if self.change(now_us, dialect).state is state:
            return now_us
        if self.run is None:
            return None
        timeline = self.run.timeline(dialect)
        for index in range(timeline.index(self.at_us(now_us)) + 1, len(timeline)):
            change = timeline.change(index)
            if change.state is state:
                return self.created_us + change.at_us
        return None

    def add(self, users: Columns | pd.DataFrame, number: int, now_us: int, state: State) -> Operation:
        """Return the operation with users added at an instant, in the state that follows: to be run yet."""
        draft = staged(self.draft, self.at_us(now_us), number, state)
        return replace(self, draft=draft, users=self.users.add(users), run=None, cleared=None)

    def start(self, people: Decisions, existing: int, now_us: int) -> Operation:
        """Return the operation, run at an instant: from here on its record tells the states.

        `people` is what those who are staged decide, given so many who are on the server.
        """
        ready_us, users = self.draft.at_us, self.users.frame()
        scenario = self.scenario.replace(
            users=len(users), new_s=ready_us / 1e6, ready_s=(self.at_us(now_us) - ready_us) / 1e6
        )
        # the columns of which the frame was made are needed no more
        return replace(self, run=recorded(scenario, self.seed, users, people, existing), users=Staged(users))

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
        if self.run is None or not self.change(now_us, dialect).state.terminal:
            return everybody
        return everybody.iloc[:0] if dialect.server else self.run.staging

    def left_number(self, now_us: int, dialect: Dialect) -> int:
        """Return how many `left` returns, without a frame of them."""
        if self.emptied:
            return 0
        if self.run is None or not self.change(now_us, dialect).state.terminal:
            return len(self.users)
        return 0 if dialect.server else self.run.counts.failed + self.run.counts.unreached

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
