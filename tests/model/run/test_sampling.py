"""Statistics in closed form: what is drawn follows the distribution that the parameters name.

Seeds are fixed, so nothing flickers. Each proof must also be able to fail: `fits` asserts that the truth is
accepted (p > 1e-4) and that a nearby wrong parameter is rejected (p < 1e-6) by the same data and test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from simimport import Scenario, State
from simimport.model.people.decisions import REASONS, SHARES, decisions
from simimport.model.run.course import Course
from simimport.model.run.sampling import start
from tests.model.strategies import frame_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = [pytest.param(1, id="everyday"), pytest.param(20, id="full", marks=pytest.mark.long)]
sized = pytest.mark.parametrize("times", SIZES)


def fits(p_value: Callable[..., float], truth: object, *wrong: object) -> None:
    """Assert that the test accepts the true parameter and rejects the wrong ones."""
    assert p_value(truth) > 1e-4, f"{truth} is rejected"
    for other in wrong:
        assert p_value(other) < 1e-6, f"the test cannot tell {other} from {truth}"


def courses(number: int, scenario: Scenario) -> list[Course]:
    return [start(scenario, seed) for seed in range(number)]


def counted(values: Sequence[int], probabilities: NDArray[np.float64]) -> float:
    """Return the p-value of a chi-square test of counts 0, 1, … against their probabilities."""
    observed = np.bincount(values, minlength=len(probabilities)).astype(float)
    expected = probabilities * len(values)
    if observed[expected == 0].any():
        return 0.0  # what cannot be was seen
    # neighbours are pooled until each cell expects at least five
    cells, seen, hoped = [], 0.0, 0.0
    for one, other in zip(observed, expected, strict=True):
        seen, hoped = seen + one, hoped + other
        if hoped >= 5:
            cells.append((seen, hoped))
            seen = hoped = 0.0
    cells[-1] = (cells[-1][0] + seen, cells[-1][1] + hoped)
    pooled = np.array(cells).T
    return float(stats.chisquare(pooled[0], pooled[1] * pooled[0].sum() / pooled[1].sum()).pvalue)


# failures --------------------------------------------------------------------------------------------


@sized
def test_failures_are_binomial(times: int) -> None:
    scenario = Scenario(users=200, failure_rate=0.1)
    failures = [int(course.failed.sum()) for course in courses(1000 * times, scenario)]

    def p_value(rate: float) -> float:
        return counted(failures, stats.binom.pmf(np.arange(201), 200, rate))

    fits(p_value, 0.1, 0.09, 0.11)


@sized
@pytest.mark.parametrize("rho", [0.05, 0.3, 0.9])
def test_clustered_failures_are_beta_binomial(rho: float, times: int) -> None:
    # M = (1-ρ)/ρ, and a batch's own rate is Beta(rate·M, (1-rate)·M): the urn of Pólya
    scenario = Scenario(users=50 * 100, failure_rate=0.2, failure_clustering=rho)
    failures = np.concatenate([course.errors for course in courses(200 * times, scenario)])

    def p_value(parameters: tuple[float, float]) -> float:
        rate, correlation = parameters
        total = (1 - correlation) / correlation
        return counted(failures, stats.betabinom.pmf(np.arange(51), 50, rate * total, (1 - rate) * total))

    fits(p_value, (0.2, rho), (0.17, rho), (0.23, rho), (0.2, rho * 0.8), (0.2, rho + (1 - rho) * 0.2))


@sized
def test_the_last_batch_is_clustered_likewise(times: int) -> None:
    scenario = Scenario(users=57, failure_rate=0.3, failure_clustering=0.4)
    failures = [int(course.errors[-1]) for course in courses(2000 * times, scenario)]

    def p_value(rho: float) -> float:
        total = (1 - rho) / rho
        return counted(failures, stats.betabinom.pmf(np.arange(8), 7, 0.3 * total, 0.7 * total))

    fits(p_value, 0.4, 0.25, 0.55)


def test_at_full_clustering_a_batch_fails_as_one() -> None:
    scenario = Scenario(users=50 * 40, failure_rate=0.2, failure_clustering=1.0)
    failures = np.concatenate([course.errors for course in courses(50, scenario)])
    assert set(failures.tolist()) == {0, 50}

    def p_value(rate: float) -> float:
        return float(stats.binomtest(int((failures == 50).sum()), len(failures), rate).pvalue)

    fits(p_value, 0.2, 0.14, 0.26)


@sized
def test_reasons_come_in_their_stated_shares(times: int) -> None:
    scenario = Scenario(users=60_000, failure_rate=0.5)
    codes = np.concatenate([course.reasons[course.failed] for course in courses(times, scenario)])
    names = [reason for reason in REASONS if reason in SHARES]
    observed = [int((codes == REASONS.index(name) + 1).sum()) for name in names]
    assert sum(observed) == len(codes)
    assert sum(SHARES.values()) == pytest.approx(1)

    def p_value(shares: list[float]) -> float:
        return float(stats.chisquare(observed, np.array(shares) * len(codes)).pvalue)

    fits(p_value, [SHARES[name] for name in names], [0.57, 0.28, 0.15], [0.6, 0.22, 0.18])


def test_people_who_decide_for_themselves_do_not_draw() -> None:
    # each batch: a duplicate, two deciding addresses, one without an address, then six who draw
    staged = [
        {"username": f"u{n}", "email": f"u{n}@example.org", "extra_emails": None, "import_id": str(n)}
        for n in range(100)
    ]
    for first in range(0, 100, 10):
        staged[first]["email"] = "u99@example.org" if first else "same@example.org"
        staged[first + 1]["email"] = f"slow.1s+{first}@example.com"
        staged[first + 2]["email"] = f"fail.server-error+{first}@example.com"
        staged[first + 3]["email"] = None
    staged[99]["email"] = "u98@example.org"
    people = decisions(frame_of(staged))
    draws = ~people.decided
    # u99@… is first met at 10, and again at 20, 30, …; u98@… twice at the end
    assert draws.sum() == 100 - 3 * 10 - 8 - 1
    for rho in (0.0, 0.3):
        scenario = Scenario(users=100, batch_size=10, failure_rate=0.3, failure_clustering=rho)
        failures: list[int] = []
        for seed in range(600):
            failed = start(scenario, seed, people).failed
            assert (failed[~draws] == (people.reason > 0)[~draws]).all()
            # batches in which six draw
            failures.extend((failed & draws).reshape(10, 10).sum(axis=1)[2:9].tolist())
        total = (1 - rho) / rho if rho else np.inf

        def p_value(rate: float, seen: list[int] = failures, total: float = total) -> float:
            clustered = stats.betabinom(6, rate * total, (1 - rate) * total)
            law = clustered if total < np.inf else stats.binom(6, rate)
            return counted(seen, law.pmf(np.arange(7)))

        fits(p_value, 0.3, 0.25, 0.35)


# times -----------------------------------------------------------------------------------------------


@sized
@pytest.mark.parametrize("cv", [0.3, 1.0, 2.5])
def test_batch_times_are_gamma(cv: float, times: int) -> None:
    scenario = Scenario(users=50 * 2000, users_per_s=30, latency_cv=cv)
    seconds = np.concatenate([course.batch_s for course in courses(4 * times, scenario)])

    def p_value(parameters: tuple[float, float]) -> float:
        other_cv, speed = parameters
        law = stats.gamma(50 / other_cv**2, scale=other_cv**2 / speed)
        return float(stats.kstest(seconds, law.cdf).pvalue)

    slower, faster = (cv, 30 * (1 - cv / 50)), (cv, 30 * (1 + cv / 50))
    fits(p_value, (cv, 30), (cv * 1.2, 30), (cv / 1.2, 30), slower, faster)


@sized
def test_the_last_batch_has_its_own_shape(times: int) -> None:
    scenario = Scenario(users=57, users_per_s=10, latency_cv=0.8)
    seconds = [course.batch_s[-1] for course in courses(3000 * times, scenario)]

    def p_value(users: int) -> float:
        return float(stats.kstest(seconds, stats.gamma(users / 0.64, scale=0.064).cdf).pvalue)

    fits(p_value, 7, 6, 8, 50)


@sized
@pytest.mark.parametrize("cv", [0.5, 1.0])
def test_users_times_inside_a_batch_are_gamma(cv: float, times: int) -> None:
    # given its batch's total the shares are Dirichlet; with the total, each time is Gamma again (Lukacs 1955)
    scenario = Scenario(users=20_000, users_per_s=1, latency_cv=cv)
    for place in (0, 20, 49):
        seconds: list[float] = []
        for course in courses(5 * times, scenario):
            finished = np.concatenate([[course.run_us + 10_000], course.finished_us])
            seconds.extend((np.diff(finished) / 1e6)[place::50])

        def p_value(other_cv: float, seen: Sequence[float] = seconds) -> float:
            return float(stats.kstest(seen, stats.gamma(other_cv**-2, scale=other_cv**2).cdf).pvalue)

        fits(p_value, cv, cv * 1.25, cv / 1.25)


@sized
def test_users_times_inside_a_batch_are_independent(times: int) -> None:
    scenario = Scenario(users=20_000, users_per_s=1, latency_cv=1.0)
    [course] = courses(1, scenario) if times == 1 else [start(scenario.replace(users=200_000), 1)]
    seconds = np.diff(np.concatenate([[course.run_us + 10_000], course.finished_us])) / 1e6
    table = seconds.reshape(-1, 50)
    assert stats.pearsonr(table[:, 0], table[:, 1]).pvalue > 1e-4
    assert stats.pearsonr(table[:, 10], table[:, 49]).pvalue > 1e-4
    # the same test finds the correlation that sharing out a total of no own spread would leave
    alike = table[:, 0] + table.sum(axis=1)
    assert stats.pearsonr(alike, table.sum(axis=1)).pvalue < 1e-6


def test_constant_times_are_constant() -> None:
    course = start(Scenario(users=120, users_per_s=10, latency_cv=0), 1)
    assert np.diff(course.finished_us).tolist() == [100_000] * 119
    assert course.batch_s.tolist() == [5.0, 5.0, 2.0]


@sized
@pytest.mark.parametrize("slowdown", [0.5, 4.0])
def test_slowdown_in_the_mean(slowdown: float, times: int) -> None:
    n, speed, runs = 2010, 30.0, 300 * times
    scenario = Scenario(users=n, users_per_s=speed, slowdown=slowdown, latency_cv=1.0)
    seconds = [course.batch_s.sum() for course in courses(runs, scenario)]

    def p_value(other: float) -> float:
        return float(stats.ttest_1samp(seconds, n / speed * (1 + other / 2)).pvalue)

    fits(p_value, slowdown, slowdown * 0.95, slowdown * 1.05)


def test_slowdown_is_that_of_the_middle_user() -> None:
    course = start(Scenario(users=101, batch_size=10, users_per_s=1, latency_cv=0, slowdown=2), 1)
    middles = [*(low + 4.5 for low in range(0, 100, 10)), 100]
    sizes = [10] * 10 + [1]
    expected = [size * (1 + 2 * middle / 100) for size, middle in zip(sizes, middles, strict=True)]
    np.testing.assert_allclose(course.batch_s, expected)
    assert course.batch_s.sum() == pytest.approx(101 * (1 + 2 / 2))


@sized
def test_stalls_are_binomial(times: int) -> None:
    scenario = Scenario(users=50 * 40, stall_rate=0.1, stall_s=7.0)
    made = courses(1000 * times, scenario)
    assert {second for course in made for second in course.stall_s.tolist()} == {0.0, 7.0}
    stalls = [int((course.stall_s > 0).sum()) for course in made]

    def p_value(rate: float) -> float:
        return counted(stalls, stats.binom.pmf(np.arange(41), 40, rate))

    fits(p_value, 0.1, 0.08, 0.12)


@pytest.mark.parametrize(("place", "batch"), [(0.0, 0), (0.5, 20), (0.99, 39), (1.0, 39)])
def test_the_stall_at_a_place_is_certain(place: float, batch: int) -> None:
    for course in courses(20, Scenario(users=50 * 40, stall_at=place, stall_s=7.0)):
        assert course.stall_s[batch] == 7.0
        assert course.stall_s.sum() == 7.0


# interruptions ---------------------------------------------------------------------------------------


def endings(number: int, scenario: Scenario) -> list[tuple[State, int]]:
    """Return for each seed how it ends and at which batch (from 0)."""
    from simimport.model.run.course import ending

    found = []
    for course in courses(number, scenario):
        end = ending(course, None)
        batch = end.flushed if end.state is State.ERROR else end.flushed - 1
        found.append((end.state, batch))
    return found


@sized
@pytest.mark.parametrize("kind", ["cancel", "crash"])
def test_the_share_of_interrupted_operations(kind: str, times: int) -> None:
    number = 4000 * times
    scenario = Scenario(users=130, **{f"{kind}_rate": 0.3})
    state = {"cancel": State.CANCELED, "crash": State.ERROR}[kind]
    struck = sum(final is state for final, _ in endings(number, scenario))

    def p_value(rate: float) -> float:
        return float(stats.binomtest(struck, number, rate).pvalue)

    fits(p_value, 0.3, 0.24, 0.36)


@sized
@pytest.mark.parametrize("kind", ["cancel", "crash"])
def test_their_moment_is_uniform_over_the_users(kind: str, times: int) -> None:
    users = [getattr(c, kind) for c in courses(4000 * times, Scenario(users=40, **{f"{kind}_rate": 1.0}))]

    def p_value(probabilities: NDArray[np.float64]) -> float:
        return counted(users, probabilities)

    even = np.full(40, 1 / 40)
    fits(p_value, even, np.linspace(0.5, 1.5, 40) / 40, np.append(even[:-1] * 40 / 39, 0.0))


@sized
def test_both_rates_together(times: int) -> None:
    """Hold the joint law of how it ends, and in which batch, against the closed form.

    Users x (who is cancelled at) and y (who is crashed at) are uniform and independent, each there with its
    own probability c and k; p_b is the share of users in batch b, and B the number of batches.

    * A crash in batch b counts if no cancel is honoured before: that is, if no cancel strikes in a batch
      before b; a cancel in b itself is beaten. P(error in b) = k·p_b·(1 - c·(p_0 + … + p_(b-1))).
    * A cancel in batch b counts if no crash strikes in b or before:
      P(canceled in b) = c·p_b·(1 - k·(p_0 + … + p_b)).
    * The rest is done: (1-c)·(1-k).
    """
    cancel, crash, n, size = 0.6, 0.5, 130, 50
    scenario = Scenario(users=n, batch_size=size, cancel_rate=cancel, crash_rate=crash)
    found = endings(4000 * times, scenario)
    kinds = [State.DONE, *((state, b) for state in (State.ERROR, State.CANCELED) for b in range(3))]
    cells = [kinds.index(end if end[0] is not State.DONE else State.DONE) for end in found]
    share = np.array([50, 50, 30]) / n
    upto = np.cumsum(share)

    def law(c: float, k: float) -> NDArray[np.float64]:
        error = k * share * (1 - c * (upto - share))
        canceled = c * share * (1 - k * upto)
        return np.concatenate([[(1 - c) * (1 - k)], error, canceled])

    def p_value(rates: tuple[float, float]) -> float:
        return counted(cells, law(*rates))

    assert law(cancel, crash).sum() == pytest.approx(1)
    fits(p_value, (cancel, crash), (crash, cancel), (cancel * 0.9, crash), (cancel, crash * 0.9))
    # the other order, in which a cancel in the same batch would win, is told apart too
    won = crash * share * (1 - cancel * upto)
    other = np.concatenate([[0.2], won, cancel * share * (1 - crash * (upto - share))])
    assert other.sum() == pytest.approx(1)
    assert counted(cells, other) < 1e-6


@pytest.mark.parametrize("kind", ["cancel", "crash"])
@pytest.mark.parametrize(("place", "user"), [(0.0, 0), (0.29, 29), (0.5, 50), (1.0, 99)])
def test_a_place_is_a_fraction_of_the_users(kind: str, place: float, user: int) -> None:
    # 0.29 * 100 is 28.999999999999996 in binary
    for course in courses(5, Scenario(users=100, **{f"{kind}_rate": 1.0, f"{kind}_at": place})):
        assert getattr(course, kind) == user


@sized
def test_a_branch_interrupts_uniformly_those_left(times: int) -> None:
    from simimport.model.run.sampling import branch

    parent = start(Scenario(users=40, batch_size=10), 0)
    scenario = parent.scenario.replace(cancel_rate=1.0)
    users = [branch(parent, 2, scenario, seed).cancel for seed in range(2000 * times)]
    assert all(user is not None for user in users)

    def p_value(first: int) -> float:
        probabilities = np.where(np.arange(40) >= first, 1 / (40 - first), 0.0)
        return counted([user or 0 for user in users], probabilities)

    fits(p_value, 20, 18)
