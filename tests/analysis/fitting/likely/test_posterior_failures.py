"""What counts of failures leave likely: draws against a posterior in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely.draws import DRAWS
from simimport.analysis.fitting.likely.posterior_failures import Failures, posterior_failures


def test_of_unclustered_failures_the_posterior_is_a_beta() -> None:
    # one user a stretch tells nothing of clusters, so the rate's posterior is Beta(k + 1/2, n - k + 1/2)
    failed = np.zeros(400, dtype=int)
    failed[:30] = 1
    ones = np.ones(400, dtype=int)
    found = posterior_failures([Failures(1, ones, 0 * ones, failed)], np.random.default_rng(1))
    rate = share(found.logit_rates[:, 0])
    assert rate.shape == (DRAWS,)
    assert stats.kstest(rate, stats.beta(30.5, 370.5).cdf).pvalue > 0.01
    assert stats.kstest(rate, stats.beta(34.5, 366.5).cdf).pvalue < 1e-6
    # and the clustering keeps its prior
    assert np.quantile(found.if_it_clusters, 0.5) == pytest.approx(stats.beta(0.5, 1).ppf(0.5), abs=0.02)
    assert (found.clustering == 0).mean() == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("failed", [0, 40])
def test_where_none_or_all_fail_the_rate_reaches_to_its_bound(failed: int) -> None:
    ones = np.ones(50, dtype=int)
    found = posterior_failures([Failures(40, ones, 0 * ones, failed * ones)], np.random.default_rng(1))
    low, high = np.quantile(share(found.logit_rates[:, 0]), [0.025, 0.975])
    assert (low > 0.95) if failed else (high < 0.05)
    assert ((found.clustering >= 0) & (found.clustering <= 1)).all()


def test_imports_that_differ_keep_a_rate_of_their_own_and_have_a_level() -> None:
    rng = np.random.default_rng(2)
    ones = np.ones(160, dtype=np.int64)
    rates = (0.01, 0.1, 0.03)
    nights = [Failures(50, ones, 0 * ones, rng.binomial(50, rate, 160)) for rate in rates]
    found = posterior_failures(nights, np.random.default_rng(1))
    own = share(found.logit_rates)
    for place, data in enumerate(nights):
        low, high = np.quantile(own[:, place], [0.01, 0.99])
        assert low < data.failed.sum() / 8000 < high
        assert high - low < 0.6 * rates[place]
    low, high = np.quantile(share(found.logit_rate), [0.025, 0.975])
    assert low < 0.02
    assert high > 0.05
    assert np.median(found.deviation) > 0.5
    alike = [Failures(50, ones, 0 * ones, rng.binomial(50, 0.05, 160)) for _ in range(4)]
    found = posterior_failures(alike, np.random.default_rng(1))
    assert np.median(found.deviation) <= 0.2
    # one import tells nothing of how others differ
    alone = posterior_failures(alike[:1], np.random.default_rng(1))
    assert alone.logit_rate.std() > 3 * alone.logit_rates.std()


def share(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))
