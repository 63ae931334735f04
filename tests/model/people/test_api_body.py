"""addUsers objects and users frames: one says what the other says, or is refused."""

from __future__ import annotations

import gc

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport.errors import UsersError
from simimport.model.people.api_body import frame_of, to_payload
from simimport.model.people.generated import stage
from simimport.model.scenario import Scenario
from tests.model.people.strategies import USERS


@given(st.lists(USERS, max_size=4))
def test_payload_to_frame_to_payload_loses_nothing(users: list[dict]) -> None:
    assert to_payload(frame_of(users)) == {"users": users}


def test_what_says_nothing_is_missing() -> None:
    user = {"emails": ["", "a@example.com"], "importIds": None, "roles": [], "name": "", "bio": None}
    assert to_payload(frame_of([user])) == {"users": [{"emails": ["a@example.com"], "importIds": []}]}


def test_numbers_are_strings_where_the_server_makes_them_strings() -> None:
    user = {"username": 7, "name": 7.5, "emails": [], "importIds": [1523, 2.0, 10**20]}
    people = frame_of([user])
    assert people[["username", "name"]].iloc[0].tolist() == ["7", "7.5"]
    assert people["import_id"].tolist() == ["1523,2,100000000000000000000"]


def test_unknown_keys_are_left_out() -> None:
    people = frame_of([{"emails": ["a@example.com"], "importIds": ["1"], "customFields": {"a": [1]}}])
    assert to_payload(people) == {"users": [{"emails": ["a@example.com"], "importIds": ["1"]}]}


def test_a_frame_that_a_user_made_may_lack_columns_and_have_numbers() -> None:
    people = pd.DataFrame({"username": ["a", "b"], "import_id": [1, 2], "utc_offset": [1, 2], "x": 0})
    assert to_payload(people)["users"][1] == {
        "username": "b", "emails": [], "importIds": ["2"], "utcOffset": 2,
    }  # fmt: skip
    categories = stage(Scenario(users=200), seed=7).astype({"roles": "category", "deleted": object})
    assert to_payload(categories) == to_payload(stage(Scenario(users=200), seed=7))


_KEYS = st.sampled_from(["emails", "name", "roles", "importIds", "utcOffset", "deleted", "username"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=12)


@given(VALUES)
def test_any_object_is_a_user_or_refused(value: object) -> None:
    try:
        people = frame_of([value])
    except UsersError as error:
        assert all(line == 0 and field.startswith("user 1") for line, field, _ in error.rows)  # noqa: PT017
    else:
        assert_frame_equal(frame_of(to_payload(people)["users"]), people)


def test_the_garbage_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    with pytest.raises(UsersError):
        frame_of([1])
    assert gc.isenabled()
    gc.disable()
    try:
        to_payload(frame_of([]))
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("value", [True, b"jo", ["jo"], {"jo": 1}])
def test_what_is_no_text_is_refused_as_one(value: object) -> None:
    people = pd.DataFrame({"username": ["ann", value, 7], "email": ["a@example.com"] * 3})
    with pytest.raises(UsersError) as refused:
        to_payload(people)
    assert refused.value.rows == [(2, "username", f"{value!r} is not a text")]
