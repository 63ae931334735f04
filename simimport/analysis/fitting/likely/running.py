"""What is likely of a running import, given what others of its kind left likely: their draws, weighted anew.

Looks at the running import alone, so that it takes as long for one import before as for a hundred.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.posterior import Likely, Posterior, counted_failures, timed_stretches
from simimport.analysis.fitting.likely.posterior_failures import FailuresDrawn, log_failures_of
from simimport.analysis.fitting.likely.posterior_times import TimesDrawn
from simimport.analysis.fitting.likely.stretches import Shared, likeliest_speeds
from simimport.analysis.fitting.shown.evidence import Evidence

__all__ = ["likely_of_running"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Draws must be worth so many equal ones, or else the import says what those before hardly foresaw.
_WORTH = 200.0
# of the grid of the import's own failure rate
_POINTS = 64


def likely_of_running(past: Posterior, part: Evidence, rng: np.random.Generator) -> Likely | None:
    """Return what is likely of an import that has begun; None where those before hardly foresaw it."""
    if past.times is None or past.failures is None:
        return None
    times = _times(past.times, part, rng)
    failures = _failures(past.failures, part, rng)
    if times is None or failures is None:
        return None
    (speed, shared), (rate, clustering) = times, failures
    return Likely(
        speed, shared.cv, shared.slowdown, shared.stall_rate, shared.stall_s, rate, clustering,
        0.0 if past.stalls else past.scale_s,
    )  # fmt: skip


def _times(past: TimesDrawn, part: Evidence, rng: np.random.Generator) -> tuple[Floats, Shared] | None:
    shared, levels = past[:2]
    stretches, _ = timed_stretches([part])
    if not len(stretches):
        away = levels.deviation * rng.standard_normal(len(levels.log_speed))
        return np.exp(levels.log_speed + away), shared
    # With u normal around the level m with the deviation τ beforehand, and by what is seen around û with the
    # precision h, the seen is as likely as a normal of the variance τ² + 1/h has it, and u is around both.
    speeds = likeliest_speeds(stretches, shared)
    likeliest, precision = speeds.log_speed[:, 0], speeds.precision[:, 0]
    variance = levels.deviation**2 + 1 / precision
    away = (likeliest - levels.log_speed) ** 2 / variance
    log = speeds.peak[:, 0] - 0.5 * (np.log(precision * variance) + away)
    chosen = _resampled(log, rng)
    if chosen is None:
        return None
    h, tau2 = precision[chosen], levels.deviation[chosen] ** 2
    both = h + 1 / tau2
    mean = (h * likeliest[chosen] + levels.log_speed[chosen] / tau2) / both
    return np.exp(mean + rng.standard_normal(len(mean)) / np.sqrt(both)), shared.rows(chosen)


def _failures(
    past: FailuresDrawn, part: Evidence, rng: np.random.Generator
) -> tuple[Floats, Floats] | None:
    middle, deviation, _, rho, _ = past
    counted = counted_failures(part)
    if counted is None:
        return 1 / (1 + np.exp(-(middle + deviation * rng.standard_normal(len(middle))))), rho
    # the import's own rate on a grid, of which each draw says how likely its places are beforehand
    low, high = float((middle - 4 * deviation).min()), float((middle + 4 * deviation).max())
    logit = np.linspace(low, high, _POINTS)
    edges = np.quantile(rho, np.linspace(0, 1, 25))
    log = log_failures_of(counted, logit, (edges[1:] + edges[:-1]) / 2)
    column = np.clip(np.searchsorted(edges, rho) - 1, 0, len(edges) - 2)
    before = -0.5 * ((logit - middle[:, None]) / deviation[:, None]) ** 2
    before -= np.logaddexp.reduce(before, axis=1, keepdims=True)
    both = before + log[:, column].T
    chosen = _resampled(np.logaddexp.reduce(both, axis=1), rng)
    if chosen is None:
        return None
    odds = np.exp(both[chosen] - both[chosen].max(axis=1, keepdims=True)).cumsum(axis=1)
    place = (odds < rng.random((len(odds), 1)) * odds[:, -1:]).sum(axis=1).clip(max=_POINTS - 1)
    drawn = logit[place] + (logit[1] - logit[0]) * (rng.random(len(place)) - 0.5)
    return 1 / (1 + np.exp(-drawn)), rho[chosen]


def _resampled(log: Floats, rng: np.random.Generator) -> Ints | None:
    """Return draws as often as they are likely, in any order; None if few of them have nearly all of it."""
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    if 1 / float((weight**2).sum()) < _WORTH:
        return None
    steps = (np.arange(len(log)) + rng.random()) / len(log)
    chosen: Ints = np.searchsorted(np.cumsum(weight), steps).clip(max=len(log) - 1)
    return chosen[rng.permutation(len(log))]
