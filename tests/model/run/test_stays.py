"""Stays: the states of an import, each as long as it is published, in every dialect."""

from __future__ import annotations

import math
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import PRESETS, Run, State, Stay, simulate
from simimport.model.dialects import dialect_of
from simimport.model.run.stays import stays
from tests.model.strategies import DIALECTS, any_runs


def entered(published: list[tuple[float, str]]) -> list[tuple[str, float]]:
    """Return each state that is published, and since when, from (instant, state) of every change."""
    return [(state, next(changes)[0]) for state, changes in groupby(published, key=lambda change: change[1])]


@given(any_runs(), st.sampled_from(DIALECTS))
def test_a_stay_lasts_from_one_change_of_state_to_the_next(run: Run, dialect: str) -> None:
    found = stays(run.timeline(dialect_of(dialect)))
    answered = [(at_s, body["state"]) for at_s, body in run.responses(dialect=dialect)]
    assert [(stay.state, stay.from_s) for stay in found] == entered(answered)
    assert [stay.to_s for stay in found] == [*(stay.from_s for stay in found[1:]), math.inf]
    assert all(stay.state != after.state for stay, after in pairwise(found))
    assert all(isinstance(stay.state, State) for stay in found)


@given(any_runs())
def test_those_of_a_run_are_as_its_snapshots_have_it(run: Run) -> None:
    published = list(zip(run.snapshots["at_s"].tolist(), run.snapshots["state"].tolist(), strict=True))
    assert [(stay.state, stay.from_s) for stay in run.stays] == entered(published)
    assert run.stays == stays(run.timeline())
    assert (run.stays[0].from_s, run.stays[-1].state) == (0.0, run.final)
    assert run.stays is run.stays  # found once


def test_the_stays_of_a_file_that_is_uploaded() -> None:
    run = simulate(PRESETS["csv_upload"], seed=7)
    assert run.stays == (
        Stay(State.NEW, 0.0, 2.0), Stay(State.LOADING, 2.0, 14.0), Stay(State.READY, 14.0, 19.0),
        Stay(State.IMPORTING, 19.0, run.duration_s), Stay(State.DONE, run.duration_s, math.inf),
    )  # fmt: skip
    assert [stay.lasted_s for stay in run.stays[:3]] == [2.0, 12.0, 5.0]
    assert run.stays[-1].lasted_s == math.inf


@pytest.mark.parametrize(("at_s", "states"), [
    (0.0, ["canceled"]), (1.0, ["new", "canceled"]), (20.0, ["new", "ready", "importing", "canceled"]),
    (1e6, ["new", "ready", "importing", "done"]),
])  # fmt: skip
def test_what_is_cut_short_ends_earlier(at_s: float, states: list[str]) -> None:
    assert [stay.state for stay in simulate(PRESETS["calm"], seed=7).cancel(at_s).stays] == states


def test_a_state_may_come_back_where_a_server_is_interrupted() -> None:
    # a clear makes it invalid at once, which reads as an error; after a full batch it ends as done
    run = simulate(users=100, batch_size=50, users_per_s=10, latency_cv=0, seed=1).cancel(8)
    found = stays(run.timeline(dialect_of("server-8.3")))
    assert [stay.state for stay in found] == ["new", "ready", "importing", "error", "done"]
    assert found[3].from_s == 8
