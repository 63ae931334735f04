"""What the server's own end-to-end tests expect of its import API and of logging in: a table of facts.

Each row says who asks what, after which calls, what is answered, and where the server's repository says so.
The expectations are restated; nothing of the tests themselves is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.service.http.clients import ROUTES, Chat, app_of

FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"

_IMPORT = "apps/meteor/tests/end-to-end/api/import.spec.ts @ 16332f2f"
# the file has more in 2026, and is in the index without its name
_IMPORT_2026 = "tests/end-to-end/api, describe 'Imports', with downloadPublicImportFile (2026)"
_IMPORT_2022 = "tests/end-to-end/api, describe 'Imports', with a query (PR #26074, 2022)"
_MISC = "apps/meteor/tests/end-to-end/api/miscellaneous.ts @ 0037f042"
_FAILED = "apps/meteor/tests/end-to-end/api/31-failed-login-attempts.ts @ 0b227654"
_PUSH = "apps/meteor/tests/end-to-end/api, push.token: a session that is logged out (2026)"

EMAIL = "boss@example.com"
UPLOAD = {
    "binaryContent": "ZXJzLmNzdlBLBQYAAAAAAQABADcAAAAmAQAAAAA=", "contentType": "application/zip",
    "fileName": "users11.zip", "importerKey": "csv",
}  # fmt: skip
PRIVATE = {"fileUrl": "http://127.0.0.1:3000/api/v1/info", "importerKey": "slack-users"}

Call = tuple[str, Any]


class Fact(NamedTuple):
    """One expectation.

    Parameters
    ----------
    call : str
        What is called; ``/api/info`` with its path.
    account : str or None
    before : tuple
        What the administrator has called before, with which bodies.
    sent : object
        The body, and None for none.
    status : int
    holds : callable
        Whether a body is as expected.
    source : str
    query : str
    dialects : tuple of str
        Which of them stand for servers of the time of the test.
    """

    call: str
    account: str | None
    before: tuple[Call, ...]
    sent: Any
    status: int
    holds: Callable[[Any], bool]
    source: str
    query: str = ""
    dialects: tuple[str, ...] = ("server-7.4", "server-8.3")


def success(body: Any) -> bool:
    return body["success"] is True


def counted(body: Any) -> bool:
    return success(body) and body["count"] >= 0


def refused(body: Any) -> bool:
    return body["success"] is False


def forbidden(body: Any) -> bool:
    return refused(body) and body["error"] == FORBIDDEN


def not_null(body: Any) -> bool:
    # absent is not null
    return success(body) and body.get("operation", "absent") is not None


def progress(body: Any) -> bool:
    texts = (body["key"], body["name"], body["step"])
    return success(body) and all(isinstance(text, str) for text in texts) and isinstance(body["count"], dict)


def selection(body: Any) -> bool:
    lists = (body["users"], body["channels"])
    return success(body) and all(isinstance(found, list) for found in lists) and body["message_count"] >= 0


def entered(body: Any) -> bool:
    return body["status"] == "success" and {"userId", "authToken", "me"} <= body["data"].keys()


def not_entered(body: Any) -> bool:
    return body["status"] == "error" and body["message"] == "Unauthorized"


def shown(body: Any) -> bool:
    there = {"active", "name"} <= body.keys() and isinstance(body["roles"], list)
    named = (body["_id"], body["username"], body["emails"][0]["address"]) == ("boss", "boss", EMAIL)
    kept = isinstance(body["settings"]["preferences"], dict) and "password" not in body.get("services", {})
    return success(body) and there and named and kept


def versioned(body: Any) -> bool:
    return "info" not in body and body["version"].count(".") == 1


_FILES, _AVATARS = ("downloadPendingFiles", None), ("downloadPendingAvatars", None)
_PENDING = (_FILES, _AVATARS)

FACTS = (
    Fact("getCurrentImportOperation", "boss", (), None, 200, not_null, _IMPORT),
    Fact("getCurrentImportOperation", "boss", _PENDING, None, 200, not_null, _IMPORT),
    Fact("getCurrentImportOperation", "boss", (), None, 400, refused, _IMPORT_2022, "any=test"),
    Fact("downloadPendingFiles", "boss", (), None, 200, counted, _IMPORT),
    Fact("downloadPendingAvatars", "boss", (_FILES,), None, 200, counted, _IMPORT),
    Fact("getLatestImportOperations", "guest", _PENDING, None, 403, forbidden, _IMPORT),
    Fact("getLatestImportOperations", "boss", (), None, 200, lambda body: body == [], _IMPORT),
    Fact("getLatestImportOperations", "boss", _PENDING, None, 200, lambda body: len(body) == 2, _IMPORT),
    Fact("getImportProgress", "boss", _PENDING, None, 200, progress, _IMPORT),
    Fact("getImportFileData", "boss", _PENDING, None, 200, selection, _IMPORT),
    Fact("downloadPublicImportFile", "boss", (), PRIVATE, 400,
         lambda body: refused(body) and body["error"] == "error-ssrf-validation-failed", _IMPORT_2026, "",
         ("server-8.3",)),
    Fact("getImportProgress", "boss", (("downloadPublicImportFile", PRIVATE),), None, 200,
         lambda body: body["step"] == "importer_import_failed", _IMPORT_2026, "", ("server-8.3",)),
    Fact("uploadImportFile", "guest", (), UPLOAD, 403, forbidden, _IMPORT_2026),
    Fact("login", None, (), {"user": "boss", "password": "pw"}, 200, entered, _FAILED),
    Fact("login", None, (), {"user": {"username": "boss"}, "password": "pw"}, 200, entered, _MISC),
    Fact("login", None, (), {"user": {"email": EMAIL}, "password": "pw"}, 200, entered, _MISC),
    Fact("login", None, (), {"user": EMAIL, "password": "pw"}, 200, entered, _MISC),
    Fact("login", None, (), {"username": "boss", "password": "pw"}, 200, entered, _MISC),
    Fact("login", None, (), {"user": "boss", "password": "pw-incorrect"}, 401, not_entered, _FAILED),
    Fact("login", None, (("logout", None),), {"user": "boss", "password": "pw"}, 200, entered, _PUSH),
    Fact("logout", "boss", (), None, 200, lambda body: True, _PUSH),
    Fact("me", "boss", (), None, 200, shown, _MISC),
    Fact("/api/info", None, (), None, 200, versioned, _MISC),
)  # fmt: skip

METHODS = {**ROUTES, "login": "POST", "logout": "POST", "me": "GET", "/api/info": "GET"}


def asked(chat: Chat, call: str, sent: Any, query: str = "") -> Any:
    path = call if call.startswith("/") else f"/api/v1/{call}"
    given = {} if sent is None else {"json": sent}
    return chat.ask(METHODS[call], f"{path}?{query}" if query else path, **given)


@pytest.mark.parametrize(
    ("number", "dialect"),
    [(number, dialect) for number, fact in enumerate(FACTS) for dialect in fact.dialects],
    ids=lambda value: value if isinstance(value, str) else f"{value}-{FACTS[value].call}",
)
def test_the_expectations_of_the_server_s_own_tests_hold(number: int, dialect: str) -> None:
    app, fact = app_of(dialect), FACTS[number]
    for call, sent in fact.before:
        asked(Chat(app), call, sent)
    response = asked(Chat(app, fact.account), fact.call, fact.sent, fact.query)
    assert response.status_code == fact.status, fact.source
    assert response.headers["content-type"] == "application/json", fact.source
    assert fact.holds(response.json()), fact.source
