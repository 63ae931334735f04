"""Truth: what happened, against the frames that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from simimport import Run, State, simulate
from simimport.model.people.decisions import REASONS
from simimport.model.run.truth import FINEST_USERS_PER_S
from tests.model.strategies import any_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEADY = {"users_per_s": 10, "latency_cv": 0, "failure_rate": 0, "seed": 1}


def finished_us(run: Run) -> NDArray[np.int64]:
    """Return when each processed user finished, as the outcomes have it."""
    return np.rint(run.outcomes["finished_s"].dropna().to_numpy() * 1e6).astype(np.int64)


def places(run: Run) -> NDArray[np.float64]:
    """Return at which share of its batch's time each user of each full batch of 50 finishes."""
    flush_us = run.truth.flush_us
    return (run.truth.finished_us.reshape(-1, 50)[1:] - flush_us[:-1, None]) / np.diff(flush_us)[:, None]


# users ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("users_per_s", [0.5, 30.0, 1e4])
@pytest.mark.parametrize("cv", [0.5, 1.0])
def test_places_inside_a_batch_have_their_law(users_per_s: float, cv: float) -> None:
    found = places(simulate(users=50_000, users_per_s=users_per_s, latency_cv=cv, seed=3))
    for place in (1, 10, 25, 49):
        # of independent Gamma times of shape 1/cv², the sum of the first in that of all
        law = stats.beta(place / cv**2, (50 - place) / cv**2)
        assert stats.kstest(found[:, place - 1], law.cdf).pvalue > 1e-3, place
        assert found[:, place - 1].mean() == pytest.approx(place / 50, abs=4 * law.std() / 999**0.5)
    assert (found[:, -1] == 1).all()


@pytest.mark.parametrize(
    ("users_per_s", "first"), [(30.0, 0.02), (FINEST_USERS_PER_S, 0.02), (1e6, 0.0236), (1e7, 0.2)]
)
def test_places_inside_a_batch_mean_something_up_to_the_finest_speed(
    users_per_s: float, first: float
) -> None:
    slow = simulate(users=50_000, users_per_s=0.5, seed=3)
    fast = simulate(users=50_000, users_per_s=users_per_s, seed=3)
    assert fast.truth.blurred == (users_per_s > FINEST_USERS_PER_S)
    # the same seed draws the same places, which whole microseconds move: by one and a half, as both ends of
    # the batch are rounded too
    batch_us = np.diff(fast.truth.flush_us)[:, None]
    moved_us = (places(fast) - places(slow)) * batch_us
    assert np.abs(moved_us).max() <= 1.5 + 1e-3
    if not fast.truth.blurred:
        assert np.abs(places(fast) - places(slow)).mean(axis=0).max() < 0.1 / 50
    assert places(fast)[:, 0].mean() == pytest.approx(first, abs=0.001 + 0.1 * (users_per_s > 1e6) * first)


def test_a_branch_that_is_too_fast_blurs_places() -> None:
    run = simulate(users=500, seed=1)
    assert not run.truth.blurred
    assert run.branch(12, users_per_s=1e6).truth.blurred


@given(any_runs())
def test_the_users_are_those_of_the_outcomes(run: Run) -> None:
    truth, outcomes = run.truth, run.outcomes
    reached = outcomes[outcomes["outcome"] != "unreached"]
    assert (truth.users, truth.processed) == (len(outcomes), len(reached))
    # whoever is processed was staged before all who are not
    assert reached.index.tolist() == list(range(truth.processed))
    assert truth.failed.tolist() == (reached["outcome"] == "failed").tolist()
    assert truth.finished_us.tolist() == finished_us(run).tolist()
    named = [REASONS[code - 1] if code else None for code in truth.reasons.tolist()]
    assert named == reached["reason"].astype(object).where(reached["reason"].notna(), None).tolist()
    found = outcomes["reason"].value_counts()
    assert truth.reason_counts == {reason: found.get(reason, 0) for reason in REASONS}


@given(st.data(), any_runs())
def test_how_many_are_through_at_an_instant(data: st.DataObject, run: Run) -> None:
    finished = finished_us(run)
    failed = (run.outcomes["outcome"] == "failed").to_numpy()[: len(finished)]
    exact = st.sampled_from([0, run.truth.run_us, run.truth.end_us, *finished.tolist()])
    near = st.tuples(exact, st.sampled_from([0, -1, 1, 10_000])).map(sum)
    for at_us in data.draw(
        st.lists(near | st.integers(-10, 2 * run.truth.end_us + 10), min_size=1, max_size=8)
    ):
        through = finished <= at_us
        expected = (int((through & ~failed).sum()), int((through & failed).sum()))
        assert run.truth.at(at_us) == expected
        moment = run.at(at_us / 1e6)
        assert (moment.imported, moment.failed) == expected


@pytest.mark.parametrize("batch_size", [1, 7, 50, 4096, 10**9])
def test_one_batch_is_drawn_as_it_is_among_all(batch_size: int) -> None:
    # more users than are drawn at a time
    run, again = (simulate(users=9_000, batch_size=batch_size, failure_rate=0.3, seed=5) for _ in range(2))
    moments = np.linspace(run.truth.run_us, run.truth.end_us, 23).astype(int).tolist()
    early = [run.truth.at(at_us) for at_us in moments]
    through = again.truth.finished_us.searchsorted(moments, side="right")
    failed = np.concatenate([[0], np.cumsum(again.truth.failed)])[through]
    assert early == list(zip((through - failed).tolist(), failed.tolist(), strict=True))
    assert [again.truth.at(at_us) for at_us in moments] == early


# batches ----------------------------------------------------------------------------------------------


@given(any_runs())
def test_the_flushes_are_those_that_are_published(run: Run) -> None:
    truth, snapshots = run.truth, run.snapshots
    at_us = np.rint(snapshots["at_s"].to_numpy() * 1e6).astype(np.int64)
    flushed = truth.flush_us.searchsorted(at_us, side="right")
    assert snapshots["batch"].tolist() == flushed.tolist()
    users = np.concatenate([[0], truth.flushed_users])[flushed]
    assert (snapshots["completed"] + snapshots["error"]).tolist() == users.tolist()
    assert truth.batches == -(-truth.users // run.scenario.batch_size)
    assert truth.flushed == len(truth.flush_us) == snapshots["batch"].max()


@given(any_runs())
def test_how_it_ended_is_what_the_run_says(run: Run) -> None:
    truth = run.truth
    assert (truth.final, truth.end_us) == (run.final, round(run.duration_s * 1e6))
    assert truth.run_us == round((run.scenario.new_s + run.scenario.loading_s + run.scenario.ready_s) * 1e6)


@given(any_runs())
def test_a_batch_works_and_stalls_from_flush_to_flush(run: Run) -> None:
    truth = run.truth
    begin_us = np.concatenate([[truth.run_us + 10_000], truth.flush_us])[:-1]
    took_s = (truth.flush_us - begin_us) / 1e6
    # each flush is rounded, and sums of many floats are as good as their size
    assert truth.work_s + truth.stall_s == pytest.approx(took_s, abs=2e-6, rel=1e-9)
    assert (truth.work_s >= -1e-9).all()
    # one that is shorter than instants are rounded may be gone
    assume(not ((truth.stall_s > 0) & (truth.stall_s < 1e-5)).any())
    # those of flushed batches are whole; one more may have begun before a crash
    lasted_s = [to_s - from_s for from_s, to_s in truth.stalls_s]
    whole_s = truth.stall_s[truth.stall_s > 0].tolist()
    assert lasted_s[: len(whole_s)] == pytest.approx(whole_s, abs=2e-6, rel=1e-9)
    assert len(lasted_s) <= len(whole_s) + 1
    assert all(truth.run_us / 1e6 <= from_s < to_s <= truth.end_us / 1e6 for from_s, to_s in truth.stalls_s)


def test_a_stall_that_is_cut_off_ends_with_the_import() -> None:
    # it would stall from 12.01 s to 42.01 s
    run = simulate(users=100, stall_at=0.5, **STEADY)
    assert run.truth.stalls_s == [(pytest.approx(12.01), pytest.approx(42.01))]
    assert run.truth.stall_s.tolist() == [0.0, 30.0]
    assert run.cancel(11).truth.stalls_s == []
    assert run.cancel(3).truth.stalls_s == []
    whole = run.cancel(20).truth  # the batch in flight is finished first
    assert whole.stalls_s == run.truth.stalls_s


@given(any_runs())
def test_a_cancel_is_asked_when_a_server_makes_the_operation_invalid(run: Run) -> None:
    answers = run.responses(dialect="server-8.3")
    invalid_us = [round(at_s * 1e6) for at_s, body in answers if not body["operation"]["valid"]]
    asked_us = run.truth.asked_us
    if run.final is State.ERROR:
        asked_us = min(run.truth.end_us, run.truth.end_us if asked_us is None else asked_us)
    assert invalid_us[:1] == ([] if asked_us is None else [asked_us])


def test_the_first_of_two_cancels_counts() -> None:
    run = simulate(users=100, cancel_rate=1, cancel_at=0.25, **STEADY)
    assert run.truth.asked_us == 9_510_000  # when the 26th user begins
    assert run.cancel(8).truth.asked_us == 8_000_000
    assert run.cancel(10).truth.asked_us == 9_510_000
    assert simulate(users=100, **STEADY).truth.asked_us is None
