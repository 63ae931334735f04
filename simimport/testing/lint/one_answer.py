"""One answer by itself: keys, kinds, words and counters, held against the service's own JSON Schema.

What is right stands in `simimport.service.contract.answer_shapes`, not here. What one answer has to do with
the answer before is in `two_answers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import brief
from simimport.model.states import State, Step
from simimport.service.contract.answer_shapes import definitions, named, states, steps
from simimport.service.contract.parts import FETCHERS, FILE_IMPORTERS
from simimport.testing.answer import parsed_instant
from simimport.testing.lint.schema_reader import (
    NO_DOCUMENT,
    Problem,
    blur,
    counts_fit,
    fits,
    in_words,
    listed,
    mistyped,
    name_of,
    naming_absent,
    only_zero,
    validity_problems,
    value_problems,
    words_of,
    wrong_keys,
)

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.service.contract.parts import Schema

__all__ = ["Shape", "Shapes"]

_MOST_SHAPES = 10_000
# whatever stands there is looked for among them, and not all of it has a hash
_FETCH, _READ = tuple(FETCHERS), tuple(FILE_IMPORTERS)
# of counters whose step is unknown
_EVERY_COUNT = [{"$ref": name} for name in ("EmptyCount", "StagedCount", "FlushedCount")]
_WANTED_INSTANT = "no instant such as 2016-09-13T14:57:56.037Z"


class Shape(NamedTuple):
    """What is wrong with all answers of one shape, and which facts cannot be trusted for it."""

    problems: tuple[Problem, ...]
    blurs: frozenset[str]

    @classmethod
    def of(cls, problems: Iterator[Problem]) -> Shape:
        """Return the shape that has these problems."""
        found = tuple(problems)
        return cls(found, frozenset().union(*(problem.blurs for problem in found)))


class Shapes:
    """Tells what is wrong with an answer by itself; answers of one shape are looked at once.

    Parameters
    ----------
    dialect : Dialect
        Whose answers they should be.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._defs = definitions(dialect)
        self._states = frozenset(states(dialect))
        self._steps = frozenset(steps(dialect))
        shapes = (self._defs[name_of(part)] for part in _EVERY_COUNT)
        self._counters = tuple(dict.fromkeys(key for shape in shapes for key in shape["properties"]))
        self._seen: dict[Any, Shape] = {}
        self._day = ""
        self._texts: tuple[Any, tuple[Problem, ...]] = (None, ())
        self._documents: dict[tuple[str, str], tuple[dict[str, Schema], set[str]]] = {}

    def _definition(self, state: State, operation: Mapping[str, Any]) -> str:
        """Return the name of what an operation should be in a state."""
        importer = operation.get("importerKey")
        if state is State.DONE and importer in _FETCH:
            return "FetchedOperation"
        failed = state is State.ERROR and operation.get("status") == Step.FAILED
        # nobody is counted where the file did not even come
        if failed and "count" not in operation and importer in _READ and "ForbiddenOperation" in self._defs:
            return "ForbiddenOperation"
        return named(state, "Operation")

    def of(self, body: dict[str, Any]) -> Shape:
        """Return the shape of a body, all but the values of texts and counters; equal ones are identical."""
        try:
            key = _shape_key(body)
            shape = self._seen.get(key)
        except TypeError:
            # what should be a word is a list or an object: it has no hash
            return Shape.of(self._of_body(body))
        if shape is None:
            if len(self._seen) >= _MOST_SHAPES:
                self._seen.clear()
            shape = self._seen[key] = Shape.of(self._of_body(body))
        return shape

    def instant(self, text: object) -> bool:
        """Return whether a text is a timestamp; those that are follow one another as their instants do."""
        if not isinstance(text, str) or not self._instant_match(text):
            return False
        # the pattern knows no calendar
        if text[:10] != self._day and parsed_instant(text) is not None:
            self._day = text[:10]
        return text[:10] == self._day

    def values(self, operation: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with texts and counters of the right kinds."""
        get = operation.get
        created, updated = get("ts"), get("_updatedAt")
        key = created, get("user"), get("_id")
        if key != self._texts[0]:
            self._texts = key, tuple(self._of_texts(operation))
        yield from self._texts[1]
        if type(updated) is str:
            if not self.instant(updated):
                yield Problem("bad-instant", f"operation._updatedAt is {brief(updated)}, {_WANTED_INSTANT}")
            elif isinstance(created, str) and updated < created and self.instant(created):
                yield Problem("updated-before-created", f"_updatedAt is {updated}, before ts, {created}")
        count = get("count")
        if type(count) is dict:
            users, total = count.get("users"), count.get("total")
            counted = type(users) is int and type(total) is int and get("importerKey") not in _FETCH
            if counted and users != total:
                yield Problem("users-not-total", f"count.users is {users}, but count.total {total}")

    def _of_texts(self, operation: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with the texts that never change in an operation."""
        created = operation.get("ts")
        if isinstance(created, str) and not self.instant(created):
            yield Problem("bad-instant", f"operation.ts is {brief(created)}, {_WANTED_INSTANT}")
        for key, name in (("_id", "OperationId"), ("user", "UserId")):
            value = operation.get(key)
            if name in self._defs and isinstance(value, str) and not fits(self._defs[name], value):
                wanted = self._defs[name].get("pattern", "a text that is not empty")
                yield Problem("wrong-value", f"operation.{key} is {brief(value)}; wanted: {wanted}")

    @cached_property
    def _instant_match(self) -> Any:
        return re.compile(self._defs["Instant"]["pattern"]).fullmatch

    # one shape ------------------------------------------------------------------------------------

    def _of_body(self, body: dict[str, Any]) -> Iterator[Problem]:
        state = body.get("state")
        if isinstance(state, str) and state not in self._states:
            yield self._unknown_state(state)
            return
        # without a state, what every state has must be there
        schema = self._defs[named(State(state) if isinstance(state, str) else State.NONE, "Status")]
        extra = ["operation"] if not isinstance(state, str) else []
        yield from wrong_keys(body, schema["properties"], schema["required"], "", allowed=extra)
        yield from value_problems(body, schema["properties"], "")
        operation = body.get("operation")
        if isinstance(state, str) and state != State.NONE and "operation" in body:
            if isinstance(operation, dict):
                yield from self._of_operation(State(state), operation)
            else:
                yield mistyped("operation", dict, operation)

    def _unknown_state(self, state: str) -> Problem:
        states_known = ", ".join(word for word in State if word in self._states)
        if state == State.CANCELED:
            message = f"state is 'canceled', which {self.dialect.name} cannot say: it ends in error or done"
            return Problem("canceled-by-server", message, NO_DOCUMENT)
        message = f"state is {in_words(state)}; {self.dialect.name} knows {states_known}"
        return Problem("unknown-state", message, NO_DOCUMENT)

    def _of_operation(self, state: State, operation: dict[str, Any]) -> Iterator[Problem]:
        name = self._definition(state, operation)
        properties, required = self._wanted_keys(name, operation.get("status"))
        for problem in wrong_keys(operation, properties, required, "operation."):
            yield naming_absent(problem, (), self._counters, operation.get("status"))
        strange = self._state_and_step(state, operation.get("status"))
        yield from strange
        for key in ("type", "importerKey", "ts", "user", "_id", "_updatedAt", "status"):
            if key in operation and key in properties:
                yield from self._text_problems(key, properties[key], operation)
        yield from self._importer_problems(name, operation)
        yield from validity_problems(state, operation, properties["valid"])
        if "count" in operation and "count" in properties:
            agree = not strange and "status" in operation
            schema = properties["count"] if agree else {"anyOf": _EVERY_COUNT}
            yield from self._count_problems(operation, schema)

    def _wanted_keys(self, name: str, step: Any) -> tuple[dict[str, Schema], set[str]]:
        """Return the keys that a document may have by its definition and its step, and those it must have."""
        word = step if isinstance(step, str) else ""
        if (name, word) not in self._documents:
            schema = self._defs[name]
            properties, required = dict(schema["properties"]), set(schema["required"])
            for rule in [rule for rule in schema.get("allOf", ()) if "if" in rule]:
                about, then = rule["if"]["properties"], rule["then"]["properties"]
                if "status" in about and word in words_of(about["status"]):
                    properties |= then
                # without counters it must be at one of these steps
                elif "count" in about and word in self._steps and word not in words_of(then["status"]):
                    required.add("count")
            kept = {key: part for key, part in properties.items() if part is not False}
            if len(self._documents) >= _MOST_SHAPES:
                self._documents.clear()
            self._documents[name, word] = kept, required
        return self._documents[name, word]

    def _state_and_step(self, state: State, step: Any) -> list[Problem]:
        if not isinstance(step, str):
            return []
        if step not in self._steps:
            message = f"operation.status is {in_words(step)}, a step that {self.dialect.name} does not know"
            return [Problem("unknown-step", message, frozenset({"step"}))]
        fitting = words_of(self._defs[named(state, "Operation")]["properties"]["status"])
        if step in fitting:
            return []
        message = f"state is {state}, but operation.status is {step}; it goes with {listed(fitting)}"
        return [Problem("state-step", message, frozenset({"state", "step"}))]

    def _text_problems(self, name: str, schema: Schema, operation: dict[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong with the kind of a text, or with a word of which there are few."""
        value = operation[name]
        if not isinstance(value, str):
            yield mistyped(f"operation.{name}", str, value)
        elif name != "status" and "$ref" not in schema and value not in words_of(schema):
            wanted = listed(words_of(schema))
            yield Problem("wrong-value", f"operation.{name} is {in_words(value)}; wanted: {wanted}")

    def _importer_problems(self, name: str, operation: dict[str, Any]) -> Iterator[Problem]:
        schema = self._defs[name if "oneOf" in self._defs[name] else "Importer"]
        pairs = [tuple(part["properties"][key]["const"] for key in ("type", "importerKey"))
                 for part in schema["oneOf"]]  # fmt: skip
        pair = operation.get("type"), operation.get("importerKey")
        # where a word by itself is wrong, that is a finding already
        sound = all(any(word == right[place] for right in pairs) for place, word in enumerate(pair))
        if sound and pair not in pairs:
            wanted = " or ".join(f"{kind!r} with {key!r}" for kind, key in pairs)
            message = f"operation.type is {pair[0]!r} with importerKey {pair[1]!r}; wanted: {wanted}"
            yield Problem("wrong-value", message)

    def _count_problems(self, operation: dict[str, Any], schema: Schema) -> Iterator[Problem]:
        """Yield what is wrong with the counters, of which there are several shapes."""
        count = operation["count"]
        if not isinstance(count, dict):
            yield mistyped("operation.count", dict, count)
            return
        choices = [self._defs[name_of(part)] for part in schema.get("anyOf", [schema])]
        # the shape whose keys are nearest, of two the larger, tells which keys are missing
        nearest = min(choices, key=lambda a: (len(set(a["properties"]) ^ set(count)), -len(a["properties"])))
        step = operation.get("status")
        found = [
            naming_absent(problem, nearest["properties"], self._counters, step)
            for problem in wrong_keys(count, nearest["properties"], nearest["required"], "count.")
        ]
        found += value_problems(count, nearest["properties"], "count.", values=False)
        numbers = {key: value for key, value in count.items() if type(value) is int}
        below = [f"count.{key}" for key in nearest["properties"] if numbers.get(key, 0) < 0]
        found += [Problem("wrong-value", f"{place} is below 0", blur(place)) for place in below]
        yield from found
        if not found and not any(counts_fit(choice, numbers) for choice in choices):
            about = " or: ".join(choice["description"].rstrip(".") for choice in choices)
            message = f"the counters do not fit the step {step}; wanted: {about}"
            zero = [key for key in nearest["properties"] if all(only_zero(part, key) for part in choices)]
            message += f" ({listed(zero, 'and')} 0)" if zero else ""
            yield Problem("count-step", message, blur("operation.count"))


def _shape_key(body: dict[str, Any]) -> Any:
    """Return all of a body that `_of_body` looks at, as a key: equal keys, equal problems."""
    operation = body.get("operation")
    state, success = body.get("state"), body.get("success")
    head = tuple(body), state, success, type(state), type(success)
    if type(operation) is not dict:
        return head, type(operation)
    get = operation.get
    words = (tuple(operation), tuple(map(type, operation.values())), get("status"), get("valid"),
             get("type"), get("importerKey"))  # fmt: skip
    count = get("count")
    if type(count) is not dict:
        return head, words
    values = count.values()
    kinds = tuple(count), tuple(map(type, values))
    # of a counter it matters whether it is 0, and whether it is below; mostly none is either
    lowest = min(values) if values else 0
    if lowest > 0:
        return head, words, kinds
    below = tuple(value < 0 for value in values) if lowest < 0 else ()
    return head, words, kinds, tuple(map(bool, values)), below
