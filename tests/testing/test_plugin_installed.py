"""The pytest plugin as its users have it: installed, on a generated project, the checkout out of reach."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.testing.installed import CHECKOUT, environment, install, pytest_command

STRICT = ("-W", "error", "--strict-markers", "-p", "no:cacheprovider")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the package was installed."""
    return install(tmp_path_factory.mktemp("installed") / "site")


class Project:
    """A generated project, and pytest in it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.write("pytest.ini", "[pytest]\n")

    def write(self, name: str, text: str) -> None:
        path = self.pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.run(*pytest_command(*STRICT, *arguments))


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, site: Path) -> Project:
    wanted = environment(site)
    for name in set(os.environ) - set(wanted):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", wanted["PYTHONPATH"])
    return Project(pytester)


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
import gc
import weakref
from hashlib import blake2b

import pytest

from simimport import PRESETS, Fault, Faults, Scenario, simulate


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


@pytest.mark.parametrize("more", [(), ("-n", "2", "--dist", "loadgroup")])
def test_a_suite_that_uses_all_of_it_passes(project: Project, more: tuple[str, ...]) -> None:
    suite = {
        "far_away": FAR_AWAY, "fixtures": FIXTURES, "closer": CLOSER, "overridden": OVERRIDDEN,
        "served": SERVED,
    }  # fmt: skip
    for name, text in suite.items():
        project.write(f"tests/test_{name}.py", text)
    wanted = {"far_away": 1, "fixtures": 10, "closer": 9, "overridden": 2, "served": 3}
    project.run(*more).assert_outcomes(passed=sum(wanted.values()))


FAILING = """
import pytest

from simimport import Faults

class TestIt:
    @pytest.mark.parametrize("name", ["with a blank"])
    @pytest.mark.simimport(users=120, failure_rate=0.5)
    def test_run(self, import_run, name):
        assert import_run.final == "error", import_run.outcomes["outcome"].tolist()

@pytest.mark.simimport(seed=5, users=60, dialect="server-7.4", faults=[{"kind": "reset", "every": 9}])
def test_service(import_service):
    import_service.new()
    import_service.advance(2)
    assert import_service.state == "done"

@pytest.mark.simimport(users=1, faults=Faults.random(1.0, seed=1, polls=300))
def test_server(import_server):
    raise ValueError("no import of that name")

@pytest.fixture
def of_no_use(import_run):
    raise KeyError(import_run.final)

def test_setup(of_no_use): ...

@pytest.fixture
def late(import_run):
    yield
    raise KeyError(import_run.final)

def test_teardown(late): ...

def test_that_uses_nothing(import_scenario):
    raise AssertionError("nothing of it has a seed")
"""


def sections(result: pytest.RunResult) -> list[dict[str, str]]:
    """Return what each section of the report says, in the order of the report: label and text."""
    found: list[dict[str, str]] = []
    inside = False
    for line in result.outlines:
        if re.fullmatch(r"-+ simimport -+", line):
            found.append({})
            inside = True
        elif inside and (said := re.fullmatch(r"(seed|again|run|service|which is) +(.+)", line)):
            found[-1][said[1]] = said[2]
        else:
            inside = False
    return found


def test_the_report_of_a_failed_test_says_how_to_repeat_it(project: Project) -> None:
    project.write("test_it.py", FAILING)
    result = project.run()
    result.assert_outcomes(failed=4, errors=2, passed=1)
    setup, teardown, run, service, server = sections(result)

    seed = run["seed"].split()[0]
    assert run == {
        "seed": f"{seed} (made of the test's name)",
        "again": f"pytest 'test_it.py::TestIt::test_run[with a blank]' --simimport-seed {seed}",
        "run": f"simulate(users=120, failure_rate=0.5, seed={seed})",
    }
    assert service == {
        "seed": "5 (its marker's)",
        "again": "pytest test_it.py::test_service",
        "service": "ImportService(Scenario(users=60), seed=5, dialect='server-7.4', "
        "faults=Faults([Fault('reset', every=9)]))",
        "which is": "<ImportService new at 2.0 s: operation 1, 1 calls; dialect server-7.4, seed 5>",
    }
    assert "faults=<the 300 of its marker>" in server["service"]
    for section in (setup, teardown):
        assert section["run"] == f"simulate(seed={section['seed'].split()[0]})"
        assert section["again"].startswith("pytest test_it.py::test_")


@pytest.mark.parametrize("more", [(), ("-n", "1")])
def test_the_line_of_the_report_repeats_the_failure(project: Project, more: tuple[str, ...]) -> None:
    project.write("sub/test_it.py", FAILING)
    os.chdir(project.pytester.path / "sub")
    (told,) = sections(project.run("-k", "test_run", "--simimport-seed", "8", *more))
    assert told["seed"] == "8 (of --simimport-seed)"
    assert "simulate(users=120, failure_rate=0.5, seed=8)" in told["run"]
    _, *arguments = shlex.split(told["again"])
    assert sections(project.run(*arguments)) == [told]


MISUSED = {
    "user=3": "the keyword 'user' is 3; allowed: preset, dialect, seed, faults, users, *locale, epoch. "
    "Did you mean 'users'?",
    "'calm'": "an argument without a name is 'calm'; allowed: by name: preset, *",
    "users=-3": "users is -3; allowed: a whole number from 0 to 1000000000.",
    "preset='clam'": "preset is 'clam'; allowed: *Did you mean 'calm'?",
    "dialect='doc'": "dialect is 'doc'; allowed: docs, server-6.3, *",
    "seed=-1": "seed is -1; allowed: None, or a whole number from 0 to 2****64 - 1.",
    "faults='503'": "schedule is '503'; allowed: several Fault, *",
    "faults=None": "schedule is None; allowed: several Fault, *",
}


def test_a_marker_that_says_what_cannot_be_fails_its_test(project: Project) -> None:
    tests = [f"@pytest.mark.simimport({said})\ndef test_{n}(): ...\n" for n, said in enumerate(MISUSED)]
    project.write("test_it.py", "\n".join(["import pytest\n", *tests, "def test_of_no_marker(): ...\n"]))
    result = project.run()
    result.assert_outcomes(errors=len(MISUSED), passed=1)
    for message in MISUSED.values():
        result.stdout.fnmatch_lines([f"@pytest.mark.simimport: {message}"])
    result.stdout.no_fnmatch_line("*During handling*")


@pytest.mark.parametrize("given", ["-1", "1.5", "x", str(2**64)])
def test_an_option_that_is_no_seed_is_refused_at_once(project: Project, given: str) -> None:
    result = project.run(f"--simimport-seed={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"*--simimport-seed: '{given}' is no whole number from 0 to 2****64 - 1")


@pytest.mark.parametrize("missing", ["uvicorn", "httptools"])
def test_a_missing_extra_is_named_with_its_command(project: Project, missing: str) -> None:
    project.write("conftest.py", f"import sys\nsys.modules[{missing!r}] = None\n")
    project.write("test_it.py", "def test_it(import_server): ...\n\ndef test_other(import_service): ...\n")
    result = project.run()
    result.assert_outcomes(errors=1, passed=1)
    command = 'pip install "simimport[[]http]"'
    result.stdout.fnmatch_lines(
        f"the fixture import_server: serving over HTTP needs the extra 'http': {command}"
    )
    result.stdout.no_fnmatch_line("*During handling*")


def test_a_session_that_does_not_use_it_loads_nothing_but_the_plugin(project: Project) -> None:
    project.write(
        "test_it.py",
        "import sys\n\ndef test_it():\n"
        "    ours = sorted(name for name in sys.modules if name.partition('.')[0] == 'simimport')\n"
        "    assert ours == ['simimport', 'simimport.testing', 'simimport.testing.plugin']\n",
    )
    project.run().assert_outcomes(passed=1)


def test_the_marker_and_the_fixtures_are_listed(project: Project) -> None:
    result = project.run("--markers")
    result.stdout.fnmatch_lines("@pytest.mark.simimport(preset=…, dialect=…, seed=…, faults=…, users=…, *")
    result = project.run("--fixtures")
    for name in ("scenario", "clock", "run", "service", "server"):
        result.stdout.fnmatch_lines([f"import_{name} -- *plugin.py*", "    Return *"])
