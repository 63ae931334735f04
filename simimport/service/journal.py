"""The journal: the last calls, and running counters to assert on. Decides nothing.

The counters go on counting when old calls have left the journal.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.columns import frame
from simimport.service.calls.endpoints import CREATE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LENGTH", "POLLS", "Call", "Journal"]

#: How many calls are kept.
LENGTH = 100_000
#: The endpoints that pollers poll.
POLLS = frozenset({"import.status", "getImportProgress", "getCurrentImportOperation"})
#: What `dir` shows of a journal; who writes into it is the service.
_PUBLIC = ("calls", "polls", "polls_after_end", "shortest_poll_s", "last_poll_s", "last", "frame")


class Call(NamedTuple):
    """One call: its number from 1, when, by whom, of what, with what status, and the state seen."""

    call: int
    at_s: float
    account: str | None
    endpoint: str
    http_status: int
    state: str


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
    """

    def __init__(self) -> None:
        self.last_poll_s = -1.0
        self._kept: deque[Call] = deque(maxlen=LENGTH)
        self._last_poll_s: dict[str | None, float] = {}
        self._seen_end = False
        self.calls = 0
        self.polls = 0
        self.polls_after_end = 0
        self.shortest_poll_s = math.nan

    def note(
        self,
        at_s: float,
        account: str | None,
        endpoint: str,
        http_status: int,
        state: str,
        *,
        tells_end: bool = False,
    ) -> None:
        """Write down a call, and whether its answer told that the operation has ended."""
        self.calls += 1
        self._kept.append(Call(self.calls, at_s, account, endpoint, http_status, state))
        if endpoint in POLLS:
            self.polls += 1
            self.last_poll_s = at_s
            self.polls_after_end += self._seen_end
            last_s = self._last_poll_s.get(account)
            if last_s is not None and not at_s - last_s >= self.shortest_poll_s:
                self.shortest_poll_s = at_s - last_s
            self._last_poll_s[account] = at_s
            self._seen_end |= tells_end
        elif endpoint in CREATE and http_status == 200:
            self._seen_end = False

    def last(self, number: int) -> list[Call]:
        """Return the last so many calls that are kept, oldest first."""
        return list(islice(reversed(self._kept), number))[::-1]

    def frame(self) -> pd.DataFrame:
        """Return the kept calls as the frame ``journal``."""
        columns = list(zip(*self._kept, strict=True)) or [()] * len(Call._fields)
        return frame("journal", dict(zip(Call._fields, map(list, columns), strict=True)))

    def __getstate__(self) -> dict[str, Any]:
        # of a copy too: calls that are noted meanwhile are not in it
        return {**self.__dict__, "_kept": self._kept.copy(), "_last_poll_s": dict(self._last_poll_s)}

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]
