"""One case of the poller kit, played: a poller, an import server and a clock of their own.

What came of it is judged in `verdict`. Virtual time moves by the poller's sleep alone; no real time is read.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from simimport.errors import FetchError
from simimport.model.instants import instant
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.clock import ManualClock
from simimport.service.rate_limit import Limiter
from simimport.show.words import counted, in_seconds
from simimport.testing.json_lines import body_of
from simimport.testing.pollers.case_server import CaseServer
from simimport.testing.pollers.cases import Case
from simimport.testing.recording.asked_wait import asked_wait_s
from simimport.testing.recording.fetch import Fetched

__all__ = ["LONGEST_S", "MOST_POLLS", "Poll", "PollerClock", "Trial", "Tried", "play"]

#: A poller is stopped when it asks once more than that.
MOST_POLLS = 10_000
#: A poller is stopped when it sleeps for longer than that after the end: a day. Where the import never ends,
#: after its run.
LONGEST_S = 86_400.0
# how often the signal to stop may be swallowed
_PATIENCE = 100


class _StopPoller(BaseException):
    """Ends a poller. No Exception, so that a poller that goes on after errors does not swallow it."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: when it was asked, in seconds from the run of the operation on, and its HTTP status.

    ``wait_s`` is how long a 429 told it to wait.
    """

    at_s: float
    http_status: int
    wait_s: float = 0.0


@dataclass(frozen=True)
class Tried:
    """What came of a poller.

    Parameters
    ----------
    polls : list of Poll
    ended_s : float
        When it came back, or was stopped, from the run of the operation on.
    returned : object
    raised : BaseException or None
    stopped : str
        Why it was stopped; empty where it was not.
    """

    polls: list[Poll]
    ended_s: float
    returned: Any = None
    raised: BaseException | None = None
    stopped: str = ""


class PollerClock:
    """The clock that a poller is handed: virtual time, which moves when the poller sleeps.

    It begins at 0 when the operation is run, and counts the seconds since 1970 of the server that is polled:
    what the server dates, such as ``_updatedAt`` and ``X-RateLimit-Reset``, is of the same time.
    """

    __slots__ = ("_trial",)

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def now(self) -> float:
        """Return the present instant, in seconds."""
        self._trial.check()
        return self._trial.now_s

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass; no real time does.

        Raises
        ------
        ClockError
            If it is no number from 0 to 1e9.
        """
        self._trial.check()
        self._trial.move(seconds)

    def __repr__(self) -> str:
        return f"<PollerClock at {in_seconds(self._trial.now_s)}>"


@dataclass
class Trial:
    """A case while it is played: what `fetch` and the clock share.

    Parameters
    ----------
    case : Case
    """

    case: Case
    polls: list[Poll] = field(default_factory=list)
    stopped: str = ""
    #: Set when the poller has come back, or will never.
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._server = CaseServer(self.case)
        self._clock = self._server.clock
        self._start_us = self._clock.now_us()
        self._limiter = Limiter(self._start_us)
        self._ignored = 0
        end_s = self.case.end[0]
        self._latest_s = LONGEST_S + (end_s if math.isfinite(end_s) else 0.0)
        # when another operation takes the place, on this trial's clock
        self._replaced_s = self.case.struck_s if self.case.trouble.replaced else None

    @property
    def now_s(self) -> float:
        """The present instant, from the run of the operation on."""
        return (self._clock.now_us() - self._start_us) / 1e6

    def fetch(self) -> Any:
        """Return the body of ``import.status``: a dict, or the text where it is no JSON.

        Raises
        ------
        FetchError
            If it is answered with another status than 200.
        ConnectionError
            If the connection is reset.
        """
        self.check()
        if len(self.polls) >= MOST_POLLS:
            self.stop(f"stopped after {counted(MOST_POLLS, 'poll')}")
        at_s = self.now_s
        answer = self._server_answer()
        body, wait_s = body_of(answer.raw), 0.0
        if answer.http_status == 429:
            fetched = Fetched(429, _lower_headers(answer), body)
            wait_s = asked_wait_s(fetched, datetime.fromtimestamp(at_s, UTC)) or 0.0
        self.polls.append(Poll(at_s, answer.http_status, wait_s))
        if answer.delay_s:
            self.move(answer.delay_s)
        if answer.reset:
            raise ConnectionResetError("the connection was reset by the server")
        if answer.http_status != 200:
            raise FetchError(answer.http_status, _lower_headers(answer), body)
        return body

    def _server_answer(self) -> Answer:
        """Return the server's answer."""
        if self.case.trouble.limited:
            taken = self._limiter.take("", "import.status", self._clock.now_us())
            if not taken.allowed:
                epoch_ms = round(instant(self.case.scenario.epoch).timestamp() * 1000)
                return refusals.too_many(taken.headers(epoch_ms), taken.wait_us / 1e6)
        return self._server.answer("import.status")

    def move(self, seconds: float) -> None:
        """Let time pass, and what happens in it."""
        # what is no duration is refused before anything else happens
        ManualClock().advance(seconds)
        target_s = self.now_s + seconds
        if self._replaced_s is not None and target_s >= self._replaced_s:
            self._clock.advance(max(self._replaced_s - self.now_s, 0.0))
            self._replaced_s = None
            self._server.replace_operation()
        if target_s > self._latest_s:
            self._clock.advance(self._latest_s - self.now_s)
            self.stop(f"stopped a day after the {'run' if self.case.trouble.stuck else 'end'}")
        self._clock.advance(max(target_s - self.now_s, 0.0))

    def stop(self, why: str) -> NoReturn:
        """End the poller here and now."""
        self.stopped = why
        raise _StopPoller(why)

    def check(self) -> None:
        """Go on, unless the poller was stopped: then stop it again, in the end for good."""
        if not self.stopped:
            return
        self._ignored += 1
        if self._ignored > _PATIENCE:
            self.stopped += ", and went on even then: it catches BaseException"
            self.over.set()
            # it takes every exception for an error to go on after, so its thread is left waiting for ever
            threading.Event().wait()
        raise _StopPoller(self.stopped)


def play(poller: Callable[[Any, Any], object], case: Case) -> Tried:
    """Return what comes of a poller in a case.

    The poller has a thread of its own, which is left alone if it cannot be ended otherwise. Ctrl-C ends both.
    """
    trial = Trial(case)
    came: dict[str, Any] = {}

    def work() -> None:
        try:
            came["returned"] = poller(trial.fetch, PollerClock(trial))
        except _StopPoller:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it raises is told in its verdict
            came["raised"] = error
        trial.over.set()

    # its own copy, so that what the poller sets is gone with it
    threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
    try:
        trial.over.wait()
    finally:
        stopped, ended_s, polls = trial.stopped, trial.now_s, list(trial.polls)
        # whoever still asks, in this thread after Ctrl-C or in one that the poller began, is ended too
        trial.stopped = stopped or "over"
    if isinstance(came.get("raised"), KeyboardInterrupt):
        raise came["raised"]
    if inspect.iscoroutine(came.get("returned")):
        # nobody awaits it, and Python would warn of that
        came["returned"].close()
    return Tried(polls, ended_s, **({} if stopped else came), stopped=stopped)


def _lower_headers(answer: Answer) -> dict[str, str]:
    """Return the headers of an answer, names in lower case, the type of its body among them."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {"content-type": answer.content_type, **headers}
