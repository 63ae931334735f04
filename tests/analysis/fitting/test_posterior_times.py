"""What stretches of work leave likely of speed, variability and stalls, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from simimport.analysis.fitting.posterior_times import Times, _robust_line, _straight_line, posterior_times


def stretches(number: int, users: int, speed: float, cv: float, seed: int) -> Times:
    rng = np.random.default_rng(seed)
    x = (np.arange(number) + 0.5) / number
    a = np.full(number, float(users))
    seconds = rng.standard_gamma(users / cv**2, number) * cv**2 / speed
    return Times(a, a * x, a * x * x, np.ones(number, dtype=int), seconds, np.zeros(number))


def test_speed_and_variability_are_found() -> None:
    draws, seen = posterior_times(stretches(400, 50, 30, 0.5, 3), np.random.default_rng(1))
    assert not seen
    for column, true in enumerate((30, 0.5, 0)):
        low, high = np.quantile(draws[:, column], [0.001, 0.999])
        assert low < true < high
        assert high - low < 0.4 * max(true, 1)
    assert np.isnan(draws[:, 4]).all()


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7])
def test_few_stretches_that_agree_by_chance_do_not_look_certain(number: int) -> None:
    x = (np.arange(number) + 0.5) / number
    a = np.full(number, 50.0)
    seconds = a / 30 * (1 + 1e-3 * (-1) ** np.arange(number))
    data = Times(a, a * x, a * x * x, np.ones(number, dtype=int), seconds, np.zeros(number))
    draws, seen = posterior_times(data, np.random.default_rng(1))
    assert not seen
    assert np.isfinite(draws[:, :4]).all()
    assert len(np.unique(draws[:, 0])) > 100


def test_one_stall_among_many_stretches_is_recognised() -> None:
    data = stretches(100, 50, 30, 0.5, 1)
    data.seconds[40] += 20
    draws, seen = posterior_times(data, np.random.default_rng(1))
    assert seen
    assert np.median(draws[:, 4]) == pytest.approx(20, abs=0.5)
    assert np.median(draws[:, 0]) == pytest.approx(30, rel=0.05)


def test_lines() -> None:
    x = np.linspace(0, 1, 30)
    y = 2 + 3 * x
    for line in (_robust_line, _straight_line):
        assert line(y, x, np.ones(30)) == (pytest.approx(2, abs=1e-3), pytest.approx(3, abs=1e-3))
        # of two points, or of many at one place, only the mean is told
        assert line(y[:2], x[:2], np.ones(2)) == (pytest.approx(y[:2].mean()), 0)
    # a line that would begin below zero is none of seconds per user
    assert _straight_line(np.array([0.0, 5.0, 10.0]) + 0.1, np.array([0.5, 0.75, 1.0]), np.ones(3))[1] == 0
    level, slope = _robust_line(np.where(x == x[7], 90, y), x, np.ones(30))
    assert (level, slope) == (pytest.approx(2, abs=0.1), pytest.approx(3, abs=0.2))
