"""How likely stretches are: against the same worked out by summing and integrating in full."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simimport.analysis.fitting.likely.nights import drawn_levels, log_marginal
from simimport.analysis.fitting.likely.speeds import likeliest_speeds
from simimport.analysis.fitting.likely.stretches import Shared, Speeds, Stretches

# one draw of everything, and stretches of three imports that fit it
DRAW = {"cv": 0.5, "slowdown": 0.7, "stall_rate": 0.2, "stall_s": 4.0}


def data_of(seed: int, noise_s2: float = 0.0, batches: int = 3) -> Stretches:
    rng = np.random.default_rng(seed)
    lengths, speeds = (20, 7, 12), (25.0, 30.0, 40.0)
    rows = []
    for length, speed in zip(lengths, speeds, strict=True):
        users = 50.0 * batches
        x = (np.arange(length) + 0.5) / length
        a, b, c = np.full(length, users), users * x, users * x * x
        mean = (a + DRAW["slowdown"] * b) / speed
        variance = (DRAW["cv"] / speed) ** 2 * (a + DRAW["slowdown"] * (2 * b + DRAW["slowdown"] * c))
        seconds = rng.gamma(mean**2 / variance, variance / mean)
        seconds += rng.binomial(batches, DRAW["stall_rate"], length) * DRAW["stall_s"]
        rows.append((a, b, c, np.full(length, batches), seconds, np.full(length, noise_s2)))
    a, b, c, m, seconds, noise = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Stretches(np.array([0, 20, 27]), a, b, c, m.astype(np.int64), seconds, noise)


def in_full(data: Stretches, draw: dict[str, float], place: int, speed: np.ndarray) -> np.ndarray:
    """Return the log likelihood of an import's stretches at some speeds, by SciPy."""
    ends = [*data.begins[1:].tolist(), len(data)]
    chosen = slice(data.begins[place], ends[place])
    a, b, c, m, seconds, noise = (
        column[chosen, None] for column in (data.a, data.b, data.c, data.batches, data.seconds, data.noise_s2)
    )
    slow = draw["slowdown"]
    mean = (a + slow * b) / speed
    variance = (draw["cv"] / speed) ** 2 * (a + slow * (2 * b + slow * c)) + noise
    density = np.zeros(mean.shape)
    for stalls in range(int(m.max()) + 1):
        work = stats.gamma(mean**2 / variance, scale=variance / mean).pdf(seconds - stalls * draw["stall_s"])
        density += stats.binom(m, draw["stall_rate"]).pmf(stalls) * work
    return np.log(density + 1e-300).sum(axis=0)


def shared_of(draw: dict[str, float]) -> Shared:
    return Shared(*(np.array([draw[name]]) for name in ("cv", "slowdown", "stall_rate", "stall_s")))


CHANGES = [{}, {"stall_rate": 0.0, "stall_s": 0.0, "cv": 4.0}, {"cv": 0.3, "slowdown": 1.0}]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("noise_s2", [0.0, 0.1])
def test_the_speed_of_each_import_is_a_normal_at_its_peak(change: dict[str, float], noise_s2: float) -> None:
    data, draw = data_of(1, noise_s2), DRAW | change
    found = likeliest_speeds(data, shared_of(draw))
    speed = np.geomspace(5, 120, 4000)
    for place in range(3):
        log = in_full(data, draw, place, speed)
        best = int(np.argmax(log))
        deviation = 1 / np.sqrt(found.precision[0, place])
        assert found.log_speed[0, place] == pytest.approx(np.log(speed[best]), abs=0.15 * deviation)
        assert found.peak[0, place] == pytest.approx(log[best], abs=0.1)
        # the same mass as the whole has
        step = np.log(speed[1] / speed[0])
        mass = np.log(np.exp(log - log[best]).sum() * step) + log[best]
        normal = found.peak[0, place] + 0.5 * np.log(2 * np.pi / found.precision[0, place])
        assert normal == pytest.approx(mass, abs=0.15)


def test_many_stalls_in_a_stretch_are_a_sum() -> None:
    draw = DRAW | {"stall_rate": 0.5, "stall_s": 1.0, "slowdown": 0.0}
    rng = np.random.default_rng(3)
    many = 70
    users, ones = np.full(9, 50.0 * many), np.ones(9)
    seconds = rng.gamma(users / 0.25, 0.25 / 30) + rng.binomial(many, 0.5, 9)
    batches = (many * ones).astype(np.int64)
    data = Stretches(np.array([0]), users, users / 2, users / 4, batches, seconds, 0 * ones)
    found = likeliest_speeds(data, shared_of(draw))
    speed = np.geomspace(20, 45, 2000)
    log = in_full(data, draw, 0, speed)
    assert found.log_speed[0, 0] == pytest.approx(np.log(speed[np.argmax(log)]), abs=0.02)
    assert found.peak[0, 0] == pytest.approx(log.max(), abs=0.3)


def test_draws_are_worked_out_each_for_itself() -> None:
    data = data_of(2)
    rng = np.random.default_rng(1)
    several = Shared(*(rng.uniform(0.1, 0.9, 900) for _ in range(4)))
    whole = likeliest_speeds(data, several)
    for row in (0, 411, 899):
        alone = likeliest_speeds(data, several.rows(slice(row, row + 1)))
        for column, same in zip(whole, alone, strict=True):
            np.testing.assert_allclose(column[row], same[0], rtol=1e-9)


def test_draws_without_stalls_may_stand_among_draws_with_some() -> None:
    data = data_of(2)
    rate, stall_s = np.array([0.0, 0.2, 0.0, 0.4]), np.array([0.0, 4.0, 0.0, 4.1])
    mixed = Shared(np.full(4, 0.5), np.full(4, 0.7), rate, stall_s)
    whole = likeliest_speeds(data, mixed)
    for row in range(4):
        alone = likeliest_speeds(data, mixed.rows(np.array([row])))
        np.testing.assert_allclose(whole.log_speed[row], alone.log_speed[0], rtol=1e-3)
        np.testing.assert_allclose(whole.peak[row], alone.peak[0], rtol=1e-3)


def test_the_level_over_imports_is_the_integral_over_it() -> None:
    likeliest, precision = np.array([[3.2, 3.5, 3.0]]), np.array([[400.0, 90.0, 2500.0]])
    speeds = Speeds(likeliest, precision, np.array([[1.0, 2.0, 3.0]]))
    tau, middle = np.linspace(1e-4, 1.5, 600)[:, None], np.linspace(1, 6, 4001)[None, :]
    prior = 2 * stats.norm(0, 0.2).pdf(tau)
    density = prior.copy()
    for place in range(3):
        spread = np.sqrt(tau**2 + 1 / precision[0, place])
        density = density * stats.norm(likeliest[0, place], spread).pdf(middle)
    mass = density.sum() * (tau[1, 0] - tau[0, 0]) * (middle[0, 1] - middle[0, 0])
    wanted = np.log(mass) + 6 + 1.5 * np.log(2 * np.pi) - 0.5 * np.log(precision).sum()
    # up to a constant, that of the middle's flat prior and of the normals
    others = Speeds(likeliest + np.array([[0.0, 0.3, 0.0]]), precision, speeds.peak)
    density = prior.copy()
    for place in range(3):
        spread = np.sqrt(tau**2 + 1 / precision[0, place])
        density = density * stats.norm(others.log_speed[0, place], spread).pdf(middle)
    further = np.log(density.sum() * (tau[1, 0] - tau[0, 0]) * (middle[0, 1] - middle[0, 0]))
    difference = float(log_marginal(speeds)[0] - log_marginal(others)[0])
    assert difference == pytest.approx(np.log(mass) - further, abs=0.05)
    assert np.isfinite(wanted)
    several = Speeds(*(np.repeat(column, 4000, axis=0) for column in speeds))
    drawn = drawn_levels(several, np.random.default_rng(1))
    expected = density_mean(tau, middle, likeliest, precision)
    assert drawn.log_speed.mean() == pytest.approx(expected[0], abs=0.02)
    assert drawn.deviation.mean() == pytest.approx(expected[1], abs=0.02)
    # each import's own speed is drawn towards the others', the less the better it is known
    own = drawn.log_speeds.mean(axis=0)
    assert own[2] == pytest.approx(3.0, abs=0.01)
    assert 3.3 < own[1] < 3.5


def density_mean(
    tau: np.ndarray, middle: np.ndarray, likeliest: np.ndarray, precision: np.ndarray
) -> tuple[float, float]:
    density = 2 * stats.norm(0, 0.2).pdf(tau) * np.ones_like(middle)
    for place in range(3):
        spread = np.sqrt(tau**2 + 1 / precision[0, place])
        density = density * stats.norm(likeliest[0, place], spread).pdf(middle)
    return float((density * middle).sum() / density.sum()), float((density * tau).sum() / density.sum())


def test_of_one_import_its_level_is_as_wide_as_before() -> None:
    speeds = Speeds(np.full((20_000, 1), 3.0), np.full((20_000, 1), 1e4), np.zeros((20_000, 1)))
    drawn = drawn_levels(speeds, np.random.default_rng(1))
    assert drawn.log_speeds.std() == pytest.approx(0.01, rel=0.05)
    # half-normal of the scale 0.2: its root mean square is that
    assert np.sqrt((drawn.deviation**2).mean()) == pytest.approx(0.2, rel=0.05)
    assert drawn.log_speed.std() == pytest.approx(0.2, rel=0.06)
    assert log_marginal(speeds)[:3] == pytest.approx([0.5 * np.log(2 * np.pi / 1e4)] * 3)
