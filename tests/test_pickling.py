"""Copies and pickles: whatever people hand to a pool goes on there as it is here, or says why it does not."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from pandas.testing import assert_frame_equal

import simimport
from simimport import (
    ClockError,
    Dashboard,
    Fault,
    Faults,
    FetchError,
    ImportService,
    ManualClock,
    MissingExtraError,
    OperationError,
    ParameterError,
    PollClock,
    RecordError,
    Scenario,
    ScenarioError,
    State,
    Step,
    SweepError,
    Trace,
    TraceError,
    UsersError,
    WallClock,
    create_app,
    fit,
    observe,
    simulate,
)
from simimport.service import clock as clock_room
from simimport.service.operations import ROLES
from tests.service.services import ANN

back = pickle.loads
SMALL = Scenario(users=120, failure_rate=0.1)
RUN = simulate(SMALL, seed=1)


def trace() -> Trace:
    return Trace(observe(RUN, every_s=1))


def used_service() -> ImportService:
    """A service in the middle of its second operation, which has been polled, struck and asked for frames."""
    faults = Faults([Fault("503", at_poll=2), Fault("stale", every=3)])
    service = ImportService(SMALL, seed=1, faults=faults, dialect="server-7.4", roles=[*ROLES, "teacher"])
    for users in (None, [{**ANN, "roles": ["teacher"]}]):
        service.new()
        service.add_users(users)
        service.add_users()
        service.run()
        service.advance(3)
        service.answer("import.status")
    assert len(service.imported) > 50
    return service


#: By public class, one of it.
MADE: dict[str, Callable[[], Any]] = {
    "Scenario": lambda: SMALL,
    "Run": lambda: RUN.cancel(2),
    "Snapshot": lambda: RUN.at(2),
    "Stay": lambda: RUN.stays[0],
    "Counts": lambda: RUN.counts,
    "State": lambda: State.NEW,
    "Step": lambda: next(iter(Step)),
    "Fault": lambda: Fault("503", at_poll=3),
    "Faults": lambda: Faults([Fault("503", at_poll=3), Fault("reset", at_s=5), Fault("429", every=2)]),
    "ManualClock": lambda: ManualClock(3),
    "PollClock": lambda: PollClock(2),
    "Trace": trace,
    "Recorded": lambda: next(iter(trace())),
    "Fit": lambda: fit(trace()),
    "Forecast": lambda: fit(trace()).forecast(trace()),
    "Silence": lambda: fit(trace()).stall(trace()),
    "ParameterError": lambda: ParameterError("users", [1], "less"),
    "ScenarioError": lambda: ScenarioError("users", -1, "more"),
    "ClockError": lambda: ClockError("at_s", None, "a number"),
    "RecordError": lambda: RecordError("a.run", "damaged"),
    "UsersError": lambda: UsersError("a.csv", [(1, "email", "is missing")]),
    "TraceError": lambda: TraceError("a.jsonl", 3, "no JSON"),
    "OperationError": lambda: OperationError("no", operation="run", state="new", allowed=("new",)),
    "FetchError": lambda: FetchError(503, {"retry-after": "5"}, {"success": False}),
    "SweepError": lambda: SweepError("broken", done=1, total=2, store=None),
    "MissingExtraError": lambda: MissingExtraError("serving", "http"),
    "SimimportError": lambda: simimport.SimimportError("wrong"),
}
#: What has tests of its own below.
ALONE = {"ImportService", "Journal", "WallClock", "Dashboard", "Serving"}
WAYS = {"pickle": lambda value: back(pickle.dumps(value)), "deepcopy": copy.deepcopy, "copy": copy.copy}
way = pytest.mark.parametrize("again", WAYS.values(), ids=WAYS)


def test_every_public_class_is_here() -> None:
    classes = {name for name in simimport.__all__ if inspect.isclass(getattr(simimport, name))}
    assert classes == MADE.keys() | ALONE
    assert all(type(make()).__name__ == name for name, make in MADE.items())


@way
@pytest.mark.parametrize("name", MADE)
def test_what_goes_there_and_back_is_as_it_was(name: str, again: Callable[[Any], Any]) -> None:
    value = MADE[name]()
    other = again(value)
    assert (type(other), repr(other)) == (type(value), repr(value))
    if isinstance(value, Exception):
        assert (str(other), vars(other)) == (str(value), vars(value))
    if name in ("Scenario", "Snapshot", "Stay", "Counts", "State", "Fault", "Faults", "Recorded"):
        assert other == value


@way
def test_a_run_goes_on(again: Callable[[Any], Any]) -> None:
    other = again(RUN)
    for name in ("users", "outcomes", "snapshots", "staging"):
        assert_frame_equal(getattr(other, name), getattr(RUN, name))
    assert (other.provenance, other.status(2)) == (RUN.provenance, RUN.status(2))
    assert_frame_equal(other.branch(1, seed=3).outcomes, RUN.branch(1, seed=3).outcomes)


def lived(service: ImportService) -> list[Any]:
    """What a service tells from now on."""
    told: list[Any] = [repr(service), service.state, service.scenario, service.seed, service.faults]
    for _ in range(4):
        answer = service.answer("import.status", account="bob")
        told += [answer.http_status, answer.raw, answer.headers]
        service.advance(2)
    service.clear()
    service.new()
    service.add_users()
    service.add_users([{**ANN, "emails": ["new@example.org"], "roles": ["teacher"]}])
    service.run()
    told += [service.staging, service.imported, service.current.outcomes]  # type: ignore[union-attr]  # it was run
    service.advance(1000)
    told += [service.staging, service.imported, service.journal, service.status()]
    log = service.log
    told += [log.calls, log.polls, log.polls_after_end, log.shortest_poll_s, log.last(3)]
    service.reset()
    return [*told, repr(service), service.state]


def assert_same(first: list[Any], second: list[Any]) -> None:
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        if hasattr(one, "columns"):
            assert_frame_equal(one, other)
        else:
            assert one == other


@way
def test_a_service_goes_on_where_it_was_and_leaves_the_first_alone(again: Callable[[Any], Any]) -> None:
    service = used_service()
    before = (repr(service), service.log.calls, service.clock.now_us())
    other = again(service)
    told = lived(other)
    assert (repr(service), service.log.calls, service.clock.now_us()) == before
    assert_same(lived(service), told)


@way
def test_a_service_of_someone_s_own_class_keeps_what_it_has(again: Callable[[Any], Any]) -> None:
    service = OfOwnClass(SMALL, seed=1)
    service.mine.append(5)
    other = again(service)
    assert (type(other), other.mine) == (OfOwnClass, [5])
    assert other.new()["success"]


class OfOwnClass(ImportService):
    """A service with something more."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.mine: list[int] = []


@way
def test_a_journal_goes_on_for_itself(again: Callable[[Any], Any]) -> None:
    log = used_service().log
    other = again(log)
    assert_frame_equal(other.frame(), log.frame())
    other.note(9.0, "ann", "import.status", 200, "done")
    assert (other.calls, len(other.frame())) == (log.calls + 1, len(log.frame()) + 1)


@way
def test_a_wall_clock_goes_on_from_its_instant(
    again: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [100.0]
    monkeypatch.setattr(clock_room, "monotonic", lambda: real[0])
    clock = WallClock(rate=60)
    clock.advance(5)
    real[0] += 1
    assert clock.now() == 65
    # another process, where real time began elsewhere, and some has gone by
    other = away(clock, again, real)
    assert (type(other), other.rate, other.now()) == (WallClock, 60, 65)
    real[0] += 0.5
    assert other.now() == 95
    other.reset()
    assert other.now() == 0


def away(clock: WallClock, again: Callable[[Any], Any], real: list[float]) -> WallClock:
    """The clock in another process; a copy stays in this one."""
    if again is not WAYS["pickle"]:
        return again(clock)  # type: ignore[no-any-return]  # of its own type
    raw = pickle.dumps(clock)
    real[0] = 7.0
    return back(raw)  # type: ignore[no-any-return]  # likewise


@way
@pytest.mark.parametrize(
    ("make", "instead"),
    [
        (lambda: create_app(ImportService(seed=1)), "an App cannot be .* hand over its service"),
        (lambda: Dashboard(SMALL), "a Dashboard cannot be .* hand over the scenario and the seed"),
    ],
)
def test_what_cannot_says_why_and_what_can(
    make: Callable[[], Any], instead: str, again: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError, match=instead):
        again(make())


@way
def test_what_is_served_says_why_not(again: Callable[[Any], Any]) -> None:
    refused = pytest.raises(TypeError, match=r"a Serving cannot be .* hand over its url and headers")
    with ImportService(seed=1).serve(accounts={"ann": {"token": "t"}}) as serving, refused:
        again(serving)


def test_an_error_about_what_cannot_be_handed_over_can() -> None:
    value: Any = lambda: 0  # noqa: E731 - what a lambda is
    error = back(pickle.dumps(ParameterError("users", value, "a number")))
    assert str(error).startswith("users is <function")
    assert error.value.startswith("<function")


@pytest.mark.long
def test_a_service_goes_on_in_another_process() -> None:
    service = used_service()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        told = pool.submit(lived, service).result()
    assert_same(lived(service), told)
