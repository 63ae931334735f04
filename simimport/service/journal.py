"""The journal: the last calls, and running counters to assert on. Decides nothing.

The counters go on counting when old calls have left the journal.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.columns import frame
from simimport.service.calls.endpoints import CREATE, POLLS
from simimport.service.schedule.fault import POLLED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LENGTH", "MOST_LETTERS", "Call", "Journal"]

#: How many calls are kept.
LENGTH = 100_000
#: How many letters of payloads are kept, of all calls together: the oldest go first.
MOST_LETTERS = 20_000_000
#: What `dir` shows of a journal; who writes into it is the service.
_NONE = (0, -1.0)
_PUBLIC = ("calls", "polls", "polls_after_end", "shortest_poll_s", "last_poll_s", "last", "frame")


class Call(NamedTuple):
    """One call: its number from 1, when, by whom, of what, with what status, the state, fault and payload."""

    call: int
    at_s: float
    account: str | None
    endpoint: str
    http_status: int
    state: str
    fault: str | None = None
    payload: str | None = None


#: A call as it is kept: all but its payload.
_Kept = tuple[int, float, str | None, str, int, str, str | None]


class Journal:
    """The last 100,000 calls, and counters over all of them.

    Attributes
    ----------
    calls : int
        All calls so far, refused ones too.
    polls : int
        Of them, those of import.status, getImportProgress and getCurrentImportOperation.
    polls_after_end : int
        Polls made after one had been told, readably, that the same operation has ended.
    shortest_poll_s : float
        The shortest time between two polls of one account, in seconds; NaN before its second.
    last_poll_s : float
        The instant of the latest poll, in seconds; below 0 before the first.

    Examples
    --------
    >>> from simimport import ImportService, PollClock
    >>> service = ImportService(seed=1, clock=PollClock(step_s=100), autostart=True)
    >>> while service.status()["state"] == "importing":
    ...     pass
    >>> log = service.log
    >>> log.calls, log.polls, log.polls_after_end, log.shortest_poll_s
    (6, 3, 0, 100.0)
    """

    def __init__(self) -> None:
        self.last_poll_s: float = -1.0
        self._kept: deque[_Kept] = deque(maxlen=LENGTH)
        self._last_poll_s: dict[str | None, float] = {}
        self._counted: dict[str, tuple[int, float]] = {}
        # by the number of the call, and how many letters they have together
        self._payloads: dict[int, str] = {}
        self._letters = 0
        self._seen_end = False
        self.calls: int = 0
        self.polls: int = 0
        self.polls_after_end: int = 0
        self.shortest_poll_s: float = math.nan

    def note(
        self,
        at_s: float,
        account: str | None,
        endpoint: str,
        http_status: int,
        state: str,
        *,
        tells_end: bool = False,
        done: bool = False,
        numbered: bool = True,
        fault: str | None = None,
        payload: str | None = None,
    ) -> None:
        """Write down a call.

        Whether its answer told that the operation has ended, whether it was done though the status says
        otherwise, and whether it is numbered for faults, as the service's own calls are not.
        """
        self.calls += 1
        # plain tuples take a third of the time to make
        self._kept.append((self.calls, at_s, account, endpoint, http_status, state, fault))
        if payload is not None:
            self._keep(payload)
        if endpoint in POLLS:
            self.polls += 1
            self.last_poll_s = at_s
            self.polls_after_end += self._seen_end
            last_s = self._last_poll_s.get(account)
            if last_s is not None and not at_s - last_s >= self.shortest_poll_s:
                self.shortest_poll_s = at_s - last_s
            self._last_poll_s[account] = at_s
            self._seen_end |= tells_end
        elif endpoint in CREATE and (done or http_status == 200):
            self._seen_end = False
        if numbered and endpoint != POLLED:
            self._counted[endpoint] = (self.counted(endpoint)[0] + 1, at_s)

    def counted(self, endpoint: str) -> tuple[int, float]:
        """Return how many calls of an endpoint there were, and the instant of the last, or -1."""
        return self._counted.get(endpoint, _NONE)

    def _keep(self, payload: str) -> None:
        """Keep the text that came with the last call, and let go of the oldest beyond what may be kept."""
        self._payloads[self.calls] = payload
        self._letters += len(payload)
        gone = self.calls - LENGTH
        while self._letters > MOST_LETTERS or next(iter(self._payloads)) <= gone:
            self._letters -= len(self._payloads.pop(next(iter(self._payloads))))

    def last(self, number: int) -> list[Call]:
        """Return the last so many calls that are kept, oldest first.

        Parameters
        ----------
        number : int
            How many, at most.

        Returns
        -------
        list of Call
            Each a named tuple of ``call at_s account endpoint http_status state fault payload``.

        Examples
        --------
        >>> from simimport import ImportService
        >>> service = ImportService(seed=1, autostart=True)
        >>> [(call.endpoint, call.http_status) for call in service.log.last(2)]
        [('import.addUsers', 200), ('import.run', 200)]
        """
        return list(map(self._whole, islice(reversed(self._kept), number)))[::-1]

    def _whole(self, kept: _Kept) -> Call:
        return Call(*kept, payload=self._payloads.get(kept[0]))

    def frame(self) -> pd.DataFrame:
        """Return the kept calls as the frame ``journal``: ``columns("journal")`` says each column.

        Returns
        -------
        DataFrame

        Examples
        --------
        >>> from simimport import ImportService
        >>> ImportService(seed=1, autostart=True).log.frame()[["call", "endpoint", "http_status", "state"]]
           call         endpoint  http_status      state
        0     1       import.new          200        new
        1     2  import.addUsers          200      ready
        2     3       import.run          200  importing
        """
        columns = list(zip(*map(self._whole, self._kept), strict=True)) or [()] * len(Call._fields)
        return frame("journal", dict(zip(Call._fields, map(list, columns), strict=True)))

    def __getstate__(self) -> dict[str, Any]:
        # of a copy too: calls that are noted meanwhile are not in it
        names = ("_kept", "_last_poll_s", "_counted", "_payloads")
        own = {name: getattr(self, name).copy() for name in names}
        return {**self.__dict__, **own}

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]
