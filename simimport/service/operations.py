"""The operations of a service, one after another: what the import server does with a call at an instant.

What a state allows and where it leads is asked of the table in `model.states`. Knows no clock, lock, journal
or fault: `service` adds them. How a refusal reads is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from simimport.errors import OperationError, ScenarioError, UsersError
from simimport.model import columns
from simimport.model.people.api_body import cells, frame_of
from simimport.model.people.users_frame import as_users
from simimport.model.run import wire
from simimport.model.seeds import derive
from simimport.model.states import CALLS, Move, State, follow, possible
from simimport.service import refusals
from simimport.service.add_users_body import InvalidBodyError, checked
from simimport.service.answers import Answer
from simimport.service.operation import Operation, joined

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
_DEFAULT_ROLE = "user"


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
        self._existing = existing
        self._roles = frozenset(roles) | {_DEFAULT_ROLE}
        # those that were run: the others left nothing behind
        self._past: list[Operation] = []
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
            self._past.append(self.present.clear(now_us, state))
        self.present = operation
        self.number += 1
        return wire.created(self._dialect, wire.operation(self._dialect, operation.document, operation.draft))

    def _add_users(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        people = None if payload is GENERATED else self._frame(payload)
        if not (self._scenario.users if people is None else len(people)):
            return wire.success()  # the server looks at nothing else then
        state = self._follow(Move.ADD_USERS, now_us)
        operation = self._there()
        people = self._checked(operation.generated() if people is None else people)
        self.present = operation.add(people, now_us, state)
        return wire.success()

    def _frame(self, payload: Any) -> pd.DataFrame:
        """Return the users of a call as a frame."""
        import pandas as pd

        if isinstance(payload, pd.DataFrame):
            return as_users(payload, "users")
        try:
            return frame_of(checked(payload))
        except InvalidBodyError as error:
            raise _RefusedError(self._invalid(error)) from None
        except UsersError as error:
            # a server would store it; a frame of scalars cannot hold it
            raise _RefusedError(refusals.service_error(str(error))) from None

    def misfit(self, endpoint: str, payload: Any) -> Answer | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits."""
        # the bodies of all others are ignored
        if endpoint == "import.addUsers":
            try:
                checked(payload)
            except InvalidBodyError as error:
                return self._invalid(error)
        return None

    def _invalid(self, error: InvalidBodyError) -> Answer:
        return refusals.invalid_params(self._dialect, str(error))

    def _checked(self, people: pd.DataFrame) -> pd.DataFrame:
        """Return the people as the server stages them: with what it requires, and with the default role."""
        if not all(cells(people, "email")) or not all(cells(people, "import_id")):
            raise _RefusedError(refusals.service_error(refusals.MISSING_DATA))
        given = cells(people, "roles")
        merged = {text: _with_default_role(text) for text in set(given)}
        if not self._roles.issuperset(role for text in merged.values() for role in text.split(",")):
            raise _RefusedError(refusals.service_error(refusals.INVALID_ROLES))
        return columns.frame("users", {**people, "roles": [merged[text] for text in given]})

    def _run(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        self._follow(Move.RUN, now_us)
        self.present = self._there().start(self._on_server(), now_us)
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
        operations = self._past if self.present is None else [*self._past, self.present]
        return joined([operation.imported(now_us) for operation in operations])

    def _on_server(self) -> pd.DataFrame:
        """Return who is there for an operation that is run: those given, and whom earlier ones import.

        Those of a batch that was in flight when its operation was replaced are there too: it is finished.
        """
        given = [] if self._existing is None else [self._existing]
        return joined([*given, *(operation.imported() for operation in self._past)])


def calls(state: State) -> tuple[str, ...]:
    """Return the calls of the API that a state allows; the job's own events are nobody's to call."""
    return tuple(f"import.{move}" for move in possible(state) if move in CALLS)


def _with_default_role(roles: str | None) -> str:
    given = roles.split(",") if roles else []
    return ",".join(dict.fromkeys([*given, _DEFAULT_ROLE]))
