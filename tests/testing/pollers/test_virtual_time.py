"""Virtual time under a poller's thread: what it covers, that it is restored, and what is told of the rest."""

# ruff: noqa: TID251 - the code that is tried reads the clock, which is virtual for it

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import importlib
import itertools
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from simimport import check_client
from simimport.testing.pollers.virtual import patches, real_time
from tests.testing.pollers.people import STATUS
from tests.testing.pollers.verdicts import ENDS, only_row

if TYPE_CHECKING:
    import httpx

#: What stands in the world before and must stand in it after.
REAL = (
    *(getattr(time, name) for name in ("sleep", "time", "monotonic", "perf_counter")),
    *(getattr(time, f"{name}_ns") for name in ("time", "monotonic", "perf_counter")),
    sleep, monotonic, dt.datetime, asyncio.new_event_loop, asyncio.events.new_event_loop,
    threading.Condition.wait, threading.Condition.notify, threading.Thread.start, asyncio.BaseEventLoop.time,
    concurrent.futures.ThreadPoolExecutor.submit,
)  # fmt: skip


def world() -> tuple[Any, ...]:
    return (
        *(getattr(time, name) for name in ("sleep", "time", "monotonic", "perf_counter")),
        *(getattr(time, f"{name}_ns") for name in ("time", "monotonic", "perf_counter")),
        sleep, monotonic, dt.datetime, asyncio.new_event_loop, asyncio.events.new_event_loop,
        threading.Condition.wait, threading.Condition.notify, threading.Thread.start,
        asyncio.BaseEventLoop.time, concurrent.futures.ThreadPoolExecutor.submit,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    assert world() == REAL


def verdict_on(poller: Callable[[Any], object], fault: str = "none") -> Any:
    return only_row(check_client(poller, presets="calm", faults=fault))


def state_of(client: httpx.Client) -> str:
    state: str = client.get(STATUS).raise_for_status().json()["state"]
    return state


def pausing(pause: Callable[[], object]) -> Callable[[httpx.Client], str]:
    """Return a poller that pauses in its own way between two polls."""

    def poll(client: httpx.Client) -> str:
        while (state := state_of(client)) == "importing":
            pause()
        return state

    return poll


def _from_a_queue() -> None:
    with pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=5)


def _by_predicate() -> None:
    condition = threading.Condition()
    with condition:
        condition.wait_for(lambda: False, timeout=5)


@pytest.mark.parametrize(
    "pause",
    [
        lambda: time.sleep(5),
        lambda: sleep(5),
        lambda: threading.Event().wait(5),
        lambda: asyncio.run(asyncio.sleep(5)),
        lambda: anyio.run(anyio.sleep, 5),
        _from_a_queue,
        _by_predicate,
    ],
)
def test_every_way_to_pause_takes_virtual_time(pause: Callable[[], object]) -> None:
    row = verdict_on(pausing(pause))
    assert (row.passed, row.polls, row.ended_s) == (True, 15, 70.0), row.why
    assert row.why == "done, 3.1 s after the end"


def test_all_clocks_tell_the_same_time() -> None:
    seen: list[tuple[float, ...]] = []

    def look(_: httpx.Client) -> None:
        for _ in range(2):
            seen.append(
                (
                    time.time(), time.monotonic(), time.perf_counter(), monotonic(),
                    time.time_ns() / 1e9, time.monotonic_ns() / 1e9, time.perf_counter_ns() / 1e9,
                    dt.datetime.now(dt.UTC).timestamp(),
                    dt.datetime.now().astimezone().timestamp(),
                )
            )  # fmt: skip
            time.sleep(2.5)

    verdict_on(look)
    first, second = seen
    assert [round(after - before, 6) for before, after in zip(first, second, strict=True)] == [2.5] * 9
    # code that takes 0 for no start finds none, and dates are those of the server
    assert min(first) > 0
    assert dt.datetime.fromtimestamp(first[0], dt.UTC).isoformat() == "2026-01-01T00:00:00+00:00"


def test_a_virtual_datetime_is_one_like_any_other() -> None:
    kinds: list[Any] = []

    def look(_: httpx.Client) -> None:
        virtual: Any = dt.datetime
        made = virtual(2026, 1, 2, tzinfo=dt.UTC)
        kinds.extend([type(made), type(virtual.now()), type(virtual.fromisoformat("2026-01-02"))])
        kinds.extend([isinstance(made, virtual), issubclass(REAL[9], virtual), virtual.max == REAL[9].max])
        kinds.append((virtual.today() - virtual.utcnow()).total_seconds() < 86_400)

    verdict_on(look)
    assert kinds == [REAL[9]] * 3 + [True] * 4


def test_other_threads_live_in_real_time() -> None:
    before, seen = time.time(), []
    go, seen_it = threading.Event(), threading.Event()

    def beside() -> None:
        go.wait(20)
        seen.append(time.time())
        seen_it.set()

    other = threading.Thread(target=beside)
    other.start()

    def look(client: httpx.Client) -> str:
        go.set()
        seen_it.wait()
        seen.append(time.time())
        time.sleep(70)
        return state_of(client)

    assert verdict_on(look).passed
    other.join()
    assert before <= seen[0] <= time.time()
    assert seen[1] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit(), KeyboardInterrupt()])
def test_it_is_restored_whatever_a_poller_raises(error: BaseException) -> None:
    def failing(client: httpx.Client) -> object:
        state_of(client)
        raise error

    async def failing_later(client: httpx.AsyncClient) -> object:
        await client.get(STATUS)
        raise error

    for poller in (failing, failing_later):
        if isinstance(error, KeyboardInterrupt):
            with pytest.raises(KeyboardInterrupt):
                verdict_on(poller)
        else:
            assert verdict_on(poller).why.startswith(f"raised {type(error).__name__}")
        assert world() == REAL


def test_what_is_imported_meanwhile_has_the_real_functions_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from time import monotonic, sleep\nfrom datetime import datetime\n"
    (tmp_path / "imported_meanwhile.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def importing(client: httpx.Client) -> str:
        module: Any = importlib.import_module("imported_meanwhile")
        assert module.sleep is time.sleep is not REAL[0]
        module.sleep(70)
        return state_of(client)

    assert verdict_on(importing).passed
    module: Any = sys.modules.pop("imported_meanwhile")
    assert (module.sleep, module.monotonic, module.datetime) == (REAL[0], REAL[2], REAL[9])


def test_who_looks_on_is_told_real_time() -> None:
    # as Hypothesis does, whose callback of the garbage collector comes at any place of a poller's code
    onlooker: Any = {"__name__": "hypothesis.onlooker"}
    exec("import time, datetime as dt\nfrom time import perf_counter", onlooker)  # noqa: S102 - another's module
    exec("def looks(): return time.monotonic(), perf_counter(), time.time_ns() / 1e9", onlooker)  # noqa: S102
    passed_s: list[float] = []

    def polling(client: httpx.Client) -> str:
        before, own = onlooker["looks"](), time.monotonic()
        time.sleep(3600)
        passed_s.append(time.monotonic() - own)
        passed_s.extend(now - was for was, now in zip(before, onlooker["looks"](), strict=True))
        return state_of(client)

    verdict_on(polling)
    assert passed_s[0] == 3600
    assert max(passed_s[1:]) < 1000


def test_who_replaces_a_function_itself_keeps_what_it_put_there() -> None:
    mine = object()
    here: Any = sys.modules[__name__]

    def replacing(client: httpx.Client) -> None:
        here.sleep = mine

    try:
        verdict_on(replacing)
        assert here.sleep is mine
    finally:
        here.sleep = REAL[0]


def test_a_half_made_patch_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> Iterator[Any]:
        raise RuntimeError("a module that cannot be read")

    monkeypatch.setattr(patches, "_places", broken)
    with pytest.raises(RuntimeError, match="cannot be read"), patches.patched():
        pass


def test_trials_may_run_beside_each_other_and_inside_a_loop() -> None:
    passed: list[int] = []

    async def asynchronous(client: httpx.AsyncClient) -> str:
        while (state := (await client.get(STATUS)).json()["state"]) == "importing":
            await asyncio.sleep(5)
        return str(state)

    def check(poller: Any) -> None:
        verdicts = check_client(poller, presets=["calm", "one_user", "crash_midway"], faults="none")
        passed.append(int(verdicts["passed"].sum()))

    pollers = [pausing(lambda: time.sleep(5)), asynchronous, pausing(lambda: threading.Event().wait(5))]
    threads = [threading.Thread(target=check, args=(poller,)) for poller in pollers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def inside() -> None:
        check(asynchronous)

    asyncio.run(inside())
    assert passed == [3, 3, 3, 3]


# asyncio ----------------------------------------------------------------------------------------------------


def test_asyncio_s_timeouts_are_of_virtual_time() -> None:
    async def limited(client: httpx.AsyncClient) -> str:
        async with asyncio.timeout(20):
            while (state := (await client.get(STATUS)).json()["state"]) == "importing":
                await asyncio.sleep(5)
        return str(state)

    row = verdict_on(limited)
    assert row.why.startswith("raised TimeoutError")
    assert (row.polls, row.ended_s) == (4, 20.0)


def test_a_late_answer_can_be_timed_out_while_others_go_on() -> None:
    seen: list[float] = []

    async def waiting(client: httpx.AsyncClient) -> str:
        started = time.monotonic()

        async def beside() -> None:
            while True:
                await asyncio.sleep(3)
                seen.append(time.monotonic() - started)

        task = asyncio.create_task(beside())
        late = 0
        for _ in range(2):
            try:
                await asyncio.wait_for(client.get(STATUS, timeout=None), 7)
            except TimeoutError:
                late += 1
        task.cancel()
        return f"{late} late after {time.monotonic() - started:g} s"

    assert verdict_on(waiting, "latency").why.startswith("returned '1 late after 7 s'")
    assert seen == [3.0, 6.0]


@pytest.mark.parametrize("in_thread", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_a_loop_waits_for_its_threads_before_time_goes_on(in_thread: Any) -> None:
    async def polling(client: httpx.AsyncClient) -> str:
        async with asyncio.timeout(300):
            while (state := (await client.get(STATUS)).json()["state"]) == "importing":
                await in_thread(sum, range(10_000))
                await asyncio.sleep(5)
        return str(state)

    row = verdict_on(polling)
    assert (row.passed, row.polls, row.ended_s) == (True, 15, 70.0), row.why


def test_who_waits_for_nothing_is_ended() -> None:
    async def waiting(_: httpx.AsyncClient) -> None:
        await asyncio.Event().wait()

    why = "stopped: it waits for ever, as nothing is left that could wake it"
    assert verdict_on(waiting).why == f"{why}; {ENDS}"


def test_who_cancels_in_vain_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    async def hammering(client: httpx.AsyncClient) -> None:
        async def beside() -> None:
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    continue

        task = asyncio.create_task(beside())
        while not task.done():
            await client.get(STATUS)

    assert verdict_on(hammering).why.startswith("stopped after 100 polls at one instant")
    # and nothing of it is said elsewhere
    assert capfd.readouterr() == ("", "")


# what is no time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-1, float("nan"), "5", None])
def test_no_sleep_of_what_is_no_duration(seconds: Any) -> None:
    errors: list[BaseException] = []

    def sleeping(_: httpx.Client) -> None:
        try:
            time.sleep(seconds)
        except (ValueError, TypeError) as error:
            errors.append(error)

    verdict_on(sleeping)
    with pytest.raises(type(errors[0])) as real:
        time.sleep(seconds)
    assert str(errors[0]) == str(real.value)


def test_who_only_looks_at_the_clock_is_stopped() -> None:
    def spinning(_: httpx.Client) -> None:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            pass

    async def spinning_too(_: httpx.AsyncClient) -> None:
        for _ in iter(int, 1):
            await asyncio.sleep(0)

    start = "stopped: it only looks at its clock, which stands still then; pause with "
    assert verdict_on(spinning).why == f"{start}time.sleep(seconds); {ENDS}"
    assert verdict_on(spinning_too).why == f"{start}await asyncio.sleep(seconds); {ENDS}"


# what passes beside it --------------------------------------------------------------------------------------


def test_real_time_that_a_thread_sleeps_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_time, "_TOLD_S", 0.01)

    def sleeping(client: httpx.Client) -> str:
        thread = threading.Thread(target=time.sleep, args=(0.02,))
        thread.start()
        thread.join()
        time.sleep(70)
        return state_of(client)

    row = verdict_on(sleeping)
    assert row.passed
    assert "of real time went by in time.sleep in a thread that it started" in row.why


def test_real_time_that_passes_elsewhere_is_told_and_ends_who_waits_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(real_time, "_TOLD_S", 0.01)
    monkeypatch.setattr("simimport.testing.pollers.trial.MOST_REAL_S", 0.05)
    held = threading.Lock()
    held.acquire()

    def once(client: httpx.Client) -> str:
        state_of(client)
        held.acquire(timeout=0.02)
        time.sleep(70)
        return state_of(client)

    def always(client: httpx.Client) -> None:
        while state_of(client) == "importing":
            held.acquire(timeout=0.02)

    row = verdict_on(once)
    assert row.passed
    assert "of real time went by in something that is none of time.sleep, asyncio and threading" in row.why
    row = verdict_on(always)
    assert row.why.startswith(f"stopped: what it waits for takes real time; {ENDS}")
    assert row.polls < 10


@pytest.mark.parametrize(
    ("pauses", "starved", "noted"),
    [((7, 7), (3.0, 3.0), ""), ((7, 8), (3.0, 63.0), ""), ((7, 8), (3.0, 62.5), ""),
     ((7, 8), (3.0, 33.0), "30 s"), ((7, 8), (3.0, 3.0), "1 min"), ((-1, -1), (0.0, 0.0), "1 min"),
     ((-1, -1), (3.0, 33.0), "30 s")],
)  # fmt: skip
def test_who_has_no_processor_for_long_does_not_wait(
    pauses: tuple[int, int], starved: tuple[float, float], noted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each look at the true clock is a minute later, as where the machine has much else to do
    minutes, counts, waits = itertools.count(0.0, 60.0), iter(pauses), iter(starved)
    monkeypatch.setattr(real_time, "busy", lambda: 0.0)
    monkeypatch.setattr(real_time, "true_monotonic", lambda: next(minutes))
    monkeypatch.setattr(real_time, "_pauses", lambda: next(counts))
    monkeypatch.setattr(real_time, "starved", lambda: next(waits))
    found = real_time.RealTime()
    found.leave()
    found.enter()
    assert [note.partition(" of real time")[0] for note in found.notes] == [noted] * bool(noted)


@pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="nobody tells here")
def test_who_shares_a_processor_stands_in_line_for_it() -> None:
    two_at_work = """
import os, time
from simimport.realtime import busy, starved

os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
other = os.fork()
before = busy(), starved()
while other == 0 or busy() + starved() - sum(before) < 0.3:
    pass
os.kill(other, 9)
print(busy() - before[0], starved() - before[1])
"""
    shown = subprocess.run([sys.executable, "-c", two_at_work], capture_output=True, text=True, check=True)
    worked_s, starved_s = map(float, shown.stdout.split())
    assert worked_s + starved_s >= 0.3
    # half of it, where all have the same right to it
    assert starved_s > 0.05


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others do not count pauses")
def test_a_wait_is_a_pause() -> None:
    held = threading.Lock()
    held.acquire()
    before = real_time._pauses()
    held.acquire(timeout=0.001)
    # a kernel of a sandbox may not count them
    assert real_time._pauses() > before or before == -1


def test_a_loop_of_another_kind_waits_in_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_time, "_TOLD_S", 0.01)

    def own_loop(client: httpx.Client) -> str:
        own = asyncio.SelectorEventLoop()
        state_of(client)
        own.run_until_complete(asyncio.sleep(0.02))
        own.close()
        time.sleep(70)
        return state_of(client)

    assert "of real time went by in something" in verdict_on(own_loop).why


def test_threads_that_a_poller_starts_are_waited_for_a_little() -> None:
    def by_pool(client: httpx.Client) -> str:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            while (state := pool.submit(state_of, client).result(timeout=600)) == "importing":
                time.sleep(5)
        return state

    def heartbeat(client: httpx.Client) -> str:
        over = threading.Event()
        thread = threading.Thread(target=lambda: over.wait(30), daemon=True)
        thread.start()
        try:
            return pausing(lambda: time.sleep(5))(client)
        finally:
            over.set()
            thread.join()

    def idle_pool(client: httpx.Client) -> str:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(sum, [1]).result()
            return pausing(lambda: threading.Event().wait(5))(client)

    for poller in (by_pool, heartbeat, idle_pool):
        row = verdict_on(poller)
        assert (row.passed, row.polls, row.ended_s) == (True, 15, 70.0), row.why
