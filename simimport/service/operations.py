"""The operations of a service, one after another: what the import server does with a call at an instant.

What a state allows and where it leads is asked of the table in `model.states`. Knows no clock, lock, journal
or fault: `service` adds them. How a refusal reads is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simimport.errors import OperationError, ScenarioError
from simimport.model.people.generated import Generated
from simimport.model.people.staged import joined
from simimport.model.run import wire
from simimport.model.seeds import derive
from simimport.model.states import CALLS, Move, State, follow, possible
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.operation import Operation
from simimport.service.people.add_users_body import DEFAULT_ROLE, Body, body_of
from simimport.service.people.on_server import Decided, OnServer

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change
    from simimport.model.scenario import Scenario

__all__ = ["ENDPOINTS", "GENERATED", "ROLES", "Operations", "calls"]

#: The endpoints, and the HTTP method of each.
ENDPOINTS: Mapping[str, str] = {
    "import.status": "GET",
    "import.new": "POST",
    "import.addUsers": "POST",
    "import.run": "POST",
    "import.clear": "POST",
    "importers.list": "GET",
    "getImportProgress": "GET",
    "getCurrentImportOperation": "GET",
}
#: The roles that a server knows, unless others are given.
ROLES = (
    "admin", "moderator", "leader", "owner", "user", "bot", "app", "guest", "anonymous", "livechat-agent",
    "livechat-manager", "livechat-monitor", "auditor", "auditor-log",
)  # fmt: skip
#: What `import.addUsers` is given for the scenario's generated people: no body can be it.
GENERATED: Final = object()


class _RefusedError(Exception):
    """A call is refused; carries the refusal to who answers."""

    def __init__(self, refusal: Answer) -> None:
        super().__init__(refusal.http_status)
        self.refusal = refusal


class _Status(NamedTuple):
    """The last answer of the status, and of what it is: the operation, whose words, what was published."""

    operation: Operation
    dialect: Dialect
    change: Change
    answer: Answer


class Operations:
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
        self._last_status: _Status | None = None

    def perform(
        self, endpoint: str, payload: Any, account: str, now_us: int, dialect: Dialect | None = None
    ) -> Answer:
        """Answer a call at an instant; a refused one leaves everything as it was.

        The status can be told in another dialect than the others are.
        """
        if endpoint == "import.status":
            return self._status(now_us, dialect or self._dialect)
        handlers: dict[str, Callable[[Any, str, int], Any]] = {
            "import.new": self._new,
            "import.addUsers": self._add_users,
            "import.run": self._run,
            "import.clear": self._clear,
            "importers.list": lambda *_: wire.importers(),
            "getImportProgress": self._progress,
            "getCurrentImportOperation": self._current_operation,
        }
        try:
            return Answer.ok(handlers[endpoint](payload, account, now_us))
        except _RefusedError as error:
            return error.refusal
        except ScenarioError as error:
            # with so many users, or so late, it would not end before the calendar does
            return refusals.service_error(str(error))

    # the endpoints ----------------------------------------------------------------------------------

    def _status(self, now_us: int, dialect: Dialect) -> Answer:
        operation = self.present
        if operation is None:
            return Answer.ok(wire.nothing(dialect))
        change, last = operation.change(now_us, dialect), self._last_status
        # between two changes every poll gets the same bytes, so they are made once
        if last and last.operation is operation and last.dialect is dialect and last.change == change:
            return last.answer
        answer = Answer.ok(wire.status(dialect, operation.document, change))
        self._last_status = _Status(operation, dialect, change, answer)
        return answer

    def _follow(self, move: Move, now_us: int) -> State:
        """Return the state to which a move leads from the one at an instant, as the table has it.

        What the table does not have there is refused: this is the only place that decides it.
        """
        try:
            return follow(self.state(now_us), move)
        except OperationError:
            raise _RefusedError(refusals.not_possible(move, self.change(now_us))) from None

    def _new(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        state = self._follow(Move.NEW, now_us)
        seed = derive(self._seed, self.number)
        operation = Operation.create(self._scenario, seed, now_us, account, state)
        if self.present is not None and self.present.run is not None:
            # the one that it replaces is cleared, as servers do: its batch in flight is finished
            self._on_server.leave(self.present.clear(now_us, state))
        self.present = operation
        self.number += 1
        return wire.created(self._dialect, wire.operation(self._dialect, operation.document, operation.draft))

    def _add_users(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        if payload is GENERATED or not self.still_holds("import.addUsers", payload):
            if self._scenario.users:
                self._follow(Move.ADD_USERS, now_us)  # before anybody is made
            payload = self._generated()
        body = payload if isinstance(payload, Body) else body_of(payload, self._roles)
        if body.misfit:
            raise _RefusedError(refusals.invalid_params(self._dialect, body.misfit))
        if body.unreadable:
            raise _RefusedError(refusals.service_error(body.unreadable))
        if not body.number:
            return wire.success()  # the server looks at nothing else then
        state = self._follow(Move.ADD_USERS, now_us)
        if body.unfit:
            raise _RefusedError(refusals.service_error(body.unfit))
        self.present = self._there().add(body.people, body.number, now_us, state)
        return wire.success()

    def _generated(self) -> Body:
        """Return the generated people who come next: those after all who were staged before."""
        if not self._scenario.users:
            return Body({}, 0)
        operation, made = self._there(), self._dealing
        if made is None or made.seed != operation.seed:
            made = self._dealing = Generated(self._scenario, operation.seed)
        people = made.take(len(operation.users), self._scenario.users)
        return body_of(people, self._roles)._replace(after=operation.users)

    def misfit(self, endpoint: str, payload: Any) -> Answer | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits."""
        # the bodies of all others are ignored
        if endpoint != "import.addUsers":
            return None
        misfit = (payload if isinstance(payload, Body) else body_of(payload, self._roles)).misfit
        return refusals.invalid_params(self._dialect, misfit) if misfit else None

    def _run(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        self._follow(Move.RUN, now_us)
        operation = self._there()
        holds = isinstance(payload, Decided) and self._on_server.holds(payload, operation.users)
        decided = payload if holds else self._on_server.decide(operation.users)
        self.present = operation.start(decided.people, decided.existing, now_us)
        self._on_server.settle(decided)
        return wire.success()

    def _clear(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        state = self._follow(Move.CLEAR, now_us)
        if self.present is not None:
            self.present = self.present.clear(now_us, state)
        return wire.success()

    def _there(self) -> Operation:
        """Return the present operation, for moves that the table has only where there is one."""
        if self.present is None:
            raise LookupError("the table allows in the state none what needs an operation")
        return self.present

    def _progress(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        change = self.change(now_us)
        if change is None:
            raise _RefusedError(refusals.no_progress())
        return wire.progress(change)

    def _current_operation(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        operation = self.present
        if operation is None:
            return wire.current_operation(None)
        change = operation.change(now_us, self._dialect)
        return wire.current_operation(wire.operation(self._dialect, operation.document, change))

    # before a call ----------------------------------------------------------------------------------

    def ahead(self, endpoint: str, payload: Any) -> Any:
        """Return the payload of a call with all that can be known of it before its instant.

        What takes long is here and needs no lock; what has changed by the time of the call is found out then.
        """
        operation = self.present
        if endpoint == "import.addUsers" and payload is not GENERATED and not isinstance(payload, Body):
            return body_of(payload, self._roles)
        if payload is GENERATED and operation is not None and operation.is_draft:
            return self._generated()
        if endpoint == "import.run" and operation is not None and operation.to_be_run:
            return self._on_server.decide(operation.users)
        return payload

    def still_holds(self, endpoint: str, payload: Any) -> bool:
        """Return whether a payload that `ahead` returned still holds all that takes long."""
        operation = self.present
        if isinstance(payload, Body) and payload.after is not None:
            return operation is not None and operation.users is payload.after
        if endpoint != "import.run" or operation is None or not operation.to_be_run:
            return True
        return isinstance(payload, Decided) and self._on_server.holds(payload, operation.users)

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

    def copy(self) -> Operations:
        """Return what stays as it is now, for who looks at it without a lock."""
        held = copy(self)
        held._on_server, held._dealing = self._on_server.copy(), None
        return held


def calls(state: State) -> tuple[str, ...]:
    """Return the calls of the API that a state allows; the job's own events are nobody's to call."""
    return tuple(f"import.{move}" for move in possible(state) if move in CALLS)
