"""Making: what a service is made with, checked, and what of it one of its lives has otherwise.

Decides no answer: it is how a service begins, at first and at each reset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simimport.checks import is_bool
from simimport.errors import ParameterError, ScenarioError, brief
from simimport.keywords import in_code
from simimport.model.dialects import dialect_of
from simimport.model.instants import instant, timestamp
from simimport.model.people.users_frame import as_users
from simimport.model.presets import PRESETS
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import resolve
from simimport.realtime import now
from simimport.service.clock import LONGEST_S, Clock, ManualClock
from simimport.service.faults import Faults, as_faults
from simimport.service.operations import ROLES
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.dialects import Dialect
    from simimport.service.faults import Schedule

__all__ = ["NOBODY", "Making", "check_people", "checked_autostart", "making", "scenario_instead"]

#: What is to be said where nobody is staged and the scenario has nobody: one sentence, after a colon.
NOBODY = (
    "no calls can run an import of nobody: give it users, such as users=100, stage your own people, or have "
    "its record from simulate(PRESETS['empty'])"
)


@dataclass(frozen=True, eq=False)
class Making:
    """What a service, or one life of it, is made with.

    Parameters
    ----------
    scenario : Scenario
        Dated: an epoch of ``now`` is the moment of the making.
    seed : int
    dialect : Dialect
    faults : Faults
    existing : DataFrame or None
    roles : tuple of str
    clock : Clock
    autostart : bool or DataFrame
        Whether an import runs from the beginning; a frame: of these people.
    """

    scenario: Scenario
    seed: int
    dialect: Dialect
    faults: Faults
    existing: pd.DataFrame | None
    roles: tuple[str, ...]
    clock: Clock
    autostart: bool | pd.DataFrame

    def changed(self, **named: Any) -> Making:
        """Return it with what is named, and is not None, otherwise.

        Raises
        ------
        SimimportError
            If something cannot be so.
        """
        given = {name: _CHECKS[name](value) for name, value in named.items() if value is not None}
        return _consistent(replace(self, **given))

    @property
    def starts(self) -> bool:
        """Whether an import runs from the beginning."""
        return self.autostart is not False

    @property
    def people(self) -> pd.DataFrame | None:
        """Who is staged where it starts by itself; None for the scenario's generated people."""
        return None if isinstance(self.autostart, bool) else self.autostart


def making(
    scenario: Scenario | str | None,
    *,
    seed: int | None,
    clock: Clock | None,
    dialect: str,
    faults: Schedule | None,
    existing: pd.DataFrame | None,
    roles: Iterable[str] | None,
    autostart: bool | pd.DataFrame,
) -> Making:
    """Return what a service is made with.

    Raises
    ------
    SimimportError
        If something cannot be so.
    """
    if clock is not None and not isinstance(clock, Clock):
        raise ParameterError("clock", clock, "a ManualClock, a WallClock or a PollClock")
    made = Making(
        scenario=_followed(Scenario() if scenario is None else scenario),
        seed=resolve(seed),
        dialect=dialect_of(dialect),
        faults=Faults() if faults is None else as_faults(faults),
        existing=None if existing is None else as_users(existing, "existing"),
        roles=ROLES if roles is None else _roles(roles),
        clock=ManualClock() if clock is None else clock,
        autostart=checked_autostart(autostart),
    )
    return _consistent(made)


def check_people(scenario: Scenario) -> None:
    """Refuse to stage a scenario's people where there are none: no calls can run an import of nobody.

    Raises
    ------
    ScenarioError
        If there are none.
    """
    if not scenario.users:
        raise ScenarioError("users", scenario.users, f"a whole number from 1, as {NOBODY}")


def scenario_instead(call: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what says of keywords that are of a scenario how a scenario is given; with ``{}`` in a call."""

    def advice(unknown: Mapping[str, Any]) -> str:
        fields = {name: value for name, value in unknown.items() if name in FIELDS}
        if fields:
            return f"give it a scenario: {call.format(f'Scenario({in_code(fields)})')}"
        if "preset" in unknown:
            return f"give it as the scenario: {call.format(brief(unknown['preset']))}"
        return ""

    return advice


def _consistent(made: Making) -> Making:
    if made.autostart is True:
        check_people(made.scenario)
    return made


def _followed(scenario: Scenario | str) -> Scenario:
    """Return a scenario, or the preset of that name, that a service can follow to the end of its clock."""
    if isinstance(scenario, str):
        scenario = PRESETS[scenario]
    if not isinstance(scenario, Scenario):
        raise ParameterError("scenario", scenario, "a Scenario, or the name of a preset, such as 'calm'")
    if scenario.epoch == "now":
        scenario = scenario.replace(epoch=timestamp(now()))
    try:
        instant(scenario.epoch) + timedelta(seconds=LONGEST_S)
    except OverflowError:
        clock = f"{number(LONGEST_S)} s or more before the year 10000: so far go a service's clocks"
        raise ScenarioError("epoch", scenario.epoch, f"an instant {clock}") from None
    return scenario


def _roles(roles: Any) -> tuple[str, ...]:
    ids = tuple(roles) if isinstance(roles, Iterable) and not isinstance(roles, (str, bytes)) else None
    if ids is None or not all(isinstance(role, str) for role in ids):
        raise ParameterError("roles", roles, "several role ids, such as ['user', 'teacher']")
    return ids


def checked_autostart(autostart: Any) -> bool | pd.DataFrame:
    """Return whether an import runs from the beginning, or of whom.

    Raises
    ------
    SimimportError
        If that cannot be.
    """
    if is_bool(autostart):
        return bool(autostart)
    if not hasattr(autostart, "columns"):
        raise ParameterError("autostart", autostart, "True, False, or a users frame: these people")
    people = as_users(autostart, "autostart")
    if not len(people):
        raise ParameterError("autostart", "a frame of nobody", "a users frame with somebody in it")
    return people


_CHECKS: dict[str, Any] = {
    "scenario": _followed,
    "seed": resolve,
    "dialect": dialect_of,
    "faults": as_faults,
    "autostart": checked_autostart,
}
