"""Served: a service as HTTP sees it. It answers calls, writes them down, and moves its clock.

What happens is decided by the model and what is answered by `operations`; this adds a clock, a lock, a
journal and faults. How it is called in Python is in `service`, which stands above `http/`.
Kept whole: it is one class, and a third of it are docstrings with their examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simimport.errors import OperationError, ParameterError, suggestion
from simimport.model.instants import instant
from simimport.model.run import wire
from simimport.model.states import State
from simimport.service import refusals
from simimport.service.calls.endpoints import BODIES, POLLS
from simimport.service.lives.lives import Lives
from simimport.service.lives.making import check_people
from simimport.service.operations import GENERATED, calls
from simimport.service.schedule.fault import POLLED
from simimport.service.schedule.struck import instead, struck
from simimport.show.words import in_seconds

if TYPE_CHECKING:

    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer
    from simimport.service.lives.making import Making
    from simimport.service.schedule.fault import Fault

__all__ = ["Served"]

# how often what takes long is worked out anew because somebody else's call came between
_ATTEMPTS = 3


class Served(Lives):
    """An import server: calls are answered one after another, each at one instant of its clock.

    The parameters and attributes are those of `ImportService`, which adds no state of its own.
    """

    def _begin(self, made: Making) -> None:
        super()._begin(made)
        if made.starts:
            self.start()

    # calls ------------------------------------------------------------------------------------------

    def answer(
        self, endpoint: str, payload: Any = None, *, account: str = wire.PAGE_USER, text: str | None = None
    ) -> Answer:
        """Answer a call as the server would, refusals and faults included: one lock, one instant.

        The entry for what serves this service to others, with the text of the payload as it was sent; in
        process, `call` raises refusals instead.
        """
        if endpoint in POLLS:  # nearly always, and nothing of it takes long
            with self._lock:
                answer = self.polled(account) if endpoint == "import.status" else None
                return answer or self._answered(endpoint, payload, account, self.clock.now_us())
        with self._ahead(endpoint, payload) as prepared:
            return self._answered(endpoint, prepared, account, self.clock.now_us(), text=text)

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

    def note(
        self, endpoint: str, http_status: int, *, account: str | None = None, payload: str | None = None
    ) -> None:
        """Write a call into the journal that was answered before it came here."""
        with self._lock:
            now_us = self.clock.now_us()
            state = str(self._operations.state(now_us))
            self.log.note(now_us / 1e6, account, endpoint, http_status, state, payload=payload)
            if http_status == 429:
                # the limiter's: where time goes by calls alone, its minute would never end
                self.clock.answered()

    def aside(
        self,
        call: str,
        perform: Callable[[], tuple[Answer, str | None]],
        *,
        account: str | None = None,
        payload: str | None = None,
    ) -> Answer:
        """Answer a call that is none of the import's, faults included.

        `perform` does it, and returns its answer and whose call it was; it is left out where a fault answers.
        """
        with self._lock:
            now_us = self.clock.now_us()
            fault = self._fault(call, now_us)
            if fault is not None and fault.instead:
                answer = self._instead(fault, now_us)
            else:
                answer, account = perform()
                answer = answer if fault is None else struck(answer, fault)
            state, kind = str(self._operations.state(now_us)), fault.kind if fault else None
            self.log.note(now_us / 1e6, account, call, answer.http_status, state, fault=kind, payload=payload)
            return answer

    def _answered(
        self,
        endpoint: str,
        payload: Any,
        account: str,
        now_us: int,
        *,
        dialect: Dialect | None = None,
        text: str | None = None,
    ) -> Answer:
        polled, fault = endpoint in POLLS, self._fault(endpoint, now_us)
        if fault is not None and fault.instead and not polled:
            answer, done = self._instead(fault, now_us), False
            state, tells_end = self._operations.state(now_us), False
        else:
            answer = self._operations.perform(endpoint, payload, account, now_us, dialect)
            state, done = self._operations.state(now_us), answer.http_status == 200
            tells_end = done and polled and state.terminal
            if polled:
                answer, tells_end = self._struck(endpoint, answer, tells_end, fault, now_us)
            elif fault is not None:
                answer = struck(answer, fault)
        # the status that the client sees, but the state that there is
        self.log.note(
            now_us / 1e6, account, endpoint, answer.http_status, str(state),
            tells_end=tells_end, done=done, fault=fault.kind if fault else None, payload=text,
        )  # fmt: skip
        if answer.http_status == 200:
            self.clock.answered()
        return answer

    def polled(self, account: str) -> Answer | None:
        """Answer a poll of the status as `answer` does; None, with nothing done, where faults may strike."""
        with self._lock:
            if self._faults.schedule:
                return None
            now_us = self.clock.now_us()
            _, _, _, _, answer, state, is_end = self._operations.status(now_us, self._dialect)
            self._before["import.status"] = (answer, is_end)
            self.log.note(
                now_us / 1e6, account, "import.status", 200, state, tells_end=is_end, done=True
            )
            self.clock.answered()
            return answer

    def _fault(self, endpoint: str, now_us: int) -> Fault | None:
        """Return the fault that strikes a call, which is not in the journal yet.

        Polls are numbered through, whichever of their endpoints they ask, and the calls of each endpoint by
        themselves. A fault of an instant strikes the first call from then on, and no other: the instant lies
        after the call before, and not after this one.
        """
        faults, log, now_s = self._faults, self.log, now_us / 1e6
        if not faults.schedule:  # nearly always
            return None
        striking = []
        if endpoint in POLLS:
            striking = faults.striking(POLLED, log.polls + 1, log.last_poll_s, now_s)
        if endpoint != POLLED:
            calls_before, since_s = log.counted(endpoint)
            striking = [*striking, *faults.striking(endpoint, calls_before + 1, since_s, now_s)]
        return faults.first(striking)

    def _instead(self, fault: Fault, now_us: int) -> Answer:
        return instead(fault, now_us, round(instant(self.scenario.epoch).timestamp() * 1000))

    def _struck(
        self, endpoint: str, answer: Answer, tells_end: bool, fault: Fault | None, now_us: int
    ) -> tuple[Answer, bool]:
        """Return a poll's answer as a fault leaves it, and whether it still tells the end."""
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
        if fault.instead:
            return self._instead(fault, now_us), False
        return struck(answer, fault), tells_end and fault.readable

    # what it is -------------------------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        """Whose words it speaks, such as ``docs``."""
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
        """Move the clock on by some seconds.

        Parameters
        ----------
        seconds : float

        Raises
        ------
        ClockError
            If it is not a number from 0 on, or leads beyond 1e9 s.
        """
        with self._lock:
            self.clock.advance(seconds)

    def run_until(self, state: State | str) -> float:
        """Move the clock on to the first instant, from now on, at which the state is so, and return it.

        Parameters
        ----------
        state : State or str

        Returns
        -------
        float
            The instant, in seconds of the clock.

        Raises
        ------
        OperationError
            If that state cannot come without another call.
        ParameterError
            If there is no such state.
        ClockError
            If it comes later than a clock goes.

        Examples
        --------
        >>> from simimport import ImportService
        >>> service = ImportService("crash_midway", seed=7, autostart=True)
        >>> service.run_until("error")
        34.001772
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

    def start(self) -> None:
        """Create an operation, stage its people and run it, as three calls that no fault strikes.

        They are the scenario's generated people, or those with which it starts by itself.

        Raises
        ------
        ScenarioError
            If the scenario has no people: no calls can run an import of nobody.
        OperationError
            If the server would refuse it.

        Examples
        --------
        >>> from simimport import ImportService
        >>> service = ImportService(seed=1)
        >>> service.start()
        >>> service.status()["state"]
        'importing'
        """
        people = GENERATED if self._people is None else self._people
        if people is GENERATED:
            check_people(self.scenario)
        for endpoint, payload in (("import.new", None), ("import.addUsers", people), ("import.run", None)):
            with self._ahead(endpoint, payload) as prepared:
                now_us = self.clock.now_us()
                answer = self._operations.perform(endpoint, prepared, wire.PAGE_USER, now_us)
                state = str(self._operations.state(now_us))
                status = answer.http_status
                self.log.note(now_us / 1e6, wire.PAGE_USER, endpoint, status, state, numbered=False)
                if answer.http_status != 200:
                    raise refusals.raised(answer, operation=endpoint, state=state)
                self.clock.answered()
