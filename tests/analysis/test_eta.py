"""Estimates of the time left: by hand, against tqdm's own average, and how good they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tqdm.std import EMA

from simimport import PRESETS, Run, Scenario, compare_etas, estimate_eta, observe, simulate
from simimport.analysis import eta
from simimport.analysis.estimators import ESTIMATORS, Polled, fitted, trend
from simimport.analysis.eta import promises
from simimport.analysis.observe import phase_of
from simimport.analysis.trend import seconds_left
from simimport.errors import ParameterError
from simimport.model.columns import frame


def observed(
    at_s: list[float], processed: list[int], updated_s: list[float], total: int = 400
) -> pd.DataFrame:
    """Return a frame as `observe` gives it, of these polls."""
    n = len(at_s)
    return frame("observed", {
        "poll": np.arange(1, n + 1), "asked_s": at_s, "answered_s": at_s, "state": ["importing"] * n,
        "step": ["importer_importing_users"] * n, "completed": processed, "error": [0] * n,
        "total": [total] * n, "updated_at_s": updated_s, "changed": [True] * n,
        "staleness_s": [0.0] * n, "staleness_users": [0] * n,
    })  # fmt: skip


# four polls; flushes at 0, 4 (50 users), 9 (100) and 51 (200)
HAND = observed([1, 10, 31, 55], [0, 100, 100, 200], [0, 9, 9, 51])


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        # users left times seconds over users, from the first answer on
        ("overall", [math.nan, 300 * 9 / 100, 300 * 30 / 100, 200 * 54 / 200]),
        # the last 30 s: from the poll at 1 for the one at 31, from that at 31 for the one at 55
        ("window", [math.nan, 300 * 9 / 100, 300 * 30 / 100, 200 * 24 / 100]),
        # 100 in 9 s, then 100 in 45 s: weights 0.7 and 1
        ("exponential", [math.nan, 300 * 9 / 100, 300 * 9 / 100, 200 * (0.7 * 9 + 45) / 170]),
        # from the flush at 0 to the last, less the age of the last
        ("anchored", [math.nan, 300 * 9 / 100 - 1, 300 * 9 / 100 - 22, 200 * 51 / 200 - 4]),
        # the window holds the flush at 51 alone, so the one before joins: 100 in 42 s
        ("anchored-window", [math.nan, 300 * 9 / 100 - 1, 300 * 9 / 100 - 22, 200 * 42 / 100 - 4]),
    ],
)
def test_by_hand(method: str, wanted: list[float]) -> None:
    np.testing.assert_allclose(estimate_eta(HAND, method=method), wanted)


def test_a_late_flush_counts_down_to_nothing_and_no_further() -> None:
    seen = observed([1, 10, 1000], [0, 200, 200], [0, 10, 10])
    assert estimate_eta(seen).tolist()[1:] == [10.0, 0.0]


def test_fitted_by_hand() -> None:
    seen = observed([0, 2, 6, 9], [0, 50, 150, 200], [0, 2, 6, 9])
    at_s, processed = np.array([0.0, 2, 6, 9]), np.array([0.0, 50, 150, 200])
    polled = Polled(at_s, processed, at_s, 400)
    left, low, high = fitted(polled)
    per_user = 9 / 200
    stretches = [(50, 2), (100, 4), (50, 3)]
    residuals = [(took_s - users * per_user) ** 2 / users for users, took_s in stretches]
    # two degrees of freedom; the stretch to come is as long as all that was seen
    reach = stats.t.ppf(0.975, 2) * math.sqrt(sum(residuals) / 2 * 200 * (1 + 200 / 200))
    assert (left, low, high) == (pytest.approx(9), pytest.approx(9 - reach), pytest.approx(9 + reach))
    assert estimate_eta(seen, method="fitted").iloc[-1] == left
    # with fewer stretches there is no interval
    short = Polled(polled.at_s[:3], polled.processed[:3], polled.updated_s[:3], 400)
    assert math.isnan(fitted(short)[1])


def test_trend_is_counted_from_the_last_flush_on() -> None:
    at_s, flushed_s = np.array([1.0, 3, 7, 10, 17]), np.array([0.0, 2, 6, 9, 16])
    processed = np.array([0.0, 50, 150, 200, 300])
    wanted = seconds_left(processed, flushed_s, 1000)
    shown = trend(Polled(at_s, processed, flushed_s, 1000))
    assert shown == pytest.approx(tuple(value - 1 for value in wanted))
    # 3 s later, at a poll without news, they are 3 s less
    later = trend(Polled(np.append(at_s, 20.0), np.append(processed, 300), np.append(flushed_s, 16.0), 1000))
    assert later == pytest.approx(tuple(value - 4 for value in wanted))
    seen = observed([1, 3, 7, 10, 17, 20], [0, 50, 150, 200, 300, 300], [0, 2, 6, 9, 16, 16], 1000)
    assert estimate_eta(seen, method="trend").tolist()[4:] == [shown[0], later[0]]


@pytest.mark.parametrize("slowdown", [0.0, 1.5])
def test_without_dates_the_last_flush_may_be_older_than_its_answer(slowdown: float) -> None:
    held = []
    for seed in range(10):
        run = simulate(slowdown=slowdown, seed=seed)
        seen = observe(run, every_s=5).assign(updated_at_s=math.nan)
        promised = promises(seen, trend)
        true_s = run.duration_s - promised.at_s
        judged = np.isfinite(promised.low_s)
        held.append(((promised.low_s <= true_s) & (true_s <= promised.high_s))[judged].mean())
    assert np.mean(held) >= 0.9


def test_trend_has_no_interval_where_it_knows_none() -> None:
    at_s, processed = np.array([0.0, 2, 6, 9]), np.array([0.0, 50, 150, 200])
    early = Polled(at_s[:3], processed[:3], at_s[:3], 400)
    np.testing.assert_equal(trend(early), (ESTIMATORS["anchored"](early), math.nan, math.nan))
    nobody_left = Polled(at_s, processed, at_s, 200)
    np.testing.assert_equal(trend(nobody_left), (0, math.nan, math.nan))
    # later than it holds possible
    late = Polled(np.append(at_s, 500.0), np.append(processed, 200), np.append(at_s, 9.0), 400)
    np.testing.assert_equal(trend(late), (0, math.nan, math.nan))
    nothing_took_time = Polled(at_s, processed, np.zeros(4), 400)
    np.testing.assert_equal(trend(nothing_took_time), (math.nan, math.nan, math.nan))


def test_trend_is_as_good_as_anchored_in_steady_imports_and_alone_in_slowing_ones() -> None:
    def median_errors(slowdown: float) -> pd.DataFrame:
        runs = [simulate(slowdown=slowdown, seed=seed) for seed in range(20)]
        compared = compare_etas(runs, every_s=5, methods=["anchored", "trend"])
        return compared.groupby("method")[["median_error", "coverage"]].mean()

    steady, slowing = median_errors(0.0), median_errors(1.5)
    assert steady["median_error"]["trend"] < steady["median_error"]["anchored"] + 0.003
    assert slowing["median_error"]["trend"] < 0.025
    assert slowing["median_error"]["anchored"] > 0.3
    assert min(steady["coverage"]["trend"], slowing["coverage"]["trend"]) >= 0.9


def test_an_import_that_is_watched_from_its_middle_on() -> None:
    runs = [simulate(slowdown=1.5, seed=seed) for seed in range(10)]
    errors = []
    for run in runs:
        seen = observe(run, every_s=5)
        half = seen[(seen["completed"] + seen["error"]) > 4000]
        left_s = estimate_eta(half, method="trend")
        true_s = run.duration_s - half["answered_s"]
        errors.append(((left_s - true_s).abs() / true_s)[left_s.notna() & (true_s > 0)].median())
    assert np.median(errors) < 0.1


@pytest.mark.parametrize("method", ["fitted", "trend"])
def test_where_counters_go_back_another_import_begins(method: str) -> None:
    runs = [observe(simulate(users=1000, seed=seed), every_s=2) for seed in (1, 2)]
    again = runs[1].assign(**{name: runs[1][name] + 100.0 for name in ("answered_s", "updated_at_s")})
    both = pd.concat([runs[0], again], ignore_index=True)
    left_s = estimate_eta(both, method=method)
    assert left_s.iloc[: len(runs[0])].tolist() == pytest.approx(
        estimate_eta(runs[0], method=method).tolist(), nan_ok=True
    )
    assert np.isfinite(left_s.iloc[len(runs[0]) :]).sum() > 10
    if method == "trend":
        second = estimate_eta(again, method=method).to_numpy()
        judged = slice(len(runs[0]) + 8, -2)
        np.testing.assert_allclose(left_s.to_numpy()[judged], second[8:-2])


def test_counters_that_are_missing_are_refused() -> None:
    gaps = HAND.assign(completed=[0.0, 100.0, math.nan, 200.0])
    with pytest.raises(ParameterError, match="with counters at each poll"):
        estimate_eta(gaps)


@pytest.mark.parametrize("seed", range(5))
def test_exponential_is_what_tqdm_shows(seed: int) -> None:
    seen = observe(simulate(users=2000, latency_cv=2, seed=seed), every_s=1.3)
    promised = estimate_eta(seen, method="exponential")
    working = seen[seen["state"] == "importing"]
    done, seconds = EMA(0.3), EMA(0.3)
    last_n = working["completed"].iloc[0] + working["error"].iloc[0]
    last_s = working["answered_s"].iloc[0]
    checked = 0
    for index, row in working.iterrows():
        n = row["completed"] + row["error"]
        if n > last_n:
            users, took_s = done(n - last_n), seconds(row["answered_s"] - last_s)
            last_n, last_s = n, row["answered_s"]
            assert promised[index] == pytest.approx((row["total"] - n) * took_s / users)
            checked += 1
    assert checked > 20


def default_runs(number: int = 20) -> list[Run]:
    return [simulate(seed=seed) for seed in range(number)]


def test_anchored_has_at_most_half_the_error_of_a_progress_bar_and_hardly_rises() -> None:
    compared = compare_etas(default_runs(), every_s=1, methods=["exponential", "anchored", "fitted"])
    means = compared.groupby("method")[["median_error", "rise_share", "coverage"]].mean()
    assert means.loc["anchored", "median_error"] <= means.loc["exponential", "median_error"] / 2
    assert means.loc["anchored", "rise_share"] < 0.05
    assert means.loc["exponential", "rise_share"] > 0.1
    assert means.loc["fitted", "coverage"] >= 0.9
    assert math.isnan(means.loc["anchored", "coverage"])


def test_each_estimator_suits_another_import() -> None:
    slowing = [simulate(slowdown=4.0, seed=seed) for seed in range(6)]
    compared = compare_etas(slowing, every_s=5).groupby("method")["median_error"].mean()
    # who forgets the fast beginning does better where it slows down
    assert compared["anchored-window"] < compared["anchored"]
    steady = compare_etas(default_runs(6), every_s=5).groupby("method")["median_error"].mean()
    assert steady["anchored"] < steady["anchored-window"]
    stalling = [simulate(PRESETS["stalls_at_99"], seed=seed) for seed in range(3)]
    missed = compare_etas(stalling, every_s=5, methods=["fitted"])
    # nobody foresees the stall
    assert (missed["coverage"] < 0.2).all()


def test_one_row_per_method_interval_and_run() -> None:
    runs = [simulate(users=500, seed=seed) for seed in range(2)]
    compared = compare_etas(runs, every_s=[1, 5])
    assert len(compared) == len(ESTIMATORS) * 2 * 2
    assert compared.groupby(["method", "every_s", "run"]).size().max() == 1
    alone = compare_etas(runs[1], every_s=5.0, methods=["window"])
    chosen = (compared["run"] == 1) & (compared["every_s"] == 5) & (compared["method"] == "window")
    pd.testing.assert_frame_equal(alone.assign(run=1), compared[chosen].reset_index(drop=True))


def test_a_row_is_what_it_says() -> None:
    run = simulate(users=3000, seed=4)
    compared = compare_etas(run, every_s=2, methods=["overall"]).iloc[0]
    seen = observe(run, every_s=2, phase_s=phase_of(run, 2))
    left = estimate_eta(seen, method="overall")
    errors, rises, before = [], [], None
    for at_s, promised in zip(seen["answered_s"], left, strict=True):
        if not math.isnan(promised):
            errors.append(abs(promised - (run.duration_s - at_s)) / (run.duration_s - at_s))
            if before is not None:
                rises.append(promised > before)
            before = promised
    assert compared["median_error"] == pytest.approx(np.median(errors))
    assert compared["rise_share"] == pytest.approx(np.mean(rises))


def test_your_own_estimator_joins() -> None:
    def hopeful(seen: Polled) -> float:
        return 0.0

    def wide(seen: Polled) -> tuple[float, float, float]:
        return seen.left / 30, 0.0, 1e9

    run = simulate(users=500, seed=1)
    compared = compare_etas(run, every_s=1, methods={"hopeful": hopeful, "wide": wide})
    assert compared["method"].tolist() == ["hopeful", "wide"]
    assert compared["median_error"][0] == 1
    assert compared["coverage"][1] == 1
    assert compared["rise_share"][0] == 0
    compared = compare_etas(run, every_s=1, methods=[hopeful, "window"])
    assert compared["method"].tolist() == ["hopeful", "window"]
    seen = observe(run, every_s=1)
    at_work = (seen["state"] == "importing").tolist()
    assert estimate_eta(seen, method=hopeful).notna().tolist() == at_work


def test_estimators_see_no_more_than_a_client() -> None:
    run = simulate(users=2000, seed=2)
    seen = observe(run, every_s=3)
    for method in ESTIMATORS:
        whole = estimate_eta(seen, method=method)
        for upto in (5, 9, 14):
            pd.testing.assert_series_equal(estimate_eta(seen[:upto], method=method), whole[:upto])


def test_without_dates_the_first_poll_that_shows_a_flush_dates_it() -> None:
    dated = observe(simulate(users=2000, seed=2), every_s=3)
    bare = dated.assign(updated_at_s=math.nan)
    stamped = dated.copy()
    shown = dated["completed"] + dated["error"]
    stamped["updated_at_s"] = dated.groupby(shown)["answered_s"].transform("min")
    working = (dated["state"] == "importing").to_numpy()
    first = dated["answered_s"][working].iloc[0]
    stamped.loc[shown.eq(0), "updated_at_s"] = first
    pd.testing.assert_series_equal(estimate_eta(bare), estimate_eta(stamped))
    assert estimate_eta(bare).notna().sum() > 10


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "big"])
def test_every_preset_has_an_answer_or_none(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=1)
    for every_s in (0.5, 30.0):
        seen = observe(run, every_s=every_s)
        working = (seen["state"] == "importing").to_numpy()
        for method in ESTIMATORS:
            left = estimate_eta(seen, method=method).to_numpy()
            assert np.isnan(left[~working]).all()
            assert (left[~np.isnan(left)] >= 0).all()
            assert not np.isinf(left).any()


def test_an_empty_frame_and_a_frame_of_nothing_at_work() -> None:
    seen = observe(simulate(users=100, seed=1), every_s=5)
    assert estimate_eta(seen[:0]).tolist() == []
    assert estimate_eta(seen[:2]).isna().all()
    compared = compare_etas(simulate(users=0, seed=1), every_s=1)
    assert compared["median_error"].isna().all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: estimate_eta(HAND, method="anchord"),
        lambda: estimate_eta(HAND, method=3),  # type: ignore[arg-type]
        lambda: estimate_eta(HAND.drop(columns="total")),
        lambda: estimate_eta([1, 2]),  # type: ignore[arg-type]
        lambda: compare_etas([Scenario()], every_s=1),  # type: ignore[list-item]
        lambda: compare_etas(3, every_s=1),  # type: ignore[arg-type]
        lambda: compare_etas([], every_s=0),
        lambda: compare_etas([simulate(users=1, seed=1)], every_s=[1, -1]),
        lambda: compare_etas([simulate(users=1, seed=1)], every_s="5"),  # type: ignore[arg-type]
        lambda: compare_etas([simulate(users=1, seed=1)], every_s=1, methods="overall"),
        lambda: compare_etas([simulate(users=1, seed=1)], every_s=1, methods={"mine": 5}),
        lambda: compare_etas([simulate(users=1, seed=1)], every_s=1, methods=["overal"]),
        lambda: compare_etas([simulate(users=1, seed=1)], every_s=1, methods=[]),
    ],
)
def test_bad_input_is_refused(call: Any) -> None:
    with pytest.raises(ParameterError):
        call()


def test_a_slip_of_a_name_is_seen() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'anchored'"):
        estimate_eta(HAND, method="anchord")


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize(
    "changes",
    [{"stall_at": 0.5, "stall_s": 300.0}, {"slowdown": 2.0, "latency_cv": 1.0}, {"batch_size": 700}],
)
def test_what_is_left_out_of_many_answers_changes_nothing(
    name: str, dated: bool, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = observe(simulate(Scenario(users=1_500).replace(**changes), seed=3), every_s=0.9, jitter_s=0.4)
    if not dated:
        seen["updated_at_s"] = np.nan
    everything = promises(seen, ESTIMATORS[name])
    # also where there are few, and leaving out does not pay
    monkeypatch.setattr(eta, "_FEW_ANSWERS", 1)
    monkeypatch.setattr(eta, "_WORTH", 0)
    for whole, part in zip(everything, promises(seen, ESTIMATORS[name]), strict=True):
        np.testing.assert_array_equal(whole, part)
