"""How likely counts of failures are over a grid: the same by any way, and of few numbers."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely import failure_counts
from simimport.analysis.fitting.likely.failure_counts import Failures, _nodes, alike, log_failures
from simimport.analysis.fitting.likely.posterior_failures import posterior_failures


def counts(size: int, batches: Any, rate: float, rho: float, seed: int = 0) -> Failures:
    """Return how many fail of stretches of so many batches, as the model draws them."""
    rng = np.random.default_rng([seed, size])
    full = np.asarray(batches, dtype=np.int64)
    failed = []
    for many in full.tolist():
        share = rng.beta(rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho, many) if rho else [rate] * many
        failed.append(int(rng.binomial(size, share).sum()))
    return Failures(size, full, 0 * full, np.array(failed, dtype=np.int64))


def test_failures_of_a_stretch_are_a_sum() -> None:
    data = Failures(50, np.array([2, 0]), np.array([0, 20]), np.array([9, 1]))
    log = log_failures(alike(data), np.array([math.log(0.05 / 0.95)]), np.array([0.2]))[0, 0]
    many = 4.0
    batch = stats.betabinom.pmf(np.arange(51), 50, 0.05 * many, 0.95 * many)
    rest = stats.betabinom.pmf(1, 20, 0.05 * many, 0.95 * many)
    assert log == pytest.approx(math.log(np.convolve(batch, batch)[9]) + math.log(rest))


@pytest.mark.parametrize(
    ("rate", "rho"), [(0.02, 0.0), (0.02, 0.01), (0.1, 0.5), (0.9, 0.2), (0.5, 0.7), (0.002, 0.3)]
)
def test_fewer_places_of_the_grid_tell_the_same(
    rate: float, rho: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = counts(100, np.arange(120) % 4 + 1, rate, rho)
    found = {}
    for most in (10**12, 0):
        monkeypatch.setattr(failure_counts, "_NUMBERS", most)
        drawn = posterior_failures([data], np.random.default_rng(1))
        columns = (1 / (1 + np.exp(-drawn.logit_rates[:, 0])), drawn.if_it_clusters)
        none = np.mean(drawn.clustering == 0)
        found[most] = np.append(
            np.quantile(columns, [0.025, 0.25, 0.5, 0.75, 0.975], axis=1), [[none] * 2], 0
        )
    wide = np.ptp(found[10**12][:-1], axis=0)
    wide = np.where(np.arange(6)[:, None] < 5, wide, 0.2)
    assert (np.abs(found[0] - found[10**12]) < 0.05 * wide + 1e-6).all()


def test_cubics_are_found_from_their_nodes() -> None:
    axis = np.linspace(-3, 5, 48)
    nodes, along = _nodes(axis, 16)
    assert len(nodes) < len(axis) / 2
    for power in range(4):
        np.testing.assert_allclose(along @ nodes**power, axis**power, atol=1e-9)
    few, as_they_are = _nodes(axis[:20], 16)
    np.testing.assert_array_equal(as_they_are @ few, axis[:20])


@pytest.mark.parametrize(
    ("size", "batches", "rho"),
    [(1000, 9, 0.3), (1000, 18, 0.0), (200, 30, 0.3), (20_000, 3, 0.0), (100_000, 5, 0.3), (50, 60, 0.3)],
)
def test_large_batches_take_no_more_than_small_ones(
    size: int, batches: int, rho: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_on: list[int] = []

    def counting(function: Any) -> Any:
        def counted(*arguments: Any) -> Any:
            found = function(*arguments)
            worked_on.append(found.size)
            return found

        return counted

    for name in ("rfft", "irfft"):
        monkeypatch.setattr(np.fft, name, counting(getattr(np.fft, name)))
    few = np.maximum(np.arange(140) % 7 - 3 + batches, 1)
    data = counts(size, few, 0.1, rho)
    tracemalloc.start()
    try:
        found = posterior_failures([data], np.random.default_rng(1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(worked_on) < 30_000_000
    assert peak < 100e6
    rate = 1 / (1 + np.exp(-found.logit_rates[:, 0]))
    low, high = np.quantile(rate, [0.0005, 0.9995])
    assert low < 0.1 < high
    low, high = np.quantile(found.clustering, [0.0005, 0.9995])
    assert low <= rho <= high


@pytest.mark.parametrize(
    ("size", "batches"),
    [(15_000, [100, 120, 138]), (125_000, [20, 30, 40]), (77_000, [60, 70]), (1000, [1000])],
)
def test_few_stretches_of_many_users_that_fail_alike_are_no_clusters(size: int, batches: list[int]) -> None:
    # a rate that is known so well lies between two cells, and clusters that would make it broad do not
    data = counts(size, batches, 0.3, 0.0)
    found = posterior_failures([data], np.random.default_rng(1))
    assert np.mean(found.clustering == 0) > (0.5 if len(batches) == 1 else 0.85)
    rate = 1 / (1 + np.exp(-found.logit_rates[found.clustering == 0, 0]))
    failed, users = int(data.failed.sum()), int(data.users.sum())
    expected = stats.beta(failed + 0.5, users - failed + 0.5)
    assert stats.kstest(rate, expected.cdf).pvalue > 1e-3


def test_the_rate_of_many_users_is_known_as_well_as_their_number_says() -> None:
    # a hundred times as well as before, so that it lies within one cell of a grid over what was likely then
    data = counts(50, np.ones(12_000), 0.3, 0.0)
    found = posterior_failures([data], np.random.default_rng(1))
    rate = 1 / (1 + np.exp(-found.logit_rates[:, 0]))
    failed = int(data.failed.sum())
    expected = stats.beta(failed + 0.5, 600_000 - failed + 0.5)
    np.testing.assert_allclose(np.quantile(rate, [0.025, 0.975]), expected.ppf([0.025, 0.975]), atol=1.5e-4)
    assert rate.std() == pytest.approx(expected.std(), rel=0.1)
