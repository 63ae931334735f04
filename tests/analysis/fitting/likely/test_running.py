"""A running import after others of its kind: weighed anew, it is as if all were fitted together."""

from __future__ import annotations

import numpy as np
import pytest

from simimport import Scenario, fit, simulate
from simimport.analysis.fitting.likely.posterior import Likely, posterior
from simimport.analysis.fitting.likely.running import likely_of_running
from simimport.analysis.fitting.shown.evidence import evidence
from tests.analysis.fitting.regimes import REGIMES, Regime, cut, watched

COLUMNS = ("speed", "cv", "slowdown", "stall_rate", "stall_s", "failure_rate", "clustering")


def both(regime: Regime, share: float) -> tuple[Likely | None, Likely]:
    """Return what is likely by weights, and by a fit of all together."""
    found = fit([regime.watched(regime.run(seed), seed) for seed in (1000, 1001, 1002)])
    run = regime.run(3)
    part = evidence(cut(regime.watched(run, 3), run, share))
    weighed = likely_of_running(found._posterior, part, np.random.default_rng(1))
    together = posterior([*found._kind.parts, part], 0).likely(3, np.random.default_rng(1))
    assert together is not None
    return weighed, together


@pytest.mark.parametrize("share", [0.1, 0.9])
@pytest.mark.parametrize("name", ["stalling", "clustered", "nights-20"])
def test_weights_lead_to_what_a_fit_of_all_together_says(name: str, share: float) -> None:
    weighed, together = both(REGIMES[name], share)
    assert weighed is not None
    for column in COLUMNS:
        first, second = getattr(weighed, column), getattr(together, column)
        wide = max(np.ptp(np.quantile(second, [0.1, 0.9])), 1e-6)
        for quantile in (0.1, 0.5, 0.9):
            # draws are few, and failures on a grid: a third of the width is more than they stray
            wanted = pytest.approx(np.quantile(second, quantile), abs=0.33 * wide)
            assert np.quantile(first, quantile) == wanted, column


def test_what_the_past_hardly_foresaw_is_looked_at_anew() -> None:
    found = fit([watched(simulate(seed=seed)) for seed in range(3)])
    part = evidence(watched(simulate(stall_rate=0.2, stall_s=60.0, slowdown=3.0, seed=9)))
    assert likely_of_running(found._posterior, part, np.random.default_rng(1)) is None
    # so that its forecast is none of the past's
    trace = watched(simulate(Scenario(stall_rate=0.2, stall_s=60.0, slowdown=3.0), seed=9))[:100]
    ahead = found.forecast(trace)
    assert ahead.end_high_s > 1000


def test_of_what_shows_nothing_yet_the_past_alone_tells() -> None:
    found = fit([watched(simulate(seed=seed)) for seed in range(3)])
    part = evidence(watched(simulate(seed=9))[:2])
    likely = likely_of_running(found._posterior, part, np.random.default_rng(1))
    assert likely is not None
    assert np.median(likely.speed) == pytest.approx(30, rel=0.02)
    assert np.median(likely.failure_rate) == pytest.approx(0.02, abs=0.003)
