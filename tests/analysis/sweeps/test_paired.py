"""Differences of pairs: their p against SciPy's, their intervals against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simimport.analysis.sweeps.intervals import mean_interval, mean_p
from simimport.analysis.sweeps.paired import difference_interval, difference_p

LEVELS = (0.8, 0.95, 0.99)
counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200)).filter(any)


@pytest.mark.parametrize(("second", "first"), [(0, 1), (5, 2), (2, 5), (0, 9), (30, 12), (7, 7), (400, 301)])
def test_the_p_of_shares_is_the_binomials(second: int, first: int) -> None:
    wanted = stats.binomtest(second, second + first).pvalue
    assert difference_p(second, first) == pytest.approx(wanted, rel=1e-9)


def test_pairs_that_do_not_differ_prove_nothing() -> None:
    assert difference_p(0, 0) == 1


@given(counts, st.sampled_from(LEVELS))
def test_the_interval_of_shares_and_their_p_say_the_same(table: tuple[int, int, int], level: float) -> None:
    second, first, alike = table
    pairs = second + first + alike
    low, high = difference_interval(second, first, pairs, level)
    assert -1 <= low <= (second - first) / pairs <= high <= 1
    assert (not low <= 0 <= high) == (difference_p(second, first) <= 1 - level)
    # whoever is called first, it is the same difference
    assert difference_interval(first, second, pairs, level) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize("pairs", [8, 30])
def test_the_interval_of_shares_covers_at_least_as_often_as_it_says(pairs: int) -> None:
    # over all tables that there are, by how probable each is
    tables = [(b, c) for b in range(pairs + 1) for c in range(pairs + 1 - b)]
    intervals = np.array([difference_interval(b, c, pairs) for b, c in tables])
    cells = np.array([(b, c, pairs - b - c) for b, c in tables])
    for more in (0.0, 0.02, 0.1, 0.4):
        for less in (0.0, 0.02, 0.2, 0.5):
            chances = stats.multinomial(pairs, [more, less, 1 - more - less]).pmf(cells)
            held = (intervals[:, 0] <= more - less + 1e-12) & (more - less - 1e-12 <= intervals[:, 1])
            assert chances[held].sum() >= 0.95, (more, less)


def test_the_p_of_symmetric_differences_is_students() -> None:
    for values in ([3.0, 8.0], [2.0, 4.0, 6.0], [-1.0, 2.0, 9.0, 12.0]):
        wanted = stats.ttest_rel(values, np.zeros(len(values))).pvalue
        assert mean_p(np.array(values)) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_the_p_of_means_is_where_their_interval_ends(level: float) -> None:
    values = np.random.default_rng(3).normal(size=15) ** 3
    for end in mean_interval(values, level, least=-math.inf):
        assert mean_p(values - end) == pytest.approx(1 - level, rel=1e-9)


def test_differences_that_are_all_alike_leave_nothing_open() -> None:
    assert mean_p(np.zeros(4)) == 1
    assert mean_p(np.full(4, 2.5)) == 0
    assert math.isnan(mean_p(np.array([1.0])))


def test_a_mean_of_differences_may_be_below_nothing() -> None:
    low, high = mean_interval(np.array([-3.0, 1.0, 0.5]), least=-math.inf)
    assert low < -3 < 0 < high
    assert mean_interval(np.array([-3.0, 1.0, 0.5]))[0] == 0
