"""The operations of a service, one after another: what the import server does with a call at an instant.

Knows no clock, lock, journal or fault: `service` adds them. How a refusal reads is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from simimport.errors import ScenarioError, UsersError
from simimport.model import columns
from simimport.model.people.api_body import cells, frame_of
from simimport.model.people.users_frame import as_users
from simimport.model.run import wire
from simimport.model.seeds import derive
from simimport.model.states import TABLE, Move, State
from simimport.service import refusals
from simimport.service.add_users_body import InvalidBodyError, checked
from simimport.service.answers import Answer
from simimport.service.operation import Job

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change
    from simimport.model.scenario import Scenario
    from simimport.service.refusals import Refusal

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

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.http_status)
        self.refusal = refusal


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
        self.present: Job | None = None
        #: How many were created.
        self.number = 0
        self._scenario, self._seed, self._dialect = scenario, seed, dialect
        self._existing = existing
        self._roles = frozenset(roles) | {_DEFAULT_ROLE}
        # those that were run: the others left nothing behind
        self._past: list[Job] = []
        # the last answer of the status, and what it tells: the operation, whose words, the change
        self._told: tuple[Job | None, Dialect, Change | None, Answer | None] = (None, dialect, None, None)

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
            return Answer.of(error.refusal)
        except ScenarioError as error:
            # with so many users, or so late, it would not end before the calendar does
            return Answer.of(refusals.service_error(str(error)))

    # the endpoints ----------------------------------------------------------------------------------

    def _status(self, now_us: int, dialect: Dialect) -> Answer:
        job = self.present
        if job is None:
            return Answer.ok(wire.nothing(dialect))
        known, told, change, answer = self._told
        # between two changes every poll gets the same bytes, so they are made once
        changed = job.change(now_us, dialect)
        if known is job and told is dialect and change == changed and answer is not None:
            return answer
        answer = Answer.ok(wire.status(dialect, job.document, changed))
        self._told = (job, dialect, changed, answer)
        return answer

    def _new(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        job = Job.create(self._scenario, derive(self._seed, self.number), now_us, account)
        self._clear(payload, account, now_us)
        if self.present is not None and self.present.run is not None:
            self._past.append(self.present)
        self.present = job
        self.number += 1
        return wire.created(self._dialect, wire.operation(self._dialect, job.document, job.draft))

    def _add_users(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        people = None if payload is GENERATED else self._frame(payload)
        if not (self._scenario.users if people is None else len(people)):
            return wire.success()  # the server looks at nothing else then
        job, change = self.present, self.change(now_us)
        if job is None or change is None or not change.valid:
            raise _RefusedError(refusals.service_error(refusals.NOT_INITIALIZED))
        if change.state is State.DONE:
            raise _RefusedError(refusals.service_error(refusals.ALREADY_FINISHED))
        if change.state not in (State.NEW, State.READY):
            raise _RefusedError(refusals.service_error(refusals.NO_NEW_DATA))
        self.present = job.add(self._checked(job.generated() if people is None else people), now_us)
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

    def misfit(self, endpoint: str, payload: Any) -> Refusal | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits."""
        # the bodies of all others are ignored
        if endpoint == "import.addUsers":
            try:
                checked(payload)
            except InvalidBodyError as error:
                return self._invalid(error)
        return None

    def _invalid(self, error: InvalidBodyError) -> Refusal:
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
        job, change = self.present, self.change(now_us)
        if job is None or change is None or not change.valid:
            raise _RefusedError(refusals.service_error(refusals.NOT_FOUND))
        if change.state is not State.READY:
            raise _RefusedError(refusals.service_error(refusals.INVALID_STATUS))
        self.present = job.start(self._on_server(), now_us)
        return wire.success()

    def _clear(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        if self.present is not None:
            self.present = self.present.clear(now_us)
        return wire.success()

    def _progress(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        change = self.change(now_us)
        if change is None:
            raise _RefusedError(refusals.no_progress())
        return wire.progress(change)

    def _current_operation(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        job, change = self.present, self.change(now_us)
        if job is None or change is None:
            return wire.current_operation(None)
        return wire.current_operation(wire.operation(self._dialect, job.document, change))

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
        return _nobody() if self.present is None else self.present.left(now_us, self._dialect)

    def imported(self, now_us: int) -> pd.DataFrame:
        """Return who has been imported by an instant, by all operations, in truth."""
        jobs = self._past if self.present is None else [*self._past, self.present]
        return _joined([job.imported(now_us) for job in jobs])

    def _on_server(self) -> pd.DataFrame:
        """Return who is there for an operation that is run: those given, and whom earlier ones import.

        Those of a batch that was in flight when its operation was replaced are there too: it is finished.
        """
        given = [] if self._existing is None else [self._existing]
        return _joined([*given, *(job.imported() for job in self._past)])


def calls(state: State) -> tuple[str, ...]:
    """Return the calls of the API that a state allows; the job's own events are nobody's to call."""
    api = (Move.NEW, Move.ADD_USERS, Move.RUN, Move.CLEAR)
    return tuple(f"import.{move}" for move in TABLE[state] if move in api)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    # what is empty has no say in the kinds of the columns
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True) if some else _nobody()


def _nobody() -> pd.DataFrame:
    return columns.frame("users", {name: [] for name in columns.names("users")})


def _with_default_role(roles: str | None) -> str:
    given = roles.split(",") if roles else []
    return ",".join(dict.fromkeys([*given, _DEFAULT_ROLE]))
