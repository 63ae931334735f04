"""`sweep`: its rows are runs, its numbers follow closed forms, its store survives what happens to it."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simimport import (
    PRESETS,
    ParameterError,
    RecordError,
    Run,
    Scenario,
    ScenarioError,
    SweepError,
    simulate,
    stage,
    summarize,
    sweep,
)
from simimport.analysis.sweeps import plan as plans
from simimport.analysis.sweeps.plan import Plan, cells_of
from simimport.analysis.sweeps.worker import Job, rows, versions
from simimport.model import columns
from simimport.model.seed_blocks import StreamBlock
from simimport.model.seeds import STREAMS, derive, derive_all, stream
from tests.model.run.test_sampling import counted, fits
from tests.model.strategies import scenarios
from tests.model.test_columns import agree

SMALL = Scenario(users=120, failure_rate=0.1, cancel_rate=0.3, crash_rate=0.3)
GRID = {"cancel_rate": [0.0, 0.5], "failure_rate": [0.0, 0.1, 0.5]}


@pytest.fixture
def tiny_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut even small sweeps into many chunks; process pools are given theirs as data, so they follow."""
    monkeypatch.setattr(plans, "_LEAST_USERS", 20_000)


def row_of(run: Run) -> dict[str, Any]:
    """Return what a run says of itself, by columns of the sweep."""
    end = run.at(run.duration_s)
    return {
        "seed": run.seed,
        "final": run.final.value,
        "duration_s": run.duration_s,
        "importing_s": run.importing_s,
        "completed": end.completed,
        "error": end.error,
        "imported": end.imported,
        "failed": end.failed,
    }


def same(row: Any, run: Run) -> None:
    for name, value in row_of(run).items():
        assert getattr(row, name) == value, name
    assert row.ended_itself == (run.final != "canceled")


# rows are runs ---------------------------------------------------------------------------------------


@given(st.lists(scenarios(max_users=130), min_size=1, max_size=4), st.integers(0, 2**64 - 1))
def test_a_row_is_the_run_to_the_last_digit(found: list[Scenario], seed: int) -> None:
    frame = sweep(over=found, replicates=3, seed=seed)
    assert len(frame) == 3 * len(found)
    for row in frame.itertuples():
        assert row.seed == derive(seed, row.replicate)
        same(row, simulate(found[row.scenario], seed=row.seed))


def test_the_presets_are_swept_by_name() -> None:
    frame = sweep(over=PRESETS, replicates=2, seed=5)
    assert list(frame["scenario"].unique()) == list(PRESETS)
    for row in frame.itertuples():
        same(row, simulate(PRESETS[row.scenario], seed=row.seed))
    mine = sweep(over={"flaky": PRESETS["flaky"]}, replicates=2, seed=5)
    pd.testing.assert_frame_equal(mine, frame[frame["scenario"] == "flaky"].reset_index(drop=True))


def test_a_grid_has_every_combination_and_pairs_its_seeds() -> None:
    frame = sweep(SMALL, over=GRID, replicates=4, seed=9)
    assert list(frame.columns) == ["cancel_rate", "failure_rate", *columns.names("sweep")]
    keys = list(frame.groupby(list(GRID), sort=False).groups)
    assert keys == [(c, f) for c in GRID["cancel_rate"] for f in GRID["failure_rate"]]
    for _, cell in frame.groupby(list(GRID)):
        assert cell["seed"].tolist() == [derive(9, k) for k in range(4)]
        assert cell["replicate"].tolist() == [0, 1, 2, 3]
    for row in frame.itertuples():
        scenario = SMALL.replace(cancel_rate=row.cancel_rate, failure_rate=row.failure_rate)
        same(row, simulate(scenario, seed=row.seed))


def test_swept_columns_have_their_fields_kinds() -> None:
    over = {"users": [0, 60.0], "cancel_at": (None, 1), "importer": pd.Series(["api", "csv"])}
    frame = sweep(over=over, replicates=1)
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert kinds["users"] == "int64"
    assert kinds["cancel_at"] == "float64"
    assert kinds["importer"] == str(pd.Series(["a"]).dtype)
    assert frame["cancel_at"].isna().sum() == 4
    agree(frame[columns.names("sweep")], "sweep")
    agree(summarize(frame).reset_index(drop=True), "summary")


def test_staged_people_are_in_every_run() -> None:
    users = stage(Scenario(users=70), seed=3)
    users.loc[3, "email"] = None
    users.loc[5, "email"] = users.loc[4, "email"]
    users.loc[60, "email"] = "slow.12s@example.com"
    frame = sweep(over={"failure_rate": [0.0, 0.2]}, replicates=2, staged=users)
    for row in frame.itertuples():
        same(row, simulate(failure_rate=row.failure_rate, seed=row.seed, staged=users))
    assert (frame["failed"][frame["failure_rate"] == 0] == 2).all()


def test_the_cut_into_chunks_is_not_seen(tiny_chunks: None) -> None:
    scenarios = [SMALL, Scenario(users=0), Scenario(users=30_000), SMALL.replace(failure_rate=0.9)]
    frame = sweep(over=scenarios, replicates=11)
    plan = Plan(cells_of(None, scenarios), 11, 0)
    assert plan.chunks > 10
    assert plan.bounds == sorted(set(plan.bounds))
    whole = [rows(Job(versions(), 0, None, [(scenario.to_dict(), 0, 11)])) for scenario in scenarios]
    assert frame["duration_s"].tolist() == (np.concatenate(whole)[:, 1] / 1e6).tolist()


@pytest.mark.parametrize("replicates", [1, 7, 10**9])
def test_chunks_hold_every_row_once(replicates: int) -> None:
    cells = cells_of(None, [Scenario(users=n) for n in (10_000_000, 0, 8000, 1)])
    plan = Plan(cells, replicates, 0)
    if replicates == 10**9:
        # a thousand million of each: what is looked at is the cut, at both ends
        cells = cells_of(None, [Scenario(users=8000)])
        plan = Plan(cells, 10**7, 0)
    assert (plan.bounds[0], plan.bounds[-1]) == (0, plan.rows)
    assert min(np.diff(plan.bounds)) >= 1
    found = [piece for chunk in (0, plan.chunks - 1) for piece in plan.pieces(chunk)]
    assert all(0 <= first < last <= plan.replicates for _, first, last in found)
    assert sum(last - first for c in range(min(plan.chunks, 50)) for _, first, last in plan.pieces(c)) == (
        plan.bounds[min(plan.chunks, 50)]
    )


def test_now_is_allowed_and_changes_nothing() -> None:
    frames = [sweep(SMALL.replace(epoch=e), over=GRID, replicates=2) for e in ("now", SMALL.epoch)]
    pd.testing.assert_frame_equal(*frames)


def test_a_worker_of_other_versions_refuses() -> None:
    job = Job({**versions(), "numpy": "1.0"}, 0, None, [(SMALL.to_dict(), 0, 1)])
    with pytest.raises(Exception, match="same versions"):
        rows(job)


# streams in blocks ----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20, unique=True))
def test_streams_in_a_block_are_numpys_own(seeds: list[int]) -> None:
    block = StreamBlock(np.array(seeds, dtype=np.int64))
    for name in STREAMS:
        for seed in seeds:
            # twice: a stream begins anew each time
            for _ in range(2):
                assert block.stream(seed, name).bit_generator.state == stream(seed, name).bit_generator.state


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**53 - 1, 2**63 - 1])
def test_streams_at_the_edges(seed: int) -> None:
    assert StreamBlock(np.array([seed])).stream(seed, "crash").random() == stream(seed, "crash").random()


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**53))
def test_derived_seeds_in_a_block(seed: int, first: int) -> None:
    assert derive_all(seed, first, first + 5).tolist() == [derive(seed, first + k) for k in range(5)]


# closed forms ---------------------------------------------------------------------------------------


def test_failures_are_binomial() -> None:
    frame = sweep(Scenario(users=200), over={"failure_rate": [0.1]}, replicates=2000, seed=1)

    def p_value(rate: float) -> float:
        return counted(frame["failed"], stats.binom.pmf(np.arange(201), 200, rate))

    fits(p_value, 0.1, 0.095, 0.105)


@pytest.mark.parametrize("cv", [0.5, 1.5])
def test_durations_are_gamma(cv: float) -> None:
    frame = sweep(Scenario(users=130, users_per_s=10.0), over={"latency_cv": [cv]}, replicates=3000, seed=2)
    # ten milliseconds before the work, and three times as much after it
    work_s = frame["importing_s"] - 0.04

    def p_value(other: tuple[float, float]) -> float:
        spread, speed = other
        law = stats.gamma(130 / spread**2, scale=spread**2 / speed)
        return float(stats.kstest(work_s, law.cdf).pvalue)

    slower = (cv, 10 * (1 - cv / 30))
    fits(p_value, (cv, 10.0), (cv * 1.25, 10.0), (cv / 1.25, 10.0), slower)


def test_how_it_ends_when_both_interrupt() -> None:
    # with p_b the share of batch b, and P_b that of the batches before: a crash in b ends it unless a cancel
    # struck before b; a cancel in b unless a crash struck in b or before
    cancel, crash, share = 0.6, 0.5, np.array([50, 50, 30]) / 130
    scenario = Scenario(users=130, cancel_rate=cancel, crash_rate=crash)
    frame = sweep(over=[scenario], replicates=8000, seed=3)
    seen = [int((frame["final"] == final).sum()) for final in ("done", "canceled", "error")]

    def p_value(rates: tuple[float, float]) -> float:
        c, k = rates
        before = np.cumsum(share) - share
        error = (k * share * (1 - c * before)).sum()
        canceled = (c * share * (1 - k * (before + share))).sum()
        law = np.array([(1 - c) * (1 - k), canceled, error])
        assert law.sum() == pytest.approx(1)
        return float(stats.chisquare(seen, law * 8000).pvalue)

    fits(p_value, (cancel, crash), (0.55, 0.5), (0.6, 0.55))


# stores ---------------------------------------------------------------------------------------------


def test_a_store_changes_nothing_and_is_used(tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40)
    told: list[tuple[int, int]] = []
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    for _ in range(2):
        stored = again(progress=lambda done, total: told.append((done, total)))
        pd.testing.assert_frame_equal(stored, frame)
    first = [done for done, _ in told]
    assert told[0] == (0, 240)
    # the second time nothing was left to do
    assert told[-2:] == [(240, 240), (240, 240)]
    assert len(first) == len(list((tmp_path / "s").glob("*.rows"))) + 2


class StoppedError(RuntimeError):
    """The test's own interruption."""


@pytest.mark.parametrize("kind", [StoppedError, KeyboardInterrupt])
def test_a_sweep_that_is_stopped_goes_on(kind: Any, tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40)

    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise kind

    with pytest.raises(kind):
        sweep(SMALL, over=GRID, replicates=40, store=tmp_path / "s", progress=stop)
    kept = sorted((tmp_path / "s").glob("*.rows"))
    assert len(kept) > 5
    before = {path: path.stat().st_mtime_ns for path in kept}
    told: list[int] = []
    with pytest.raises(RecordError, match="run the sweep to its end"):
        summarize(tmp_path / "s")
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    resumed = again(progress=lambda done, _: told.append(done))
    pd.testing.assert_frame_equal(resumed, frame)
    assert told[0] > 120
    assert {path: path.stat().st_mtime_ns for path in kept} == before


def test_an_interruption_says_what_is_kept(tiny_chunks: None, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"of 240 runs are finished and lost: a store="):
        sweep(SMALL, over=GRID, replicates=40, progress=stop)
    with pytest.raises(KeyboardInterrupt, match=r"kept in '.*s': the same call goes on"):
        sweep(SMALL, over=GRID, replicates=40, progress=stop, store=tmp_path / "s")


def test_a_killed_sweep_goes_on(tmp_path: Path) -> None:
    # 200 runs of a hundred thousand users take seconds: long enough to be killed within
    code = f"""
        from simimport import Scenario, sweep
        scenario, over = Scenario(users=100_000), {{"failure_rate": [0.1, 0.2]}}
        sweep(scenario, over=over, replicates=1000, store={str(tmp_path / "s")!r})
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment) as process:
        for _ in range(3000):
            if len(list((tmp_path / "s").glob("*.rows"))) >= 2:
                break
            assert process.poll() is None
            time.sleep(0.01)  # noqa: TID251 - another process is waited for
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    cells = cells_of(Scenario(users=100_000), {"failure_rate": [0.1, 0.2]})
    plan = Plan(cells, 1000, 0)
    from simimport.analysis.sweeps.store import open_store

    store = open_store(tmp_path / "s", plan)
    kept = store.finished()
    assert 2 <= len(kept) < plan.chunks
    # what is kept is what an uninterrupted sweep has there
    chunk = kept[-1]
    assert (store.read(chunk) == rows(plan.job(chunk))).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1}, "another sweep, with other seed"),
        ({"replicates": 5}, "another sweep, with other replicates"),
        ({"base": SMALL.replace(users=121)}, "another sweep, with other scenarios"),
        ({"over": {"failure_rate": [0.1, 0.5]}}, "another sweep, with other swept fields, scenarios"),
        ({"staged": stage(Scenario(users=120), seed=1)}, "another sweep, with other staged people"),
    ],
)
def test_another_sweeps_store_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"base": SMALL, "over": GRID, "replicates": 4}
    sweep(**asked, store=tmp_path / "s")
    before = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    with pytest.raises(RecordError, match=words):
        sweep(**{**asked, **changes}, store=tmp_path / "s")
    assert {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()} == before


def test_another_versions_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("simimport.analysis.sweeps.plan.versions", lambda: {**versions(), "numpy": "1.0"})
        plan = Plan(cells_of(SMALL, GRID), 4, 0)
        from simimport.analysis.sweeps.store import open_store

        open_store(tmp_path / "s", plan)
    with pytest.raises(RecordError, match=r"begun with simimport .*, numpy 1.0: go on with these"):
        sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")


@pytest.mark.parametrize("damage", ["short", "flipped", "swapped", "other"])
def test_a_damaged_chunk_is_refused_and_can_go(damage: str, tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    sweep(SMALL, over=GRID, replicates=40, seed=1, store=tmp_path / "t")
    victim, other = sorted((tmp_path / "s").glob("*.rows"))[3:5]
    content = bytearray(victim.read_bytes())
    if damage == "short":
        content = content[:-8]
    elif damage == "flipped":
        content[60] ^= 1
    else:
        content = bytearray((other if damage == "swapped" else tmp_path / "t" / victim.name).read_bytes())
    victim.write_bytes(content)
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    for ask in (again, lambda: summarize(tmp_path / "s")):
        with pytest.raises(RecordError, match=rf"{victim.name}: the file is damaged; delete it") as info:
            ask()
        assert info.value.path == str(victim)
    victim.unlink()
    pd.testing.assert_frame_equal(again(), frame)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "digest": ""}', '{"format": 1, "seed": 5}']
)
def test_a_damaged_manifest_is_refused(text: str, tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    (tmp_path / "s" / "sweep.json").write_text(text, encoding="utf-8")
    again = partial(sweep, SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    for ask in (again, lambda: summarize(tmp_path / "s")):
        with pytest.raises(RecordError, match="manifest cannot be used"):
            ask()


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    path = tmp_path / "s" / "sweep.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["seed"] = 7
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(RecordError, match="digest does not fit"):
        sweep(SMALL, over=GRID, replicates=4, seed=7, store=tmp_path / "s")


def test_folders_that_are_no_store_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x", encoding="utf-8")
    for store, words in [
        (tmp_path, "new, empty"), (tmp_path / "mine", "path of a folder"), ("", "path of a folder"),
        (tmp_path / "no" / "such", "inside one that exists"), (5, "path of a folder"),
    ]:  # fmt: skip
        with pytest.raises(ParameterError, match=words):
            sweep(SMALL, over=GRID, replicates=1, store=store)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(RecordError, match="no sweep's store"):
        summarize(tmp_path)


MEMORY = """
import resource, tempfile
from simimport import Scenario
from simimport.analysis import plan, store, sweep
cells = plan.cells_of(Scenario(users=20), {"failure_rate": [0.1, 0.2]})
peaks = []
for replicates in (1_000, %d):
    made = plan.Plan(cells, replicates, 0)
    with tempfile.TemporaryDirectory() as folder:
        kept = store.open_store(folder + "/s", made)
        sweep._run(made, kept, None, lambda *_: None, kept.write)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


def test_a_sweep_into_a_store_takes_no_more_memory_for_more_replicates() -> None:
    # 2 x 60,000 rows are 7 MB of numbers and 12 MB of frame; a few chunks are 2 MB
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", MEMORY % 60_000]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    small, large = map(int, done.stdout.split())
    assert large - small < 4_000


# bad input ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"over": {}}, "over is {}; allowed: at least one field"),
        ({"over": []}, "at least one scenario"),
        ({"over": {"failure_rate": []}}, r"over\['failure_rate'\] is \[\]; allowed: at least one value"),
        ({"over": {"failure_rates": [1]}}, "the field 'failure_rates'.*Did you mean 'failure_rate'"),
        ({"over": {"failure_rate": 0.1}}, r"For one value write \[0.1\]"),
        ({"over": {"importer": "api"}}, r"For one value write \['api'\]"),
        ({"over": {"failure_rate": [0.1, 2]}}, "cell failure_rate=2: failure_rate is 2; allowed: a number"),
        ({"over": {"users": [5], "loading_s": [3.0]}}, "cell users=5, loading_s=3.0: loading_s"),
        ({"over": {"failure_rate": [0, 0.0]}}, "this cell is there twice"),
        ({"over": {"failure_rate": [math.nan]}}, "failure_rate is nan"),
        ({"over": {1: [2]}}, "the field 1"),
        ({"over": [SMALL, 5]}, r"over\[1\] is 5"),
        ({"over": {"a": SMALL, 2: SMALL}}, "names that are texts"),
        ({"over": {"a": SMALL, "users": [5]}}, "the field 'a'"),
        ({"over": "flaky"}, "a mapping of field names"),
        ({"over": 5}, "a mapping of field names"),
        ({"over": PRESETS, "base": SMALL}, "None where whole scenarios"),
        ({"base": {"users": 5}}, "base is .*allowed: a Scenario"),
        ({"replicates": 0}, "replicates is 0; allowed: a whole number from 1"),
        ({"replicates": -1}, "replicates is -1"),
        ({"replicates": 2.5}, "replicates is 2.5"),
        ({"replicates": True}, "replicates is True"),
        ({"replicates": "5"}, "replicates is '5'"),
        ({"seed": None}, "seed is None"),
        ({"seed": -1}, "seed is -1"),
        ({"executor": 5}, "executor is 5; allowed: None, or a concurrent.futures.Executor"),
        ({"executor": "processes"}, "executor is 'processes'"),
        ({"progress": "yes"}, "progress is 'yes'"),
        ({"staged": stage(SMALL, seed=1), "over": {"users": [1, 2]}}, "staged= says how many"),
        ({"staged": stage(SMALL, seed=1), "over": {"users": []}}, "at least one value"),
    ],
)
def test_bad_input_is_refused_before_any_work(
    asked: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr("simimport.analysis.sweeps.dispatch.rows", never)
    with pytest.raises(ParameterError, match=words):
        sweep(**{"over": GRID, "store": tmp_path / "s", **asked})
    assert not (tmp_path / "s").exists()


def test_the_class_of_an_executor_is_none() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with pytest.raises(ParameterError, match="executor"):
        sweep(over=GRID, executor=ThreadPoolExecutor)  # type: ignore[arg-type]


def test_an_import_that_outlasts_the_calendar_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"users_per_s .*year 9999.*of 100 runs are finished"):
        sweep(over={"users_per_s": [1e-9]})


def test_a_sweep_error_survives_pickling() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(SweepError("x", done=1, total=2, store="s")))  # noqa: S301 - our own
    assert (str(error), error.done, error.total, error.store) == ("x", 1, 2, "s")


# progress -------------------------------------------------------------------------------------------


def test_progress_is_told(tiny_chunks: None) -> None:
    told: list[tuple[int, int]] = []
    sweep(SMALL, over=GRID, replicates=40, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 240)
    assert told[-1] == (240, 240)
    done = [now for now, _ in told]
    assert done == sorted(set(done))
    assert len(told) > 10


def test_a_bar_is_shown_on_demand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(SMALL, over=GRID, replicates=2)
    sweep(SMALL, over=GRID, replicates=2, progress=False)
    assert capsys.readouterr() == ("", "")
    # even a short sweep, were it long
    from tqdm import auto

    shown: list[int] = []

    class Bar(auto.tqdm):  # type: ignore[misc,type-arg]
        def update(self, n: float | None = 1) -> Any:
            shown.append(self.total)
            return super().update(n)

    monkeypatch.setattr(auto, "tqdm", Bar)
    sweep(SMALL, over=GRID, replicates=2, progress=True)
    assert set(shown) == {12}
