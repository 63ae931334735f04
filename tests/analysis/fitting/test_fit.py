"""Calibration by simulation: what `fit` says holds as often as it says, and of nothing it says nothing."""

from __future__ import annotations

import copy
import json
import math
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simimport import PRESETS, Run, Scenario, Trace, TraceError, fit, observe, simulate
from simimport.analysis.fitting.fit import Fit
from simimport.analysis.fitting.shown.evidence import evidence
from simimport.errors import ParameterError
from simimport.model.dialects import DIALECTS
from tests.analysis.fitting.regimes import ALWAYS, REGIMES, coverage, half_as_long, watched
from tests.everyday import thinned


def test_intervals_hold_the_truth() -> None:
    # every day one fit of each regime; all regimes together tell an interval that is too narrow or too wide
    held: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for place, regime in enumerate(REGIMES.values()):
        for key, times in coverage(half_as_long(regime) if regime.nights > 1 else regime, [place]).items():
            held[key] += times
    for (name, level), times in held.items():
        if level == 0.95:
            assert sum(times) >= stats.binom.ppf(1e-3, len(times), 0.9), name
    inner: list[bool] = []
    for (name, level), times in held.items():
        inner += times if level == 0.5 and name not in ALWAYS else []
    assert len(inner) > 50
    assert stats.binom.ppf(1e-3, len(inner), 0.4) <= sum(inner) <= stats.binom.isf(1e-3, len(inner), 0.62)


def test_a_wrong_truth_is_not_held() -> None:
    found = fit(Trace(observe(simulate(seed=1)))).estimates
    for name, wrong in {"users_per_s": 33, "latency_cv": 1, "slowdown": 0.5, "failure_rate": 0.04}.items():
        assert not found.loc[name, "low"] <= wrong <= found.loc[name, "high"]


def sane(found: Fit) -> None:
    """Assert that each parameter has ordered, possible figures, or none and a reason."""
    table = found.estimates
    assert table.index.name == "parameter"
    for name, (middle, low, high) in zip(table.index, table.to_numpy(), strict=True):
        if math.isnan(middle):
            assert math.isnan(low)
            assert math.isnan(high)
            assert found.notes[name]
        else:
            assert name not in found.notes
            assert low <= middle <= high
            assert low >= 0
            assert math.isfinite(high)
    assert isinstance(found.scenario, Scenario)
    assert "Fit of" in repr(found)


SMALL_PRESETS = [name for name in PRESETS if name != "big"]
INTERRUPTED = [name for name in SMALL_PRESETS if PRESETS[name].cancel_rate or PRESETS[name].crash_rate]
SERVERS = [dialect for dialect in DIALECTS if dialect != "docs"]


def trace_of(preset: str, dialect: str) -> tuple[Run, Trace]:
    run = simulate(PRESETS[preset], seed=1)
    instants = observe(run, every_s=4.0, dialect=dialect)["answered_s"]
    return run, Trace((at_s, run.status(at_s, dialect=dialect)) for at_s in instants)


@pytest.mark.parametrize("dialect", thinned(SERVERS, {SERVERS[-1]}))
@pytest.mark.parametrize("preset", [name for name in SMALL_PRESETS if name not in INTERRUPTED])
def test_where_nothing_interrupts_a_server_is_evidence_of_the_same(preset: str, dialect: str) -> None:
    (_, page), (_, served) = trace_of(preset, "docs"), trace_of(preset, dialect)
    for upto in (2, 3, len(page) // 2, len(page)):
        first, second = (vars(evidence(trace[:upto])) for trace in (page, served))
        for name in ("users", "sizes", "dated", "state"):
            assert first[name] == second[name], name
        for name in ("first", "last", "seconds", "noise_s2", "failed", "since_s", "ended_s"):
            np.testing.assert_array_equal(first[name], second[name], name)


# what a server tells otherwise are imports that somebody or something interrupts
@pytest.mark.parametrize(
    ("preset", "dialect"),
    [(name, "docs") for name in SMALL_PRESETS]
    + thinned(product(INTERRUPTED, SERVERS), [*product(INTERRUPTED, SERVERS[-1:])]),
)
def test_every_preset_in_every_dialect(preset: str, dialect: str) -> None:
    run, whole = trace_of(preset, dialect)
    found = fit(whole)
    sane(found)
    ends = silences = 0
    for upto in (0, 1, 2, 3, len(whole) // 2, len(whole)):
        part = whole[:upto]
        sane(found if part == whole else fit(part))
        ahead, quiet = found.forecast(part), found.stall(part)
        assert ahead.notes
        if not math.isnan(ahead.end_s):
            ends += 1
            assert ahead.end_low_s <= ahead.end_s <= ahead.end_high_s
            assert ahead.error_low <= ahead.error <= ahead.error_high <= run.scenario.users
        if not math.isnan(quiet.probability):
            silences += 1
            assert 0 <= quiet.probability <= 1
            assert quiet.wait_s > 0
    assert ends >= 2
    assert silences or preset in ("empty", "one_user", "canceled_early")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_answers_tell_few_things(number: int) -> None:
    answers = [(20.0, simulate(seed=1).status(20.0)), (40.0, simulate(seed=1).status(40.0))][:number]
    found = fit(Trace(answers))
    known = found.estimates["estimate"].dropna().index.tolist()
    assert "latency_cv" not in known
    assert "slowdown" not in known
    failures = ["failure_rate", "failure_clustering"]
    # one answer tells how many failed until then
    assert known == [[], failures, ["users_per_s", "stall_rate", *failures]][number]
    assert found.scenario.users == 8000
    for name in ("latency_cv", "slowdown", "stall_s"):
        assert found.notes[name]


def test_of_no_traces_nothing_is_known_and_everything_is_the_default() -> None:
    found = fit([])
    assert found.estimates["estimate"].isna().all()
    assert found.scenario == Scenario()
    run = simulate(users=500, seed=1)
    assert math.isnan(found.forecast(watched(run)[:2]).end_s)
    # what a running import shows itself is known all the same
    assert found.forecast(watched(run)[:3]).end_low_s < run.duration_s
    assert fit(Trace([])).forecast(Trace([])).notes


def test_where_all_fail_the_rate_is_near_one_and_clusters_are_not_known() -> None:
    found = fit(watched(simulate(PRESETS["all_fail"], seed=1)))
    assert found.estimates.loc["failure_rate", "low"] > 0.9
    assert "everybody failed" in found.notes["failure_clustering"]
    found = fit(watched(simulate(users=500, failure_rate=0, seed=1)))
    assert "nobody failed" in found.notes["failure_clustering"]


@pytest.mark.parametrize("how", [{"cancel_rate": 1.0}, {"crash_rate": 1.0}])
@pytest.mark.parametrize("dialect", ["docs", "server-8.3"])
def test_an_interrupted_import_tells_its_speed_all_the_same(how: dict[str, float], dialect: str) -> None:
    at = {name.replace("rate", "at"): 0.8 for name in how}
    run = simulate(**how, **at, seed=1)
    instants = observe(run, dialect=dialect)["answered_s"]
    found = fit(Trace([(at_s, run.status(at_s, dialect=dialect)) for at_s in instants]))
    row = found.estimates.loc["users_per_s"]
    assert row["low"] < 30 < row["high"]
    assert found.estimates.loc["failure_rate", "low"] < 0.02 < found.estimates.loc["failure_rate", "high"]


def test_constant_times_are_found_to_be_constant() -> None:
    found = fit(watched(simulate(latency_cv=0, failure_rate=0.02, seed=1)))
    assert found.estimates.loc["latency_cv", "high"] < 0.02
    assert found.estimates.loc["users_per_s", "estimate"] == pytest.approx(30, rel=1e-3)


def test_stalls_are_told_apart_from_slowness() -> None:
    found = fit(watched(simulate(stall_rate=0.05, stall_s=20.0, seed=3)))
    assert found.estimates.loc["stall_s", "low"] < 20 < found.estimates.loc["stall_s", "high"]
    assert found.estimates.loc["latency_cv", "high"] < 0.8
    assert found.scenario.stall_rate > 0.01


@pytest.mark.parametrize("seed", [1, 2])
def test_stalls_beside_much_slowing_down_are_found(seed: int) -> None:
    # without stalls the likeliest slowdown is far from the true one
    scenario = Scenario(users=5000, users_per_s=60, slowdown=10, stall_rate=0.3, stall_s=8.0)
    run = simulate(scenario, seed=seed)
    found = fit(Trace(observe(run, every_s=6.0, jitter_s=2.0, seed=seed)))
    for name in ("slowdown", "stall_rate", "stall_s", "latency_cv"):
        low, high = found.estimates.loc[name, ["low", "high"]]
        assert low <= getattr(scenario, name) <= high, name
    assert (found.check()["verdict"] != "does not fit").all()


@pytest.mark.parametrize("slowdown", [60.0, 200.0])
def test_much_slowing_down_is_found_early(slowdown: float) -> None:
    scenario = Scenario(users=27_000, batch_size=100, users_per_s=20, slowdown=slowdown, failure_rate=0)
    run = simulate(scenario, seed=1)
    trace = Trace(run.responses())
    part = trace[: sum(run.at(answer.at_s).completed <= 1000 for answer in trace)]
    found = fit(part)
    low, high = found.estimates.loc["slowdown", ["low", "high"]]
    assert low <= slowdown <= high
    ahead = found.forecast(part)
    assert ahead.end_low_s <= run.duration_s <= ahead.end_high_s
    assert any("slowing down as steadily" in note for note in ahead.notes)


@pytest.mark.parametrize("seed", [18, 55])
def test_where_stalls_are_likely_and_not_seen_the_interval_reaches_to_none(seed: int) -> None:
    # as long as a batch varies: that there are none has a probability of about 14 %
    scenario = Scenario(users=3000, stall_rate=0.04 + 0.1 * (seed % 3), stall_s=0.25 + 0.02 * (seed % 20))
    found = fit(Trace(observe(simulate(scenario, seed=seed), every_s=1.0, seed=seed)))
    assert "no stall was seen" in found.notes["stall_s"]
    assert found.estimates.loc["stall_rate", ["estimate", "low"]].tolist() == [0.0, 0.0]
    assert found.estimates.loc["stall_rate", "high"] > scenario.stall_rate
    sane(found)


def test_several_traces_narrow_what_one_tells() -> None:
    traces = [watched(simulate(seed=seed)) for seed in range(4)]
    one, four = fit(traces[0]).estimates, fit(traces).estimates
    width = {name: table["high"] - table["low"] for name, table in (("one", one), ("four", four))}
    assert width["four"]["latency_cv"] / width["one"]["latency_cv"] == pytest.approx(0.5, abs=0.2)
    # of what may differ between imports, that of their kind is known less well than that of each
    for name in ("users_per_s", "failure_rate"):
        assert width["four"][name] < width["one"][name]
    assert four.loc["night_cv", "high"] < 0.05
    assert "one import cannot tell" in fit(traces[0]).notes["night_cv"]
    for name in ("users_per_s", "latency_cv", "failure_rate"):
        assert four.loc[name, "low"] <= getattr(Scenario(), name) <= four.loc[name, "high"]


def test_a_trace_recorded_from_the_middle_on() -> None:
    run = simulate(slowdown=1.0, seed=2)
    late = watched(run)[25:]
    found = fit(late)
    sane(found)
    assert found.estimates.loc["users_per_s", "low"] < 30 < found.estimates.loc["users_per_s", "high"]
    assert found.forecast(late[:10]).end_low_s < run.duration_s < found.forecast(late[:10]).end_high_s


def test_without_dates_it_knows_less_and_says_so() -> None:
    run = simulate(seed=5)
    answers = [(answer.at_s, copy.deepcopy(answer.body)) for answer in watched(run)]
    for _, body in answers:
        del body["operation"]["_updatedAt"]
    dated, bare = fit(watched(run)), fit(Trace(answers))
    sane(bare)
    row, same = bare.estimates.loc["users_per_s"], dated.estimates.loc["users_per_s"]
    assert row["low"] < 30 < row["high"]
    assert row["high"] - row["low"] > same["high"] - same["low"]
    assert "without _updatedAt" in bare.notes["latency_cv"]
    assert "there is no _updatedAt" in bare.notes["stall_s"]
    half = Trace(answers[: len(answers) // 2])
    assert bare.forecast(half).end_low_s < run.duration_s < bare.forecast(half).end_high_s


def test_refusals_and_garbage_among_the_answers_change_nothing() -> None:
    run = simulate(users=2000, seed=1)
    mixed: list[Any] = []
    for answer in watched(run):
        mixed += [(answer.at_s, 200, answer.body), (answer.at_s, 503, "<html>"), (answer.at_s, 0, None),
                  (answer.at_s, 200, "half a bo"), (answer.at_s, 429, {"success": False})]  # fmt: skip
    pd.testing.assert_frame_equal(fit(Trace(mixed)).estimates, fit(watched(run)).estimates)


@pytest.mark.parametrize("size", [20, 200, 1000])
def test_the_batch_size_is_found_and_told(size: int) -> None:
    users = max(8000, 20 * size)
    run = simulate(users=users, batch_size=size, failure_rate=0.2, failure_clustering=0.3, seed=2)
    trace = watched(run)
    for found in (fit(trace), fit(trace, batch_size=size)):
        assert found.batch_size == (size,)
        assert found.scenario.batch_size == size
        assert "batch_size" not in found.notes
        assert f"batches of {size:,}" in repr(found)
        row = found.estimates.loc["failure_clustering"]
        assert row["low"] < 0.3 < row["high"]


def test_traces_of_several_batch_sizes_are_each_fitted_by_their_own() -> None:
    sizes = (50, 200, 20)
    scenario = Scenario(failure_rate=0.2, failure_clustering=0.1)
    traces = [watched(simulate(scenario.replace(batch_size=size), seed=1)) for size in sizes]
    found = fit(traces)
    assert found.batch_size == sizes
    assert "batches of 20 and 50 and 200" in repr(found)
    for name, true in {"users_per_s": 30, "failure_rate": 0.2, "failure_clustering": 0.1}.items():
        assert found.estimates.loc[name, "low"] < true < found.estimates.loc[name, "high"]


def test_a_batch_size_that_is_open_is_told_and_that_of_others_is_taken() -> None:
    few = watched(simulate(batch_size=200, seed=1), 14.0)[:5]
    alone = fit(few)
    assert "may be as well" in alone.notes["batch_size"]
    assert "not certain" in repr(alone)
    both = fit([watched(simulate(batch_size=200, seed=2)), few])
    assert both.batch_size == (200, 200)
    contradicted = fit(watched(simulate(batch_size=20, seed=1)), batch_size=50)
    assert contradicted.batch_size in {(10,), (20,)}
    assert "contradict 50" in contradicted.notes["batch_size"]


def test_an_import_of_one_user() -> None:
    run = simulate(users=1, new_s=0, ready_s=0, users_per_s=0.05, failure_rate=0, seed=1)
    found = fit(watched(run, 2.0))
    sane(found)
    assert found.scenario.users == 1
    assert found.forecast(watched(run, 2.0)[:2]).end_s > 0


def test_the_same_seed_gives_the_same_figures() -> None:
    trace = watched(simulate(users=3000, seed=1))
    pd.testing.assert_frame_equal(fit(trace).estimates, fit(trace).estimates)
    assert not fit(trace, seed=1).estimates.equals(fit(trace).estimates)
    part = trace[:12]
    assert fit(part).forecast(part).end_high_s == fit(part).forecast(part).end_high_s
    assert fit(part).forecast(part, seed=1).end_high_s != fit(part).forecast(part).end_high_s


def test_a_lower_level_is_narrower() -> None:
    trace = watched(simulate(seed=1))
    wide, narrow = fit(trace).estimates.loc["users_per_s"], fit(trace, level=0.5).estimates.loc["users_per_s"]
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


def test_the_scenario_can_be_simulated() -> None:
    found = fit(watched(simulate(users=3000, failure_rate=0.1, slowdown=1.0, seed=4)))
    run = simulate(found.scenario, seed=1)
    assert run.scenario.users == 3000
    assert run.importing_s == pytest.approx(150, rel=0.15)


# bad input -------------------------------------------------------------------------------------------


def test_a_trace_that_mixes_operations_is_refused() -> None:
    one = watched(simulate(users=500, seed=1))
    other = simulate(users=500, seed=2, epoch="2020-01-01T00:00:00Z")
    mixed = Trace([*((answer.at_s, answer.body) for answer in one), (500.0, other.status(5.0))])
    for call in (fit, fit(one).forecast, fit(one).stall):
        with pytest.raises(TraceError, match="another operation") as caught:
            call(mixed)
        assert caught.value.line == len(one) + 1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"traces": b"night.jsonl"}, "traces"), ({"traces": 5}, "traces"), ({"traces": None}, "traces"),
        ({"traces": {"state": "none"}}, "traces"), ({"traces": [{"state": "none"}]}, "answers"),
        ({"traces": [5]}, "answers"), ({"traces": [], "batch_size": 0}, "batch_size"),
        ({"traces": [], "batch_size": True}, "batch_size"), ({"traces": [], "batch_size": 2.5}, "batch_size"),
        ({"traces": [], "level": 1.0}, "level"), ({"traces": [], "level": 95}, "level"),
        ({"traces": [], "seed": -1}, "seed"), ({"traces": [], "seed": "x"}, "seed"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        fit(**arguments)
    assert caught.value.field == field


def test_of_a_file_the_line_is_named_wherever_its_answers_stand(tmp_path: Path) -> None:
    bodies = [body for _, body in simulate(users=500, seed=1).responses()]
    other = simulate(users=500, seed=2, epoch="2030-01-01T00:00:00Z").status(5.0)
    texts = [json.dumps(body, indent=2) for body in (*bodies, other)]
    (tmp_path / "pretty.json").write_text("\n".join(texts))
    with pytest.raises(TraceError, match="another operation") as caught:
        fit(tmp_path / "pretty.json")
    assert caught.value.line == 1 + sum(text.count("\n") + 1 for text in texts[:-1])
    with pytest.raises(TraceError, match="there is no such file"):
        fit([tmp_path / "nowhere.jsonl"])


@pytest.mark.parametrize("value", [0, 1, -0.1, math.nan, "a"])
def test_a_rate_of_false_alarms_is_a_probability(value: Any) -> None:
    trace = watched(simulate(users=500, seed=1))
    with pytest.raises(ParameterError, match="false_alarms"):
        fit(trace).stall(trace, false_alarms=value)
