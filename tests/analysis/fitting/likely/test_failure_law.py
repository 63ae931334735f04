"""How many fail of some batches: against SciPy's laws, and against the convolution in full."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely.failure_law import (
    Lattice,
    Make,
    Sums,
    beta_binomial,
    log_beta_binomial,
    widths,
)

RATES = np.array([0.01, 0.1, 0.5, 0.05, 0.3, 0.02])
CLUSTERINGS = np.array([0.2, 0.5, 0.7, 0.9, 0.03, 0.0])


def whole_law(make: Make, rate: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Return the chances of all counts of a stretch, by a transform that is longer than its users."""
    length = 1 << make.users.bit_length()
    transform = np.fft.rfft(beta_binomial(make.size, rate, rho), length) ** make.full
    if make.rest:
        transform = transform * np.fft.rfft(beta_binomial(make.rest, rate, rho), length)
    chances: np.ndarray = np.fft.irfft(transform, length)[:, : make.users + 1]
    return chances


@pytest.mark.parametrize("n", [1, 7, 50])
@pytest.mark.parametrize("rate", [1e-4, 0.02, 0.5, 0.97])
@pytest.mark.parametrize("rho", [1e-6, 0.1, 0.5, 0.99])
def test_the_beta_binomial_distribution(n: int, rate: float, rho: float) -> None:
    many = (1 - rho) / rho
    expected = stats.betabinom.pmf(np.arange(n + 1), n, rate * many, (1 - rate) * many)
    np.testing.assert_allclose(
        beta_binomial(n, np.array(rate), np.array(rho)), expected, rtol=1e-5, atol=1e-12
    )
    log = log_beta_binomial(n, np.array([rate]), np.array([rho]), np.arange(n + 1))[0]
    np.testing.assert_allclose(np.exp(log), expected, rtol=1e-5, atol=1e-12)


def test_at_its_bounds_the_beta_binomial_is_binomial_and_all_or_none() -> None:
    expected = stats.binom.pmf(np.arange(51), 50, 0.3)
    np.testing.assert_allclose(beta_binomial(50, np.array(0.3), np.array(0.0)), expected, atol=1e-12)
    log = log_beta_binomial(50, np.array([0.3]), np.array([0.0]), np.arange(51))[0]
    np.testing.assert_allclose(np.exp(log), expected, atol=1e-12)
    whole = beta_binomial(50, np.array(0.3), np.array(1.0))
    assert whole[0] == pytest.approx(0.7, abs=1e-2)
    assert whole[50] == pytest.approx(0.3, abs=1e-2)
    assert whole.sum() == pytest.approx(1)


@pytest.mark.parametrize("rho", [1e-5, 0.01, 0.6])
def test_of_many_users_the_closed_form_is_as_exact(rho: float) -> None:
    n, rate, many = 1_000_000, 0.02, (1 - rho) / rho
    failed = np.array([0, 3, 19_000, 21_000, 400_000, n])
    expected = stats.betabinom.logpmf(failed, n, rate * many, (1 - rate) * many)
    found = log_beta_binomial(n, np.array([rate]), np.array([rho]), failed)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("make", [Make(50, 3, 0), Make(50, 2, 17), Make(50, 0, 17), Make(1, 9, 0)])
def test_one_batch_in_place_of_several_has_their_mean_and_variance(make: Make) -> None:
    rate, rho = np.array([0.1]), np.array([0.3])
    counts = np.arange(make.users + 1)
    for law in (whole_law(make, rate, rho)[0], beta_binomial(make.users, rate, make.one_batch(rho))[0]):
        assert law @ counts == pytest.approx(make.users * 0.1)
        alone = [make.size] * make.full + [make.rest]
        expected = sum(n * 0.1 * 0.9 * (1 + (n - 1) * 0.3) for n in alone if n)
        assert law @ (counts - make.users * 0.1) ** 2 == pytest.approx(expected)


@pytest.mark.parametrize("make", [Make(50, 2, 0), Make(50, 9, 20), Make(300, 3, 0), Make(300, 0, 20)])
def test_while_cells_are_single_counts_sums_are_exact(make: Make) -> None:
    exact = whole_law(make, RATES, CLUSTERINGS)
    failed = np.arange(make.users + 1)
    found = np.exp(Sums(make.size, RATES, CLUSTERINGS, 1024).log_chances(make, failed))
    # one row does not cluster, of which the sum is Binomial as well
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("make", [Make(2000, 2, 0), Make(2000, 3, 700), Make(2000, 12, 0)])
def test_with_wide_cells_sums_are_nearly_exact(make: Make) -> None:
    exact = whole_law(make, RATES, CLUSTERINGS)
    failed = np.unique(np.geomspace(1, make.users, 200).astype(np.int64))
    found = Sums(make.size, RATES, CLUSTERINGS, 256).log_chances(make, failed)
    for row, clustering in enumerate(CLUSTERINGS):
        likely = exact[row, failed] > 1e-5 * exact[row].max()
        off = np.abs(found[row] - np.log(np.maximum(exact[row, failed], 1e-300)))[likely]
        # single batches of which everybody fails stand out of the counts around, more than cells show
        assert np.median(off) < 5e-3, clustering
        assert np.quantile(off, 0.9) < 0.03, clustering


@pytest.mark.parametrize("end", [0, 1])
def test_that_nobody_fails_or_everybody_is_exact(end: int) -> None:
    make = Make(100_000, 7, 300)
    found = Sums(make.size, RATES, CLUSTERINGS, 256).log_chances(make, np.array([end * make.users]))[:, 0]
    for row, (rate, rho) in enumerate(zip(RATES, CLUSTERINGS, strict=True)):
        if rho:
            alpha, beta = rate * (1 - rho) / rho, (1 - rate) * (1 - rho) / rho
            logs = [stats.betabinom.logpmf(end * n, n, alpha, beta) for n in (100_000, 300)]
        else:
            logs = [stats.binom.logpmf(end * n, n, rate) for n in (100_000, 300)]
        assert found[row] == pytest.approx(7 * logs[0] + logs[1], rel=1e-6)


def test_a_lattice_keeps_mass_mean_and_variance() -> None:
    make, width = Make(2000, 3, 500), 64
    lattice = Lattice(make.size, RATES, CLUSTERINGS, width, 256)
    masses, places = lattice.masses(make), width * np.arange(256)
    for row, (rate, rho) in enumerate(zip(RATES, CLUSTERINGS, strict=True)):
        if not lattice.resolved[row]:
            assert rho < 0.1
            continue
        mean = make.users * rate
        variance = mean * (1 - rate) * (1 + (make.users - 1) * make.one_batch(np.array([rho]))[0])
        assert masses[row].sum() == pytest.approx(1, abs=1e-3)
        assert masses[row] @ places == pytest.approx(mean, rel=2e-3)
        assert masses[row] @ (places - mean) ** 2 == pytest.approx(variance, rel=2e-3)


def test_single_counts_stand_out_of_wide_cells() -> None:
    # of nearly all batches nobody fails, or everybody
    make, rate, rho = Make(2000, 4, 300), np.array([0.05, 0.5]), np.array([0.97, 0.99])
    exact = whole_law(make, rate, rho)
    failed = np.array([0, 2000, 2300, 4000, 8000, 8300])
    assert (exact[:, failed] > 30 * exact[:, failed - 40]).all()
    for counts in (failed, np.array([800, 1200, 3200, 5000, 7000])):
        found = np.exp(Sums(make.size, rate, rho, 256).log_chances(make, counts))
        np.testing.assert_allclose(found, exact[:, counts], rtol=0.2)


def test_chances_of_fewer_add_up() -> None:
    make, rho = Make(2000, 3, 500), CLUSTERINGS[:4]
    exact = np.cumsum(whole_law(make, RATES[:4], rho), axis=1)
    for width in (1, 8, 64):
        lattice = Lattice(make.size, RATES[:4], rho, width, 256)
        # where some batches fail in whole, many counts of one cell are one
        failed = np.linspace(8 * width, 240 * width, 20).astype(np.int64)
        failed = failed[(failed <= make.users) & (failed % 500 > width) & (-failed % 500 > width)]
        found = lattice.chances_of_fewer(lattice.masses(make), failed)
        np.testing.assert_allclose(found[lattice.resolved], exact[:, failed - 1][lattice.resolved], atol=2e-3)


def test_each_count_has_the_finest_lattice_that_reaches_to_it() -> None:
    assert widths(np.array([0, 254, 255, 2039, 2040, 100_000]), 256).tolist() == [1, 1, 8, 8, 64, 512]


def test_many_batches_are_a_beta_binomial_of_the_same_mean_and_variance() -> None:
    make = Make(50, 40, 0)
    rate, rho = np.repeat([0.02, 0.2], 3), np.tile([1e-5, 0.01, 0.1], 2)
    failed = np.array([10, 40, 90, 400])
    close = log_beta_binomial(make.users, rate, make.one_batch(rho), failed)
    exact = whole_law(make, rate, rho)[:, failed]
    likely = exact > 1e-7
    np.testing.assert_allclose(close[likely], np.log(exact[likely]), atol=0.35)
    np.testing.assert_allclose(close[exact > 1e-3], np.log(exact[exact > 1e-3]), atol=0.15)
