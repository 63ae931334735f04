"""The clocks: whole microseconds, forward only, with an end; the service's advance and run_until."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import (
    ClockError,
    Fault,
    Faults,
    ImportService,
    ManualClock,
    OperationError,
    ParameterError,
    PollClock,
    Scenario,
    WallClock,
)
from simimport.realtime import monotonic
from simimport.service.clock import LONGEST_S, Clock

CLOCKS: list[Callable[[], Clock]] = [ManualClock, WallClock, PollClock]
NO_TIMES = [-1, -1e-9, float("nan"), float("inf"), 10**400, True, np.True_, None, "5", LONGEST_S + 1]


def running(clock: Clock, **fields: Any) -> ImportService:
    service = ImportService(Scenario(**{"users": 100, "failure_rate": 0, **fields}), seed=1, clock=clock)
    service.new()
    service.add_users()
    service.run()
    return service


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(3)
    assert (clock.now(), clock.now_us()) == (3.0, 3_000_000)
    clock.advance(0.25)
    clock.jump(10)
    clock.jump(10)
    for number in (np.int64(2), Fraction(1, 4)):
        clock.advance(number)  # type: ignore[arg-type]  # numbers all the same
    assert clock.now() == 12.25
    clock.reset()
    assert clock.now() == 3.0


@given(st.lists(st.integers(0, 10**12), max_size=8))
def test_microseconds_are_exact(steps: list[int]) -> None:
    clock = ManualClock()
    for step in steps:
        clock.advance(step / 1e6)
    assert clock.now_us() == sum(steps)
    clock.jump(sum(steps) / 1e6)
    assert round(clock.now() * 1e6) == sum(steps)


@pytest.mark.parametrize("make", CLOCKS)
@pytest.mark.parametrize("seconds", NO_TIMES)
def test_what_is_no_time_is_refused(make: Callable[[], Clock], seconds: Any) -> None:
    clock = make()
    for move in (clock.advance, clock.jump):
        with pytest.raises(ClockError, match="allowed: a number of seconds from 0 to 1e\\+09"):
            move(seconds)
    assert clock.now() < 60


def test_time_does_not_turn_back() -> None:
    clock = ManualClock(5)
    with pytest.raises(ClockError, match=r"to_s is 4\.5; allowed: an instant from now on \(5 s\)\."):
        clock.jump(4.5)
    assert clock.now() == 5.0


@pytest.mark.parametrize("make", CLOCKS)
def test_all_clocks_end(make: Callable[[], Clock]) -> None:
    clock = make()
    clock.jump(LONGEST_S)
    clock.answered()
    assert clock.now() == LONGEST_S
    with pytest.raises(ClockError, match="at most 0 s: clocks stop at 1e"):
        clock.advance(1)


def test_what_has_passed_by_itself_is_reached() -> None:
    clock = ManualClock(5)
    clock.reach_us(3_000_000)
    assert clock.now() == 5
    clock.reach_us(6_000_000)
    assert clock.now() == 6


def test_a_service_still_answers_at_the_end_of_its_clock() -> None:
    service = ImportService(Scenario(users=10), seed=1, dialect="server-8.3")
    service.new()
    service.add_users()
    service.clock.jump(LONGEST_S - 0.000_001)
    service.run()
    service.advance(0.000_001)
    assert service.status()["operation"]["_updatedAt"] == "2048-05-22T16:44:36.036Z"
    assert service.status()["state"] == "importing"
    with pytest.raises(ClockError, match="where clocks stop"):
        service.run_until("done")
    service.clear()
    assert service.new()["operation"]["ts"] == "2048-05-22T16:44:36.037Z"


def test_wall_time_goes_on_by_itself_at_its_rate() -> None:
    before = monotonic()
    clock = WallClock(rate=1000)
    began = monotonic()
    seen = [clock.now() for _ in range(1000)]
    while clock.now() < 1:  # a thousandth of a second
        pass
    least_s = (monotonic() - began) * 1000 - 1e-6
    read_s = clock.now()
    assert seen == sorted(seen)
    assert max(least_s, 1) <= read_s <= (monotonic() - before) * 1000
    clock.advance(50)
    assert clock.now() >= read_s + 50
    clock.jump(1000)
    assert clock.now() >= 1000
    clock.reset()
    assert clock.now() <= (monotonic() - before) * 1000


@pytest.mark.parametrize("number", [np.int64(2), np.float32(2), Fraction(2)])
def test_any_kind_of_number_makes_a_clock(number: Any) -> None:
    assert ManualClock(number).now() == 2
    assert WallClock(number).rate == 2
    clock = PollClock(number)
    clock.answered()
    assert clock.now() == 2


@pytest.mark.parametrize("rate", [0, -1, 1e7, float("nan"), True, np.True_, "1"])
def test_rates_of_a_wall_clock(rate: Any) -> None:
    with pytest.raises(ClockError, match=r"rate is .*; allowed: simulated seconds per real second"):
        WallClock(rate)


def test_an_import_by_the_wall_comes_to_its_end() -> None:
    service = running(WallClock(rate=1e6))  # ten seconds in ten microseconds
    seen = [service.status()["operation"]["count"]["completed"]]
    while service.status()["state"] != "done":
        seen.append(service.status()["operation"]["count"]["completed"])
    assert seen == sorted(seen)
    assert service.status()["operation"]["count"]["completed"] == 100


def test_run_until_where_time_goes_by_itself() -> None:
    service = running(WallClock(rate=0.001))
    # already there: time has moved on since it was asked for, which is no error
    assert service.run_until("importing") <= service.clock.now()
    end_s = service.run_until("done")
    assert service.clock.now() >= end_s
    assert service.status()["state"] == "done"


def test_a_poll_clock_answers_first_and_then_steps() -> None:
    clock = PollClock(step_s=0.5)
    service = ImportService(Scenario(users=60, users_per_s=60, latency_cv=0), seed=1, clock=clock)
    assert clock.now() == 0
    service.new()
    assert clock.now() == 0.5
    service.add_users()
    with pytest.raises(OperationError):
        service.add_users([{"emails": [], "importIds": []}])
    assert clock.now() == 1.0  # a refused call does not step
    service.run()
    assert service.journal["at_s"].tolist() == [0, 0.5, 1.0, 1.0]
    states = [service.status()["state"] for _ in range(4)]
    assert states == ["importing", "importing", "done", "done"]
    assert clock.now() == 3.5
    assert service.state == "done"
    assert clock.now() == 3.5  # looking without a poll neither
    clock.advance(1)
    assert clock.now() == 4.5


def test_faults_that_answer_no_success_do_not_step() -> None:
    clock = PollClock()
    kinds = ("503", "reset", "garbage", "latency")
    faults = Faults(Fault(kind, at_poll=at) for at, kind in enumerate(kinds, start=1))
    service = ImportService(seed=1, clock=clock, faults=faults)
    steps = []
    for _ in kinds:
        before = clock.now()
        answer = service.answer("import.status")
        steps.append((answer.http_status, clock.now() - before))
    assert steps == [(503, 0), (0, 0), (200, 1), (200, 1)]


@pytest.mark.parametrize("step_s", [0, 1e-9, -1, float("nan"), True])
def test_steps_of_a_poll_clock(step_s: Any) -> None:
    with pytest.raises(ClockError, match="step_s is"):
        PollClock(step_s)


def test_a_clock_says_where_it_stands() -> None:
    assert repr(ManualClock(1234.5)) == "<ManualClock at 20 min 34.5 s>"


def test_a_clock_shows_what_its_users_may_do() -> None:
    for clock, more in ((ManualClock(), set()), (WallClock(), {"rate"}), (PollClock(), set())):
        assert {name for name in dir(clock) if not name.startswith("_")} == {"now", "advance", "jump", *more}


def test_run_until_goes_to_the_very_instant() -> None:
    service = running(ManualClock(), users_per_s=10, latency_cv=0)
    at_s = service.run_until("done")
    assert at_s == service.clock.now() == 10.04  # 10 ms to begin, 10 s of work, three steps of 10 ms
    assert service.status()["operation"]["_updatedAt"] == "2016-09-13T14:58:06.077Z"
    assert service.run_until("done") == at_s


def test_run_until_from_every_change_of_an_import() -> None:
    run = running(ManualClock()).current
    assert run is not None
    for at_s in run.snapshots["at_s"]:
        again = running(ManualClock())
        again.clock.jump(at_s)
        assert again.run_until("done") == run.duration_s


@pytest.mark.parametrize(
    ("state", "there", "possible"),
    [("done", "ready", "import.new, import.addUsers, import.run, import.clear"),
     ("importing", "ready", "import.new, import.addUsers, import.run, import.clear"),
     ("none", "ready", "import.new, import.addUsers, import.run, import.clear"),
     ("ready", "importing", "import.new, import.clear"),
     ("canceled", "importing", "import.new, import.clear"),
     ("error", "done", "import.new, import.clear")],
)  # fmt: skip
def test_run_until_a_state_that_cannot_come(state: str, there: str, possible: str) -> None:
    service = ImportService(Scenario(users=10), seed=1)
    service.new()
    service.add_users()
    if there != "ready":
        service.run()
        service.run_until(there)
    before = service.clock.now()
    with pytest.raises(OperationError) as caught:
        service.run_until(state)
    assert str(caught.value) == (
        f"the state {state} cannot come by waiting: it is {there} at {before:g} s; "
        f"what can be called there: {possible}"
    )
    assert (caught.value.state, ", ".join(caught.value.allowed)) == (there, possible)
    assert service.clock.now() == before


def test_run_until_no_state() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'canceled'"):
        ImportService(seed=1).run_until("cancelled")


def test_threads_share_a_clock() -> None:
    clock = ManualClock()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clock.advance, [1e-6] * 8000))
    assert clock.now_us() == 8000
