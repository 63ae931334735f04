"""The linter: every rule has a trace that breaks it and nothing else, and what we simulate breaks none."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simimport import (
    PRESETS,
    ImportService,
    ManualClock,
    ParameterError,
    Run,
    Scenario,
    State,
    Step,
    Trace,
    lint,
    simulate,
)
from simimport.model.columns import names
from simimport.model.run.wire import encoded
from simimport.service.faults import spoiled
from simimport.testing.lint.lint import RULES
from tests.model.strategies import DIALECTS, SEEDS, scenarios

Answers = list[list[Any]]
DOCS, SERVER = "docs", "server-8.3"


@cache
def _run(batches: int = 4) -> Run:
    # a partial last batch, and no two changes within a millisecond
    return simulate(users=batches * 50 + 30, failure_rate=0.1, seed=5)


def answers(dialect: str = DOCS, run: Run | None = None) -> Answers:
    """Return every answer of an import once: new, ready, started, users, four flushes, the walk, done."""
    told = (run or _run()).responses(dialect=dialect)
    return [[at_s, 200, copy.deepcopy(body)] for at_s, body in told]


def rows_of(found: Any) -> list[tuple[str, int]]:
    return list(zip(found["rule"].tolist(), found["row"].tolist(), strict=True))


def broken(told: Sequence[Any], dialect: str = DOCS, **limits: Any) -> list[tuple[str, int]]:
    return rows_of(lint(told, dialect=dialect, **limits))


def step(told: Answers, state: str, nth: int = 0) -> int:
    """Return the row of the nth answer in a state or a step."""
    rows = [row for row, (_, _, body) in enumerate(told)
            if state in (body["state"], body["operation"]["status"].removeprefix("importer_"))]  # fmt: skip
    return rows[nth]


def operation(told: Answers, row: int) -> dict[str, Any]:
    found: dict[str, Any] = told[row][2]["operation"]
    return found


def count(told: Answers, row: int) -> dict[str, Any]:
    found: dict[str, Any] = operation(told, row)["count"]
    return found


# a rule, and how a trace comes to break it -------------------------------------------------------------


class Case(NamedTuple):
    rule: str
    dialect: str
    spoil: Callable[[Answers], int]


CASES: list[Case] = []


def breaks(rule: str, *dialects: str) -> Callable[[Callable[[Answers], int]], Callable[[Answers], int]]:
    """Say that a change to a trace breaks one rule in the row that it returns, and no other."""

    def remember(spoil: Callable[[Answers], int]) -> Callable[[Answers], int]:
        CASES.extend(Case(rule, dialect, spoil) for dialect in dialects or (DOCS, SERVER))
        return spoil

    return remember


@breaks("not-answered")
def _503(told: Answers) -> int:
    told.insert(5, [told[4][0], 503, "busy"])
    return 5


@breaks("not-answered")
def _reset(told: Answers) -> int:
    told.insert(5, [told[4][0], 0, None])
    return 5


@breaks("no-object")
def _html(told: Answers) -> int:
    told.insert(5, [told[4][0], 200, "<html>"])
    return 5


@breaks("unknown-state")
def _state_of_another_world(told: Answers) -> int:
    told[5][2]["state"] = "paused"
    return 5


@breaks("canceled-by-server", SERVER, "server-6.3", "server-7.4")
def _canceled(told: Answers) -> int:
    told[-1][2]["state"] = "canceled"
    return len(told) - 1


@breaks("unknown-step", DOCS, "server-6.3")
def _step_of_a_newer_server(told: Answers) -> int:
    row = step(told, "importing_channels")
    operation(told, row)["status"] = "importer_importing_contacts"
    return row


@breaks("state-step")
def _ready_while_importing(told: Answers) -> int:
    row = step(told, "importing_users", 2)
    told[row][2]["state"] = "ready"
    return row


@breaks("state-step")
def _done_too_early(told: Answers) -> int:
    row = step(told, "finishing")
    told[row][2]["state"] = "done"
    return row


@breaks("state-valid")
def _importing_and_invalid(told: Answers) -> int:
    operation(told, 6)["valid"] = False
    return 6


@breaks("missing-key")
def _no_user(told: Answers) -> int:
    del operation(told, 6)["user"]
    return 6


@breaks("missing-key")
def _no_completed(told: Answers) -> int:
    del count(told, 6)["completed"]
    return 6


@breaks("missing-key", SERVER)
def _no_id(told: Answers) -> int:
    del operation(told, 6)["_id"]
    return 6


@breaks("missing-key")
def _no_state(told: Answers) -> int:
    del told[6][2]["state"]
    return 6


@breaks("missing-key")
def _no_count_while_importing(told: Answers) -> int:
    del operation(told, 6)["count"]
    return 6


@breaks("extra-key")
def _a_key_more(told: Answers) -> int:
    operation(told, 6)["progress"] = 0.5
    return 6


@breaks("extra-key", DOCS)
def _an_id_on_the_page(told: Answers) -> int:
    operation(told, 6)["_id"] = "0" * 24
    return 6


@breaks("extra-key", SERVER)
def _counters_in_new(told: Answers) -> int:
    operation(told, 0)["count"] = {"total": 0, "users": 0}
    return 0


@breaks("wrong-type")
def _counter_as_text(told: Answers) -> int:
    count(told, 6)["completed"] = str(count(told, 6)["completed"])
    return 6


@breaks("wrong-type")
def _counter_as_fraction(told: Answers) -> int:
    count(told, 6)["completed"] += 0.0
    return 6


@breaks("wrong-type")
def _truth_as_number(told: Answers) -> int:
    operation(told, 6)["valid"] = 1
    return 6


@breaks("wrong-type")
def _state_as_list(told: Answers) -> int:
    told[6][2]["state"] = ["importing"]
    return 6


@breaks("wrong-type")
def _step_as_object(told: Answers) -> int:
    operation(told, 6)["status"] = {"step": "importer_importing_users"}
    return 6


@breaks("wrong-value")
def _no_success(told: Answers) -> int:
    told[6][2]["success"] = False
    return 6


@breaks("wrong-value")
def _below_zero(told: Answers) -> int:
    count(told, 6)["error"] = -1
    return 6


@breaks("wrong-value")
def _nobody_created_it(told: Answers) -> int:
    for row in range(len(told)):
        operation(told, row)["user"] = ""
    del told[1:]
    return 0


@breaks("wrong-value", SERVER)
def _odd_id(told: Answers) -> int:
    operation(told, 0)["_id"] = "7"
    del told[1:]
    return 0


@breaks("wrong-value")
def _type_and_key(told: Answers) -> int:
    operation(told, 0)["type"] = "CSV"
    del told[1:]
    return 0


@breaks("bad-instant")
def _local_time(told: Answers) -> int:
    operation(told, 6)["_updatedAt"] = "2016-09-13 14:58:07.461"
    return 6


@breaks("bad-instant")
def _the_31st_of_february(told: Answers) -> int:
    operation(told, 0)["ts"] = "2016-02-31T14:57:56.037Z"
    del told[1:]
    return 0


@breaks("count-step", DOCS)
def _counters_before_the_run(told: Answers) -> int:
    row = step(told, "ready")
    count(told, row)["completed"] = 50
    del told[row + 1 :]
    return row


@breaks("count-step")
def _done_without_counters(told: Answers) -> int:
    row = step(told, "importing_channels")
    count(told, row).update(completed=0, error=0)
    # whether there were any users is in the total; so that only this is wrong, nothing came before
    del told[row + 1 :], told[:row]
    for name in ("total", "users"):
        count(told, 0)[name] = 1
    operation(told, 0)["valid"] = True
    return 0


@breaks("users-not-total")
def _more_users(told: Answers) -> int:
    count(told, 6)["users"] += 1
    return 6


@breaks("over-total")
def _more_than_all(told: Answers) -> int:
    row = step(told, "importing_users", 4)
    for later in range(row, len(told)):
        count(told, later)["completed"] += 100
    del told[row + 1 :]
    return row


@breaks("off-batch")
def _half_a_batch(told: Answers) -> int:
    row = step(told, "importing_users", 3)
    count(told, row)["completed"] -= 1
    return row


@breaks("unfinished")
def _done_at_half(told: Answers) -> int:
    last = len(told) - 1
    count(told, last).update(completed=100, error=0)
    del told[:last]
    return 0


@breaks("time-back")
def _clock_put_back(told: Answers) -> int:
    told[6][0] = told[5][0] - 0.5
    return 6


@breaks("another-operation", SERVER)
def _id_of_another(told: Answers) -> int:
    for row in range(6, len(told)):
        operation(told, row)["_id"] = "0" * 24
    return 6


@breaks("another-operation", DOCS)
def _older(told: Answers) -> int:
    for row in range(6, len(told)):
        operation(told, row)["ts"] = "2016-09-12T00:00:00.000Z"
    return 6


@breaks("replaced")
def _a_new_one(told: Answers) -> int:
    later = simulate(users=60, seed=9, epoch="2016-09-13T15:00:00.000Z")
    added = [[300.0 + at_s, 200, body] for at_s, body in later.responses(dialect=_dialect(told))]
    told.extend(added)
    return len(told) - len(added)


@breaks("changed-constant")
def _another_user(told: Answers) -> int:
    for row in range(6, len(told)):
        operation(told, row)["user"] = "somebody"
    return 6


@breaks("changed-constant", SERVER)
def _another_creation(told: Answers) -> int:
    for row in range(6, len(told)):
        operation(told, row)["ts"] = "2016-09-13T14:57:56.000Z"
    return 6


@breaks("illegal-move")
def _nothing_after_something(told: Answers) -> int:
    told.append([99.0, 200, {"success": True, "state": "none"}])
    return len(told) - 1


@breaks("illegal-move")
def _ready_again(told: Answers) -> int:
    late = copy.deepcopy(told[step(told, "ready")])
    row = step(told, "importing_users")
    told[row] = [told[row][0], 200, late[2]]
    operation(told, row)["_updatedAt"] = operation(told, row - 1)["_updatedAt"][:-4] + "999Z"
    del told[row + 1 :]
    return row


@breaks("step-back")
def _back_to_users(told: Answers) -> int:
    row = step(told, "importing_messages")
    operation(told, row)["status"] = "importer_importing_users"
    del told[row + 1 :]
    return row


@breaks("after-end")
def _counters_after_the_end(told: Answers) -> int:
    late = copy.deepcopy(told[-1])
    late[0] += 5
    late[2]["operation"]["count"]["completed"] += 1
    late[2]["operation"]["count"]["error"] -= 1
    told.append(late)
    return len(told) - 1


@breaks("after-end")
def _importing_after_the_end(told: Answers) -> int:
    last = len(told)
    told.append([99.0, 200, copy.deepcopy(told[step(told, "importing_users", 3)][2])])
    return last


@breaks("counter-fell")
def _a_batch_less(told: Answers) -> int:
    row = step(told, "importing_users", 3)
    count(told, row).update(completed=30, error=20)
    del told[row + 1 :]
    return row


@breaks("total-changed")
def _more_staged_meanwhile(told: Answers) -> int:
    row = step(told, "importing_users", 3)
    for later in range(row, len(told)):
        count(told, later)["total"] += 50
        count(told, later)["users"] += 50
    del told[row + 1 :]
    return row


@breaks("total-changed")
def _fewer_staged(told: Answers) -> int:
    row = step(told, "ready")
    late = copy.deepcopy(told[row])
    late[0] += 1
    late[2]["operation"]["count"]["total"] -= 1
    late[2]["operation"]["count"]["users"] -= 1
    late[2]["operation"]["_updatedAt"] = late[2]["operation"]["_updatedAt"][:-4] + "999Z"
    told[row + 1 :] = [late]
    return row + 1


@breaks("updated-before-created")
def _updated_before_created(told: Answers) -> int:
    operation(told, 0)["_updatedAt"] = "2016-09-12T00:00:00.000Z"
    del told[1:]
    return 0


@breaks("updated-back")
def _document_of_before(told: Answers) -> int:
    operation(told, 6)["_updatedAt"] = operation(told, 4)["_updatedAt"]
    return 6


@breaks("updated-on-read")
def _moved_by_reading(told: Answers) -> int:
    late = copy.deepcopy(told[5])
    late[0] += 0.5
    late[2]["operation"]["_updatedAt"] = operation(told, 6)["_updatedAt"]
    told[6:] = [late]
    return 6


@breaks("updated-late")
def _not_dated(told: Answers) -> int:
    operation(told, 6)["_updatedAt"] = operation(told, 5)["_updatedAt"]
    return 6


@breaks("silence")
def _stuck(told: Answers) -> int:
    row = step(told, "importing_users", 3)
    stuck = [[told[row][0] + late_s, 200, copy.deepcopy(told[row][2])] for late_s in (60, 120, 121, 300)]
    told[row + 1 :] = stuck
    return row + 3


def _dialect(told: Answers) -> str:
    return SERVER if "_id" in operation(told, 0) else DOCS


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.spoil.__name__} {case.dialect}")
def test_what_breaks_a_rule_is_found_and_nothing_else(case: Case) -> None:
    told = answers(case.dialect)
    assert broken(told, case.dialect) == []
    row = case.spoil(told)
    found = lint(told, dialect=case.dialect)
    assert rows_of(found) == [(case.rule, row)]
    assert found["severity"].tolist() == [RULES[case.rule].severity]
    assert found["at_s"].tolist() == [told[row][0]]
    assert "\n" not in found["message"][0]


def test_every_rule_has_a_trace_that_breaks_it() -> None:
    assert {case.rule for case in CASES} == set(RULES)


def test_rules_say_why() -> None:
    assert {rule.severity for rule in RULES.values()} == {"error", "warning"}
    assert all(rule.why.endswith(".") and len(rule.why) < 90 for rule in RULES.values())


# what is simulated -----------------------------------------------------------------------------------


def polled(run: Run, every_s: float, dialect: str) -> Iterator[tuple[float, dict[str, Any]]]:
    for poll in range(int(run.duration_s / every_s) + 4):
        at_s = 0.3 + poll * every_s
        yield at_s, run.status(at_s, dialect=dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "big"])
def test_what_is_simulated_breaks_no_rule(preset: str, dialect: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    stalls = PRESETS[preset].stall_at is not None
    assert broken([*run.responses(dialect=dialect)], dialect) == []
    for every_s in (1.0, 5.0, 30.0):
        found = lint([*polled(run, every_s, dialect)], dialect=dialect)
        assert found["rule"].tolist() == (["silence"] if stalls else [])


def test_a_hundred_thousand_users_break_no_rule() -> None:
    run = simulate(PRESETS["big"], seed=3)
    assert broken([*run.responses()]) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.8, 0.97, 1.0])
def test_what_is_canceled_or_branched_breaks_no_rule(share: float, dialect: str) -> None:
    run = _run()
    at_s = run.duration_s * share
    for child in (run.cancel(at_s), run.branch(min(at_s, 9.0), users_per_s=5.0).cancel(at_s)):
        assert broken([*child.responses(dialect=dialect)], dialect) == []
        assert broken([*polled(child, 1.0, dialect)], dialect) == []


@given(scenario=scenarios(), seed=SEEDS, dialect=st.sampled_from(DIALECTS))
def test_whatever_is_simulated_breaks_no_rule(scenario: Any, seed: int, dialect: str) -> None:
    # at thousands of users a second two flushes fall into one millisecond
    slow = scenario.replace(users_per_s=min(scenario.users_per_s, 3.0), latency_cv=0.0)
    run = simulate(slow, seed=seed)
    told = [*run.responses(dialect=dialect)]
    assert broken(told, dialect, batch_size=slow.batch_size, still_s=math.inf) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_service_that_is_cleared_and_started_again_breaks_no_error(dialect: str) -> None:
    service = ImportService(Scenario(users=80), seed=2, clock=ManualClock(), dialect=dialect)
    told: list[tuple[float, dict[str, Any]]] = []

    def poll(times: int = 1) -> None:
        for _ in range(times):
            told.append((service.clock.now(), service.status()))
            service.advance(1.0)

    poll()
    for _ in range(2):
        service.new()
        poll()
        service.add_users()
        poll()
        service.add_users()
        poll()
        service.run()
        poll(2)
        service.clear()
        poll(12)
        service.clear()
        poll(2)
    assert broken(told, dialect) == [("replaced", 20)]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("truncated", "no-object"), ("garbage", "no-object"), ("wrong_type", "wrong-type")],
)
def test_what_faults_make_of_answers_is_told_for_what_it_is(kind: str, rule: str) -> None:
    told = answers()
    text = spoiled(encoded(told[6][2]), kind).decode(errors="replace")
    try:
        told[6][2] = json.loads(text)
    except ValueError:
        told[6][2] = text
    assert set(broken(told)) == {(rule, 6)}


# one field that is changed ---------------------------------------------------------------------------

_OTHERS = [None, "", "no", -7, 3, 1.5, True, [], {}, [1], {"a": 1}]


@st.composite
def _mutants(draw: st.DrawFn) -> tuple[str, Answers, str]:
    """Traces in which one field of one answer is away, of another kind, or of another value."""
    dialect = draw(st.sampled_from(DIALECTS))
    told = answers(dialect)
    row = draw(st.integers(0, len(told) - 1))
    body = told[row][2]
    places = [body, body["operation"], body["operation"].get("count")]
    place = draw(st.sampled_from([place for place in places if place]))
    key = draw(st.sampled_from(sorted(place)))
    before = place[key]
    how = draw(st.sampled_from(["away", "kind", "value"]))
    if how == "away":
        del place[key]
    elif how == "kind":
        place[key] = draw(st.sampled_from(_OTHERS).filter(lambda other: type(other) is not type(before)))
    else:
        place[key] = draw(_other_value(key, before))
        # a server's operation that is done may have been cleared
        assume(not (key == "valid" and body["state"] == "done" and dialect != DOCS))
    return dialect, told, f"row {row}: {key} {how}"


def _other_value(key: str, before: Any) -> st.SearchStrategy[Any]:
    known: dict[str, list[Any]] = {
        "state": [*State, "paused"],
        "status": [*Step, "importer_resting"],
        "valid": [True, False],
        "success": [False],
        "_updatedAt": ["2016-09-12T14:57:56.037Z", "2016-09-13T14:57:56.037", "soon"],
    }
    if isinstance(before, int) and not isinstance(before, bool):
        return st.integers(1, 49).map(lambda more: before + more)
    if isinstance(before, dict):
        return st.just({**before, "more": 1})
    words = [str(word) if isinstance(word, str) else word for word in known.get(key, ["other"])]
    return st.sampled_from(words).filter(lambda other: other != before)


@given(mutant=_mutants())
@settings(max_examples=300)
def test_one_field_that_is_changed_is_found(mutant: tuple[str, Answers, str]) -> None:
    dialect, told, what = mutant
    assert len(lint(told, dialect=dialect)), what


@given(data=st.data())
def test_no_json_whatever_stops_it(data: st.DataObject) -> None:
    known = ["state", "operation", "count", "ts", "_id", "status", "valid", "importing", "completed"]
    words = st.sampled_from(known)
    values = st.recursive(
        st.none() | st.booleans() | st.integers(-3, 60) | st.floats() | words | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=4),
        max_leaves=6,
    )
    told = answers(data.draw(st.sampled_from([DOCS, SERVER])))
    row = data.draw(st.integers(0, len(told) - 1))
    body = told[row][2]
    place = data.draw(st.sampled_from([body, body["operation"], body["operation"].get("count", body)]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(values)
    told.insert(row, [told[row][0], 200, data.draw(values)])
    for dialect in ("auto", *DIALECTS):
        assert set(lint(told, dialect=dialect)["rule"]) <= set(RULES)


# its arguments ---------------------------------------------------------------------------------------


def test_findings_are_a_frame_also_where_there_are_none() -> None:
    spoiled_trace = answers()
    count(spoiled_trace, 6)["completed"] = "6"
    for found in (lint(answers()), lint(Trace(())), lint(spoiled_trace)):
        assert list(found.columns) == names("findings")
        assert found.dtypes.astype(str).drop(["rule", "severity", "message"]).tolist() == ["int64", "float64"]


def test_it_takes_a_trace_and_changes_nothing() -> None:
    told = answers(SERVER)
    before = copy.deepcopy(told)
    assert lint(Trace(told), dialect="auto").equals(lint(told, dialect=SERVER))
    assert told == before


def test_the_dialect_matters() -> None:
    assert set(lint(answers(SERVER))["rule"]) == {"extra-key", "missing-key", "unknown-step"}
    assert set(lint(answers(DOCS), dialect=SERVER)["rule"]) == {"extra-key", "missing-key"}


def test_the_batch_size_matters() -> None:
    run = simulate(users=100, batch_size=30, seed=1)
    told = list(run.responses())
    found = lint(told)
    assert set(found["rule"]) == {"off-batch"}
    assert "if yours is another, give batch_size" in found["message"][0]
    assert broken(answers(run=run), batch_size=30) == []


def test_a_silence_is_told_of_once_and_the_next_again() -> None:
    told = answers()
    first, second = copy.deepcopy(told[5]), copy.deepcopy(told[6])
    polls = [[at_s, 200, (first if at_s < 200 else second)[2]] for at_s in range(10, 500, 10)]
    assert broken(polls, still_s=100) == [("silence", 11), ("silence", 19 + 11)]
    assert broken(polls, still_s=math.inf) == []


def test_a_silence_after_the_end_is_none() -> None:
    told = answers()
    last = told[-1]
    assert broken([*told, *([last[0] + late_s, 200, last[2]] for late_s in (200.0, 4000.0))]) == []


def test_an_operation_that_comes_back_is_compared_with_its_own_past() -> None:
    first, other = answers(), answers(run=simulate(users=60, seed=9, epoch="2016-09-13T15:00:00.000Z"))
    mixed = [first[5], other[2], first[6], other[3]]
    for at_s, answer in enumerate(mixed):
        answer[0] = float(at_s)
    assert broken(mixed) == [("replaced", 1), ("another-operation", 2), ("another-operation", 3)]


def test_shapes_that_never_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simimport.testing.lint.one_answer._KNOWN_SHAPES", 2)
    told = answers(SERVER)
    for row in range(len(told)):
        operation(told, row)[f"key{row}"] = 1
    assert broken(told, SERVER) == [("extra-key", row) for row in range(len(told))]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"dialect": "server-8"}, "allowed: auto, docs, server-6.3, server-7.4, server-8.3. Did you mean"),
        ({"dialect": None}, "dialect is None"),
        ({"batch_size": 0}, "batch_size is 0; allowed: a whole number from 1 on"),
        ({"batch_size": 50.0}, "batch_size is 50.0"),
        ({"still_s": 0}, "still_s is 0; allowed: a number of seconds above 0"),
        ({"still_s": math.nan}, "still_s is nan"),
        ({"still_s": "2"}, "still_s is '2'"),
    ],
)
def test_bad_arguments_are_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        lint(answers(), **limits)


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(ParameterError, match="pairs"):
        lint("night.jsonl")
