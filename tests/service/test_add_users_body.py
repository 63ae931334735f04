"""The schema of import.addUsers, and how the server's validator bends scalars to it."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import ImportService, OperationError, Scenario, stage, to_payload
from simimport.service.people.add_users_body import InvalidBodyError, checked
from simimport.service.refusals import INVALID_ROLES

ANN = {"emails": ["ann@example.org"], "importIds": ["1"]}


@pytest.mark.parametrize(
    ("body", "message"),
    [(None, "must be object"), ([], "must be object"), ("users", "must be object"), (7, "must be object"),
     ({}, "must have required property 'users'"),
     ({"user": []}, "must have required property 'users'"),
     ({"users": [], "x": 1}, "must NOT have additional properties"),
     ({"users": None}, "must be array"), ({"users": ANN}, "must be array"),
     ({"users": [None]}, "must be object"), ({"users": [[]]}, "must be object"),
     ({"users": [{}]}, "must have required property 'emails'"),
     ({"users": [{"emails": []}]}, "must have required property 'importIds'"),
     ({"users": [{**ANN, "emails": None}]}, "must be array"),
     ({"users": [{**ANN, "importIds": 7}]}, "must be array"),  # a scalar is not wrapped
     ({"users": [{**ANN, "emails": [{}]}]}, "must be string"),
     ({"users": [{**ANN, "roles": "admin"}]}, "must be array"),
     ({"users": [{**ANN, "roles": [["admin"]]}]}, "must be string"),
     ({"users": [{**ANN, "username": {}}]}, "must be string"),
     ({"users": [{**ANN, "utcOffset": "abc"}]}, "must be number"),
     ({"users": [{**ANN, "utcOffset": []}]}, "must be number"),
     ({"users": [{**ANN, "deleted": "yes"}]}, "must be boolean"),
     ({"users": [{**ANN, "deleted": 2}]}, "must be boolean"),
     ({"users": [{**ANN, "username": [], "emails": 1}]}, "must be string")],  # in the order of the schema
)  # fmt: skip
def test_what_does_not_fit(body: Any, message: str) -> None:
    with pytest.raises(InvalidBodyError) as caught:
        checked(body)
    assert str(caught.value) == message


@pytest.mark.parametrize("digits", ["1", "1.", ".1", "1e1", "0x1", "0b1"])
def test_a_long_text_that_is_nearly_a_number_is_looked_at_once(digits: str) -> None:
    # a pattern that gives back what it took would be at it for hours
    with pytest.raises(InvalidBodyError, match="must be number"):
        checked({"users": [{**ANN, "utcOffset": digits + "1" * 1_000_000 + "x"}]})


@pytest.mark.parametrize(
    ("number", "text"),
    [(7, "7"), (7.0, "7"), (-0.0, "0"), (1.5, "1.5"), (True, "true"), (False, "false"), (None, ""),
     (0.1, "0.1"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.25e22, "1.25e+22"),
     (1e-6, "0.000001"), (1e-7, "1e-7"), (-1.5e-7, "-1.5e-7"), (12345678901234567890, "12345678901234567000"),
     (123456.789, "123456.789"), (5e-324, "5e-324"), (10**400, "Infinity"), (-(10**400), "-Infinity"),
     (math.inf, "Infinity"), (math.nan, "NaN")],
)  # fmt: skip
def test_numbers_become_texts_as_javascript_writes_them(number: Any, text: str) -> None:
    assert checked({"users": [{"emails": [number], "importIds": [number]}]}) == [
        {"emails": [text], "importIds": [text]}
    ]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**80), 2**80))
def test_a_number_as_a_text_is_still_that_number(number: float) -> None:
    [user] = checked({"users": [{**ANN, "name": number}]})
    assert float(user["name"]) == float(number)


@pytest.mark.parametrize(
    ("given", "number"),
    [(3, 3.0), ("3", 3.0), (" -3.5 ", -3.5), ("0x10", 16.0), ("0b11", 3.0), (".5", 0.5), ("5.", 5.0),
     (" ", 0.0), ("1e3", 1000.0), (True, 1.0), (False, 0.0)],
)  # fmt: skip
def test_texts_become_numbers(given: Any, number: float) -> None:
    assert checked({"users": [{**ANN, "utcOffset": given}]})[0]["utcOffset"] == number


@pytest.mark.parametrize(
    "given", ["1_0", "٣", "Infinity", "nan", "1e400", "0x", "--1", math.inf, math.nan, 10**400]
)
def test_what_is_no_number_for_the_validator(given: Any) -> None:
    with pytest.raises(InvalidBodyError, match="must be number"):
        checked({"users": [{**ANN, "utcOffset": given}]})


@pytest.mark.parametrize(
    ("given", "flag"),
    [(True, True), (False, False), ("true", True), ("false", False), (1, True), (0, False), (1.0, True)],
)
def test_scalars_become_truth_values(given: Any, flag: bool) -> None:
    assert checked({"users": [{**ANN, "deleted": given}]})[0]["deleted"] is flag


def test_null_is_absent_and_so_is_an_empty_text_where_no_text_is_wanted() -> None:
    keys = ("username", "name", "utcOffset", "avatarUrl", "deleted", "statusText", "roles", "type", "bio",
            "password")  # fmt: skip
    assert checked({"users": [{**ANN, **dict.fromkeys(keys)}]}) == [ANN]
    assert checked({"users": [{**ANN, "utcOffset": "", "deleted": ""}]}) == [ANN]
    assert checked({"users": [{**ANN, "name": ""}]}) == [{**ANN, "name": ""}]


def test_other_keys_of_a_user_are_accepted_and_dropped_and_the_body_stays_as_it_was() -> None:
    body = {"users": [{**ANN, "importIds": [5], "shoeSize": 43, "type": "robot"}]}
    before = copy.deepcopy(body)
    assert checked(body) == [{**ANN, "importIds": ["5"], "type": "robot"}]
    assert body == before


def test_a_body_that_simimport_writes_passes_as_it_is() -> None:
    body = to_payload(stage(Scenario(users=300), seed=1))
    assert checked(body) == body["users"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_OPTIONAL = ("username", "name", "utcOffset", "deleted", "roles", "type", "bio", "password")
_USERS = st.fixed_dictionaries(
    {"emails": st.lists(_JSON, max_size=2) | _JSON, "importIds": st.lists(_JSON, max_size=2) | _JSON},
    optional=dict.fromkeys(_OPTIONAL, _JSON),
)


@given(_JSON | st.fixed_dictionaries({"users": _JSON | st.lists(_USERS | _JSON, max_size=3)}))
def test_any_body_is_taken_or_refused_and_never_breaks_the_service(body: Any) -> None:
    service = ImportService(seed=1)
    service.new()
    answer = service.answer("import.addUsers", body)
    assert answer.http_status in (200, 400)
    total = service.status()["operation"]["count"]["total"]
    assert total == (len(body["users"]) if answer.http_status == 200 else 0)


@pytest.mark.parametrize(
    ("user", "problem"),
    [({**ANN, "name": "a\0b"}, "user 2 name: has a character that no text file can hold"),
     ({**ANN, "name": "\ud800"}, "user 2 name: has a character that no text file can hold")],
)  # fmt: skip
def test_what_a_frame_cannot_hold_is_refused_with_the_reason(user: dict[str, Any], problem: str) -> None:
    service = ImportService(seed=1)
    service.new()
    with pytest.raises(OperationError, match=problem) as caught:
        service.add_users([ANN, user])
    assert caught.value.http_status == 400
    assert service.state == "new"


def test_commas_are_letters_like_others() -> None:
    # the server asks only for a value that is there (service.ts @ 014c0860)
    service = ImportService(seed=1, roles=["of,course"])
    user = {
        "emails": ["a,b@example.org", "c\\", "d,"], "importIds": ["1,2", "CORP\\jo"], "roles": ["of,course"],
    }  # fmt: skip
    service.new()
    service.add_users([user, {**ANN, "emails": ["d,"]}])
    assert service.staging["email"].tolist() == ["a,b@example.org", "d,"]
    assert to_payload(service.staging)["users"][0] == {**user, "roles": ["of,course", "user"]}
    service.run()
    service.run_until("done")
    # each address is known as it is, and a second one like it as a duplicate
    assert service.current is not None
    assert service.current.outcomes["reason"].tolist()[1] == "duplicate-email"


@pytest.mark.parametrize(
    ("roles", "error"),
    [(no_roles, "") for no_roles in ("", 0, False, 0.0, None, [])]
    + [(no_list, "must be array") for no_list in (1, True, "x", "0", {})]
    + [(["a,b"], INVALID_ROLES), ([","], INVALID_ROLES)],
)  # fmt: skip
def test_what_stands_for_no_roles_and_what_for_none_that_is_known(roles: Any, error: str) -> None:
    service = ImportService(seed=1, dialect="server-8.3")
    service.new()
    answer = service.answer("import.addUsers", {"users": [{**ANN, "roles": roles}]})
    assert (answer.http_status, answer.body.get("error", "")) == (400 if error else 200, error)


@pytest.mark.parametrize(
    ("dialect", "staged"),
    [("server-7.4", ["a,d,m,i,n", "m,o,d,e,r,a,t", "u,s,e,r", "u,s,e,r"]),
     ("server-8.3", ["admin,user", "moderator,bot,user", "user", "user"])],
)  # fmt: skip
def test_servers_of_7_4_stage_the_letters_of_the_first_role(dialect: str, staged: list[str]) -> None:
    service = ImportService(Scenario(users=0, failure_rate=0), seed=1, dialect=dialect)
    service.new()
    roles: list[Any] = [{"roles": ["admin"]}, {"roles": ["moderator", "bot"]}, {"roles": []}, {}]
    people = [{"emails": [f"{at}@x"], "importIds": ["1"], **given} for at, given in enumerate(roles)]
    service.add_users(people)
    # whether they are known is asked before
    with pytest.raises(OperationError, match="invalid roles"):
        service.add_users([{**ANN, "roles": ["admin", "boss"]}])
    service.run()
    service.run_until("done")
    assert service.imported["roles"].tolist() == staged


def test_a_password_is_accepted_and_never_kept() -> None:
    service = ImportService(seed=1)
    service.new()
    service.add_users([{**ANN, "password": "P@ssw0rd"}])
    assert "P@ssw0rd" not in repr(service.staging.to_dict())
