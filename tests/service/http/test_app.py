"""The application in process: the bytes of the service, paths and methods, faults, and other protocols."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from simimport import Faults, ImportService, ParameterError, PollClock, create_app
from tests.service.http.clients import (
    ACCOUNTS,
    DIALECTS,
    JSON,
    LOGIN,
    PREFIX,
    ROUTES,
    Chat,
    app_of,
    calls_of,
    headers_of,
    people,
)

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
    assert calls_of(app.service) == calls_of(inside)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_later_servers_forbid_caching(dialect: str) -> None:
    expected = "no-store" if dialect in ("server-7.4", "server-8.3") else None
    chat = Chat(app_of(dialect))
    for response in (chat.call("import.status"), chat.call("import.run")):
        assert response.headers.get("cache-control") == expected
        assert response.headers.get("pragma") == (expected and "no-cache")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_typed_routes_refuse_early_has_no_headers_against_caching(dialect: str) -> None:
    app = app_of(dialect)
    early = [
        Chat(app, None).call("import.status"), Chat(app, "guest").call("import.status"),
        Chat(app).call("import.addUsers", json={}), Chat(app).ask("GET", PREFIX + "importers.list?a=1"),
    ]  # fmt: skip
    late = [
        Chat(app).call("import.run"), Chat(app, None).ask("POST", LOGIN, json={}),
        *(Chat(app, "limited").call("import.status") for _ in range(11)),
    ]  # fmt: skip
    assert [response.status_code for response in early] == [401, 403, 400, 400]
    assert {response.status_code for response in late} == {400, 401, 200, 429}
    for responses, forbids in ((early, dialect == "server-7.4"), (late, dialect in DIALECTS[2:])):
        for response in responses:
            assert ("cache-control" in response.headers) is ("pragma" in response.headers) is forbids


def test_the_operation_belongs_to_who_created_it() -> None:
    body = Chat(app_of(), "limited").call("import.new").json()
    assert body["operation"]["user"] == "limited"


@pytest.mark.parametrize(
    "bad", [{"service": object()}, {"max_body": 0}, {"max_body": True}, {"max_body": 1.5}]
)
def test_other_arguments_that_are_none_are_refused(bad: dict[str, Any]) -> None:
    given: dict[str, Any] = {"service": ImportService(), **bad}
    with pytest.raises(ParameterError):
        create_app(given.pop("service"), **given)


def test_any_kind_of_whole_number_is_a_limit_and_a_port() -> None:
    service = ImportService(seed=1)
    assert create_app(service, max_body=np.int64(5)).max_body == 5
    with service.serve(port=np.int64(0), accounts=ACCOUNTS) as server:
        assert server.port > 0


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
@pytest.mark.parametrize(
    ("endpoint", "right", "method"),
    [
        (endpoint, right, method)
        for endpoint, right in {**ROUTES, "login": "POST"}.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
        if method != right
    ],
)
def test_other_methods(dialect: str, endpoint: str, right: str, method: str) -> None:
    response = Chat(app_of(dialect)).ask(method, PREFIX + endpoint)
    if dialect == "server-8.3" and (method, right) == ("HEAD", "GET"):
        # as GET, but for the body
        asked = Chat(app_of(dialect)).ask("GET", PREFIX + endpoint)
        assert (response.status_code, response.content) == (asked.status_code, b"")
        assert response.headers == asked.headers
        return
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


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_status_ignores_its_query(dialect: str) -> None:
    chat = Chat(app_of(dialect))
    assert chat.ask("GET", "/api/v1/import.status?x=1&x=%00").content == chat.call("import.status").content


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("endpoint", [name for name, method in ROUTES.items() if method == "GET"][1:])
def test_other_queries_have_no_keys(dialect: str, endpoint: str) -> None:
    app = app_of(dialect)
    before = app.service.answer("import.status").raw
    words = "must NOT have additional properties"
    expected: dict[str, Any] = {
        "success": False, "error": f"{words} [invalid-params]", "errorType": "invalid-params"
    }  # fmt: skip
    if dialect == "server-8.3":
        expected = {"success": False, "errorType": "error-invalid-params", "error": words}
    for query in ("any=test", "any", "any=", "a[]=1&b=2"):
        response = Chat(app).ask("GET", f"{PREFIX}{endpoint}?{query}")
        assert response.status_code == 400
        assert list(response.json().items()) == list(expected.items())
    assert calls_of(app.service)[-1] == (endpoint, "boss", 400)
    for query in ("", "&", "="):
        assert Chat(app).ask("GET", f"{PREFIX}{endpoint}?{query}").json() != expected
    # the permission is asked for first where routes are typed
    refused = Chat(app, "fast-guest").ask("GET", f"{PREFIX}{endpoint}?any=test")
    assert refused.status_code == (403 if dialect == "server-8.3" else 400)
    assert app.service.answer("import.status").raw == before


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


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("path", [PREFIX + "import.status", PREFIX + "import.run", LOGIN, "/api/info"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "http://page"}, {"Access-Control-Request-Method": "GET"}], ids=["origin", "method"]
)
def test_a_page_of_another_origin_asks_in_vain(dialect: str, path: str, headers: dict[str, str]) -> None:
    response = Chat(app_of(dialect), None).ask("OPTIONS", path, headers=headers)
    if dialect == "docs":
        assert response.status_code == 200
        return
    assert response.status_code == 405
    assert response.text == 'CORS not enabled. Go to "Admin > General > REST Api" to enable it.'
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("dialect", DIALECTS)
def test_servers_name_all_origins_in_every_other_answer(dialect: str) -> None:
    app = app_of(dialect)
    responses = [
        Chat(app).call("import.status"), Chat(app, None).call("import.status"), Chat(app).call("import.run"),
        Chat(app, None).ask("POST", LOGIN, json={}), Chat(app).ask("GET", "/x"),
        Chat(app).ask("PUT", LOGIN), Chat(app).ask("OPTIONS", LOGIN),
    ]  # fmt: skip
    expected = None if dialect == "docs" else "*"
    assert {response.headers.get("access-control-allow-origin") for response in responses} == {expected}
    # where pages are let in, it is there once
    response = Chat(app_of(dialect, cors=True)).call("import.status", headers={"Origin": "http://page"})
    assert response.headers.get_list("access-control-allow-origin") == ["*"]


def test_each_request_is_told_without_its_query() -> None:
    app = app_of()
    lines: list[tuple[str, str, int]] = []
    app.tell = lambda *line: lines.append(line)
    chat = Chat(app)
    chat.ask("GET", "/api/v1/import.status?token=secret")
    chat.ask("POST", "/a%1b[31m%0a")
    chat.ask("GET", "/_simimport/health")
    Chat(app, None).ask("GET", "/_simimport/journal")
    assert lines == [
        ("GET", "/api/v1/import.status", 200), ("POST", "/a%1b[31m%0a", 404),
        ("GET", "/_simimport/health", 200), ("GET", "/_simimport/journal", 401),
    ]  # fmt: skip


def test_a_server_may_ask_about_its_life() -> None:
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(asked)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def live() -> None:
        await app_of()({"type": "lifespan"}, receive, send)
        await app_of()({"type": "websocket"}, receive, send)

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete", "websocket.close"]


def test_a_client_that_goes_leaves_nothing() -> None:
    app = app_of()
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in headers_of("boss").items()]
    scope = {"type": "http", "method": "POST", "path": PREFIX + "import.addUsers", "headers": headers}
    asyncio.run(app(scope, receive, send))
    assert (sent, calls_of(app.service)) == ([], [])
