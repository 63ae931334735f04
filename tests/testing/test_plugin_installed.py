"""The pytest plugin as its users have it: installed, on a generated project, the checkout out of reach."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.everyday import thinned
from tests.testing.installed import environment, install, pytest_command
from tests.testing.plugin_suite import ADDED, ADDING, CLOSER, FAR_AWAY, FIXTURES, OVERRIDDEN, SERVED

STRICT = ("-W", "error", "--strict-markers", "-p", "no:cacheprovider")
# plugins of our own environment that a user's need not have; loading them takes longer than all else
OTHERS = ("faker", "pytest_httpserver", "hypothesispytest", "schemathesis")
WITHOUT_OTHERS = tuple(word for name in OTHERS for word in ("-p", f"no:{name}"))


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

    def run(self, *arguments: str, beside: tuple[str, ...] = WITHOUT_OTHERS) -> pytest.RunResult:
        return self.pytester.run(*pytest_command(*STRICT, *beside, *arguments))


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, site: Path) -> Project:
    wanted = environment(site)
    for name in set(os.environ) - set(wanted):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", wanted["PYTHONPATH"])
    return Project(pytester)


@pytest.mark.parametrize(
    ("more", "beside"),
    [
        pytest.param((), (), id="beside other plugins"),
        pytest.param(
            ("-n", "2", "--dist", "loadgroup"), WITHOUT_OTHERS, id="on two workers", marks=pytest.mark.long
        ),
    ],
)
def test_a_suite_that_uses_all_of_it_passes(
    project: Project, more: tuple[str, ...], beside: tuple[str, ...]
) -> None:
    suite = {
        "far_away": FAR_AWAY, "fixtures": FIXTURES, "closer": CLOSER, "overridden": OVERRIDDEN,
        "served": SERVED, "added": ADDED,
    }  # fmt: skip
    project.write("conftest.py", ADDING)
    for name, text in suite.items():
        project.write(f"tests/test_{name}.py", text)
    wanted = {"far_away": 1, "fixtures": 16, "closer": 9, "overridden": 2, "served": 3, "added": 5}
    project.run(*more, beside=beside).assert_outcomes(passed=sum(wanted.values()))


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
        elif inside and (fact := re.fullmatch(r"(seed|again|run|service|which is) +(.+)", line)):
            found[-1][fact[1]] = fact[2]
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
        "which is": "<ImportService new at 2 s: operation 1, 1 call; dialect server-7.4, seed 5>",
    }
    assert "faults=<the 300 of its marker>" in server["service"]
    for section in (setup, teardown):
        assert section["run"] == f"simulate(seed={section['seed'].split()[0]})"
        assert section["again"].startswith("pytest test_it.py::test_")


@pytest.mark.parametrize("more", [(), pytest.param(("-n", "1"), marks=pytest.mark.long)])
def test_the_line_of_the_report_repeats_the_failure(project: Project, more: tuple[str, ...]) -> None:
    project.write("sub/test_it.py", FAILING)
    os.chdir(project.pytester.path / "sub")
    (section,) = sections(project.run("-k", "test_run", "--simimport-seed", "8", *more))
    assert section["seed"] == "8 (of --simimport-seed)"
    assert "simulate(users=120, failure_rate=0.5, seed=8)" in section["run"]
    _, *arguments = shlex.split(section["again"])
    assert sections(project.run(*arguments)) == [section]


DOCTESTS = '''
"""
>>> getfixture("import_service").state.terminal
True
"""
'''


@pytest.mark.parametrize(
    ("name", "option", "again"),
    [
        ("here.py", "--doctest-modules", "pytest --doctest-modules here.py::here"),
        ("here.md", "--doctest-glob=*.md", "pytest '--doctest-glob=*.md' here.md::here.md"),
        pytest.param("here.rst", "here.rst", "pytest here.rst::here.rst", marks=pytest.mark.long),
    ],
)
def test_the_line_repeats_a_doctest(project: Project, name: str, option: str, again: str) -> None:
    project.write(name, DOCTESTS)
    (section,) = sections(project.run(option))
    assert section["again"] == f"{again} --simimport-seed {section['seed'].split()[0]}"
    _, *arguments = shlex.split(section["again"])
    (repeated,) = sections(project.run(*arguments))
    assert repeated["service"] == section["service"]


VAIN = """
import pytest

from simimport import Faults

FAULTS = [{"kind": "503", "at_poll": 1}, {"kind": "reset", "at_poll": 9}]

@pytest.mark.simimport(faults=FAULTS, autostart=True)
def test_one_in_vain(import_client):
    assert import_client.get("/api/v1/import.status").status_code == 503

@pytest.mark.simimport(faults=FAULTS[:1])
def test_none_in_vain(import_client):
    assert import_client.get("/api/v1/import.status").status_code == 503

@pytest.mark.simimport(faults=Faults.random(1.0, seed=1, kinds="500", polls=300))
def test_a_long_schedule(import_client):
    assert import_client.get("/api/v1/import.status").status_code == 500

@pytest.mark.simimport(faults=Faults.random(1.0, seed=1, kinds="500", polls=300))
def test_a_long_schedule_in_vain(import_service): ...

@pytest.mark.simimport(faults=FAULTS)
def test_that_fails(import_service):
    raise ValueError

@pytest.mark.simimport(faults=FAULTS[:1])
def test_that_resets(import_client, import_service):
    assert import_client.get("/api/v1/import.status").status_code == 503
    import_service.reset()

@pytest.mark.simimport(faults=FAULTS)
def test_that_has_no_service(import_run): ...
"""


@pytest.mark.parametrize("more", [(), pytest.param(("-n", "1"), marks=pytest.mark.long)])
def test_faults_that_never_struck_are_told(project: Project, more: tuple[str, ...]) -> None:
    project.write("test_it.py", VAIN)
    result = project.run(*more)
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines([
        "*- simimport: faults -*",
        "faults that never struck: Fault('503', at_poll=1), Fault('reset', at_poll=9)",
        "*= simimport: passed without their faults =*",
        "test_it.py::test_one_in_vain: faults that never struck: Fault('reset', at_poll=9)",
        "test_it.py::test_a_long_schedule_in_vain: faults that never struck: all 300",
        "test_it.py::test_that_resets: faults that never struck, since its last reset: Fault('503', *)",
    ])  # fmt: skip
    assert str(result.stdout).count("never struck") == 4


MISUSED = {
    "user=3": "the keyword 'user' is 3; allowed: preset, dialect, seed, faults, autostart, clock, users, "
    "*locale, epoch. "
    "Did you mean 'users'?",
    "'calm'": "an argument without a name is 'calm'; allowed: by name: preset, *",
    "users=-3": "users is -3; allowed: a whole number from 0 to 1000000000.",
    "preset='clam'": "preset is 'clam'; allowed: *Did you mean 'calm'?",
    "dialect='doc'": "dialect is 'doc'; allowed: docs, server-6.3, *",
    "seed=-1": "seed is -1; allowed: None, or a whole number from 0 to 2****64 - 1.",
    "faults='503'": "faults is '503'; allowed: Faults*",
    "faults=None": "faults is None; allowed: Faults*",
    "autostart=3": "autostart is 3; allowed: True, False, or a users frame*",
    "clock='pol'": "clock is 'pol'; allowed: a clock, *, or one of manual, wall, poll. Did you mean 'poll'?",
}


def test_a_marker_that_says_what_cannot_be_fails_its_test(project: Project) -> None:
    tests = [f"@pytest.mark.simimport({given})\ndef test_{n}(): ...\n" for n, given in enumerate(MISUSED)]
    project.write("test_it.py", "\n".join(["import pytest\n", *tests, "def test_of_no_marker(): ...\n"]))
    result = project.run()
    result.assert_outcomes(errors=len(MISUSED), passed=1)
    for message in MISUSED.values():
        result.stdout.fnmatch_lines([f"@pytest.mark.simimport: {message}"])
    result.stdout.no_fnmatch_line("*During handling*")


@pytest.mark.parametrize("given", thinned(["-1", "1.5", "x", str(2**64)], {"-1"}))
def test_an_option_that_is_no_seed_is_refused_at_once(project: Project, given: str) -> None:
    result = project.run(f"--simimport-seed={given}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"*--simimport-seed: '{given}' is no whole number from 0 to 2****64 - 1")


def test_what_no_calls_can_reach_is_told(project: Project) -> None:
    text = "@pytest.mark.simimport(preset='empty', autostart=True)\ndef test_it(import_service): ...\n"
    project.write("test_it.py", f"import pytest\n\n{text}")
    result = project.run()
    result.assert_outcomes(errors=1)
    wanted = "the fixture import_service: users is 0; *no calls can run an import of nobody*"
    result.stdout.fnmatch_lines(wanted)


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
    result.stdout.fnmatch_lines("@pytest.mark.simimport(preset=…, dialect=…, seed=…, *clock=…, users=…, *")
    result = project.run("--fixtures")
    for name in ("scenario", "clock", "run", "service", "server", "client", "async_client"):
        result.stdout.fnmatch_lines([f"import_{name} -- *plugin.py*", "    Return *"])
