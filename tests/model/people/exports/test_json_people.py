"""People taken from a JSON text one by one: as json.loads has them, or refused where it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.model.people.exports.json_people import (
    NotPeopleError,
    UnreadableError,
    Values,
    people_in,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
LAYOUTS = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


@given(st.lists(VALUES), LAYOUTS)
def test_a_list_gives_its_values(values: list[Any], layout: dict[str, Any]) -> None:
    around: dict[str, Any] = {}
    assert list(people_in(f" {json.dumps(values, **layout)}\n", around)) == values
    assert around == {}


@given(st.lists(VALUES), st.dictionaries(st.text(max_size=5), VALUES, max_size=3), LAYOUTS)
def test_a_body_gives_the_people_of_its_list_and_what_is_around(
    values: list[Any], more: dict[str, Any], layout: dict[str, Any]
) -> None:
    around: dict[str, Any] = {}
    assert list(people_in(json.dumps({**more, "users": values, "total": 3}, **layout), around)) == values
    assert around == {**more, "users": None, "total": 3}


@given(VALUES, st.text(alphabet='{}[]",: 1tan\\ue', max_size=3), st.integers(0, 200))
def test_what_json_refuses_is_refused_at_the_same_place(value: Any, noise: str, at: int) -> None:
    text = json.dumps([value])
    text = text[:at] + noise + text[at:]
    try:
        expected = json.loads(text)
    except json.JSONDecodeError as error:
        place = error.lineno, error.msg.partition(" or ")[0]
        with pytest.raises(json.JSONDecodeError) as caught:
            list(people_in(text, {}))
        assert (caught.value.lineno, caught.value.msg.partition(" or ")[0]) == place
        return
    try:
        people = list(people_in(text, {}))
    except (UnreadableError, NotPeopleError):
        return
    assert people == expected or not isinstance(expected, list)


@pytest.mark.parametrize(
    ("text", "problem"),
    [('[{"a": NaN}]', "NaN is not JSON"), ("[-Infinity]", "-Infinity is not JSON"),
     ('[{"a": 1, "b": {"c": 1, "c": 1}}]', 'the key "c" is there twice'),
     ('{"users": [], "users": [1]}', 'the key "users" is there twice'),
     ('{"a": 1, "a": 1}', 'the key "a" is there twice'),
     ('{"users": [], "members": []}', "two lists of people: users and members"),
     ("[" * 100_000, "nested too deeply"), (f"[{'9' * 5000}]", "more digits")],
)  # fmt: skip
def test_json_that_cannot_be_taken_as_it_is(text: str, problem: str) -> None:
    with pytest.raises(UnreadableError, match=problem):
        list(people_in(text, {}))


def test_it_is_told_at_whom_it_is_found() -> None:
    with pytest.raises(UnreadableError) as caught:
        list(people_in('[{},\n\n{"a": NaN}]', {}))
    assert (caught.value.person, caught.value.at) == (2, 6)


@pytest.mark.parametrize("text", ["7", ' "users" ', "null", "true"])
def test_a_single_value_is_no_people(text: str) -> None:
    with pytest.raises(NotPeopleError):
        list(people_in(text, {}))


def test_the_value_of_a_line_is_that_of_json() -> None:
    assert Values(9).of(' {"a": [1, "é", null]} ') == {"a": [1, "é", None]}
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        Values(9).of("1 2")
