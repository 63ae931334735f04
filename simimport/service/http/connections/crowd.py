"""All connections of one server: how many there may be, and which of them has to go for the next.

Knows no bytes; what is said to whoever has to go, is said in `connection`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["MAX_CONNECTIONS", "Crowd"]

#: How many connections a server has at once, where the process may open enough files.
MAX_CONNECTIONS = 1000

Headers = Iterable[tuple[bytes, bytes]]
Connection = TypeVar("Connection")


class Crowd:
    """The connections of a server.

    Where there is no room for one more, the oldest goes that has never brought a request of an account, which
    may be the new one itself: nobody who has no token can lock out somebody who has.

    Parameters
    ----------
    who : callable
        Whose headers these are; None where they are nobody's.
    """

    def __init__(self, who: Callable[[Headers], object]) -> None:
        self.most = _room()
        self._who = who
        self._there: set[object] = set()
        # in the order in which they came
        self._strangers: dict[object, None] = {}

    def enter(self, connection: Connection) -> Connection | None:
        """Take a connection in, and return the one that has to go for it."""
        self._there.add(connection)
        self._strangers[connection] = None
        if len(self._there) <= self.most:
            return None
        oldest = next(iter(self._strangers))
        self.leave(oldest)
        return oldest  # type: ignore[return-value]  # all are of one kind

    def introduced(self, connection: object, headers: Headers) -> bool:
        """Return whether a request brings an account: then the connection stays."""
        if self._who(headers) is None:
            return False
        self._strangers.pop(connection, None)
        return True

    def leave(self, connection: object) -> None:
        """Let a connection go; again does nothing."""
        self._there.discard(connection)
        self._strangers.pop(connection, None)


def _room() -> int:
    """Return how many connections fit: a quarter of the files that may be open is left to the process."""
    try:
        import resource
    except ModuleNotFoundError:  # a system without such a limit
        return MAX_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(min(MAX_CONNECTIONS, files * 3 // 4), 1)
