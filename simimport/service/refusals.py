"""The bodies and codes of refusal, per dialect. Decides no refusal.

Which moves are is decided by the table of `simimport.model.states`; which bodies fit, by `add_users_body`.
Bodies of success are in `simimport.model.run.wire`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simimport.errors import OperationError
from simimport.model.dialects import DOCS
from simimport.model.states import Move, State
from simimport.service.answers import Answer

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change

__all__ = [
    "ALREADY_FINISHED",
    "INVALID_ROLES",
    "INVALID_STATUS",
    "MISSING_DATA",
    "NOT_FOUND",
    "NOT_INITIALIZED",
    "NO_NEW_DATA",
]

NOT_INITIALIZED = "Import operation not initialized."
NO_NEW_DATA = "The current import operation can not receive new data."
ALREADY_FINISHED = "The current import operation is already finished."
MISSING_DATA = "Users are missing required data."
INVALID_ROLES = "One or more of the users have been assigned invalid roles."
NOT_FOUND = "error-operation-not-found"
INVALID_STATUS = "error-invalid-operation-status"

# those that the state is to blame for, and not what was sent
_OF_STATE = frozenset({NOT_INITIALIZED, NO_NEW_DATA, ALREADY_FINISHED, NOT_FOUND, INVALID_STATUS})
_LOGGED_IN = "You must be logged in to do this."
_A_KEY_TOO_MANY = "must NOT have additional properties"
_FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"
_MAY_NOT_STEER = (
    "this account may not use the control plane: it needs the permission 'simimport-control', which the "
    "first account always has"
)
_NOBODY_STEERS = (
    "the control plane needs the headers X-User-Id and X-Auth-Token of an account that may steer, such as "
    "serve shows when it starts; without them, GET /_simimport/ and GET /_simimport/health are answered"
)
_FOREIGN_HOST = (
    "The Host of this request is not this machine, as if the page of another site asked. Where the name is "
    "yours, allow it: simimport serve --allow-host NAME, or serve(allow_hosts=[NAME])."
)
_WEB_APP = "<!DOCTYPE html>\n<html><head><title>Rocket.Chat</title></head><body></body></html>\n"


def unauthorized(dialect: Dialect) -> Answer:
    """Return the answer to missing or wrong headers: 401."""
    old: dict[str, Any] = {"status": "error", "message": _LOGGED_IN}
    if dialect.router == "restivus":
        return Answer.json(401, old)
    return Answer.json(401, {"success": False, "error": _LOGGED_IN, **old}, early=True)


def forbidden() -> Answer:
    """Return the answer to a caller without the permission: 403, the same in all versions."""
    return Answer.json(403, {"success": False, "error": _FORBIDDEN}, early=True)


def nobody_steers() -> Answer:
    """Return the answer of the control plane to missing or wrong headers: 401."""
    return Answer.json(401, {"status": "error", "message": _NOBODY_STEERS, "error": _NOBODY_STEERS})


def may_not_steer() -> Answer:
    """Return the answer of the control plane to a caller without its permission: 403."""
    return Answer.json(403, {"error": _MAY_NOT_STEER})


def foreign_host() -> Answer:
    """Return the answer to a request that names another host than this machine: 403."""
    return Answer.json(403, {"success": False, "error": _FOREIGN_HOST})


def bad_login(dialect: Dialect = DOCS) -> Answer:
    """Return the answer to a wrong name, password or token: 401."""
    word = "Unauthorized"
    if dialect.router == "restivus":
        return Answer.json(401, {"status": "error", "error": 401, "message": word})
    return Answer.json(401, {"success": False, "error": word, "status": "error", "message": word})


def too_many(headers: Mapping[str, str], wait_s: float) -> Answer:
    """Return the answer to the eleventh call of a minute: 429."""
    error = (
        f"Error, too many requests. Please slow down. You must wait {math.ceil(wait_s)} seconds before "
        "trying this endpoint again. [error-too-many-requests]"
    )
    return Answer.json(429, {"success": False, "error": error}, headers)


def too_large(limit: int) -> Answer:
    """Return the answer to a body beyond the limit: 413."""
    return Answer.json(413, {"success": False, "error": f"The body is larger than {limit} bytes."})


def invalid_params(dialect: Dialect, message: str) -> Answer:
    """Return the answer to a body that the schema of ``import.addUsers`` refuses: 400."""
    if dialect.typed_routes:
        body = {"success": False, "errorType": "invalid-params", "error": message}
        return Answer.json(400, body, early=True)
    error = f"{message} [invalid-params]"
    return Answer.json(400, {"success": False, "error": error, "errorType": "invalid-params"})


def invalid_query(dialect: Dialect) -> Answer:
    """Return the answer to a query that the schema of an endpoint refuses, as it knows no key: 400."""
    if not dialect.typed_routes:
        return invalid_params(dialect, _A_KEY_TOO_MANY)
    body = {"success": False, "errorType": "error-invalid-params", "error": _A_KEY_TOO_MANY}
    return Answer.json(400, body, early=True)


def service_error(message: str) -> Answer:
    """Return the answer to an error of the import service: 400, the same in all versions."""
    return Answer.json(400, {"success": False, "error": message})


def not_possible(move: Move, change: Change | None) -> Answer:
    """Return the answer to a move that the table does not have, given what is published: 400.

    That it is refused is decided by the table, and how it reads by what a server looks for, in this order:
    an operation that is there and still valid; then, for new data, whether it has walked to its end. (A
    server's operation that was cleared after its end is done, and no longer valid: the first comes first.)
    """
    if change is None or not change.valid:
        return service_error(NOT_INITIALIZED if move is Move.ADD_USERS else NOT_FOUND)
    if move is not Move.ADD_USERS:
        return service_error(INVALID_STATUS)
    return service_error(ALREADY_FINISHED if change.state is State.DONE else NO_NEW_DATA)


def method_error(code: str, reason: str, details: str) -> Answer:
    """Return the answer to an error of one of the older methods, which name themselves: 400."""
    error = f"{reason} [{code}]"
    return Answer.json(400, {"success": False, "error": error, "errorType": code, "details": details})


def no_operation(endpoint: str) -> Answer:
    """Return the answer of an older method before any operation: 400."""
    return method_error(NOT_FOUND, "Import Operation Not Found", endpoint)


def no_progress() -> Answer:
    """Return the answer of ``getImportProgress`` before any operation: 400."""
    return no_operation("getImportProgress")


def wrong_method(dialect: Dialect, allowed: str) -> Answer:
    """Return the answer to a known path with another method: 405, or 404 where the router knows no 405."""
    if dialect.router == "restivus":
        body = {"status": "error", "message": "API endpoint does not exist"}
        return Answer.json(405, body, {"Allow": f"{allowed}, OPTIONS"})
    return Answer.text(404, "404 Not Found", "text/plain; charset=UTF-8")


def unknown_path(dialect: Dialect) -> Answer:
    """Return the answer to a path that is none: 404; in servers of 6.x it falls through to the web app."""
    if not dialect.server:
        return Answer.json(404, {"success": False, "error": "Resource not found"})
    if dialect.router == "restivus":
        return Answer.text(200, _WEB_APP, "text/html; charset=utf-8")
    return Answer.text(404, "404 Not Found", "text/plain; charset=UTF-8")


def raised(
    answer: Answer, *, operation: str, state: str, allowed: tuple[str, ...] = (), hint: str = ""
) -> OperationError:
    """Return a refusal as the in-process service raises it; ``allowed`` is what its state allows."""
    body = answer.body
    if isinstance(body, dict):
        reason, wrong_state = body["error"], not _OF_STATE.isdisjoint((body["error"], body.get("errorType")))
    else:
        reason, wrong_state = f"a page of {answer.content_type.partition(';')[0]}", False
    possible = f"; what can be called in the state {state}: {', '.join(allowed)}" if wrong_state else ""
    more = f"; {hint}" if hint else possible
    return OperationError(
        f"{operation} is refused with {answer.http_status}: {reason}{more}",
        operation=operation,
        state=state,
        allowed=allowed,
        http_status=answer.http_status,
        body=body if isinstance(body, dict) else {"error": body},
    )
