"""What a trace shows of the work: flushes dated, stretches counted, nothing made up."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

from simimport import PRESETS, Run, Trace, TraceError, fit, observe, simulate
from simimport.analysis.fitting.shown.evidence import evidence, moments
from simimport.model.dialects import DIALECTS


def served(
    run: Run, every_s: float = 3.0, dialect: str = "docs", shift_s: float = 0.0
) -> list[tuple[float, Any]]:
    """Return what a poller got, as (instant on its own clock, body)."""
    instants = observe(run, every_s=every_s, dialect=dialect)["answered_s"]
    return [(at_s + shift_s, run.status(at_s, dialect=dialect)) for at_s in instants]


def undated(answers: list[tuple[float, Any]]) -> Trace:
    bare = copy.deepcopy(answers)
    for _, body in bare:
        body.get("operation", {}).pop("_updatedAt", None)
    return Trace(bare)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fields", [{}, {"slowdown": 2, "stall_rate": 0.1}, {"users": 1025, "latency_cv": 0}])
def test_stretches_are_those_of_the_record(dialect: str, fields: dict[str, Any]) -> None:
    run = simulate(**{"users": 3000, **fields}, seed=1)
    found = evidence(Trace(served(run, dialect=dialect)), 50)
    flush_s = np.concatenate([[run.truth.run_us + 10_000], run.truth.flush_us]) / 1e6
    index = -(-np.column_stack([found.first, found.last]) // 50)
    true_s = flush_s[index[:, 1]] - flush_s[index[:, 0]]
    # the beginning, at 7 s, came between two polls
    assert np.isnan(found.seconds).tolist() == [True] + [False] * (len(true_s) - 1)
    np.testing.assert_allclose(found.seconds[1:], true_s[1:], atol=1.1e-3)
    failed = [run.truth.failed[low:high].sum() for low, high in zip(found.first, found.last, strict=True)]
    assert found.failed.tolist() == failed
    assert found.last[-1] == found.users == run.scenario.users
    assert found.dated
    assert found.batches.sum() == run.truth.batches


def test_the_recorder_may_count_its_seconds_from_anywhere() -> None:
    run = simulate(users=2000, seed=1)
    first, other = (evidence(Trace(served(run, shift_s=shift_s)[:15]), 50) for shift_s in (0.0, 1e6))
    np.testing.assert_array_equal(first.seconds, other.seconds)
    assert other.since_s - first.since_s == pytest.approx(1e6)
    assert first.since_s == pytest.approx(run.at(first.now_s).updated_at_s, abs=0.5)


def test_without_dates_a_flush_lies_between_two_polls() -> None:
    run = simulate(users=2000, seed=1)
    found = evidence(undated(served(run)), 50)
    assert not found.dated
    flush_s = np.concatenate([[run.truth.run_us + 10_000], run.truth.flush_us]) / 1e6
    index = -(-np.column_stack([found.first, found.last]) // 50)
    off = found.seconds - (flush_s[index[:, 1]] - flush_s[index[:, 0]])
    finite = np.isfinite(off)
    assert finite.sum() > 10
    assert (np.abs(off[finite]) <= 3).all()
    np.testing.assert_allclose(found.noise_s2[1:-1], 2 * 3**2 / 12)
    assert np.var(off[finite]) == pytest.approx(1.5, rel=0.8)


def test_a_beginning_that_nobody_saw_is_no_stretch() -> None:
    run = simulate(users=2000, seed=1)
    answers = [(at_s, run.status(at_s)) for at_s in (6.0, 12.0, 20.0, 30.0)]
    found = evidence(Trace(answers), 50)
    assert found.first[0] == 0
    assert math.isnan(found.seconds[0])
    assert found.failed[0] == run.at(12.0).error
    assert np.isfinite(found.seconds[1:]).all()


def test_what_came_before_the_first_answer_is_counted() -> None:
    run = simulate(users=2000, failure_rate=0.1, seed=1)
    answers = [(at_s, run.status(at_s)) for at_s in (40.0, 50.0, 60.0)]
    count = answers[0][1]["operation"]["count"]
    for upto in (1, 3):
        found = evidence(Trace(answers[:upto]), 50)
        assert found.before == count["completed"] + count["error"] > 0
        assert found.failed_before == count["error"] > 0
        assert found.failed_before + found.failed.sum() == run.at(answers[upto - 1][0]).error
    assert evidence(Trace(answers[:1]), 50).processed == found.before
    # of what is watched from the beginning there is none
    begun = evidence(Trace(served(run)), 50)
    assert (begun.before, begun.failed_before) == (0, 0)


def test_more_may_be_processed_than_there_are() -> None:
    # an importer counted who was updated, and then failed, on both sides: 2,550 of 1,350
    answers = []
    for at_s, completed, error in ((0.0, 0, 0), (1.2, 433, 417), (2.4, 865, 835), (3.687, 1298, 1252)):
        count = {"total": 1350, "completed": completed, "error": error}
        operation = {"count": count, "status": "importer_importing_users", "valid": True}
        answers.append((at_s, {"state": "importing", "operation": operation}))
    part = evidence(Trace(answers))
    assert part.users == part.processed == 2550
    found = fit(Trace(answers))
    assert found.estimates.loc["failure_rate", "low"] < 0.49 < found.estimates.loc["failure_rate", "high"]
    assert np.isfinite(found.forecast(Trace(answers)).end_s)


def test_moments_are_sums_over_users() -> None:
    run = simulate(users=1030, seed=1)
    found = evidence(Trace(served(run)), 50)
    first, last = found.first, found.last
    user = np.arange(1030)
    batch = user // 50
    middle = (batch * 50 + (np.minimum((batch + 1) * 50, 1030) - batch * 50 - 1) / 2) / 1029
    for power, column in enumerate(moments(found, first, last)):
        expected = [(middle[low:high] ** power).sum() for low, high in zip(first, last, strict=True)]
        np.testing.assert_allclose(column, expected)


def test_another_batch_size_shows_in_the_counters() -> None:
    run = simulate(users=3000, batch_size=20, seed=1)
    answers = Trace(served(run))
    assert evidence(answers, 50).batch_size == 20
    assert evidence(answers, 20).batch_size == 20


def test_answers_that_tell_nothing_are_left_out() -> None:
    run = simulate(users=2000, seed=1)
    good = served(run)
    mixed: list[Any] = []
    for place, (at_s, body) in enumerate(good):
        mixed.append((at_s, 200, body))
        noise = [(503, "busy"), (429, {"success": False}), (0, None), (200, "<html>"), (200, []),
                 (200, {"success": True}), (200, {"state": "importing", "operation": {"status": "nonsense"}}),
                 (200, {"state": "?", "operation": None})]  # fmt: skip
        mixed.append((at_s, *noise[place % len(noise)]))
    first, other = evidence(Trace(good), 50), evidence(Trace(mixed), 50)
    np.testing.assert_array_equal(first.seconds, other.seconds)
    np.testing.assert_array_equal(first.failed, other.failed)


def test_what_makes_no_sense_is_refused_with_its_row() -> None:
    first, other = simulate(users=500, seed=1), simulate(users=500, seed=2, epoch="2020-01-01T00:00:00Z")
    for dialect, row in (("docs", 4), ("server-8.3", 4)):
        later = [(1000 + at_s, body) for at_s, body in served(other, dialect=dialect)]
        mixed = served(first, dialect=dialect)[:3] + later
        with pytest.raises(TraceError, match="another operation") as caught:
            evidence(Trace(mixed), 50)
        assert caught.value.line == row
    answers = served(first)
    with pytest.raises(TraceError, match="time goes back"):
        evidence(Trace([*answers[:3], answers[1]]), 50)
    with pytest.raises(TraceError, match="a counter goes back") as caught:
        evidence(Trace([*answers[:6], (99.0, answers[3][1])]), 50)
    assert caught.value.line == 7


def test_of_no_answers_there_is_no_evidence() -> None:
    found = evidence(Trace([]), 50)
    assert (len(found.first), found.processed, found.users) == (0, 0, 0)
    assert found.state == "none"
    assert math.isnan(found.now_s)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("preset", ["canceled_midway", "crash_midway", "canceled_early"])
def test_an_interrupted_import_counts_no_batch_twice(preset: str, dialect: str) -> None:
    run = simulate(PRESETS[preset], seed=1)
    found = evidence(Trace(served(run, 1.0, dialect)), 50)
    assert found.processed <= run.truth.processed
    assert found.state.terminal
    assert (found.failed >= 0).all()
    assert found.failed.sum() <= run.counts.failed
