"""What the schemas are made of: objects that are closed, the three shapes of the counters, and the texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = [
    "DEFS", "FETCHERS", "FILE_IMPORTERS", "Schema", "closed", "counts", "pairs", "parts", "refer", "unshared",
]  # fmt: skip

Schema = dict[str, Any]

#: Where the definitions of a JSON Schema stand; those of OpenAPI are elsewhere.
DEFS = "#/$defs/"
#: The importers of files by their keys, and those that fetch what others left pending. They pass their names
#: as the type of an operation, and the API its key.
FILE_IMPORTERS = {"csv": "CSV", "slack": "Slack", "slack-users": "Slack_Users"}
FETCHERS = {"pending-files": "Pending Files", "pending-avatars": "Pending Avatars"}


def refer(name: str, at: str = DEFS) -> Schema:
    """Return a reference to a definition."""
    return {"$ref": at + name}


def closed(properties: Mapping[str, Schema], *, optional: Sequence[str] = (), **more: Any) -> Schema:
    """Return the schema of an object that has these keys and no others."""
    required = [name for name in properties if name not in optional]
    shape = {"type": "object", "required": required, "properties": dict(properties)}
    return {**more, **shape, "additionalProperties": False}


def pairs(importers: Mapping[str, str]) -> Schema:
    """Return what an importer's key and an operation's type have to do with each other."""
    both = [{"type": {"const": name}, "importerKey": {"const": key}} for key, name in importers.items()]
    return {"oneOf": [{"required": [*properties], "properties": properties} for properties in both]}


def counts(dialect: Dialect) -> dict[str, Schema]:
    """Return the shapes of the counters: of no users, of users before and after the first flush, of files."""
    processed = ("completed", "error")
    # the importers here bring users only
    others = () if dialect.server else ("messages", "channels", *processed)

    def counters(least: int | None, names: Iterable[str]) -> dict[str, Schema]:
        return {name: _number(least) for name in names}

    staged = ("total", "users")
    empty = counters(None, (*staged, *others))
    ready = counters(1, staged) | counters(None, others)
    flushed = ready | counters(0, processed)
    # what is fetched counts as messages, and as completed whatever becomes of it
    fetched = counters(1 if dialect.server else 0, ("total", "messages", "completed"))
    fetched |= counters(None, ("error", *(() if dialect.server else ("users", "channels"))))
    return {
        "EmptyCount": closed(empty, description="Nobody is staged."),
        "StagedCount": closed(ready, description="Users are staged, and none is published as processed."),
        "FlushedCount": {
            **closed(flushed, description="A batch at least is published as processed."),
            "anyOf": [{"properties": {name: _number(1)}} for name in processed],
        },
        "FetchedCount": closed(fetched, description="So many files or avatars were pending."),
    }


def _number(least: int | None) -> Schema:
    """Return the schema of a counter: from some number on, or always zero."""
    return {"type": "integer", "const": 0} if least is None else {"type": "integer", "minimum": least}


def parts(dialect: Dialect) -> dict[str, Schema]:
    """Return the texts, and what an importer's type and key have to do with each other."""
    day = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    # the lengths, since in some languages `$` also matches before a line's end
    operation_id: Schema = {"type": "string", "pattern": "^[0-9a-f]{24}$", "maxLength": 24}
    texts: dict[str, Schema] = {
        "Instant": {
            "description": "An instant in UTC, to the millisecond.",
            "type": "string",
            "format": "date-time",
            "pattern": f"^[0-9]{{4}}-{day}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}\\.[0-9]{{3}}Z$",
            "maxLength": 24,
        },
        "Importer": {
            "description": "The type is the importer's key for the API, and its name for importers of files.",
            "type": "object",
            **pairs({"api": "api", **FILE_IMPORTERS}),
        },
        "UserId": {"description": "The id of the user who created it.", "type": "string", "minLength": 1},
    }
    # the documentation page knows no id
    return {**texts, "OperationId": operation_id} if dialect.server else texts


def unshared(document: Schema) -> Schema:
    """Return a document as plain JSON has it: no part stands in two places, and words are plain texts."""
    plain: Schema = json.loads(json.dumps(document))
    return plain
