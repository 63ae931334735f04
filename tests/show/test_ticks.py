"""Round steps: the smallest of the ladder that is enough, however short or long the time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.show.ticks import round_instants, round_step

DAY_S = 86_400


@pytest.mark.parametrize(
    ("least_s", "step_s"),
    [
        (0, 0.001), (0.0011, 0.002), (0.3, 0.5), (1, 1), (1.01, 2), (31, 60), (60, 60), (3601, 7200),
        (DAY_S, DAY_S), (1.5 * DAY_S, 2 * DAY_S), (6 * DAY_S, 10 * DAY_S), (1000 * DAY_S, 1000 * DAY_S),
    ],
)  # fmt: skip
def test_the_step_is_the_smallest_round_one_that_is_enough(least_s: float, step_s: float) -> None:
    assert round_step(least_s) == step_s


@given(st.floats(0, 1e12))
def test_a_step_is_enough_and_at_most_two_and_a_half_times_that(least_s: float) -> None:
    step_s = round_step(least_s)
    assert step_s >= least_s * (1 - 1e-9)
    assert step_s <= max(0.001, least_s * 2.5001)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 12))
def test_instants_lie_inside_and_are_not_too_many(begin_s: float, lasts_s: float, most: int) -> None:
    end_s = begin_s + lasts_s
    instants = round_instants(begin_s, end_s, most)
    assert len(instants) <= most + 1
    assert instants == sorted(set(instants))
    # within a millisecond, to which instants are rounded
    assert all(begin_s - 0.001 <= instant <= end_s + 0.001 for instant in instants)


def test_the_ends_are_instants_too() -> None:
    assert round_instants(0, 0.3, 3) == [0, 0.1, 0.2, 0.3]
    assert round_instants(60, 120, 1) == [60, 120]
    assert round_instants(0, 0, 5) == [0]
