"""What goes wrong on the wire, and when: a schedule that can be repeated, printed and read.

Decides which fault strikes a call; what becomes of the answer stands in `schedule/`, and who calls is known
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from simimport.checks import unit_interval, whole
from simimport.errors import ParameterError, brief, suggestion
from simimport.model.seeds import resolve
from simimport.service.schedule.fault import KINDS, POLLED, Fault, check_kind
from simimport.service.schedule.places import Places

__all__ = ["KINDS", "Fault", "Faults", "Schedule", "as_faults"]

#: What `dir` shows of a schedule: whom it strikes is for the service to ask.
_PUBLIC = ("schedule", "random", "unstruck")


@dataclass(frozen=True, slots=True)
class Faults:
    """A schedule of faults; its repr is the line of code that makes it again.

    Parameters
    ----------
    schedule : iterable of Fault or mapping
        A mapping has the fields of a Fault. Of several that would strike one call, the first does.

    Examples
    --------
    >>> Faults([Fault("503", at_poll=3), Fault("reset", every=10)])
    Faults([Fault('503', at_poll=3), Fault('reset', every=10)])
    """

    schedule: tuple[Fault, ...]
    # per endpoint, where its faults stand; and which places have struck
    _places: Mapping[str, Places] = field(init=False, repr=False, compare=False)
    _struck: set[int] = field(init=False, repr=False, compare=False)

    def __init__(self, schedule: Iterable[Fault | Mapping[str, Any]] = ()) -> None:
        entries = tuple(map(_fault, _entries(schedule)))
        of_endpoint: dict[str, list[tuple[int, Fault]]] = {}
        for place, fault in enumerate(entries):
            of_endpoint.setdefault(fault.endpoint, []).append((place, fault))
        object.__setattr__(self, "schedule", entries)
        object.__setattr__(self, "_places", {name: Places(these) for name, these in of_endpoint.items()})
        object.__setattr__(self, "_struck", set())

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
            Which faults, each as likely as any other; all kinds of `Fault` unless given.

        Returns
        -------
        Faults

        Examples
        --------
        >>> Faults.random(0.002, seed=3, polls=400)
        Faults([Fault('wrong_type', at_poll=11), Fault('503', at_poll=94), Fault('reset', at_poll=309)])
        >>> len(Faults.random(0.05, seed=3, kinds="503"))
        63
        """
        import numpy as np

        rate = unit_interval("rate", rate)
        polls = whole("polls", polls, 0, 1_000_000)
        chosen = [kinds] if isinstance(kinds, str) else list(kinds)
        for kind in chosen:
            check_kind("kinds", kind)
        if not chosen:
            raise ParameterError("kinds", chosen, "at least one of " + ", ".join(KINDS))
        drawn = np.random.default_rng(resolve(seed)).random((polls, 2))
        strikes = [(poll + 1, chosen[int(which * len(chosen))])
                   for poll, (strike, which) in enumerate(drawn.tolist()) if strike < rate]  # fmt: skip
        return cls([Fault(kind, at_poll=poll) for poll, kind in strikes])

    def strike(self, poll: int, since_s: float, now_s: float, endpoint: str = POLLED) -> Fault | None:
        """Return the fault that strikes a call, given the instant of the call before; None if none does."""
        return self.first(self.striking(endpoint, poll, since_s, now_s))

    def striking(self, endpoint: str, number: int, since_s: float, now_s: float) -> list[int]:
        """Return the places of the faults of an endpoint that would strike its call of that number."""
        places = self._places.get(endpoint)
        return [] if places is None else places.striking(number, since_s, now_s)

    def first(self, striking: list[int]) -> Fault | None:
        """Return the fault that does strike, of those at some places; None if there are none."""
        if not striking:
            return None
        place = min(striking)
        self._struck.add(place)
        return self.schedule[place]

    @property
    def unstruck(self) -> tuple[Fault, ...]:
        """Those that have not struck since a service that has the schedule was made, or reset.

        Examples
        --------
        >>> from simimport import ImportService
        >>> service = ImportService(faults=Faults([Fault("stale", at_poll=1), Fault("503", at_poll=9)]))
        >>> body = service.status()
        >>> service.faults.unstruck
        (Fault('503', at_poll=9),)
        """
        return tuple(fault for place, fault in enumerate(self.schedule) if place not in self._struck)

    def forget(self) -> None:
        """Forget which have struck: a service begins."""
        self._struck.clear()

    def __getstate__(self) -> tuple[tuple[Fault, ...], Mapping[str, Places], set[int]]:
        # what strikes a copy did not strike this
        return self.schedule, self._places, set(self._struck)

    def __setstate__(self, state: tuple[tuple[Fault, ...], Mapping[str, Places], set[int]]) -> None:
        for name, value in zip(("schedule", "_places", "_struck"), state, strict=True):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.schedule)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.schedule)

    def __repr__(self) -> str:
        return f"Faults([{', '.join(map(repr, self.schedule))}])"

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in object.__dir__(self) if name.startswith("__"))]


#: What is taken for a schedule.
Schedule = Faults | Iterable[Fault | Mapping[str, Any]]


def as_faults(faults: Any) -> Faults:
    """Return a schedule, or the one that is made of several Fault.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    if isinstance(faults, Faults):
        return faults
    if not isinstance(faults, Iterable) or isinstance(faults, (str, bytes, Mapping)):
        raise ParameterError("faults", faults, "Faults([...]), or a list such as [Fault('503', at_poll=3)]")
    return Faults(faults)


def _entries(schedule: Any) -> Iterable[Any]:
    is_frame = hasattr(schedule, "columns")
    if is_frame or not isinstance(schedule, Iterable) or isinstance(schedule, (str, bytes, Mapping)):
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
                hint = suggestion(name, list(fields))
                raise ParameterError(f"the fault's field {brief(name)}", entry[name], allowed, hint=hint)
        if "kind" in entry:
            return Fault(**entry)
    allowed = "a Fault, or a mapping with a kind and one of at_poll, every, at_s"
    raise ParameterError("an entry of the schedule", entry, allowed)
