"""Bodies of requests: what is read, what counts as empty, and what is too large."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.service.http.clients import JSON, LOGIN, Chat, app_of, calls_of, people

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


NEW_NO_USERS, ARRAY = "must have required property 'users'", "must be array"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "content", "error"),
    [
        # what is no object is spread into one: a number has no keys, and a text a key for each letter
        (JSON, b"5", NEW_NO_USERS), (JSON, b'"hello"', NEW_NO_USERS), (JSON, b"true", NEW_NO_USERS),
        (JSON, b"null", NEW_NO_USERS), (JSON, b'""', NEW_NO_USERS), (JSON, b"[]", "must be object"),
        (JSON, b"{", NEW_NO_USERS), ("", b'{"users": 1}', NEW_NO_USERS),
        ("text/plain", b'{"users": 1}', NEW_NO_USERS), (FORM, b"", NEW_NO_USERS), (FORM, b"users=1", ARRAY),
        (FORM, b"users=", ARRAY), (FORM, b"user=1", NEW_NO_USERS), (FORM, b"&" * 1000, NEW_NO_USERS),
        (f"{FORM}; charset=utf-8", b"users=1", ARRAY), ("multipart/form-data", b'{"users": 1}', NEW_NO_USERS),
        # content types are found by a part of them, as it is written
        ("application/json-patch+json", b'{"users": 1}', ARRAY), (f"x/y; {JSON}", b'{"users": 1}', ARRAY),
        ("APPLICATION/JSON", b'{"users": 1}', NEW_NO_USERS),
        (f"multipart/form-data; {JSON}", b'{"users": 1}', NEW_NO_USERS),
    ],
)  # fmt: skip
def test_typed_routes_spread_a_body(kind: str, content: bytes, error: str) -> None:
    chat = Chat(app_of("server-8.3"))
    response = chat.call("import.addUsers", content=content, headers={"content-type": kind} if kind else {})
    expected = {"success": False, "errorType": "invalid-params", "error": error}
    assert (response.status_code, response.json()) == (400, expected)


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
    assert [status for _, _, status in calls_of(app.service)] == [200, 200, 413, 413, 413, 401]
