"""Counts: what became of the users, as the frames say it one by one."""

from __future__ import annotations

from hypothesis import given

from simimport import Counts, Run
from tests.model.strategies import any_runs


@given(any_runs())
def test_the_counts_are_those_of_the_outcomes(run: Run) -> None:
    found = run.outcomes["outcome"].value_counts()
    assert run.counts == tuple(found.get(name, 0) for name in Counts._fields)
    assert {type(count) for count in run.counts} == {int}
    assert run.counts.users == run.scenario.users == sum(run.counts)
    assert run.counts.processed == run.counts.imported + run.counts.failed
    assert len(run.staging) == (0 if run.clear_us is not None else run.counts.users - run.counts.imported)


@given(any_runs())
def test_what_is_published_is_never_more_and_at_the_end_it_is_the_truth_unless_it_crashed(run: Run) -> None:
    last = run.snapshots.iloc[-1]
    hidden = run.counts.processed - last["completed"] - last["error"]
    assert (last["imported"], last["failed"]) == run.counts[:2]
    assert 0 <= hidden < run.scenario.batch_size
    assert hidden == 0 or run.final == "error"
