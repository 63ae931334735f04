"""What goes wrong on the wire, and when: a schedule that can be repeated, printed and read.

Decides which fault strikes a poll, and what becomes of the answer; who polls is known elsewhere.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import Any, Self

from simimport.checks import real, unit_interval, whole
from simimport.errors import ParameterError, brief, suggestion
from simimport.model.run.wire import encoded
from simimport.model.seeds import resolve
from simimport.service.clock import LONGEST_S

__all__ = ["KINDS", "Fault", "Faults"]

#: Every kind of fault, and what a client sees.
KINDS: Mapping[str, str] = {
    "latency": "the answer comes `seconds` late (over HTTP, in real time; in process it cannot be late)",
    "429": "too many requests: wait `seconds`",
    "500": "an internal error of the server",
    "503": "unavailable, with Retry-After: `seconds`",
    "reset": "the connection is reset instead of an answer",
    "truncated": "the body ends in the middle",
    "garbage": "the body is no JSON",
    "html": "an error page of a proxy, in HTML",
    "stale": "the answer to the poll before",
    "wrong_type": "counters, and true and false, come as texts",
}
_SECONDS = {"latency": 1.0, "429": 60.0, "503": 5.0}
_DAY_S = 86_400
_PIECE = 20_000
#: What `dir` shows of a fault and of a schedule: whom they strike is for the service to ask.
_PUBLIC = ("kind", "at_poll", "every", "at_s", "seconds", "wait_s")
_PUBLIC_OF_SCHEDULE = ("schedule", "random")


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a schedule.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    at_poll : int, optional
        Strikes that poll, counted from 1.
    every : int, optional
        Strikes every k-th poll.
    at_s : float, optional
        Strikes the first poll from that instant of the service's clock on.
    seconds : float, optional
        How late (``latency``, 1 unless given), or how long to wait (``429``, 60; ``503``, 5).
    """

    kind: str
    at_poll: int | None = None
    every: int | None = None
    at_s: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        _check_kind("kind", self.kind)
        if (self.at_poll is None) + (self.every is None) + (self.at_s is None) != 2:
            when = {name: getattr(self, name) for name in ("at_poll", "every", "at_s")}
            given = {name: value for name, value in when.items() if value is not None}
            raise ParameterError("when", given, "one of at_poll, every and at_s")
        for name in ("at_poll", "every"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole(name, value, 1))
        for name, most in (("at_s", LONGEST_S), ("seconds", _DAY_S)):
            value = getattr(self, name)
            if value is not None:
                allowed = f"a number of seconds from 0 to {most:g}"
                number = real(name, value, 0, most, allowed=allowed)
                # a plain whole number is printed as it was written
                object.__setattr__(self, name, value if type(value) is int else number)
        if self.seconds is not None and self.kind not in _SECONDS:
            raise ParameterError("seconds", self.seconds, "None, but for " + ", ".join(_SECONDS))

    @property
    def wait_s(self) -> float:
        """How late, or how long to wait, in seconds."""
        return _SECONDS.get(self.kind, 0.0) if self.seconds is None else float(self.seconds)

    @property
    def readable(self) -> bool:
        """Whether its answer still tells what the service says: late, or with counters as texts."""
        return self.kind in ("latency", "wrong_type")

    def __repr__(self) -> str:
        fields = [f"{name}={getattr(self, name)!r}" for name in ("at_poll", "every", "at_s", "seconds")
                if getattr(self, name) is not None]  # fmt: skip
        return f"Fault({', '.join([repr(self.kind), *fields])})"

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in object.__dir__(self) if name.startswith("__"))]


def _check_kind(name: str, kind: Any) -> None:
    # in a list, since what is no text may have no hash
    if kind not in list(KINDS):
        raise ParameterError(name, kind, ", ".join(KINDS), hint=suggestion(kind, list(KINDS)))


@dataclass(frozen=True, slots=True)
class Faults:
    """A schedule of faults; its repr is the line of code that makes it again.

    Parameters
    ----------
    schedule : iterable of Fault, or of mappings of a Fault's fields
        Of several that would strike one poll, the first does.

    Examples
    --------
    >>> Faults([Fault("503", at_poll=3), Fault("reset", every=10)])
    Faults([Fault('503', at_poll=3), Fault('reset', every=10)])
    """

    schedule: tuple[Fault, ...]
    # A schedule may be long, and is asked at every poll. So where each at_poll and each every stands first is
    # kept, and for those of an instant all instants, in order, with the place of each.
    _at_poll: Mapping[int, int] = field(init=False, repr=False, compare=False)
    _every: Mapping[int, int] = field(init=False, repr=False, compare=False)
    _at_s: tuple[tuple[float, ...], tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __init__(self, schedule: Iterable[Fault | Mapping[str, Any]] = ()) -> None:
        entries = tuple(map(_fault, _entries(schedule)))
        at_poll: dict[int, int] = {}
        every: dict[int, int] = {}
        at_s: list[tuple[float, int]] = []
        for place, fault in enumerate(entries):
            if fault.at_poll is not None:
                at_poll.setdefault(fault.at_poll, place)
            elif fault.every is not None:
                every.setdefault(fault.every, place)
            elif fault.at_s is not None:
                at_s.append((fault.at_s, place))
        object.__setattr__(self, "schedule", entries)
        object.__setattr__(self, "_at_poll", at_poll)
        object.__setattr__(self, "_every", every)
        object.__setattr__(self, "_at_s", _in_order(at_s))

    @classmethod
    def random(
        cls,
        rate: float,
        *,
        seed: int | None = None,
        polls: int = 1000,
        kinds: str | Iterable[str] = tuple(KINDS),
    ) -> Self:
        """Return a schedule that strikes each poll with a probability.

        Parameters
        ----------
        rate : float
            Probability per poll, 0 to 1.
        seed : int, optional
            None draws one. A higher rate keeps the faults of a lower one.
        polls : int, default 1000
            How many polls the schedule covers.
        kinds : str or iterable of str
            Which faults, all alike.
        """
        import numpy as np

        rate = unit_interval("rate", rate)
        polls = whole("polls", polls, 0, 1_000_000)
        chosen = [kinds] if isinstance(kinds, str) else list(kinds)
        for kind in chosen:
            _check_kind("kinds", kind)
        if not chosen:
            raise ParameterError("kinds", chosen, "at least one of " + ", ".join(KINDS))
        drawn = np.random.default_rng(resolve(seed)).random((polls, 2))
        strikes = [(poll + 1, chosen[int(which * len(chosen))])
                   for poll, (strike, which) in enumerate(drawn.tolist()) if strike < rate]  # fmt: skip
        return cls([Fault(kind, at_poll=poll) for poll, kind in strikes])

    def strike(self, poll: int, since_s: float, now_s: float) -> Fault | None:
        """Return the fault that strikes a poll, given the instant of the poll before; None if none does."""
        instants, places = self._at_s
        # each instant lies between two polls once, so that all polls together look at each place once
        striking = [*places[bisect_right(instants, since_s) : bisect_right(instants, now_s)]]
        if poll in self._at_poll:
            striking.append(self._at_poll[poll])
        if self._every:
            striking += [self._every[number] for number in self._dividing(poll)]
        return self.schedule[min(striking)] if striking else None

    def _dividing(self, poll: int) -> Iterator[int]:
        """Return every `every` of the schedule that divides a poll's number."""
        # either look at all of them, or at all divisors, which come in pairs about the root
        root = math.isqrt(poll)
        if len(self._every) <= root:
            return (number for number in self._every if poll % number == 0)
        pairs = ((number, poll // number) for number in range(1, root + 1) if poll % number == 0)
        return (number for pair in pairs for number in pair if number in self._every)

    def __len__(self) -> int:
        return len(self.schedule)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.schedule)

    def __repr__(self) -> str:
        return f"Faults([{', '.join(map(repr, self.schedule))}])"

    def __dir__(self) -> list[str]:
        return [*_PUBLIC_OF_SCHEDULE, *(name for name in object.__dir__(self) if name.startswith("__"))]


def _in_order(at_s: list[tuple[float, int]]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    # in pieces: nothing else runs while one is sorted
    pieces = [sorted(at_s[start : start + _PIECE]) for start in range(0, len(at_s), _PIECE)]
    instants, places = [], []
    for instant, place in merge(*pieces):
        instants.append(instant)
        places.append(place)
    return tuple(instants), tuple(places)


def _entries(schedule: Any) -> Iterable[Any]:
    if not isinstance(schedule, Iterable) or isinstance(schedule, (str, bytes, Mapping)):
        raise ParameterError("schedule", schedule, "several Fault, such as [Fault('503', at_poll=3)]")
    return schedule


def _fault(entry: Any) -> Fault:
    if isinstance(entry, Fault):
        return entry
    if isinstance(entry, Mapping):
        fields = Fault.__dataclass_fields__
        for name in entry:
            if name not in fields:
                allowed = ", ".join(sorted(fields))
                raise ParameterError(f"the fault's field {brief(name)}", entry[name], allowed)
        if "kind" in entry:
            return Fault(**entry)
    allowed = "a Fault, or a mapping with a kind and one of at_poll, every, at_s"
    raise ParameterError("an entry of the schedule", entry, allowed)


def spoiled(raw: bytes, kind: str) -> bytes:
    """Return a body as ``truncated``, ``garbage`` or ``wrong_type`` leave it."""
    if kind == "truncated":
        return raw[: len(raw) * 2 // 3]
    if kind == "garbage":
        return b"\x1f\x8b\x08" + raw[:40][::-1]
    body = json.loads(raw)
    for part in (body, body.get("operation") or {}):
        for key in ("success", "valid"):
            if key in part:
                part[key] = str(part[key]).lower()
        if "count" in part:
            part["count"] = {key: str(value) for key, value in part["count"].items()}
    return encoded(body)
