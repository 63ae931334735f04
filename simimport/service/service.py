"""ImportService: the only mutable object. It adds a clock, a lock, a journal and faults to the operations.

What happens is decided by the model and what is answered by `operations`; HTTP is in `web`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from simimport.errors import OperationError, ParameterError, ScenarioError, suggestion
from simimport.model.columns import handed_out
from simimport.model.dialects import dialect_of
from simimport.model.instants import instant, timestamp
from simimport.model.people.users_frame import as_users
from simimport.model.run import wire
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.model.states import State
from simimport.realtime import now
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.clock import LONGEST_S, Clock, ManualClock
from simimport.service.faults import Faults
from simimport.service.journal import POLLS, Journal
from simimport.service.operations import ENDPOINTS, GENERATED, ROLES, Operations, calls

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run
    from simimport.service.http.server import Serving

__all__ = ["ENDPOINTS", "ROLES", "ImportService", "UnknownEndpointError"]


class UnknownEndpointError(ParameterError, KeyError):
    """There is no endpoint of that name."""


class ImportService:
    """The import.* endpoints, in process: one import server with a clock that is yours.

    Parameters
    ----------
    scenario : Scenario, optional
        How its imports behave. ``new_s``, ``loading_s`` and ``ready_s`` do not apply: your calls decide.
    seed : int, optional
        The seed of the k-th operation derives from it and k; None draws one.
    clock : Clock, optional
        A `ManualClock` unless given.
    dialect : str, default "docs"
        Whose words.
    faults : Faults, optional
        What goes wrong on the wire, and when.
    existing : DataFrame, optional
        Who is on the server already: their e-mails and usernames are taken. Those whom its operations
        import join them: whoever is generated again for a later operation fails there as a duplicate.
    roles : iterable of str, optional
        The role ids that are known beside ``user``, instead of those of a new server.

    Attributes
    ----------
    clock, scenario, seed, faults
        As given, or what stands for them.
    log : Journal
        Its counters are there to assert on: ``calls polls polls_after_end shortest_poll_s``.

    Notes
    -----
    A refused call raises `OperationError` with ``http_status`` and ``body``, and leaves everything as it was.
    Calls may come from many threads: one lock, and every answer is of one instant.

    Examples
    --------
    >>> from simimport import ImportService
    >>> service = ImportService(seed=1)
    >>> service.new()["operation"]["status"]
    'importer_new'
    >>> service.add_users(), service.run()
    ({'success': True}, {'success': True})
    >>> service.advance(60)
    >>> service.status()["state"]
    'importing'
    >>> service.run_until("done")
    265.540145
    >>> service["import.status"]()["operation"]["count"]["completed"]
    7855
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        seed: int | None = None,
        clock: Clock | None = None,
        dialect: str = "docs",
        faults: Faults | None = None,
        existing: pd.DataFrame | None = None,
        roles: Iterable[str] | None = None,
    ) -> None:
        if clock is not None and not isinstance(clock, Clock):
            raise ParameterError("clock", clock, "a ManualClock, a WallClock or a PollClock")
        self._lock = threading.RLock()
        self._dialect = dialect_of(dialect)
        self._existing = None if existing is None else as_users(existing, "existing")
        self._roles = ROLES if roles is None else _roles(roles)
        self.clock: Clock = ManualClock() if clock is None else clock
        self.seed = resolve(seed)
        self.scenario = _dated(Scenario() if scenario is None else scenario)
        self.faults = _faults(Faults() if faults is None else faults)
        self._begin()

    def _begin(self) -> None:
        """Make all state that calls change: a reset is this and nothing else."""
        self._operations = Operations(self.scenario, self.seed, self._dialect, self._existing, self._roles)
        # per endpoint of a poll: the answer to the one before, and whether it told the end
        self._before: dict[str, tuple[Answer, bool]] = {}
        self.log = Journal()

    # the endpoints ----------------------------------------------------------------------------------

    def new(self) -> dict[str, Any]:
        """Create an operation (``POST import.new``); one that is there is canceled first."""
        return self._done("import.new")

    def add_users(
        self, users: pd.DataFrame | Iterable[Mapping[str, Any]] | Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Stage users (``POST import.addUsers``).

        Parameters
        ----------
        users : DataFrame, list of addUsers objects, or such a body, optional
            None stages the scenario's generated people, as many as it says; the next call the next ones.

        Raises
        ------
        OperationError
            If the server would refuse them.
        UsersError
            If a DataFrame is no users frame.
        """
        import pandas as pd

        if users is None:
            return self._done("import.addUsers", GENERATED)
        if isinstance(users, Iterable) and not isinstance(users, (str, bytes, Mapping, pd.DataFrame)):
            users = list(users)
        whole = isinstance(users, (Mapping, pd.DataFrame))
        return self._done("import.addUsers", users if whole else {"users": users})

    def run(self) -> dict[str, Any]:
        """Run the operation (``POST import.run``)."""
        return self._done("import.run")

    def status(self, *, dialect: str | None = None) -> dict[str, Any]:
        """Ask how it is going (``GET import.status``); in the service's own dialect, unless one is given."""
        told = None if dialect is None else dialect_of(dialect)
        body: dict[str, Any] = self._refusing("import.status", {}, told)
        return body

    def clear(self) -> dict[str, Any]:
        """Empty the staging area and cancel what is not over (``POST import.clear``)."""
        return self._done("import.clear")

    def _done(self, endpoint: str, payload: Any = None) -> dict[str, Any]:
        body: dict[str, Any] = self._refusing(endpoint, payload)
        return body

    def call(self, endpoint: str, /, **payload: Any) -> Any:
        """Call an endpoint by its name, such as ``import.status``; the payload is the body's keys.

        Raises
        ------
        OperationError
            If it is refused, or a fault answers an error status; with ``http_status`` and ``body``.
        ConnectionResetError, ValueError
            If a fault resets the connection, or spoils the body.
        ParameterError
            If there is no such endpoint.
        """
        return self._refusing(_known(endpoint), payload)

    def __getitem__(self, endpoint: str) -> Callable[..., Any]:
        """Return an endpoint as a plain callable: ``service["import.status"]()``."""
        return partial(self.call, _known(endpoint))

    def _ipython_key_completions_(self) -> list[str]:
        return list(ENDPOINTS)

    def keys(self) -> list[str]:
        """Return the names of the endpoints."""
        return list(ENDPOINTS)

    # what a server does with a call -------------------------------------------------------------------

    def answer(self, endpoint: str, payload: Any = None, *, account: str = wire.PAGE_USER) -> Answer:
        """Answer a call as the server would, refusals and faults included: one lock, one instant.

        The entry for what serves this service to others; in process, `call` raises refusals instead.
        """
        with self._lock:
            return self._answered(endpoint, payload, account, self.clock.now_us())

    def validate(self, endpoint: str, payload: Any) -> Answer | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits.

        For who must know it before it asks for a permission; `answer` looks at the body itself.
        """
        return self._operations.misfit(endpoint, payload)

    def note(self, endpoint: str, http_status: int, *, account: str | None = None) -> None:
        """Write a call into the journal that was answered before it came here."""
        with self._lock:
            now_us = self.clock.now_us()
            state = str(self._operations.state(now_us))
            self.log.note(now_us / 1e6, account, endpoint, http_status, state)

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        accounts: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Serving:
        """Return the service as served over HTTP from inside a ``with`` block: ``.url`` and ``.headers``.

        Parameters
        ----------
        host : str, default "127.0.0.1"
            The address to listen at: this machine's own, unless you say otherwise.
        port : int, default 0
            0 takes a free one.
        accounts : mapping, optional
            By user id: ``token``, ``permissions``, ``username``, ``password``. Unless given, there is one
            administrator.

        Raises
        ------
        MissingExtraError
            If the extra ``http`` is not installed.
        """
        from simimport.service.http.server import serve

        return serve(self, host=host, port=port, accounts=accounts)

    def _answered(
        self, endpoint: str, payload: Any, account: str, now_us: int, dialect: Dialect | None = None
    ) -> Answer:
        answer = self._operations.perform(endpoint, payload, account, now_us, dialect)
        state = self._operations.state(now_us)
        tells_end = answer.http_status == 200 and endpoint in POLLS and state.terminal
        if endpoint in POLLS:
            answer, tells_end = self._struck(endpoint, answer, tells_end, now_us)
        self.log.note(now_us / 1e6, account, endpoint, answer.http_status, str(state), tells_end=tells_end)
        if answer.http_status == 200:
            self.clock.answered()
        return answer

    def _struck(self, endpoint: str, answer: Answer, tells_end: bool, now_us: int) -> tuple[Answer, bool]:
        """Return a poll's answer as the faults leave it, and whether it still tells the end."""
        fault = self.faults.strike(self.log.polls + 1, self.log.last_poll_s, now_us / 1e6)
        before, before_told = self._before.get(endpoint, (answer, tells_end))
        self._before[endpoint] = (answer, tells_end)
        if fault is None:
            return answer, tells_end
        if fault.kind == "stale":
            return before, before_told
        return refusals.struck(answer, fault), tells_end and fault.readable

    def _refusing(self, endpoint: str, payload: Any, dialect: Dialect | None = None) -> Any:
        """Answer a call in process: what is no success is raised."""
        with self._lock:
            now_us = self.clock.now_us()
            state = self._operations.state(now_us)
            answer = self._answered(endpoint, payload, wire.PAGE_USER, now_us, dialect)
        if answer.reset:
            raise ConnectionResetError(f"{endpoint}: the connection was reset (a fault of the schedule)")
        if answer.http_status != 200:
            raise refusals.raised(answer, operation=endpoint, state=str(state), allowed=calls(state))
        try:
            return json.loads(answer.raw)
        except ValueError as error:
            raise ValueError(f"{endpoint}: the body is no JSON (a fault of the schedule): {error}") from None

    # what it holds ----------------------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        """Whose words it speaks."""
        return self._dialect.name

    @property
    def state(self) -> State:
        """The state at this instant, without a poll."""
        with self._lock:
            return self._operations.state(self.clock.now_us())

    @property
    def current(self) -> Run | None:
        """The record of the present operation; None before it is run. Its ``seed`` is the operation's own."""
        with self._lock:
            operation = self._operations.present
            return None if operation is None else operation.run

    @property
    def staging(self) -> pd.DataFrame:
        """Who is in the staging area now: all that were staged; after the end those left, with a reason."""
        with self._lock:
            return handed_out(self._operations.staging(self.clock.now_us()))

    @property
    def imported(self) -> pd.DataFrame:
        """Who has been imported by now, by all operations, in truth."""
        with self._lock:
            return self._operations.imported(self.clock.now_us())

    @property
    def journal(self) -> pd.DataFrame:
        """The last 100,000 calls: ``call at_s account endpoint http_status state``."""
        with self._lock:
            return self.log.frame()

    # time -------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Move the clock on by some seconds."""
        with self._lock:
            self.clock.advance(seconds)

    def run_until(self, state: State | str) -> float:
        """Move the clock on to the first instant, from now on, at which the state is so, and return it.

        Raises
        ------
        OperationError
            If that state cannot come without another call.
        ParameterError
            If there is no such state.
        ClockError
            If it comes later than a clock goes.
        """
        try:
            wanted = State(state)
        except ValueError:
            hint = suggestion(state, [str(known) for known in State])
            raise ParameterError("state", state, ", ".join(State), hint=hint) from None
        with self._lock:
            now_us = self.clock.now_us()
            at_us = self._operations.when(wanted, now_us)
            if at_us is None:
                present = self._operations.state(now_us)
                raise OperationError(
                    f"the state {wanted} cannot come by waiting: it is {present} at {now_us / 1e6:g} s; "
                    f"what can be called there: {', '.join(calls(present))}",
                    operation="run_until",
                    state=str(present),
                    allowed=calls(present),
                )
            self.clock.reach_us(at_us)
            return at_us / 1e6

    def reset(self, *, scenario: Scenario | None = None, faults: Faults | None = None) -> None:
        """Make it as it was when it was made: no operation, an empty journal, the clock at its start.

        Parameters
        ----------
        scenario : Scenario, optional
            From now on, instead of the present one.
        faults : Faults, optional
            Likewise.
        """
        dated = None if scenario is None else _dated(scenario)
        faults = None if faults is None else _faults(faults)
        with self._lock:
            self.scenario = self.scenario if dated is None else dated
            self.faults = self.faults if faults is None else faults
            self.clock.reset()
            self._begin()

    def __repr__(self) -> str:
        with self._lock:
            now_us = self.clock.now_us()
            number, state = self._operations.number, self._operations.state(now_us)
            made = self.log.calls
        return (
            f"<ImportService {state} at {now_us / 1e6:,.1f} s: operation {number}, {made:,} calls; "
            f"dialect {self.dialect}, seed {self.seed}>"
        )

    def _repr_html_(self) -> str:
        from simimport.service import card

        with self._lock:  # one instant for all of it
            return card.service(self, self._operations, self.clock.now_us())


def _known(endpoint: str) -> str:
    if endpoint not in ENDPOINTS:
        hint = suggestion(endpoint, list(ENDPOINTS))
        raise UnknownEndpointError("endpoint", endpoint, ", ".join(ENDPOINTS), hint=hint)
    return endpoint


def _dated(scenario: Scenario) -> Scenario:
    """Return a scenario that a service can follow to the end of its clock."""
    if not isinstance(scenario, Scenario):
        raise ParameterError("scenario", scenario, "a Scenario, such as PRESETS['calm']")
    if scenario.epoch == "now":
        scenario = scenario.replace(epoch=timestamp(now()))
    try:
        instant(scenario.epoch) + timedelta(seconds=LONGEST_S)
    except OverflowError:
        allowed = f"an instant {LONGEST_S:,} s or more before the year 10000: so far go a service's clocks"
        raise ScenarioError("epoch", scenario.epoch, allowed) from None
    return scenario


def _faults(faults: Faults) -> Faults:
    if not isinstance(faults, Faults):
        raise ParameterError("faults", faults, "Faults([...])")
    return faults


def _roles(roles: Any) -> tuple[str, ...]:
    known = tuple(roles) if isinstance(roles, Iterable) and not isinstance(roles, (str, bytes)) else None
    if known is None or not all(isinstance(role, str) for role in known):
        raise ParameterError("roles", roles, "several role ids, such as ['user', 'teacher']")
    return known
