"""The schemas of the bodies around file imports, as the server's validator words what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from simimport.model.dialects import DIALECTS
from simimport.service.calls.bodies import EVERYBODY, Selection, nothing_in, selection_in
from simimport.service.people.add_users_body import InvalidBodyError

USER = {
    "user_id": "ann", "username": "ann", "email": None, "is_deleted": False, "is_bot": False,
    "do_import": True, "is_email_taken": False,
}  # fmt: skip
CHANNEL = {
    "channel_id": "C1", "name": "general", "is_archived": False, "do_import": True, "is_private": False,
    "is_direct": False,
}  # fmt: skip
OLD, NEW = ("docs", "server-6.3"), ("server-7.4", "server-8.3")


def without(thing: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name != key}


def test_a_body_with_nothing_in_it() -> None:
    nothing_in({})
    nothing_in(None)
    for body, message in (([], "must be object"), ({"x": 1}, "must NOT have additional properties")):
        with pytest.raises(InvalidBodyError, match=message):
            nothing_in(body)


@pytest.mark.parametrize("dialect", OLD)
@pytest.mark.parametrize(
    ("users", "ids"),
    [([], set()), ([USER], {"ann"}), ([USER, {**USER, "user_id": 7}], {"ann", "7"}),
     ([{**USER, "do_import": False}, {**USER, "user_id": "bob", "do_import": "true"}], {"bob"}),
     ([without(USER, "email")], {"ann"}), ([{**USER, "username": None}], {"ann"})],
)  # fmt: skip
def test_whom_the_older_body_chooses(dialect: str, users: list[Any], ids: set[str]) -> None:
    body = {"input": {"users": users, "channels": [CHANNEL]}}
    assert selection_in(body, DIALECTS[dialect]) == Selection(everybody=False, ids=frozenset(ids))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("users", "selection"),
    [({"all": True}, EVERYBODY), ({"all": "true", "list": ["x"]}, Selection(True, frozenset({"x"}))),
     ({"list": ["ann", 7]}, Selection(False, frozenset({"ann", "7"}))), ({}, Selection(False)),
     ({"all": None}, Selection(False))],
)  # fmt: skip
def test_whom_the_newer_body_chooses(dialect: str, users: Any, selection: Selection) -> None:
    assert selection_in({"input": {"users": users}}, DIALECTS[dialect]) == selection


@pytest.mark.parametrize("dialect", NEW)
def test_the_newer_body_may_choose_nobody_without_a_word(dialect: str) -> None:
    assert selection_in({"input": {}}, DIALECTS[dialect]) == Selection(everybody=False)


@pytest.mark.parametrize(
    ("dialect", "body", "message"),
    [(dialect, body, message) for dialect in DIALECTS for body, message in [
        ({}, "must have required property 'input'"), ({"input": 1}, "must be object"),
        ({"input": {}, "x": 1}, "must NOT have additional properties"),
        ({"input": {"users": {"all": "x"}}}, "must be boolean"),
        ({"input": {"users": {"list": "ann"}}}, "must be array"),
        ({"input": {"users": {"list": [[]]}}}, "must be string"),
     ]]
    + [(dialect, {"input": chosen}, message) for dialect in OLD for chosen, message in [
        ({}, "must have required property 'users'"),
        ({"users": []}, "must have required property 'channels'"),
        ({"users": 1, "channels": []}, "must be array"),
        ({"users": [1], "channels": []}, "must be object"),
        ({"users": [without(USER, "is_bot")], "channels": []}, "must have required property 'is_bot'"),
        ({"users": [{**USER, "is_bot": "x"}], "channels": []}, "must be boolean"),
        ({"users": [{**USER, "email": []}], "channels": []}, "must be string"),
        ({"users": [], "channels": {}}, "must be array"),
        ({"users": [], "channels": [without(CHANNEL, "name")]}, "must have required property 'name'"),
     ]]
    + [(dialect, {"input": {"users": [USER], "channels": []}}, "must be object") for dialect in NEW],
)  # fmt: skip
def test_a_selection_that_does_not_fit(dialect: str, body: Any, message: str) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        selection_in(body, DIALECTS[dialect])
    assert str(caught.value) == message
