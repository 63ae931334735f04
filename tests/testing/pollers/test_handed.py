"""What check_poller hands to an asynchronous poller, and what it says to who pauses otherwise."""

# ruff: noqa: TID251 - the code that is tried waits in real time, and is stopped

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from simimport import ClockError, FetchError, check_poller
from tests.testing.pollers.verdicts import ENDS, verdict_on

Polled = Any
STILL = "its clock stood still"


async def poll(fetch: Polled, clock: Any) -> str:
    while (state := (await fetch())["state"]) == "importing":
        await clock.sleep(5)
    return str(state)


def test_an_asynchronous_poller_is_judged_as_a_plain_one() -> None:
    def plain(fetch: Polled, clock: Any) -> str:
        while (state := fetch()["state"]) == "importing":
            clock.sleep(5)
        return str(state)

    columns = ["preset", "fault", "passed", "polls", "ended_s", "seed"]
    assert check_poller(poll)[columns].equals(check_poller(plain)[columns])


def test_its_clock_tells_the_time_awaited_or_not() -> None:
    seen: list[float] = []

    async def looking(fetch: Polled, clock: Any) -> str:
        await clock.sleep(2.5)
        loop = asyncio.get_running_loop()
        seen.extend([clock.now(), await clock.now(), loop.time()])
        await asyncio.sleep(64.5)
        seen.append(clock.now())
        return str((await fetch())["state"])

    assert verdict_on(looking).passed
    assert seen == [2.5, 2.5, 2.5, 67.0]


def test_its_fetch_raises_as_the_other_one_and_takes_as_long() -> None:
    seen: list[Any] = []

    async def looking(fetch: Polled, clock: Any) -> None:
        while not seen:
            await clock.sleep(1)
            try:
                body = await fetch()
            except (FetchError, ConnectionError) as error:
                seen.append(error)
            else:
                seen.extend([body] if isinstance(body, str) else [])

    def first(fault: str) -> Any:
        seen.clear()
        verdict_on(looking, "calm", fault)
        return seen[0]

    assert first("503").http_status == 503
    assert first("401").http_status == 401
    assert isinstance(first("reset"), ConnectionError)
    assert first("truncated").startswith('{"success":true')

    async def late(fetch: Polled, clock: Any) -> None:
        for _ in range(2):
            await fetch()
            seen.append(clock.now())

    seen.clear()
    verdict_on(late, "calm", "latency")
    assert seen == [0.0, 10.0]


@pytest.mark.parametrize("seconds", [-1, float("nan"), None, "1"])
def test_no_sleep_of_what_is_no_time(seconds: Any) -> None:
    async def sleeping(fetch: Polled, clock: Any) -> None:
        await clock.sleep(seconds)

    why = verdict_on(sleeping).why
    assert why.startswith(f"raised {ClockError.__name__}: seconds is ")


async def sleeping_for_real(fetch: Polled, clock: Any) -> None:
    while await fetch():
        time.sleep(5)


async def not_pausing(fetch: Polled, clock: Any) -> None:
    while await fetch():
        pass


def plain_sleeping_for_real(fetch: Polled, clock: Any) -> None:
    while fetch():
        time.sleep(0.5)


def plain_waiting_for_real(fetch: Polled, clock: Any) -> None:
    while fetch():
        threading.Event().wait(5)


def plain_looking(fetch: Polled, clock: Any) -> None:
    until = clock.now() + 5
    while clock.now() < until:
        fetch()
        while clock.now() < until:
            pass


@pytest.mark.parametrize(
    ("poller", "why"),
    [
        (sleeping_for_real,
         "stopped at time.sleep, which waits in real time; pause with await clock.sleep(5)"),
        (not_pausing,
         f"stopped after 100 polls at one instant: {STILL}; pause with await clock.sleep(seconds)"),
        (plain_sleeping_for_real,
         "stopped at time.sleep, which waits in real time; pause with clock.sleep(0.5)"),
        (plain_waiting_for_real,
         "stopped at a wait of threading, which waits in real time; pause with clock.sleep(5)"),
        (plain_looking,
         "stopped: it only looks at its clock, which stands still then; pause with clock.sleep(seconds)"),
    ],
)  # fmt: skip
def test_who_moves_no_clock_is_told_how_to(poller: Any, why: str) -> None:
    assert verdict_on(poller).why == f"{why}; {ENDS}"


def test_a_turn_for_other_tasks_is_no_wait() -> None:
    async def yielding(fetch: Polled, clock: Any) -> str:
        while (state := (await fetch())["state"]) == "importing":
            time.sleep(0)
            await asyncio.sleep(0)
            await clock.sleep(5)
        return str(state)

    assert verdict_on(yielding).passed


def test_who_never_fetches_is_told_once() -> None:
    verdicts = check_poller(lambda fetch, clock: "done")
    assert len(verdicts) == 1
    assert verdicts["why"][0].endswith("; it never polled, so 41 other cases were not tried")
    # one case alone is judged as ever
    assert verdict_on(lambda fetch, clock: "done").why == f"returned done 1 min 6.9 s before the end; {ENDS}"
