"""The line of seconds per user: against matrices and integrals, and on imports of many kinds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, optimize, stats

from simimport.analysis import trend
from simimport.analysis.trend import seconds_left
from tests.validity import etas

Floats = NDArray[np.float64]


def flushes(
    users: int = 4000, until: int = 2000, slowdown: float = 1.0, cv: float = 0.5, seed: int = 0
) -> tuple[Floats, Floats, float]:
    """Return the flushes of an import that slows down, at every second or third batch, up to some users."""
    rng = np.random.default_rng(seed)
    edges = np.arange(0, until + 1, 50, dtype=float)
    mean = 50 * (1 + slowdown * (edges[:-1] + 24.5) / (users - 1)) / 30
    instants = np.append(0.0, np.cumsum(rng.gamma(50 / cv**2, mean * cv**2 / 50)))
    shown = np.unique(np.append(np.cumsum(rng.integers(2, 4, len(edges))), 0).clip(max=len(edges) - 1))
    return edges[shown], instants[shown], float(users)


def of_matrices(processed: Floats, flushed_s: Floats, users: float) -> tuple[Floats, float, Floats, float]:
    """Return the line at the mean place: its coefficients, S₁, their covariance over v, and κ."""
    batch, took_s = np.diff(processed), np.diff(flushed_s)
    place = np.array([np.mean(np.arange(a, b) / (users - 1)) for a, b in pairwise(processed)])
    place -= np.average(place, weights=batch)
    design = np.stack([batch, batch * place], axis=1) / np.sqrt(batch)[:, None]
    seen = took_s / np.sqrt(batch)
    alone = np.linalg.lstsq(design, seen, rcond=None)
    variance = float(alone[1][0]) / (len(batch) - 2)
    kappa = variance / (took_s.sum() / batch.sum()) ** 2
    precision = design.T @ design + np.diag([0.0, kappa])
    line = np.linalg.solve(precision, design.T @ seen)
    squares = float(seen @ seen - line @ precision @ line)
    return line, squares, np.linalg.inv(precision), kappa


@pytest.mark.parametrize("seed", range(4))
def test_the_line_is_that_of_matrices(seed: int) -> None:
    seen = flushes(seed=seed)
    level, line, _ = trend._predictions(*seen, 0.05)
    (mean, slope), squares, covariance, _ = of_matrices(*seen)
    ahead = np.arange(seen[0][-1], seen[2]) / (seen[2] - 1)
    ahead = ahead - np.mean(np.arange(seen[0][0], seen[0][-1]) / (seen[2] - 1))
    left, freedom = len(ahead), len(seen[0]) - 2
    assert line.freedom == level.freedom == freedom
    assert line.location == pytest.approx(left * mean + slope * ahead.sum(), rel=1e-6)
    sums = np.array([left, ahead.sum()])
    ratio = line.location / (left * mean)
    wanted = squares / freedom * (left * ratio**2 + sums @ covariance @ sums) + 0.05**2
    assert line.scale == pytest.approx(math.sqrt(wanted), rel=1e-4)
    # of the level alone, that of `fitted`
    batch, took_s = np.diff(seen[0]), np.diff(seen[1])
    per_user = took_s.sum() / batch.sum()
    assert level.location == pytest.approx(left * per_user)
    variance = np.sum((took_s - per_user * batch) ** 2 / batch) / freedom
    wanted = variance * left * (1 + left / batch.sum()) + 0.05**2
    assert level.scale == pytest.approx(math.sqrt(wanted), rel=1e-4)


@pytest.mark.parametrize("slowdown", [0.0, 0.3, 1.0])
def test_the_weight_is_the_ratio_of_the_integrals(slowdown: float) -> None:
    seen = flushes(users=4000, until=1200, slowdown=slowdown)
    batch, took_s = np.diff(seen[0]), np.diff(seen[1])
    place = (seen[0][1:] + seen[0][:-1] - 1) / 2 / (seen[2] - 1)
    place -= np.average(place, weights=batch)
    *_, kappa = of_matrices(*seen)

    def likelihood(log_variance: float, slopes: float) -> float:
        """Of the seconds, after the level, flat, is integrated out; the slope's variance is v times that."""
        covariance = np.exp(log_variance) * (np.diag(batch) + slopes * np.outer(batch * place, batch * place))
        inverse = np.linalg.inv(covariance)
        pinned = batch @ inverse @ batch
        rest = took_s @ inverse @ took_s - (batch @ inverse @ took_s) ** 2 / pinned
        return float(-(np.linalg.slogdet(covariance)[1] + math.log(pinned) + rest) / 2)

    middle = math.log(0.25 / 30**2)
    top = likelihood(middle, 1 / kappa)

    def integral(slopes: float) -> float:
        inside = (middle - 4, middle + 5)
        return float(integrate.quad(lambda at: math.exp(likelihood(at, slopes) - top), *inside)[0])

    weight = trend._predictions(*seen, 0.05)[2]
    assert weight / (1 - weight) == pytest.approx(integral(1 / kappa) / integral(0.0), rel=1e-3)


@pytest.mark.parametrize("freedom", [2, 3, 5, 20, 200])
def test_the_short_way_to_student(freedom: int) -> None:
    for t in np.linspace(-12, 12, 97):
        here = trend._normal(t, freedom)
        assert stats.norm.cdf(here) == pytest.approx(stats.t.cdf(t, freedom), abs=3e-3)
        student = trend._Student(5.0, 2.0, freedom)
        assert trend._value(here, student) == pytest.approx(5 + 2 * t)


@pytest.mark.parametrize("weight", [0.0, 1e-3, 0.2, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("apart", [0.0, 0.5, 3.0, 40.0])
def test_quantiles_of_two_together(weight: float, apart: float) -> None:
    first, second = trend._Student(100.0, 2.0, 9), trend._Student(100.0 + 2 * apart, 7.0, 9)

    def below(at: float, level: float) -> float:
        parts = (stats.t.cdf((at - part.location) / part.scale, part.freedom) for part in (first, second))
        return float(np.dot([1 - weight, weight], list(parts)) - level)

    for normal, level in zip(trend._NORMAL, (0.5, 0.025, 0.975), strict=True):
        found = trend._quantile(normal, first, second, weight)
        assert below(found, level) == pytest.approx(0, abs=2e-3)
        if weight in (0.0, 1.0):
            exact = optimize.brentq(below, -1e3, 1e3, args=(level,))
            assert found == pytest.approx(exact, abs=0.2)


def test_a_steady_import_is_taken_for_one_and_a_slowing_one_too() -> None:
    def weights(slowdown: float) -> list[float]:
        imports = (flushes(slowdown=slowdown, until=3000, seed=seed) for seed in range(30))
        return [trend._predictions(*seen, 0.05)[2] for seen in imports]

    assert np.median(weights(0.0)) < 0.1
    assert min(weights(1.0)) > 0.999


@pytest.mark.parametrize("slowdown", [-0.9, -0.5, 2.0])
def test_who_gets_faster_is_foreseen_as_who_gets_slower(slowdown: float) -> None:
    processed, flushed_s, users = flushes(slowdown=slowdown, until=2000, cv=0.3)
    middle, low, high = seconds_left(processed, flushed_s, users)
    # that of the users from 2,000 on, at the mean place 3/4
    true_s = 2000 * (1 + 0.75 * slowdown) / 30
    assert low < true_s < high
    assert middle == pytest.approx(true_s, rel=0.15)


def test_nobody_takes_less_than_no_time() -> None:
    # each batch takes 3 s less than the one before, so that the eleventh would take less than nothing
    took_s = np.array([30.0, 27, 24, 21, 18, 15])
    processed, flushed_s = np.arange(7) * 50.0, np.append(0.0, np.cumsum(took_s))
    _, line, weight = trend._predictions(processed, flushed_s, 2000.0, 0.05)
    assert weight > 0.95
    mean = took_s.sum() / 300
    # at most down to 0 for the last user, so on average no less than half of what the first of them takes
    center, ahead = 149.5 / 1999, (300 + 1999) / 2 / 1999
    assert line.location == pytest.approx(1700 * mean * (1 - ahead) / (1 - center))
    assert line.location > 0


def test_it_asks_for_no_unit_and_no_beginning() -> None:
    processed, flushed_s, users = flushes(until=2000)
    expected = seconds_left(processed, flushed_s, users)
    assert seconds_left(processed, flushed_s + 1e6, users) == pytest.approx(expected, rel=1e-6)
    slow = seconds_left(processed, 60 * flushed_s, users)
    assert slow == pytest.approx(tuple(60 * value for value in expected), rel=1e-3)
    # watched from a tenth on, an import that slows down is still one
    part = seconds_left(processed[5:], flushed_s[5:], users)
    assert part[0] == pytest.approx(expected[0], rel=0.15)


def test_of_constant_times_the_band_is_the_few_steps_after_the_last_flush() -> None:
    processed = np.arange(0, 1001, 100.0)
    middle, low, high = seconds_left(processed, processed / 30, 4000.0)
    assert middle == pytest.approx(100, abs=1e-3)
    assert low == pytest.approx(100 - 0.12, abs=0.02)
    assert high == pytest.approx(100 + 0.12, abs=0.02)


# how often it holds -------------------------------------------------------------------------------

@pytest.mark.parametrize("name", etas.PLAIN)
def test_the_interval_holds_the_truth_of_steady_and_slowing_imports(name: str) -> None:
    whole = etas.table(12, [name])[0]
    # the polls of one import are no independent draws: of few runs less is asked
    assert whole.coverage >= 0.8
    assert etas.broken([whole._replace(coverage=1.0)]) == []


@pytest.mark.parametrize("name", ["a twentieth of the batches stall", "half of the batches stall"])
def test_where_batches_stall_it_says_so_by_a_width_once_it_has_seen_one(name: str) -> None:
    assert etas.broken(etas.table(12, [name])) == []
