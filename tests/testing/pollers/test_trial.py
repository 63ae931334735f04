"""A trial of a poller: the time and the answers that it meets, and how it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Any

import pandas as pd
import pytest

from simimport import PRESETS, ClockError, FetchError, State, simulate
from simimport.testing.pollers import trial
from tests.testing.pollers.verdicts import ENDS, verdict_on


def test_it_starts_when_the_operation_is_run_and_only_sleeping_takes_time() -> None:
    seen: list[Any] = []

    def looking(fetch: Any, clock: Any) -> State:
        seen.extend([clock.now(), fetch()["operation"]["status"], clock.now()])
        clock.sleep(2.5)
        seen.append(clock.now())
        clock.sleep(64.5)
        return State(fetch()["state"])

    # that of a file, too, which is loaded before
    for preset in ("calm", "csv_upload"):
        seen.clear()
        row = verdict_on(looking, preset)
        assert seen == [0.0, "importer_importing_started", 0.0, 2.5]
        assert (row.polls, row.ended_s) == (2, 67.0)
        assert row.passed


def test_it_polls_the_very_run_that_simulate_makes() -> None:
    bodies: list[Any] = []

    def keeping(fetch: Any, clock: Any) -> object:
        while True:
            bodies.append(fetch())
            if bodies[-1]["state"] != "importing":
                return bodies[-1]["state"]
            clock.sleep(1)

    epoch = "1970-01-01T00:00:00.000Z"
    scenario = PRESETS["flaky"].replace(new_s=0, ready_s=0, epoch=epoch)
    for fault, dialect in (("none", "docs"), ("server-8.3", "server-8.3")):
        bodies.clear()
        verdict_on(keeping, "flaky", fault, seed=5)
        run = simulate(scenario, seed=5)
        assert bodies == [run.status(at_s, dialect=dialect) for at_s in range(len(bodies))]


def test_what_the_server_dates_is_of_the_poller_s_own_time() -> None:
    waits: list[float] = []
    errors: list[FetchError] = []

    def reading(fetch: Any, clock: Any) -> object:
        while True:
            try:
                state = fetch()["state"]
            except FetchError as error:
                errors.append(error)
                waits.append(int(error.headers["x-ratelimit-reset"]) / 1000 - clock.now())
                clock.sleep(waits[-1])
                continue
            if state == "done":
                return state
            clock.sleep(1)

    assert verdict_on(reading, "slows_down", "rate_limit").passed
    assert set(waits) == {50.0}
    for error in errors:
        assert error.http_status == 429
        assert error.headers["content-type"] == "application/json"
        assert "must wait 50 seconds" in error.body["error"]


def test_what_fetch_does_when_things_go_wrong() -> None:
    def first(fault: str) -> Any:
        """Return the first thing that is no ordinary answer."""
        found: list[Any] = []

        def looking(fetch: Any, clock: Any) -> object:
            while not found:
                clock.sleep(1)
                try:
                    body = fetch()
                except Exception as error:  # noqa: BLE001 - to be looked at
                    found.append(error)
                else:
                    found.extend([body] if isinstance(body, str) else [])
            return None

        verdict_on(looking, "calm", fault)
        return found[0]

    for fault, status in (("500", 500), ("503", 503), ("html", 502), ("429", 429)):
        error = first(fault)
        assert isinstance(error, FetchError)
        assert error.http_status == status
        assert isinstance(error.body, str if fault == "html" else dict)
    assert first("503").headers["retry-after"] == "5"
    assert isinstance(first("reset"), ConnectionError)
    assert isinstance(first("outage"), ConnectionError)
    assert first("truncated").startswith('{"success":true')
    assert "\ufffd" in first("garbage")


def test_a_late_answer_takes_virtual_time_and_tells_what_was_so_when_it_was_asked() -> None:
    seen: list[tuple[float, str]] = []

    def looking(fetch: Any, clock: Any) -> object:
        clock.sleep(60)
        seen.extend((clock.now(), fetch()["state"]) for _ in range(3))
        return seen[-1][1]

    assert verdict_on(looking, "calm", "latency").passed
    assert seen == [(60.0, "importing"), (60.0, "importing"), (70.0, "done")]


def test_who_catches_every_exception_is_stopped_all_the_same() -> None:
    def deaf(fetch: Any, clock: Any) -> object:
        while True:
            with contextlib.suppress(Exception):
                fetch()
                clock.sleep(0.001)

    row = verdict_on(deaf)
    assert row.why == f"stopped after 10,000 polls; {ENDS}"
    assert row.polls == 10_000


@pytest.mark.parametrize("call", ["fetch", "sleep", "now"])
def test_who_swallows_even_the_signal_is_left_alone(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_POLLS", 20)
    before = threading.active_count()

    def deaf(fetch: Any, clock: Any) -> object:
        while True:
            try:
                fetch()
            except BaseException:  # noqa: BLE001 - what is tried
                while True:
                    with contextlib.suppress(BaseException):
                        {"fetch": fetch, "sleep": lambda: clock.sleep(1), "now": clock.now}[call]()

    row = verdict_on(deaf)
    assert not row.passed
    assert "and went on even then: it catches BaseException" in row.why
    assert row.polls == 20
    assert threading.active_count() == before + 1


def test_who_comes_back_only_because_it_was_stopped_has_not_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trial, "MOST_POLLS", 20)

    def excuse(fetch: Any, clock: Any) -> object:
        try:
            while True:
                fetch()
        except BaseException:  # noqa: BLE001 - what is tried
            return "done"

    assert verdict_on(excuse).why == f"stopped after 20 polls; {ENDS}"
    assert pd.isna(verdict_on(excuse).ended_s)


def test_a_thread_that_a_poller_leaves_behind_is_ended_with_its_case() -> None:
    left: list[threading.Thread] = []
    asked: list[float] = []

    def leaving(fetch: Any, clock: Any) -> object:
        def on_and_on() -> None:
            while True:
                fetch()
                asked.append(clock.now())

        left.append(threading.Thread(target=on_and_on, daemon=True))
        clock.sleep(67)
        return fetch()["state"]

    assert verdict_on(leaving).passed
    # what ends it is no error of the thread's
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        left[0].start()
        left[0].join(10)
    assert not left[0].is_alive()
    assert asked == []


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), None, "1", True])
def test_no_sleep_of_what_is_no_time(seconds: Any) -> None:
    errors: list[Exception] = []

    def sleeping(fetch: Any, clock: Any) -> object:
        try:
            clock.sleep(seconds)
        except ClockError as error:
            errors.append(error)
        return clock.now()

    verdict_on(sleeping)
    assert [str(error).partition(" is ")[0] for error in errors] == ["seconds"]


def test_an_asynchronous_poller_inside_a_plain_one() -> None:
    async def polling(fetch: Any, clock: Any) -> str:
        while (state := fetch()["state"]) == "importing":
            await asyncio.sleep(0)
            clock.sleep(5)
        return str(state)

    assert verdict_on(lambda fetch, clock: asyncio.run(polling(fetch, clock))).passed
    # never awaited, and no warning of that
    row = verdict_on(lambda fetch, clock: polling(fetch, clock))  # noqa: PLW0108 - refused if it were plain
    assert row.why.startswith("returned <coroutine object ")
