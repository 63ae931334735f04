"""Draws from a density, and intervals of draws: against distributions in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.distributions import share_interval
from simimport.analysis.fitting.likely.draws import (
    DRAWS,
    Student,
    closed_in,
    counted_interval,
    interval,
    weighted,
)


def test_draws_follow_a_density_even_from_a_poor_start() -> None:
    place, spread = np.array([3.0, -20.0]), np.array([0.5, 4.0])

    def log_density(draws: np.ndarray) -> np.ndarray:
        return 7 - (((draws - place) / spread) ** 2).sum(axis=1) / 2

    rng = np.random.default_rng(1)
    student, about = closed_in(log_density, np.array([1.0, -10.0]), np.array([0.1, 1.0]), rng)
    drawn, log_evidence = weighted(log_density, [(student, 4000)], rng)
    assert drawn.shape == (DRAWS, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), place, atol=0.1 * spread.max())
    for column in range(2):
        fine = stats.norm(place[column], spread[column])
        # resampled draws repeat, so the test is one of distance, not of independence
        assert stats.kstest(drawn[:, column], fine.cdf).statistic < 0.04
    # the integral of exp(7 - ...) is that of two normals' without their constants
    assert log_evidence == pytest.approx(7 + math.log(2 * math.pi * 0.5 * 4.0), abs=0.03)
    assert about == pytest.approx(log_evidence, abs=0.3)


def test_where_a_density_has_two_hills_the_sources_share_them() -> None:
    def log_density(draws: np.ndarray) -> np.ndarray:
        x = draws[:, 0]
        low, high = stats.norm(0, 1).logpdf(x), stats.norm(40, 2).logpdf(x)
        return np.logaddexp(math.log(0.7) + low, math.log(0.3) + high)

    sources = [(Student(np.array([0.2]), np.eye(1)), 1000), (Student(np.array([39.0]), 9 * np.eye(1)), 2000)]
    drawn, log_evidence = weighted(log_density, sources, np.random.default_rng(1))
    assert (drawn > 20).mean() == pytest.approx(0.3, abs=0.03)
    assert log_evidence == pytest.approx(0, abs=0.05)
    # the one alone sees the one hill alone
    assert weighted(log_density, sources[:1], np.random.default_rng(1)).log_evidence < math.log(0.75)


def test_a_students_density_is_scipys() -> None:
    shape = np.array([[2.0, 0.5], [0.5, 1.0]])
    student = Student(np.array([1.0, -1.0]), shape)
    places = np.random.default_rng(1).normal(size=(20, 2)) * 3
    wanted = stats.multivariate_t([1.0, -1.0], shape, df=6).logpdf(places)
    np.testing.assert_allclose(student.log_density(places), wanted)
    drawn = student.wider(2).draw(np.random.default_rng(2), 40_000)
    np.testing.assert_allclose(np.cov(drawn.T), 4 * shape * 6 / 4, rtol=0.1)


def test_an_interval_is_equal_tailed_or_begins_at_the_bound() -> None:
    draws = np.linspace(0, 1, 10_001)
    assert interval(draws, 0.9) == (pytest.approx(0.05), pytest.approx(0.95))
    assert interval(draws, 0.9, 0.0) == (0, pytest.approx(0.9))
    assert interval(draws + 5, 0.9, 0.0) == (pytest.approx(5.05), pytest.approx(5.95))


@pytest.mark.parametrize("counted", [1, 3, 8, 14])
def test_the_interval_of_a_kinds_rate_is_that_of_a_share(counted: int) -> None:
    draws = stats.beta(counted + 0.5, 160 - counted + 1.5).ppf((np.arange(40_000) + 0.5) / 40_000)
    low, high = share_interval(counted, 160)
    assert counted_interval(draws, 0.95) == (pytest.approx(low, rel=0.03), pytest.approx(high, rel=0.01))
