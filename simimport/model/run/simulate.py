"""The engine: `simulate`, the one verb, and the in-process ``import.status``.

Puts the parts together; the draws are in `sampling`, and the record is `Run`. Who asks for no record, but how
many imports ended, takes `truth_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from simimport.errors import ClockError, ParameterError
from simimport.memory import DECIDED, check_users, simulated
from simimport.model.instants import timestamp
from simimport.model.people.decisions import Taken, decisions
from simimport.model.people.staged import Staged
from simimport.model.run.course import ending
from simimport.model.run.run import Run
from simimport.model.run.sampling import start
from simimport.model.run.truth import Truth
from simimport.model.scenario import Scenario, scenario_of
from simimport.model.seeds import resolve, stream

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.decisions import Decisions
    from simimport.model.seeds import Streams

__all__ = ["import_status", "recorded", "simulate", "truth_of"]


def simulate(
    scenario: Scenario | None = None,
    *,
    seed: int | None = None,
    staged: pd.DataFrame | None = None,
    existing: pd.DataFrame | None = None,
    **fields: Any,
) -> Run:
    """Return the record of one simulated import.

    Parameters
    ----------
    scenario : Scenario, optional
        What if; the default scenario where it is left out.
    seed : int, optional
        From 0 to 2**64 - 1; None draws one. The same scenario, seed and versions give the same run.
    staged : DataFrame, optional
        Your own users, as `read_users` gives them, instead of Faker's. ``users`` becomes their number. Those
        without an e-mail fail, and so do duplicates; addresses such as ``crash@example.com`` decide.
    existing : DataFrame, optional
        Who is on the server already: their e-mails and usernames are taken.
    **fields
        Fields of `Scenario` to change, such as ``users=500``.

    Returns
    -------
    Run

    Raises
    ------
    ScenarioError
        If a field is unknown or out of range, or so many users do not fit into memory.
    UsersError
        If `staged` or `existing` is no frame of users.
    ParameterError
        If `scenario` or `seed` is not what it should be.

    Examples
    --------
    >>> from simimport import simulate
    >>> simulate(users=500, failure_rate=0.05, seed=7)
    <Run done after 23.7 s: 470 imported, 30 failed; simulate(users=500, failure_rate=0.05, seed=7)>
    """
    if scenario is None:
        scenario = Scenario.from_dict(fields)
    else:
        scenario = scenario_of(scenario)
        scenario = scenario.replace(**fields) if fields else scenario
    number = resolve(seed)
    if staged is None:
        work = simulated(scenario.failure_rate) if existing is None else DECIDED
        check_users(work, scenario.users, scenario.batch_size)
    if scenario.epoch == "now":
        from simimport.realtime import now

        scenario = scenario.replace(epoch=timestamp(now()))
    people = given = None
    if staged is not None or existing is not None:
        from simimport.model.people import generated
        from simimport.model.people.users_frame import as_users

        on_server = [] if existing is None else [Taken(as_users(existing, "existing"))]
        if staged is not None:
            staged = as_users(staged, "staged")
            scenario = scenario.replace(users=len(staged))
            people, given = decisions(staged, on_server), Staged(staged)
        else:
            people = decisions(generated.stage(scenario, seed=number), on_server)
    return recorded(scenario, number, given, people, 0 if existing is None else len(existing))


def recorded(
    scenario: Scenario,
    seed: int,
    staged: Staged | None,
    people: Decisions | None,
    existing: int = 0,
) -> Run:
    """Return the record that `simulate` returns, of a scenario whose ``users`` are those staged.

    For who knows already what the people decide: nothing is checked. `existing` says how many are on the
    server.
    """
    course = start(scenario, seed, people)
    return Run(scenario=scenario, seed=seed, course=course, given=staged, existing=existing)


def truth_of(
    scenario: Scenario, seed: int, people: Decisions | None = None, streams: Streams = stream
) -> Truth:
    """Return `simulate(scenario, seed=seed).truth`, without the record around it.

    For many imports in a row: nothing is checked, and `streams` may be what gives `seeds.stream` sooner.

    Examples
    --------
    >>> from simimport import Scenario
    >>> truth = truth_of(Scenario(users=500, failure_rate=0.05), 7)
    >>> truth.final.value, truth.counts.failed, truth.end_us
    ('done', 30, 23686637)
    """
    course = start(scenario, seed, people, streams)
    return Truth(course, ending(course, None), None)


def import_status(
    run_or_service: Any, at_s: float | None = None, *, dialect: str | None = None
) -> dict[str, Any]:
    """Return what ``GET /api/v1/import.status`` answers, in process.

    Parameters
    ----------
    run_or_service : Run or ImportService
        The import that is asked about. Asking a service is a poll, as any other.
    at_s : float, optional
        For a Run, seconds after the creation of the operation. A service has a clock of its own.
    dialect : str, optional
        None means ``docs`` for a Run, and a service's own.

    Returns
    -------
    dict
        The body, as ``json.loads`` gives it.

    Raises
    ------
    ClockError
        If `at_s` is missing or no time; if it is given for a service.
    ParameterError
        If `run_or_service` is neither, or the dialect is unknown.

    Examples
    --------
    >>> from simimport import PRESETS, import_status, simulate
    >>> import_status(simulate(PRESETS["page_example"], seed=1), 0)["operation"]["count"]["total"]
    8000
    """
    if isinstance(run_or_service, Run):
        if at_s is None:
            raise ClockError("at_s", at_s, "for a Run, the instant to ask about, in seconds")
        return run_or_service.status(at_s, dialect="docs" if dialect is None else dialect)
    if not isinstance(run_or_service, _Service):
        allowed = "a Run, as simulate() returns it, or an ImportService"
        raise ParameterError("run_or_service", run_or_service, allowed)
    if at_s is not None:
        raise ClockError("at_s", at_s, "None for a service, which has a clock of its own: advance it")
    return run_or_service.status(dialect=dialect)


@runtime_checkable
class _Service(Protocol):
    """What an ImportService is to the model, which must not know it."""

    def status(self, *, dialect: str | None = None) -> dict[str, Any]: ...

    def run_until(self, state: str) -> float: ...
