"""The bodies and codes of refusal: as server-behaviour.md has them, sections 1.2 to 1.8, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simimport import ImportService, OperationError, ParameterError, Scenario
from simimport.model.dialects import DIALECTS
from simimport.service import refusals
from simimport.service.answers import Answer

OLD, DOCS, MIDDLE, NEW = "server-6.3", "docs", "server-7.4", "server-8.3"
LOGGED_IN = '"You must be logged in to do this."'
TEXT, HTML = "text/plain; charset=UTF-8", "text/html; charset=utf-8"


def seen(refusal: Answer) -> tuple[int, str, dict[str, str]]:
    return refusal.http_status, refusal.raw.decode(), dict(refusal.headers)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_401(dialect: str) -> None:
    old = f'{{"status":"error","message":{LOGGED_IN}}}'
    new = f'{{"success":false,"error":{LOGGED_IN},"status":"error","message":{LOGGED_IN}}}'
    body = old if dialect in (DOCS, OLD) else new
    assert seen(refusals.unauthorized(DIALECTS[dialect])) == (401, body, {})


def test_403_and_a_bad_login() -> None:
    error = "User does not have the permissions required for this action [error-unauthorized]"
    assert seen(refusals.forbidden()) == (403, f'{{"success":false,"error":"{error}"}}', {})
    assert seen(refusals.bad_login()) == (401, '{"status":"error","error":401,"message":"Unauthorized"}', {})


def test_429() -> None:
    headers = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1473778736037"}
    error = (
        "Error, too many requests. Please slow down. You must wait 43 seconds before trying this endpoint "
        "again. [error-too-many-requests]"
    )
    expected = (429, f'{{"success":false,"error":"{error}"}}', headers)
    assert seen(refusals.too_many(headers, 42.001)) == expected


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_method(dialect: str) -> None:
    refusal = refusals.wrong_method(DIALECTS[dialect], "GET")
    if dialect in (DOCS, OLD):
        body = '{"status":"error","message":"API endpoint does not exist"}'
        assert seen(refusal) == (405, body, {"Allow": "GET, OPTIONS"})
        assert refusal.content_type == "application/json"
    else:
        assert seen(refusal) == (404, "404 Not Found", {})
        assert refusal.content_type == TEXT


@pytest.mark.parametrize(
    ("dialect", "status", "begins", "kind"),
    [(DOCS, 404, '{"success":false,', "application/json"), (OLD, 200, "<!DOCTYPE html>", HTML),
     (MIDDLE, 404, "404 Not Found", TEXT), (NEW, 404, "404 Not Found", TEXT)],
)  # fmt: skip
def test_no_such_path(dialect: str, status: int, begins: str, kind: str) -> None:
    refusal = refusals.unknown_path(DIALECTS[dialect])
    assert (refusal.http_status, refusal.content_type) == (status, kind)
    assert refusal.raw.decode().startswith(begins)


def test_413_names_the_limit() -> None:
    body = '{"success":false,"error":"The body is larger than 16 bytes."}'
    assert seen(refusals.too_large(16)) == (413, body, {})


def fresh(dialect: str) -> ImportService:
    return ImportService(Scenario(users=60, failure_rate=0), seed=1, dialect=dialect)


def to_new(dialect: str) -> ImportService:
    service = fresh(dialect)
    service.new()
    return service


def to_ready(dialect: str) -> ImportService:
    service = to_new(dialect)
    service.add_users()
    return service


def to_importing(dialect: str) -> ImportService:
    service = to_ready(dialect)
    service.run()
    return service


def to_done(dialect: str) -> ImportService:
    service = to_importing(dialect)
    service.run_until("done")
    return service


def to_cleared(dialect: str) -> ImportService:
    service = to_ready(dialect)
    service.clear()
    return service


def to_crashed(dialect: str) -> ImportService:
    service = ImportService(Scenario(users=60, crash_rate=1, crash_at=0.5), seed=1, dialect=dialect)
    service.new()
    service.add_users()
    service.run()
    service.run_until("error")
    return service


GOOD: list[dict[str, Any]] = [{"emails": ["a@example.org"], "importIds": ["1"]}]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("there", "error"),
    [(fresh, refusals.NOT_FOUND), (to_new, refusals.INVALID_STATUS), (to_importing, refusals.INVALID_STATUS),
     (to_done, refusals.INVALID_STATUS), (to_cleared, refusals.NOT_FOUND), (to_crashed, refusals.NOT_FOUND)],
)  # fmt: skip
def test_errors_of_the_service(dialect: str, there: Callable[[str], ImportService], error: str) -> None:
    service = there(dialect)
    before, log = service.answer("import.status").raw, service.log.calls
    with pytest.raises(OperationError) as caught:
        service.run()
    assert (caught.value.http_status, caught.value.body) == (400, {"success": False, "error": error})
    assert caught.value.operation == "import.run"
    # a refused call leaves everything as it was, but for the journal
    assert service.answer("import.status").raw == before
    assert service.log.calls == log + 2


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("users", [None, GOOD], ids=["generated", "given"])
@pytest.mark.parametrize(
    ("there", "error"),
    [(fresh, refusals.NOT_INITIALIZED), (to_importing, refusals.NO_NEW_DATA),
     (to_done, refusals.ALREADY_FINISHED), (to_cleared, refusals.NOT_INITIALIZED),
     (to_crashed, refusals.NOT_INITIALIZED)],
)  # fmt: skip
def test_where_nobody_can_be_added(
    dialect: str, there: Callable[[str], ImportService], error: str, users: Any
) -> None:
    service = there(dialect)
    before, log = service.answer("import.status").raw, service.log.calls
    with pytest.raises(OperationError) as caught:
        service.add_users(users)
    assert (caught.value.http_status, caught.value.body) == (400, {"success": False, "error": error})
    assert service.answer("import.status").raw == before
    assert service.log.calls == log + 2


def test_the_strings_are_those_of_the_server() -> None:
    assert [refusals.NOT_INITIALIZED, refusals.NO_NEW_DATA, refusals.ALREADY_FINISHED] == [
        "Import operation not initialized.",
        "The current import operation can not receive new data.",
        "The current import operation is already finished.",
    ]
    assert [refusals.MISSING_DATA, refusals.INVALID_ROLES, refusals.NOT_FOUND, refusals.INVALID_STATUS] == [
        "Users are missing required data.",
        "One or more of the users have been assigned invalid roles.",
        "error-operation-not-found",
        "error-invalid-operation-status",
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_is_added_in_any_state(dialect: str) -> None:
    for there in (fresh, to_new, to_ready, to_importing, to_done, to_cleared, to_crashed):
        service = there(dialect)
        before = service.answer("import.status").raw
        assert service.add_users([]) == {"success": True}
        assert service.answer("import.status").raw == before


def test_a_scenario_of_nobody_stages_nobody() -> None:
    service = ImportService(Scenario(users=0), seed=1)
    assert service.add_users() == {"success": True}
    service.new()
    service.add_users()
    assert service.state == "new"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_of_another_shape(dialect: str) -> None:
    service = to_new(dialect)
    error = "must have required property 'users'"
    expected = (
        f'{{"success":false,"errorType":"invalid-params","error":"{error}"}}'
        if dialect == NEW
        else f'{{"success":false,"error":"{error} [invalid-params]","errorType":"invalid-params"}}'
    )
    answer = service.answer("import.addUsers", {})
    assert (answer.http_status, answer.raw.decode()) == (400, expected)
    refusal = service.validate("import.addUsers", {})
    assert refusal is not None
    assert refusal.raw == answer.raw
    # what is not sent through HTTP is no body, and never the wish for generated people
    assert service.answer("import.addUsers").http_status == 400
    assert service.state == "new"


def test_only_one_endpoint_looks_at_its_body() -> None:
    service = to_new("docs")
    assert service.validate("import.run", {"what": "ever"}) is None
    assert service.validate("import.addUsers", {"users": GOOD}) is None
    assert service.answer("import.clear", {"what": "ever"}).http_status == 200


def test_progress_before_any_operation() -> None:
    with pytest.raises(OperationError) as caught:
        fresh("docs")["getImportProgress"]()
    assert caught.value.body == {
        "success": False,
        "error": "Import Operation Not Found [error-operation-not-found]",
        "errorType": "error-operation-not-found",
        "details": "getImportProgress",
    }
    assert caught.value.allowed == ("import.new", "import.clear")


def test_the_error_says_what_can_be_called_where_the_state_is_to_blame() -> None:
    with pytest.raises(OperationError) as caught:
        to_importing("docs").add_users(GOOD)
    assert str(caught.value) == (
        "import.addUsers is refused with 400: The current import operation can not receive new data.; "
        "what can be called in the state importing: import.new, import.clear"
    )
    assert (caught.value.state, caught.value.allowed) == ("importing", ("import.new", "import.clear"))
    with pytest.raises(OperationError) as caught:
        to_new("docs").add_users([{"emails": [""], "importIds": ["1"]}])
    assert str(caught.value) == "import.addUsers is refused with 400: Users are missing required data."


def test_what_would_not_end_before_the_calendar_is_refused() -> None:
    service = ImportService(Scenario(users=200, users_per_s=1e-9), seed=1)
    service.new()
    service.add_users()
    service.add_users()
    before = service.status()
    with pytest.raises(OperationError, match="is refused with 400: users_per_s is 1e-09") as caught:
        service.run()
    assert caught.value.http_status == 400
    assert service.status() == before


def test_an_epoch_that_leaves_a_clock_no_room() -> None:
    with pytest.raises(ParameterError, match=r"epoch is '9990-.*; allowed: an instant 1,000,000,000 s or"):
        ImportService(Scenario(epoch="9990-01-01"))
