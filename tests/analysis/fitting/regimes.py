"""Imports of six kinds with known parameters, and how often what `fit` says of them holds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from simimport import Run, Scenario, Trace, fit, observe, simulate

REGIMES: Mapping[str, Scenario] = {
    "steady": Scenario(),
    "slowing": Scenario(slowdown=1.5),
    "stalling": Scenario(stall_rate=0.05, stall_s=20.0),
    "clustered": Scenario(failure_rate=0.1, failure_clustering=0.5),
    "few-failures": Scenario(failure_rate=0.0005),
    "short": Scenario(users=1000),
}

#: Those that may lie at their bound, 0, where an interval that holds them always is no fault.
AT_BOUND = ("slowdown", "stall_rate", "failure_clustering")


def watched(run: Run, every_s: float = 5.0) -> Trace:
    """Return what a client that polls regularly was answered."""
    return Trace(observe(run, every_s=every_s))


def polled(run: Run, seed: int) -> Trace:
    """Return what a client that polls every 5 to 7 s, from a random instant on, was answered."""
    phase_s = float(np.random.default_rng([seed, 1]).random() * 5)
    return Trace(observe(run, every_s=5.0, jitter_s=2.0, phase_s=phase_s, seed=seed))


def cut(trace: Trace, run: Run, seed: int) -> Trace:
    """Return the trace up to a random share of the work, between 0.2 and 0.8 of its time."""
    share = 0.2 + 0.6 * float(np.random.default_rng([seed, 2]).random())
    until_s = run.duration_s - (1 - share) * run.importing_s
    return Trace([(answer.at_s, answer.body) for answer in trace if answer.at_s <= until_s])


def truth(scenario: Scenario) -> dict[str, float]:
    """Return the true parameters; NaN for the length of stalls that never come."""
    names = ("users_per_s", "latency_cv", *AT_BOUND, "stall_s", "failure_rate")
    values = {name: float(getattr(scenario, name)) for name in names}
    return values if scenario.stall_rate else values | {"stall_s": math.nan}


def coverage(regime: str, seeds: Iterable[int]) -> dict[str, list[bool]]:
    """Return which intervals held the truth: of each parameter, and of a forecast's ``end`` and ``error``."""
    held: dict[str, list[bool]] = defaultdict(list)
    true = truth(REGIMES[regime])
    for seed in seeds:
        run = simulate(REGIMES[regime], seed=seed)
        trace = polled(run, seed)
        for name, row in fit(trace).estimates.iterrows():
            value = true[str(name)]
            if math.isnan(value):
                # that nothing is known of stalls is right where there are none
                held[f"no {name}"].append(math.isnan(row["estimate"]))
            else:
                held[str(name)].append(bool(row["low"] <= value <= row["high"]))
        part = cut(trace, run, seed)
        ahead = fit(part).forecast(part)
        held["end"].append(ahead.end_low_s <= run.duration_s <= ahead.end_high_s)
        held["error"].append(ahead.error_low <= run.at(run.duration_s).error <= ahead.error_high)
    return dict(held)
