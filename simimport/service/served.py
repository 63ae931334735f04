"""Served: a service as HTTP sees it. It answers calls, writes them down, and moves its clock.

What happens is decided by the model and what is answered by `operations`; this adds a clock, a lock, a
journal and faults. How it is called in Python is in `service`, which stands above `http/`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simimport.errors import OperationError, ParameterError, ScenarioError, suggestion
from simimport.model.dialects import dialect_of
from simimport.model.instants import instant, timestamp
from simimport.model.people.users_frame import as_users
from simimport.model.run import wire
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.model.states import State
from simimport.realtime import now
from simimport.service import refusals
from simimport.service.calls.endpoints import BODIES
from simimport.service.clock import LONGEST_S, Clock, ManualClock
from simimport.service.faults import Faults
from simimport.service.journal import POLLS, Journal
from simimport.service.operations import ROLES, Operations, calls
from simimport.show.words import in_seconds, number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer

__all__ = ["Served"]

# how often what takes long is worked out anew because somebody else's call came between
_ATTEMPTS = 3


class Served:
    """An import server: calls are answered one after another, each at one instant of its clock.

    The parameters and attributes are those of `ImportService`, which adds no state of its own.
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
        # per endpoint of a poll: what the service answered to the one before, and whether that told the end
        self._before: dict[str, tuple[Answer, bool]] = {}
        self.log = Journal()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has, here or in another process: all that there is at one instant."""
        with self._lock:
            state = {name: value for name, value in self.__dict__.items() if name != "_lock"}
            return {
                **state,
                "_operations": self._operations.copy(),
                "_before": dict(self._before),
                "log": copy(self.log),
                "clock": copy(self.clock),
            }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    # calls ------------------------------------------------------------------------------------------

    def answer(self, endpoint: str, payload: Any = None, *, account: str = wire.PAGE_USER) -> Answer:
        """Answer a call as the server would, refusals and faults included: one lock, one instant.

        The entry for what serves this service to others; in process, `call` raises refusals instead.
        """
        if endpoint in POLLS:  # nearly always, and nothing of it takes long
            with self._lock:
                return self._answered(endpoint, payload, account, self.clock.now_us())
        with self._ahead(endpoint, payload) as prepared:
            return self._answered(endpoint, prepared, account, self.clock.now_us())

    @contextmanager
    def _ahead(self, endpoint: str, payload: Any) -> Iterator[Any]:
        """Hold the lock, with a payload of which all that takes long was worked out without it."""
        for attempt in range(_ATTEMPTS):
            operations = self._operations
            prepared = operations.ahead(endpoint, payload)
            with self._lock:
                # others may have called meanwhile; who is overtaken again and again does it with the lock
                if attempt == _ATTEMPTS - 1 or (
                    operations is self._operations and operations.still_holds(endpoint, prepared)
                ):
                    yield prepared
                    return

    def read(self, endpoint: str, payload: Any) -> Any:
        """Return a body as `validate` and `answer` take it too, read once for both."""
        return self._operations.read(endpoint, payload) if endpoint in BODIES else payload

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

    def _answered(
        self, endpoint: str, payload: Any, account: str, now_us: int, dialect: Dialect | None = None
    ) -> Answer:
        answer = self._operations.perform(endpoint, payload, account, now_us, dialect)
        state = self._operations.state(now_us)
        tells_end = answer.http_status == 200 and endpoint in POLLS and state.terminal
        if endpoint in POLLS:
            answer, tells_end = self._struck(endpoint, answer, tells_end, now_us)
        # the status that the client sees, but the state that there is
        self.log.note(now_us / 1e6, account, endpoint, answer.http_status, str(state), tells_end=tells_end)
        if answer.http_status == 200:
            self.clock.answered()
        return answer

    def _struck(self, endpoint: str, answer: Answer, tells_end: bool, now_us: int) -> tuple[Answer, bool]:
        """Return a poll's answer as the faults leave it, and whether it still tells the end."""
        # Which fault: polls are numbered through, whichever of their endpoints they ask, and this one is not
        # in the journal yet. A fault of an instant strikes the first poll from then on, and no other: the
        # instant lies after the poll before, and not after this one.
        fault = self.faults.strike(self.log.polls + 1, self.log.last_poll_s, now_us / 1e6)
        # What a stale answer repeats: what the service answered to the poll before of this endpoint, faults
        # left out, as a cache between the two would have it. So it is kept at every poll, struck or not; the
        # first has none before it, and repeats itself.
        before = self._before.get(endpoint, (answer, tells_end))
        self._before[endpoint] = (answer, tells_end)
        # What the client learns: an answer that comes late, or with counters as texts, tells the end as a
        # plain one does; a repeated one tells what it told then; from all others nobody can read it, and
        # whoever polls again afterwards is not to blame.
        if fault is None:
            return answer, tells_end
        if fault.kind == "stale":
            return before
        return refusals.struck(answer, fault), tells_end and fault.readable

    # what it is -------------------------------------------------------------------------------------

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
    def staged(self) -> int:
        """How many were staged for the present operation; as far as that is known without the lock."""
        operation = self._operations.present
        return 0 if operation is None else len(operation.users)

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
            hint = suggestion(state, [str(name) for name in State])
            raise ParameterError("state", state, ", ".join(State), hint=hint) from None
        with self._lock:
            now_us = self.clock.now_us()
            at_us = self._operations.when(wanted, now_us)
            if at_us is None:
                present = self._operations.state(now_us)
                raise OperationError(
                    f"the state {wanted} cannot come by waiting: it is {present} at "
                    f"{in_seconds(now_us / 1e6)}; what can be called there: {', '.join(calls(present))}",
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


def _dated(scenario: Scenario) -> Scenario:
    """Return a scenario that a service can follow to the end of its clock."""
    if not isinstance(scenario, Scenario):
        raise ParameterError("scenario", scenario, "a Scenario, such as PRESETS['calm']")
    if scenario.epoch == "now":
        scenario = scenario.replace(epoch=timestamp(now()))
    try:
        instant(scenario.epoch) + timedelta(seconds=LONGEST_S)
    except OverflowError:
        clock = f"{number(LONGEST_S)} s or more before the year 10000: so far go a service's clocks"
        raise ScenarioError("epoch", scenario.epoch, f"an instant {clock}") from None
    return scenario


def _faults(faults: Faults) -> Faults:
    if not isinstance(faults, Faults):
        raise ParameterError("faults", faults, "Faults([...])")
    return faults


def _roles(roles: Any) -> tuple[str, ...]:
    ids = tuple(roles) if isinstance(roles, Iterable) and not isinstance(roles, (str, bytes)) else None
    if ids is None or not all(isinstance(role, str) for role in ids):
        raise ParameterError("roles", roles, "several role ids, such as ['user', 'teacher']")
    return ids
