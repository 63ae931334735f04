"""The numbers below `fit`: densities and tails against scipy, draws against posteriors in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.posterior_failures import (
    Failures,
    _beta_binomial,
    _counted,
    _log_failures,
    posterior_failures,
)
from simimport.analysis.fitting.posterior_times import (
    DRAWS,
    Times,
    _population,
    _robust_line,
    _straight_line,
    counted_interval,
    interval,
    posterior_times,
)


@pytest.mark.parametrize("n", [1, 7, 50])
@pytest.mark.parametrize("rate", [1e-4, 0.02, 0.5, 0.97])
@pytest.mark.parametrize("rho", [1e-6, 0.1, 0.5, 0.99])
def test_the_beta_binomial_distribution(n: int, rate: float, rho: float) -> None:
    told = _beta_binomial(n, np.array(rate), np.array(rho))
    many = (1 - rho) / rho
    np.testing.assert_allclose(told, stats.betabinom.pmf(np.arange(n + 1), n, rate * many, (1 - rate) * many),
                               rtol=1e-5, atol=1e-12)  # fmt: skip


def test_at_its_bounds_the_beta_binomial_is_binomial_and_all_or_none() -> None:
    plain = _beta_binomial(50, np.array(0.3), np.array(0.0))
    np.testing.assert_allclose(plain, stats.binom.pmf(np.arange(51), 50, 0.3), atol=1e-12)
    whole = _beta_binomial(50, np.array(0.3), np.array(1.0))
    assert whole[0] == pytest.approx(0.7, abs=1e-2)
    assert whole[50] == pytest.approx(0.3, abs=1e-2)
    assert whole.sum() == pytest.approx(1)


def test_failures_of_a_stretch_are_a_sum() -> None:
    data = Failures(50, np.array([2, 0]), np.array([0, 20]), np.array([9, 1]))
    told = _log_failures(_counted(data), 50, np.array([[0.05]]), np.array([[0.2]]))[0, 0]
    many = 4.0
    batch = stats.betabinom.pmf(np.arange(51), 50, 0.05 * many, 0.95 * many)
    rest = stats.betabinom.pmf(1, 20, 0.05 * many, 0.95 * many)
    assert told == pytest.approx(math.log(np.convolve(batch, batch)[9]) + math.log(rest))


def test_of_unclustered_failures_the_posterior_is_a_beta() -> None:
    # one user a stretch tells nothing of clusters, so the rate's posterior is Beta(k + 1/2, n - k + 1/2)
    failed = np.zeros(400, dtype=int)
    failed[:30] = 1
    ones = np.ones(400, dtype=int)
    draws = posterior_failures(Failures(1, ones, 0 * ones, failed), np.random.default_rng(1))
    assert draws.shape == (DRAWS, 2)
    assert stats.kstest(draws[:, 0], stats.beta(30.5, 370.5).cdf).pvalue > 0.01
    assert stats.kstest(draws[:, 0], stats.beta(34.5, 366.5).cdf).pvalue < 1e-6
    # and the clustering keeps its prior
    assert np.quantile(draws[:, 1], 0.5) == pytest.approx(stats.beta(0.5, 1.5).ppf(0.5), abs=0.02)


@pytest.mark.parametrize("failed", [0, 40])
def test_where_none_or_all_fail_the_rate_reaches_to_its_bound(failed: int) -> None:
    one = np.ones(50, dtype=int)
    draws = posterior_failures(Failures(40, one, 0 * one, failed * one), np.random.default_rng(1))
    low, high = np.quantile(draws[:, 0], [0.025, 0.975])
    assert (low > 0.95) if failed else (high < 0.05)
    assert ((draws >= 0) & (draws <= 1)).all()


def test_draws_follow_a_density_even_from_a_poor_start() -> None:
    place, spread = np.array([3.0, -20.0]), np.array([0.5, 4.0])

    def log_density(draws: np.ndarray) -> np.ndarray:
        return -(((draws - place) / spread) ** 2).sum(axis=1) / 2

    drawn = _population(log_density, np.array([1.0, -10.0]), np.array([0.1, 1.0]), np.random.default_rng(1))
    assert drawn.shape == (DRAWS, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), place, atol=0.1 * spread.max())
    for column in range(2):
        fine = stats.norm(place[column], spread[column])
        # resampled draws repeat, so the test is one of distance, not of independence
        assert stats.kstest(drawn[:, column], fine.cdf).statistic < 0.04


def stretches(number: int, users: int, speed: float, cv: float, seed: int) -> Times:
    rng = np.random.default_rng(seed)
    x = (np.arange(number) + 0.5) / number
    a = np.full(number, float(users))
    seconds = rng.standard_gamma(users / cv**2, number) * cv**2 / speed
    return Times(a, a * x, a * x * x, np.ones(number, dtype=int), seconds, np.zeros(number))


def test_speed_and_variability_are_found() -> None:
    draws, seen = posterior_times(stretches(400, 50, 30, 0.5, 3), np.random.default_rng(1))
    assert not seen
    for column, true in enumerate((30, 0.5, 0)):
        low, high = np.quantile(draws[:, column], [0.001, 0.999])
        assert low < true < high
        assert high - low < 0.4 * max(true, 1)
    assert np.isnan(draws[:, 4]).all()


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7])
def test_few_stretches_that_agree_by_chance_do_not_look_certain(number: int) -> None:
    x = (np.arange(number) + 0.5) / number
    a = np.full(number, 50.0)
    seconds = a / 30 * (1 + 1e-3 * (-1) ** np.arange(number))
    data = Times(a, a * x, a * x * x, np.ones(number, dtype=int), seconds, np.zeros(number))
    draws, seen = posterior_times(data, np.random.default_rng(1))
    assert not seen
    assert np.isfinite(draws[:, :4]).all()
    assert len(np.unique(draws[:, 0])) > 100


def test_one_stall_among_many_stretches_is_recognised() -> None:
    data = stretches(100, 50, 30, 0.5, 1)
    data.seconds[40] += 20
    draws, seen = posterior_times(data, np.random.default_rng(1))
    assert seen
    assert np.median(draws[:, 4]) == pytest.approx(20, abs=0.5)
    assert np.median(draws[:, 0]) == pytest.approx(30, rel=0.05)


def test_lines() -> None:
    x = np.linspace(0, 1, 30)
    y = 2 + 3 * x
    for line in (_robust_line, _straight_line):
        assert line(y, x, np.ones(30)) == (pytest.approx(2, abs=1e-3), pytest.approx(3, abs=1e-3))
        # of two points, or of many at one place, only the mean is told
        assert line(y[:2], x[:2], np.ones(2)) == (pytest.approx(y[:2].mean()), 0)
    # a line that would begin below zero is none of seconds per user
    assert _straight_line(np.array([0.0, 5.0, 10.0]) + 0.1, np.array([0.5, 0.75, 1.0]), np.ones(3))[1] == 0
    level, slope = _robust_line(np.where(x == x[7], 90, y), x, np.ones(30))
    assert (level, slope) == (pytest.approx(2, abs=0.1), pytest.approx(3, abs=0.2))


def test_an_interval_is_equal_tailed_or_begins_at_the_bound() -> None:
    draws = np.linspace(0, 1, 10_001)
    assert interval(draws, 0.9) == (pytest.approx(0.05), pytest.approx(0.95))
    assert interval(draws, 0.9, 0.0) == (0, pytest.approx(0.9))
    assert interval(draws + 5, 0.9, 0.0) == (pytest.approx(5.05), pytest.approx(5.95))


@pytest.mark.parametrize("counted", [1, 3, 8, 14])
def test_the_interval_of_a_counted_rate_is_that_of_clopper_and_pearson(counted: int) -> None:
    draws = stats.beta(counted + 0.5, 160 - counted + 0.5).ppf((np.arange(40_000) + 0.5) / 40_000)
    exact = stats.binomtest(counted, 160).proportion_ci(0.95, method="exact")
    low, high = counted_interval(draws, 0.95)
    assert (low, high) == (pytest.approx(exact.low, rel=0.03), pytest.approx(exact.high, rel=0.01))
