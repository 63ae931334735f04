"""The service between threads: no call is lost, none is done twice, every answer is of one instant."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from simimport import ImportService, OperationError, PollClock, Scenario

WRITERS, EACH = 16, 12


@pytest.fixture(autouse=True)
def often_switching() -> Iterator[None]:
    """Let threads interrupt each other a thousand times as often as they do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Start all jobs at the same moment, each on a thread, and return what they return."""
    barrier = threading.Barrier(len(jobs))

    def begin(job: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(begin, jobs))


def test_sixteen_writers_add_users_while_others_read() -> None:
    service = ImportService(seed=1)
    service.new()
    seen: list[list[int]] = []

    def write(writer: int) -> Callable[[], None]:
        def add() -> None:
            for number in range(EACH):
                who = f"{writer}-{number}"
                users = [{"emails": [f"{who}@example.org"], "importIds": [who]}]
                # by both doors
                if number % 2:
                    service.add_users(users)
                else:
                    assert service.answer("import.addUsers", {"users": users}).http_status == 200
        return add  # fmt: skip

    def read() -> None:
        totals = []
        for _ in range(40):
            count = service.status()["operation"]["count"]
            assert count["total"] == count["users"]
            totals.append(count["total"])
        seen.append(totals)

    at_once([*(write(writer) for writer in range(WRITERS)), read, read])
    everybody = {f"{writer}-{number}" for writer in range(WRITERS) for number in range(EACH)}
    ids = service.staging["import_id"].tolist()
    assert len(ids) == WRITERS * EACH
    assert set(ids) == everybody
    # of each writer in its order
    for writer in range(WRITERS):
        mine = [user_id for user_id in ids if user_id.startswith(f"{writer}-")]
        assert mine == [f"{writer}-{number}" for number in range(EACH)]
    assert all(totals == sorted(totals) for totals in seen)
    assert service.log.calls == 1 + WRITERS * EACH + 80
    assert service.journal["call"].tolist() == list(range(1, service.log.calls + 1))


def test_of_many_that_run_it_one_succeeds() -> None:
    service = ImportService(Scenario(users=60), seed=1)
    service.new()
    service.add_users()

    def run() -> str:
        try:
            service.run()
        except OperationError as error:
            return str(error.body["error"])
        return "ok"

    assert sorted(at_once([run] * 8)) == [*["error-invalid-operation-status"] * 7, "ok"]


def test_no_client_sees_a_counter_fall_while_time_moves() -> None:
    service = ImportService(Scenario(users=400, failure_rate=0.1), seed=1)
    service.new()
    service.add_users()
    service.run()
    done = threading.Event()

    def move() -> list[tuple[int, int]]:
        while service.state != "done":
            service.advance(0.05)
        done.set()
        return []

    def poll() -> list[tuple[int, int]]:
        counters = []
        while not done.is_set():
            body = service.status()
            count = body["operation"]["count"]
            counters.append((count["completed"] + count["error"], count["error"]))
        return counters

    clients = at_once([move, *[poll] * 6])[1:]
    assert all(counters == sorted(counters) for counters in clients)
    assert sum(map(len, clients)) == service.log.polls
    assert service.status()["operation"]["count"]["total"] == 400


def test_a_poll_clock_makes_one_step_for_each_of_many_calls() -> None:
    clock = PollClock(step_s=0.001)
    service = ImportService(seed=1, clock=clock)
    at_once([lambda: [service.status() for _ in range(50)]] * 8)
    assert clock.now_us() == 400_000
    assert service.journal["at_s"].tolist() == [number / 1000 for number in range(400)]
