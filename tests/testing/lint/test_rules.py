"""Every rule finds the trace that breaks it, and some rule finds whichever field is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simimport import State, Step, lint
from simimport.testing.lint.lint import RULES
from tests.model.strategies import DIALECTS
from tests.testing.lint import one_answer, two_answers
from tests.testing.lint.traces import DOCS, SERVER, Answers, Case, answers, broken, rows_of

CASES = [*one_answer.CASES, *two_answers.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.spoil.__name__} {case.dialect}")
def test_what_breaks_a_rule_is_found_and_nothing_else(case: Case) -> None:
    trace = answers(case.dialect)
    assert broken(trace, case.dialect) == []
    row = case.spoil(trace)
    found = lint(trace, dialect=case.dialect)
    assert rows_of(found) == [(case.rule, row)]
    assert found["severity"].tolist() == [RULES[case.rule].severity]
    assert found["at_s"].tolist() == [trace[row][0]]
    assert "\n" not in found["message"][0]


def test_every_rule_has_a_trace_that_breaks_it() -> None:
    assert {case.rule for case in CASES} == set(RULES)


def test_rules_say_why() -> None:
    assert {rule.severity for rule in RULES.values()} == {"error", "warning"}
    assert all(rule.why.endswith(".") and len(rule.why) < 90 for rule in RULES.values())


_OTHERS = [None, "", "no", -7, 3, 1.5, True, [], {}, [1], {"a": 1}]


@st.composite
def _mutants(draw: st.DrawFn) -> tuple[str, Answers, str]:
    """Traces in which one field of one answer is away, of another kind, or of another value."""
    dialect = draw(st.sampled_from(DIALECTS))
    trace = answers(dialect)
    row = draw(st.integers(0, len(trace) - 1))
    body = trace[row][2]
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
    return dialect, trace, f"row {row}: {key} {how}"


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
    dialect, trace, what = mutant
    assert len(lint(trace, dialect=dialect)), what


@given(data=st.data())
def test_no_json_whatever_stops_it(data: st.DataObject) -> None:
    known = ["state", "operation", "count", "ts", "_id", "status", "valid", "importing", "completed"]
    words = st.sampled_from(known)
    values = st.recursive(
        st.none() | st.booleans() | st.integers(-3, 60) | st.floats() | words | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=4),
        max_leaves=6,
    )
    trace = answers(data.draw(st.sampled_from([DOCS, SERVER])))
    row = data.draw(st.integers(0, len(trace) - 1))
    body = trace[row][2]
    place = data.draw(st.sampled_from([body, body["operation"], body["operation"].get("count", body)]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(values)
    trace.insert(row, [trace[row][0], 200, data.draw(values)])
    for dialect in ("auto", *DIALECTS):
        assert set(lint(trace, dialect=dialect)["rule"]) <= set(RULES)
