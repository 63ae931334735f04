"""What clients call around an import: login in all its forms, logout, me, and what server it is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from simimport.service.accounts import MOST_TOKENS, Accounts
from tests.service.http.clients import (
    ACCOUNTS,
    DIALECTS,
    LOGIN,
    PREFIX,
    Chat,
    app_of,
    calls_of,
    headers_of,
)

DIGEST = {"digest": hashlib.sha256(b"pw").hexdigest(), "algorithm": "sha-256"}
ME = {
    "_id": "boss", "username": "boss", "name": "boss",
    "emails": [{"address": "boss@example.com", "verified": True}], "roles": ["admin"], "status": "offline",
    "active": True, "email": "boss@example.com", "settings": {"profile": {}, "preferences": {}},
}  # fmt: skip
LOGGED_OUT = {"status": "success", "data": {"message": "You've been logged out!"}}


def wrong(dialect: str) -> dict[str, Any]:
    """Return what whoever cannot log in is told."""
    if dialect in DIALECTS[:2]:
        return {"status": "error", "error": 401, "message": "Unauthorized"}
    return {"success": False, "error": "Unauthorized", "status": "error", "message": "Unauthorized"}


def entered(chat: Chat, **body: Any) -> dict[str, str]:
    """Log in, and return the headers for that."""
    data = chat.ask("POST", LOGIN, json=body or {"user": "boss", "password": "pw"}).json()["data"]
    return {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}


def status(chat: Chat, headers: dict[str, str]) -> int:
    return chat.call("import.status", headers=headers).status_code


# logging in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "body",
    [
        {"user": "boss", "password": "pw"}, {"username": "boss", "password": "pw"},
        {"user": "boss@example.com", "password": "pw"}, {"username": "boss@example.com", "password": "pw"},
        {"email": "boss@example.com", "password": "pw"}, {"user": {"username": "boss"}, "password": "pw"},
        {"user": {"email": "boss@example.com"}, "password": "pw"}, {"user": "boss", "password": DIGEST},
        {"user": {"username": "boss"}, "password": DIGEST}, {"user": "boss", "password": "pw", "code": "1"},
        {"resume": "boss-token"},
    ],
)  # fmt: skip
def test_every_form_of_logging_in(dialect: str, body: dict[str, Any]) -> None:
    app = app_of(dialect)
    chat = Chat(app, None)
    response = chat.ask("POST", LOGIN, json=body)
    said = response.json()
    token = said["data"]["authToken"]
    expected: dict[str, Any] = {"status": "success", "data": {"userId": "boss", "authToken": token, "me": ME}}
    if dialect not in DIALECTS[:2]:
        expected["success"] = True
    assert (response.status_code, list(said.items())) == (200, list(expected.items()))
    assert (token == "boss-token") is ("resume" in body)  # noqa: S105 - no secret
    assert status(chat, {"X-User-Id": "boss", "X-Auth-Token": token}) == 200
    assert calls_of(app.service) == [("login", "boss", 200), ("import.status", "boss", 200)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_form_logs_in_too(dialect: str) -> None:
    response = Chat(app_of(dialect), None).ask("POST", LOGIN, data={"user": "boss", "password": "pw"})
    assert response.json()["data"]["me"] == ME


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "body",
    [
        {}, [], "boss", {"user": "boss"}, {"user": "boss", "password": "PW"},
        {"user": "Boss", "password": "pw"}, {"user": "limited", "password": ""},
        {"user": "boss", "password": ["pw"]}, {"user": "boss", "password": "\ud800"},
        {"email": "boss", "password": "pw"}, {"user": {"email": "boss"}, "password": "pw"},
        {"user": {"username": "boss@example.com"}, "password": "pw"},
        {"user": "boss", "password": {**DIGEST, "digest": "0" * 64}},
        {"user": "boss", "password": {"digest": "\ud800", "algorithm": "sha-256"}},
        {"user": "nobody", "password": DIGEST}, {"resume": "boss-toke"}, {"resume": "\ud800"}, {"resume": 1},
    ],
)  # fmt: skip
def test_whoever_does_not_is_refused(dialect: str, body: Any) -> None:
    app = app_of(dialect)
    response = Chat(app, None).ask(
        "POST", LOGIN, content=json.dumps(body), headers={"content-type": "application/json"}
    )
    assert response.status_code == 401
    assert list(response.json().items()) == list(wrong(dialect).items())
    assert calls_of(app.service) == [("login", None, 401)]


@pytest.mark.parametrize("size", [65_537, 1_000_000])
def test_what_logs_in_is_small(size: int) -> None:
    app = app_of()
    response = Chat(app, None).ask("POST", LOGIN, content=b" " * size)
    assert response.status_code == 413
    assert "65536 bytes" in response.json()["error"]
    assert Chat(app, None).ask("POST", LOGIN, content=b" " * 65_536).status_code == 401
    assert Chat(app_of(max_body=10), None).ask("POST", LOGIN, content=b" " * 11).status_code == 413


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ten_a_minute_may_try(dialect: str) -> None:
    app = app_of(dialect)
    chat, body = Chat(app, None), {"user": "boss", "password": "wrong"}
    for left in range(9, -1, -1):
        response = chat.ask("POST", LOGIN, json=body)
        assert (response.status_code, response.headers["x-ratelimit-remaining"]) == (401, str(left))
    # nobody is exempt who is not known yet, and the right password comes too late
    right = {"user": "boss", "password": "pw"}
    response = chat.ask("POST", LOGIN, json=right)
    assert response.status_code == 429
    assert "You must wait 60 seconds" in response.json()["error"]
    assert calls_of(app.service)[-1] == ("login", None, 429)
    assert chat.ask("POST", LOGIN, json=right, address="10.0.0.1").status_code == 200
    # nor is it counted what somebody does who is exempt, and says so
    response = Chat(app).ask("POST", LOGIN, json=right)
    assert (response.status_code, response.headers.get("x-ratelimit-limit")) == (200, None)
    app.service.advance(60)
    assert chat.ask("POST", LOGIN, json=right).status_code == 200


# the tokens ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_logging_out_ends_the_token_and_no_other(dialect: str, method: str) -> None:
    app = app_of(dialect)
    chat = Chat(app, None)
    first, second = entered(chat), entered(chat)
    assert first["X-Auth-Token"] != second["X-Auth-Token"]
    response = chat.ask(method, PREFIX + "logout", headers=first)
    assert (response.status_code, response.json()) == (200, LOGGED_OUT)
    assert [status(chat, headers) for headers in (first, second, headers_of("boss"))] == [401, 200, 200]
    assert chat.ask("POST", PREFIX + "logout", headers=first).status_code == 401
    assert chat.ask("POST", LOGIN, json={"resume": first["X-Auth-Token"]}).status_code == 401
    assert entered(chat, resume=second["X-Auth-Token"]) == second
    assert ("logout", "boss", 200) in calls_of(app.service)


def test_a_token_that_was_given_ends_too() -> None:
    chat = Chat(app_of(), None)
    chat.ask("POST", PREFIX + "logout", headers=headers_of("boss"))
    assert status(chat, headers_of("boss")) == 401
    assert status(chat, entered(chat)) == 200


def test_a_token_is_its_account_s_only() -> None:
    chat = Chat(app_of(), None)
    assert status(chat, {**entered(chat), "X-User-Id": "limited"}) == 401


def test_so_many_tokens_are_live_and_the_oldest_goes() -> None:
    accounts = Accounts(ACCOUNTS)
    made = [accounts.login({"user": "boss", "password": "pw"}) for _ in range(MOST_TOKENS + 2)]
    tokens = [entry[1] for entry in made if entry is not None]
    found = [accounts.who([(b"x-user-id", b"boss"), (b"x-auth-token", token.encode())]) for token in tokens]
    assert [account is not None for account in found] == [False] * 2 + [True] * MOST_TOKENS
    assert len(set(tokens)) == MOST_TOKENS + 2
    # the one that was given stays
    assert accounts.who([(b"x-user-id", b"boss"), (b"x-auth-token", b"boss-token")]) is not None


# who, and what ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_me(dialect: str) -> None:
    app = app_of(dialect)
    response = Chat(app).ask("GET", PREFIX + "me?any=test")
    assert (response.status_code, response.json()) == (200, {**ME, "success": True})
    guest = Chat(app, "fast-guest").ask("GET", PREFIX + "me").json()
    assert (guest["_id"], guest["username"], guest["roles"]) == ("fast-guest", "fast-guest", ["user"])
    assert Chat(app, None).ask("GET", PREFIX + "me").status_code == 401
    assert calls_of(app.service) == [("me", "boss", 200), ("me", "fast-guest", 200), ("me", None, 401)]


@pytest.mark.parametrize(("call", "method"), [("me", "GET"), ("logout", "POST")])
def test_who_is_not_exempt_is_limited_there_too(call: str, method: str) -> None:
    app = app_of()
    response = Chat(app, "limited").ask(method, PREFIX + call)
    assert response.headers["x-ratelimit-remaining"] == "9"
    assert "x-ratelimit-limit" not in Chat(app).ask(method, PREFIX + call).headers
    for _ in range(9):
        Chat(app, "guest").ask("GET", PREFIX + "me")
    limited = [Chat(app, "guest").ask("GET", PREFIX + "me").status_code for _ in range(2)]
    assert limited == ([429, 429] if call == "me" else [200, 429])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_server_it_is_is_told_to_anybody(dialect: str) -> None:
    app = app_of(dialect)
    version = {"docs": "6.3"}.get(dialect, dialect.removeprefix("server-"))
    for _ in range(12):
        response = Chat(app, None).ask("GET", "/api/info")
        assert (response.status_code, response.json()) == (200, {"version": version, "success": True})
    assert calls_of(app.service)[0] == ("info", None, 200)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("path", "right"),
    [
        (PREFIX + "login", "POST"), (PREFIX + "logout", "POST, GET"), (PREFIX + "me", "GET"),
        ("/api/info", "GET"),
    ],
)  # fmt: skip
def test_other_methods_there(dialect: str, path: str, right: str) -> None:
    chat = Chat(app_of(dialect))
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(right.split(", ")):
        response = chat.ask(method, path)
        assert response.status_code == (405 if dialect in DIALECTS[:2] else 404)
        assert response.headers.get("allow") == (f"{right}, OPTIONS" if dialect in DIALECTS[:2] else None)
    served = dialect == "server-8.3" and "GET" in right
    assert (chat.ask("HEAD", path).status_code == 200) is served
