"""`compare`: its rows against SciPy's paired tests, its pairs, and its words."""

from __future__ import annotations

import math
import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simimport import PRESETS, ParameterError, Run, Scenario, compare, simulate, sweep
from simimport.analysis.comparison import Comparison
from simimport.model.seeds import derive
from simimport.show.words import estimated
from tests.model.test_columns import agree

SMALL = Scenario(users=150, failure_rate=0.1)
MEASURES = ["duration_s", "importing_s", "imported", "failed", "done", "canceled", "error"]


def cells(replicates: int = 40, **over: Any) -> list[pd.DataFrame]:
    """Return the cells of a sweep over one field."""
    [name] = over
    frame = sweep(SMALL, over=over, replicates=replicates, seed=3)
    return [cell for _, cell in frame.groupby(name, sort=False)]


def test_a_comparison_is_a_row_a_measure() -> None:
    found = compare(SMALL, SMALL.replace(stall_rate=0.1), replicates=10)
    assert found.index.tolist() == MEASURES
    assert found.index.name == "measure"
    agree(found.reset_index(drop=True), "comparison")
    assert isinstance(found, pd.DataFrame)


def test_means_are_those_of_the_pairs_and_their_difference_is_students() -> None:
    # constant times: the differences are of one law, and hardly skewed
    first, second = cells(latency_cv=[0.5, 0.8])
    found = compare(first, second)
    for name in ("duration_s", "importing_s"):
        a, b = first[name].to_numpy(), second[name].to_numpy()
        row = found.loc[name]
        assert (row["first"], row["second"]) == pytest.approx((a.mean(), b.mean()))
        assert row["difference"] == pytest.approx((b - a).mean())
        test = stats.ttest_rel(b, a)
        # Hall's transformation takes a little skewness out of it
        assert row["p"] == pytest.approx(test.pvalue, abs=0.03)
        assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval()), abs=0.15)


def test_the_law_of_means_is_halls_of_the_differences() -> None:
    first, second = cells(stall_rate=[0.0, 0.2], replicates=12)
    row = compare(first, second, level=0.9).loc["duration_s"]
    differences = second["duration_s"].to_numpy() - first["duration_s"].to_numpy()
    error, bend = stats.sem(differences), stats.skew(differences) * (11 / 12) ** 1.5 / math.sqrt(12)
    for at, wanted in ((row["low"], 0.95), (row["high"], 0.05)):
        t = (differences.mean() - at) / error
        assert t + bend * t**2 / 3 + bend**2 * t**3 / 27 + bend / 6 == pytest.approx(stats.t.ppf(wanted, 11))
    t = differences.mean() / error
    bent = t + bend * t**2 / 3 + bend**2 * t**3 / 27 + bend / 6
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(bent), 11), rel=1e-6)


def test_shares_are_mcnemars() -> None:
    first, second = cells(cancel_rate=[0.1, 0.3], replicates=120)
    row = compare(first, second).loc["canceled"]
    a, b = (cell["final"].to_numpy() == "canceled" for cell in (first, second))
    assert (row["first"], row["second"]) == (a.mean(), b.mean())
    assert row["difference"] == pytest.approx(b.mean() - a.mean())
    only_second, only_first = (b & ~a).sum(), (a & ~b).sum()
    assert row["p"] == pytest.approx(stats.binomtest(int(only_second), int(only_second + only_first)).pvalue)
    assert row["low"] < row["difference"] < row["high"]
    opposite = compare(second, first).loc["canceled"]
    assert (opposite["low"], opposite["high"]) == pytest.approx((-row["high"], -row["low"]))


def test_scenarios_cells_and_runs_give_the_same() -> None:
    slow = SMALL.replace(slowdown=0.5)
    found = compare(SMALL, slow, replicates=15, seed=3)
    first, second = cells(slowdown=[0.0, 0.5], replicates=15)
    pd.testing.assert_frame_equal(pd.DataFrame(compare(first, second)), pd.DataFrame(found))
    shuffled = second.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(pd.DataFrame(compare(first, shuffled)), pd.DataFrame(found))
    runs = [[simulate(kind, seed=derive(3, k)) for k in range(15)] for kind in (SMALL, slow)]
    pd.testing.assert_frame_equal(pd.DataFrame(compare(*runs)), pd.DataFrame(found))
    pd.testing.assert_frame_equal(pd.DataFrame(compare(iter(runs[0]), second)), pd.DataFrame(found))
    assert {compare(*pair).sentence() for pair in (runs, (first, second))} == {found.sentence()}


def test_what_is_the_same_differs_by_nothing_and_that_is_certain() -> None:
    found = compare(SMALL, SMALL, replicates=30)
    assert (found["difference"] == 0).all()
    assert (found["p"] == 1).all()
    assert (found.loc[MEASURES[:4], ["low", "high"]] == 0).all(axis=None)
    # of shares none differed in thirty, which is not that none ever does
    assert (found.loc["done", "low"], found.loc["done", "high"]) == pytest.approx((-0.12, 0.12), abs=0.01)
    assert found.sentence() == (
        "In the second, an import takes as long in every pair (30 pairs of the same seeds)."
    )


def test_a_constant_difference_is_certain() -> None:
    found = compare(SMALL, SMALL.replace(ready_s=15), replicates=20)
    row = found.loc["duration_s"]
    assert row[["difference", "low", "high", "p"]].tolist() == [10, 10, 10, 0]


def test_one_pair_tells_no_interval_of_a_mean() -> None:
    run = simulate(SMALL, seed=1)
    found = compare([run], [run.cancel(9)])
    assert found.loc["duration_s", "difference"] == pytest.approx(9 - run.duration_s, abs=3)
    assert found.loc["duration_s", ["low", "high", "p"]].isna().all()
    assert "1 pair of the same seeds" in found.sentence()
    never = compare([run], [run.cancel(3)])
    assert never.loc["importing_s"].isna().all()
    assert "nothing is known of importing_s" in never.sentence("importing_s")


def test_a_pair_of_which_one_was_never_at_work_is_left_out_of_that_row() -> None:
    runs = [simulate(SMALL, seed=seed) for seed in range(6)]
    cut = [run.cancel(3) if run.seed < 2 else run.cancel(9) for run in runs]
    found = compare(runs, cut)
    kept = [(run.importing_s, other.importing_s) for run, other in zip(runs[2:], cut[2:], strict=True)]
    assert found.loc["importing_s", "first"] == pytest.approx(np.mean(kept, axis=0)[0])
    assert found.loc["duration_s", "second"] == pytest.approx(np.mean([run.duration_s for run in cut]))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("other seeds", "second: seeds in common is 0; allowed: all 40 of first, and all 40 of second"),
        ("fewer", "second: seeds in common is 5; allowed: all 40 of first, and all 5 of second"),
        ("more", "second: seeds in common is 40; allowed: all 40 of first, and all 60 of second"),
        ("two cells", "second: seed [0-9]+ is 'in 2 rows'; allowed: 1 row"),
        ("nothing", "second: rows is 0; allowed: at least one"),
        ("no seeds", "second: columns is .*missing: seed, failed"),
        ("odd end", "second: final is 'gone'; allowed: done, canceled or error"),
        ("a scenario", "second is Scenario.*allowed: what was simulated, as the other is"),
        ("a run", "second is <Run .*allowed: a Scenario, one cell"),
        ("a name", "second is 'calm'; allowed: a Scenario, one cell"),
        ("numbers", r"second\[1\] is 3; allowed: a Run"),
    ],
)
def test_what_are_no_pairs_is_refused(second: str, words: str) -> None:
    first, other = cells(failure_rate=[0.1, 0.2])
    run = simulate(SMALL, seed=1)
    given: dict[str, Any] = {
        "other seeds": sweep(SMALL, over={"users": [150]}, replicates=40, seed=4),
        "fewer": other[:5],
        "more": sweep(SMALL, over={"users": [150]}, replicates=60, seed=3),
        "two cells": pd.concat([first, other]),
        "nothing": other[:0],
        "no seeds": other.drop(columns=["seed", "failed"]),
        "odd end": other.assign(final="gone"),
        "a scenario": SMALL,
        "a run": run,
        "a name": "calm",
        "numbers": [run, 3],
    }
    with pytest.raises(ParameterError, match=words):
        compare(first, given[second])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"replicates": 1}, "replicates is 1; allowed: "),
        ({"replicates": 1.5}, "replicates is 1.5"),
        ({"level": 1}, "level is 1; allowed"),
        ({"level": True}, "level is True"),
        ({"seed": -1}, "seed is -1"),
        ({"progress": 3}, "progress is 3"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        compare(SMALL, SMALL, **arguments)
    with pytest.raises(ParameterError, match="first is 3; allowed: a Scenario"):
        compare(3, SMALL)  # type: ignore[arg-type]  # that it is none is the point


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    compare(SMALL, SMALL, replicates=5, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (10, 10)


# words ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stalling() -> Comparison:
    return compare(SMALL, SMALL.replace(stall_rate=0.2, failure_rate=0.2), replicates=60, seed=1)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ("duration_s", "an import takes # s longer in the mean (95 % interval # s to # s; p < 0.0001; "),
        ("imported", "# fewer users are imported in the mean (95 % interval # to #; p < 0.0001; "),
        ("failed", "# more users fail in the mean (95 % interval # to #; p < 0.0001; "),
        ("canceled", "as many of the imports are canceled (95 % interval from # less to # more; p = 1; "),
    ],
)
def test_a_sentence_can_be_pasted(stalling: Comparison, measure: str, words: str) -> None:
    said = stalling.sentence(measure)
    begin = "With failure_rate 0.2 instead of 0.1 and stall_rate 0.2 instead of 0, "
    assert said.startswith(begin)
    rest = said.removeprefix(begin)
    pattern = re.escape(words).replace(r"\#", "[0-9.]+") + re.escape("60 pairs of the same seeds).")
    assert re.fullmatch(pattern, rest), rest


def test_a_sentence_goes_from_the_smaller_to_the_larger_and_has_no_minus(stalling: Comparison) -> None:
    for measure in MEASURES[:4]:
        said = stalling.sentence(measure)
        assert "-" not in said
        low, high = re.findall(r"interval ([0-9.]+).* to ([0-9.]+)", said)[0]
        assert float(low) < float(high)


def test_what_chance_may_explain_is_said() -> None:
    found = compare(SMALL, SMALL.replace(cancel_rate=0.1), replicates=30)
    assert found.loc["canceled", "p"] > 0.05
    assert "which chance alone may explain" in found.sentence("canceled")
    assert "percentage points more of the imports are canceled" in found.sentence("canceled")
    low, high = found.loc["duration_s", ["low", "high"]]
    assert low < 0 < high
    assert re.search(r"interval from [0-9.]+ s less to [0-9.]+ m?s more; p = 0\.", found.sentence())


def test_what_was_changed_is_named() -> None:
    assert compare(PRESETS["calm"], PRESETS["flaky"], replicates=2).changes.count(" instead of ") <= 3
    by_name = sweep(over={"quick": SMALL, "slow": SMALL.replace(slowdown=1)}, replicates=5)
    quick, slow = (cell for _, cell in by_name.groupby("scenario", sort=False))
    assert compare(quick, slow).changes == "scenario slow instead of quick"
    at = sweep(SMALL.replace(cancel_rate=1), over={"cancel_at": [None, 0.5]}, replicates=5)
    anywhere, midway = at[at["cancel_at"].isna()], at[at["cancel_at"].notna()]
    assert compare(anywhere, midway).changes == "cancel_at 0.5 instead of none"
    many = compare(
        SMALL, SMALL.replace(users=9, batch_size=5, failure_rate=0, users_per_s=3, latency_cv=0), replicates=2
    )
    begin = "users 9 instead of 150, batch_size 5 instead of 50, failure_rate 0 instead of 0.1"
    assert many.changes == f"{begin} and 2 other changes"


def test_a_measure_that_is_none_is_refused(stalling: Comparison) -> None:
    with pytest.raises(ParameterError, match=r"measure is 'duration'; .* Did you mean 'duration_s'"):
        stalling.sentence("duration")


def test_it_is_shown_as_people_read_it(stalling: Comparison) -> None:
    words = stalling.in_words()
    assert list(words.columns) == ["first", "second", "difference", "p"]
    assert words.loc["duration_s", "p"] == "< 0.0001"
    assert words.loc["duration_s", "difference"] == estimated(
        *stalling.loc["duration_s", ["difference", "low", "high"]]
    )
    assert repr(stalling).endswith(stalling.sentence())
    assert all(len(line) <= 80 for line in repr(stalling).splitlines()[:-1])
    assert stalling.sentence() in str(stalling._repr_html_()).replace("&lt;", "<")


def test_it_crosses_processes(stalling: Comparison) -> None:
    again = pickle.loads(pickle.dumps(stalling))  # noqa: S301 - what was just made
    assert repr(again) == repr(stalling)
    assert type(stalling.round(2)) is pd.DataFrame


def test_a_run_is_no_list_of_runs() -> None:
    run: Any = simulate(SMALL, seed=1)
    assert isinstance(run, Run)
    with pytest.raises(ParameterError, match="first is <Run"):
        compare(run, [run])
