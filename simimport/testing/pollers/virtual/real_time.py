"""Real time that passes beside a virtual clock: found where a thread does nothing for long, and put in words.

A thread that works is not meant, nor one that would work and has no processor, since others have them: only
one that waits, for what virtual time is not asked about.
"""

from __future__ import annotations

import sys

from simimport.realtime import busy, starved, true_monotonic
from simimport.show.words import duration

__all__ = ["RealTime"]

#: From how many seconds on it is told: less is the machine's own business.
_TOLD_S = 1.0
_ELSEWHERE = (
    "something that is none of time.sleep, asyncio and threading (a time.sleep that was kept before, as a "
    "parameter's default, is none of them either)"
)


def _pauses() -> int:
    """Return how often this thread has paused by itself; -1 where the system does not count that."""
    if not sys.platform.startswith("linux"):
        return -1
    import resource

    count = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    # a kernel of a sandbox may have the number and never count; a process that has run for so long has paused
    return count if count or resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw else -1


class RealTime:
    """What a thread has waited for in real time, between one call of its virtual world and the next."""

    def __init__(self) -> None:
        self._left: tuple[float, float, float, int] | None = None
        self._missed: dict[str, float] = {}

    def leave(self) -> None:
        """Take note that the code goes on by itself from here."""
        self._left = true_monotonic(), busy(), starved(), _pauses()

    def enter(self) -> None:
        """Take note that the code calls; if it waited long meanwhile, that was in real time."""
        if self._left is not None:
            since_s, worked_s, starved_s, pauses = self._left
            waited_s = true_monotonic() - since_s - max(busy() - worked_s, 0.0)
            # One that has not paused has waited for nothing but a processor; where a machine within a
            # machine had none, only that is seen.
            if waited_s >= _TOLD_S and (pauses < 0 or _pauses() > pauses):
                waited_s -= starved() - starved_s
                if waited_s >= _TOLD_S:
                    self.missed(waited_s, _ELSEWHERE)
        self._left = None

    def missed(self, seconds: float, where: str) -> float:
        """Add real time that is known to have passed somewhere; return how much did there."""
        self._missed[where] = self._missed.get(where, 0.0) + seconds
        # not twice
        self._left = None
        return self._missed[where]

    @property
    def elsewhere_s(self) -> float:
        """How much it waited for what is not known."""
        return self._missed.get(_ELSEWHERE, 0.0)

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each place in which much of it went by."""
        return tuple(
            f"{duration(round(seconds))} of real time went by in {where}, which its clock does not see"
            for where, seconds in self._missed.items()
            if seconds >= _TOLD_S
        )
