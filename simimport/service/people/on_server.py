"""Who is on a server: those who were there, and whom its operations import. They only become more.

So whoever is there stays known, by address and name, and in a frame; a later operation adds its own.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from simimport.model.people.decisions import Taken, decisions, undecided
from simimport.model.people.staged import Dealt, joined

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.decisions import Decisions
    from simimport.model.people.staged import Staged
    from simimport.service.operation import Operation

__all__ = ["Decided", "OnServer"]


class Decided(NamedTuple):
    """What the staged people decide who are run now, and what that holds for.

    Parameters
    ----------
    users : Staged
        Who they are.
    people : Decisions
    past : int
        How many operations were run before.
    fresh : Taken
        Whom those of them import whom nobody has asked about before.
    existing : int
        How many are on the server in all.
    """

    users: Staged
    people: Decisions
    past: int
    fresh: Taken
    existing: int


class _Ended(NamedTuple):
    """How many operations had ended by an instant, and whom they imported."""

    operations: int
    by_us: int
    imported: pd.DataFrame


class OnServer:
    """Who is on a server.

    Parameters
    ----------
    existing : DataFrame or None
        Who was there, as a users frame.
    """

    def __init__(self, existing: pd.DataFrame | None) -> None:
        # those that were run and replaced: the others left nothing behind
        self._past: list[Operation] = []
        # whom the first so many of them import is in there, beside those who were there
        self._taken, self._joined = Taken(existing), 0
        # in a list, so that whoever looks at a copy leaves it there for all
        self._ended: list[_Ended | None] = [None]

    def leave(self, operation: Operation) -> None:
        """Keep an operation that was run and is replaced."""
        self._past.append(operation)

    def decide(self, users: Staged) -> Decided:
        """Return what people decide who are run now, and change nothing.

        Those of a batch that was in flight when its operation was replaced are there too: it is finished.
        """
        first, past = self._joined, len(self._past)
        fresh = Taken()
        for operation in self._past[first:past]:
            fresh.join(Taken(operation.imported()))
        there = self._taken.people + fresh.people
        if isinstance(users, Dealt) and not there:
            people = undecided(len(users))
        else:
            people = decisions(users.frame(), [self._taken, fresh])
        return Decided(users, people, past, fresh, there)

    def holds(self, decided: Decided, users: Staged) -> bool:
        """Return whether a decision is that of these people, and of all who are there now."""
        return decided.users is users and decided.past == len(self._past)

    def settle(self, decided: Decided) -> None:
        """Take note of those whom a decision that holds has found."""
        # two may have found the same
        if self._joined < decided.past:
            self._taken.join(decided.fresh)
            self._joined = decided.past

    def imported(self, present: Operation | None, now_us: int) -> pd.DataFrame:
        """Return who has been imported by an instant, in truth: by all operations, the present one last."""
        operations = self._of_all(present)
        done, by_us, there = self._ended[0] or _Ended(0, 0, joined([]))
        if by_us > now_us or done > len(operations):
            done, by_us, there = 0, 0, joined([])
        frames = [there]
        for operation in operations[done:]:
            end_us = operation.end_us
            if end_us is None or end_us > now_us:
                break
            frames.append(operation.imported())
            done, by_us = done + 1, max(by_us, end_us)
        there = joined(frames)
        self._ended[0] = _Ended(done, by_us, there)
        return joined([there, *(operation.imported(now_us) for operation in operations[done:])])

    def imported_number(self, present: Operation | None, now_us: int) -> int:
        """Return how many `imported` returns, without a frame of them."""
        return sum(operation.imported_number(now_us) for operation in self._of_all(present))

    def _of_all(self, present: Operation | None) -> list[Operation]:
        return self._past if present is None else [*self._past, present]

    def copy(self) -> OnServer:
        """Return what stays as it is now, for who looks at it without a lock."""
        held = copy(self)
        held._past = list(self._past)
        return held
