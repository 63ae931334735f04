"""What polling more often buys: against integrals on a fine grid, and by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simimport import PRESETS, Run, Scenario, interval_for, observe, polling_tradeoff, simulate
from simimport.analysis.ages import age_exceeded, ages_of, shown_of
from simimport.analysis.observe import phase_of
from simimport.analysis.polling import _measured
from simimport.errors import ParameterError
from simimport.model import columns
from simimport.model.seeds import derive
from tests.model.test_columns import agree


def brute(run: Run, seen: pd.DataFrame, step_s: float) -> tuple[float, float]:
    """Return the mean staleness in seconds and users over the time of importing, on a fine grid."""
    begin_s = run.duration_s - run.importing_s
    grid = np.arange(begin_s + step_s / 2, run.duration_s, step_s)
    finished_s = run.outcomes["finished_s"].dropna().to_numpy()
    place = np.searchsorted(seen["answered_s"], grid, side="right") - 1
    shown = np.where(place < 0, 0, (seen["completed"] + seen["error"]).to_numpy()[place])
    updated_s = np.where(place < 0, begin_s, np.fmax(seen["updated_at_s"].to_numpy()[place], begin_s))
    return float((grid - updated_s).mean()), float((np.searchsorted(finished_s, grid) - shown).mean())


GROWING = ("staleness_s", "staleness_s_p95", "staleness_s_max", "staleness_users", "delay_s", "delay_p95_s")
KINDS = ("calm", "slows_down", "crash_midway", "canceled_early", "one_user", "csv_upload")


@pytest.mark.parametrize("preset", KINDS)
def test_means_over_time_are_integrals(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=2)
    for every_s, phase_s in ((0.7, 0.3), (5.0, 1.0), (40.0, 30.0), (300.0, 299.0)):
        seen = observe(run, every_s=every_s, phase_s=phase_s)
        polls, nothing_new, staleness_s, staleness_users, delay_s = _measured(run, seen).means
        slow_s, slow_users = brute(run, seen, run.importing_s / 40_000)
        assert staleness_s == pytest.approx(slow_s, rel=1e-2, abs=1e-3)
        assert staleness_users == pytest.approx(slow_users, rel=1e-2, abs=0.05)
        assert (polls, nothing_new) == (len(seen), 1 - seen["changed"].mean())
        assert delay_s == pytest.approx(seen["answered_s"].iloc[-1] - run.duration_s)


def test_a_trade_off_is_cost_against_freshness() -> None:
    bought = polling_tradeoff(Scenario(users=1000), every_s=[20, 1, 5, 5.0], replicates=40, seed=3)
    assert bought["every_s"].tolist() == [1, 5, 20]
    assert bought["polls"].is_monotonic_decreasing
    assert bought["nothing_new"].is_monotonic_decreasing
    for name in GROWING:
        assert bought[name].is_monotonic_increasing, name
    # the delay is uniform over the interval: mean 1/2, standard error 1/sqrt(12 · 40)
    np.testing.assert_allclose(bought["delay_s"] / bought["every_s"], 0.5, atol=4 / math.sqrt(12 * 40))
    again = polling_tradeoff(Scenario(users=1000), every_s=[5], replicates=40, seed=3)
    pd.testing.assert_frame_equal(again, bought[1:2].reset_index(drop=True))


def test_an_import_of_nobody_is_never_stale_in_users() -> None:
    bought = polling_tradeoff(PRESETS["empty"], every_s=[1], replicates=3)
    assert bought["staleness_users"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"every_s": []}, "every_s"), ({"every_s": 5}, "every_s"), ({"every_s": "5"}, "every_s"),
        ({"every_s": [1, 0]}, "every_s"), ({"every_s": [1], "replicates": 0}, "replicates"),
        ({"every_s": [1], "replicates": 1.5}, "replicates"),
        ({"every_s": [1], "replicates": True}, "replicates"), ({"every_s": [1], "seed": -2}, "seed"),
    ],
)  # fmt: skip
def test_bad_trade_offs_are_named(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        polling_tradeoff(Scenario(users=10), **arguments)
    assert caught.value.field == field


def test_what_is_no_scenario_is_named() -> None:
    with pytest.raises(ParameterError, match="a Scenario"):
        polling_tradeoff({}, every_s=[1])  # type: ignore[arg-type]  # that it is none is the point


def test_the_interval_for_a_wanted_freshness() -> None:
    bought = pd.DataFrame({"every_s": [1.0, 2.0, 4.0], "staleness_users": [40.0, 50.0, 90.0],
                           "delay_s": [0.5, 0.4, 2.0]})  # fmt: skip
    assert interval_for(bought, "staleness_users", 70) == pytest.approx(3)
    assert interval_for(bought[::-1], "staleness_users", 70) == pytest.approx(3)
    assert interval_for(bought, "staleness_users", 40) == 1
    assert interval_for(bought, "staleness_users", 90) == 4
    # a dip where it should grow is no fresher
    assert interval_for(bought, "delay_s", 0.5) == pytest.approx(2)
    for column in ("polls", "staleness_s", "nonsense"):
        with pytest.raises(ParameterError, match="staleness_users"):
            interval_for(bought, column, 1)


@pytest.mark.parametrize(
    ("column", "wanted", "words"),
    [
        ("staleness_users", 39, "wanted is 39; allowed: 40 to 90, .* of 1 s to 4 s gave; try shorter ones"),
        ("staleness_users", 90.5, "allowed: 40 to 90, .* intervals of 1 s to 4 s gave; try longer ones"),
        ("delay_s", 0.1, "allowed: 500 ms to 2 s, .* intervals of 1 s to 4 s gave; try shorter ones"),
        ("delay_s", 1e9, "allowed: 500 ms to 2 s, .* intervals of 1 s to 4 s gave; try longer ones"),
    ],
)
def test_what_was_not_tried_is_not_answered(column: str, wanted: float, words: str) -> None:
    bought = pd.DataFrame({"every_s": [1.0, 2.0, 4.0], "staleness_users": [40.0, 50.0, 90.0],
                           "delay_s": [0.5, 0.4, 2.0]})  # fmt: skip
    with pytest.raises(ParameterError, match=words) as caught:
        interval_for(bought, column, wanted)
    assert caught.value.field == "wanted"


def test_one_interval_answers_for_itself_alone() -> None:
    bought = polling_tradeoff(Scenario(users=100), every_s=[3], replicates=2)
    assert interval_for(bought, "delay_s", bought["delay_s"][0]) == 3
    with pytest.raises(ParameterError, match="try longer ones"):
        interval_for(bought, "delay_s", 4)


def test_no_interval_is_fresh_where_nothing_is_at_work() -> None:
    bought = pd.DataFrame({"every_s": [1.0, 2.0], "staleness_s": [math.nan, math.nan]})
    assert math.isnan(interval_for(bought, "staleness_s", 1))


def test_means_are_of_clients_at_any_phase() -> None:
    # batches of constant times, and three of them between two polls: one client meets the same of each
    scenario = Scenario(users=3000, latency_cv=0)
    run = simulate(scenario, seed=1)
    [bought] = polling_tradeoff(scenario, every_s=[5], replicates=400, seed=2).itertuples()
    polled = [observe(run, every_s=5, phase_s=phase_s) for phase_s in np.arange(0.05, 5, 0.1)]
    gains = [_measured(run, seen).means for seen in polled]
    _, _, staleness_s, staleness_users, delay_s = np.mean(gains, axis=0)
    assert bought.staleness_users == pytest.approx(staleness_users, rel=0.03)
    assert bought.staleness_s == pytest.approx(staleness_s, rel=0.03)
    assert bought.delay_s == pytest.approx(delay_s, abs=4 * 5 / math.sqrt(12 * 400))
    _, _, _, at_0, _ = _measured(run, observe(run, every_s=5)).means
    assert at_0 > 1.1 * staleness_users


# the age of what is shown ---------------------------------------------------------------------------------


def ages(scenario: Scenario, every_s: float, runs: int, seed: int, step_s: float = 0.02) -> list[Any]:
    """Return the age of what is shown on a fine grid of each import, as a client has it that was there."""
    found = []
    for replicate in range(runs):
        run = simulate(scenario, seed=derive(seed, replicate))
        seen = observe(run, every_s=every_s, phase_s=phase_of(run, every_s))
        begin_s = run.duration_s - run.importing_s
        grid = np.arange(begin_s + step_s / 2, run.duration_s, step_s)
        place = np.searchsorted(seen["answered_s"], grid, side="right") - 1
        since_s = np.where(place < 0, begin_s, np.fmax(seen["updated_at_s"].to_numpy()[place], begin_s))
        found.append(grid - since_s)
    return found


@pytest.mark.parametrize("scenario", [Scenario(users=600), PRESETS["stuck_at_zero"].replace(users=200)])
def test_ages_are_over_all_instants_of_all_imports(scenario: Scenario) -> None:
    bought = polling_tradeoff(scenario, every_s=[2, 7], replicates=6, seed=4)
    for row in bought.itertuples():
        grids = ages(scenario, row.every_s, 6, 4)
        together = np.concatenate(grids)
        assert row.staleness_s == pytest.approx(np.mean([grid.mean() for grid in grids]), abs=0.02)
        assert row.staleness_s_p95 == pytest.approx(np.quantile(together, 0.95), abs=0.05)
        assert row.staleness_s_max == pytest.approx(together.max(), abs=0.05)
        assert row.staleness_s < row.staleness_s_p95 < row.staleness_s_max


def test_the_interval_for_a_mean_is_exceeded_and_that_for_the_largest_age_is_not() -> None:
    scenario = Scenario(users=1500)
    bought = polling_tradeoff(scenario, every_s=[1, 2, 3, 4, 6, 8, 10], replicates=30, seed=7)
    mean, largest = (interval_for(bought, name, 5) for name in ("staleness_s", "staleness_s_max"))
    assert np.concatenate(ages(scenario, mean, 30, 7)).max() > 8
    assert np.concatenate(ages(scenario, largest, 30, 7)).max() < 5.3
    assert largest < interval_for(bought, "staleness_s_p95", 5) < mean


def test_each_measure_has_its_limits_beside_it() -> None:
    bought = polling_tradeoff(Scenario(users=600), every_s=[1, 5], replicates=80, seed=3)
    agree(bought, "tradeoff")
    assert columns.names("tradeoff") == [
        "every_s",
        *(f"{name}{end}" for name in ("polls", "nothing_new", *GROWING) for end in ("", "_low", "_high")),
    ]
    for name in ("polls", "nothing_new", *GROWING):
        assert (bought[f"{name}_low"] <= bought[name]).all(), name
        assert (bought[name] <= bought[f"{name}_high"]).all(), name
    # nobody knows of what was not seen
    assert np.isinf(bought["staleness_s_max_high"]).all()
    assert bought["staleness_s_max_low"].equals(bought["staleness_s_max"].rename("staleness_s_max_low"))
    assert (bought["nothing_new_high"] <= 1).all()
    [alone] = polling_tradeoff(Scenario(users=600), every_s=[5], replicates=1).itertuples()
    assert all(map(math.isnan, (alone.polls_low, alone.staleness_s_high, alone.staleness_s_p95_low)))


def test_an_import_that_never_works_has_no_age() -> None:
    [row] = polling_tradeoff(Scenario(users=0, new_s=3), every_s=[1], replicates=3).itertuples()
    assert row.delay_s >= 0
    assert row.staleness_s_max >= 0 or math.isnan(row.staleness_s_max)


@pytest.mark.parametrize("scenario", [Scenario(users=300, latency_cv=1), Scenario(users=300, stall_rate=0.1)])
def test_the_interval_of_a_percentile_of_ages_holds_about_as_often_as_it_says(scenario: Scenario) -> None:
    # some hundred imports are taken as all that there are, and samples are drawn from them
    runs = [simulate(scenario, seed=seed) for seed in range(300)]
    pool = [ages_of(shown_of(run, observe(run, every_s=4, phase_s=phase_of(run, 4)))) for run in runs]
    truth, _, _ = age_exceeded(pool, 0.05)
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(150):
        middle, low, high = age_exceeded([pool[place] for place in rng.integers(0, len(pool), 25)], 0.05)
        assert low <= middle <= high
        held += low <= truth <= high
    assert stats.binom(150, 0.92).cdf(held) > 1e-3, held


def test_a_percentile_of_ages_is_of_all_time_together_and_no_mean_of_percentiles() -> None:
    short, long = np.array([[0.0, 1.0]]), np.array([[0.0, 100.0]])
    middle, _, _ = age_exceeded([short, long, np.empty((0, 2))], 0.05)
    assert middle == pytest.approx(100 - 0.05 * 101)
    assert all(map(math.isnan, age_exceeded([], 0.05)))
    middle, low, high = age_exceeded([long, long], 0.05)
    assert (low, high) == pytest.approx((middle, middle))


def test_what_is_no_tradeoff_tells_no_interval() -> None:
    for given in (3, None, "x", pd.DataFrame({"staleness_s": [1.0]})):
        with pytest.raises(ParameterError, match="allowed: what polling_tradeoff returned"):
            interval_for(given, "staleness_s", 1)  # type: ignore[arg-type]  # that it is none is the point
    with pytest.raises(ParameterError, match="allowed: numbers as its delay_s"):
        interval_for(pd.DataFrame({"every_s": [1.0], "delay_s": ["soon"]}), "delay_s", 1)


def test_limits_are_columns_to_go_by() -> None:
    bought = polling_tradeoff(Scenario(users=600), every_s=[1, 5], replicates=80, seed=3)
    assert interval_for(bought, "staleness_s_p95_high", 4) < interval_for(bought, "staleness_s_p95", 4)
    assert math.isnan(interval_for(bought, "staleness_s_max_high", 4))


def test_progress_of_a_tradeoff_counts_runs() -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))

    polling_tradeoff(Scenario(users=60), every_s=[5, 9], replicates=3, progress=tell)
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_it_is_shown_within_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    bought = polling_tradeoff(Scenario(users=60), every_s=[1, 5], replicates=3)
    for width in (40, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        table, _, left = repr(bought).rpartition("\nnot shown: ")
        assert max(map(len, table.splitlines())) <= width
        assert "every_s" in table
        assert "staleness_s_p95" in left
    monkeypatch.setenv("COLUMNS", "400")
    assert "not shown" not in repr(bought)
