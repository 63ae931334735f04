"""Run: look-ups, cancels and branches, what they refuse and in which words."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simimport import (
    ClockError,
    OperationError,
    ParameterError,
    Run,
    ScenarioError,
    Snapshot,
    State,
    Step,
    import_status,
    simulate,
)  # fmt: skip
from simimport.model.run.record import BRANCH_FIELDS
from simimport.model.scenario import FIELDS

STEADY: dict[str, Any] = {"users": 130, "users_per_s": 10, "latency_cv": 0, "failure_rate": 0, "seed": 1}
NO_TIMES = [
    math.nan, math.inf, -math.inf, None, "5", b"5", [5], pd.NA, 1j, np.datetime64("2020-01-01"), object(),
    10**400, 1e305, True, np.True_, np.array([5.0]),
]  # fmt: skip
no_times = pytest.mark.parametrize("at_s", NO_TIMES, ids=lambda at_s: repr(at_s)[:12])


@pytest.fixture(scope="module")
def run() -> Run:
    """130 users, flushes at 12.01, 17.01 and 20.01, the end at 20.04."""
    return simulate(**STEADY)


def test_when_things_happen(run: Run) -> None:
    counted = [at_s for at_s, body in run.responses() if body["operation"]["count"]["completed"]]
    assert counted[:3] == [12.01, 17.01, 20.01]
    assert run.duration_s == 20.04
    assert run.importing_s == 13.04
    assert run.final is State.DONE


# at, status, responses ----------------------------------------------------------------------------------


def test_before_the_creation(run: Run) -> None:
    moment = run.at(-1e-6)
    assert math.isnan(moment.updated_at_s)
    assert dataclasses.replace(moment, updated_at_s=0.0) == Snapshot(
        at_s=-1e-6, updated_at_s=0.0, state=State.NONE, step=None, completed=0, error=0, total=0, remaining=0,
        progress=0.0, batch=0, imported=0, failed=0,
    )  # fmt: skip
    assert run.at(-1e300).state is State.NONE
    assert simulate(users=0, seed=1).at(-1).progress == 1.0


def test_inside_a_batch(run: Run) -> None:
    assert run.at(14.0) == Snapshot(
        at_s=14.0, updated_at_s=12.01, state=State.IMPORTING, step=Step.IMPORTING_USERS, completed=50,
        error=0, total=130, remaining=80, progress=50 / 130, batch=1, imported=69, failed=0,
    )  # fmt: skip


def test_after_the_end(run: Run) -> None:
    for at_s in (run.duration_s, 1e9, 1e300):
        moment = run.at(at_s)
        assert (moment.state, moment.step) == (State.DONE, Step.DONE)
        assert (moment.imported, moment.remaining) == (130, 0)
        assert (moment.progress, moment.batch, moment.updated_at_s) == (1.0, 3, 20.04)


def test_instants_are_rounded_to_microseconds(run: Run) -> None:
    assert run.at(12.0099994).completed == 0
    assert run.at(12.0099996).completed == 50
    assert run.at(np.float32(2)).state is State.READY
    assert run.at(np.int64(2)).state is State.READY


def test_a_snapshot_is_frozen(run: Run) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.at(3).completed = 5  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.seed = 5  # type: ignore[misc]


@no_times
@pytest.mark.parametrize("ask", [Run.at, Run.status, Run.cancel, Run.branch])
def test_what_is_no_time(run: Run, ask: Any, at_s: Any) -> None:
    with pytest.raises(ClockError, match=r"^at_s is .*; allowed: a finite number of seconds\.$") as caught:
        ask(run, at_s)
    assert (caught.value.field, caught.value.allowed) == ("at_s", "a finite number of seconds")
    if at_s is not None:
        with pytest.raises(ClockError):
            import_status(run, at_s)


def test_import_status(run: Run) -> None:
    assert import_status(run, 14.0) == run.status(14.0) == run.status(14.0, dialect="docs")
    assert import_status(run, 14.0, dialect="server-8.3") == run.status(14.0, dialect="server-8.3")
    with pytest.raises(ClockError, match="at_s is None; allowed: for a Run, the instant to ask about"):
        import_status(run)
    with pytest.raises(ParameterError, match="run_or_service is 3; allowed: a Run"):
        import_status(3, 0)
    with pytest.raises(ParameterError, match=r"dialect is 'dogs'.*Did you mean 'docs'"):
        import_status(run, 0, dialect="dogs")


def test_responses_refuse_an_unknown_dialect(run: Run) -> None:
    with pytest.raises(ParameterError, match="dialect is 'server'"):
        list(run.responses(dialect="server"))


def test_responses_begin_at_the_creation_and_end_at_the_end(run: Run) -> None:
    answers = list(run.responses())
    assert answers[0][0] == 0
    assert answers[-1][0] == run.duration_s
    assert answers[-1][1] == run.status(1e6)


# a huge batch ---------------------------------------------------------------------------------------------


def test_a_batch_may_have_room_for_everybody() -> None:
    run = simulate(**STEADY | {"batch_size": 10**9, "failure_rate": 0.3, "failure_clustering": 0.2})
    assert len(run.snapshots.query("batch == 1")) == 4
    assert run.at(14.0).imported + run.at(14.0).failed == 69
    assert run.outcomes["batch"].unique().tolist() == [1]


def test_batches_of_one() -> None:
    run = simulate(**STEADY | {"batch_size": 1})
    assert run.at(14.0).completed == run.at(14.0).imported == 69


def test_a_user_begins_no_later_than_its_batch_is_flushed() -> None:
    # 0.6 µs of stalling are rounded up, and the flushes after 0.601 and 1.202 µs both to 1 µs
    run = simulate(
        users=2, batch_size=1, users_per_s=1e9, latency_cv=0, stall_rate=1, stall_s=6e-7, cancel_rate=1,
        cancel_at=1, seed=1,
    )  # fmt: skip
    assert run.course.begin_us(1) == run.course.flush_us[1] == run.truth.run_us + 10_001
    # so the server is told in time to notice at that flush
    answers = [(body["state"], body["operation"]["valid"]) for _, body in run.responses(dialect="server-8.3")]
    assert answers[-2:] == [("error", False), ("done", False)]


# seeds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", True, np.True_, [1], pd.NA, math.nan], ids=repr)
def test_what_is_no_seed(run: Run, seed: Any) -> None:
    words = r"^seed is .*; allowed: None, or a whole number from 0 to 2\*\*64 - 1\.$"
    with pytest.raises(ParameterError, match=words):
        simulate(users=1, seed=seed)
    with pytest.raises(ParameterError, match=r"^seed is "):
        run.branch(8.0, seed=seed)


def test_a_seed_is_drawn_kept_and_shown() -> None:
    first, second = simulate(users=10), simulate(users=10)
    assert first.seed != second.seed
    assert f"seed={first.seed}" in repr(first)
    assert list(simulate(users=10, seed=first.seed).responses()) == list(first.responses())
    assert simulate(users=1, seed=np.int64(5)).seed == 5
    assert type(simulate(users=1, seed=np.uint64(2**64 - 1)).seed) is int


# cancel -----------------------------------------------------------------------------------------------------


def test_a_cancel_cannot_precede_the_creation(run: Run) -> None:
    with pytest.raises(ClockError, match=r"at_s is -0\.5; allowed: an instant from the creation of the"):
        run.cancel(-0.5)
    assert run.cancel(-1e-9).duration_s == 0


@pytest.mark.parametrize("at_s", [1e12, 1e18, 1e300])
def test_a_cancel_beyond_the_calendar_is_refused(run: Run, at_s: float) -> None:
    with pytest.raises(ClockError, match="allowed: an instant before the year 10000"):
        run.cancel(at_s)
    assert run.cancel(1e11).status(1e300, dialect="server-8.3")["state"] == "done"


def test_a_cancel_leaves_the_run_as_it_was(run: Run) -> None:
    before = list(run.responses()), len(run.staging), run.final
    cut = run.cancel(13)
    assert (cut.final, cut.duration_s, cut.importing_s) == (State.CANCELED, 17.01, pytest.approx(10.01))
    assert (list(run.responses()), len(run.staging), run.final) == before
    assert cut.scenario is run.scenario
    assert cut.seed == run.seed


def test_a_run_that_never_ran_has_no_importing_time(run: Run) -> None:
    assert math.isnan(run.cancel(6.999999).importing_s)
    assert run.cancel(7.0).importing_s == pytest.approx(5.01)


# branch -----------------------------------------------------------------------------------------------------


def test_what_a_branch_may_change() -> None:
    rates_and_speeds = {name for name in FIELDS if name.endswith(("_rate", "_per_s"))}
    others = {"failure_clustering", "latency_cv", "slowdown", "stall_s"}
    assert set(BRANCH_FIELDS) == rates_and_speeds | others


@pytest.mark.parametrize("name", [*sorted(set(FIELDS) - set(BRANCH_FIELDS)), "failure", "seeds"])
def test_what_it_may_not(run: Run, name: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^the change of {name} is .*; allowed: changes of failure_"):
        run.branch(8.0, seed=1, **{name: getattr(run.scenario, name, 1)})


def test_a_bad_value_is_refused(run: Run) -> None:
    with pytest.raises(ScenarioError, match="failure_rate is 2; allowed: a number from 0 to 1"):
        run.branch(8.0, seed=1, failure_rate=2)


@pytest.mark.parametrize("at_s", [20.01, 20.02, 20.04, 100.0, 1e300])
def test_nothing_is_left_of_a_run_that_is_over(run: Run, at_s: float) -> None:
    with pytest.raises(OperationError) as caught:
        run.branch(at_s, seed=1)
    state, message = run.at(at_s).state, str(caught.value)
    assert (caught.value.operation, caught.value.state) == ("branch", state)
    assert message.startswith(f"there is nothing left to branch at {at_s:g} s: the import is {state} then")
    assert "ends as done at 20.04 s" in str(caught.value)


@pytest.mark.parametrize(("how", "at_s"), [
    ({"crash_rate": 1.0, "crash_at": 0.6}, 12.01), ({"crash_rate": 1.0, "crash_at": 0.1}, 0.0),
    ({"cancel_rate": 1.0, "cancel_at": 0.6}, 12.01), ({"cancel_rate": 1.0, "cancel_at": 0.1}, 0.0),
    ({"users": 0}, 0.0),
])  # fmt: skip
def test_nor_of_one_that_ends_at_its_next_flush(how: dict[str, float], at_s: float) -> None:
    run = simulate(**STEADY | how)
    with pytest.raises(OperationError, match="there is nothing left to branch"):
        run.branch(at_s, seed=1)


def test_nor_of_one_that_was_never_run(run: Run) -> None:
    with pytest.raises(OperationError, match="the import is new then and ends as canceled at 3 s"):
        run.cancel(3.0).branch(1.0, seed=1)


def test_a_branch_takes_effect_at_the_next_flush(run: Run) -> None:
    future = run.branch(8.0, seed=5, failure_rate=1.0, users_per_s=5)
    outcomes = future.outcomes
    assert (outcomes["outcome"][:50] == "imported").all()
    assert (outcomes["outcome"][50:] == "failed").all()
    assert future.course.flush_us.tolist() == [12_010_000, 22_010_000, 28_010_000]
    assert future.scenario == run.scenario.replace(failure_rate=1.0, users_per_s=5)
    assert future.seed == 5


def test_a_branch_at_the_instant_of_a_flush_is_after_it(run: Run) -> None:
    assert (run.branch(12.01, seed=5, failure_rate=1.0).outcomes["outcome"][:100] == "imported").all()
    assert (run.branch(12.009999, seed=5, failure_rate=1.0).outcomes["outcome"][50:] == "failed").all()


def test_a_branch_draws_its_seed_and_shows_it(run: Run) -> None:
    future = run.branch(8.0, failure_rate=0.5)
    assert future.seed != run.seed
    assert f"seed={future.seed}" in future.code
    again = run.branch(8.0, seed=future.seed, failure_rate=0.5)
    assert list(again.responses()) == list(future.responses())


# provenance -------------------------------------------------------------------------------------------------


def test_provenance(run: Run) -> None:
    from faker import VERSION

    from simimport import __version__

    found = run.provenance
    assert (found["simimport"], found["numpy"], found["faker"]) == (__version__, np.__version__, VERSION)
    assert (found["seed"], found["staged"], found["existing"]) == (1, "generated", 0)
    assert found["scenario"] == run.scenario.to_dict()
    assert "parent" not in found


def test_provenance_chains(run: Run) -> None:
    last = run.branch(8.0, seed=5, failure_rate=0.5).branch(13.0, seed=6).cancel(14.0)
    found = last.provenance
    assert found["call"] == "cancel(14.0)"
    assert found["parent"]["call"] == "branch(13.0, seed=6)"
    assert (found["parent"]["at_s"], found["parent"]["changes"], found["parent"]["seed"]) == (13.0, {}, 6)
    assert found["parent"]["parent"]["changes"] == {"failure_rate": 0.5}
    assert found["parent"]["parent"]["parent"]["code"] == run.code
    assert last.code == f"{run.code}.branch(8.0, seed=5, failure_rate=0.5).branch(13.0, seed=6).cancel(14.0)"


def test_given_people_stand_in_the_provenance() -> None:
    staged = pd.DataFrame({"email": ["a@example.org"], "username": ["a"]})
    run = simulate(staged=staged, existing=staged, users=77, seed=1)
    assert (run.provenance["staged"], run.provenance["existing"], run.scenario.users) == ("given", 1, 1)
    assert run.code == "simulate(staged=users, existing=existing, seed=1)"


def test_what_it_shows(run: Run) -> None:
    assert repr(run) == (
        "<Run done after 20 s: 130 imported, 0 failed; "
        "simulate(users=130, failure_rate=0.0, users_per_s=10.0, latency_cv=0.0, seed=1)>"
    )
    assert ": 78 imported, 0 failed, 52 unreached; " in repr(simulate(**STEADY, crash_rate=1.0, crash_at=0.6))


def test_a_notebook_completes_what_is_documented(run: Run) -> None:
    from IPython.core.completer import IPCompleter, provisionalcompleter

    with provisionalcompleter():
        found = [found.text for found in IPCompleter(namespace={"run": run}).completions("run.", 4)]
    assert found == sorted(name for name in dir(run) if not name.startswith("_"))
    assert {"at", "code", "counts", "stays", "status"} <= set(found)
    assert not {"course", "ending", "truth", "timeline", "origin", "remember"} & set(found)
