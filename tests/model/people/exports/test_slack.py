"""People as Slack has them: what becomes of each, and what is no such file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import UsersError, read_users
from simimport.model.people.exports.members import read_members
from simimport.model.people.exports.reading import read_slack
from simimport.model.people.understood import read_as

ANN: dict[str, Any] = {
    "id": "U1", "team_id": "T1", "name": "ann", "deleted": False, "color": "9f69e7", "tz": "Asia/Kolkata",
    "tz_offset": 19800, "is_admin": True, "is_bot": False,
    "profile": {
        "real_name": "Ann Lee", "email": "ann@example.org", "image_512": "https://example.org/512.png",
        "image_original": "https://example.org/ann.png", "status_text": "away", "title": "Head of all",
    },
}  # fmt: skip
BOT = {**ANN, "id": "B1", "is_bot": True}
GONE = {**ANN, "id": "U2", "deleted": True, "tz_offset": None, "profile": {"email": "gone@example.org"}}


def test_a_person_of_slack() -> None:
    [ann, gone] = read_slack("users.json", json.dumps([ANN, BOT, GONE])).to_dict("records")
    assert {name: ann[name] for name in ("import_id", "username", "email", "name", "type")} == {
        "import_id": "U1", "username": "ann", "email": "ann@example.org", "name": "Ann Lee", "type": "user",
    }  # fmt: skip
    assert (ann["utc_offset"], ann["deleted"], ann["status_text"]) == (5.5, False, "away")
    assert (ann["avatar_url"], ann["bio"]) == ("https://example.org/ann.png", "Head of all")
    assert (gone["import_id"], gone["deleted"]) == ("U2", True)


def test_the_bots_are_counted_and_slackbot_is_one_whatever_it_says() -> None:
    slackbot = {**ANN, "id": "USLACKBOT", "name": "slackbot", "is_bot": False}
    people = read_slack("users.json", json.dumps([slackbot, BOT, ANN]))
    assert people["username"].tolist() == ["ann"]
    assert read_as(people) == "read as: Slack's users, 1 person, 2 bots left out"


def test_everybody_is_named_by_the_place_in_the_file() -> None:
    with pytest.raises(UsersError, match="user 3: must be an object with a profile"):
        read_slack("users.json", json.dumps([BOT, ANN, {"id": "U9"}]))


def test_somebody_without_an_address_is_kept() -> None:
    people = read_slack("users.json", json.dumps([{**ANN, "profile": {"real_name": "Ann"}}]))
    assert people["email"].isna().all()


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "not JSON"), ("[1, 2", "not JSON"), ('{"users": []}', "no list of users"),
     ("7", "no list of users"),
     ("[7]", "user 1: must be an object, not a number"), ('[{"id": "U1"}]', "user 1: must be an object"),
     (json.dumps([{**ANN, "tz_offset": "x"}]), "user 1 utcOffset: must be a number"),
     (json.dumps([{**ANN, "deleted": 1}]), "user 1 deleted: must be true or false"),
     ("[" * 100_000, "nested too deeply"), ("[1" + "0" * 5000 + "]", "more digits than can be read"),
     ("[" + "1," * 10_000_001 + "1]", "it holds too much")],
)  # fmt: skip
def test_what_is_no_users_json(text: str, problem: str) -> None:
    with pytest.raises(UsersError, match=problem):
        read_slack("users.json", text)


def test_a_list_of_members_without_the_last_cells() -> None:
    people = read_members(
        "members.csv", 'username,email\nann,ann@example.org\n\n"b ob",bob@example.org,Admin\n'
    )
    assert people["username"].tolist() == ["ann", "b ob"]
    assert people["name"].tolist() == ["ann", "b ob"]
    assert people["roles"].fillna("").tolist() == ["", "admin"]


def test_a_list_of_members_is_told_by_its_header(tmp_path: Path) -> None:
    header = "Username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname"
    path = tmp_path / "members.csv"
    path.write_text(f"\ufeff{header}\nold,old@example.com,Deactivated,0,0,0,U2,Old,\nnobody,,Member,,,,,,\n")
    people = read_users(path)
    assert people[["import_id", "deleted"]].to_numpy().tolist() == [["old@example.com", True]]
    assert read_as(people) == "read as: Slack's list of members, 1 person, 1 without an e-mail left out"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("username,email\nann", "line 2: has one cell"), ('a,b\n"x', "line 2: not CSV"),
     ("a,b\nx,y\0@example.org", "line 2")],
)  # fmt: skip
def test_what_is_no_list_of_members(text: str, problem: str) -> None:
    with pytest.raises(UsersError, match=problem):
        read_members("members.csv", text)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "name", "profile", "email", "tz_offset", "is_bot"]), inner),
))  # fmt: skip
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        people = read_slack("users.json", json.dumps([value]))
    except UsersError:
        return
    assert len(people) <= 1
