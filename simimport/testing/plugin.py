"""The pytest plugin: a marker, five fixtures, and the seed in the report of a test that failed.

Simulates and serves nothing itself; a session that does not use it loads nothing of simimport but this file.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simimport.model.run.run import Run
    from simimport.model.scenario import Scenario
    from simimport.service.clock import Clock, ManualClock
    from simimport.service.faults import Faults
    from simimport.service.http.server import Serving
    from simimport.service.service import ImportService

__all__ = ["import_clock", "import_run", "import_scenario", "import_server", "import_service"]

_MARKER = "simimport"
_OPTION = "--simimport-seed"
#: What the marker takes beside the fields of a Scenario.
_OWN = ("preset", "dialect", "seed", "faults")
#: A schedule of more faults is told by their number: the marker has it.
_SHOWN_FAULTS = 12


# the fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture
def import_scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return the Scenario of the test: what its markers say, the default one without.

    Override it in a module, a class or a conftest.py to have your own.
    """
    return _told(request.node).scenario


@pytest.fixture
def import_clock() -> ManualClock:
    """Return the clock of `import_service`, at 0: a ManualClock, which moves when the test moves it."""
    from simimport.service.clock import ManualClock

    return ManualClock()


@pytest.fixture
def import_run(request: pytest.FixtureRequest, import_scenario: Scenario) -> Run:
    """Return the finished Run of `import_scenario` and the test's seed."""
    from simimport.model.run.simulate import simulate

    told = _told(request.node)
    run = simulate(import_scenario, seed=told.seed)
    told.used["run"] = lambda: run.code
    return run


@pytest.fixture
def import_service(
    request: pytest.FixtureRequest, import_scenario: Scenario, import_clock: Clock
) -> ImportService:
    """Return a fresh ImportService of `import_scenario` and `import_clock`, with the test's seed."""
    from simimport.service.service import ImportService

    told = _told(request.node)
    service = ImportService(
        import_scenario, seed=told.seed, clock=import_clock, dialect=told.dialect, faults=told.faults
    )
    told.used["service"] = lambda: _code(service)
    told.used["which is"] = lambda: repr(service)
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
        type=_seed,
        help="the seed of every test whose marker gives none (default: each has its own, made of its name)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    said = "preset=…, dialect=…, seed=…, faults=…, users=…, failure_rate=…, any other field of a Scenario"
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({said}): what import_scenario, import_run, import_service and import_server simulate; "
        "markers of a module, a class and a function add up, the closer one wins",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that says what cannot be, whether or not its test uses a fixture."""
    if item.get_closest_marker(_MARKER) is not None:
        _told(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the seed, and the line that repeats it, to the report of a failed test."""
    report = yield
    told = item.stash.get(_TOLD, None)
    if told is not None:
        if report.failed and told.used:
            report.sections.append((_MARKER, _section(item, told)))
        if call.when == "teardown":
            # the item outlives its test: do not keep its runs with it
            del item.stash[_TOLD]
    return report


# markers and seeds ----------------------------------------------------------------------------------------


@dataclass
class _Told:
    """What the markers and the option say to one test, and what the test has taken of it."""

    scenario: Scenario
    dialect: str
    faults: Faults
    seed: int
    #: where the seed comes from, in words, and the option that repeats it
    origin: str
    option: str
    #: what its fixtures made: a label, and how to show it when it is wanted
    used: dict[str, Callable[[], str]] = field(default_factory=dict)


_TOLD: pytest.StashKey[_Told] = pytest.StashKey()


def _told(item: pytest.Item) -> _Told:
    """Return what a test was told; read once per test.

    Raises
    ------
    pytest.fail.Exception
        If a marker says what cannot be.
    """
    told = item.stash.get(_TOLD, None)
    if told is None:
        from simimport.errors import SimimportError

        with _failing_plainly(f"@pytest.mark.{_MARKER}", SimimportError):
            told = _read(item)
        item.stash[_TOLD] = told
    return told


@contextmanager
def _failing_plainly(what: str, kind: type[Exception]) -> Iterator[None]:
    """Make an error a failure of the test that is a sentence, without a traceback."""
    try:
        yield
    except kind as error:
        problem = pytest.fail.Exception(f"{what}: {error}", pytrace=False)
        raise problem from None


def _read(item: pytest.Item) -> _Told:
    from simimport.model.dialects import dialect_of
    from simimport.model.presets import PRESETS
    from simimport.model.scenario import Scenario
    from simimport.model.seeds import resolve
    from simimport.service.faults import Faults

    own: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for mark in _marks(item):
        _check(mark)
        if "preset" in mark.kwargs:
            # a preset says everything about an import, so also what markers farther away said of it
            fields.clear()
        own.update((name, value) for name, value in mark.kwargs.items() if name in _OWN)
        fields.update((name, value) for name, value in mark.kwargs.items() if name not in _OWN)
    given = item.config.getoption(_OPTION)
    if own.get("seed") is not None:
        seed, origin, option = resolve(own["seed"]), "its marker's", ""
    elif given is not None:
        seed, origin, option = given, f"of {_OPTION}", f" {_OPTION} {given}"
    else:
        seed = int.from_bytes(blake2b(_name(item).encode(), digest_size=4).digest())
        origin, option = "made of the test's name", f" {_OPTION} {seed}"
    faults = own.get("faults", Faults())
    return _Told(
        scenario=(PRESETS[own["preset"]] if "preset" in own else Scenario()).replace(**fields),
        dialect=dialect_of(own.get("dialect", "docs")).name,
        faults=faults if isinstance(faults, Faults) else Faults(faults),
        seed=seed,
        origin=origin,
        option=option,
    )


def _marks(item: pytest.Item) -> list[pytest.Mark]:
    """Return the test's markers of ours, from the farthest to the closest.

    At one place pytest lists them as they were applied: those of a base class before those of the class,
    those of ``pytest.param`` after those of the function. So the last is the closest; `iter_markers` would
    take the first for it.
    """
    return [mark for node in item.listchain() for mark in node.own_markers if mark.name == _MARKER]


def _check(mark: pytest.Mark) -> None:
    from simimport.errors import ParameterError, suggestion
    from simimport.model.scenario import FIELDS

    known = (*_OWN, *FIELDS)
    if mark.args:
        raise ParameterError("an argument without a name", mark.args[0], "by name: " + ", ".join(known))
    for name, value in mark.kwargs.items():
        if name not in known:
            allowed = ", ".join(known)
            raise ParameterError(f"the keyword {name!r}", value, allowed, hint=suggestion(name, known))


def _name(item: pytest.Item) -> str:
    # not item.nodeid, to which pytest-xdist adds the group of a test
    return f"{item.parent.nodeid}::{item.name}" if item.parent is not None else item.nodeid


def _seed(text: str) -> int:
    """Return the option's value, checked when the session starts."""
    from argparse import ArgumentTypeError

    from simimport.errors import ParameterError
    from simimport.model.seeds import resolve

    try:
        return resolve(int(text))
    except (ParameterError, ValueError):
        raise ArgumentTypeError(f"{text!r} is no whole number from 0 to 2**64 - 1") from None


# the section in the report --------------------------------------------------------------------------------


def _section(item: pytest.Item, told: _Told) -> str:
    lines = {
        "seed": f"{told.seed} ({told.origin})",
        "again": f"pytest {shlex.quote(_place(item))}{told.option}",
        **{label: show() for label, show in told.used.items()},
    }
    return _aligned(lines)


def _aligned(lines: Mapping[str, str]) -> str:
    width = max(map(len, lines))
    return "\n".join(f"{label:{width}}  {text}" for label, text in lines.items())


def _place(item: pytest.Item) -> str:
    """Return the test's name as pytest takes it where it was started."""
    started = item.config.invocation_params.dir
    if started == item.config.rootpath:
        return _name(item)
    path, colons, rest = _name(item).partition("::")
    return os.path.relpath(item.config.rootpath / path, started) + colons + rest


def _code(service: ImportService) -> str:
    """Return the line of code that makes the service again."""
    from simimport.service.clock import ManualClock

    parts = [repr(service.scenario), f"seed={service.seed}"]
    if type(service.clock) is not ManualClock:
        parts.append("clock=import_clock")
    if service.dialect != "docs":
        parts.append(f"dialect={service.dialect!r}")
    if 0 < len(service.faults) <= _SHOWN_FAULTS:
        parts.append(f"faults={service.faults!r}")
    elif service.faults:
        parts.append(f"faults=<the {len(service.faults):,} of its marker>")
    return f"ImportService({', '.join(parts)})"
