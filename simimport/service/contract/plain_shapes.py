"""Schemas that generators of code can read: the exact ones, made wider until each is one plain shape.

Whatever keeps an exact schema keeps its plain one, which says less. Knows keywords and names, no endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from simimport.model.states import State
from simimport.service.contract.answer_shapes import states, steps
from simimport.service.contract.parts import Schema

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["plain_document", "plain_schemas"]

_AT, _JSON = "#/components/schemas/", "application/json"
#: The classes that stand for several definitions, by how the names of those end, or for one of another name.
_CLASSES: Mapping[str, Sequence[str]] = {
    "ImportStatus": ["Status", *(f"{state.value.capitalize()}Status" for state in State)],
    "ImportOperation": [
        *(f"{state.value.capitalize()}Operation" for state in State),
        "FetchedOperation", "ForbiddenOperation",
    ],
    "ImportCount": ["EmptyCount", "StagedCount", "FlushedCount", "FetchedCount"],
    "NewImport": ["Created"],
    "CurrentImport": ["CurrentOperation"],
    "ImportProgress": ["Progress"],
    "ImportProgressCount": ["ProgressCount"],
    "Importer": ["ListedImporter"],
    "LoginResult": ["LoggedIn"],
    "LogoutResult": ["LoggedOut"],
    "LogoutMessage": ["Farewell"],
    "AddUsersRequest": ["AddUsers"],
    "StartImportRequest": ["StartImport"],
    "UploadFileRequest": ["UploadFile"],
    "DownloadFileRequest": ["DownloadFile"],
    "EmptyRequest": ["Nothing"],
    "PendingCount": ["Counted"],
    "ImportFileData": ["FileData", "FileWaiting", "FileSelection"],
    "ImportFileUser": ["FileUser"],
    "SelectedIds": ["Chosen"],
    "ImportSelection": ["Selection", "SelectionById"],
    "Credentials": ["Login", "LoginForm", "TokenLogin"],
    "Refusal": [
        "AddUsersRefused", "RunRefused", "QueryRefused", "ProgressRefused", "UploadRefused",
        "DownloadRefused", "FileDataRefused", "StartRefused", "PendingRefused", "Forbidden",
        "TooManyRequests", "TooLarge",
    ],
}  # fmt: skip
#: What is sent need not be all that is taken: one form of a login is enough, and one of a selection.
_NARROWED = ("Login", "Selection")
#: What documents must be beside their own schema, and so no class.
_RULE = "Importer"
_CLASS_OF = {name: owner for owner, names in _CLASSES.items() for name in names}
# what a class may know of a value, beside its type
_KEPT = ("type", "format", "minimum", "description")
_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def plain_document(document: Schema, dialect: Dialect) -> Schema:
    """Return an OpenAPI document of the exact flavour with plain schemas in place of its own."""
    components = document["components"]
    schemas = plain_schemas(components["schemas"], dialect)
    renamed: Schema = _renamed({**document, "components": {**components, "schemas": {}}})
    renamed["components"]["schemas"] = schemas
    return renamed


def plain_schemas(exact: Mapping[str, Schema], dialect: Dialect) -> dict[str, Schema]:
    """Return the plain form of each schema of a dialect, by the name of its class.

    Parameters
    ----------
    exact : mapping
        Each schema by name; references lead to ``#/components/schemas/``.
    dialect : Dialect
        Whose states and steps there are.

    Returns
    -------
    dict
        Objects, lists of them, and the two enumerations ``ImportState`` and ``ImportStep``.
    """
    parts: dict[str, list[Schema]] = {}
    for name, schema in exact.items():
        owner, shape = _CLASS_OF.get(name, name), _wide(schema, exact)
        # a definition that only lists the others of its class says nothing more
        if name == _RULE or not _is_object(schema, exact) or shape == _refer(owner):
            continue
        if name not in _NARROWED or "properties" in schema:
            parts.setdefault(owner, []).append(shape)
    plain = {owner: reduce(_merged, shapes) for owner, shapes in parts.items()}
    plain["ImportState"] = _enumeration("What `import.status` answers.", states(dialect))
    plain["ImportStep"] = _enumeration("The importer's own step.", steps(dialect))
    return plain


def _enumeration(about: str, values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values], "description": about}


def _is_object(schema: Schema, exact: Mapping[str, Schema]) -> bool:
    """Return whether a schema becomes a class: texts and numbers are told where they are used."""
    ways = schema.get("oneOf") or schema.get("anyOf") or []
    if "$ref" in schema:
        return _is_object(exact[_name(schema)], exact)
    return schema.get("type") in ("object", "array") or any(_is_object(way, exact) for way in ways)


def _wide(schema: Schema, exact: Mapping[str, Schema], key: str = "") -> Schema:
    """Return a schema with what tells its shape alone: rules and alternatives are gone.

    ``if``, ``then`` and ``allOf`` only forbid more, and so does ``anyOf`` beside properties: without them the
    schema takes what it took. Alternatives become one shape that takes each of them.
    """
    if "$ref" in schema:
        name = _name(schema)
        owner = _CLASS_OF.get(name, name)
        return _refer(owner) if _is_object(exact[name], exact) else _wide(exact[name], exact, key)
    if "const" in schema or "enum" in schema:
        return _of_values(schema.get("enum", [schema.get("const")]), key)
    if "properties" not in schema and (ways := schema.get("oneOf") or schema.get("anyOf")):
        return reduce(_merged, (_wide(way, exact, key) for way in ways))
    wide = {word: schema[word] for word in _KEPT if word in schema}
    if "items" in schema:
        wide["items"] = _wide(schema["items"], exact)
    if "properties" in schema:
        wide["properties"] = {name: _wide(part, exact, name) for name, part in schema["properties"].items()}
        wide["required"] = schema.get("required", [])
        if "additionalProperties" in schema:
            wide["additionalProperties"] = schema["additionalProperties"]
    return wide


def _of_values(values: Sequence[Any], key: str) -> Schema:
    """Return the schema of some values: an enumeration where they are states or steps, else their type."""
    if key == "state":
        return _refer("ImportState")
    if all(isinstance(value, str) and value.startswith("importer_") for value in values):
        return _refer("ImportStep")
    types = list(dict.fromkeys(_TYPES[type(value)] for value in values))
    return {"type": types[0] if len(types) == 1 else types}


def _merged(first: Schema, other: Schema) -> Schema:
    """Return a schema of one shape that takes what either of two plain ones takes."""
    if first == other:
        return first
    if "$ref" in first or "$ref" in other:
        return {"anyOf": [first, other]}
    merged = {word: first[word] for word in _KEPT if word in first and first[word] == other.get(word)}
    if first.get("type") != other.get("type"):
        return {"type": [*dict.fromkeys([*_listed(first), *_listed(other)])]}
    if "minimum" in first and "minimum" in other:
        merged["minimum"] = min(first["minimum"], other["minimum"])
    if "items" in first:
        merged["items"] = _merged(first["items"], other["items"])
    if "properties" in first:
        ours, theirs = first["properties"], other["properties"]
        merged["properties"] = {
            name: _merged(ours.get(name, theirs.get(name)), theirs.get(name, ours.get(name)))
            for name in [*ours, *(name for name in theirs if name not in ours)]
        }
        merged["required"] = [name for name in first["required"] if name in other["required"]]
        if "additionalProperties" in first and "additionalProperties" in other:
            merged["additionalProperties"] = first["additionalProperties"] or other["additionalProperties"]
    return merged


def _listed(schema: Schema) -> list[str]:
    kind = schema["type"]
    return list(kind) if isinstance(kind, list) else [kind]


def _renamed(node: Any) -> Any:
    """Return a document whose references lead to the classes, and whose bodies are JSON and nothing else."""
    if isinstance(node, list):
        return [_renamed(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and node["$ref"].startswith(_AT):
        name = _name(node)
        return _refer(_CLASS_OF.get(name, name))
    if _JSON in node:
        # of a call that takes forms, too, some make what cannot be loaded
        node = {_JSON: node[_JSON]}
    return {key: _renamed(part) for key, part in node.items()}


def _refer(name: str) -> Schema:
    return {"$ref": _AT + name}


def _name(reference: Schema) -> str:
    name: str = reference["$ref"].removeprefix(_AT)
    return name
