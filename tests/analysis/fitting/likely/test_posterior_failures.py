"""What counts of failures leave likely: chances against SciPy, draws against a posterior in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely.draws import DRAWS
from simimport.analysis.fitting.likely.posterior_failures import (
    Failures,
    _kinds_of_stretches,
    _log_failures,
    _log_of_many,
    beta_binomial,
    posterior_failures,
)


@pytest.mark.parametrize("n", [1, 7, 50])
@pytest.mark.parametrize("rate", [1e-4, 0.02, 0.5, 0.97])
@pytest.mark.parametrize("rho", [1e-6, 0.1, 0.5, 0.99])
def test_the_beta_binomial_distribution(n: int, rate: float, rho: float) -> None:
    chances = beta_binomial(n, np.array(rate), np.array(rho))
    many = (1 - rho) / rho
    expected = stats.betabinom.pmf(np.arange(n + 1), n, rate * many, (1 - rate) * many)
    np.testing.assert_allclose(chances, expected, rtol=1e-5, atol=1e-12)


def test_at_its_bounds_the_beta_binomial_is_binomial_and_all_or_none() -> None:
    plain = beta_binomial(50, np.array(0.3), np.array(0.0))
    np.testing.assert_allclose(plain, stats.binom.pmf(np.arange(51), 50, 0.3), atol=1e-12)
    whole = beta_binomial(50, np.array(0.3), np.array(1.0))
    assert whole[0] == pytest.approx(0.7, abs=1e-2)
    assert whole[50] == pytest.approx(0.3, abs=1e-2)
    assert whole.sum() == pytest.approx(1)


def test_failures_of_a_stretch_are_a_sum() -> None:
    data = Failures(50, np.array([2, 0]), np.array([0, 20]), np.array([9, 1]))
    log = _log_failures(_kinds_of_stretches(data), 50, np.array([[0.05]]), np.array([[0.2]]))[0, 0]
    many = 4.0
    batch = stats.betabinom.pmf(np.arange(51), 50, 0.05 * many, 0.95 * many)
    rest = stats.betabinom.pmf(1, 20, 0.05 * many, 0.95 * many)
    assert log == pytest.approx(math.log(np.convolve(batch, batch)[9]) + math.log(rest))


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
    assert np.quantile(found.if_it_clusters, 0.5) == pytest.approx(stats.beta(0.5, 1.5).ppf(0.5), abs=0.02)
    assert (found.clustering == 0).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("failed", [0, 40])
def test_where_none_or_all_fail_the_rate_reaches_to_its_bound(failed: int) -> None:
    ones = np.ones(50, dtype=int)
    found = posterior_failures([Failures(40, ones, 0 * ones, failed * ones)], np.random.default_rng(1))
    low, high = np.quantile(share(found.logit_rates[:, 0]), [0.025, 0.975])
    assert (low > 0.95) if failed else (high < 0.05)
    assert ((found.clustering >= 0) & (found.clustering <= 1)).all()


def test_many_batches_are_a_beta_binomial_of_the_same_mean_and_variance() -> None:
    rate, rho = np.array([[0.02], [0.2]]), np.array([[1e-5, 0.01, 0.1]])
    failed = np.array([10, 40, 90, 400])
    close = _log_of_many(40 * 50, 50, rate, rho, failed)
    transform = np.fft.rfft(beta_binomial(50, rate, rho), 4096) ** 40
    exact = np.fft.irfft(transform, 4096)[..., failed]
    likely = exact > 1e-7
    np.testing.assert_allclose(close[likely], np.log(exact[likely]), atol=0.35)
    np.testing.assert_allclose(close[exact > 1e-3], np.log(exact[exact > 1e-3]), atol=0.15)


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
