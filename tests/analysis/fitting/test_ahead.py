"""The future of a running import: failures to come are those of batches, however many are drawn as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simimport import Trace, simulate
from simimport.analysis.fitting.ahead import failures_of_users
from simimport.analysis.fitting.likely.posterior import Likely
from simimport.analysis.fitting.shown.evidence import Evidence, evidence

DRAWS = 4000


def begun(size: int) -> Evidence:
    return evidence(Trace(simulate(users=10, seed=1).responses()), size)


def likely_of(rate: float, rho: float) -> Likely:
    ones = np.ones(DRAWS)
    found: dict[str, Any] = dict.fromkeys(Likely._fields, ones)
    return Likely(**found | {"failure_rate": rate * ones, "clustering": rho * ones})


def drawn(size: int, users: int, rate: float, rho: float, seed: int = 1) -> np.ndarray:
    return failures_of_users(begun(size), 0, users, likely_of(rate, rho), np.random.default_rng(seed))


@pytest.mark.parametrize("users", [0, 1, 22_000])
def test_of_batches_of_one_user_failures_are_binomial(users: int) -> None:
    found = drawn(1, users, 0.01, 0.4)
    law = stats.binom(users, 0.01)
    if users < 2:
        assert set(found) <= set(range(users + 1))
        assert found.mean() == pytest.approx(law.mean(), abs=0.007)
        return
    within = np.random.default_rng(2).random(DRAWS)
    assert stats.kstest(law.cdf(found - 1) + within * law.pmf(found), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("batches", "rest"), [(1, 0), (3, 20), (40, 0), (500, 7)])
@pytest.mark.parametrize(("rate", "rho"), [(0.02, 0.0), (0.1, 0.3)])
def test_failures_to_come_have_the_mean_and_the_variance_of_batches(
    batches: int, rest: int, rate: float, rho: float
) -> None:
    found = drawn(50, batches * 50 + rest, rate, rho)
    users = np.array([50] * batches + [rest] * (rest > 0))
    variance = float((users * rate * (1 - rate) * (1 + (users - 1) * rho)).sum())
    deviation = np.sqrt(variance / DRAWS)
    assert found.mean() == pytest.approx(users.sum() * rate, abs=4 * deviation)
    away = (found - users.sum() * rate) ** 2
    assert away.mean() == pytest.approx(variance, abs=4 * away.std() / np.sqrt(DRAWS))


def test_of_many_batches_bands_are_those_of_each_drawn_alone() -> None:
    rate, rho, batches = 0.05, 0.3, 60
    rng, many = np.random.default_rng(3), 0.7 / 0.3
    share = rng.beta(rate * many, (1 - rate) * many, (DRAWS, batches))
    alone = rng.binomial(50, share).sum(axis=1)
    together = drawn(50, 50 * batches, rate, rho)
    wide = np.ptp(np.quantile(alone, [0.025, 0.975]))
    for level in (0.025, 0.1, 0.5, 0.9, 0.975):
        # of each of both, quantiles at the ends err by about 0.012 of that width
        assert np.quantile(together, level) == pytest.approx(np.quantile(alone, level), abs=0.06 * wide)


def test_of_millions_of_users_no_more_is_drawn_than_of_few() -> None:
    numbers: list[int] = []

    class Counting:
        def __init__(self) -> None:
            self._rng = np.random.default_rng(1)

        def __getattr__(self, name: str) -> Any:
            def draw(*arguments: Any) -> Any:
                found = getattr(self._rng, name)(*arguments)
                numbers.append(found.size)
                return found

            return draw

    rng: Any = Counting()
    for size in (1, 50):
        failures_of_users(begun(size), 0, 20_000_013, likely_of(0.01, 0.1), rng)
    assert sum(numbers) <= 20 * DRAWS
