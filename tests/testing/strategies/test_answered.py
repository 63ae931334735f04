"""Strategies of bodies and traces: what they draw is what an import answers, or what a fault leaves of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from simimport import Fault, Faults, ParameterError, State, Trace, read_trace, simulate
from simimport.model.dialects import DIALECTS
from simimport.testing.strategies import answers, fault_schedules, traces
from tests.service.contract.bodies import validator
from tests.testing.strategies.drawing import some

RUN = simulate(users=120, failure_rate=0.5, seed=1)
CAN_SAY = [(state, dialect) for state in State for dialect in DIALECTS
           if state is not State.CANCELED or dialect == "docs"]  # fmt: skip


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


# traces -----------------------------------------------------------------------------------------------


@given(traces(run=RUN, dialect="server-7.4"))
def test_a_trace_is_what_the_import_answered_then(trace: Trace) -> None:
    seen = [(answer.at_s, answer.http_status, answer.body) for answer in trace]
    assert seen == [(at_s, 200, RUN.status(at_s, dialect="server-7.4")) for at_s, *_ in seen]


@given(traces(whole=True))
def test_a_whole_trace_goes_on_to_the_end(trace: Trace) -> None:
    assert trace[-1].state in ("done", "canceled", "error")


def test_a_trace_may_break_off() -> None:
    assert some(traces(), lambda trace: trace[-1].state == "importing")


@given(traces(dialect=None, faults=fault_schedules(max_faults=6)))
def test_a_trace_with_faults_can_be_written_and_read(trace: Trace) -> None:
    assert all(before.at_s < after.at_s for before, after in pairwise(trace))
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


def test_traces_shrink_to_few_polls() -> None:
    faulty = traces(run=RUN, faults=fault_schedules())
    found = find(faulty, lambda trace: any(answer.http_status == 503 for answer in trace))
    assert [answer.http_status for answer in found] == [503, 200]
