"""The batch size out of counts: what divides them, what regular polls hide, and how often it is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import PRESETS, Trace, fit, observe, simulate
from simimport.analysis.fitting.shown.batch_size import Found, likeliest_size
from tests.validity import batch_sizes


def found(*counts: int, users: int = 10**6) -> Found:
    return likeliest_size(np.array(counts, dtype=np.int64), users)


def alike(step: int, n: int, size: int = 10**6) -> Found:
    """Return what is found in n counts that are a step apart."""
    return found(*(step * place for place in range(1, n + 1)), users=size)


def test_irregular_counts_tell_it() -> None:
    assert found(50, 200, 300, 550, 600, 800, 1150, 1400) == Found(50, True, ())
    assert found(137, 548, 959, 1096, 1507, 1781, 2192) == Found(137, True, ())
    for size in (20, 200, 1000):
        counts = size * np.cumsum([1, 3, 2, 4, 1, 1, 5, 2, 3, 3, 1, 2])
        assert likeliest_size(counts, 10**6) == Found(size, True, ())


def test_of_no_counts_it_is_that_of_servers_and_not_certain() -> None:
    for nothing in (found(), found(users=0), found(0, 30, users=30)):
        assert (nothing.size, nothing.is_certain) == (50, False)
        assert {100, 200} < set(nothing.others)


def test_neither_0_nor_that_of_all_is_a_count() -> None:
    steps = np.cumsum([50, 100, 50, 150, 200, 50, 100, 100, 50])
    with_all = np.concatenate([[0], steps, [1234]])
    assert likeliest_size(with_all, 1234) == likeliest_size(steps, 1234) == Found(50, True, ())


@pytest.mark.parametrize("n", [1, 2, 3])
def test_of_few_counts_nothing_is_certain(n: int) -> None:
    assert alike(50, n).size == 50
    assert not alike(50, n).is_certain
    assert alike(150, n).size == 50
    assert 150 in alike(150, n).others


def test_equal_steps_of_a_regular_poller_are_not_taken_as_independent() -> None:
    # 150, 300, 450: three batches of 50 at each poll, or one of 150
    for n in (10, 20, 40, 100):
        both = alike(150, n)
        assert {50, 150} <= {both.size, *both.others}
        assert not both.is_certain
    # the first step begins with the import and not with a poll
    assert 25 in found(*(75 + 150 * np.arange(20))).others
    # with as many that vary there is no doubt
    varied = 150 * np.cumsum([1, 3, 2, 4, 1, 1, 5, 2, 3, 3, 1, 2, 1, 4])
    assert likeliest_size(varied, 10**6) == Found(150, True, ())


def test_lost_polls_make_equal_steps_no_more_telling() -> None:
    # two polls were lost
    steps = [150, 150, 150, 150, 300] * 2
    assert 50 in found(*np.cumsum(steps)).others


def test_who_polls_each_batch_of_a_server_is_sure_in_the_end() -> None:
    assert [alike(50, n).is_certain for n in (3, 50, 160)] == [False, True, True]
    assert alike(50, 160).others == ()


def test_polls_without_news_tell_large_batches_from_many_small_ones() -> None:
    counts = 200 * np.arange(1, 21)
    # four batches of 50 at each poll, or one of 200; if it takes four polls, it is the one
    assert 50 in likeliest_size(counts, 10**6, np.ones(19, dtype=np.int64)).others
    without_news = np.full(19, 4)
    assert likeliest_size(counts, 10**6, without_news) == Found(200, True, ())
    # stalls of batches of 50 do not make them larger
    steps = 50 * np.cumsum([3, 3, 1, 3, 2, 3, 3, 1, 3, 3])
    stalled = np.array([1, 4, 1, 1, 5, 1, 1, 4, 1])
    assert likeliest_size(steps, 10**6, stalled) == Found(50, True, ())


@given(
    size=st.integers(1, 5000),
    batches=st.lists(st.integers(1, 30), min_size=1, max_size=40),
    users=st.integers(0, 10**6),
)
def test_it_divides_every_count_and_is_certain_where_no_other_is_possible(
    size: int, batches: list[int], users: int
) -> None:
    counts = size * np.cumsum(batches)
    answer = likeliest_size(counts, users)
    inner = counts[counts < users]
    if not len(inner):
        assert answer.size == 50
        return
    assert not (inner[:, None] % [answer.size, *answer.others]).any()
    assert answer.size not in answer.others
    if answer.is_certain:
        assert answer.others == ()
    # the largest possible is always looked at
    assert int(np.gcd.reduce(inner)) % answer.size == 0


def test_large_counts_are_no_harder() -> None:
    assert found(735_134_400, users=10**9).size == 50
    steps = np.arange(1, 20_001) * 50
    assert likeliest_size(steps, 10**9) == Found(50, True, ())
    # nothing else divides them
    assert found(1, 2, 4, users=10) == Found(1, True, ())


def test_the_presets_have_batches_of_50() -> None:
    for name, scenario in PRESETS.items():
        if name == "big" or scenario.users < 400:
            continue
        seen = observe(simulate(scenario, seed=1), every_s=5.3, jitter_s=3, seed=1)
        processed = np.unique((seen["completed"] + seen["error"]).to_numpy(dtype=np.int64))
        assert likeliest_size(processed[:-1], scenario.users).size == 50, name


def test_what_is_certain_is_right() -> None:
    rows = batch_sizes.table(60)
    assert batch_sizes.broken(rows) == []
    # where the greatest common divisor alone misleads often, nothing is certain
    misled = [row.misled for row in rows if row.counts == 1 and row.size == "50"]
    assert misled[0] > 0.2
    assert all(math.isnan(row.wrong) for row in rows if row.counts == 1)


@pytest.mark.parametrize("users", [1, 49, 50, 51, 60, 99, 100, 101, 150])
def test_imports_of_a_batch_or_two_are_fitted_in_silence(users: int) -> None:
    run = simulate(users=users, seed=1)
    for trace in (Trace(run.responses()), Trace(observe(run, every_s=1))):
        # a warning would be an error
        assert fit(trace).forecast(trace[: len(trace) // 2]).notes
