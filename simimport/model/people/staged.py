"""People as they are staged, call by call: light columns, of which a frame is made once, when somebody asks.

Reads and refuses nobody; who may be staged is decided elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from simimport.model import columns
from simimport.model.people.api_body import cells

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.api_body import Columns

__all__ = ["Dealt", "Staged", "joined"]

# a frame takes tens of kilobytes before anybody is in it, so those of fewer people are kept as columns
_FEW = 1000


class Staged:
    """Everybody who was staged, in order. What it holds never changes: whoever is added makes the next one.

    Parameters
    ----------
    users : DataFrame, optional
        A users frame, which is kept as it is.
    """

    def __init__(self, users: pd.DataFrame | None = None) -> None:
        self._length = 0 if users is None else len(users)
        self._frame = users
        self._parts = _Parts([] if users is None else [users])

    def __len__(self) -> int:
        return self._length

    def add(self, people: Columns | pd.DataFrame | Dealt) -> Staged:
        """Return the next one, in which some people more are; columns that are given are given away."""
        if isinstance(people, Dealt):
            if not len(self):
                return people
            people = people.frame()
        following = Staged()
        # All that follow one another share their parts, and each knows how much of them is its own: to add
        # somebody takes as long as there are people added. A second next one begins with a copy.
        following._parts = self._parts if self._parts.length == self._length else _Parts([self.frame()])
        following._parts.append(people)
        following._length = following._parts.length
        return following

    def frame(self) -> pd.DataFrame:
        """Return the users frame of them: the same one each time, so that nobody may change it."""
        if self._frame is None:
            self._frame = self._parts.first(self._length)
        return self._frame

    def __getstate__(self) -> dict[str, Any]:
        # others may be adding people at this moment
        frame = self.frame()
        return {"_length": self._length, "_frame": frame, "_parts": _Parts([frame])}


class Dealt(Staged):
    """Generated people, the first of their seed: of them a frame is made when somebody asks, and not before.

    They decide nothing: no two of them have an address or a name in common, and none is a deciding one.

    Parameters
    ----------
    number : int
        How many they are.
    make : callable
        Makes their users frame; the same each time.
    """

    def __init__(self, number: int, make: Callable[[], pd.DataFrame]) -> None:
        super().__init__()
        self._length, self._make = number, make
        self._lock = threading.Lock()

    def add(self, people: Columns | pd.DataFrame | Dealt) -> Staged:
        """Return the next one, in which some people more are."""
        return Staged(self.frame()).add(people)

    def frame(self) -> pd.DataFrame:
        """Return the users frame of them: the same one each time, so that nobody may change it."""
        with self._lock:
            if self._frame is None:
                self._frame = self._make()
            return self._frame

    def __reduce__(self) -> tuple[type[Staged], tuple[pd.DataFrame]]:
        return Staged, (self.frame(),)


class _Parts:
    """What is shared: whole frames, and between them columns that grow."""

    def __init__(self, frames: list[pd.DataFrame]) -> None:
        self._parts: list[Columns | pd.DataFrame] = [*frames]
        self.length = sum(map(len, frames))

    def append(self, people: Columns | pd.DataFrame) -> None:
        if not isinstance(people, dict) and len(people) <= _FEW:
            people = {name: cells(people, name) for name in columns.names("users")}
        last = self._parts[-1] if self._parts else None
        if isinstance(people, dict) and isinstance(last, dict):
            for name, column in people.items():
                last[name].extend(column)
        else:
            self._parts.append(people)
        self.length += len(people["email"])

    def first(self, length: int) -> pd.DataFrame:
        """Return the frame of the first so many people."""
        frames: list[pd.DataFrame] = []
        for part in self._parts:
            if length <= 0:
                break
            if isinstance(part, dict):
                # those who were added meanwhile stand behind
                own = {name: column[:length] for name, column in part.items()}
                frames.append(columns.frame("users", own))
            else:
                frames.append(part)
            length -= len(frames[-1])
        return joined(frames)


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the people of several frames in one; where there is nobody, it is a users frame too.

    Where all of them are in one frame, it is that frame.
    """
    import pandas as pd

    # what is empty has no say in the kinds of the columns
    some = [frame for frame in frames if len(frame)]
    if not some:
        return columns.frame("users", {name: [] for name in columns.names("users")})
    return some[0] if len(some) == 1 else pd.concat(some, ignore_index=True)
