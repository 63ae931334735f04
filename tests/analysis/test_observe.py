"""What a poller sees: against a slow oracle, in closed form, and by the laws of any polling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simimport import PRESETS, Run, Scenario, observe, polling_tradeoff, simulate
from simimport.analysis.observe import phase_of
from simimport.errors import ParameterError
from simimport.model.dialects import DIALECTS
from simimport.model.instants import instant
from simimport.testing.answer import parsed_instant

HOW = (
    {"every_s": 7.3},
    {"every_s": 3.1, "jitter_s": 3.0, "latency_s": 0.4, "phase_s": 1.7, "seed": 5},
    {"every_s": 2.0, "latency_s": 5.5, "phase_s": -9.0},
    {"every_s": 4.0, "jitter_s": 4.0, "latency_s": 6.0, "phase_s": -3.0, "seed": 2},
)


def oracle(run: Run, how: dict[str, Any], dialect: str) -> pd.DataFrame:
    """Ask poll by poll, in a plain loop: `run.status` for what is told, `run.outcomes` for the truth."""
    every_s, latency_s = how["every_s"], how.get("latency_s", 0.0)
    last_s = list(run.responses(dialect=dialect))[-1][0]
    jitter = np.random.default_rng(how.get("seed", 0)).random(100_000) * how.get("jitter_s", 0.0)
    finished_s = run.outcomes["finished_s"].dropna().to_numpy()
    created = instant(run.scenario.epoch)
    rows, free_s, before = [], -math.inf, None
    for place in range(100_000):
        asked_s = max(how.get("phase_s", 0.0) + place * every_s + jitter[place], free_s)
        answered_s = free_s = round(asked_s * 1e6) / 1e6 + latency_s
        body = run.status(answered_s, dialect=dialect)
        document = body.get("operation", {})
        count = document.get("count", {})
        updated = parsed_instant(document.get("_updatedAt"))
        shown = count.get("completed", 0) + count.get("error", 0)
        rows.append({
            "asked_s": asked_s, "answered_s": answered_s,
            "state": body["state"], "step": document.get("status"),
            **{name: count.get(name, 0) for name in ("completed", "error", "total")},
            "updated_at_s": math.nan if updated is None else (updated - created).total_seconds(),
            "changed": body != before, "shown": shown,
            "processed": int((finished_s <= answered_s + 1e-9).sum()),
        })  # fmt: skip
        before = body
        if answered_s >= last_s:
            break
    return pd.DataFrame(rows)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "big"])
def test_it_is_what_a_plain_loop_over_the_polls_sees(preset: str, dialect: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    for how in HOW:
        seen, slow = observe(run, **how, dialect=dialect), oracle(run, how, dialect)
        assert seen["poll"].tolist() == list(range(1, len(slow) + 1))
        for name in ("state", "completed", "error", "total"):
            assert seen[name].tolist() == slow[name].tolist(), (how, name)
        assert seen["step"].fillna("-").tolist() == slow["step"].fillna("-").tolist()
        for name in ("asked_s", "answered_s"):
            np.testing.assert_allclose(seen[name], slow[name], atol=2e-6)
        # the wire cuts to milliseconds, and two changes within one look alike there
        np.testing.assert_allclose(seen["updated_at_s"], slow["updated_at_s"], atol=1.01e-3)
        assert (seen["changed"] | ~slow["changed"]).all()
        assert seen["changed"].tolist()[0] is True
        age_s = seen["answered_s"] - seen["updated_at_s"]
        np.testing.assert_allclose(seen["staleness_s"], age_s, atol=1e-9)
        if dialect == "docs" or run.final == "done":  # an interrupted server counts a batch twice
            assert seen["staleness_users"].tolist() == (slow["processed"] - slow["shown"]).tolist()


@pytest.mark.parametrize("dialect", ["server-6.3", "server-8.3"])
def test_an_error_that_still_walks_to_done_ends_nothing(dialect: str) -> None:
    run = simulate(PRESETS["canceled_midway"], seed=3)
    seen = observe(run, every_s=0.01, dialect=dialect)
    states = list(dict.fromkeys(seen["state"]))
    assert states == ["new", "ready", "importing", "error", "done"]
    # counted twice on the wire, but what nobody has published is never negative
    assert (seen["staleness_users"] >= 0).all()


def test_between_flushes_staleness_is_uniform_over_0_to_49() -> None:
    run = simulate(users=50_000, latency_cv=0, failure_rate=0, seed=1)
    seen = observe(run, every_s=0.7217)
    stale = seen["staleness_users"][seen["state"] == "importing"].to_numpy()[:-1]
    assert stale.mean() == pytest.approx(24.5, abs=0.3)
    counts = np.bincount(stale)
    assert len(counts) == 50
    assert stats.chisquare(counts).pvalue > 0.01
    # and in the mean over the time, exactly, but for the steps before and after the work
    bought = polling_tradeoff(Scenario(latency_cv=0), every_s=[0.001], replicates=1)
    assert bought["staleness_users"][0] == pytest.approx(24.5 * (8000 / 30) / (8000 / 30 + 0.04), abs=0.05)


def test_one_phase_may_meet_every_batch_at_the_same_place() -> None:
    run = simulate(users=3000, latency_cv=0, seed=1)

    def unpublished(phase_s: float) -> set[int]:
        seen = observe(run, every_s=5, phase_s=phase_s)
        return set(seen["staleness_users"][seen["state"] == "importing"].iloc[:-1])

    assert unpublished(0.0) == {39}
    means = [np.mean(list(unpublished(phase_s))) for phase_s in np.arange(0.05, 5, 0.1)]
    assert np.mean(means) == pytest.approx(24.5, abs=0.5)


def test_the_phase_of_a_run_is_uniform_and_the_same_share_of_every_interval() -> None:
    runs = [simulate(users=1, seed=seed) for seed in range(400)]
    assert stats.kstest([phase_of(run, 5.0) for run in runs], stats.uniform(0, 5).cdf).pvalue > 0.01
    for run in runs[:5]:
        assert phase_of(run, 60.0) == pytest.approx(12 * phase_of(run, 5.0))


def test_the_delay_is_uniform_over_an_interval() -> None:
    every_s = 5.0
    phases = np.random.default_rng(1).random(400) * every_s
    delays = []
    for seed, phase_s in enumerate(phases):
        run = simulate(users=100, seed=seed)
        seen = observe(run, every_s=every_s, phase_s=float(phase_s))
        delays.append(seen["answered_s"].iloc[-1] - run.duration_s)
    assert stats.kstest(delays, stats.uniform(0, every_s).cdf).pvalue > 0.01
    assert stats.kstest(delays, stats.uniform(0, 1.2 * every_s).cdf).pvalue < 1e-3


@given(
    every_s=st.floats(0.05, 100), jitter=st.floats(0, 1), latency_s=st.floats(0, 30),
    phase_s=st.floats(-50, 80), users=st.integers(0, 120), seed=st.integers(0, 99),
    dialect=st.sampled_from(list(DIALECTS)),
)  # fmt: skip
def test_laws_of_any_polling(  # noqa: PLR0917 - Hypothesis names them
    every_s: float, jitter: float, latency_s: float, phase_s: float, users: int, seed: int, dialect: str
) -> None:
    run = simulate(users=users, crash_rate=0.2, cancel_rate=0.3, stall_rate=0.1, seed=seed)
    seen = observe(run, every_s=every_s, jitter_s=jitter * every_s, latency_s=latency_s, phase_s=phase_s,
                   seed=seed, dialect=dialect)  # fmt: skip
    last_s = list(run.responses(dialect=dialect))[-1][0]
    answered_s = seen["answered_s"].to_numpy()
    assert answered_s[-1] >= last_s
    assert (answered_s[:-1] < last_s).all()
    assert (np.diff(seen["asked_s"]) >= latency_s - 2e-6).all()
    np.testing.assert_allclose(answered_s - seen["asked_s"], latency_s, atol=2e-6)
    assert (seen["staleness_s"].dropna() >= 0).all()
    assert (seen["staleness_users"] >= 0).all()
    assert (seen["staleness_users"] <= 50).all()
    assert seen["changed"].tolist()[0]
    assert seen["updated_at_s"].isna().tolist() == (seen["state"] == "none").tolist()


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"every_s": 0}, "every_s"), ({"every_s": -1}, "every_s"), ({"every_s": math.nan}, "every_s"),
        ({"every_s": "5"}, "every_s"), ({"every_s": True}, "every_s"), ({"every_s": None}, "every_s"),
        ({"every_s": [1, 2]}, "every_s"), ({"every_s": 1, "phase_s": -1e8}, "every_s"),
        ({"jitter_s": 6}, "jitter_s"), ({"jitter_s": -1}, "jitter_s"), ({"latency_s": math.inf}, "latency_s"),
        ({"latency_s": -0.1}, "latency_s"), ({"phase_s": math.nan}, "phase_s"), ({"seed": -1}, "seed"),
        ({"dialect": "klingon"}, "dialect"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(how: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        observe(simulate(users=10, seed=1), **how)
    assert caught.value.field == field


def test_what_is_no_run_is_named() -> None:
    with pytest.raises(ParameterError, match="a Run, as simulate"):
        observe(Scenario())  # type: ignore[arg-type]  # that it is none is the point
