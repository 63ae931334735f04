"""`sweep`: its rows are runs, its numbers follow closed forms, and bad input is refused before any work."""

from __future__ import annotations

import math
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
    Run,
    Scenario,
    ScenarioError,
    SweepError,
    simulate,
    stage,
    summarize,
    sweep,
)
from simimport.analysis.sweeps.worker import Job, rows, versions
from simimport.model import columns
from simimport.model.seeds import derive
from tests.analysis.sweeps.grids import GRID, SMALL
from tests.model.run.test_sampling import counted, fits
from tests.model.strategies import scenarios
from tests.model.test_columns import agree


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


def test_now_is_allowed_and_changes_nothing() -> None:
    frames = [sweep(SMALL.replace(epoch=e), over=GRID, replicates=2) for e in ("now", SMALL.epoch)]
    pd.testing.assert_frame_equal(*frames)


def test_a_worker_of_other_versions_refuses() -> None:
    job = Job({**versions(), "numpy": "1.0"}, 0, None, [(SMALL.to_dict(), 0, 1)])
    with pytest.raises(SweepError, match="same versions"):
        rows(job)


def test_a_sweep_says_what_is_finished_where_a_worker_has_other_versions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("simimport.analysis.sweeps.worker.versions", lambda: {"numpy": "1.0"})
    with pytest.raises(SweepError, match=r"same versions; 0 of 12 runs are finished and kept in") as raised:
        sweep(SMALL, over=GRID, replicates=2, store=tmp_path / "store")
    assert (raised.value.done, raised.value.total) == (0, 12)
    assert raised.value.store == str(tmp_path / "store")


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
    reports: list[tuple[int, int]] = []
    sweep(SMALL, over=GRID, replicates=40, progress=lambda done, total: reports.append((done, total)))
    assert reports[0] == (0, 240)
    assert reports[-1] == (240, 240)
    done = [now for now, _ in reports]
    assert done == sorted(set(done))
    assert len(reports) > 10


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
