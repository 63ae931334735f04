"""The lives of a service: it begins when it is made, and anew at each reset.

What a life begins with is in `making`; what happens in it is decided by calls, which `served` answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from simimport.keywords import takes_only
from simimport.service.faults import as_faults
from simimport.service.journal import Journal
from simimport.service.lives.making import making, scenario_instead
from simimport.service.operations import Operations

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.scenario import Scenario
    from simimport.service.answers import Answer
    from simimport.service.clock import Clock
    from simimport.service.faults import Faults, Schedule
    from simimport.service.lives.making import Making

__all__ = ["Lives"]

# what each life has anew, beside the clock
_OF_A_LIFE = ("scenario", "seed", "_faults", "log", "_dialect", "_people", "_operations", "_before")


class Lives:
    """A service from its making on; the parameters are those of `ImportService`."""

    scenario: Scenario
    seed: int
    clock: Clock
    log: Journal

    @takes_only("ImportService", scenario_instead("ImportService({})"))
    def __init__(
        self,
        scenario: Scenario | str | None = None,
        *,
        seed: int | None = None,
        clock: Clock | None = None,
        dialect: str = "docs",
        faults: Schedule | None = None,
        existing: pd.DataFrame | None = None,
        roles: Iterable[str] | None = None,
        autostart: bool | pd.DataFrame = False,
    ) -> None:
        self._lock = threading.RLock()
        self._made = making(
            scenario, seed=seed, clock=clock, dialect=dialect, faults=faults, existing=existing, roles=roles,
            autostart=autostart,
        )  # fmt: skip
        self._made.faults.forget()
        self._begin(self._made)

    def _begin(self, made: Making) -> None:
        """Make all state that calls change: a life begins with this and nothing else."""
        self.scenario, self.seed, self._dialect = made.scenario, made.seed, made.dialect
        self._faults, self.clock, self._people = made.faults, made.clock, made.people
        self._operations = Operations(made.scenario, made.seed, made.dialect, made.existing, made.roles)
        # per endpoint of a poll: what the service answered to the one before, and whether that told the end
        self._before: dict[str, tuple[Answer, bool]] = {}
        self.log = Journal()

    def _living(self, made: Making) -> Self:
        """Return a service of its own that is made so, and else as this one."""
        service = object.__new__(type(self))
        service.__dict__.update(self.__dict__)
        service._lock, service._made = threading.RLock(), made
        service._begin(made)
        return service

    def as_made(self) -> Self:
        """Return another service, made as this one was; nothing that happens to one happens to the other."""
        made = replace(self._made, clock=self._made.clock.anew(), faults=copy(self._made.faults))
        made.faults.forget()
        return self._living(made)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has, here or in another process: all that there is at one instant."""
        with self._lock:
            state = {name: value for name, value in self.__dict__.items() if name != "_lock"}
            clock = copy(self.clock)
            faults = copy(self._faults)
            made = replace(
                self._made,
                clock=clock if self._made.clock is self.clock else copy(self._made.clock),
                faults=faults if self._made.faults is self._faults else self._made.faults,
            )
            return {
                **state,
                "_made": made,
                "_faults": faults,
                "_operations": self._operations.copy(),
                "_before": dict(self._before),
                "log": copy(self.log),
                "clock": clock,
            }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()

    @property
    def faults(self) -> Faults:
        """What goes wrong on the wire in this life; may be set, to a `Faults` or a list of `Fault`.

        Examples
        --------
        >>> from simimport import Fault, ImportService
        >>> service = ImportService(seed=1)
        >>> service.faults = [Fault("503", at_poll=1)]
        >>> service.faults
        Faults([Fault('503', at_poll=1)])
        """
        return self._faults

    @faults.setter
    def faults(self, faults: Schedule) -> None:
        self._faults = as_faults(faults)

    @takes_only("reset", scenario_instead("reset(scenario={})"))
    def reset(
        self,
        *,
        scenario: Scenario | str | None = None,
        seed: int | None = None,
        dialect: str | None = None,
        faults: Schedule | None = None,
        autostart: bool | pd.DataFrame | None = None,
    ) -> None:
        """Begin anew, as it was made: no operation, an empty journal, the clock at its start.

        Parameters
        ----------
        scenario : Scenario or str, optional
            As for `ImportService`, and so are the others: otherwise in this life, until the next reset.
        seed : int, optional
        dialect : str, optional
        faults : Faults or iterable of Fault, optional
        autostart : bool or DataFrame, optional

        Raises
        ------
        SimimportError
            If something cannot be so; then nothing changes.

        Examples
        --------
        >>> from simimport import ImportService
        >>> service = ImportService(seed=1)
        >>> service.reset(scenario="calm", seed=5, autostart=True)
        >>> service
        <ImportService importing at 0 s: operation 1, 3 calls; dialect docs, seed 5>
        >>> service.reset()
        >>> service
        <ImportService none at 0 s: operation 0, 0 calls; dialect docs, seed 1>
        """
        made = self._made.changed(
            scenario=scenario, seed=seed, dialect=dialect, faults=faults, autostart=autostart
        )
        # One that is made so begins beside it, by a clock that only its own calls move: what takes long needs
        # no lock, and what fails changes nothing. What it has come to is taken over at one instant.
        begun = self._living(replace(made, clock=made.clock.stand_in()))
        with self._lock:
            self.__dict__.update({name: begun.__dict__[name] for name in _OF_A_LIFE})
            self._faults.forget()
            self.clock = made.clock
            self.clock.reset(begun.clock.now_us())
