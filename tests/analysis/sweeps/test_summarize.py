"""`summarize`: its intervals against the bootstrap, and what it makes of any sweep's frame."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simimport import PRESETS, ParameterError, Scenario, summarize, sweep
from tests.model.test_columns import agree

SMALL = Scenario(users=120, failure_rate=0.1)


def test_a_summary_is_what_its_rows_say() -> None:
    over = {"cancel_rate": [0.0, 0.5], "crash_rate": [0.0, 0.5], "cancel_at": [None, 0.2]}
    frame = sweep(SMALL, over=over, replicates=60, seed=2)
    summary = summarize(frame)
    agree(summary.reset_index(drop=True), "summary")
    assert summary.index.names == list(over)
    assert len(summary) == 8
    for key, row in zip(summary.index, summary.itertuples(), strict=True):
        at = frame["cancel_at"].isna() if math.isnan(key[2]) else frame["cancel_at"] == key[2]
        cell = frame[(frame["cancel_rate"] == key[0]) & (frame["crash_rate"] == key[1]) & at]
        assert row.runs == len(cell) == 60
        assert (row.done, row.canceled, row.error) == tuple(
            (cell["final"] == final).mean() for final in ("done", "canceled", "error")
        )
        done = cell["duration_s"][cell["final"] == "done"].to_numpy()
        quantiles = np.quantile(done, [0.05, 0.5, 0.95], method="inverted_cdf").tolist()
        assert [row.q05_s, row.median_s, row.q95_s] == quantiles
        assert row.mean_s == pytest.approx(done.mean())
        assert row.failed_mean == cell["failed"].mean()
        for name in ("mean", "q05", "median", "q95"):
            low, high = getattr(row, f"{name}_low_s"), getattr(row, f"{name}_high_s")
            assert done.min() <= low <= getattr(row, f"{name}_s") <= high <= done.max()


def test_the_intervals_are_the_bootstraps() -> None:
    frame = sweep(SMALL, over={"latency_cv": [1.0]}, replicates=80, seed=4)
    [row] = summarize(frame).itertuples()
    rng = np.random.default_rng(1)
    drawn = rng.choice(frame["duration_s"].to_numpy(), size=(20_000, 80))
    spread = float(frame["duration_s"].std())
    for name, value in [("mean", drawn.mean(axis=1)), *(
        (name, np.quantile(drawn, share, axis=1, method="inverted_cdf"))
        for name, share in (("q05", 0.05), ("median", 0.5), ("q95", 0.95))
    )]:  # fmt: skip
        wanted = np.quantile(value, [0.025, 0.975])
        found = [getattr(row, f"{name}_low_s"), getattr(row, f"{name}_high_s")]
        # of quantiles at most to the next duration that occurred
        assert found == pytest.approx(wanted, abs=0.05 * spread if name == "mean" else 0.12 * spread), name


def test_the_intervals_cover() -> None:
    # 300 cells of the same law, each with replicates of its own: one long sweep, cut into pieces
    frame = sweep(over=[SMALL.replace(failure_rate=0)], replicates=300 * 40)
    frame["scenario"] = frame["replicate"] // 40
    truth = stats.gamma(120 / 0.25, scale=0.25 / 30)
    wanted = {"mean": truth.mean() + 7.04, "median": truth.median() + 7.04}
    covered = dict.fromkeys(wanted, 0)
    for row in summarize(frame).itertuples():
        assert row.runs == 40
        for name, value in wanted.items():
            covered[name] += getattr(row, f"{name}_low_s") <= value <= getattr(row, f"{name}_high_s")
    for times in covered.values():
        # 95 % nominal; percentiles of 40 are a little short
        assert stats.binomtest(times, 300, 0.94).pvalue > 1e-3
        assert stats.binomtest(times, 300, 0.85).pvalue < 1e-3


def test_runs_that_ended_done_are_an_unbiased_sample() -> None:
    # and what a censoring estimator would make of interruptions is not
    frame = sweep(SMALL, over={"cancel_rate": [0.0, 0.7]}, replicates=3000, seed=5)
    whole, part = (cell for _, cell in frame.groupby("cancel_rate"))
    done = part["duration_s"][part["final"] == "done"]
    assert stats.ks_2samp(whole["duration_s"], done).pvalue > 1e-3
    assert stats.ks_2samp(whole["duration_s"], part["duration_s"]).pvalue < 1e-6


def test_cells_in_which_nobody_is_done() -> None:
    [row] = summarize(sweep(over={"canceled_early": PRESETS["canceled_early"]}, replicates=3)).itertuples()
    assert (row.Index, row.done, row.canceled) == ("canceled_early", 0.0, 1.0)
    times = [value for name, value in row._asdict().items() if name.endswith("_s")]
    assert len(times) == 12
    assert all(map(math.isnan, times))


def test_a_store_is_summarized_as_its_frame(tmp_path: Path) -> None:
    for place, over in enumerate([PRESETS, {"failure_rate": [0, 0.1], "cancel_at": [None, 0.5]}, [SMALL]]):
        folder = tmp_path / str(place)
        frame = sweep(over=over, replicates=3, store=folder)  # type: ignore[arg-type]
        pd.testing.assert_frame_equal(summarize(folder), summarize(frame))


def test_the_same_frame_gives_the_same_summary_in_any_order() -> None:
    frame = sweep(SMALL, over={"failure_rate": [0.0, 0.1]}, replicates=30)
    shuffled = frame.sample(frac=1, random_state=1).sort_values("failure_rate", kind="stable")
    pd.testing.assert_frame_equal(summarize(frame), summarize(shuffled))
    wider = frame.assign(note="x").drop(columns=["seed", "imported"])
    pd.testing.assert_frame_equal(summarize(frame), summarize(wider))
    part = summarize(frame[frame["failure_rate"] > 0])
    pd.testing.assert_frame_equal(part, summarize(frame).iloc[1:])


def test_what_is_no_sweeps_frame_is_refused(tmp_path: Path) -> None:
    frame = sweep(SMALL, over={"failure_rate": [0.0, 0.1]}, replicates=3)
    bad: list[tuple[Any, str]] = [
        (5, "what sweep"),
        (None, "what sweep"),
        (frame.drop(columns="final"), "missing: final"),
        (frame.iloc[:0], "at least one row"),
        (frame.drop(columns="failure_rate"), "swept fields"),
        (frame.assign(final="finished"), "done, canceled or error"),
    ]
    for value, words in bad:
        with pytest.raises(ParameterError, match=words):
            summarize(value)
