"""Reading a JSON Schema of `answer_shapes` beside a value, and saying in words what does not fit.

Only as much of the language as is used there; which schema belongs to an answer is decided in `one_answer`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import brief
from simimport.model.states import State, Step

if TYPE_CHECKING:
    from simimport.service.contract.parts import Schema

__all__ = [
    "NO_DOCUMENT",
    "Problem",
    "blur",
    "counts_fit",
    "fits",
    "in_words",
    "listed",
    "mistyped",
    "name_of",
    "naming_absent",
    "only_zero",
    "validity_problems",
    "value_problems",
    "words_of",
    "wrong_keys",
]

_KINDS = {dict: "an object", list: "an array", str: "a text", bool: "true or false", int: "a whole number",
          float: "a number with a fraction", type(None): "null"}  # fmt: skip
_KIND = {"object": dict, "string": str, "boolean": bool, "integer": int}

#: What nothing can be compared with, since there is no operation's document to read.
NO_DOCUMENT = frozenset({"state", "step", "valid", "completed", "error", "total", "updated", "id"})
# which of the facts that are compared with other answers a broken key makes unreadable
_BLURS: Mapping[str, frozenset[str]] = {
    "state": NO_DOCUMENT,
    "operation": NO_DOCUMENT - {"state"},
    "operation.status": frozenset({"step"}),
    "operation.valid": frozenset({"valid"}),
    "operation._updatedAt": frozenset({"updated"}),
    "operation.count": frozenset({"completed", "error", "total"}),
    "count.completed": frozenset({"completed"}),
    "count.error": frozenset({"error"}),
    "count.total": frozenset({"total"}),
}


class Problem(NamedTuple):
    """What is wrong with an answer by itself; `blurs` names the facts that cannot be trusted for it."""

    rule: str
    message: str
    blurs: frozenset[str] = frozenset()


def wrong_keys(
    found: Mapping[str, Any],
    properties: Collection[str],
    required: Collection[str],
    place: str,
    *,
    allowed: Collection[str] = (),
) -> Iterator[Problem]:
    """Yield the keys that are missing, and those that do not belong there."""
    for key in properties:
        if key in required and key not in found:
            yield Problem("missing-key", f"{place}{key} is missing", blur(place + key))
    for key in found:
        if key not in properties and key not in allowed:
            message = f"{place}{_key_in_words(key)} does not belong there"
            yield Problem("extra-key", message, blur(place + key))


def value_problems(
    found: Mapping[str, Any], properties: Mapping[str, Schema], place: str, *, values: bool = True
) -> Iterator[Problem]:
    """Yield the values of the wrong kind, and where there is one right value, those that are not it."""
    for key, schema in properties.items():
        # the document is looked at by itself
        if key not in found or "$ref" in schema or "oneOf" in schema:
            continue
        wanted = _KIND[schema["type"]] if "type" in schema else type(schema["const"])
        value = found[key]
        if type(value) is not wanted and not (wanted is str and isinstance(value, str)):
            yield mistyped(place + key, wanted, value)
        elif values and "const" in schema and value != schema["const"]:
            message = f"{place}{key} is {in_words(value)}; wanted: {in_words(schema['const'])}"
            yield Problem("wrong-value", message)


def validity_problems(state: State, operation: dict[str, Any], schema: Schema) -> Iterator[Problem]:
    """Yield whether the operation is valid although its state says otherwise, or the reverse."""
    valid = operation.get("valid")
    if "valid" in operation and not isinstance(valid, bool):
        yield mistyped("operation.valid", bool, valid)
    elif "valid" in operation and "const" in schema and valid is not schema["const"]:
        message = f"state is {state}, but operation.valid is {in_words(valid)}"
        yield Problem("state-valid", message, frozenset({"state", "valid"}))


def counts_fit(schema: Schema, numbers: Mapping[str, int]) -> bool:
    """Return whether counters are as one shape wants them; their keys and kinds are known to be."""
    properties = schema["properties"]
    if set(properties) != set(numbers):
        return False
    if not all(fits(part, numbers[name]) for name, part in properties.items()):
        return False
    ways = schema.get("anyOf", [{}])
    return any(all(fits(part, numbers[n]) for n, part in way.get("properties", {}).items()) for way in ways)


def fits(schema: Schema, value: Any) -> bool:
    """Return whether a text or a number is as its schema wants it."""
    if "const" in schema and value != schema["const"]:
        return False
    if isinstance(value, str):
        right = re.fullmatch(schema["pattern"], value) if "pattern" in schema else True
        return bool(right) and len(value) >= schema.get("minLength", 0)
    return bool(value >= schema.get("minimum", value))


def words_of(schema: Schema) -> list[str]:
    """Return the words that a text may be; none where it may be any."""
    return [schema["const"]] if "const" in schema else schema.get("enum", [])


def name_of(reference: Schema) -> str:
    """Return the name of the definition that a reference leads to."""
    return str(reference["$ref"]).rpartition("/")[2]


def mistyped(place: str, wanted: type, value: Any) -> Problem:
    """Return that a value is of the wrong kind."""
    message = f"{place} is {_KINDS.get(type(value), 'something else')}; wanted: {_KINDS[wanted]}"
    return Problem("wrong-type", message, blur(place))


def blur(place: str) -> frozenset[str]:
    """Return the facts that cannot be trusted where a key is broken."""
    return _BLURS.get(place, frozenset())


def naming_absent(
    problem: Problem, allowed: Collection[str], counters: Collection[str], step: Any
) -> Problem:
    """Return what is wrong with a key; of a counter that does not belong there, with all that do not."""
    place, _, key = problem.message.split(" ")[0].rpartition(".")
    absent = [name for name in counters if name not in allowed]
    is_counter = (place, key) == ("operation", "count") or (place == "count" and key in absent)
    if problem.rule != "extra-key" or not absent or not is_counter:
        return problem
    return problem._replace(message=f"{problem.message}; at {in_words(step)} there is no {listed(absent)}")


def only_zero(schema: Schema, key: str) -> bool:
    """Return whether a counter may be nothing but 0."""
    return bool(schema["properties"].get(key, {}).get("const") == 0)


def listed(words: Collection[str], joint: str = "or") -> str:
    """Return words as a sentence lists them: ``a, b or c``."""
    # a step of an enum may be a member of Step
    *others, last = (str(word.value if isinstance(word, Step) else word) for word in words)
    return f"{', '.join(others)} {joint} {last}" if others else last


def in_words(value: Any) -> str:
    """Return a value in words, as JSON has it where it is true or false."""
    return str(value).lower() if isinstance(value, bool) else brief(value)


def _key_in_words(key: str) -> str:
    return key if key.isidentifier() and len(key) <= 40 else in_words(key)
