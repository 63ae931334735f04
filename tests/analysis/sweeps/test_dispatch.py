"""`sweep` on executors: the same frame from all of them, and a clear end where one breaks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simimport import PRESETS, ParameterError, Scenario, ScenarioError, SweepError, stage, sweep

OVER = {"failure_rate": [0.0, 0.2], "crash_rate": [0.0, 0.5]}
BASE = Scenario(users=300, cancel_rate=0.3)

# chunks of few users, so that even these small sweeps have many to send
pytestmark = pytest.mark.usefixtures("tiny_chunks")

KINDS = ("threads", "fork", "spawn", "dask")


@pytest.fixture(params=KINDS)
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Executor]:
    if request.param == "dask":
        yield from dask_executor(tmp_path)
    elif request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(2, mp_context=get_context(request.param)) as processes:
            yield processes


def dask_executor(folder: Path) -> Iterator[Executor]:
    """Yield the executor of a real cluster."""
    with dask_client(folder) as client:
        yield client.get_executor()


@contextmanager
def dask_client(folder: Path) -> Iterator[Any]:
    """Give the client of a real cluster: a scheduler and two worker processes, on the loopback."""
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set({"temporary-directory": str(folder)}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_all_give_the_same_frame(executor: Executor, tmp_path: Path) -> None:
    here = sweep(BASE, over=OVER, replicates=40, seed=3)
    pd.testing.assert_frame_equal(sweep(BASE, over=OVER, replicates=40, seed=3, executor=executor), here)
    # begun here, ended there
    store = tmp_path / "s"

    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        sweep(BASE, over=OVER, replicates=40, seed=3, store=store, progress=stop)
    there = sweep(BASE, over=OVER, replicates=40, seed=3, executor=executor, store=store)
    pd.testing.assert_frame_equal(there, here)
    users = stage(Scenario(users=60), seed=1)
    users.loc[7, "email"] = users.loc[8, "email"]
    scenarios = {name: PRESETS[name] for name in ("flaky", "restless_admin")}
    staged = [sweep(over=scenarios, replicates=5, staged=users, executor=where) for where in (None, executor)]
    pd.testing.assert_frame_equal(*staged)
    with pytest.raises(ScenarioError, match="year 9999"):
        sweep(over={"users_per_s": [1e-9]}, replicates=3, executor=executor)


class Counting(ThreadPoolExecutor):
    """Keeps count of what is out; breaks after some chunks."""

    def __init__(self, breaks_after: int | None = None, *, at_submit: bool = False) -> None:
        super().__init__(2)
        self.out = self.most = self.given = 0
        self.breaks_after, self.at_submit = breaks_after, at_submit

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        self.given += 1
        self.out += 1
        self.most = max(self.most, self.out)
        if self.breaks_after is not None and self.given > self.breaks_after:
            if self.at_submit:
                raise BrokenExecutor("it is gone")
            return super().submit(_breaks)
        future = super().submit(function, *arguments, **named)
        future.add_done_callback(self._back)
        return future

    def _back(self, _: Future[Any]) -> None:
        self.out -= 1


def _breaks() -> None:
    raise ValueError("no such worker")


def test_the_number_in_flight_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simimport.analysis.sweeps.dispatch._IN_FLIGHT", 3)
    with Counting() as executor:
        sweep(BASE, over=OVER, replicates=40, executor=executor)
        assert executor.given > 20
        assert executor.most <= 3


@pytest.mark.parametrize("at_submit", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_one_that_breaks_midway(
    at_submit: bool, stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s" if stored else None
    error = broken_midway(store, at_submit, monkeypatch)
    assert ("it is gone" if at_submit else "no such worker") in str(error)
    assert 0 < error.done < error.total == 160
    assert f"{error.done} of 160 runs are finished" in str(error)
    assert error.store == (str(store) if stored else None)
    assert ("the same call goes on" if stored else "a store= would keep them") in str(error)


@pytest.mark.parametrize("at_submit", [False, True])
def test_what_one_that_broke_has_stored_is_not_done_again(
    at_submit: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s"
    error = broken_midway(store, at_submit, monkeypatch)
    reports: list[int] = []
    resumed = sweep(
        BASE, over=OVER, replicates=40, store=store, progress=lambda done, _: reports.append(done)
    )
    assert reports[0] == error.done
    pd.testing.assert_frame_equal(resumed, sweep(BASE, over=OVER, replicates=40))


def broken_midway(store: Path | None, at_submit: bool, monkeypatch: pytest.MonkeyPatch) -> SweepError:
    """Return the error of a sweep whose executor breaks after ten chunks."""
    monkeypatch.setattr("simimport.analysis.sweeps.dispatch._IN_FLIGHT", 3)
    with Counting(10, at_submit=at_submit) as executor, pytest.raises(SweepError) as broken:
        sweep(BASE, over=OVER, replicates=40, executor=executor, store=store)
    return broken.value


def _dies(*_: object) -> None:
    os._exit(3)


class Dying(ProcessPoolExecutor):
    """A pool whose second worker dies of the fifth chunk."""

    given = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        self.given += 1
        return super().submit(_dies if self.given == 5 else function, *arguments, **named)


def test_a_worker_process_that_dies(tmp_path: Path) -> None:
    with (
        Dying(2, mp_context=get_context("spawn")) as executor,
        pytest.raises(SweepError, match=r"the executor broke \(BrokenProcessPool.* kept in"),
    ):
        sweep(BASE, over=OVER, replicates=40, executor=executor, store=tmp_path / "s")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_worker_of_dask_that_is_killed_midway_is_made_up_for(tmp_path: Path) -> None:
    with dask_client(tmp_path) as client:
        before = set(client.run(os.getpid).values())
        killed: list[int] = []

        def kill(done: int, total: int) -> None:
            if done > total / 4 and not killed:
                killed.append(min(before))
                os.kill(killed[0], signal.SIGKILL)

        store, executor = tmp_path / "s", client.get_executor()
        there = sweep(BASE, over=OVER, replicates=40, seed=3, executor=executor, store=store, progress=kill)
        # it is replaced, sooner or later
        client.wait_for_workers(2, timeout=60)
        after = set(client.run(os.getpid).values())
    assert len(before) == len(after) == 2
    assert after & set(killed) == set()
    here = sweep(BASE, over=OVER, replicates=40, seed=3)
    pd.testing.assert_frame_equal(there, here)
    pd.testing.assert_frame_equal(sweep(BASE, over=OVER, replicates=40, seed=3, store=store), here)


def test_one_that_is_shut_down() -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(SweepError, match="0 of 160 runs"):
        sweep(BASE, over=OVER, replicates=40, executor=executor)


def test_what_is_out_is_called_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simimport.analysis.sweeps.dispatch._IN_FLIGHT", 12)

    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as executor:
        futures: list[Future[Any]] = []
        submit = executor.submit

        def kept(*arguments: Any) -> Future[Any]:
            futures.append(submit(*arguments))
            return futures[-1]

        monkeypatch.setattr(executor, "submit", kept)
        with pytest.raises(KeyboardInterrupt):
            sweep(BASE, over=OVER, replicates=40, executor=executor, progress=stop)
    assert any(future.cancelled() for future in futures)


def test_a_dask_client_is_told_to_give_its_executor() -> None:
    class Client:
        def submit(self) -> None: ...

        def get_executor(self) -> None: ...

    with pytest.raises(ParameterError, match=r"give client.get_executor\(\)"):
        sweep(BASE, over=OVER, executor=Client())  # type: ignore[arg-type]


def test_no_bar_is_drawn_where_there_is_no_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)  # nobody asks for it
    monkeypatch.setattr(sys, "stderr", None)
    for progress in (True, None):
        assert len(sweep(over={"users": [1, 2]}, replicates=2, progress=progress)) == 4
