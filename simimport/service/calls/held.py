"""What an import server holds: its operations, and who is on it. Answers no call.

What a state allows and where it leads is asked of the table in `model.states`, here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Final, Self

from simimport.errors import OperationError
from simimport.model.people.generated import Generated
from simimport.model.people.staged import joined
from simimport.model.seeds import derive
from simimport.model.states import Move, State, follow, possible
from simimport.service import refusals
from simimport.service.operation import Operation
from simimport.service.people.add_users_body import DEFAULT_ROLE
from simimport.service.people.on_server import OnServer

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change
    from simimport.model.scenario import Scenario
    from simimport.service.answers import Answer

__all__ = ["LATEST", "ROLES", "Held", "RefusedError"]

#: The roles that a server knows, unless others are given.
ROLES: Final = (
    "admin", "moderator", "leader", "owner", "user", "bot", "app", "guest", "anonymous", "livechat-agent",
    "livechat-manager", "livechat-monitor", "auditor", "auditor-log",
)  # fmt: skip
#: How many operations `getLatestImportOperations` lists.
LATEST = 20


class RefusedError(Exception):
    """A call is refused; carries the refusal to who answers."""

    def __init__(self, refusal: Answer) -> None:
        super().__init__(refusal.http_status)
        self.refusal = refusal


class Held:
    """All operations of one import server; the last of them is the present one.

    Parameters
    ----------
    scenario : Scenario
        How they behave.
    seed : int
        The seed of each derives from it and the operation's number.
    dialect : Dialect
        Whose words.
    existing : DataFrame or None
        Who is on the server already, as a users frame.
    roles : iterable of str
        The role ids that are known, beside the default role.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        dialect: Dialect,
        existing: pd.DataFrame | None = None,
        roles: Iterable[str] = ROLES,
    ) -> None:
        self.present: Operation | None = None
        #: How many were created.
        self.number = 0
        self._scenario, self._seed, self._dialect = scenario, seed, dialect
        self._on_server = OnServer(existing)
        self._dealing: Generated | None = None
        self._roles = frozenset(roles) | {DEFAULT_ROLE}
        # those that were replaced, in the order of their creation: as many as can be listed
        self._replaced: list[Operation] = []

    # what the calls do ------------------------------------------------------------------------------

    def _follow(self, move: Move, now_us: int, state: State | None = None) -> State:
        """Return the state to which a move leads from the one at an instant, or from another, by the table.

        What the table does not have there is refused: this is the only place that decides it.
        """
        try:
            return follow(self.state(now_us) if state is None else state, move)
        except OperationError:
            raise RefusedError(refusals.not_possible(move, self.change(now_us))) from None

    def _led(self, move: Move, now_us: int) -> State | None:
        """Return the state to which a move leads, or None where the table has no such move."""
        state = self.state(now_us)
        return follow(state, move) if move in possible(state) else None

    def _there(self) -> Operation:
        """Return the present operation, for moves that the table has only where there is one."""
        if self.present is None:
            raise LookupError("the table allows in the state none what needs an operation")
        return self.present

    def _made(self, account: str, now_us: int, importer: str = "api") -> Operation:
        """Return a new operation, which nobody knows of yet."""
        state = self._follow(Move.NEW, now_us)
        seed = derive(self._seed, self.number)
        return Operation.create(self._scenario, seed, now_us, account, state, importer=importer)

    def _take(self, operation: Operation, now_us: int) -> None:
        """Let a new operation take the place of the one there is, which is cleared."""
        if self.present is not None:
            # as servers do: of one that runs, the batch in flight is finished
            replaced = self.present.clear(now_us, self._led(Move.CLEAR, now_us) or State.CANCELED)
            if replaced.run is not None:
                self._on_server.leave(replaced)
            self._replace(replaced.without_users(), now_us)
        self.present = operation
        self.number += 1

    def _replace(self, operation: Operation, now_us: int) -> None:
        """Keep an operation that was replaced, as long as it can be among the latest."""
        there = [*self._replaced, operation]
        last_us = [other.settled_us(self._dialect) for other in there]
        # those that still change may become the latest; of the others, so many can be
        settled = [place for place, at_us in enumerate(last_us) if at_us <= now_us]
        gone = set(sorted(settled, key=last_us.__getitem__)[:-LATEST])
        self._replaced = [other for place, other in enumerate(there) if place not in gone]

    # what there is ----------------------------------------------------------------------------------

    def change(self, now_us: int) -> Change | None:
        """Return what is published of the present operation at an instant; None before the first."""
        return None if self.present is None else self.present.change(now_us, self._dialect)

    def state(self, now_us: int) -> State:
        """Return the state at an instant."""
        change = self.change(now_us)
        return State.NONE if change is None else change.state

    def when(self, state: State, now_us: int) -> int | None:
        """Return when, from an instant on, a state is there if nobody calls; None if never."""
        if self.present is None:
            return now_us if state is State.NONE else None
        return self.present.next_instant(state, now_us, self._dialect)

    def staging(self, now_us: int) -> pd.DataFrame:
        """Return who is in the staging area at an instant."""
        return joined([]) if self.present is None else self.present.left(now_us, self._dialect)

    def imported(self, now_us: int) -> pd.DataFrame:
        """Return who has been imported by an instant, by all operations, in truth."""
        return self._on_server.imported(self.present, now_us)

    def sizes(self, now_us: int) -> tuple[int, int]:
        """Return how many `staging` and `imported` return, without frames of them."""
        left = 0 if self.present is None else self.present.left_number(now_us, self._dialect)
        return left, self._on_server.imported_number(self.present, now_us)

    def latest(self, now_us: int) -> list[tuple[Operation, Change]]:
        """Return the operations that were published last, the newest first, and what is published of each."""
        # of those of one millisecond, the one that was created last comes first
        there = [*([] if self.present is None else [self.present]), *reversed(self._replaced)]
        changes = [(operation, operation.change(now_us, self._dialect)) for operation in there]
        changes.sort(key=lambda pair: -((pair[0].created_us + pair[1].at_us) // 1000))
        return changes[:LATEST]

    def copy(self) -> Self:
        """Return what stays as it is now, for who looks at it without a lock."""
        held = copy(self)
        held._on_server, held._dealing = self._on_server.copy(), None
        return held
