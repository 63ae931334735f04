"""The service that `simimport serve` serves, made from its options.

Listens nowhere: that is `listening`. Whether a value is allowed is the model's and the service's question.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simimport.cli.faults import faults_given
from simimport.cli.options import people_given, scenario_given
from simimport.memory import SERVED, check_users

if TYPE_CHECKING:
    import click

    from simimport.cli.output.terminal import Talk
    from simimport.service.clock import Clock
    from simimport.service.service import ImportService

__all__ = ["service_given"]


def service_given(ctx: click.Context, given: dict[str, Any], talk: Talk) -> ImportService:
    """Return the service that is asked for, with an import that runs where that is asked for, too."""
    from simimport.service.service import ImportService

    scenario = scenario_given(ctx, given)
    people = people_given(given, "staged", talk)
    if given["autostart"]:
        if people is None:
            check_users(SERVED, scenario.users, scenario.batch_size)
        _load_ahead()
    return ImportService(
        scenario, seed=given["seed"], clock=_clock_given(given), dialect=given["dialect"],
        faults=faults_given(given["faults"]), existing=people_given(given, "existing", talk),
        autostart=given["autostart"] if people is None else people,
    )  # fmt: skip


def _load_ahead() -> None:
    """Load what serving needs: the wall clock of an import that runs already goes on meanwhile."""
    with suppress(ModuleNotFoundError):  # said when it is served
        import simimport.service.http.connections.connection  # noqa: F401 - for its loading


def _clock_given(given: dict[str, Any]) -> Clock:
    from simimport.service.clock import ManualClock, PollClock, WallClock

    match given["clock"]:
        case "wall":
            return WallClock(1.0 if given["rate"] is None else given["rate"])
        case "poll":
            return PollClock(1.0 if given["step"] is None else given["step"])
        case _:
            return ManualClock()
