"""What is likely of a running import, given what others of its kind left likely: their draws, weighted anew.

Looks at the running import alone, so that it takes as long for one import before as for a hundred.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.failure_counts import Failures, alike, log_failures
from simimport.analysis.fitting.likely.posterior import Likely, Posterior, counted_failures, timed_stretches
from simimport.analysis.fitting.likely.posterior_failures import FailuresDrawn, first_range, narrowed_range
from simimport.analysis.fitting.likely.posterior_times import TimesDrawn
from simimport.analysis.fitting.likely.speeds import likeliest_speeds
from simimport.analysis.fitting.likely.stretches import Shared
from simimport.analysis.fitting.shown.evidence import Evidence, timed

__all__ = ["likely_of_running"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Draws must be worth so many equal ones, or else the import says what those before hardly foresaw.
_WORTH = 200.0
# of the grid of the import's own failure rate, and of clusterings; and how often it is laid at most
_POINTS, _COLUMNS, _FEW_COLUMNS, _GRIDS = 64, 24, 4, 6


def likely_of_running(
    past: Posterior, part: Evidence, rng: np.random.Generator, *, failures_too: bool = True
) -> Likely | None:
    """Return what is likely of an import that has begun; None where those before hardly foresaw it.

    Without its failures, what is likely of these is what those before left.
    """
    if past.times is None or past.failures is None:
        return None
    times = _times(past.times, part, rng)
    failures = _failures(past.failures, counted_failures(part) if failures_too else None, rng)
    if times is None or failures is None:
        return None
    (speed, shared), (rate, clustering) = times, failures
    long_rate, scale_s = past.unseen_stalls(shared, past.batches + float(timed(part).batches.sum()), rng)
    return Likely(speed, *shared, rate, clustering, long_rate, scale_s)


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
    past: FailuresDrawn, counted: Failures | None, rng: np.random.Generator
) -> tuple[Floats, Floats] | None:
    middle, deviation, _, rho, _ = past
    if counted is None:
        return 1 / (1 + np.exp(-(middle + deviation * rng.standard_normal(len(middle))))), rho
    odds, log, logit = _rates(past, counted)
    chosen = _resampled(log, rng)
    if chosen is None:
        return None
    odds = odds[chosen]
    place = (odds < rng.random((len(odds), 1)) * odds[:, -1:]).sum(axis=1).clip(max=_POINTS - 1)
    drawn = logit[place] + (logit[1] - logit[0]) * (rng.random(len(place)) - 0.5)
    return 1 / (1 + np.exp(-drawn)), rho[chosen]


def _rates(past: FailuresDrawn, counted: Failures) -> tuple[Floats, Floats, Floats]:
    """Return the import's own rate on a grid: its cumulated odds by draw, how likely draws are, the logits.

    What was likely beforehand spans many times what the counts leave, so the grid is laid anew where the mass
    is, until it lies there: cells as wide as the mass would say no more than which of them it is in.
    """
    middle, deviation, rho = past.logit_rate[:, None], past.deviation[:, None], past.clustering
    # draws of about one clustering share a column, that of their median
    edges = np.quantile(rho, np.arange(1, _COLUMNS) / _COLUMNS)
    column = np.searchsorted(edges, rho)
    clusterings: Floats = np.quantile(rho, (np.arange(_COLUMNS) + 0.5) / _COLUMNS)
    # where the mass is a few of them tell, of which the outermost have the widest and the narrowest
    few = np.linspace(0, _COLUMNS - 1, _FEW_COLUMNS).astype(np.int64)
    nearest = np.abs(np.arange(_COLUMNS)[:, None] - few).argmin(axis=1)[column]
    stretches = alike(counted)

    def log_odds(logit: Floats, clusterings: Floats, column: Ints) -> Floats:
        # the normal of each draw, but no narrower than the cells, between which it would be lost
        variance = deviation**2 + (logit[1] - logit[0]) ** 2 / 4
        beforehand: Floats = -0.5 * ((logit - middle) ** 2 / variance + np.log(variance))
        return beforehand + log_failures(stretches, logit, clusterings)[:, column].T

    # where the counts are is looked at in any case: elsewhere they may be too unlikely to tell draws apart
    seen_low, seen_high = first_range(counted)
    low = min(seen_low, float((middle - 4 * deviation).min()))
    high = max(seen_high, float((middle + 4 * deviation).max()))
    for _ in range(_GRIDS):
        both = log_odds(_middles(low, high), clusterings[few], nearest)
        narrower = narrowed_range(np.exp(both - both.max()).sum(axis=0), low, high)
        if narrower[1] - narrower[0] > (high - low) / 2:
            break
        low, high = narrower
    logit = _middles(low, high)
    both = log_odds(logit, clusterings, column)
    highest = both.max(axis=1, keepdims=True)
    odds: Floats = np.exp(both - highest).cumsum(axis=1)
    return odds, highest[:, 0] + np.log(odds[:, -1]), logit


def _middles(low: float, high: float) -> Floats:
    """Return the middles of the grid's cells."""
    step = (high - low) / _POINTS
    return np.linspace(low + step / 2, high - step / 2, _POINTS)


def _resampled(log: Floats, rng: np.random.Generator) -> Ints | None:
    """Return draws as often as they are likely, in any order; None if few of them have nearly all of it."""
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    if 1 / float((weight**2).sum()) < _WORTH:
        return None
    steps = (np.arange(len(log)) + rng.random()) / len(log)
    chosen: Ints = np.searchsorted(np.cumsum(weight), steps).clip(max=len(log) - 1)
    return chosen[rng.permutation(len(log))]
