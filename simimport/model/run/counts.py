"""Counts: what became of the users of an import in truth, in numbers.

Counted once here, for everybody who tells it; what is published at an instant is in `timeline`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Counts"]


class Counts(NamedTuple):
    """What became of the users by the end, in truth.

    Parameters
    ----------
    imported, failed : int
        The users whose processing ended so, published or not.
    unreached : int
        The users that nobody processed, because the import was canceled or crashed before.

    Examples
    --------
    >>> from simimport import simulate
    >>> simulate(users=200, failure_rate=0.1, seed=1).counts
    Counts(imported=182, failed=18, unreached=0)

    A crash leaves users that nobody reached:

    >>> counts = simulate(users=200, crash_rate=1, seed=1).counts
    >>> counts.processed, counts.unreached, counts.users
    (125, 75, 200)
    """

    imported: int
    failed: int
    unreached: int

    @property
    def processed(self) -> int:
        """The users whose processing ended, one way or the other."""
        return self.imported + self.failed

    @property
    def users(self) -> int:
        """All staged users."""
        return self.imported + self.failed + self.unreached
