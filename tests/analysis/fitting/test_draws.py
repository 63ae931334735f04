"""Draws from a density, and intervals of draws: against distributions in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.distributions import share_interval
from simimport.analysis.fitting.draws import DRAWS, counted_interval, interval, population


def test_draws_follow_a_density_even_from_a_poor_start() -> None:
    place, spread = np.array([3.0, -20.0]), np.array([0.5, 4.0])

    def log_density(draws: np.ndarray) -> np.ndarray:
        return -(((draws - place) / spread) ** 2).sum(axis=1) / 2

    drawn = population(log_density, np.array([1.0, -10.0]), np.array([0.1, 1.0]), np.random.default_rng(1))
    assert drawn.shape == (DRAWS, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), place, atol=0.1 * spread.max())
    for column in range(2):
        fine = stats.norm(place[column], spread[column])
        # resampled draws repeat, so the test is one of distance, not of independence
        assert stats.kstest(drawn[:, column], fine.cdf).statistic < 0.04


def test_an_interval_is_equal_tailed_or_begins_at_the_bound() -> None:
    draws = np.linspace(0, 1, 10_001)
    assert interval(draws, 0.9) == (pytest.approx(0.05), pytest.approx(0.95))
    assert interval(draws, 0.9, 0.0) == (0, pytest.approx(0.9))
    assert interval(draws + 5, 0.9, 0.0) == (pytest.approx(5.05), pytest.approx(5.95))


@pytest.mark.parametrize("counted", [1, 3, 8, 14])
def test_the_interval_of_a_kinds_rate_is_that_of_a_share(counted: int) -> None:
    draws = stats.beta(counted + 0.5, 160 - counted + 0.5).ppf((np.arange(40_000) + 0.5) / 40_000)
    low, high = share_interval(counted, 160)
    assert counted_interval(draws, 0.95) == (pytest.approx(low, rel=0.03), pytest.approx(high, rel=0.01))
