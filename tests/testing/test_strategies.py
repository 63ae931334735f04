"""The strategies: what they draw is sound, and shrinks to what one would write by hand."""

from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from simimport import (
    Fault,
    Faults,
    MissingExtraError,
    ParameterError,
    Run,
    Scenario,
    ScenarioError,
    State,
    Trace,
    read_trace,
    simulate,
)
from simimport.model.dialects import DIALECTS
from simimport.service.faults import KINDS
from simimport.testing.strategies import (
    answers,
    fault_schedules,
    poll_schedules,
    runs,
    scenarios,
    seeds,
    traces,
)
from tests.service.contract.bodies import validator

T = TypeVar("T")
RUN = simulate(users=120, failure_rate=0.5, seed=1)
CAN_SAY = [(state, dialect) for state in State for dialect in DIALECTS
           if state is not State.CANCELED or dialect == "docs"]  # fmt: skip


def some(strategy: st.SearchStrategy[T], wanted: Callable[[T], bool]) -> T:
    """Return an example that is wanted, the first that comes; shrinking takes long."""
    return find(strategy, wanted, settings=settings(max_examples=500, phases=[Phase.generate]))


# shrinking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [(lambda run: run.final == "error", {"users": 1, "crash_rate": 1.0}),
     (lambda run: run.final == "canceled", {"users": 1, "cancel_rate": 1.0}),
     (lambda run: run.final == "done", {"users": 0}),
     (lambda run: any(body["state"] == "loading" for _, body in run.responses()),
      {"users": 0, "importer": "csv", "loading_s": 2.0})],
)  # fmt: skip
def test_runs_shrink_to_few_users_and_default_fields(
    wanted: Callable[[Run], bool], fields: dict[str, Any]
) -> None:
    found = find(runs(), wanted)
    assert (found.scenario.changed(), found.seed) == (fields, 0)


def test_a_field_shrinks_to_its_default() -> None:
    assert find(scenarios(), lambda scenario: True).changed() == {"users": 0}
    small = find(scenarios(), lambda scenario: scenario.batch_size < 50)
    assert small.changed() == {"users": 0, "batch_size": 1}


@pytest.mark.parametrize("number", [2, 3, 4])
def test_poll_schedules_shrink_to_few_polls_at_whole_seconds(number: int) -> None:
    found = find(poll_schedules(), lambda polls: len(polls) >= number)
    assert (len(found), found[0], found[-1]) == (number, 0, 60)
    assert all(poll.is_integer() for poll in found)


def test_polls_that_must_be_close_stand_alone() -> None:
    found = find(poll_schedules(), lambda polls: polls[1] - polls[0] < 0.5)
    assert len(found) == 3
    assert found[2] == 60


@pytest.mark.parametrize(
    ("wanted", "schedule"),
    [(lambda faults: len(faults) == 0, []),
     (lambda faults: any(fault.kind == "503" for fault in faults), [Fault("503", at_poll=1)]),
     (lambda faults: any(fault.every for fault in faults), [Fault("latency", every=2, seconds=0.1)]),
     (lambda faults: any(fault.at_s for fault in faults), [Fault("latency", at_s=1.0, seconds=0.1)])],
)  # fmt: skip
def test_fault_schedules_shrink_to_one_fault(
    wanted: Callable[[Faults], bool], schedule: list[Fault]
) -> None:
    assert find(fault_schedules(), wanted) == Faults(schedule)


def test_traces_shrink_to_few_polls() -> None:
    faulty = traces(run=RUN, faults=fault_schedules())
    found = find(faulty, lambda trace: any(answer.http_status == 503 for answer in trace))
    assert [answer.http_status for answer in found] == [503, 200]


# scenarios and runs -----------------------------------------------------------------------------------


@given(scenarios(max_users=20, calm=True, locale="de_DE", failure_rate=st.sampled_from([0.25, 0.75])))
def test_what_is_fixed_is_so(scenario: Scenario) -> None:
    assert scenario.users <= 20
    assert (scenario.cancel_rate, scenario.crash_rate, scenario.locale) == (0, 0, "de_DE")
    assert scenario.failure_rate in (0.25, 0.75)


@given(scenarios(calm=True, crash_rate=1.0), scenarios(importer="csv", loading_s=st.just(3.0)))
def test_a_field_that_is_given_outranks_the_rest(crashing: Scenario, loading: Scenario) -> None:
    assert (crashing.cancel_rate, crashing.crash_rate) == (0, 1)
    assert (loading.importer, loading.loading_s) == ("csv", 3)


@given(scenarios(loading_s=st.just(3.0)))
def test_only_csv_loads(scenario: Scenario) -> None:
    assert scenario.loading_s == (3 if scenario.importer == "csv" else 0)


@pytest.mark.parametrize(
    ("fixed", "message"),
    [({"user": 3}, "the field 'user' is 3; allowed: one of users, .* Did you mean 'users'"),
     ({"user": st.just(3)}, "the field 'user' is just"),
     ({"users": -1}, "users is -1"),
     ({"loading_s": 3.0}, "only 'csv' loads")],
)  # fmt: skip
def test_fields_that_are_none_are_refused_at_once(fixed: dict[str, Any], message: str) -> None:
    for strategy in (scenarios, runs):
        with pytest.raises(ScenarioError, match=message):
            strategy(**fixed)


@given(runs(seed=5, users=7), runs(seed=st.just(6)), seeds())
def test_a_seed_may_be_given(of_number: Run, of_strategy: Run, any_seed: int) -> None:
    assert (of_number.seed, len(of_number.users), of_strategy.seed) == (5, 7, 6)
    assert simulate(users=3, seed=any_seed).seed == any_seed


# answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "dialect"), CAN_SAY)
@given(data=st.data())
def test_answers_tell_the_state_and_fit_the_schema(data: st.DataObject, state: State, dialect: str) -> None:
    body = data.draw(answers(state, dialect=dialect))
    assert body["state"] == state
    validator(dialect).validate(body)


@pytest.mark.parametrize("state", State)
def test_answers_are_of_any_state(state: State) -> None:
    assert some(answers(), lambda body: body["state"] == state)


def test_answers_are_of_any_dialect() -> None:
    assert some(answers("done", dialect=None), lambda body: "_id" in body["operation"])
    assert some(answers("done", dialect=None), lambda body: "_id" not in body["operation"])
    assert "_id" not in some(answers("canceled", dialect=None), lambda body: True)["operation"]


@pytest.mark.parametrize(
    ("state", "dialect", "message"),
    [("finished", "docs", "state is 'finished'; allowed: none, new, .*"),
     ("cancelled", "docs", "Did you mean 'canceled'"),
     ("canceled", "server-7.4", "state is 'canceled'; allowed: none, .*, done, error"),
     ("done", "doc", "dialect is 'doc'")],
)  # fmt: skip
def test_answers_that_nobody_gives(state: str, dialect: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        answers(state, dialect=dialect)


# schedules --------------------------------------------------------------------------------------------


@given(fault_schedules())
def test_a_client_that_polls_on_gets_through_the_faults(faults: Faults) -> None:
    # 2,520 is a multiple of each number from 2 to 10
    assert any(faults.strike(poll, 99.0, 99.0) is None for poll in range(21, 21 + 2520))
    assert all(fault.wait_s <= 0.1 for fault in faults if fault.kind == "latency")


@given(fault_schedules(kinds="reset", max_faults=1, max_polls=2))
def test_a_schedule_of_faults_can_be_bounded(faults: Faults) -> None:
    assert len(faults) <= 1
    assert all(fault.kind == "reset" and (fault.at_poll or 1) <= 2 for fault in faults)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_drawn(kind: str) -> None:
    assert some(fault_schedules(), lambda faults: any(fault.kind == kind for fault in faults))


@pytest.mark.parametrize("kinds", ["504", ["reset", "504"], []])
def test_kinds_of_faults_that_are_none(kinds: Any) -> None:
    with pytest.raises(ParameterError, match=r"allowed: .*latency, 429"):
        fault_schedules(kinds=kinds)


@given(st.data(), st.floats(0, 1e6) | st.integers(0, 100), st.integers(3, 30))
def test_polls_come_one_after_the_other_until_the_end(
    data: st.DataObject, until_s: float, max_polls: int
) -> None:
    polls = data.draw(poll_schedules(until_s=until_s, max_polls=max_polls))
    assert 1 <= len(polls) <= max_polls
    assert all(one < other for one, other in pairwise(polls))
    assert polls[0] >= 0
    assert polls[-1] >= until_s
    assert all(poll < until_s for poll in polls[:-1])
    assert [round(poll, 3) for poll in polls] == polls


@pytest.mark.parametrize("wrong", [{"until_s": -1}, {"until_s": math.inf}, {"until_s": math.nan},
                                   {"until_s": "60"}, {"max_polls": 2}, {"max_polls": 3.0}])  # fmt: skip
def test_polls_that_are_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        poll_schedules(**wrong)


# traces -----------------------------------------------------------------------------------------------

@given(traces(run=RUN, dialect="server-7.4"))
def test_a_trace_is_what_the_import_answered_then(trace: Trace) -> None:
    told = [(answer.at_s, answer.http_status, answer.body) for answer in trace]
    assert told == [(at_s, 200, RUN.status(at_s, dialect="server-7.4")) for at_s, *_ in told]


@given(traces(whole=True))
def test_a_whole_trace_goes_on_to_the_end(trace: Trace) -> None:
    assert trace[-1].state in ("done", "canceled", "error")


def test_a_trace_may_break_off() -> None:
    assert some(traces(), lambda trace: trace[-1].state == "importing")


@given(traces(dialect=None, faults=fault_schedules(max_faults=6)))
def test_a_trace_with_faults_can_be_written_and_read(trace: Trace) -> None:
    assert all(one.at_s < other.at_s for one, other in pairwise(trace))
    assert {answer.http_status for answer in trace} <= {0, 200, 429, 500, 502, 503}
    assert trace


@given(trace=traces(dialect=None, faults=fault_schedules(max_faults=6)))
def test_a_trace_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, trace: Trace) -> None:
    file: Path = tmp_path_factory.mktemp("traces") / "trace.jsonl"
    assert read_trace(trace.save(file)) == trace


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("reset", (0, "the connection was reset")),
     ("stale", (200, RUN.status(0))),
     ("429", (429, {"success": False, "error": "Error, too many requests. Please slow down. You must wait 60 "
                    "seconds before trying this endpoint again. [error-too-many-requests]"}))],
)  # fmt: skip
def test_what_a_fault_leaves_in_a_trace(kind: str, seen: tuple[int, Any]) -> None:
    faults = Faults([Fault(kind, at_poll=2)])
    trace = some(traces(run=RUN, faults=faults), lambda trace: len(trace) > 2 and trace[0].at_s == 0)
    assert (trace[1].http_status, trace[1].body) == seen
    assert trace[2].body == RUN.status(trace[2].at_s)


def test_a_late_answer_makes_the_polls_after_it_late() -> None:
    faults = Faults([Fault("latency", at_poll=1, seconds=2.5)])
    trace = some(traces(run=RUN, faults=faults, whole=True), lambda trace: len(trace) > 2)
    first, *others = [(answer.at_s, answer.body) for answer in trace]
    assert first[1] == RUN.status(first[0] - 2.5)
    assert [body for _, body in others] == [RUN.status(at_s) for at_s, _ in others]
    # planned for a whole second, as every last poll
    assert trace[-1].at_s % 1 == 0.5


# without the extra ------------------------------------------------------------------------------------


def test_without_hypothesis_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "simimport.testing.strategies")
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingExtraError, match="needs the extra 'hypothesis'") as refused:
        importlib.import_module("simimport.testing.strategies")
    assert refused.value.command == 'pip install "simimport[hypothesis]"'
