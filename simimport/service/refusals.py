"""The bodies and codes of refusal, per dialect. What is refused is decided elsewhere.

Which moves are is decided by the table of `simimport.model.states`; which bodies fit, by `add_users_body`.
Bodies of success are in `simimport.model.run.wire`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simimport.errors import OperationError
from simimport.model.run.wire import encoded
from simimport.model.states import Move, State

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change
    from simimport.service.answers import Answer
    from simimport.service.faults import Fault

__all__ = [
    "ALREADY_FINISHED",
    "INVALID_ROLES",
    "INVALID_STATUS",
    "MISSING_DATA",
    "NOT_FOUND",
    "NOT_INITIALIZED",
    "NO_NEW_DATA",
    "Refusal",
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
_FORBIDDEN = "User does not have the permissions required for this action [error-unauthorized]"
_BAD_GATEWAY = (
    "<html>\n<head><title>502 Bad Gateway</title></head>\n"
    "<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n"
)
_WEB_APP = "<!DOCTYPE html>\n<html><head><title>Rocket.Chat</title></head><body></body></html>\n"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success.

    Parameters
    ----------
    http_status : int
    body : dict or str
        JSON, or a text of the kind that ``content_type`` names.
    headers : mapping of str to str
        Beside the content type.
    content_type : str
    """

    http_status: int
    body: dict[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @property
    def raw(self) -> bytes:
        """The body as it goes over the wire."""
        if isinstance(self.body, str):
            return self.body.encode()
        return encoded(self.body)


def unauthorized(dialect: Dialect) -> Refusal:
    """Return the answer to missing or wrong headers: 401."""
    old: dict[str, Any] = {"status": "error", "message": _LOGGED_IN}
    if dialect.router == "restivus":
        return Refusal(401, old)
    return Refusal(401, {"success": False, "error": _LOGGED_IN, **old})


def forbidden() -> Refusal:
    """Return the answer to a caller without the permission: 403, the same in all versions."""
    return Refusal(403, {"success": False, "error": _FORBIDDEN})


def bad_login() -> Refusal:
    """Return the answer to a wrong name or password: 401."""
    return Refusal(401, {"status": "error", "error": 401, "message": "Unauthorized"})


def too_many(headers: Mapping[str, str], wait_s: float) -> Refusal:
    """Return the answer to the eleventh call of a minute: 429."""
    error = (
        f"Error, too many requests. Please slow down. You must wait {math.ceil(wait_s)} seconds before "
        "trying this endpoint again. [error-too-many-requests]"
    )
    return Refusal(429, {"success": False, "error": error}, headers)


def too_large(limit: int) -> Refusal:
    """Return the answer to a body beyond the limit: 413."""
    return Refusal(413, {"success": False, "error": f"The body is larger than {limit} bytes."})


def invalid_params(dialect: Dialect, message: str) -> Refusal:
    """Return the answer to a body that the schema of ``import.addUsers`` refuses: 400."""
    if dialect.typed_routes:
        return Refusal(400, {"success": False, "errorType": "invalid-params", "error": message})
    error = f"{message} [invalid-params]"
    return Refusal(400, {"success": False, "error": error, "errorType": "invalid-params"})


def service_error(message: str) -> Refusal:
    """Return the answer to an error of the import service: 400, the same in all versions."""
    return Refusal(400, {"success": False, "error": message})


def not_possible(move: Move, change: Change | None) -> Refusal:
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


def no_progress() -> Refusal:
    """Return the answer of ``getImportProgress`` before any operation: 400, worded as older methods do."""
    body = {
        "success": False,
        "error": f"Import Operation Not Found [{NOT_FOUND}]",
        "errorType": NOT_FOUND,
        "details": "getImportProgress",
    }
    return Refusal(400, body)


def wrong_method(dialect: Dialect, allowed: str) -> Refusal:
    """Return the answer to a known path with another method: 405, or 404 where the router knows no 405."""
    if dialect.router == "restivus":
        body = {"status": "error", "message": "API endpoint does not exist"}
        return Refusal(405, body, {"Allow": f"{allowed}, OPTIONS"})
    return Refusal(404, "404 Not Found", content_type="text/plain; charset=UTF-8")


def unknown_path(dialect: Dialect) -> Refusal:
    """Return the answer to a path that is none: 404; in servers of 6.x it falls through to the web app."""
    if not dialect.server:
        return Refusal(404, {"success": False, "error": "Resource not found"})
    if dialect.router == "restivus":
        return Refusal(200, _WEB_APP, content_type="text/html; charset=utf-8")
    return Refusal(404, "404 Not Found", content_type="text/plain; charset=UTF-8")


def raised(answer: Answer, *, operation: str, state: str, allowed: tuple[str, ...] = ()) -> OperationError:
    """Return a refusal as the in-process service raises it; ``allowed`` is what its state allows."""
    body = answer.body
    said = body["error"] if isinstance(body, dict) else f"a page of {answer.content_type.partition(';')[0]}"
    wrong_state = isinstance(body, dict) and (said in _OF_STATE or body.get("errorType") in _OF_STATE)
    possible = f"; what can be called in the state {state}: {', '.join(allowed)}" if wrong_state else ""
    return OperationError(
        f"{operation} is refused with {answer.http_status}: {said}{possible}",
        operation=operation,
        state=state,
        allowed=allowed,
        http_status=answer.http_status,
        body=body if isinstance(body, dict) else {"error": body},
    )


def faulty(fault: Fault) -> Refusal:
    """Return the answer that a fault of the wire gives instead of the service's."""
    match fault.kind:
        case "429":
            return too_many({}, fault.wait_s)
        case "500":
            return Refusal(500, {"success": False, "error": "Internal server error"})
        case "503":
            headers = {"Retry-After": str(math.ceil(fault.wait_s))}
            return Refusal(503, {"success": False, "error": "Service Unavailable"}, headers)
        case _:
            return Refusal(502, _BAD_GATEWAY, content_type="text/html; charset=utf-8")
