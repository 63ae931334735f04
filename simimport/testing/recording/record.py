"""record: the answers of a live server, asked every so often until its operation ends, as a trace and a file.

Changes nothing on the server, and judges nothing: that is `lint`. One request is made by `fetch`; when it is
over is decided in `until`, and the file is written by `line_file`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from simimport.checks import real, whole
from simimport.errors import FetchError
from simimport.realtime import monotonic, now, sleep
from simimport.show.words import duration
from simimport.testing.recording.asked_wait import asked_wait_s
from simimport.testing.recording.fetch import Asker, Fetched
from simimport.testing.recording.giving_up import lost, refused, shown
from simimport.testing.recording.line_file import LineFile
from simimport.testing.recording.until import Ends
from simimport.testing.traces import Recorded, Trace

if TYPE_CHECKING:
    import httpx

__all__ = ["Recorder", "RecordingError", "record"]

#: So far apart, at most, are tries at a server that fails; unless it asks for more, or is polled less often.
SLOWEST_S = 60.0
_HOPELESS = 3
_DAY_S = 86_400.0
_LONGEST_S = 1e9

Tell = Callable[[Recorded, float], object]


class RecordingError(FetchError):
    """A recording cannot go on.

    Attributes
    ----------
    trace : Trace
        What was recorded by then.
    """

    def __init__(self, message: str, fetched: Fetched, trace: Trace) -> None:
        super().__init__(fetched.http_status, fetched.headers, fetched.body)
        self.args = (message,)
        self.trace = trace


def record(
    url: str,
    *,
    headers: Mapping[str, str],
    every_s: float = 5.0,
    path: str | os.PathLike[str] | None = None,
    until_s: float | None = None,
    max_polls: int | None = None,
    wait: bool = False,
    settle_s: float = 60.0,
    patience_s: float = 600.0,
    timeout_s: float = 30.0,
    force: bool = False,
    tell: Tell | None = None,
) -> Trace:
    """Return what a live server answers to ``GET import.status``, until its operation ends.

    Nothing but that is ever asked of it. Ctrl-C ends it, too: what was recorded by then is returned.

    Parameters
    ----------
    url : str
        The server's address, such as ``http://localhost:3000``, or the endpoint's.
    headers : mapping of str to str
        Of the caller: ``X-User-Id`` and ``X-Auth-Token``. Their values are kept out of the trace, the file
        and all messages; but for the user id, which is the ``user`` of the operations that it creates.
    every_s : float, default 5
        From one request to the next, in seconds, 0.001 to a day.
    path : path, optional
        A file to which each answer is written as a line before the next is asked for, so that a killed
        recorder loses none; `read_trace` reads it. It is made with the first answer.
    until_s : float, optional
        Nothing is asked later than so many seconds after the first request.
    max_polls : int, optional
        How many requests there are at most.
    wait : bool, default False
        Whether an operation that was over when first asked is not the one to record: waits for the next.
    settle_s : float, default 60
        How long an ``error`` must stand still before it counts as the end; see Notes.
    patience_s : float, default 600
        Gives up when no answer told a state for so long, and three in a row did not.
    timeout_s : float, default 30
        How long a single answer may take.
    force : bool, default False
        Whether a file that is there may be replaced.
    tell : callable, optional
        Called after each answer with it and with how many seconds it will be until the next request.

    Returns
    -------
    Trace
        ``at_s`` is in seconds since the first request, taken when the answer had come. Where none came, the
        status is 0 and the body says why. What is no JSON is kept as text, up to a million characters.

    Raises
    ------
    FetchError
        If the server refuses the headers (401, 403), if there is no ``import.status`` at that address, or if
        patience ends. Its ``trace`` holds what was recorded. What stops it at once leaves no file.
    ParameterError
        If an argument is out of range, or the file is there already.
    MissingExtraError
        If the extra ``http`` is not installed.

    Notes
    -----
    ``done`` and ``canceled`` are the end, and ``error`` with the step ``importer_import_failed``. With
    another step, an interrupted operation of a real server reads ``error`` while it finishes its batch, and
    may end as ``done``. It has ended when its document stands still for `settle_s` and three answers.

    After 429, 5xx, a lost connection or a body that tells no state, the next request comes after as long as
    the server asks for, to an hour; if it does not say, after `every_s`, then twice that, and so on to a
    minute.

    Examples
    --------
    >>> from simimport import ImportService, PollClock, record
    >>> service = ImportService(seed=1, clock=PollClock(30))
    >>> service.new(), service.add_users(), service.run()     # doctest: +ELLIPSIS
    (...)
    >>> with service.serve() as server:
    ...     trace = record(server.url, headers=server.headers, every_s=0.001)
    >>> [answer.state for answer in trace][-2:]
    ['importing', 'done']
    """
    return Recorder(
        url, headers=headers, every_s=every_s, path=path, until_s=until_s, max_polls=max_polls, wait=wait,
        settle_s=settle_s, patience_s=patience_s, timeout_s=timeout_s, force=force, tell=tell,
    ).run()  # fmt: skip


class Recorder:
    """One recording: what `record` does, with the time and the network as arguments.

    Parameters
    ----------
    transport : httpx.BaseTransport, optional
        Instead of the network.
    clock, pause, date : callable
        Monotonic seconds; what waits for some; the instant in UTC.
    **others
        As for `record`.

    Attributes
    ----------
    ended : str
        Why it ended: a state, ``until_s``, ``max_polls`` or ``Ctrl-C``.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        every_s: float = 5.0,
        path: str | os.PathLike[str] | None = None,
        until_s: float | None = None,
        max_polls: int | None = None,
        wait: bool = False,
        settle_s: float = 60.0,
        patience_s: float = 600.0,
        timeout_s: float = 30.0,
        force: bool = False,
        tell: Tell | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
        date: Callable[[], datetime] = now,
    ) -> None:
        self._every_s = _seconds("every_s", every_s, low=1e-3)
        self._until_s = _LONGEST_S if until_s is None else _seconds("until_s", until_s, high=_LONGEST_S)
        self._max_polls = _most_polls("max_polls", max_polls)
        self._patience_s = _seconds("patience_s", patience_s, high=_LONGEST_S)
        self._ends = Ends(wait, _seconds("settle_s", settle_s))
        timeout_s = _seconds("timeout_s", timeout_s, low=1e-3)
        self._clock, self._pause, self._date = clock, pause, date
        self._tell = tell
        self._file = None if path is None else LineFile(path, force=force)
        self._path = path
        self._asker = Asker(url, headers, timeout_s=timeout_s, clock=clock, transport=transport)
        self._answers: list[Recorded] = []
        self._latest_state_s: float | None = None
        self._failures = self._hopeless = 0
        self.ended = ""

    @property
    def address(self) -> str:
        """What is asked for."""
        return self._asker.address

    @property
    def trace(self) -> Trace:
        """What was recorded by now."""
        return Trace(self._answers, path=self._path)

    def run(self) -> Trace:
        """Record, and return the trace; see `record`."""
        try:
            with self._asker:
                self._ask_until_the_end()
        except KeyboardInterrupt:
            self.ended = "Ctrl-C"
        finally:
            if self._file is not None:
                self._file.close()
        return self.trace

    def _ask_until_the_end(self) -> None:
        began = asked = self._clock()
        while True:
            fetched = self._asker.get()
            answered = self._clock()
            answer = Recorded(round(answered - began, 6), fetched.http_status, fetched.body)
            self._judge(answer, fetched)
            next_s = self._next_at(answer, fetched, asked, answered)
            self.ended = self._why_ended(answer, next_s - began)
            if self._tell is not None:
                self._tell(answer, 0.0 if self.ended else next_s - self._clock())
            if self.ended:
                return
            self._pause(max(next_s - self._clock(), 0.0))
            asked = self._clock()

    def _judge(self, answer: Recorded, fetched: Fetched) -> None:
        """Keep an answer; raise if it says that there is no use in asking again."""
        status, stateless = answer.http_status, self._latest_state_s is None
        # a server that has told states may lose its way for a while, behind a proxy say; one that never has
        # is not the right one
        wrong = 300 <= status < 500 and status not in (408, 425, 429) and stateless
        if status in (401, 403) or wrong:
            self._keep(answer, alone=False)
            raise self._recording_error(refused(fetched, self._asker.address), fetched)
        self._keep(answer)
        if answer.state is not None:
            self._latest_state_s, self._failures = answer.at_s, 0
            return
        self._failures += 1
        self._hopeless += status < 300 and stateless
        if self._hopeless >= _HOPELESS:
            raise self._recording_error(lost(fetched, self._asker.address), fetched)
        silent_s = answer.at_s - (self._latest_state_s or 0.0)
        if self._failures >= _HOPELESS and silent_s > self._patience_s:
            what = f"no answer has told a state for {duration(silent_s)}; the last: {shown(fetched)}"
            raise self._recording_error(what, fetched)

    def _keep(self, answer: Recorded, *, alone: bool = True) -> None:
        self._answers.append(answer)
        if self._file is not None:
            self._file.append(answer, alone=alone)

    def _recording_error(self, message: str, fetched: Fetched) -> RecordingError:
        return RecordingError(message, fetched, self.trace)

    def _next_at(self, answer: Recorded, fetched: Fetched, asked: float, answered: float) -> float:
        """Return when to ask next."""
        if not self._failures:
            return max(asked + self._every_s, answered)
        slowest_s = max(SLOWEST_S, self._every_s)
        wait_s = min(self._every_s * 2.0 ** min(self._failures - 1, 60), slowest_s)
        if answer.http_status == 429 or answer.http_status >= 500:
            wait_s = max(asked_wait_s(fetched, self._date()) or wait_s, self._every_s)
        return answered + wait_s

    def _why_ended(self, answer: Recorded, next_at_s: float) -> str:
        """Return why this is the last answer; an empty text where it is not."""
        if self._ends.is_last(answer):
            return str(answer.state)
        if len(self._answers) >= self._max_polls:
            return "max_polls"
        return "until_s" if next_at_s > self._until_s else ""


def _seconds(name: str, value: float, *, low: float = 0.0, high: float = _DAY_S) -> float:
    return real(name, value, low, high, allowed=f"a number of seconds from {low:g} to {high:g}")


def _most_polls(name: str, value: int | None) -> float:
    return math.inf if value is None else whole(name, value, 1, allowed="None, or a whole number from 1")
