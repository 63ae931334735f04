"""The engine, the timelines, the bodies and the frames against the plain oracle of `reference`."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simimport import Run, simulate
from simimport.model.scenario import Scenario
from tests.model.run import reference, reference_truth
from tests.model.strategies import DIALECTS, SEEDS, frame_of, instants, people, runs, scenarios

# the hunt for bugs, so with more examples than a law gets, and far more where there is time: each is dear,
# and each day's are the same
_EXAMPLES = settings.default.max_examples
hunting = settings(max_examples=_EXAMPLES * (2 if _EXAMPLES < 100 else 4))


def agree_on_answers(run: Run, plan: reference_truth.Plan, seed: int, dialect: str) -> reference.Document:
    """Hold every answer of one dialect against the oracle, and return the oracle's document."""
    document = reference.tell(plan, run.clear_us, dialect)
    expected = [
        (version["at_us"], reference.body(run.scenario, seed, version, dialect))
        for version in document.versions
    ]
    answers = [(round(at_s * 1e6), reference.pairs(body)) for at_s, body in run.responses(dialect=dialect)]
    assert answers == expected
    return document


def agree(run: Run, plan: reference_truth.Plan, seed: int) -> reference.Document:
    """Hold everything that a run says against the oracle."""
    for dialect in DIALECTS[1:]:
        agree_on_answers(run, plan, seed, dialect)
    document = agree_on_answers(run, plan, seed, "docs")
    assert document.ended_us is not None
    assert run.final == document.state
    assert round(run.duration_s * 1e6) == document.ended_us
    if document.ended_us < plan.run_us:
        assert math.isnan(run.importing_s)
    else:
        assert round(run.importing_s * 1e6) == document.ended_us - plan.run_us
    agree_on_outcomes(run, plan, document)
    agree_on_snapshots(run, plan, document)
    return document


def agree_on_outcomes(run: Run, plan: reference_truth.Plan, document: reference.Document) -> None:
    outcomes = run.outcomes
    reached = [number < document.processed for number in range(len(plan.users))]
    kinds = ["failed" if user.reason else "imported" for user in plan.users]
    assert outcomes["batch"].tolist() == [user.batch + 1 for user in plan.users]
    assert outcomes["outcome"].tolist() == [
        kind if there else "unreached" for kind, there in zip(kinds, reached, strict=True)
    ]
    reasons = [user.reason if there else None for user, there in zip(plan.users, reached, strict=True)]
    assert nones(outcomes["reason"]) == reasons
    finished = [None if at_s is None else round(at_s * 1e6) for at_s in nones(outcomes["finished_s"])]
    assert finished == [u.finish_us if there else None for u, there in zip(plan.users, reached, strict=True)]
    left = [reason or "unreached" for reason, kind in zip(reasons, outcomes["outcome"], strict=True)
            if kind != "imported"]  # fmt: skip
    assert run.staging["reason"].tolist() == ([] if run.clear_us is not None else left)


def agree_on_snapshots(run: Run, plan: reference_truth.Plan, document: reference.Document) -> None:
    rows = run.snapshots.to_dict("records")
    assert len(rows) == len(document.versions)
    for row, version in zip(rows, document.versions, strict=True):
        assert round(row["at_s"] * 1e6) == version["at_us"]
        for name in ("state", "step", "completed", "error", "total", "batch"):
            assert row[name] == version[name]
        assert row["remaining"] == version["total"] - version["completed"] - version["error"]
        assert (row["imported"], row["failed"]) == truth(plan, document, version["at_us"])


def truth(plan: reference_truth.Plan, document: reference.Document, at_us: int) -> tuple[int, int]:
    done = [user for user in plan.users[: document.processed] if user.finish_us <= at_us]
    failed = sum(user.reason is not None for user in done)
    return len(done) - failed, failed


def nones(column: Any) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


def agree_at(run: Run, plan: reference_truth.Plan, document: reference.Document, at_s: float) -> None:
    moment, at_us = run.at(at_s), round(at_s * 1e6)
    shown = [version for version in document.versions if version["at_us"] <= at_us]
    assert (moment.imported, moment.failed) == truth(plan, document, at_us)
    if not shown:
        assert (moment.state, moment.step, moment.total) == ("none", None, 0)
        assert math.isnan(moment.updated_at_s)
    else:
        for name in ("state", "step", "completed", "error", "total", "batch"):
            assert getattr(moment, name) == shown[-1][name]
        assert round(moment.updated_at_s * 1e6) == shown[-1]["at_us"]
        processed = moment.completed + moment.error
        assert moment.remaining == moment.total - processed
        assert moment.progress == (processed / len(plan.users) if plan.users else 1.0)


@hunting
@given(st.data(), scenarios(), SEEDS)
def test_generated_people(data: st.DataObject, scenario: Scenario, seed: int) -> None:
    run = simulate(scenario, seed=seed)
    plan = reference_truth.plan([(0, run.scenario, seed)])
    document = agree(run, plan, seed)
    for _ in range(3):
        agree_at(run, plan, document, data.draw(instants(run)))
    agree_at(run, plan, document, -1.0)


@hunting
@given(st.data(), scenarios(max_users=12), SEEDS)
def test_given_people(data: st.DataObject, scenario: Scenario, seed: int) -> None:
    staged = data.draw(people(scenario.users))
    existing = data.draw(st.just([]) | people(3, first=data.draw(st.sampled_from([1, 100]))))
    run = simulate(scenario, seed=seed, staged=frame_of(staged), existing=frame_of(existing))
    plan = reference_truth.plan([(0, run.scenario, seed)], reference_truth.people_of(staged, existing))
    document = agree(run, plan, seed)
    agree_at(run, plan, document, data.draw(instants(run)))


@hunting
@given(st.data(), runs())
def test_a_clear_at_any_instant(data: st.DataObject, run: Run) -> None:
    # staged once: whatever is cut from a run that has its people takes them from there
    assert len(run.users) == run.scenario.users
    plan = reference_truth.plan([(0, run.scenario, run.seed)])
    for _ in range(4):
        cut = run.cancel(data.draw(instants(run)))
        document = agree(cut, plan, run.seed)
        agree_at(cut, plan, document, data.draw(instants(cut)))


@hunting
@given(st.data(), runs(calm=True), SEEDS, scenarios())
def test_branches(data: st.DataObject, run: Run, seed: int, other: Scenario) -> None:
    flushes_us = reference_truth.plan([(0, run.scenario, run.seed)]).flush_us
    assume(flushes_us)
    # later there is no batch left that could take another turn
    at_s = data.draw(st.floats(0, (flushes_us[-1] - 1) / 1e6))
    flushed = sum(at_us <= round(at_s * 1e6) for at_us in flushes_us)
    names = ("failure_rate", "failure_clustering", "cancel_rate", "crash_rate", "users_per_s", "latency_cv",
             "slowdown", "stall_rate", "stall_s")  # fmt: skip
    changes = {name: getattr(other, name) for name in names if data.draw(st.booleans())}
    future = run.branch(at_s, seed=seed, **changes)
    segments = [(0, run.scenario, run.seed), (flushed + 1, run.scenario.replace(**changes), seed)]
    plan = reference_truth.plan(segments)
    document = agree(future, plan, run.seed)
    agree_at(future, plan, document, data.draw(instants(future)))
