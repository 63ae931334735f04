"""The pytest plugin: a marker, five fixtures, and the seed in the report of a test that failed.

Simulates and serves nothing itself, and what markers say is read in `marker`. A session that does not use it
loads nothing of simimport but this file: what it needs is imported where it is needed.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simimport.model.run.run import Run
    from simimport.model.scenario import Scenario
    from simimport.service.clock import Clock, ManualClock
    from simimport.service.http.server import Serving
    from simimport.service.service import ImportService
    from simimport.testing.marker import Asked

__all__ = ["import_clock", "import_run", "import_scenario", "import_server", "import_service"]

_MARKER = "simimport"
_OPTION = "--simimport-seed"
#: Of a schedule of more faults only their number is shown: the marker has it.
_SHOWN_FAULTS = 12


# the fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture
def import_scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return the Scenario of the test: what its markers say, the default one without.

    Override it in a module, a class or a conftest.py to have your own.
    """
    return _use_of(request.node).asked.scenario


@pytest.fixture
def import_clock() -> ManualClock:
    """Return the clock of `import_service`, at 0: a ManualClock, which moves when the test moves it."""
    from simimport.service.clock import ManualClock

    return ManualClock()


@pytest.fixture
def import_run(request: pytest.FixtureRequest, import_scenario: Scenario) -> Run:
    """Return the finished Run of `import_scenario` and the test's seed."""
    from simimport.model.run.simulate import simulate

    use = _use_of(request.node)
    run = simulate(import_scenario, seed=use.seed)
    use.made["run"] = lambda: run.code
    return run


@pytest.fixture
def import_service(
    request: pytest.FixtureRequest, import_scenario: Scenario, import_clock: Clock
) -> ImportService:
    """Return a fresh ImportService of `import_scenario` and `import_clock`, with the test's seed."""
    from simimport.service.service import ImportService

    use = _use_of(request.node)
    asked = use.asked
    service = ImportService(
        import_scenario, seed=use.seed, clock=import_clock, dialect=asked.dialect, faults=asked.faults
    )
    use.made["service"] = lambda: _service_code(service)
    use.made["which is"] = lambda: repr(service)
    return service


@pytest.fixture
def import_server(import_service: ImportService) -> Iterator[Serving]:
    """Return `import_service` as served over HTTP on a free port: ``.url`` and ``.headers``.

    It is served from a thread with a loop of its own, so a test may be async, or not.
    """
    from simimport.errors import MissingExtraError

    with _failing_plainly("the fixture import_server", MissingExtraError):
        from simimport.service.http.server import serve

        # its token is in `headers`, so nobody need read it on standard error
        serving = serve(import_service, warn=False)
    with serving:
        yield serving


# what pytest asks -----------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--simimport-seed``."""
    parser.getgroup("simimport").addoption(
        _OPTION,
        metavar="N",
        type=_seed_option,
        help="the seed of every test whose marker gives none (default: each has its own, made of its name)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    words = "preset=…, dialect=…, seed=…, faults=…, users=…, failure_rate=…, any other field of a Scenario"
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({words}): what import_scenario, import_run, import_service and import_server simulate; "
        "markers of a module, a class and a function add up, the closer one wins",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that says what cannot be, whether or not its test uses a fixture."""
    if item.get_closest_marker(_MARKER) is not None:
        _use_of(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the seed, and the line that repeats it, to the report of a failed test."""
    report = yield
    use = item.stash.get(_USE, None)
    if use is not None:
        if report.failed and use.made:
            report.sections.append((_MARKER, _report_section(item, use)))
        if call.when == "teardown":
            # the item outlives its test: do not keep its runs with it
            del item.stash[_USE]
    return report


# markers and seeds ----------------------------------------------------------------------------------------


@dataclass
class _Use:
    """What one test asks the plugin for, and what it has taken of it."""

    asked: Asked
    seed: int
    #: where the seed comes from, in words, and the option that repeats it
    origin: str
    option: str
    #: what its fixtures made: a label, and how to show it when it is wanted
    made: dict[str, Callable[[], str]] = field(default_factory=dict)


_USE: pytest.StashKey[_Use] = pytest.StashKey()


def _use_of(item: pytest.Item) -> _Use:
    """Return what a test asks for; read once per test.

    Raises
    ------
    pytest.fail.Exception
        If a marker says what cannot be.
    """
    use = item.stash.get(_USE, None)
    if use is None:
        from simimport.errors import SimimportError
        from simimport.testing.marker import asked_by

        with _failing_plainly(f"@pytest.mark.{_MARKER}", SimimportError):
            asked = asked_by((mark.args, mark.kwargs) for mark in _own_marks(item))
        use = item.stash[_USE] = _Use(asked, *_seed_of(item, asked.seed))
    return use


@contextmanager
def _failing_plainly(what: str, kind: type[Exception]) -> Iterator[None]:
    """Make an error a failure of the test that is a sentence, without a traceback."""
    try:
        yield
    except kind as error:
        problem = pytest.fail.Exception(f"{what}: {error}", pytrace=False)
        raise problem from None


def _seed_of(item: pytest.Item, marked: int | None) -> tuple[int, str, str]:
    """Return a test's seed, where it comes from, and the option that repeats it.

    The closest wins: the marker's, the option's, else one that is made of the test's name, so that it is the
    same every time and another one for each test.
    """
    if marked is not None:
        return marked, "its marker's", ""
    optional: int | None = item.config.getoption(_OPTION)
    if optional is not None:
        return optional, f"of {_OPTION}", f" {_OPTION} {optional}"
    seed = int.from_bytes(blake2b(_test_id(item).encode(), digest_size=4).digest())
    return seed, "made of the test's name", f" {_OPTION} {seed}"


def _own_marks(item: pytest.Item) -> list[pytest.Mark]:
    """Return the test's markers of ours, from the farthest to the closest.

    At one place pytest lists them as they were applied: those of a base class before those of the class,
    those of ``pytest.param`` after those of the function. So the last is the closest; `iter_markers` would
    take the first for it.
    """
    return [mark for node in item.listchain() for mark in node.own_markers if mark.name == _MARKER]


def _test_id(item: pytest.Item) -> str:
    # not item.nodeid, to which pytest-xdist adds the group of a test
    return f"{item.parent.nodeid}::{item.name}" if item.parent is not None else item.nodeid


def _seed_option(text: str) -> int:
    """Return the option's value, checked when the session starts."""
    from argparse import ArgumentTypeError

    from simimport.errors import ParameterError
    from simimport.model.seeds import resolve

    try:
        return resolve(int(text))
    except (ParameterError, ValueError):
        raise ArgumentTypeError(f"{text!r} is no whole number from 0 to 2**64 - 1") from None


# the section in the report --------------------------------------------------------------------------------


def _report_section(item: pytest.Item, use: _Use) -> str:
    lines = {
        "seed": f"{use.seed} ({use.origin})",
        "again": f"pytest {shlex.quote(_test_id_from_here(item))}{use.option}",
        **{label: show() for label, show in use.made.items()},
    }
    width = max(map(len, lines))
    return "\n".join(f"{label:{width}}  {line}" for label, line in lines.items())


def _test_id_from_here(item: pytest.Item) -> str:
    """Return the test's name as pytest takes it where it was started."""
    started = item.config.invocation_params.dir
    if started == item.config.rootpath:
        return _test_id(item)
    path, colons, rest = _test_id(item).partition("::")
    return os.path.relpath(item.config.rootpath / path, started) + colons + rest


def _service_code(service: ImportService) -> str:
    """Return the line of code that makes the service again."""
    from simimport.service.clock import ManualClock
    from simimport.show.words import number

    parts = [repr(service.scenario), f"seed={service.seed}"]
    if type(service.clock) is not ManualClock:
        parts.append("clock=import_clock")
    if service.dialect != "docs":
        parts.append(f"dialect={service.dialect!r}")
    if 0 < len(service.faults) <= _SHOWN_FAULTS:
        parts.append(f"faults={service.faults!r}")
    elif service.faults:
        parts.append(f"faults=<the {number(len(service.faults))} of its marker>")
    return f"ImportService({', '.join(parts)})"
