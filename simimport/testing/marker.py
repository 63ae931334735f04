"""What the markers of a test ask for: a scenario, a dialect, faults, a clock and a seed.

Knows no pytest. The plugin loads it for the tests that use it, and for no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import dialect_of
from simimport.model.presets import PRESETS
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import resolve
from simimport.service.clock import Clock, ManualClock, PollClock, WallClock
from simimport.service.faults import Faults, as_faults
from simimport.service.lives.making import checked_autostart

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Asked", "asked_by"]

#: What the marker takes beside the fields of a Scenario.
_OWN = ("preset", "dialect", "seed", "faults", "autostart", "clock")
_CLOCKS: Mapping[str, type[Clock]] = {"manual": ManualClock, "wall": WallClock, "poll": PollClock}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test asks for.

    Parameters
    ----------
    scenario : Scenario
    dialect : str
    faults : Faults
    seed : int or None
        None where no marker gives one.
    autostart : bool or DataFrame
    clock : Clock or None
        Of which each test has another one, made so; None where no marker gives one.
    """

    scenario: Scenario
    dialect: str
    faults: Faults
    seed: int | None
    autostart: bool | pd.DataFrame = False
    clock: Clock | None = None


def asked_by(marks: Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]]) -> Asked:
    """Return what markers ask for together.

    Parameters
    ----------
    marks : iterable of (tuple, mapping)
        The arguments and the keywords of each, from the farthest to the closest, which wins.

    Raises
    ------
    SimimportError
        If one says what cannot be.
    """
    own: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for arguments, keywords in marks:
        _check_keywords(arguments, keywords)
        if "preset" in keywords:
            # a preset says everything about an import, so also what markers farther away said of it
            fields.clear()
        own.update((name, value) for name, value in keywords.items() if name in _OWN)
        fields.update((name, value) for name, value in keywords.items() if name not in _OWN)
    faults = own.get("faults", ())
    return Asked(
        scenario=(PRESETS[own["preset"]] if "preset" in own else Scenario()).replace(**fields),
        dialect=dialect_of(own.get("dialect", "docs")).name,
        faults=as_faults(faults),
        seed=None if own.get("seed") is None else resolve(own["seed"]),
        autostart=checked_autostart(own.get("autostart", False)),
        clock=_clock(own.get("clock")),
    )


def _clock(clock: Any) -> Clock | None:
    if clock is None or isinstance(clock, Clock):
        return clock
    if isinstance(clock, str) and clock in _CLOCKS:
        return _CLOCKS[clock]()
    allowed = f"a clock, such as PollClock(step_s=2), or one of {', '.join(_CLOCKS)}"
    raise ParameterError("clock", clock, allowed, hint=suggestion(clock, list(_CLOCKS)))


def _check_keywords(arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    names = (*_OWN, *FIELDS)
    allowed = ", ".join(names)
    if arguments:
        raise ParameterError("an argument without a name", arguments[0], f"by name: {allowed}")
    for name, value in keywords.items():
        if name not in names:
            hint = suggestion(name, names)
            raise ParameterError(f"the keyword {name!r}", value, allowed, hint=hint)
