"""`summarize`: its intervals against their definitions, and what it makes of any sweep's frame."""

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

from simimport import PRESETS, ParameterError, Scenario, summarize, sweep
from simimport.analysis.sweeps.intervals import mean_interval
from simimport.show.words import estimated
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
            assert low <= getattr(row, f"{name}_s") <= high


def test_the_interval_of_the_mean_is_students_without_the_skewness() -> None:
    frame = sweep(SMALL, over={"latency_cv": [0.1, 3.0]}, replicates=12, seed=4)
    for (_, cell), row in zip(frame.groupby("latency_cv"), summarize(frame).itertuples(), strict=True):
        values = cell["duration_s"].to_numpy()
        error, bend = stats.sem(values), stats.skew(values) * (11 / 12) ** 1.5 / math.sqrt(12)
        for end, wanted in ((row.mean_low_s, 0.975), (row.mean_high_s, 0.025)):
            t = (row.mean_s - end) / error
            # Hall's cubic transformation of t, which is Student's then
            bent = t + bend * t**2 / 3 + bend**2 * t**3 / 27 + bend / 6
            assert bent == pytest.approx(stats.t.ppf(wanted, 11), rel=1e-9)


def test_the_interval_of_the_mean_of_what_is_symmetric_is_students() -> None:
    for values in ([3.0, 8.0], [2.0, 4.0, 6.0], [1.0, 2.0, 9.0, 10.0]):
        wanted = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert mean_interval(np.array(values)) == pytest.approx((max(wanted[0], 0.0), wanted[1]), rel=1e-9)


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=30))
def test_the_mean_lies_in_its_interval(values: list[float]) -> None:
    low, high = mean_interval(np.array(values))
    assert 0 <= low <= np.mean(values) <= high < math.inf


def test_the_interval_of_a_quantile_lies_between_two_durations_or_is_open() -> None:
    frame = sweep(SMALL, over={"latency_cv": [1.0]}, replicates=72, seed=4)
    for n in (1, 5, 6, 71, 72):
        [row] = summarize(frame[:n]).itertuples()
        values = [0.0, *sorted(frame["duration_s"][:n]), math.inf]
        for name, share in (("q05", 0.05), ("median", 0.5), ("q95", 0.95)):
            low, high = (values.index(getattr(row, f"{name}_{end}_s")) for end in ("low", "high"))
            below = stats.binom(n, share)
            assert below.cdf(low - 1) <= 0.025 < below.cdf(low)
            assert below.sf(high - 1) <= 0.025 < below.sf(high - 2)


def test_of_one_run_there_is_no_interval_of_the_mean() -> None:
    [row] = summarize(sweep(SMALL, over={"users": [10]}, replicates=1)).itertuples()
    assert row.mean_s == row.median_s == row.q05_s == row.q95_s
    assert list(map(math.isnan, (row.mean_low_s, row.mean_high_s))) == [True, True]
    assert (row.median_low_s, row.median_high_s) == (0.0, math.inf)


def test_of_runs_that_all_take_as_long_the_mean_is_certain() -> None:
    frame = sweep(SMALL.replace(latency_cv=0), over={"users": [10]}, replicates=5)
    [row] = summarize(frame).itertuples()
    assert row.mean_low_s == row.mean_s == row.mean_high_s


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


def test_a_summary_is_shown_as_people_read_it_and_fits_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = sweep(SMALL, over={"cancel_rate": [0.0, 0.4], "failure_rate": [0.0, 0.1]}, replicates=100, seed=1)
    summary = summarize(frame)
    words = summary.in_words()
    assert list(words.columns) == [
        "runs", "done", "canceled", "error", "mean_s", "q05_s", "median_s", "q95_s", "failed_mean",
    ]  # fmt: skip
    assert words.index.equals(summary.index)
    for name, low, high in (("done", "done_low", "done_high"), ("mean_s", "mean_low_s", "mean_high_s")):
        wanted = [estimated(*row) for row in summary[[name, low, high]].to_numpy()]
        assert words[name].tolist() == wanted
    monkeypatch.setenv("LINES", "24")
    for width in (30, 60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        table, _, left = repr(summary).partition("\nnot shown: ")
        assert max(map(len, table.splitlines())) <= max(width, 50)
        assert set(left.split("; ")[0].split()) == set(words.columns) - set(table.split())
    assert all(name in str(summary._repr_html_()) for name in words.columns)


def test_of_many_cells_the_first_and_the_last_are_shown_and_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LINES", "24")
    summary = summarize(sweep(SMALL, over={"users": list(range(1, 71))}, replicates=2))
    lines = repr(summary).splitlines()
    assert len(lines) <= 24
    assert lines[2].startswith("1 ")
    assert [line.split()[0] for line in lines if line.startswith(("..", "70 "))] == ["...", "70", "70"]
    assert lines[-1] == "70 rows"
    shown = summary._repr_html_()
    assert shown is not None
    assert shown.count("<tr") < 70
    assert "70 rows" in shown
    assert "70 rows" not in repr(summarize(sweep(SMALL, over={"users": [1, 2]}, replicates=2)))


def test_where_html_is_not_wanted_there_is_none() -> None:
    summary = summarize(sweep(SMALL, over={"users": [1]}, replicates=2))
    with pd.option_context("display.notebook_repr_html", False):
        assert summary._repr_html_() is None


def test_what_is_made_of_a_summary_is_an_ordinary_frame() -> None:
    summary = summarize(sweep(SMALL, over={"failure_rate": [0.0, 0.1]}, replicates=5))
    for made in (
        summary[["done", "done_low", "done_high"]],
        summary.round(2),
        summary.reset_index(),
        summary.iloc[:1],
    ):
        assert type(made) is pd.DataFrame
    assert isinstance(summary, pd.DataFrame)


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
