"""What stretches leave likely of speed, variability, slowdown and stalls, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from simimport.analysis.fitting.likely.posterior_times import TimesDrawn, posterior_times
from simimport.analysis.fitting.likely.stretches import Stretches


def stretches(number: int, users: int, speed: float, cv: float, seed: int) -> Stretches:
    rng = np.random.default_rng(seed)
    seconds = rng.standard_gamma(users / cv**2, number) * cv**2 / speed
    return of_seconds(seconds, users)


def of_seconds(seconds: np.ndarray, users: int = 50, begins: tuple[int, ...] = (0,)) -> Stretches:
    number = len(seconds)
    lengths = np.diff([*begins, number])
    x = np.concatenate([(np.arange(length) + 0.5) / length for length in lengths])
    a = np.full(number, float(users))
    ones = np.ones(number, dtype=np.int64)
    return Stretches(np.array(begins), a, a * x, a * x * x, ones, seconds, np.zeros(number))


def drawn_of(data: Stretches) -> TimesDrawn:
    return posterior_times(data, np.random.default_rng(1))


def test_speed_and_variability_are_found() -> None:
    found = drawn_of(stretches(400, 50, 30, 0.5, 3))
    for draws, true in ((np.exp(found.levels.log_speeds[:, 0]), 30), (found.shared.cv, 0.5)):
        low, high = np.quantile(draws, [0.001, 0.999])
        assert low < true < high
        assert high - low < 0.4 * true
    # neither a slowdown nor stalls are what explains it
    assert (found.shared.slowdown == 0).mean() > 0.8
    assert (found.shared.stall_rate == 0).mean() > 0.5
    assert np.quantile(found.shared.stall_rate, 0.975) < 0.02


@pytest.mark.parametrize("number", [1, 2, 4, 5, 7])
def test_few_stretches_that_agree_by_chance_do_not_look_certain(number: int) -> None:
    found = drawn_of(of_seconds(50 / 30 * (1 + 1e-3 * (-1.0) ** np.arange(number))))
    assert np.quantile(found.shared.cv, 0.975) > (0.1 if number < 5 else 0.02)
    low, high = np.quantile(np.exp(found.levels.log_speeds[:, 0]), [0.025, 0.975])
    assert high - low > (0.5 if number < 5 else 0.02)
    assert len(np.unique(found.levels.log_speeds)) > 100


@pytest.mark.parametrize("length_s", [1.2, 20.0])
def test_one_stall_among_many_stretches_is_recognised(length_s: float) -> None:
    data = stretches(100, 50, 30, 0.5, 1)
    data.seconds[40] += length_s
    found = drawn_of(data)
    assert (found.shared.stall_rate > 0).mean() > 0.95
    assert np.median(found.shared.stall_s) == pytest.approx(length_s, abs=0.5)
    assert np.median(np.exp(found.levels.log_speeds)) == pytest.approx(30, rel=0.05)


def test_a_slowdown_is_none_or_what_it_is() -> None:
    steady = stretches(160, 50, 30, 0.5, 1)
    slowing = of_seconds(steady.seconds * (1 + 1.5 * (np.arange(160) + 0.5) / 160))
    found = drawn_of(slowing)
    low, high = np.quantile(found.shared.slowdown, [0.001, 0.999])
    assert low < 1.5 < high < 2
    # what it would be, if there were any, is said of a steady import too
    low, high = np.quantile(drawn_of(steady).if_it_slows, [0.001, 0.999])
    assert -0.2 < low < 0 < high < 0.2


def test_stalls_of_most_stretches_are_told_from_slowness() -> None:
    rng = np.random.default_rng(4)
    seconds = rng.standard_gamma(150 / 0.25, 50) * 0.25 / 30 + 20 * rng.binomial(3, 0.5, 50)
    data = of_seconds(seconds, users=150)
    found = drawn_of(Stretches(data.begins, data.a, data.b, data.c, 3 * data.batches, seconds, data.noise_s2))
    assert np.median(found.shared.stall_s) == pytest.approx(20, abs=0.2)
    assert np.quantile(found.shared.stall_rate, [0.025, 0.975]) == pytest.approx(0.5, abs=0.15)
    assert np.median(np.exp(found.levels.log_speeds)) == pytest.approx(30, rel=0.03)


def test_imports_that_differ_have_a_level_over_them() -> None:
    several = [stretches(60, 50, speed, 0.5, seed).seconds for seed, speed in enumerate((20, 40, 20, 40))]
    found = drawn_of(of_seconds(np.concatenate(several), begins=(0, 60, 120, 180)))
    own = np.median(np.exp(found.levels.log_speeds), axis=0)
    np.testing.assert_allclose(own, (20, 40, 20, 40), rtol=0.05)
    assert np.median(found.shared.cv) == pytest.approx(0.5, abs=0.08)
    low, high = np.quantile(np.exp(found.levels.log_speed), [0.025, 0.975])
    assert low < 22
    assert high > 37
    assert np.median(found.levels.deviation) == pytest.approx(0.36, abs=0.1)
    alike = [stretches(60, 50, 30, 0.5, seed).seconds for seed in range(4)]
    found = drawn_of(of_seconds(np.concatenate(alike), begins=(0, 60, 120, 180)))
    assert np.median(found.levels.deviation) < 0.03
