"""Who may enter, in which order that is checked, and what each dialect answers whom it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simimport import ImportService, ParameterError, create_app
from simimport.service.accounts import Accounts
from tests.service.http.clients import (
    ACCOUNTS,
    BYPASS,
    DIALECTS,
    IMPORT,
    LOGIN,
    ROUTES,
    Chat,
    app_of,
    calls_of,
    headers_of,
    people,
)

FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"
LOGGED_IN = "You must be logged in to do this."


# who may enter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("endpoint", ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-User-Id": "boss"},
        {"X-Auth-Token": "boss-token"},
        {"X-User-Id": "boss", "X-Auth-Token": "boss-toke"},
        {"X-User-Id": "boss", "X-Auth-Token": ""},
        {"X-User-Id": "guest", "X-Auth-Token": "boss-token"},
        {"X-User-Id": "nobody", "X-Auth-Token": "boss-token"},
    ],
)
def test_both_headers_must_be_right(dialect: str, endpoint: str, headers: dict[str, str]) -> None:
    app = app_of(dialect)
    response = Chat(app, None).call(endpoint, headers=headers)
    assert response.status_code == 401
    old = {"status": "error", "message": LOGGED_IN}
    new = {"success": False, "error": LOGGED_IN, **old}
    assert list(response.json().items()) == list((old if dialect in DIALECTS[:2] else new).items())
    assert calls_of(app.service) == [(endpoint, None, 401)]


def test_a_header_that_comes_twice_is_nobodys() -> None:
    accounts = Accounts(ACCOUNTS)
    user, token = (b"x-user-id", b"boss"), (b"x-auth-token", b"boss-token")
    account = accounts.who([user, token])
    assert account is not None
    assert (account.id, account.headers) == ("boss", headers_of("boss"))
    assert accounts.who([user, token, token]) is None
    assert accounts.who([user, user, token]) is None


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("endpoint", [name for name in ROUTES if name != "import.addUsers"])
def test_without_the_permission_it_is_forbidden(dialect: str, endpoint: str) -> None:
    app = app_of(dialect)
    response = Chat(app, "fast-guest").call(endpoint)
    assert (response.status_code, response.json()) == (403, {"success": False, "error": FORBIDDEN})
    assert calls_of(app.service) == [(endpoint, "fast-guest", 403)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_order_of_body_and_permission(dialect: str) -> None:
    app = app_of(dialect)
    bad = Chat(app, "fast-guest").call("import.addUsers", json={})
    good = Chat(app, "fast-guest").call("import.addUsers", json=people(1))
    # from 8.3 on the permission comes first
    assert (bad.status_code, good.status_code) == (403 if dialect == "server-8.3" else 400, 403)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_refused_caller_changes_nothing(dialect: str) -> None:
    app = app_of(dialect)
    Chat(app).call("import.new")
    before = app.service.answer("import.status").raw
    for name in ("guest", None):
        Chat(app, name).call("import.clear")
        Chat(app, name).call("import.addUsers", json=people(1))
    assert app.service.answer("import.status").raw == before


def test_without_accounts_there_is_one_administrator() -> None:
    apps = [create_app(ImportService(seed=1)) for _ in range(2)]
    first, second = (app.headers for app in apps)
    assert first["X-User-Id"] == second["X-User-Id"] == "aobEdbYhXfu5hkeqG"
    assert first["X-Auth-Token"] != second["X-Auth-Token"]
    assert len(first["X-Auth-Token"]) >= 40
    chat = Chat(apps[0], None)
    responses = [chat.call("import.status", headers=first) for _ in range(12)]
    assert {response.status_code for response in responses} == {200}
    assert "x-ratelimit-limit" not in responses[0].headers
    assert chat.call("import.status", headers=second).status_code == 401


@pytest.mark.parametrize(
    ("accounts", "field"),
    [
        ([], "accounts"),
        ({}, "accounts"),
        ({1: {"token": "t"}}, "the user id"),
        ({"a b": {"token": "t"}}, "the user id"),
        ({"a": "t"}, "the account"),
        ({"a": {}}, "token"),
        ({"a": {"token": ""}}, "token"),
        ({"a": {"token": "ä"}}, "token"),
        ({"a": {"token": "t\n"}}, "token"),
        ({"a": {"token": "t", "permission": []}}, "a key"),
        ({"a": {"token": "t", "permissions": "run-import"}}, "permissions"),
        ({"a": {"token": "t", "permissions": [1]}}, "permissions"),
        ({"a": {"token": "t", "permissions": None}}, "permissions"),
        ({"a": {"token": "t", "username": "x"}}, "username"),
        ({"a": {"token": "t", "password": "x"}}, "username"),
        ({"a": {"token": "t", "username": 1, "password": "x"}}, "username"),
        ({"a": {"token": "t", "username": "x", "password": 1}}, "password"),
        ({i: {"token": "t", "username": "x", "password": "y"} for i in "ab"}, "username"),
    ],
)
def test_accounts_that_are_none_are_refused(accounts: Any, field: str) -> None:
    with pytest.raises(ParameterError) as error:
        create_app(ImportService(), accounts=accounts)
    assert error.value.field == field


def test_secrets_are_in_no_message_and_no_repr() -> None:
    for bad in ({"token": "the secret"}, {"token": "t", "username": "u", "password": b"the secret"}):
        with pytest.raises(ParameterError) as error:
            create_app(ImportService(), accounts={"a": bad})
        assert "secret" not in str(error.value)
    app = app_of()
    assert "boss-token" not in repr(app) + repr(app.accounts.first)


# logging in ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["user", "username"])
def test_who_logs_in_gets_the_headers(name: str) -> None:
    app = app_of()
    body = {name: "boss", "password": "pw"}
    for given in ({"json": body}, {"data": body}):
        response = Chat(app, None).ask("POST", LOGIN, **given)
        assert response.status_code == 200
        assert response.json() == {"status": "success", "data": {"userId": "boss", "authToken": "boss-token"}}
    assert calls_of(app.service) == [("login", "boss", 200)] * 2


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "boss", {"user": "boss"}, {"user": "boss", "password": "PW"},
        {"user": "Boss", "password": "pw"}, {"user": "limited", "password": ""},
        {"user": {"username": "boss"}, "password": "pw"},
        {"user": "boss", "password": ["pw"]}, {"user": "boss", "password": "\ud800"},
    ],
)  # fmt: skip
def test_whoever_does_not_is_refused(body: Any) -> None:
    app = app_of()
    response = Chat(app, None).ask(
        "POST", LOGIN, content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert response.status_code == 401
    assert response.json() == {"status": "error", "error": 401, "message": "Unauthorized"}
    assert calls_of(app.service) == [("login", None, 401)]


@pytest.mark.parametrize("size", [65_537, 1_000_000])
def test_what_logs_in_is_small(size: int) -> None:
    app = app_of()
    response = Chat(app, None).ask("POST", LOGIN, content=b" " * size)
    assert response.status_code == 413
    assert "65536 bytes" in response.json()["error"]
    assert Chat(app, None).ask("POST", LOGIN, content=b" " * 65_536).status_code == 401
    assert Chat(app_of(max_body=10), None).ask("POST", LOGIN, content=b" " * 11).status_code == 413


@pytest.mark.parametrize("permissions", [[IMPORT], (IMPORT,), {IMPORT, BYPASS}, frozenset([IMPORT])])
def test_permissions_are_any_collection(permissions: Any) -> None:
    app = create_app(ImportService(), accounts={"a": {"token": "t", "permissions": permissions}})
    response = Chat(app, None).call("import.status", headers=app.headers)
    assert response.status_code == 200
