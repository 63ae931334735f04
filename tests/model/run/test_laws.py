"""Laws: what holds of every run, in every dialect, whatever the scenario and the seed."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simimport import Run, Scenario, State, import_status, simulate
from tests.model.strategies import DIALECTS, SEEDS, instants, runs, scenarios

FRAMES = ("users", "outcomes", "snapshots", "staging")
any_dialect = st.sampled_from(DIALECTS)


def everything(run: Run) -> dict[str, Any]:
    """Return all that a run says: every answer in every dialect, and every frame."""
    answers = {dialect: list(run.responses(dialect=dialect)) for dialect in DIALECTS}
    frames = {name: getattr(run, name).to_json(double_precision=15) for name in FRAMES}
    return {**answers, **frames, "final": run.final, "duration_s": run.duration_s}


def counters(run: Run, dialect: str) -> list[tuple[str, str, int, int, int]]:
    """Return state, step, completed, error and total of each answer; what is absent is nothing yet."""
    rows = []
    for _, body in run.responses(dialect=dialect):
        operation = body["operation"]
        count = operation.get("count", {})
        numbers = [count.get(name, 0) for name in ("completed", "error", "total")]
        rows.append((body["state"], operation["status"], *numbers))
    return rows


# laws of every dialect -------------------------------------------------------------------------------


@given(st.data(), runs(), any_dialect)
def test_reading_changes_nothing(data: st.DataObject, run: Run, dialect: str) -> None:
    at_s = data.draw(instants(run))
    first = json.dumps(run.status(at_s, dialect=dialect))
    before = everything(run)
    for other_s in data.draw(st.lists(instants(run), max_size=5)):
        run.status(other_s, dialect=dialect)
        run.at(other_s)
    assert json.dumps(run.status(at_s, dialect=dialect)) == first
    assert everything(run) == before


@given(st.data(), runs(), any_dialect)
def test_the_order_of_questions_is_no_matter(data: st.DataObject, run: Run, dialect: str) -> None:
    moments = data.draw(st.lists(instants(run), min_size=2, max_size=6))
    fresh = simulate(run.scenario, seed=run.seed)
    forwards = [(run.at(at_s), run.status(at_s, dialect=dialect)) for at_s in moments]
    backwards = [(fresh.at(at_s), fresh.status(at_s, dialect=dialect)) for at_s in reversed(moments)]
    assert backwards[::-1] == forwards


@given(st.data(), runs(), any_dialect)
def test_the_status_is_the_last_answer_given_by_then(data: st.DataObject, run: Run, dialect: str) -> None:
    at_s = data.draw(instants(run))
    given_by_then = [body for since_s, body in run.responses(dialect=dialect) if since_s <= at_s]
    assert run.status(at_s, dialect=dialect) == given_by_then[-1]
    assert import_status(run, at_s, dialect=dialect) == given_by_then[-1]


@given(runs(), any_dialect)
def test_every_answer_is_a_change(run: Run, dialect: str) -> None:
    answers = list(run.responses(dialect=dialect))
    moments = [at_s for at_s, _ in answers]
    assert moments == sorted(set(moments))
    for _, body in answers:
        body["operation"].pop("_updatedAt")
    for (_, before), (_, after) in itertools.pairwise(answers):
        assert before != after


@given(st.data(), runs(), any_dialect)
def test_counters_never_fall(data: st.DataObject, run: Run, dialect: str) -> None:
    run = data.draw(st.sampled_from([run, run.cancel(data.draw(instants(run)))]))
    rows = counters(run, dialect)
    for before, after in itertools.pairwise(rows):
        assert all(later >= earlier for earlier, later in zip(before[2:], after[2:], strict=True))
    size, interrupted = run.scenario.batch_size, run.final is not State.DONE
    for _, _, completed, error, total in rows:
        spare = size if dialect != "docs" and interrupted else 0
        assert completed + error <= total + spare


@given(st.data(), runs(), any_dialect)
def test_a_terminal_state_is_final(data: st.DataObject, run: Run, dialect: str) -> None:
    run = data.draw(st.sampled_from([run, run.cancel(data.draw(instants(run)))]))
    rows = counters(run, dialect)
    for (before, step, *_), (after, *_) in itertools.pairwise(rows):
        if State(before).terminal and after != before:
            assert dialect != "docs"
            assert (before, after) == ("error", "done")
            assert step != "importer_import_failed"
    assert State(rows[-1][0]).terminal
    if dialect == "docs":
        assert rows[-1][0] == run.final


@given(runs(), any_dialect)
def test_whole_batches_until_the_final_flush(run: Run, dialect: str) -> None:
    steps = ("importer_importing_started", "importer_importing_users")
    working = [row for row in counters(run, dialect) if row[0] == "importing" and row[1] in steps]
    assert working
    for _, _, completed, error, total in working:
        processed = completed + error
        assert processed % run.scenario.batch_size == 0 or processed == total


@given(st.data(), runs())
def test_at_the_end_the_page_publishes_the_truth(data: st.DataObject, run: Run) -> None:
    run = data.draw(st.sampled_from([run, run.cancel(data.draw(instants(run)))]))
    end, outcome = run.at(run.duration_s), run.outcomes["outcome"]
    assert (end.imported, end.failed) == ((outcome == "imported").sum(), (outcome == "failed").sum())
    lag = end.imported + end.failed - end.completed - end.error
    if run.final is State.ERROR:
        assert 0 <= lag < run.scenario.batch_size
    else:
        assert (end.completed, end.error) == (end.imported, end.failed)
    if run.final is State.DONE:
        assert not (outcome == "unreached").any()


@given(st.data(), runs(), any_dialect)
def test_progress_never_falls(data: st.DataObject, run: Run, dialect: str) -> None:
    moments = sorted(data.draw(st.lists(instants(run), min_size=2, max_size=8)))
    seen = [run.at(at_s) for at_s in moments]
    for before, after in itertools.pairwise(seen):
        for name in ("progress", "completed", "error", "batch", "imported", "failed", "updated_at_s"):
            assert getattr(after, name) >= getattr(before, name)
    assert all(0 <= moment.progress <= 1 for moment in seen)
    assert all(moment.imported + moment.failed >= moment.completed + moment.error for moment in seen)


@given(st.data(), runs())
def test_the_snapshots_say_what_at_says(data: st.DataObject, run: Run) -> None:
    for row in run.snapshots.to_dict("records"):
        moment = run.at(row["at_s"])
        assert row == {name: getattr(moment, name) for name in row}


# frames handed out -----------------------------------------------------------------------------------


@given(runs(max_users=20))
def test_what_is_handed_out_can_be_changed_without_harm(run: Run) -> None:
    before = copy.deepcopy(everything(run))
    origin = copy.deepcopy(run.provenance)
    for name in FRAMES:
        frame = getattr(run, name)
        for place, column in enumerate(frame.columns):
            # cells in place, and new columns
            if len(frame):
                frame.iat[0, place] = frame.iat[-1, place]
            frame[column] = frame[column].iloc[::-1].array
        frame.pop(frame.columns[0])
        frame["more"] = 1
    for dialect in DIALECTS:
        for _, body in run.responses(dialect=dialect):
            body["operation"].clear()
        run.status(0, dialect=dialect)["operation"]["count"] = None
    run.provenance["scenario"].clear()
    assert everything(run) == before
    assert run.provenance == origin


def test_the_chain_of_parents_can_be_changed_without_harm() -> None:
    run = simulate(users=200, seed=1).branch(8.0, seed=2, failure_rate=0.5)
    before = copy.deepcopy(run.provenance)
    run.provenance["parent"]["seed"] = run.provenance["changes"]["failure_rate"] = None
    assert run.provenance == before


def test_the_frame_that_was_staged_can_be_changed_afterwards() -> None:
    staged = pd.DataFrame({"username": ["a", "b"], "email": ["a@example.org", "b@example.org"]})
    run = simulate(staged=staged, seed=1)
    staged["email"] = "z@example.org"
    assert run.users["email"].tolist() == ["a@example.org", "b@example.org"]


# laws of the seeds -----------------------------------------------------------------------------------

pair_of_rates = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


def times(run: Run) -> list[Any]:
    return [run.course.flush_us.tolist(), run.course.finished_us.tolist()]


@given(scenarios(), SEEDS, pair_of_rates)
def test_raising_the_failure_rate_only_adds_failures(
    scenario: Scenario, seed: int, rates: list[float]
) -> None:
    few, many = (simulate(scenario, seed=seed, failure_rate=rate) for rate in rates)
    assert not (few.course.failed & ~many.course.failed).any()
    assert (few.course.reasons[few.course.failed] == many.course.reasons[few.course.failed]).all()


@given(scenarios(), SEEDS, st.floats(0, 1), st.floats(0, 1))
def test_failures_never_move_the_times(
    scenario: Scenario, seed: int, rate: float, clustering: float
) -> None:
    other = simulate(scenario, seed=seed, failure_rate=rate, failure_clustering=clustering)
    run = simulate(scenario, seed=seed)
    assert times(run) == times(other)
    assert (run.course.cancel, run.course.crash) == (other.course.cancel, other.course.crash)


@given(scenarios(), SEEDS, st.sampled_from(["cancel", "crash"]), pair_of_rates)
def test_raising_an_interruption_only_adds(
    scenario: Scenario, seed: int, kind: str, rates: list[float]
) -> None:
    seldom, often = (simulate(scenario, seed=seed, **{f"{kind}_rate": rate}) for rate in rates)
    first, second = getattr(seldom.course, kind), getattr(often.course, kind)
    assert first is None or first == second
    other = "crash" if kind == "cancel" else "cancel"
    assert getattr(seldom.course, other) == getattr(often.course, other)
    assert times(seldom) == times(often)
    assert (seldom.course.failed == often.course.failed).all()


@given(scenarios(), SEEDS, pair_of_rates)
def test_raising_the_stall_rate_only_adds_stalls(scenario: Scenario, seed: int, rates: list[float]) -> None:
    few, many = (simulate(scenario, seed=seed, stall_rate=rate) for rate in rates)
    added = many.course.stall_s - few.course.stall_s
    assert np.isin(added, [0.0, scenario.stall_s]).all()
    # what is no stall stays as long as it was, but for the last digits
    work = [run.course.batch_s - run.course.stall_s for run in (few, many)]
    np.testing.assert_allclose(work[0], work[1], rtol=1e-9, atol=1e-9)
    assert (few.course.failed == many.course.failed).all()


@given(scenarios(), SEEDS)
def test_the_same_scenario_and_seed_give_the_same(scenario: Scenario, seed: int) -> None:
    assert everything(simulate(scenario, seed=seed)) == everything(simulate(scenario, seed=seed))


@pytest.mark.parametrize("field", ["failure_rate", "cancel_rate", "crash_rate", "stall_rate"])
def test_another_seed_gives_another_run(field: str) -> None:
    # half of 2**64 runs alike would be no randomness
    draws = [simulate(users=300, **{field: 0.5}, seed=seed).course for seed in range(20)]
    seen = {(c.failed.tobytes(), c.stall_s.tobytes(), c.batch_s.tobytes(), c.cancel, c.crash) for c in draws}
    assert len(seen) == 20


# another future --------------------------------------------------------------------------------------


def up_to(run: Run, at_us: int, dialect: str) -> list[Any]:
    return [(at_s, body) for at_s, body in run.responses(dialect=dialect) if round(at_s * 1e6) <= at_us]


@given(st.data(), runs(), any_dialect)
def test_a_cancel_keeps_the_past(data: st.DataObject, run: Run, dialect: str) -> None:
    at_s = data.draw(instants(run))
    cut = run.cancel(at_s)
    at_us = round(at_s * 1e6)
    assert up_to(cut, at_us - 1, dialect) == up_to(run, at_us - 1, dialect)
    assert cut.duration_s <= run.duration_s
    assert len(cut.staging) == 0
    reached = (cut.outcomes["outcome"] != "unreached").to_numpy()
    pd.testing.assert_frame_equal(cut.outcomes[reached], run.outcomes[reached])


@given(st.data(), runs())
def test_a_cancel_after_the_end_changes_no_answer_of_the_page(data: st.DataObject, run: Run) -> None:
    late = run.cancel(run.duration_s + data.draw(st.floats(0, 1e6)))
    assert list(late.responses()) == list(run.responses())
    assert late.final is run.final
    assert len(late.staging) == 0


@given(st.data(), runs())
def test_of_two_cancels_the_earlier_counts(data: st.DataObject, run: Run) -> None:
    early, late = sorted([data.draw(instants(run)), data.draw(instants(run))])
    expected = everything(run.cancel(early))
    assert everything(run.cancel(early).cancel(late)) == expected
    assert everything(run.cancel(late).cancel(early)) == expected


def branchable(data: st.DataObject, run: Run, since_s: float = -1.0) -> float:
    """Draw an instant at which there is still a future to change."""
    flushes = run.course.flush_us[: run.truth.flushed]
    last = [at_us for at_us in flushes.tolist() if at_us < run.truth.end_us]
    assume(last and since_s * 1e6 < last[-1] - 1)
    return data.draw(st.integers(round(since_s * 1e6), last[-1] - 1)) / 1e6


@given(st.data(), runs(), SEEDS, scenarios(), any_dialect)
def test_a_branch_keeps_the_past(
    data: st.DataObject, run: Run, seed: int, other: Scenario, dialect: str
) -> None:
    at_s = branchable(data, run)
    names = ("failure_rate", "failure_clustering", "cancel_rate", "crash_rate", "users_per_s", "latency_cv",
             "slowdown", "stall_rate", "stall_s")  # fmt: skip
    changes = {name: getattr(other, name) for name in names if data.draw(st.booleans())}
    future = run.branch(at_s, seed=seed, **changes)
    flush_us = min(at_us for at_us in run.course.flush_us.tolist() if at_us > round(at_s * 1e6))
    # several batches can be flushed at one instant, where time hardly passes: they are one answer
    assert up_to(future, flush_us - 1, dialect) == up_to(run, flush_us - 1, dialect)
    batch = run.course.flush_us.tolist().index(flush_us)
    users = min((batch + 1) * run.scenario.batch_size, run.scenario.users)
    pd.testing.assert_frame_equal(future.outcomes[:users], run.outcomes[:users])
    pd.testing.assert_frame_equal(future.users, run.users)


@given(st.data(), runs())
def test_a_branch_with_the_same_seed_and_no_changes_is_the_run(data: st.DataObject, run: Run) -> None:
    at_s = branchable(data, run)
    assert everything(run.branch(at_s, seed=run.seed)) == everything(run)


@given(st.data(), runs(calm=True), SEEDS)
def test_so_is_a_branch_of_a_branch(data: st.DataObject, run: Run, seed: int) -> None:
    at_s = branchable(data, run)
    first = run.branch(at_s, seed=seed, cancel_rate=0.8, crash_rate=0.3, failure_rate=0.5)
    second = first.branch(branchable(data, first, since_s=at_s), seed=seed)
    assert (second.course.cancel, second.course.crash) == (first.course.cancel, first.course.crash)
    assert everything(second) == everything(first)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data(), runs(calm=True))
def test_a_branch_of_a_canceled_run_keeps_the_cancel(data: st.DataObject, run: Run) -> None:
    cut = run.cancel(data.draw(st.floats(run.importing_s / 2, run.duration_s)))
    at_s = branchable(data, cut)
    assert everything(cut.branch(at_s, seed=run.seed)) == everything(cut)


# another process -------------------------------------------------------------------------------------

_DIGEST = "from tests.model.run.test_laws import digest; print(digest())"


def digest() -> str:
    """Return a digest of answers and frames of runs with every feature."""
    hashed = hashlib.sha256()
    features = {
        "users": 333, "failure_rate": 0.2, "failure_clustering": 0.3, "cancel_rate": 0.5, "crash_rate": 0.5,
        "stall_rate": 0.2,
        "slowdown": 1.0, "importer": "csv", "loading_s": 1.0,
    }  # fmt: skip
    for seed in range(6):
        run = simulate(**features, seed=seed)
        for each in (run, run.cancel(9.5)):
            for dialect in DIALECTS:
                hashed.update(json.dumps(list(each.responses(dialect=dialect))).encode())
            for name in FRAMES:
                hashed.update(getattr(each, name).to_csv().encode())
    return hashed.hexdigest()


# this process has a seed of its own, and the golden numbers are asked for with others
@pytest.mark.parametrize("hash_seed", ["31337"])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(hash_seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _DIGEST],
        env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == digest()
