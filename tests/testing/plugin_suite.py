"""A suite that uses all of the pytest plugin, to be generated far from the checkout."""

from __future__ import annotations

from tests.testing.installed import CHECKOUT

FAR_AWAY = f"""
import importlib.util
import sys
from pathlib import Path

import simimport


def test_the_checkout_is_out_of_reach():
    checkout, site = Path({str(CHECKOUT)!r}), [Path(entry) for entry in sys.path if entry]
    assert all(entry.resolve() != checkout for entry in site)
    assert importlib.util.find_spec("tests.model") is None
    assert Path(simimport.__file__).parent.parent in site
    assert not Path(simimport.__file__).is_relative_to(checkout)
"""

FIXTURES = """
import asyncio
import gc
import weakref
from hashlib import blake2b

import pytest

from simimport import PRESETS, Fault, Faults, PollClock, Scenario, WallClock, simulate, stage


def made_of(name):
    digest = blake2b(f"tests/test_fixtures.py::{name}".encode(), digest_size=4)
    return int(digest.hexdigest(), 16)


def test_without_a_marker(import_scenario, import_clock, import_run, import_service):
    assert import_scenario == Scenario() == import_service.scenario == import_run.scenario
    assert import_run.seed == import_service.seed == made_of("test_without_a_marker")
    assert import_run.final == "done"
    assert import_service.clock is import_clock
    assert (import_clock.now(), import_service.state, import_service.dialect) == (0, "none", "docs")
    assert len(import_service.faults) == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_service_and_a_seed_of_its_own(import_service, turn, seen=[]):
    assert import_service.log.calls == 0
    import_service.new()
    import_service.advance(5)
    assert import_service.seed not in seen
    seen.append(import_service.seed)


@pytest.mark.xdist_group("pairs")
def test_the_group_of_a_test_is_no_part_of_its_seed(import_run):
    assert import_run.seed == made_of("test_the_group_of_a_test_is_no_part_of_its_seed")


@pytest.mark.xdist_group("memory")
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_made_goes_with_it(import_run, import_service, turn, seen=[]):
    gc.collect()
    assert [made() for made in seen] == [None] * len(seen)
    seen += [weakref.ref(import_run), weakref.ref(import_service)]


@pytest.mark.simimport(
    preset="all_fail", users=120, seed=7, dialect="server-8.3", faults=[{"kind": "503", "at_poll": 2}]
)
def test_all_that_a_marker_says(import_scenario, import_run, import_service):
    assert import_scenario == PRESETS["all_fail"].replace(users=120)
    assert repr(import_run) == repr(simulate(import_scenario, seed=7))
    assert (import_service.seed, import_service.dialect) == (7, "server-8.3")
    assert import_service.faults == Faults([Fault("503", at_poll=2)])
    import_service.new()
    import_service.add_users()
    import_service.run()
    import_service.run_until("done")
    assert import_service.status()["operation"]["count"]["error"] == 120


@pytest.mark.simimport(faults=Faults.random(0.5, seed=1))
def test_a_schedule_as_such(import_service):
    assert import_service.faults == Faults.random(0.5, seed=1)


@pytest.mark.simimport(seed=None, preset="empty")
def test_no_seed_is_no_seed(import_run):
    assert import_run.seed == made_of("test_no_seed_is_no_seed")


def test_a_fixture_asked_for_late(request):
    assert request.getfixturevalue("import_run").final == "done"


@pytest.mark.simimport(users=2000, autostart=True, clock=PollClock(step_s=2))
@pytest.mark.parametrize("turn", [1, 2])
def test_that_an_import_runs_by_a_clock_of_its_own(import_service, import_clock, turn):
    began = import_clock.now()
    assert import_service.status()["state"] == "importing"
    assert (type(import_clock), import_clock.now() - began) == (PollClock, 2)


@pytest.mark.simimport(clock="wall")
def test_a_clock_by_its_name(import_service):
    assert isinstance(import_service.clock, WallClock)


@pytest.mark.simimport(autostart=stage(Scenario(users=3), seed=1))
def test_that_own_people_are_being_imported(import_service):
    import_service.run_until("done")
    assert len(import_service.imported) == 3


def test_a_client(import_client, import_service):
    assert import_client.get("/api/v1/import.status").json() == {"success": True, "state": "none"}
    assert import_service.log.polls == 1


def test_an_async_client(import_async_client, import_service):
    async def poll():
        return (await import_async_client.get("/api/v1/import.status")).json()

    assert asyncio.run(poll())["state"] == "none"
    assert import_service.log.polls == 1
"""

ADDED = """
import pytest

from simimport import Scenario


@pytest.fixture(autouse=True)
def added(request):
    request.node.add_marker(pytest.mark.simimport(users=77, seed=5))


def test_as_the_only_one(import_scenario, import_run):
    assert (import_scenario, import_run.seed) == (Scenario(users=77), 5)


@pytest.mark.simimport(users=3, failure_rate=0.5)
def test_beside_another_one(import_scenario, import_run):
    assert (import_scenario, import_run.seed) == (Scenario(users=77, failure_rate=0.5), 5)


@pytest.mark.simimport(failure_rate=0.5)
class TestBeside:
    @pytest.mark.simimport(cancel_rate=1.0)
    def test_those_of_all_places(self, import_scenario):
        assert import_scenario == Scenario(users=77, failure_rate=0.5, cancel_rate=1.0)

    def test_one_that_comes_later_still(self, request, import_scenario):
        request.applymarker(pytest.mark.simimport(dialect="server-8.3", users=9))
        service = request.getfixturevalue("import_service")
        # what was made before stays
        assert (service.dialect, service.scenario) == ("server-8.3", import_scenario)


@pytest.mark.simimport(failure_rate=0.5)
def test_of_a_hook(import_scenario):
    assert import_scenario == Scenario(users=77, failure_rate=0.5, locale="de_DE")
"""

ADDING = """
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if item.name == "test_of_a_hook":
            item.add_marker(pytest.mark.simimport(users=4, locale="de_DE"))
"""

CLOSER = """
import pytest

from simimport import PRESETS, Scenario

pytestmark = pytest.mark.simimport(users=70, failure_rate=0.5, dialect="server-6.3")


def test_of_the_module(import_scenario, import_service):
    assert import_scenario == Scenario(users=70, failure_rate=0.5)
    assert import_service.dialect == "server-6.3"


@pytest.mark.simimport(failure_rate=1.0, seed=3)
class TestBase:
    def test_of_the_class(self, import_scenario, import_run):
        assert import_scenario == Scenario(users=70, failure_rate=1.0)
        assert import_run.seed == 3

    @pytest.mark.simimport(users=5, dialect="docs")
    def test_of_the_function(self, import_scenario, import_service):
        assert import_scenario == Scenario(users=5, failure_rate=1.0)
        assert (import_service.dialect, import_service.seed) == ("docs", 3)

    @pytest.mark.simimport(preset="calm", locale="de_DE")
    def test_a_preset_outranks_fields_that_are_farther(self, import_scenario):
        assert import_scenario == PRESETS["calm"].replace(locale="de_DE")


@pytest.mark.simimport(failure_rate=0.25)
class TestDerived(TestBase):
    def test_of_the_class(self, import_scenario, import_run):
        assert import_scenario == Scenario(users=70, failure_rate=0.25)
        assert import_run.seed == 3

    def test_of_the_function(self, import_scenario):
        assert import_scenario == Scenario(users=70, failure_rate=0.25)


@pytest.mark.simimport(users=1)
@pytest.mark.parametrize("users", [pytest.param(2, marks=pytest.mark.simimport(users=2)), 1])
def test_of_a_parameter(import_scenario, users):
    assert import_scenario.users == users
"""

OVERRIDDEN = """
import pytest

from simimport import PollClock, Scenario


@pytest.fixture
def import_scenario(import_scenario):
    return import_scenario.replace(users=60)


@pytest.fixture
def import_clock():
    return PollClock(step_s=2)


@pytest.mark.simimport(users=9, failure_rate=1.0)
def test_everything_is_of_the_overridden(import_scenario, import_run, import_service):
    assert import_scenario == Scenario(users=60, failure_rate=1.0) == import_run.scenario
    assert import_service.scenario == import_scenario
    import_service.new()
    assert import_service.clock.now() == 2


class TestFromScratch:
    @pytest.fixture
    def import_scenario(self):
        return Scenario(users=3)

    def test_it_is_the_one_of_the_class(self, import_run):
        assert len(import_run.users) == 3
"""

SERVED = """
import asyncio
import json
import urllib.request

import httpx
import pytest

pytestmark = pytest.mark.simimport(users=120, failure_rate=1.0)


def status(server):
    asked = urllib.request.Request(server.url + "/api/v1/import.status", headers=server.headers)
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def start(service):
    service.new()
    service.add_users()
    service.run()


async def until_done(server, service):
    states = []
    async with httpx.AsyncClient(base_url=server.url, headers=server.headers) as client:
        while "done" not in states:
            states.append((await client.get("/api/v1/import.status")).json()["state"])
            service.advance(1)
    return states


def test_it_serves_the_very_service(capfd, import_server, import_service, import_clock):
    assert status(import_server)["state"] == "none"
    start(import_service)
    import_clock.advance(600)
    assert status(import_server)["operation"]["count"]["error"] == 120
    assert import_service.log.polls == 2
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_async(import_server, import_service):
    start(import_service)
    states = await until_done(import_server, import_service)
    assert states == ["importing"] * (len(states) - 1) + ["done"]


def test_asked_for_inside_a_running_loop(request):
    async def story():
        server = request.getfixturevalue("import_server")
        service = request.getfixturevalue("import_service")
        start(service)
        return await until_done(server, service)

    assert asyncio.run(story())[-1] == "done"
"""
