"""Who may enter, in which order that is checked, and what each dialect answers whom it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from simimport import ImportService, ParameterError, create_app
from simimport.service.accounts import Accounts
from tests.service.http.clients import (
    ACCOUNTS,
    BYPASS,
    DIALECTS,
    IMPORT,
    ROUTES,
    VIEW,
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


# what is wanted in a body is asked for before the permission, but where routes are typed
BODIES: dict[str, Any] = {
    "import.addUsers": people(1), "startImport": {"input": {"users": {"all": True}}},
    "uploadImportFile": dict.fromkeys(("binaryContent", "contentType", "fileName", "importerKey"), "x"),
    "downloadPublicImportFile": {"fileUrl": "http://example.com/x.zip", "importerKey": "csv"},
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("endpoint", ROUTES)
def test_without_the_permission_it_is_forbidden(dialect: str, endpoint: str) -> None:
    app = app_of(dialect)
    given = {"json": BODIES[endpoint]} if endpoint in BODIES else {}
    response = Chat(app, "fast-guest").call(endpoint, **given)
    if (dialect, endpoint) == ("server-6.3", "uploadImportFile"):
        # the only one that asked for none then: what is wrong is the file
        assert response.status_code == 400
        return
    assert (response.status_code, response.json()) == (403, {"success": False, "error": FORBIDDEN})
    assert calls_of(app.service) == [(endpoint, "fast-guest", 403)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_list_of_operations_has_a_permission_of_its_own(dialect: str) -> None:
    one = {name: {"token": "t", "permissions": [name, BYPASS]} for name in (IMPORT, VIEW)}
    app = create_app(ImportService(seed=1, dialect=dialect), accounts=one)
    for name, open_to in ((IMPORT, False), (VIEW, True)):
        headers = {"X-User-Id": name, "X-Auth-Token": "t"}
        listed = Chat(app, None).call("getLatestImportOperations", headers=headers)
        polled = Chat(app, None).call("import.status", headers=headers)
        assert [listed.status_code, polled.status_code] == ([200, 403] if open_to else [403, 200])
        assert (listed if polled.status_code == 200 else polled).json()["error"] == FORBIDDEN


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


@pytest.mark.parametrize("permissions", [[IMPORT], (IMPORT,), {IMPORT, BYPASS}, frozenset([IMPORT])])
def test_permissions_are_any_collection(permissions: Any) -> None:
    app = create_app(ImportService(), accounts={"a": {"token": "t", "permissions": permissions}})
    response = Chat(app, None).call("import.status", headers=app.headers)
    assert response.status_code == 200
