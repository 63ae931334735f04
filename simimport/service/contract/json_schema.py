"""The JSON Schema (2020-12) of what ``import.status`` answers, whole or of one state.

Validates nothing itself. What it is made of is in `answer_shapes`; the other endpoints are in `openapi`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simimport.errors import ParameterError, suggestion
from simimport.model.dialects import dialect_of
from simimport.model.states import State
from simimport.service.contract.answer_shapes import definitions, named, states
from simimport.service.contract.parts import DEFS, Schema, refer, unshared

__all__ = ["response_schema", "state_schema"]

_BEYOND = (
    "What a schema cannot say: `users` equals `total`; `completed` and `error` together never exceed it, "
    "but by one batch where a server's operation was interrupted; `_updatedAt` is not before `ts`."
)


def response_schema(dialect: str = "docs") -> Schema:
    """Return the JSON Schema (2020-12) of what ``import.status`` answers with 200.

    Parameters
    ----------
    dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
        Whose words.

    Returns
    -------
    dict
        One definition per state under ``$defs``, such as ``ReadyStatus``, told apart by ``state``: what must
        be there and nothing else, which step belongs to which state, and which counters exist by then.

    Raises
    ------
    ParameterError
        If the dialect is unknown.

    Examples
    --------
    >>> schema = response_schema()
    >>> schema["$defs"]["CanceledStatus"]["properties"]["state"]
    {'const': 'canceled'}
    >>> "CanceledStatus" in response_schema("server-8.3")["$defs"]
    False
    """
    words = dialect_of(dialect)
    schema = {
        **_head(f"The answer of import.status ({words.about})"),
        "$comment": _BEYOND,
        "type": "object",
        "required": ["state"],
        "properties": {"state": {"enum": [state.value for state in states(words)]}},
        "oneOf": [refer(named(state, "Status")) for state in states(words)],
        "$defs": definitions(words),
    }
    return unshared(schema)


def state_schema(state: State | str, *, dialect: str = "docs") -> Schema:
    """Return the part of `response_schema` that is about one state, as a schema of its own.

    Raises
    ------
    ParameterError
        If the dialect is unknown, or never answers that state; it lists those that it does.
    """
    words = dialect_of(dialect)
    names = [name.value for name in states(words)]
    if state not in names:
        hint = suggestion(state, names)
        raise ParameterError("state", str(state), ", ".join(names), where=f"dialect {dialect}", hint=hint)
    name, every = named(State(state), "Status"), definitions(words)
    reached = _reached(name, every)
    schema = {
        **_head(f"The answer of import.status in the state {state} ({words.about})"),
        "$comment": _BEYOND,
        **refer(name),
        "$defs": {key: part for key, part in every.items() if key in reached},
    }
    return unshared(schema)


def _head(title: str) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}


def _reached(name: str, defs: Mapping[str, Any]) -> set[str]:
    """Return a definition's name with those that it refers to, directly or not."""
    seen, left = set(), [name]
    while left:
        seen.add(present := left.pop())
        left += [target for target in _targets(defs[present]) if target not in seen]
    return seen


def _targets(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix(DEFS)
        for part in node.values():
            yield from _targets(part)
    elif isinstance(node, list):
        for part in node:
            yield from _targets(part)
