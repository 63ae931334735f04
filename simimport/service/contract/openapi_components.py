"""What the endpoints of an OpenAPI document share, per dialect: schemas, responses and headers.

The bodies of ``import.status`` are in `answer_shapes`; those that are sent, and refusals, beside this.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simimport.service import refusals
from simimport.service.contract.answer_shapes import definitions, named, operations, states, steps
from simimport.service.contract.parts import FETCHERS, FILE_IMPORTERS, Schema, closed, refer
from simimport.service.contract.refusal_shapes import exactly, refusal_schemas
from simimport.service.contract.request_shapes import request_schemas
from simimport.service.contract.session_shapes import session_schemas
from simimport.service.http.asgi import MAX_BODY

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.answers import Answer

__all__ = ["answer", "headers", "limited", "local", "responses", "schemas", "unknown_path"]

_AT = "#/components/schemas/"
local = partial(refer, at=_AT)

_LIMITS = {
    "X-RateLimit-Limit": "How many calls a minute are allowed. Like the others, only where there is a limit.",
    "X-RateLimit-Remaining": "How many more are allowed until the reset.",
    "X-RateLimit-Reset": "When the next minute begins, in milliseconds since 1970.",
}
_SOME_TEXT: Schema = {"type": "string", "minLength": 1}
_SUCCESS: Schema = {"const": True}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
#: Each importer by its key.
_IMPORTERS = {"api": "API", **FILE_IMPORTERS, **FETCHERS}


def answer(about: str, schema: Schema, examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response in JSON."""
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"description": about, "content": {"application/json": {"schema": schema, "examples": shown}}}


def limited(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response with the headers of the rate limit."""
    return {**response, "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}}


def responses(dialect: Dialect) -> dict[str, Any]:
    """Return the refusals that endpoints share, and the answers to what is no endpoint."""
    unauthorized = refusals.unauthorized(dialect)
    forbidden = answer(
        "The permission is missing. Status 403.", local("Forbidden"), {"forbidden": refusals.forbidden().body}
    )
    too_many = refusals.too_many({}, 42)
    too_large = refusals.too_large(MAX_BODY)
    wrong = _other("Another method than the endpoint's own.", refusals.wrong_method(dialect, "GET"))
    if dialect.router == "restivus":
        wrong["content"]["application/json"]["schema"] = local("WrongMethod")
        wrong["headers"] = {"Allow": {"description": "The endpoint's methods.", "schema": {"type": "string"}}}
    return {
        "Unauthorized": answer(
            "The headers are missing or wrong. Status 401.",
            local("Unauthorized"),
            {"unauthorized": unauthorized.body},
        ),
        # typed routes ask for the permission before they count
        "Forbidden": forbidden if dialect.typed_routes else limited(forbidden),
        "TooManyRequests": limited(
            answer("More than ten calls in a minute.", local("TooManyRequests"), {"wait": too_many.body})
        ),
        "TooLarge": answer("The body is too large.", local("TooLarge"), {"tooLarge": too_large.body}),
        "WrongMethod": wrong,
    }


def unknown_path(dialect: Dialect) -> dict[str, Any]:
    """Return the answer on paths of which none is described here."""
    return _other("No endpoint has this path.", refusals.unknown_path(dialect))


def _other(about: str, refusal: Answer) -> dict[str, Any]:
    """Return the response to what is no endpoint, which not all routers give in JSON."""
    kind = refusal.content_type.partition(";")[0]
    content = {kind: {"schema": exactly(refusal.body), "example": refusal.body}}
    return {"description": f"{about} Status {refusal.http_status}.", "content": content}


def headers() -> dict[str, Any]:
    """Return the headers of the rate limit."""
    return {name: {"description": about, "schema": {"type": "integer"}} for name, about in _LIMITS.items()}


def schemas(dialect: Dialect) -> dict[str, Schema]:
    """Return every schema of a dialect by name."""
    return {
        **_successes(dialect),
        **definitions(dialect, _AT),
        **request_schemas(dialect, _AT),
        **session_schemas(dialect, _AT),
        **refusal_schemas(dialect),
    }


def _successes(dialect: Dialect) -> dict[str, Schema]:
    names = {state.value: named(state, "Status") for state in states(dialect)}
    every = [name for state in states(dialect)[1:] for name in operations(dialect, state)]
    operation: Schema = {"oneOf": [local(name) for name in every]}
    return {
        "Status": {
            "type": "object",
            "oneOf": [local(name) for name in names.values()],
            "discriminator": {
                "propertyName": "state",
                "mapping": {state: _AT + name for state, name in names.items()},
            },
        },
        "Success": closed({"success": _SUCCESS}),
        "Created": closed({"success": _SUCCESS, "operation": local("NewOperation")}),
        # before the first operation there is no key for it
        "CurrentOperation": closed({"success": _SUCCESS, "operation": operation}, optional=["operation"]),
        "LatestOperations": {"type": "array", "items": operation, "maxItems": 20},
        **_progress(dialect),
        "Importers": {"type": "array", "items": local("ListedImporter")},
        "ListedImporter": closed({"key": _SOME_TEXT, "name": _SOME_TEXT}),
        **_file_data(dialect),
        "Counted": closed({"count": _NUMBER, "success": _SUCCESS}),
    }


def _file_data(dialect: Dialect) -> dict[str, Schema]:
    """Return the schemas of what is in a file: whoever can be chosen, once it has been read."""
    user: dict[str, Schema] = {
        "user_id": {"type": "string"},
        "username": _SOME_TEXT,
        "email": _SOME_TEXT,
        "is_deleted": {"type": "boolean"},
        "is_bot": {"type": "boolean"},
        "do_import": {"const": True},
        "is_email_taken": {"const": False},
    }
    # there are people only
    channels = {"type": "array", "items": local("SelectedChannel"), "maxItems": 0}
    contacts = {"contacts": {"type": "array", "items": local("SelectedContact"), "maxItems": 0}}
    selection: dict[str, Schema] = {
        "name": {"enum": [*_IMPORTERS.values()]},
        "users": {"type": "array", "items": local("FileUser")},
        "channels": channels,
        "message_count": {"type": "integer", "const": 0},
        **(contacts if dialect.contacts else {}),
        "success": _SUCCESS,
    }
    return {
        "FileData": {"oneOf": [local("FileWaiting"), local("FileSelection")]},
        "FileWaiting": closed({"waiting": {"const": True}, "success": _SUCCESS}),
        "FileSelection": closed(selection),
        "FileUser": closed(user, optional=["username", "email"]),
    }


def _progress(dialect: Dialect) -> dict[str, Schema]:
    both = [{"key": {"const": key}, "name": {"const": name}} for key, name in _IMPORTERS.items()]
    pairs = [{"required": [*properties], "properties": properties} for properties in both]
    shape = closed(
        {
            "key": {"enum": [*_IMPORTERS]},
            "name": {"enum": [*_IMPORTERS.values()]},
            "step": {"enum": [step.value for step in steps(dialect)]},
            "count": local("ProgressCount"),
            "success": _SUCCESS,
        }
    )
    return {
        "Progress": {**shape, "oneOf": pairs},
        "ProgressCount": closed(dict.fromkeys(("completed", "total", "error"), _NUMBER)),
    }
