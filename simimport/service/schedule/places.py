"""Places: where in a schedule the faults of one endpoint stand, found without looking at all of them.

Knows no fault but when it strikes.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simimport.service.schedule.fault import Fault

__all__ = ["Places"]

_PIECE = 20_000


class Places:
    """Where each fault of an endpoint stands.

    A schedule may be long, and is asked at every poll. So where each at_poll and each every stands first is
    kept, and for those of an instant all instants, in order, with the place of each.

    Parameters
    ----------
    faults : iterable of (int, Fault)
        Each with its place in the schedule.
    """

    __slots__ = ("_at_poll", "_every", "_instants", "_of_instants")

    def __init__(self, faults: Iterable[tuple[int, Fault]]) -> None:
        self._at_poll: dict[int, int] = {}
        self._every: dict[int, int] = {}
        at_s: list[tuple[float, int]] = []
        for place, fault in faults:
            if fault.at_poll is not None:
                self._at_poll.setdefault(fault.at_poll, place)
            elif fault.every is not None:
                self._every.setdefault(fault.every, place)
            elif fault.at_s is not None:
                at_s.append((fault.at_s, place))
        self._instants, self._of_instants = _in_order(at_s)

    def striking(self, number: int, since_s: float, now_s: float) -> list[int]:
        """Return the places of what strikes a call, by its number and the instant of the call before."""
        # each instant lies between two calls once, so that all calls together look at each place once
        first, last = bisect_right(self._instants, since_s), bisect_right(self._instants, now_s)
        striking = [*self._of_instants[first:last]]
        if number in self._at_poll:
            striking.append(self._at_poll[number])
        if self._every:
            striking += [self._every[every] for every in self._dividing(number)]
        return striking

    def _dividing(self, call: int) -> Iterator[int]:
        """Return every `every` of the schedule that divides a call's number."""
        # either look at all of them, or at all divisors, which come in pairs about the root
        root = math.isqrt(call)
        if len(self._every) <= root:
            return (number for number in self._every if call % number == 0)
        pairs = ((number, call // number) for number in range(1, root + 1) if call % number == 0)
        return (number for pair in pairs for number in pair if number in self._every)


def _in_order(at_s: list[tuple[float, int]]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    # in pieces: nothing else runs while one is sorted
    pieces = [sorted(at_s[start : start + _PIECE]) for start in range(0, len(at_s), _PIECE)]
    instants, places = [], []
    for instant, place in merge(*pieces):
        instants.append(instant)
        places.append(place)
    return tuple(instants), tuple(places)
