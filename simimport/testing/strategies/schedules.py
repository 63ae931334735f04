"""Strategies of schedules: when faults strike, and when a client polls.

What a fault does is known by `simimport.service.faults`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from simimport.checks import real, whole
from simimport.errors import ParameterError
from simimport.service.faults import KINDS, Fault, Faults

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["fault_schedules", "poll_schedules"]


def fault_schedules(
    *, kinds: str | Iterable[str] = tuple(KINDS), max_faults: int = 3, max_polls: int = 20
) -> SearchStrategy[Faults]:
    """Return a strategy of schedules of faults.

    Parameters
    ----------
    kinds : str or iterable of str
        Which faults.
    max_faults : int, default 3
        How many entries a schedule has at most; it may have none.
    max_polls : int, default 20
        The last poll that is struck by its number. No entry strikes every poll.

    Returns
    -------
    SearchStrategy of Faults

    Raises
    ------
    ParameterError
        If there is no such kind of fault, or a number is out of range.

    Notes
    -----
    Late answers are a tenth of a second late, which over HTTP is real time.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(fault_schedules(kinds=["503", "html"]), lambda faults: len(faults) == 2)
    Faults([Fault('503', at_poll=1), Fault('503', at_poll=1)])
    """
    wanted = [kinds] if isinstance(kinds, str) else list(kinds)
    # whether there is such a kind is for the fault to say
    if not [Fault(kind, at_poll=1) for kind in wanted]:
        raise ParameterError("kinds", wanted, "at least one of " + ", ".join(KINDS))
    faults = _faults(wanted, whole("max_polls", max_polls, 1))
    return st.lists(faults, max_size=whole("max_faults", max_faults)).map(Faults)


@st.composite
def _faults(draw: DrawFn, kinds: list[str], max_polls: int) -> Fault:
    kind = draw(st.sampled_from(kinds))
    when: dict[str, Any] = draw(
        st.fixed_dictionaries({"at_poll": st.integers(1, max_polls)})
        | st.fixed_dictionaries({"every": st.integers(2, 10)})
        | st.fixed_dictionaries({"at_s": st.integers(0, 60).map(float)})
    )
    # drawn for every kind: what needs fewer draws counts as simpler, and no kind should
    wait_s = draw(st.sampled_from([None, 1.0, 2.5, 60.0]))
    seconds = {"latency": 0.1, "429": wait_s, "503": wait_s}
    return Fault(kind, **when, seconds=seconds.get(kind))


def poll_schedules(*, until_s: float = 60.0, max_polls: int = 20) -> SearchStrategy[list[float]]:
    """Return a strategy of instants at which a client polls, in seconds, each later than the one before.

    Parameters
    ----------
    until_s : float, default 60
        The last poll is at this instant, or soon after it: `run.duration_s` polls until the end.
    max_polls : int, default 20
        How many polls there are at most; from 3.

    Returns
    -------
    strategy of list of float
        At whole seconds with the same time between two, or at any milliseconds.

    Raises
    ------
    ParameterError
        If `until_s` is no number of seconds, or `max_polls` is less than 3.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(poll_schedules(), lambda polls: len(polls) > 2)
    [0.0, 30.0, 60.0]
    """
    until_s = real("until_s", until_s, 0.0, allowed="a number of seconds from 0")
    max_polls = whole("max_polls", max_polls, 3)
    last_s, before_ms = math.ceil(until_s), int(until_s * 1000) - 1
    regular = _regular_polls(last_s, max_polls)
    if before_ms < 1:
        return regular
    # at least two before the last: with fewer they would need fewer draws, and be simpler, than regular ones
    irregular = st.lists(_instants_before(before_ms), unique=True, min_size=2, max_size=max_polls - 1)
    return regular | irregular.map(lambda instants: [*sorted(instants), float(last_s)])


def _instants_before(last_ms: int) -> SearchStrategy[float]:
    """Return a strategy of instants in seconds: whole ones are simpler than any milliseconds."""
    milliseconds = st.just(0) | st.integers(0, min(999, last_ms))
    return st.builds(
        lambda seconds, ms: min(seconds * 1000 + ms, last_ms) / 1000,
        st.integers(0, last_ms // 1000),
        milliseconds,
    )


@st.composite
def _regular_polls(draw: DrawFn, last_s: int, max_polls: int) -> list[float]:
    # by their number, not by the time between them, so that few polls are simpler than many
    every_s = max(1, math.ceil(last_s / draw(st.integers(1, max_polls - 1))))
    begin_s = draw(st.integers(0, 59)) % every_s
    return [float(at_s) for at_s in range(begin_s, last_s + every_s, every_s)]
