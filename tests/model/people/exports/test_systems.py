"""People of other systems: what becomes of each, who is left out, and what nobody mistakes for them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import UsersError, to_payload
from simimport.model.people.exports.reading import read_json, read_lines
from simimport.model.people.exports.systems import SYSTEMS, system_of
from simimport.model.people.understood import read_as

if TYPE_CHECKING:
    import pandas as pd

PAYLOADS = Path(__file__).parents[4] / "data" / "payloads"


def read(value: Any) -> pd.DataFrame:
    return read_json("people.json", json.dumps(value))


def users(value: Any) -> list[dict[str, Any]]:
    return to_payload(read(value))["users"]


ANN = {"username": "ann.lee", "emails": ["ann.lee@example.com"], "name": "Ann Lee", "type": "user"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("slack-users.json",
         [{**ANN, "importIds": ["U1"], "utcOffset": 5.5, "bio": "Engineer", "statusText": "away",
           "avatarUrl": "https://example.com/ann.png", "deleted": False},
          {"username": "cleo.diaz", "emails": ["cleo.diaz@example.com"], "importIds": ["U2"],
           "name": "Cleo Díaz", "type": "user", "deleted": True}]),
        ("hipchat-users.json",
         [{**ANN, "username": "AnnLee", "importIds": ["1"], "deleted": False},
          {"username": "Guest1", "emails": [], "importIds": ["2"], "name": "A guest", "type": "user",
           "deleted": True}]),
        ("rocketchat-users.json",
         [{**ANN, "importIds": ["aobEdbYhXfu5hkeqG"], "roles": ["user"], "utcOffset": 1, "deleted": False}]),
        ("keycloak-realm.json", [{**ANN, "importIds": ["ann.lee"], "deleted": False}]),
        ("scim-users.json",
         [{**ANN, "emails": ["ann.lee@example.com", "ann@home.example.com"], "importIds": ["2819c223"],
           "bio": "Engineer", "deleted": False}]),
        ("google-users.json",
         [{"emails": ["ann.lee@example.com"], "importIds": ["102"], "name": "Ann Lee", "type": "user",
           "deleted": False}]),
        ("ldap-entries.json", [{**ANN, "importIds": ["5a1c"]}]),
        ("microsoft-users.json",
         [{"emails": ["ann.lee@example.com"], "importIds": ["87d349ed"], "name": "Ann Lee", "type": "user",
           "bio": "Engineer"}]),
        ("okta-users.json",
         [{"emails": ["ann.lee@example.com"], "importIds": ["00ub0oNGTSWTBKOLGLNR"], "name": "Ann Lee",
           "type": "user", "deleted": False}]),
    ],
)  # fmt: skip
def test_what_becomes_of_the_people_of_a_system(name: str, expected: list[dict[str, Any]]) -> None:
    people = read_json(name, (PAYLOADS / name).read_text(encoding="utf-8"))
    assert to_payload(people)["users"] == expected


def test_lines_of_mattermost_are_its_users_and_others() -> None:
    people = read_lines("a.jsonl", (PAYLOADS / "mattermost-users.jsonl").read_text(encoding="utf-8"))
    assert to_payload(people)["users"] == [
        {**ANN, "importIds": ["ann.lee"], "deleted": False, "bio": "Engineer"}
    ]
    assert read_as(people) == "read as: Mattermost's users in lines of JSON, 1 person, 1 other line left out"


def test_users_of_mattermost_may_come_behind_thousands_of_channels() -> None:
    channels = [{"type": "channel", "channel": {"name": f"c{at}"}} for at in range(2_500)]
    lines = [{"type": "version", "version": 1}, *channels, {"type": "user", "user": {"username": "ann"}}]
    people = read_lines("a.jsonl", "\n".join(map(json.dumps, lines)))
    assert people["username"].tolist() == ["ann"]
    assert "2,501 other lines left out" in read_as(people)


def test_other_ways_in_which_the_same_systems_write() -> None:
    # HipChat's first API
    old = {"users": [{"user_id": 7, "name": "Ann", "mention_name": "ann", "is_deleted": 0, "email": "a@b.c"}]}
    assert users(old)[0]["importIds"] == ["7"]
    assert users(old)[0]["deleted"] is False
    # SCIM without its schemas, as tools print it
    assert users([{"userName": "ann", "emails": [{"value": "a@example.com"}]}])[0]["username"] == "ann"
    # Active Directory, by PowerShell
    directory = [{"DistinguishedName": "CN=Ann,DC=example", "Enabled": False, "ObjectClass": "user",
                  "Name": "Ann", "SamAccountName": "ann", "ObjectGUID": "7f", "mail": "a@example.com",
                  "UserPrincipalName": "ann@corp.example.com"}]  # fmt: skip
    assert users(directory) == [
        {"username": "ann", "emails": ["a@example.com"], "importIds": ["7f"], "name": "Ann", "type": "user",
         "deleted": True}
    ]  # fmt: skip
    # ldapsearch by way of a converter, with a flag of bits
    entry = {"dn": "cn=Ann,dc=example", "sAMAccountName": "ann", "userAccountControl": "514", "mail": "a@b.c"}
    assert users([entry])[0]["deleted"] is True
    # ldapdomaindump has the name among the attributes, and computers are people to it
    dump = [{"attributes": {"distinguishedName": ["CN=Ann,DC=example"], "sAMAccountName": ["ann"],
                            "objectClass": ["top", "person", "user"], "objectGUID": [{"encoded": "AQ=="}]}},
            {"attributes": {"distinguishedName": ["CN=PC,DC=example"], "sAMAccountName": ["PC$"],
                            "objectClass": ["top", "person", "user", "computer"]}}]  # fmt: skip
    assert [user["importIds"] for user in users(dump)] == [["ann"]]
    # a realm that somebody wrote by hand, whose first account is a service's
    realm = [{"username": "service-account-a", "serviceAccountClientId": "a"},
             {"username": "ann", "realmRoles": ["user"], "credentials": [{"value": "secret"}]}]  # fmt: skip
    assert [user["username"] for user in users({"realm": "a", "users": realm})] == ["ann"]
    # Rocket.Chat, asked by somebody who may not see addresses; its bots of old have only the role
    seen = [{"_id": "a", "username": "ann", "type": "user", "active": False},
            {"_id": "b", "username": "botkit", "roles": ["bot"], "active": True}]  # fmt: skip
    assert [(user["username"], user["deleted"]) for user in users({"users": seen})] == [("ann", True)]
    # Keycloak's admin API, and Mattermost's
    assert users([{"id": "5", "username": "ann", "createdTimestamp": 1, "email": "a@b.c"}])[0] == {
        "username": "ann", "emails": ["a@b.c"], "importIds": ["5"], "type": "user",
    }  # fmt: skip
    api = {"id": "m1", "username": "ann", "auth_service": "", "delete_at": 7, "email": "", "nickname": "A"}
    assert users([api])[0] == {
        "username": "ann", "emails": [], "importIds": ["m1"], "name": "A", "type": "user", "deleted": True,
    }  # fmt: skip


def test_the_same_keys_without_certainty_are_nobodys() -> None:
    for person in (
        {"id": "1", "name": "general", "created": 1},
        {"username": "ann", "emails": ["a@example.com"]},
        {"_id": "1", "username": "ann", "emails": ["a@example.com"]},
        {"id": "1", "profile": {"email": "a@example.com"}},
        {"mention_name": "ann"},
        {"dn": "no distinguished name"},
        {"type": "user", "user": "ann"},
        {"username": "ann", "importIds": ["1"], "dn": "uid=ann,dc=example", "_id": "x"},
        {"username": "ann", "emails": ["a@example.com"], "mention_name": "ann", "id": 1, "name": "Ann"},
        {"importIds": ["1"], "profile": {}, "id": "U1", "name": "ann"},
    ):
        assert system_of([person]).name == "addUsers", person


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [("slack-users.json", {"id": "U9"}, "user 2: must be an object with a profile"),
     ("hipchat-users.json", {"User": 7}, "user 2: must be an object with a User"),
     ("hipchat-users.json", {"id": 7}, "user 2: has no mention_name, as HipChat has"),
     ("okta-users.json", {"id": "1"}, "user 2: must be an object with a profile"),
     ("okta-users.json", {"profile": {}}, "user 2: has no email and no login, as Okta has")],
)  # fmt: skip
def test_one_of_another_kind_among_them_is_refused_by_place(first: str, second: Any, problem: str) -> None:
    one = json.loads((PAYLOADS / first).read_text(encoding="utf-8"))[0]
    with pytest.raises(UsersError, match=problem):
        read([one, second])


@pytest.mark.parametrize(
    ("value", "problem"),
    [({}, "neither"), (7, "neither"), ({"users": {"a": 1}}, "save alone what is under 'users'"),
     ({"data": {"users": []}}, "save alone what is under 'data'"),
     ({"username": "a", "emails": []}, "but one user alone; put brackets around it"),
     ({"id": "1", "userPrincipalName": "a"}, "but one of Microsoft's users alone"),
     ({"ok": False, "error": "invalid_auth"}, "but an answer that tells of an error"),
     ({"foo": 1, "E-Mail": 2}, "the keys found are 'foo', 'E-Mail'.*did you mean 'E-Mail' → emails"),
     ({"members": [{"username": "a", "emails": []}]}, "of no system that is known stand under 'members'"),
     ({"users": [{"dn": "a=b", "uid": "a"}]}, "LDAP entries stand under 'entries', not under 'users'"),
     ({"entries": [], "title": "blog"}, "nobody is in it"),
     ([{"foo": 1}, {"bar": 2}], "no list of users: the keys found are 'foo', 'bar'")],
)  # fmt: skip
def test_what_is_no_list_of_people_is_named(value: Any, problem: str) -> None:
    with pytest.raises(UsersError, match=problem):
        read(value)


@pytest.mark.parametrize(
    "value", [[], {"users": []}, {"ok": True, "members": []}, {"schemas": [], "Resources": []}]
)
def test_nobody_is_nobody(value: Any) -> None:
    assert len(read(value)) == 0


def test_a_page_of_several_is_told() -> None:
    person = {"id": "U1", "name": "ann", "profile": {}}
    page = {"ok": True, "members": [person], "response_metadata": {"next_cursor": "x"}}
    assert "one page of several" in read_as(read(page))
    assert "one page of several" not in read_as(read({"ok": True, "members": [person]}))


NAMES = (
    "id _id name username userName emails email profile User user mention_name dn attributes mail active"
    " primaryEmail userPrincipalName schemas type login status address value delete_at auth_service title"
    " is_bot createdTimestamp objectClass userAccountControl tz_offset roles"
)
KEYS = st.sampled_from(NAMES.split())
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just("cn=a,dc=b"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(st.lists(ANYTHING, max_size=4), st.sampled_from(["", "users", "members", "Resources", "value"]))
def test_any_json_is_read_or_refused(values: list[Any], key: str) -> None:
    try:
        people = read({key: values} if key else values)
    except UsersError as error:
        assert error.rows  # noqa: PT017 - either end is right
    else:
        left_out = re.findall(
            r"(\d+) (?:bot|other line|other object|other resource|service acc)", read_as(people)
        )
        assert len(people) + sum(map(int, left_out)) == len(values)


@given(st.lists(st.dictionaries(KEYS, ANYTHING, max_size=6), max_size=3))
def test_no_system_fails_at_a_person_it_knows(people: list[dict[str, Any]]) -> None:
    for person in people:
        for system in SYSTEMS:
            if system.fits(person):
                try:
                    user = system.user_of(person)
                except ValueError as error:
                    assert str(error)  # noqa: PT017 - either end is right
                else:
                    assert isinstance(user, str | dict)
