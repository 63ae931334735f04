"""What the endpoints of an OpenAPI document share, per dialect: schemas, responses and headers.

Refusals are described by what `refusals` says; the bodies of ``import.status`` are in `answer_shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simimport.model.states import STEP_STATE, State
from simimport.service import refusals
from simimport.service.contract.answer_shapes import Schema, closed, definitions, named, refer, states, steps
from simimport.service.http.asgi import MAX_BODY

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer

__all__ = [
    "ADD_USERS_ERRORS",
    "MISFITS",
    "RUN_ERRORS",
    "answer",
    "exactly",
    "headers",
    "limited",
    "local",
    "responses",
    "schemas",
]

_AT = "#/components/schemas/"
local = partial(refer, at=_AT)

_LIMITS = {
    "X-RateLimit-Limit": "How many calls a minute are allowed. Like the others, only where there is a limit.",
    "X-RateLimit-Remaining": "How many more are allowed until the reset.",
    "X-RateLimit-Reset": "When the next minute begins, in milliseconds since 1970.",
}
#: What the validator of ``import.addUsers`` says; it never says of which user.
MISFITS = (
    *(f"must have required property '{key}'" for key in ("users", "emails", "importIds")),
    *(f"must be {kind}" for kind in ("object", "array", "string", "number", "boolean")),
    "must NOT have additional properties",
)
ADD_USERS_ERRORS = (
    refusals.NOT_INITIALIZED, refusals.NO_NEW_DATA, refusals.ALREADY_FINISHED, refusals.MISSING_DATA,
    refusals.INVALID_ROLES,
)  # fmt: skip
RUN_ERRORS = (refusals.NOT_FOUND, refusals.INVALID_STATUS)
_SOME_TEXT: Schema = {"type": "string", "minLength": 1}
_UNHELD = "What a server would store and simimport cannot hold, such as NUL or a comma in an address."
_TOO_MANY = (
    "^Error, too many requests\\. Please slow down\\. You must wait [0-9]+ seconds before trying this "
    "endpoint again\\. \\[error-too-many-requests\\]$"
)


def answer(about: str, schema: Schema, examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response in JSON."""
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"description": about, "content": {"application/json": {"schema": schema, "examples": shown}}}


def limited(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response with the headers of the rate limit."""
    return {**response, "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}}


def responses(dialect: Dialect) -> dict[str, Any]:
    """Return the refusals that endpoints share, and the answers to what is no endpoint."""
    forbidden = _refusal("The permission `run-import` is missing.", refusals.forbidden())
    too_many = refusals.too_many({}, 42)
    too_large = refusals.too_large(MAX_BODY)
    wrong = _refusal("Another method than the endpoint's own.", refusals.wrong_method(dialect, "GET"))
    if dialect.router == "restivus":
        wrong["headers"] = {"Allow": {"description": "The endpoint's methods.", "schema": {"type": "string"}}}
    return {
        "Unauthorized": _refusal("The headers are missing or wrong.", refusals.unauthorized(dialect)),
        # typed routes ask for the permission before they count
        "Forbidden": forbidden if dialect.typed_routes else limited(forbidden),
        "TooManyRequests": limited(
            answer("More than ten calls in a minute.", local("TooManyRequests"), {"wait": too_many.body})
        ),
        "TooLarge": answer("The body is too large.", local("TooLarge"), {"tooLarge": too_large.body}),
        "WrongMethod": wrong,
        "UnknownPath": _refusal("No endpoint has this path.", refusals.unknown_path(dialect)),
    }


def _refusal(about: str, refusal: Answer) -> dict[str, Any]:
    """Return the response of a refusal that is always the same."""
    kind = refusal.content_type.partition(";")[0]
    content = {kind: {"schema": exactly(refusal.body), "example": refusal.body}}
    return {"description": f"{about} Status {refusal.http_status}.", "content": content}


def headers() -> dict[str, Any]:
    """Return the headers of the rate limit."""
    return {name: {"description": about, "schema": {"type": "integer"}} for name, about in _LIMITS.items()}


# schemas --------------------------------------------------------------------------------------------

def exactly(body: Any) -> Schema:
    """Return the schema of one body and no other."""
    if isinstance(body, dict):
        return closed({key: {"const": value} for key, value in body.items()})
    return {"const": body}


def schemas(dialect: Dialect) -> dict[str, Schema]:
    """Return every schema of a dialect by name."""
    return {**_successes(dialect), **definitions(dialect, _AT), **_requests(), **_errors(dialect)}


def _successes(dialect: Dialect) -> dict[str, Schema]:
    success: Schema = {"const": True}
    names = {state.value: named(state, "Status") for state in states(dialect)}
    # the importer is always the API's own here, and loads nothing from files
    walked = [step.value for step in steps(dialect) if STEP_STATE[step] is not State.LOADING]
    counted = {name: {"type": "integer", "minimum": 0} for name in ("completed", "total", "error")}
    operations = [local(named(state, "Operation")) for state in states(dialect) if state is not State.NONE]
    operation: Schema = {"oneOf": [*operations, {"type": "null"}]}
    return {
        "Status": {
            "oneOf": [local(name) for name in names.values()],
            "discriminator": {
                "propertyName": "state",
                "mapping": {state: _AT + name for state, name in names.items()},
            },
        },
        "Success": closed({"success": success}),
        "Created": closed({"success": success, "operation": local("NewOperation")}),
        "CurrentOperation": closed({"success": success, "operation": operation}),
        "Progress": closed(
            {
                "key": {"const": "api"},
                "name": {"const": "API"},
                "step": {"enum": walked},
                "count": closed(counted, optional=["error"]),
                "success": success,
            }
        ),
        "Importers": {"type": "array", "items": closed({"key": _SOME_TEXT, "name": _SOME_TEXT})},
        "LoggedIn": closed(
            {"status": {"const": "success"}, "data": closed({"userId": _SOME_TEXT, "authToken": _SOME_TEXT})}
        ),
    }


def _requests() -> dict[str, Schema]:
    """Return what is sent: what fits without being coerced."""
    texts = {"type": "array", "items": {"type": "string"}}
    words = ("username", "name", "avatarUrl", "statusText", "type", "bio", "password")
    optional: dict[str, Schema] = {word: {"type": ["string", "null"]} for word in words}
    optional |= {"utcOffset": {"type": ["number", "null"]}, "deleted": {"type": ["boolean", "null"]}}
    optional["roles"] = {"type": ["array", "null"], "items": {"type": "string"}}
    required: dict[str, Schema] = {
        "emails": {**texts, "description": "At least one."},
        "importIds": {**texts, "description": "At least one: how other systems call the user."},
    }
    names = [{"required": [name]} for name in ("user", "username")]
    return {
        "AddUsers": closed({"users": {"type": "array", "items": local("NewUser")}}),
        # other keys are let in, and dropped
        "NewUser": {"type": "object", "required": [*required], "properties": {**required, **optional}},
        "Login": {
            "type": "object",
            "required": ["password"],
            "properties": {name: {"type": "string"} for name in ("user", "username", "password")},
            "anyOf": names,
        },
    }


def _errors(dialect: Dialect) -> dict[str, Schema]:
    misfits = [refusals.invalid_params(dialect, text).body for text in MISFITS]
    errors = [body["error"] for body in misfits if isinstance(body, dict)]
    return {
        "AddUsersRefused": {
            "anyOf": [
                _error({"enum": errors}, errorType={"const": "invalid-params"}),
                _error({"enum": list(ADD_USERS_ERRORS)}),
                _error({"type": "string", "pattern": "^users: ", "description": _UNHELD}),
            ]
        },
        "RunRefused": _error({"enum": list(RUN_ERRORS)}),
        "NoProgress": exactly(refusals.no_progress().body),
        "TooManyRequests": _error({"type": "string", "pattern": _TOO_MANY}),
        "TooLarge": _error({"type": "string", "pattern": "^The body is larger than [0-9]+ bytes\\.$"}),
    }


def _error(error: Schema, **more: Schema) -> Schema:
    return closed({"success": {"const": False}, "error": error, **more})
