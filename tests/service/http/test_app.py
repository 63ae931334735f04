"""The application in process: who may enter, in which order that is checked, what each dialect answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from simimport import Faults, ImportService, ParameterError, PollClock, create_app
from simimport.service.accounts import Accounts
from simimport.service.http.app import App
from tests.service.http.clients import (
    ACCOUNTS,
    BYPASS,
    DIALECTS,
    IMPORT,
    PREFIX,
    ROUTES,
    Chat,
    app_of,
    headers_of,
    people,
)

FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"
LOGGED_IN = "You must be logged in to do this."


def told(app: App) -> list[tuple[str, str | None, int]]:
    """Return what the journal knows: endpoint, account, status."""
    return [(call.endpoint, call.account, call.http_status) for call in app.service.log.last(1000)]


# the same bytes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_shim_sends_the_bytes_of_the_service(dialect: str) -> None:
    app = app_of(dialect)
    chat, inside = Chat(app), ImportService(seed=1, dialect=dialect)
    steps: list[tuple[str, Any, float]] = [
        ("import.status", None, 0), ("getImportProgress", None, 0), ("import.run", {}, 0),
        ("import.new", {}, 1), ("import.addUsers", people(120), 1), ("import.addUsers", {"users": 3}, 0),
        ("import.addUsers", {"users": [{"emails": [], "importIds": []}]}, 0), ("import.status", None, 2),
        ("importers.list", None, 0), ("import.run", {}, 2), ("import.status", None, 0),
        ("getCurrentImportOperation", None, 1), ("import.status", None, 100), ("import.clear", {}, 0),
        ("import.status", None, 0), ("getImportProgress", None, 0),
    ]  # fmt: skip
    for endpoint, payload, then_s in steps:
        answer = inside.answer(endpoint, payload, account="boss")
        response = chat.call(endpoint, json=payload) if payload is not None else chat.call(endpoint)
        assert (response.status_code, response.content) == (answer.http_status, answer.raw), endpoint
        assert response.headers["content-type"] == answer.content_type
        assert response.headers["content-length"] == str(len(answer.raw))
        inside.advance(then_s)
        app.service.advance(then_s)
    assert json.loads(answer.raw)["success"]
    assert told(app) == [(call.endpoint, call.account, call.http_status) for call in inside.log.last(1000)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_later_servers_forbid_caching(dialect: str) -> None:
    expected = "no-store" if dialect in ("server-7.4", "server-8.3") else None
    chat = Chat(app_of(dialect))
    for response in (chat.call("import.status"), chat.call("import.run")):
        assert response.headers.get("cache-control") == expected
        assert response.headers.get("pragma") == (expected and "no-cache")


def test_the_operation_belongs_to_who_created_it() -> None:
    body = Chat(app_of(), "limited").call("import.new").json()
    assert body["operation"]["user"] == "limited"


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
    assert told(app) == [(endpoint, None, 401)]


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
    assert told(app) == [(endpoint, "fast-guest", 403)]


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


@pytest.mark.parametrize(
    "bad", [{"service": object()}, {"max_body": 0}, {"max_body": True}, {"max_body": 1.5}]
)
def test_other_arguments_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    given: dict[str, Any] = {"service": ImportService(), **bad}
    with pytest.raises(ParameterError):
        create_app(given.pop("service"), **given)


# logging in ------------------------------------------------------------------------------------------

LOGIN = PREFIX + "login"


@pytest.mark.parametrize("name", ["user", "username"])
def test_who_logs_in_gets_the_headers(name: str) -> None:
    app = app_of()
    body = {name: "boss", "password": "pw"}
    for given in ({"json": body}, {"data": body}):
        response = Chat(app, None).ask("POST", LOGIN, **given)
        assert response.status_code == 200
        assert response.json() == {"status": "success", "data": {"userId": "boss", "authToken": "boss-token"}}
    assert told(app) == [("login", "boss", 200)] * 2


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
    assert told(app) == [("login", None, 401)]


# paths and methods -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("path", ["/", "/api/v1/", "/api/v1/import.statu", "/api/v1/import.status/", "/x"])
def test_unknown_paths(dialect: str, path: str) -> None:
    response = Chat(app_of(dialect)).ask("GET", path)
    if dialect == "docs":
        assert (response.status_code, response.json()["error"]) == (404, "Resource not found")
    elif dialect == "server-6.3":
        assert (response.status_code, response.text[:15]) == (200, "<!DOCTYPE html>")
    else:
        assert (response.status_code, response.text) == (404, "404 Not Found")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("endpoint", [*ROUTES, "login"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_other_methods(dialect: str, endpoint: str, method: str) -> None:
    right = ROUTES.get(endpoint, "POST")
    if method == right:
        return
    response = Chat(app_of(dialect)).ask(method, PREFIX + endpoint)
    if dialect in ("docs", "server-6.3"):
        assert response.status_code == 405
        assert response.headers["allow"] == f"{right}, OPTIONS"
        expected = '{"status":"error","message":"API endpoint does not exist"}'
    else:
        assert response.status_code == 404
        expected = "404 Not Found"
    assert response.text == ("" if method == "HEAD" else expected)
    assert response.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_options_needs_no_account(dialect: str) -> None:
    response = Chat(app_of(dialect), None).ask("OPTIONS", "/api/v1/import.run")
    assert response.status_code == 200
    assert response.text == ("" if dialect in DIALECTS[:2] else "OK")


def test_query_parameters_are_ignored() -> None:
    chat = Chat(app_of())
    assert chat.ask("GET", "/api/v1/import.status?x=1&x=%00").content == chat.call("import.status").content


# bodies ----------------------------------------------------------------------------------------------

JSON = "application/json"
NO_USERS = "must have required property 'users' [invalid-params]"


@pytest.mark.parametrize(
    ("kind", "content", "error"),
    [
        (JSON, b"", NO_USERS),
        (JSON, b"{", NO_USERS),
        (JSON, b"null", NO_USERS),
        (JSON, b'{"users": NaN}', NO_USERS),
        (JSON, b"[" * 100_000, NO_USERS),
        (JSON, b'{"users": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", NO_USERS),
        (JSON, "{\"users\": []}".encode("utf-16"), NO_USERS),
        ("text/plain", b'{"users": []}', NO_USERS),
        ("application/x-www-form-urlencoded", b"users=1", NO_USERS),
        ("multipart/form-data; boundary=x", b"--x--", NO_USERS),
        (JSON, b"[]", "must be object [invalid-params]"),
        (JSON, b'"x"', "must be object [invalid-params]"),
        (JSON, b'{"users": [1]}', "must be object [invalid-params]"),
        (JSON, b'{"users": 1' + b"0" * 5000 + b"}", "must be array [invalid-params]"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_an_empty_one(kind: str, content: bytes, error: str) -> None:
    response = Chat(app_of()).call("import.addUsers", content=content, headers={"content-type": kind})
    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "Application/JSON"])
def test_a_body_of_json_is_read(kind: str) -> None:
    app = app_of()
    chat = Chat(app)
    chat.call("import.new")
    users = [{"emails": ["a@example.com"], "importIds": [1e400, "x"], "name": "\ud83d\ude00"}]
    content = b"\xef\xbb\xbf" + json.dumps({"users": users}).replace("Infinity", "1" * 400).encode()
    response = chat.call("import.addUsers", content=content, headers={"content-type": kind})
    assert response.json() == {"success": True}
    assert app.service.staging["name"].tolist() == ["\U0001f600"]


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_text_that_cannot_be_kept_is_refused(text: str) -> None:
    chat = Chat(app_of())
    chat.call("import.new")
    for user in ({"emails": [text], "importIds": ["1"]}, {"emails": ["a"], "importIds": ["1"], "bio": text}):
        content = json.dumps({"users": [user]})
        response = chat.call("import.addUsers", content=content, headers={"content-type": JSON})
        assert response.status_code == 400


def test_a_body_is_bounded() -> None:
    app = app_of(max_body=1000)
    chat = Chat(app)
    chat.call("import.new")
    wide = json.dumps(people(1)).encode().ljust(1000)
    kind = {"content-type": JSON}
    assert chat.call("import.addUsers", content=wide, headers=kind).status_code == 200
    assert chat.call("import.addUsers", content=wide + b" ", headers=kind).status_code == 413

    async def chunks() -> Any:
        for _ in range(2):
            yield b" " * 600

    response = chat.call("import.addUsers", content=chunks(), headers=kind)
    assert (response.status_code, response.json()["error"]) == (413, "The body is larger than 1000 bytes.")
    assert chat.ask("POST", LOGIN, content=wide + b" ").status_code == 413
    # who may not enter is told so first
    assert Chat(app, None).call("import.addUsers", content=wide + b" ").status_code == 401
    assert [status for _, _, status in told(app)] == [200, 200, 413, 413, 413, 401]


# faults ----------------------------------------------------------------------------------------------


def struck(kind: str, **given: Any) -> Chat:
    service = ImportService(seed=1, faults=Faults([{"kind": kind, "at_poll": 1, **given}]))
    return Chat(create_app(service, accounts=ACCOUNTS))


def test_a_reset_is_one_in_process_too() -> None:
    chat = struck("reset")
    with pytest.raises(ConnectionResetError, match="a fault of the schedule"):
        chat.call("import.status")
    assert chat.call("import.status").status_code == 200


def test_latency_is_real_time() -> None:
    async def impatient(chat: Chat) -> None:
        async with asyncio.timeout(0.2):
            await asyncio.to_thread(chat.call, "import.status")

    chat = struck("latency", seconds=0.5)
    with pytest.raises(TimeoutError):
        asyncio.run(impatient(chat))
    assert chat.call("import.status").elapsed.total_seconds() < 0.2


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("503", 503), ("html", 502)])
def test_errors_of_the_schedule(kind: str, status: int) -> None:
    response = struck(kind).call("import.status")
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html" if kind == "html" else JSON)
    assert ("retry-after" in response.headers) == (kind == "503")


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
def test_spoiled_bodies(kind: str) -> None:
    response = struck(kind).call("import.status")
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        response.json()


def test_refused_calls_do_not_move_a_poll_clock() -> None:
    service = ImportService(seed=1, clock=PollClock(1))
    app = create_app(service, accounts=ACCOUNTS)
    Chat(app, "guest").call("import.status")
    Chat(app).call("import.run")
    Chat(app, None).ask("POST", LOGIN, json={"user": "boss", "password": "pw"})
    assert service.clock.now() == 0
    Chat(app).call("import.status")
    assert service.clock.now() == 1


# other origins, and other protocols ------------------------------------------------------------------


def test_other_origins_are_let_in_when_asked_to() -> None:
    preflight = {
        "Origin": "http://page", "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "X-User-Id,X-Auth-Token",
    }  # fmt: skip
    opened, closed = Chat(app_of(cors=True)), Chat(app_of())
    answer = opened.ask("OPTIONS", PREFIX + "import.status", headers=preflight)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert "x-auth-token" in answer.headers["access-control-allow-headers"].lower()
    poll = opened.call("import.status", headers={"Origin": "http://page"})
    assert poll.headers["access-control-allow-origin"] == "*"
    assert poll.content == closed.call("import.status").content
    assert "access-control-allow-origin" not in closed.call("import.status", headers=preflight).headers


def test_each_request_is_told_without_its_query() -> None:
    app = app_of()
    lines: list[tuple[str, str, int]] = []
    app.tell = lambda *line: lines.append(line)
    chat = Chat(app)
    chat.ask("GET", "/api/v1/import.status?token=secret")
    chat.ask("POST", "/a%1b[31m%0a")
    chat.ask("GET", "/_simimport/health")
    Chat(app, None).ask("GET", "/_simimport/health")
    assert lines == [
        ("GET", "/api/v1/import.status", 200), ("POST", "/a%1b[31m%0a", 404),
        ("GET", "/_simimport/health", 200), ("GET", "/_simimport/health", 401),
    ]  # fmt: skip


def test_a_server_may_ask_about_its_life() -> None:
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said: list[Any] = []

    async def receive() -> Any:
        return next(asked)

    async def send(message: Any) -> None:
        said.append(message["type"])

    async def live() -> None:
        await app_of()({"type": "lifespan"}, receive, send)
        await app_of()({"type": "websocket"}, receive, send)

    asyncio.run(live())
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


def test_a_client_that_goes_leaves_nothing() -> None:
    app = app_of()
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    said: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in headers_of("boss").items()]
    scope = {"type": "http", "method": "POST", "path": PREFIX + "import.addUsers", "headers": headers}
    asyncio.run(app(scope, receive, send))
    assert (said, told(app)) == ([], [])


@pytest.mark.parametrize("permissions", [[IMPORT], (IMPORT,), {IMPORT, BYPASS}, frozenset([IMPORT])])
def test_permissions_are_any_collection(permissions: Any) -> None:
    app = create_app(ImportService(), accounts={"a": {"token": "t", "permissions": permissions}})
    response = Chat(app, None).call("import.status", headers=app.headers)
    assert response.status_code == 200
