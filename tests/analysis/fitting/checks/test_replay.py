"""Stretches that the model makes at the polls of a trace are as those that polls show of an import."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport import Scenario, Trace, observe, simulate
from simimport.analysis.fitting.checks.replay import watched_scores
from simimport.analysis.fitting.checks.scores import scores_of_times
from simimport.analysis.fitting.likely.posterior import timed_stretches
from simimport.analysis.fitting.likely.stretches import Shared
from simimport.analysis.fitting.shown.evidence import evidence

DRAWS = 25
CASES = {
    "steady": (Scenario(), 5.0),
    "users one by one": (Scenario(users=1500, batch_size=1, latency_cv=1.5), 0.2),
    "slowing, very uneven": (Scenario(users=20_000, latency_cv=6.0, slowdown=1.0), 5.0),
    "stalling": (Scenario(users=20_000, stall_rate=0.1, stall_s=20.0), 5.0),
}


def true_scores(scenario: Scenario, every_s: float, *, is_ranked: bool) -> np.ndarray:
    """Return the scores of an import's stretches at its true parameters."""
    part = evidence(Trace(observe(simulate(scenario, seed=3), every_s=every_s)), scenario.batch_size)
    stretches, _ = timed_stretches([part])
    true = (scenario.latency_cv, scenario.slowdown, scenario.stall_rate, scenario.stall_s)
    shared = Shared(*(np.full(DRAWS, value if scenario.stall_rate or place < 2 else 0.0)
                      for place, value in enumerate(true)))  # fmt: skip
    speeds = np.full((DRAWS, 1), scenario.users_per_s)
    watched = watched_scores([part], shared, speeds, 0) if is_ranked else np.zeros(0)
    return scores_of_times(stretches, shared, speeds, watched).z[0]


@pytest.mark.parametrize("case", CASES)
def test_scores_at_the_truth_are_normal(case: str) -> None:
    scenario, every_s = CASES[case]
    assert stats.kstest(true_scores(scenario, every_s, is_ranked=True), "norm").pvalue > 1e-3


def test_of_uneven_batches_they_would_not_be_without() -> None:
    scenario, every_s = CASES["users one by one"]
    assert stats.kstest(true_scores(scenario, every_s, is_ranked=False), "norm").pvalue < 1e-3


def test_where_little_was_seen_nothing_is_made() -> None:
    shared = Shared(*(np.full(3, value) for value in (0.5, 0.0, 0.0, 0.0)))
    trace = Trace(observe(simulate(seed=1), every_s=5.0))
    for few in (trace[:4], Trace([])):
        part = evidence(few)
        assert not len(watched_scores([part] if len(part.last) else [], shared, np.full((3, 1), 30.0), 0))
