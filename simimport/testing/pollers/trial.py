"""One case of the poller kit while it is played: an import server, and a clock that its poller moves.

How a poller is called, and ended, is in `play`; what came of it is judged in `verdict`. Real time is read for
one thing only: to say that some passed of which the clock knows nothing.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from simimport.model.dialects import dialect_of
from simimport.model.instants import instant
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.clock import LONGEST_S as CLOCKS_STOP_S
from simimport.service.clock import ManualClock
from simimport.service.rate_limit import Limiter
from simimport.show.words import counted
from simimport.testing.json_lines import body_of
from simimport.testing.pollers.case_server import CaseServer
from simimport.testing.pollers.cases import Case
from simimport.testing.pollers.virtual.loop import ASYNCIO
from simimport.testing.pollers.virtual.real_time import RealTime
from simimport.testing.recording.asked_wait import asked_wait_s
from simimport.testing.recording.fetch import Fetched

__all__ = [
    "LONGEST_S", "MOST_AT_ONCE", "MOST_POLLS", "Poll", "StopPoller", "Trial", "Tried", "lower_headers",
]  # fmt: skip

#: A poller is stopped when it asks once more than that.
MOST_POLLS = 10_000
#: Likewise when it asks once more than that while its clock stands still.
MOST_AT_ONCE = 100
#: When it looks at its clock more often than that at one instant.
MOST_LOOKS = 20_000
#: When it waits in vain for threads of its own, or sockets, for more real seconds; or for anything else that
#: takes so long, while its clock stands still.
MOST_REAL_S = 2.0
#: A poller is stopped when it sleeps for longer than that after the end: a day. Where the import never ends,
#: after its run.
LONGEST_S = 86_400.0
# so many polls at one instant are no accident, such as that somebody looks at one in a debugger
_FEW = 3
# how often the signal to stop may be swallowed
_PATIENCE = 100


class StopPoller(BaseException):
    """Ends a poller. No Exception, so that a poller that goes on after errors does not swallow it."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: when it was asked, in seconds from the run of the operation on, and its HTTP status.

    ``wait_s`` is how long a 429 told it to wait, and ``wait_place`` where it says so.
    """

    at_s: float
    http_status: int
    wait_s: float = 0.0
    wait_place: str = ""


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
    notes : tuple of str
        What is to be told beside the verdict.
    astray : str
        What it asked that is no poll; the last of it.
    """

    polls: list[Poll]
    ended_s: float
    returned: Any = None
    raised: BaseException | None = None
    stopped: str = ""
    notes: tuple[str, ...] = ()
    astray: str = ""


@dataclass
class Trial:
    """A case while it is played: what the poller's contacts to the world share, and a `VirtualTime`.

    Parameters
    ----------
    case : Case
    readable : bool
        Whether the functions of `time` are the poller's clock; else it was handed one.
    pausing : str
        How the poller should pause, with ``{}`` for the seconds.
    """

    case: Case
    readable: bool = False
    pausing: str = "clock.sleep({})"
    polls: list[Poll] = field(default_factory=list)
    stopped: str = ""
    #: What was asked that is no endpoint; the last of it.
    astray: str = ""
    #: The thread of the poller.
    thread: threading.Thread | None = None
    #: Set when the poller has come back, or will never.
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._server = CaseServer(self.case)
        self._clock = self._server.clock
        self._start_us = self._clock.now_us()
        self._epoch_us = round(instant(self.case.scenario.epoch).timestamp() * 1e6)
        self._limiter = Limiter(self._start_us)
        self._ignored = 0
        self._at_once = self._lost = self._looks = 0
        self._looked_us = -1
        self._real = RealTime()
        end_s = self.case.end[0]
        self._latest_s = LONGEST_S + (end_s if math.isfinite(end_s) else 0.0)
        # when another operation takes the place, on this trial's clock
        self._replaced_s = self.case.struck_s if self.case.trouble.replaced else None

    # time ---------------------------------------------------------------------------------------------

    def now_us(self) -> int:
        """Return the present instant in microseconds, from the run of the operation on."""
        return self._clock.now_us() - self._start_us

    def epoch_ns(self) -> int:
        """Return the present instant of the server, in nanoseconds since 1970."""
        return (self._epoch_us + self._clock.now_us()) * 1000

    @property
    def now_s(self) -> float:
        """The present instant, from the run of the operation on."""
        return self.now_us() / 1e6

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told beside the verdict."""
        return self._real.notes

    def pause(self, seconds: float, call: str) -> None:
        """Let time pass, as a call of the poller's asks for that is not its clock's."""
        self.check()
        self._real.enter()
        if not self.readable and call != ASYNCIO and seconds:
            right = self.pausing.format(f"{seconds:g}")
            self.stop(f"stopped at {call}, which waits in real time; pause with {right}")
        self.move(min(seconds, CLOCKS_STOP_S))
        self._real.leave()

    def looked(self) -> None:
        """Take note that the poller asks what time it is; one that does nothing else is stopped."""
        self.check()
        now_us = self.now_us()
        self._looks = self._looks + 1 if now_us == self._looked_us else 1
        self._looked_us = now_us
        if self._looks > MOST_LOOKS:
            right = self.pausing.format("seconds")
            self.stop(f"stopped: it only looks at its clock, which stands still then; pause with {right}")

    def missed(self, seconds: float, where: str) -> None:
        """Take note of real time that passed and is none of this clock's; too much of it ends the poller."""
        waited_s = self._real.missed(seconds, where)
        if waited_s > MOST_REAL_S and threading.current_thread() is self.thread:
            self._stop_for_real_time()

    def came_back(self) -> None:
        """Take note that the poller has come back, or was ended."""
        self._real.enter()

    def _stop_for_real_time(self) -> NoReturn:
        self.stop("stopped: what it waits for takes real time")

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

    # answers ------------------------------------------------------------------------------------------

    def answer(self) -> Answer:
        """Return the answer to a poll, which is taken down; how late it comes is for the caller to wait."""
        self.check()
        self._real.enter()
        at_s = self.now_s
        self._refuse_one_more(at_s)
        answer = self._server_answer()
        wait_s, wait_place = 0.0, ""
        if answer.http_status == 429:
            fetched = Fetched(429, lower_headers(answer), body_of(answer.raw))
            wait_s = asked_wait_s(fetched, datetime.fromtimestamp(self.epoch_ns() / 1e9, UTC)) or 0.0
            header = "retry-after" in fetched.headers
            wait_place = "Retry-After" if header else "its body and X-RateLimit-Reset"
        self.polls.append(Poll(at_s, answer.http_status, wait_s, wait_place))
        self._real.leave()
        return answer

    def lost(self, request: str) -> None:
        """Take note of a request that is no poll."""
        self.check()
        self.astray = request
        self._lost += 1
        if self._lost > MOST_AT_ONCE:
            self.stop(f"stopped after {counted(MOST_AT_ONCE, 'request')} that were no polls")

    def _refuse_one_more(self, at_s: float) -> None:
        """Stop a poller that has asked too often."""
        if len(self.polls) >= MOST_POLLS:
            self.stop(f"stopped after {counted(MOST_POLLS, 'poll')}")
        self._at_once = self._at_once + 1 if self.polls and self.polls[-1].at_s == at_s else 1
        if self._at_once > _FEW and self._real.elsewhere_s > MOST_REAL_S:
            self._stop_for_real_time()
        if self._at_once > MOST_AT_ONCE:
            right = self.pausing.format("seconds")
            polls = counted(MOST_AT_ONCE, "poll")
            self.stop(f"stopped after {polls} at one instant: its clock stood still; pause with {right}")

    def _server_answer(self) -> Answer:
        """Return the server's answer."""
        trouble = self.case.trouble
        if trouble.denied and self.now_s >= self.case.struck_s:
            unauthorized = refusals.unauthorized(dialect_of(trouble.dialect))
            return unauthorized if trouble.denied == 401 else refusals.forbidden()
        if trouble.limited:
            taken = self._limiter.take("", "import.status", self._clock.now_us())
            if not taken.allowed:
                return refusals.too_many(taken.headers(self._epoch_us // 1000), taken.wait_us / 1e6)
        return self._server.answer("import.status")

    # its end ------------------------------------------------------------------------------------------

    def stop(self, why: str) -> NoReturn:
        """End the poller here and now."""
        self.stopped = why
        raise StopPoller(why)

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
        raise StopPoller(self.stopped)


def lower_headers(answer: Answer) -> dict[str, str]:
    """Return the headers of an answer, names in lower case, the type of its body among them."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {"content-type": answer.content_type, **headers}
