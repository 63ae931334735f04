"""The tests of scores: p is uniform of what is independent and normal, and small of what is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from simimport.analysis.fitting.checks.scores import Scores, normal_cdf, normal_scores
from simimport.analysis.fitting.checks.statistics import (
    LEAST,
    Outcome,
    _combined,
    _kolmogorov_sf,
    drift,
    drift_of_spread,
    order,
    shape,
    widening,
)

Floats = NDArray[np.float64]
Test = Callable[[Scores], Outcome | None]

TESTS: dict[str, Test] = {"shape": shape, "order": order, "drift": drift, "spread": drift_of_spread}
ONE = np.array([0])


def scores(z: Floats, begins: NDArray[np.int64] = ONE, *, chained: bool = False) -> Scores:
    return Scores(z, begins, np.full(len(begins), chained))


def p_of_each(test: Test, z: Floats, begins: NDArray[np.int64] = ONE) -> Floats:
    """Return the p of each row, taken by itself."""
    found = [test(scores(row[None], begins)) for row in z]
    return np.array([tested.p for tested in found if tested is not None])


@pytest.mark.parametrize("n", [20, 55, 200])
@pytest.mark.parametrize("name", TESTS)
def test_p_is_uniform_if_the_model_is_right(name: str, n: int) -> None:
    p = p_of_each(TESTS[name], np.random.default_rng([n, 1]).standard_normal((600, n)))
    for level in (0.01, 0.05, 0.2, 0.5):
        # of few scores no law of many is exact: a fifth more is let pass
        assert stats.binom(600, level * 1.2).sf((p <= level).sum()) > 1e-3, level
        assert stats.binom(600, level * 0.6).cdf((p <= level).sum()) > 1e-3, level


@pytest.mark.parametrize("name", TESTS)
def test_several_imports_are_tested_as_one_is(name: str) -> None:
    z = np.random.default_rng(2).standard_normal((600, 160))
    p = p_of_each(TESTS[name], z, np.array([0, 40, 44, 110]))
    for level in (0.01, 0.05, 0.2):
        assert stats.binom(600, level * 1.2).sf((p <= level).sum()) > 1e-3, level


def test_each_finds_what_it_looks_for() -> None:
    rng = np.random.default_rng(3)
    z = rng.standard_normal((200, 60))
    alike = z.copy()
    for place in range(1, 60):
        alike[:, place] = 0.6 * alike[:, place - 1] + 0.8 * z[:, place]
    halves = np.where(np.arange(60) < 30, -0.7, 0.7)
    cases = {
        "shape": stats.norm.ppf(stats.expon.cdf(rng.exponential(1, (200, 60)) * 1.8)).clip(-5, 5),
        "order": alike,
        "drift": z * 0.7 + halves,
        "spread": z * np.where(np.arange(60) < 30, 0.4, 1.4),
    }
    for name, z in cases.items():
        assert (p_of_each(TESTS[name], z) < 0.01).mean() > 0.9, name
    # and not what others look for
    assert (p_of_each(shape, alike) < 0.05).mean() < 0.45
    assert (p_of_each(order, cases["spread"]) < 0.05).mean() < 0.15
    assert (p_of_each(drift, cases["spread"]) < 0.05).mean() < 0.15


@pytest.mark.parametrize("test", TESTS.values())
def test_few_scores_are_not_tested(test: Test) -> None:
    z = np.zeros((3, LEAST - 1))
    assert test(scores(z)) is None
    if test is not shape:
        # nor are several imports of few each
        assert test(scores(np.zeros((3, 21)), np.array([0, 7, 14]))) is None


def test_a_path_that_stays_where_it_is_does_not_drift() -> None:
    tested = drift(scores(np.zeros((2, 30))))
    assert tested is not None
    assert tested.p > 0.9


def test_where_neighbours_err_together_only_drift_is_tested() -> None:
    ends = np.random.default_rng(5).standard_normal((500, 25))
    z = np.diff(ends, axis=1) / np.sqrt(2)
    for name, test in TESTS.items():
        found = [test(scores(row[None], chained=True)) for row in z]
        assert all((tested is None) == (name != "drift") for tested in found)
    p = [tested.p for row in z if (tested := drift(scores(row[None], chained=True)))]
    assert (np.array(p) < 0.05).mean() < 0.01


def test_kolmogorovs_law_is_scipys() -> None:
    x = np.array([0.01, 0.3, 0.5, 0.8276, 1.0, 1.3581, 2.0, 4.0])
    np.testing.assert_allclose(_kolmogorov_sf(x), special.kolmogorov(x), atol=1e-12)


def test_normal_scores_and_their_inverse_are_scipys() -> None:
    u = np.array([1e-6, 0.001, 0.2, 0.5, 0.77, 0.9999])
    np.testing.assert_allclose(normal_scores(u), stats.norm.ppf(u), atol=1e-9)
    np.testing.assert_allclose(normal_cdf(stats.norm.ppf(u)), u, rtol=1e-9)
    # beyond, tails are not exact, and nothing is infinite
    np.testing.assert_allclose(normal_scores(np.array([0.0, 1.0])), [-4.99, 4.99], atol=0.01)


def test_scores_that_wander_have_wider_sums() -> None:
    z = np.random.default_rng(8).standard_normal((400, 60))
    found = np.array([widening(scores(row[None])) for row in z])
    assert found.min() == 1.5
    assert np.median(found) == pytest.approx(1.55, abs=0.1)
    alike = z.copy()
    for place in range(1, 60):
        alike[:, place] = 0.6 * alike[:, place - 1] + 0.8 * z[:, place]
    # far out, the variance of sums of an AR(1) of coefficient 0.6 is (1 + 0.6)/(1 - 0.6) times as large
    found = np.array([widening(scores(row[None])) for row in alike])
    assert np.median(found) == pytest.approx(1.5 * 2, abs=0.6)
    assert widening(scores(np.zeros((2, 40)))) == 1.5
    assert widening(scores(z[:, :5])) == 1.5


def together(p: Floats) -> float:
    return _combined(np.ones(len(p)), p).p


def test_p_of_draws_that_are_alike_are_theirs() -> None:
    for p in (1e-200, 1e-12, 1e-5, 0.03, 0.5, 0.9):
        assert together(np.full(7, p)) == pytest.approx(p, rel=1e-6)
        assert together(np.array([p])) == pytest.approx(p, rel=1e-6)
    assert together(np.array([0.0, 0.0])) == pytest.approx(0, abs=1e-100)
    # one that is odd does not decide
    assert together(np.array([0.3] * 30 + [1e-5])) > 0.1


@pytest.mark.parametrize("common", [0.5, 0.8, 0.99])
def test_p_of_draws_with_something_in_common_are_uniform_together(common: float) -> None:
    rng = np.random.default_rng(6)
    shared, own = rng.standard_normal((2000, 1)), rng.standard_normal((2000, 40))
    each = stats.norm.sf(np.sqrt(common) * shared + np.sqrt(1 - common) * own)
    p = np.array([together(row) for row in each])
    for level in (0.01, 0.05, 0.2, 0.5):
        assert stats.binom(2000, level).sf((p <= level).sum() - 1) > 1e-4
        assert stats.binom(2000, level).cdf((p <= level).sum()) > 1e-4
