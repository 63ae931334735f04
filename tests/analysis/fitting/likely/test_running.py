"""A running import after others of its kind: weighed anew, it is as if all were fitted together."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from simimport import Fit, Scenario, fit, simulate
from simimport.analysis.fitting.likely.posterior import Likely, posterior
from simimport.analysis.fitting.likely.posterior_failures import Failures, FailuresDrawn
from simimport.analysis.fitting.likely.running import _rates, _resampled, likely_of_running
from simimport.analysis.fitting.shown.evidence import evidence
from tests.analysis.fitting.regimes import REGIMES, Regime, cut, watched

COLUMNS = ("speed", "cv", "slowdown", "stall_rate", "stall_s", "failure_rate", "clustering")


@cache
def before(regime: Regime) -> Fit:
    return fit([regime.watched(regime.run(seed), seed) for seed in (1000, 1001)])


@cache
def steady_nights() -> Fit:
    return fit([watched(simulate(seed=seed)) for seed in range(3)])


def both(regime: Regime, share: float) -> tuple[Likely | None, Likely]:
    """Return what is likely by weights, and by a fit of all together."""
    found = before(regime)
    run = regime.run(2)
    part = evidence(cut(regime.watched(run, 2), run, share))
    weighed = likely_of_running(found._posterior, part, np.random.default_rng(1))
    together = posterior([*found._kind.parts, part], 0).likely(2, np.random.default_rng(1))
    assert together is not None
    return weighed, together


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("stalling", 0.9), ("clustered", 0.1), ("nights-20", 0.9),
        *(pytest.param(name, share, marks=pytest.mark.long)
          for name in ("stalling", "clustered", "nights-20", "nights-5", "combined") for share in (0.1, 0.5)),
    ],
)  # fmt: skip
def test_weights_lead_to_what_a_fit_of_all_together_says(name: str, share: float) -> None:
    weighed, together = both(REGIMES[name], share)
    assert weighed is not None
    for column in COLUMNS:
        first, second = getattr(weighed, column), getattr(together, column)
        wide = max(np.ptp(np.quantile(second, [0.1, 0.9])), 1e-6)
        for quantile in (0.1, 0.5, 0.9):
            # n equal draws of a normal err by 0.67/√n of this width at either end. By weights they are worth
            # 200 at least, which is 0.047, and those of the fit 400 or so; three times both are 0.17
            wanted = pytest.approx(np.quantile(second, quantile), abs=0.17 * wide)
            assert np.quantile(first, quantile) == wanted, column


def past_of(middle: np.ndarray, deviation: np.ndarray) -> FailuresDrawn:
    none = np.zeros(len(middle))
    return FailuresDrawn(middle, deviation, none[:, None], none, none)


def counts_of(batches: int, failed: int) -> Failures:
    """Return about as many failures in each batch of 50."""
    ones = np.ones(batches, dtype=np.int64)
    return Failures(50, ones, 0 * ones, np.diff(np.arange(batches + 1) * failed // batches))


# from counts that say next to nothing, to those that know the rate a hundred times as well as the past did
@pytest.mark.parametrize("spreads", [(0.02, 0.1), (0.1, 1.2), (1e-4, 2.0)])
@pytest.mark.parametrize(("batches", "failed"), [(1, 1), (144, 0), (144, 154), (4000, 4000)])
def test_the_failure_rate_of_a_running_import_is_what_bayes_says(
    batches: int, failed: int, spreads: tuple[float, float]
) -> None:
    middle, deviation = np.linspace(-4.2, -3.5, 40), np.geomspace(*spreads, 40)[::-1]
    odds, log, logit = _rates(past_of(middle, deviation), counts_of(batches, failed))
    # the same in full, at many places of each normal: without clustering the counts are binomial
    away = np.linspace(-9, 9, 20_001)
    places = middle[:, None] + deviation[:, None] * away
    both = failed * places - 50 * batches * np.logaddexp(0, places) - away**2 / 2
    mass = np.exp(both - both.max())
    mass /= mass.sum()
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    assert np.abs(weight - mass.sum(axis=1)).sum() / 2 < 0.01
    order = np.argsort(places, axis=None)
    levels = [0.025, 0.1, 0.5, 0.9, 0.975]
    wanted = np.interp(levels, np.cumsum(mass.ravel()[order]), places.ravel()[order])
    below = np.append(0.0, (odds / odds[:, -1:] * weight[:, None]).sum(axis=0))
    edges = np.append(logit, 2 * logit[-1] - logit[-2]) - (logit[1] - logit[0]) / 2
    np.testing.assert_allclose(np.interp(levels, below, edges), wanted, atol=0.1 * (wanted[3] - wanted[1]))


@pytest.mark.parametrize("failed", [7200, 3600, 0])
def test_counts_that_no_draw_explains_are_none_that_was_foreseen(failed: int) -> None:
    rng = np.random.default_rng(1)
    past = past_of(rng.normal(-3.9, 0.05, 2000), np.full(2000, 0.1))
    _, log, _ = _rates(past, counts_of(144, failed))
    assert _resampled(log, rng) is None


def test_what_the_past_hardly_foresaw_is_looked_at_anew() -> None:
    found = steady_nights()
    part = evidence(watched(simulate(stall_rate=0.2, stall_s=60.0, slowdown=3.0, seed=9)))
    assert likely_of_running(found._posterior, part, np.random.default_rng(1)) is None
    # so that its forecast is none of the past's
    trace = watched(simulate(Scenario(stall_rate=0.2, stall_s=60.0, slowdown=3.0), seed=9))[:100]
    ahead = found.forecast(trace)
    assert ahead.end_high_s > 1000


def test_of_what_shows_nothing_yet_the_past_alone_tells() -> None:
    found = steady_nights()
    part = evidence(watched(simulate(seed=9))[:2])
    likely = likely_of_running(found._posterior, part, np.random.default_rng(1))
    assert likely is not None
    assert np.median(likely.speed) == pytest.approx(30, rel=0.02)
    assert np.median(likely.failure_rate) == pytest.approx(0.02, abs=0.003)
