"""Stays: the states that an import goes through, from when to when."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from simimport.model.states import State

if TYPE_CHECKING:
    from simimport.model.run.timeline import Timeline

__all__ = ["Stay", "stays"]


class Stay(NamedTuple):
    """A state, and from when to when it was published.

    Parameters
    ----------
    state : State
    from_s, to_s : float
        Seconds after the creation of the operation; the last stay has no end, so its ``to_s`` is infinite.

    Examples
    --------
    >>> from simimport import simulate
    >>> run = simulate(users=200, seed=1)
    >>> for stay in run.stays:
    ...     print(stay.state, stay.from_s, stay.to_s, stay.lasted_s)
    new 0.0 2.0 2.0
    ready 2.0 7.0 5.0
    importing 7.0 13.34338 6.34338
    done 13.34338 inf inf
    """

    state: State
    from_s: float
    to_s: float

    @property
    def lasted_s(self) -> float:
        """Seconds from its begin to its end; infinite for the last."""
        return self.to_s - self.from_s


def stays(timeline: Timeline) -> tuple[Stay, ...]:
    """Return the states that a timeline publishes, in order."""
    # states change a handful of times, however many changes there are
    codes = timeline.rows["state"]
    entered = [0, *((codes[1:] != codes[:-1]).nonzero()[0] + 1).tolist()]
    changes = [timeline.change(index) for index in entered]
    edges_s = [*(change.at_us / 1e6 for change in changes), math.inf]
    return tuple(
        Stay(change.state, from_s, to_s)
        for change, (from_s, to_s) in zip(changes, pairwise(edges_s), strict=True)
    )
