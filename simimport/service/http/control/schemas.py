"""The schemas of what the control plane is sent and answers, by name; from the tables that decide it.

Says what fits; what is wrong with what does not is said where it is read.
"""

from __future__ import annotations

from typing import Any

from simimport.model.dialects import DIALECTS
from simimport.model.fields import (
    BATCH_SIZE,
    EPOCH,
    IMPORTER,
    LATENCY_CV,
    LOCALE,
    MOST_USERS,
    PAGE_EPOCH,
    PLACE,
    RATE,
    SECONDS,
    SLOWDOWN,
    SPEED,
    USERS,
    locales,
)
from simimport.model.presets import PRESETS
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.states import State
from simimport.service.calls.endpoints import ENDPOINTS, POLLS, SESSION_CALLS
from simimport.service.clock import LONGEST_S, ManualClock, PollClock, WallClock
from simimport.service.journal import LENGTH
from simimport.service.schedule.fault import KINDS

__all__ = ["QUERIES", "schemas"]

Schema = dict[str, Any]

#: The schemas of keys of queries, and what they are.
QUERIES = {
    "Last": "How many calls, the last of them.",
    "Unstruck": "Whether only those faults are listed that have not struck yet in this life.",
}
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "number", "minimum": 0, "maximum": LONGEST_S}
_PASSED: Schema = {"type": "number", "minimum": 0}
_DAY_S = 86_400
_MOST_SEED = 2**64 - 1
_LONGEST_S = 31_557_600_000

_WHOLE = (
    "Replaces the whole scenario: a field that it leaves out is the default one, not that of the scenario "
    "with which the service was made."
)

_OF_RULE: dict[Any, Schema] = {
    RATE: {"type": "number", "minimum": 0, "maximum": 1},
    PLACE: {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    SECONDS: {"type": "number", "minimum": 0, "maximum": _LONGEST_S},
    USERS: {"type": "integer", "minimum": 0, "maximum": MOST_USERS},
    BATCH_SIZE: {"type": "integer", "minimum": 1, "maximum": MOST_USERS},
    SPEED: {"type": "number", "minimum": 1e-9, "maximum": 1e9},
    LATENCY_CV: {"type": "number", "minimum": 0, "maximum": 10},
    SLOWDOWN: {"type": "number", "minimum": 0, "maximum": 1e6},
    IMPORTER: {"type": "string", "enum": ["api", "csv"]},
    EPOCH: {"type": "string", "examples": [PAGE_EPOCH, "now"]},
}


def schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    return {
        "Index": _object(
            name=_TEXT, version=_TEXT, about=_TEXT, openapi=_TEXT,
            endpoints={"type": "object", "additionalProperties": _TEXT},
        ),
        "Document": {"type": "object", "required": ["openapi", "info", "paths"]},
        "Health": _health(),
        "Reset": _reset(),
        "Nothing": {**_object(), "description": "An empty object, or no body."},
        "Move": _move(),
        "Moved": _object(now_s=_INSTANT, state=_words(State)),
        "Fault": _fault(),
        "Faults": {"type": "array", "items": _ref("Fault")},
        "Unstruck": {"type": "boolean", "default": False},
        "Last": {"type": "integer", "minimum": 0, "maximum": LENGTH, "default": 100},
        "Journal": _object(
            calls=_COUNT, polls=_COUNT, polls_after_end=_COUNT,
            shortest_poll_s={"type": ["number", "null"], "minimum": 0},
            last={"type": "array", "items": _ref("Call")},
        ),
        "Call": _object(
            call=_COUNT, at_s=_INSTANT, account={"type": ["string", "null"]}, endpoint=_TEXT,
            http_status=_COUNT, state=_words(State), fault={"type": ["string", "null"]},
            payload={"type": ["string", "null"], "maxLength": 10_000},
        ),
        "Scenario": _scenario(),
        "Error": {**_object(error=_TEXT), "description": "What is wrong, where, and what is allowed."},
        "Unauthorized": _object(status={"const": "error"}, message=_TEXT, error=_TEXT),
    }  # fmt: skip


def _object(**properties: Schema) -> Schema:
    """Return the schema of an object that has these keys and no other."""
    closed: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**closed, "required": list(properties)} if properties else closed


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _words(words: Any) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words]}


def _health() -> Schema:
    clocks = _words(clock.__name__ for clock in (ManualClock, PollClock, WallClock))
    return _object(
        status={"const": "ok", "type": "string"}, version=_TEXT, dialect=_words(DIALECTS),
        seed={"type": "integer", "minimum": 0, "maximum": _MOST_SEED}, clock=clocks, now_s=_INSTANT,
        state=_words(State), calls=_COUNT,
    )  # fmt: skip


def _reset() -> Schema:
    named = _object(
        scenario={**_ref("Scenario"), "description": _WHOLE}, preset=_words(PRESETS),
        seed={"type": "integer", "minimum": 0, "maximum": _MOST_SEED}, dialect=_words(DIALECTS),
        faults=_ref("Faults"), autostart={"type": "boolean"},
    )  # fmt: skip
    del named["required"]
    about = "What is to be otherwise until the next reset; a scenario, as a whole, or a preset."
    return {**named, "not": {"required": ["scenario", "preset"]}, "description": about}


def _move() -> Schema:
    moves = _object(advance_s=_PASSED, jump_s=_INSTANT, run_until=_words(State))
    del moves["required"]
    return {**moves, "minProperties": 1, "maxProperties": 1, "description": "One of the three."}


def _fault() -> Schema:
    whole: Schema = {"type": ["integer", "null"], "minimum": 1}
    seconds: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": _DAY_S}
    fault = _object(
        kind={**_words(KINDS), "description": "; ".join(f"{kind}: {about}" for kind, about in KINDS.items())},
        at_poll=whole, every=whole, at_s={**_INSTANT, "type": ["number", "null"]}, seconds=seconds,
        endpoint={**_words([*ENDPOINTS, *SESSION_CALLS]), "default": "import.status"},
        retry_after={"anyOf": [seconds, _TEXT], "description": "Seconds, the word date, or a date as is."},
    )  # fmt: skip
    # One of at_poll, every and at_s, and of the others those that go with the kind: said beside the fields,
    # so that generators of code see one plain object.
    exclusive = _either(
        "at_poll", {"not": {"anyOf": [_given("every"), _given("at_s")]}},
        _either("every", {"not": _given("at_s")}, _given("at_s")),
    )  # fmt: skip
    polled = {"properties": {"endpoint": _words(sorted(POLLS))}}
    fitting = [
        _either("seconds", {"properties": {"kind": _words(["latency", "429", "503"])}}, {}),
        _either("retry_after", {"properties": {"kind": _words(["429", "503"])}}, {}),
        {"if": {"properties": {"kind": {"const": "stale"}}}, "then": polled},
    ]
    return {**fault, "required": ["kind"], **exclusive, "dependentSchemas": {"kind": {"allOf": fitting}}}


def _given(name: str) -> Schema:
    """Return the schema of what has a key that is not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _either(name: str, then: Schema, otherwise: Schema) -> Schema:
    return {"if": _given(name), "then": then, "else": otherwise}


def _scenario() -> Schema:
    of_rule = {**_OF_RULE, LOCALE: _words(locales())}
    defaults = Scenario().to_dict()
    fields = {name: {**of_rule[rule], "default": defaults[name]} for name, rule in FIELDS.items()}
    scenario = _object(**fields)
    del scenario["required"]
    # only what comes in a file is loaded
    loads: Schema = {"properties": {"importer": {"const": "csv"}}, "required": ["importer"]}
    return {**scenario, "if": loads, "else": {"properties": {"loading_s": {"const": 0}}}}
