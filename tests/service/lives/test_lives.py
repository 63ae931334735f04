"""The lives of a service: it begins as it was made, at each reset too, and names change one life only."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from simimport import (
    PRESETS,
    Fault,
    Faults,
    ImportService,
    ManualClock,
    OperationError,
    ParameterError,
    PollClock,
    Scenario,
    ScenarioError,
    UsersError,
    WallClock,
    stage,
)
from simimport.model.dialects import DIALECTS
from simimport.service.clock import Clock

FEW = Scenario(users=600, failure_rate=0.1)
OTHERWISE: dict[str, Any] = {
    "scenario": FEW.replace(users=7), "seed": 9, "dialect": "server-8.3",
    "faults": Faults([Fault("500", every=2)]), "autostart": True,
}  # fmt: skip


def history(service: ImportService) -> list[bytes]:
    """Return what a service answers from here on to a client that imports whom it generates."""
    answers = []
    if service.state == "none":
        service.new()
        service.add_users()
        service.run()
    for _ in range(6):
        answers.append(service.answer("import.status").raw)
        service.advance(1)
    return answers


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_a_reset_names_is_otherwise_in_that_life_only(name: str) -> None:
    service = ImportService(FEW, seed=1, faults=Faults([Fault("503", at_poll=2)]), dialect="server-6.3")
    made, first = repr(service), history(service)
    service.reset(**{name: OTHERWISE[name]})
    assert (repr(service), history(service)) != (made, first)
    for _ in range(2):
        service.reset()
        assert repr(service) == made
        assert history(service) == first


def test_a_life_that_is_named_is_that_of_a_service_made_so() -> None:
    service = ImportService(FEW, seed=1, existing=stage(FEW, seed=3))
    history(service)
    service.reset(**OTHERWISE)
    alike = ImportService(existing=stage(FEW, seed=3), **OTHERWISE)
    assert (repr(service), history(service)) == (repr(alike), history(alike))


def test_what_was_set_meanwhile_is_gone() -> None:
    clock = ManualClock(5)
    service = ImportService(FEW, seed=1, clock=clock, faults=Faults([Fault("500", at_poll=1)]))
    service.faults, service.clock, service.seed, service.scenario = Faults(), PollClock(), 4, PRESETS["calm"]
    service.reset()
    assert (service.clock, service.clock.now()) == (clock, 5)
    assert (service.scenario, service.seed, len(service.faults)) == (FEW, 1, 1)


@pytest.mark.parametrize(("clock", "now_s"), [(ManualClock(3), 3), (PollClock(2), 6)])
def test_one_that_starts_by_itself_does_so_at_each_reset(clock: Clock, now_s: float) -> None:
    service = ImportService(FEW, seed=1, clock=clock, autostart=True)
    assert (service.state, service.clock.now()) == ("importing", now_s)
    assert service.journal["endpoint"].tolist() == ["import.new", "import.addUsers", "import.run"]
    made, first = repr(service), history(service)
    service.reset()
    assert (repr(service), history(service)) == (made, first)
    service.reset(autostart=False)
    assert (service.state, service.log.calls) == ("none", 0)
    service.reset()
    assert repr(service) == made


def test_by_the_wall_clock_it_starts_at_its_beginning_however_long_staging_takes() -> None:
    service = ImportService(FEW, seed=1, clock=WallClock(1e-6), autostart=True)
    service.clock.advance(100)
    service.reset()
    assert service.clock.now() < 1e-3
    assert service.journal["at_s"].tolist() == [0, 0, 0]
    assert service.status()["operation"]["count"]["completed"] == 0


def test_a_rate_that_was_changed_is_as_it_was_made() -> None:
    clock = WallClock(1e-6)
    service = ImportService(FEW, clock=clock)
    clock.rate = 5.0
    service.reset()
    assert clock.rate == 1e-6


def test_it_may_start_with_people_of_yours() -> None:
    people = stage(Scenario(users=3), seed=5)
    service = ImportService(PRESETS["empty"], seed=1, autostart=people)
    for _ in range(2):
        assert service.staging["email"].tolist() == people["email"].tolist()
        service.run_until("done")
        service.reset()
    wrong: Any
    for wrong in (people.drop(columns="email"), people[:0], "yes", 1, None):
        with pytest.raises((UsersError, ValueError), match="autostart"):
            ImportService(autostart=wrong)


def test_to_start_is_three_calls_that_no_fault_strikes() -> None:
    service = ImportService(FEW, seed=1, faults=Faults([Fault("500", every=1)]))
    for number in (1, 2):
        service.start()
        assert service.log.calls == 3 * number
        assert service.state == "importing"
    assert service.journal["http_status"].unique().tolist() == [200]


@pytest.mark.parametrize("how", ["start", "autostart", "reset", "run"])
def test_an_import_of_nobody_says_what_to_do(how: str) -> None:
    service = ImportService(PRESETS["empty"], seed=1)
    service.new()
    service.add_users()
    before = repr(service)
    calls: dict[str, Callable[[], object]] = {
        "start": service.start,
        "autostart": lambda: ImportService(PRESETS["empty"], autostart=True),
        "reset": lambda: service.reset(autostart=True),
        "run": service.run,
    }
    with pytest.raises((ScenarioError, OperationError)) as caught:
        calls[how]()
    said = str(caught.value)
    assert "no calls can run an import of nobody: give it users, such as users=100" in said
    assert said.count(". ") == 0
    if how != "run":
        assert repr(service) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_one_made_so_is_its_own(dialect: str) -> None:
    service = ImportService(FEW, seed=1, clock=PollClock(2), dialect=dialect, autostart=True)
    other, first = service.as_made(), history(service)
    assert other.log.calls == 3
    assert history(other) == first
    assert other.clock is not service.clock


SCHEDULE = [Fault("503", at_poll=1), {"kind": "reset", "every": 10}]
HOW: dict[str, Callable[[Any], ImportService]] = {
    "made": lambda faults: ImportService(FEW, seed=1, faults=faults),
    "reset": lambda faults: reset(faults=faults),
    "set": lambda faults: with_faults(faults),  # noqa: PLW0108 - it is defined below
}


def reset(**named: Any) -> ImportService:
    service = ImportService(FEW, seed=1)
    service.reset(**named)
    return service


def with_faults(faults: Any) -> ImportService:
    service = ImportService(FEW, seed=1)
    service.faults = faults
    return service


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kind", [list, tuple, iter, Faults])
def test_faults_come_as_a_schedule_or_as_a_list(how: str, kind: Callable[[Any], Any]) -> None:
    service = HOW[how](kind(SCHEDULE))
    assert service.faults == Faults(SCHEDULE)
    with pytest.raises(OperationError, match="503"):
        service.status()
    assert len(service.faults.unstruck) == 1
    assert copy(service).faults == service.faults


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (Fault("503", at_poll=1), "faults is Fault('503', at_poll=1); allowed: Faults([...]), or a list"),
        ("503", "faults is '503'; allowed: Faults([...]), or a list such as [Fault('503', at_poll=3)]."),
        ({"kind": "503"}, "faults is {'kind': '503'}; allowed: Faults([...])"),
        (["503"], "an entry of the schedule is '503'; allowed: a Fault"),
    ],
)
def test_faults_that_are_none(how: str, faults: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        HOW[how](faults)
    assert message in str(caught.value)


def test_faults_that_are_refused_leave_those_there_were() -> None:
    service = ImportService(FEW, faults=SCHEDULE)
    with pytest.raises(ParameterError):
        service.faults = Fault("503", at_poll=1)  # type: ignore[assignment]  # what is tried
    assert service.faults == Faults(SCHEDULE)


def test_a_preset_is_named_where_a_scenario_is_wanted() -> None:
    service = ImportService("calm", seed=1)
    assert service.scenario == PRESETS["calm"]
    service.reset(scenario="flaky")
    assert service.scenario == PRESETS["flaky"]
    service.reset()
    assert service.scenario == PRESETS["calm"]
    for wrong in (lambda: ImportService("clam"), lambda: service.reset(scenario="clam")):
        with pytest.raises(ParameterError, match=r"preset is 'clam'; .* Did you mean 'calm'\?"):
            wrong()


def test_a_copy_is_reset_by_itself() -> None:
    service = ImportService(FEW, seed=1, clock=ManualClock(2))
    service.advance(5)
    other = copy(service)
    other.reset()
    assert (service.clock.now(), other.clock.now()) == (7, 2)
    assert json.loads(other.answer("import.status").raw) == json.loads(service.answer("import.status").raw)
