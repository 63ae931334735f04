"""The pytest plugin: a marker, seven fixtures, and the seed in the report of a test that failed.

Simulates and serves nothing itself; what markers say is read in `marker`, and what reports say is written in
`use`. A session that does not use it loads nothing of simimport but this file: what it needs is imported
where it is needed. Kept whole: pytest finds fixtures and hooks in the file that is named to it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from simimport.model.run.run import Run
    from simimport.model.scenario import Scenario
    from simimport.service.clock import Clock
    from simimport.service.http.server import Serving
    from simimport.service.service import ImportService
    from simimport.testing.use import Use

__all__ = [
    "import_async_client", "import_client", "import_clock", "import_run", "import_scenario", "import_server",
    "import_service",
]  # fmt: skip

_MARKER = "simimport"
_OPTION = "--simimport-seed"
_UNSTRUCK = f"{_MARKER}: faults"


# the fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture
def import_scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return the Scenario of the test: what its markers say, the default one without.

    Override it in a module, a class or a conftest.py to have your own.

    Examples
    --------
    >>> @pytest.mark.simimport(preset="calm", users=500)
    ... def test_the_scenario(import_scenario):
    ...     assert (import_scenario.users, import_scenario.failure_rate) == (500, 0.002)
    """
    return _use_of(request.node).asked.scenario


@pytest.fixture
def import_clock(request: pytest.FixtureRequest) -> Clock:
    """Return the clock of `import_service`, at 0: its marker's, or one that moves when the test moves it.

    Examples
    --------
    >>> def test_a_minute(import_clock, import_service):
    ...     import_clock.advance(60)
    ...     assert import_service.clock.now() == 60
    """
    from simimport.service.clock import ManualClock

    clock = _use_of(request.node).asked.clock
    return ManualClock() if clock is None else clock.anew()


@pytest.fixture
def import_run(request: pytest.FixtureRequest, import_scenario: Scenario) -> Run:
    """Return the finished Run of `import_scenario` and the test's seed.

    Examples
    --------
    >>> @pytest.mark.simimport(preset="crash_midway")
    ... def test_a_crash(import_run):
    ...     assert import_run.final == "error"
    """
    from simimport.model.run.simulate import simulate

    use = _use_of(request.node)
    run = simulate(import_scenario, seed=use.seed)
    use.made["run"] = lambda: run.code
    return run


@pytest.fixture
def import_service(
    request: pytest.FixtureRequest, import_scenario: Scenario, import_clock: Clock
) -> ImportService:
    """Return a fresh ImportService of `import_scenario` and `import_clock`, with the test's seed.

    Examples
    --------
    >>> @pytest.mark.simimport(users=500, autostart=True)
    ... def test_it_ends(import_service):
    ...     import_service.run_until("done")
    ...     assert import_service.status()["state"] == "done"
    """
    from simimport.errors import SimimportError
    from simimport.service.service import ImportService

    use = _use_of(request.node)
    asked = use.asked
    with _failing_plainly("the fixture import_service", SimimportError):
        service = ImportService(
            import_scenario, seed=use.seed, clock=import_clock, dialect=asked.dialect, faults=asked.faults,
            autostart=asked.autostart,
        )  # fmt: skip
    use.make(service)
    return service


@pytest.fixture
def import_client(import_service: ImportService) -> Iterator[httpx.Client]:
    """Return an `httpx.Client` of `import_service`, no socket: ``get("/api/v1/import.status")``.

    Time there is the service's clock: a loop that sleeps really sleeps, and nothing goes on meanwhile. Give
    it ``every_s=0``, and its test a `PollClock` (``clock="poll"`` in the marker); or have it judged by
    `check_client`. For logging in, or as another account, there is ``import_service.client(accounts=…)``.

    Examples
    --------
    >>> def test_nothing_is_there(import_client):
    ...     assert import_client.get("/api/v1/import.status").json()["state"] == "none"
    """
    from simimport.errors import MissingExtraError

    with _failing_plainly("the fixture import_client", MissingExtraError):
        client = import_service.client()
    with client:
        yield client


@pytest.fixture
def import_async_client(import_service: ImportService) -> httpx.AsyncClient:
    """Return the same as an `httpx.AsyncClient`, in whatever loop the test runs.

    Examples
    --------
    >>> import asyncio
    >>> def test_nothing_is_there_yet(import_async_client):
    ...     answer = asyncio.run(import_async_client.get("/api/v1/import.status"))
    ...     assert answer.json()["state"] == "none"
    """
    from simimport.errors import MissingExtraError

    with _failing_plainly("the fixture import_async_client", MissingExtraError):
        # it holds nothing that would have to be closed
        return import_service.async_client()


@pytest.fixture
def import_server(import_service: ImportService) -> Iterator[Serving]:
    """Return `import_service` as served over HTTP on a free port: ``.url`` and ``.headers``.

    It is served from a thread with a loop of its own, so a test may be async, or not.

    Examples
    --------
    >>> import httpx
    >>> def test_over_http(import_server):
    ...     url = f"{import_server.url}/api/v1/import.status"
    ...     assert httpx.get(url, headers=import_server.headers).status_code == 200
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
    words = (
        "preset=…, dialect=…, seed=…, faults=…, autostart=…, clock=…, users=…, failure_rate=…, any other "
        "field of a Scenario"
    )
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
    """Add the seed, and the line that repeats it, to the report of a failed test; and faults in vain."""
    report = yield
    use = item.stash.get(_USE, None)
    if use is not None:
        if report.failed and use.made:
            report.sections.append((_MARKER, use.section(item)))
        if call.when == "call" and (unstruck := use.unstruck):
            report.sections.append((_UNSTRUCK, unstruck))
        if call.when == "teardown":
            # the item outlives its test: do not keep its runs with it
            del item.stash[_USE]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that passed without the faults that they asked for."""
    vain = [
        (report.nodeid, text)
        for report in terminalreporter.getreports("passed")
        for name, text in report.sections
        if name == _UNSTRUCK
    ]
    if vain:
        terminalreporter.write_sep("=", f"{_MARKER}: passed without their faults")
        for test, text in vain:
            terminalreporter.write_line(f"{test}: {text}")


# markers and seeds ----------------------------------------------------------------------------------------


_USE: pytest.StashKey[Use] = pytest.StashKey()


def _use_of(item: pytest.Item) -> Use:
    """Return what a test asks for; read again where a marker was added meanwhile.

    Raises
    ------
    pytest.fail.Exception
        If a marker says what cannot be.
    """
    use = item.stash.get(_USE, None)
    marks = _own_marks(item)
    # one by one: what they are given may be a frame, which is equal to nothing as a whole
    if use is None or list(map(id, use.marks)) != list(map(id, marks)):
        from simimport.errors import SimimportError
        from simimport.testing.marker import asked_by
        from simimport.testing.use import Use

        with _failing_plainly(f"@pytest.mark.{_MARKER}", SimimportError):
            asked = asked_by((mark.args, mark.kwargs) for mark in marks)
        before, use = use, Use(marks, asked, *_seed_of(item, asked.seed))
        if before is not None:
            use.take_over(before)
        item.stash[_USE] = use
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
    from simimport.testing.use import test_id

    seed = int.from_bytes(blake2b(test_id(item).encode(), digest_size=4).digest())
    return seed, "made of the test's name", f" {_OPTION} {seed}"


def _own_marks(item: pytest.Item) -> list[pytest.Mark]:
    """Return the test's markers of ours, from the farthest to the closest.

    At one place pytest lists them as they were applied: those of a base class before those of the class,
    those of ``pytest.param`` after those of the function. So the last is the closest; `iter_markers` would
    take the first for it.
    """
    return [mark for node in item.listchain() for mark in node.own_markers if mark.name == _MARKER]


def _seed_option(text: str) -> int:
    """Return the option's value, checked when the session starts."""
    from argparse import ArgumentTypeError

    from simimport.errors import ParameterError
    from simimport.model.seeds import resolve

    try:
        return resolve(int(text))
    except (ParameterError, ValueError):
        raise ArgumentTypeError(f"{text!r} is no whole number from 0 to 2**64 - 1") from None
