"""The scores: probabilities of less, against SciPy's laws, closed forms and draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.checks.failure_scores import scores_of_failures
from simimport.analysis.fitting.checks.scores import Scores, scores_of_times
from simimport.analysis.fitting.likely.posterior_failures import Failures
from simimport.analysis.fitting.likely.stretches import Shared, Stretches

FIRST = np.array([0])


def below(
    data: Stretches, speed: float, cv: float, *, slow: float = 0.0, rate: float = 0.0, stall_s: float = 0.0
) -> Scores:
    """Return the scores under one draw."""
    shared = Shared(*(np.array([value]) for value in (cv, slow, rate, stall_s)))
    return scores_of_times(data, shared, np.array([[speed]]), np.zeros(0))


def stretches(
    users: list[int], seconds: list[float], batches: list[int] | None = None, noise_s2: float = 0.0
) -> Stretches:
    a = np.array(users, dtype=np.float64)
    many = np.array(batches or [1] * len(a), dtype=np.int64)
    noise = np.full(len(a), noise_s2)
    return Stretches(FIRST, a, a / 2, a / 3, many, np.array(seconds), noise)


def test_work_alone_is_gamma() -> None:
    data = stretches([50, 50, 100, 3], [1.2, 2.0, 3.4, 0.3])
    u = below(data, 30.0, 0.5).u[0]
    expected = stats.gamma(data.a / 0.25, scale=0.25 / 30).cdf(data.seconds)
    np.testing.assert_allclose(u, expected, atol=2e-6)
    # users that take 1 + x times as long, x being 1/2 in the mean, and the square 1/3
    slowed = below(data, 30.0, 0.5, slow=1.0).u[0]
    mean, variance = data.a * 1.5 / 30, 0.25 / 900 * data.a * (1 + 1 + 1 / 3)
    np.testing.assert_allclose(
        slowed, stats.gamma(mean**2 / variance, scale=variance / mean).cdf(data.seconds), atol=2e-6
    )


def test_stalls_are_a_mixture_over_their_number() -> None:
    data = stretches([50, 150, 150, 150], [1.6, 4.0, 25.5, 66.0], [1, 3, 3, 3])
    u = below(data, 30.0, 0.5, rate=0.2, stall_s=20.0).u[0]
    for place, (n, m, y) in enumerate(zip(data.a, data.batches, data.seconds, strict=True)):
        work = stats.gamma(n / 0.25, scale=0.25 / 30)
        expected = sum(stats.binom(m, 0.2).pmf(k) * work.cdf(y - 20.0 * k) for k in range(m + 1))
        assert u[place] == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("batches", [4, 55, 200])
def test_what_the_model_makes_has_uniform_probabilities(batches: int) -> None:
    rng = np.random.default_rng(batches)
    n, size = 400, 50
    work = rng.gamma(size * batches / 0.25, 0.25 / 30, n)
    seconds = work + 20.0 * rng.binomial(batches, 0.3, n)
    data = stretches([size * batches] * n, seconds.tolist(), [batches] * n)
    u = below(data, 30.0, 0.5, rate=0.3, stall_s=20.0).u[0]
    assert stats.kstest(u, "uniform").pvalue > 1e-3


def test_without_dates_the_errors_of_ends_are_symmetric_and_neighbours_err_together() -> None:
    rng = np.random.default_rng(7)
    n = 3000
    off = rng.uniform(-2.5, 2.5, n + 1)
    for batches, chained in ((7, True), (30_000, False)):
        lasts = rng.gamma(50 * batches / 0.25, 0.25 / 30, n)
        data = stretches([50 * batches] * n, (lasts + np.diff(off)).tolist(), [batches] * n, 2 * 25 / 12)
        found = below(data, 30.0, 0.5)
        # a triangle's distribution is not a Gamma's, but it is no more skewed than this one
        assert found.z.mean() == pytest.approx(0, abs=0.06)
        assert found.z.std() == pytest.approx(1, abs=0.04)
        assert np.mean(found.z**3) == pytest.approx(0, abs=0.2)
        assert found.chained.tolist() == [chained]


def chances(data: Failures, rate: float, rho: float) -> np.ndarray:
    return scores_of_failures([data], np.array([[rate]]), np.array([rho]), 0).u[0]


def test_failures_lie_within_their_step() -> None:
    counted = np.array([0, 1, 4, 50])
    data = Failures(50, np.ones(4, dtype=np.int64), np.zeros(4, dtype=np.int64), counted)
    m = (1 - 0.2) / 0.2
    law = stats.betabinom(50, 0.1 * m, 0.9 * m)
    u = chances(data, 0.1, 0.2)
    assert (law.cdf(counted - 1) - 1e-6 <= u).all()
    assert (u <= law.cdf(counted) + 1e-6).all()


@pytest.mark.parametrize(("full", "rest"), [(1, 0), (3, 17), (60, 0), (3000, 0)])
@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_what_the_model_makes_fails_uniformly(full: int, rest: int, rho: float) -> None:
    rng = np.random.default_rng([full, rest, 1])
    n, size, rate = 400, 50, 0.1
    sizes = np.array([size] * full + [rest] * (rest > 0))
    share = rng.beta(rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho, (n, len(sizes))) if rho else rate
    failed = rng.binomial(sizes, share, (n, len(sizes))).sum(axis=1)
    data = Failures(size, np.full(n, full), np.full(n, rest), failed)
    assert stats.kstest(chances(data, rate, rho), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("size", "full", "rest"), [(1000, 5, 300), (20_000, 3, 0), (100_000, 1, 0)])
@pytest.mark.parametrize("rho", [0.0, 0.01, 0.5, 0.97])
def test_failures_of_large_batches_fail_uniformly(size: int, full: int, rest: int, rho: float) -> None:
    rng = np.random.default_rng([size, full, 1])
    n, rate = 400, 0.2
    sizes = np.array([size] * full + [rest] * (rest > 0))
    share = rng.beta(rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho, (n, len(sizes))) if rho else rate
    failed = rng.binomial(sizes, share, (n, len(sizes))).sum(axis=1)
    data = Failures(size, np.full(n, full), np.full(n, rest), failed)
    assert stats.kstest(chances(data, rate, rho), "uniform").pvalue > 1e-3


def test_rare_failures_of_many_users_fail_uniformly() -> None:
    failed = np.random.default_rng(3).binomial(1_000_000, 2e-6, 400)
    data = Failures(50, np.full(400, 20_000), np.zeros(400, dtype=np.int64), failed)
    assert stats.kstest(chances(data, 2e-6, 0.0), "uniform").pvalue > 1e-3
