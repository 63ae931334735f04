"""One operation of the service, from its creation to its end: frozen; each call makes the next one.

Before it is run it is a draft, then it is a Run. Knows no clock, no dialect's refusals and no JSON; whether a
call is legal, and where it leads, is asked by `operations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from simimport.model import columns
from simimport.model.instants import instant, timestamp
from simimport.model.run import wire
from simimport.model.run.simulate import simulate
from simimport.model.run.timeline import Change, cleared, created, staged
from simimport.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run
    from simimport.model.states import State

__all__ = ["Operation", "joined"]


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
    users : tuple of DataFrame
        Who was staged, call by call.
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
    users: tuple[pd.DataFrame, ...] = ()
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

    def staged(self) -> pd.DataFrame:
        """Return everybody who was staged, in order."""
        return joined(self.users)

    def generated(self) -> pd.DataFrame:
        """Return the generated people who come next: those after all that were staged before."""
        from simimport.model.people.generated import stage

        before = sum(map(len, self.users))
        everybody = self.scenario.replace(users=before + self.scenario.users)
        return stage(everybody, seed=self.seed).iloc[before:].reset_index(drop=True)

    def add(self, users: pd.DataFrame, now_us: int, state: State) -> Operation:
        """Return the operation with users added at an instant, in the state that follows: to be run yet."""
        draft = staged(self.draft, self.at_us(now_us), len(users), state)
        return replace(self, draft=draft, users=(*self.users, users), run=None, cleared=None)

    def start(self, existing: pd.DataFrame | None, now_us: int) -> Operation:
        """Return the operation, run at an instant: from here on its record tells the states."""
        ready_us = self.draft.at_us
        scenario = self.scenario.replace(new_s=ready_us / 1e6, ready_s=(self.at_us(now_us) - ready_us) / 1e6)
        run = simulate(scenario, seed=self.seed, staged=self.staged(), existing=existing)
        return replace(self, run=run)

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
        everybody = self.staged()
        if self.emptied:
            return everybody.iloc[:0]
        if self.run is None or not self.change(now_us, dialect).state.terminal:
            return everybody
        return everybody.iloc[:0] if dialect.server else self.run.staging

    def imported(self, now_us: int | None = None) -> pd.DataFrame:
        """Return who is on the server because of it: by an instant, or once it has ended."""
        if self.run is None:
            return self.staged().iloc[:0]
        outcome = self.run.outcomes
        there = outcome["outcome"] == "imported"
        if now_us is not None:
            there &= outcome["finished_s"] <= self.at_us(now_us) / 1e6
        return self.run.users[there].reset_index(drop=True)


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the people of several frames in one; where there is nobody, it is a users frame too."""
    import pandas as pd

    # what is empty has no say in the kinds of the columns
    some = [frame for frame in frames if len(frame)]
    if not some:
        return columns.frame("users", {name: [] for name in columns.names("users")})
    return pd.concat(some, ignore_index=True)
