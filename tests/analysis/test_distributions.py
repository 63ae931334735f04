"""Against SciPy: intervals of shares and quantiles, the Beta's quantiles, density and tail of the Gamma, and
Student's t.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simimport.analysis.distributions import (
    beta_quantile,
    log_gamma_pdf,
    quantile_ranks,
    share_interval,
    student_cdf,
    student_quantile,
)

POSITIVE = st.floats(1e-3, 1e4)


@given(of=st.integers(1, 100_000), level=st.sampled_from([0.5, 0.9, 0.95, 0.999]), data=st.data())
def test_shares_have_clopper_and_pearsons_interval(of: int, level: float, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, of))
    wanted = stats.binomtest(count, of).proportion_ci(level, "exact")
    assert share_interval(count, of, level) == pytest.approx((wanted.low, wanted.high), rel=1e-9, abs=1e-12)


def test_a_share_of_95_percent_is_what_is_meant_where_nothing_is_said() -> None:
    exact = beta_quantile(0.025, 56, 45), beta_quantile(0.975, 57, 44)
    assert share_interval(56, 100) == share_interval(56, 100, 0.95) == exact


def test_of_no_trials_nothing_is_excluded() -> None:
    assert share_interval(0, 0) == (0.0, 1.0)


@given(n=st.integers(1, 20_000), share=st.sampled_from([0.05, 0.5, 0.95]), level=st.sampled_from([0.5, 0.95]))
def test_ranks_leave_out_a_quantile_no_more_often_than_they_say(n: int, share: float, level: float) -> None:
    low, high = quantile_ranks(n, share, level)
    below, tail = stats.binom(n, share), (1 - level) / 2 + 1e-9
    # the value of rank k is above the quantile if fewer than k are below, and below it if k or more are
    assert below.cdf(low - 1) <= tail < below.cdf(low) + 2e-9
    assert below.sf(high - 1) <= tail < below.sf(high - 2) + 2e-9


@pytest.mark.parametrize("n", [1, 5, 6, 7, 20, 59, 71, 72, 100, 333])
def test_ranks_are_those_of_scipys_interval_of_a_quantile(n: int) -> None:
    for share in (0.05, 0.5, 0.95):
        wanted = stats.quantile_test(np.arange(1.0, n + 1), p=share).confidence_interval()
        low, high = quantile_ranks(n, share)
        # where an end is open it is not a number there
        assert (low, high) == (np.nan_to_num(wanted.low, nan=0), np.nan_to_num(wanted.high, nan=n + 1))


def test_from_how_many_values_on_a_quantile_has_two_ends() -> None:
    for share, first in ((0.5, 6), (0.05, 72), (0.95, 72)):
        ranks = {n: quantile_ranks(n, share) for n in range(200)}
        assert [n for n, (low, high) in ranks.items() if low < 1 or high > n] == list(range(first))


@given(st.floats(0.5, 1e6), st.floats(0.5, 1e6), st.sampled_from([1e-6, 0.025, 0.5, 0.975]))
def test_quantiles_of_the_beta_distribution(a: float, b: float, level: float) -> None:
    assert beta_quantile(level, a, b) == pytest.approx(stats.beta.ppf(level, a, b), rel=1e-8)


@given(mean=POSITIVE, cv=st.floats(1e-3, 10), place=st.floats(1e-3, 8))
def test_the_density_of_a_gamma_variable(mean: float, cv: float, place: float) -> None:
    shape, x = cv**-2, mean * place
    density = log_gamma_pdf(np.array([x]), np.array([mean]), np.array([(cv * mean) ** 2]))[0]
    # scipy's own loses digits to cancellation where the shape is large
    assert density == pytest.approx(stats.gamma.logpdf(x, shape, scale=mean / shape), rel=1e-8, abs=1e-5)


def test_below_zero_there_is_next_to_no_density() -> None:
    assert log_gamma_pdf(np.array([0.0, -1.0]), np.array([1.0]), np.array([1.0])).tolist() == [-1e6, -1e6]


FREEDOM = st.one_of(st.integers(1, 1000), st.floats(0.5, 1e5))


@given(freedom=FREEDOM, level=st.floats(1e-6, 1 - 1e-6))
def test_students_quantiles(freedom: float, level: float) -> None:
    expected = stats.t.ppf(level, freedom)
    assert student_quantile(freedom, level) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(freedom=FREEDOM, t=st.floats(-1e3, 1e3))
def test_the_tail_of_students_t(freedom: float, t: float) -> None:
    assert student_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), rel=1e-8, abs=1e-300)


def test_students_t_of_one_degree_of_freedom_is_cauchys() -> None:
    for t in (-1e9, -3.0, -1e-9, 0.0, 0.5, 1.0, 40.0):
        assert student_cdf(t, 1) == pytest.approx(np.arctan2(1.0, -t) / np.pi, rel=1e-12)
    assert student_quantile(1) == pytest.approx(1 / np.tan(np.pi * 0.025), rel=1e-12)


def test_students_t_at_its_ends() -> None:
    assert [student_cdf(t, 3) for t in (-np.inf, 0.0, 1e-200, np.inf)] == [0.0, 0.5, 0.5, 1.0]
    assert [student_quantile(3, level) for level in (0.0, 0.5, 1.0)] == [-np.inf, 0.0, np.inf]
    assert np.isnan(student_cdf(np.nan, 3))
