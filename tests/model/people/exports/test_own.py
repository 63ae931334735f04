"""Keys of users that are not ours: left out and told, or refused where they mean one of ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from simimport import UsersError
from simimport.model.people.exports.reading import read_json, read_lines
from simimport.model.people.understood import read_as

if TYPE_CHECKING:
    import pandas as pd

ANN = {"username": "ann", "emails": ["ann@example.com"], "importIds": ["1"]}


def read(value: Any) -> pd.DataFrame:
    return read_json("people.json", json.dumps(value))


def refused(value: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(UsersError) as caught:
        read(value)
    return caught.value.rows


def test_keys_that_mean_nothing_of_ours_are_left_out_and_told() -> None:
    people = read([{**ANN, "department": "IT", "id": 7}, {**ANN, "department": None}])
    assert read_as(people) == ("read as: a list of users, 2 people, 2 other keys left out: 'department' 'id'")
    assert read_as(read({"users": [ANN]})) == "read as: a body of addUsers, 1 person"
    assert "and 8 more" in read_as(read([{**ANN, **{f"key{at}": 1 for at in range(20)}}]))


@pytest.mark.parametrize(
    ("key", "ours"),
    [("email", "emails"), ("E-Mail", "emails"), ("mail", "emails"), ("user_name", "username"),
     ("Username", "username"), ("importId", "importIds"), ("import_id", "importIds"),
     ("displayName", "name"), ("utc_offset", "utcOffset"), ("avatar_url", "avatarUrl")],
)  # fmt: skip
def test_a_key_that_means_ours_is_refused_by_name(key: str, ours: str) -> None:
    person = {name: value for name, value in ANN.items() if name != ours} | {key: "x"}
    if ours == "importIds":
        person["username"] = "ann"
    assert refused([ANN, person, person]) == [
        (0, f"user 2 {key}", f"is no key of a user; did you mean {ours}? (so in 1 more user)")
    ]


def test_beside_ours_it_is_only_left_out() -> None:
    people = read([{**ANN, "email": "other@example.com"}])
    assert people["email"].tolist() == ["ann@example.com"]
    assert "1 other key left out: 'email'" in read_as(people)


def test_a_list_without_any_key_of_ours_is_no_list_of_users() -> None:
    [(line, field, problem)] = refused([{"id": 1, "email": "a@example.com"}, {"phone": "1"}])
    assert (line, field) == (0, "")
    assert problem.startswith("no list of users: the keys found are 'id', 'email', 'phone', and those of a")
    assert problem.endswith("did you mean 'id' → importIds, 'email' → emails?")


def test_people_whom_nothing_names_are_refused_among_others() -> None:
    assert refused([ANN, {"name": "Bo"}, {}]) == [
        (0, "user 2", "has none of the keys emails, importIds, username (so in 1 more user)")
    ]


def test_a_line_is_named_where_there_are_lines() -> None:
    text = f'{json.dumps(ANN)}\n\n{{"username": "bo", "mail": "bo@example.com"}}\n'
    with pytest.raises(UsersError, match="line 3 mail: is no key of a user; did you mean emails"):
        read_lines("people.jsonl", text)


def test_more_that_is_wrong_than_anybody_mends_is_not_all_read() -> None:
    rows = refused(["nobody who is anybody"] * 20_000)
    assert len(rows) == 10_001
    assert rows[-1][1:] == ("user 10002", "what follows was not read, as so much before it is wrong")


def test_the_keys_of_many_people_take_little_room() -> None:
    rows = refused([{f"key {at}": 1} for at in range(20_000)])
    assert len(str(rows)) < 1_000
