"""What the bodies of success look like, per dialect, as definitions of JSON Schema 2020-12.

Written from the contract and not from `simimport.model.run.wire`, so that a test can hold one against the
other. Validates nothing itself; whole documents are in `json_schema` and `openapi`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.model.states import STEP_STATE, State, Step

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["DEFS", "Schema", "closed", "definitions", "named", "refer", "states", "steps", "unshared"]

Schema = dict[str, Any]

#: Where the definitions of a JSON Schema stand; those of OpenAPI are elsewhere.
DEFS = "#/$defs/"

_ABOUT: Mapping[State, str] = {
    State.NONE: "No operation was ever created.",
    State.NEW: "An operation was created; no data has been added to it.",
    State.LOADING: "An importer of files is loading data into the operation.",
    State.READY: "The operation has data and can be run.",
    State.IMPORTING: "The operation is running: users are being created.",
    State.DONE: "Every staged user was processed, even if none was imported.",
    State.CANCELED: "An administrator interrupted the operation.",
    State.ERROR: "An error stopped the operation.",
}
_SERVER_ABOUT: Mapping[State, str] = {
    State.DONE: "The operation walked to its end. If it was cleared, on the way or later, `valid` is false.",
    State.ERROR: "The operation is invalid: cleared, replaced by a new one, or cut off by a restart. "
    "Unless the step is `importer_import_failed`, it may still move on to `done`.",
}
_LOADING = tuple(step for step, state in STEP_STATE.items() if state is State.LOADING)
_WALK = (Step.IMPORTING_CHANNELS, Step.IMPORTING_MESSAGES, Step.FINISHING, Step.DONE)


class _Stage(NamedTuple):
    """Steps during which the counters have one of the same shapes; without any, there is no ``count``."""

    steps: tuple[Step, ...]
    counts: tuple[str, ...]


def _stages(dialect: Dialect) -> list[_Stage]:
    """Return the steps that a dialect knows, and the shapes of its counters meanwhile."""
    unstaged = () if dialect.server else ("EmptyCount",)
    contacts = (Step.IMPORTING_CONTACTS,) if dialect.contacts else ()
    every = ("EmptyCount", "StagedCount", "FlushedCount")
    stages = [
        _Stage((Step.NEW, *_LOADING), unstaged),
        _Stage((Step.USER_SELECTION, Step.IMPORTING_STARTED), every[:2]),
        _Stage((Step.IMPORTING_USERS,), every),
        # beyond the users' step there has been a flush, unless there was nobody
        _Stage((*contacts, *_WALK), ("EmptyCount", "FlushedCount")),
    ]
    if dialect.server:
        # an operation fails after its last batch only: a crash is a restart, which freezes the step
        return [*stages, _Stage((Step.FAILED,), every[2:])]
    return [*stages, _Stage((Step.FAILED,), every[1:]), _Stage((Step.CANCELLED,), every)]


def steps(dialect: Dialect) -> list[Step]:
    """Return the steps that a dialect knows, in the order of an operation's life."""
    return [step for stage in _stages(dialect) for step in stage.steps]


def states(dialect: Dialect) -> list[State]:
    """Return the states that a dialect can answer: servers never say ``canceled``."""
    reached = {STEP_STATE[step] for step in steps(dialect)}
    return [state for state in State if state is State.NONE or state in reached]


def _of_state(dialect: Dialect, state: State) -> list[_Stage]:
    """Return the stages in which the state can be so."""
    # whatever is invalid and not done is an error to servers
    frozen = dialect.server and state is State.ERROR
    found = []
    for stage in _stages(dialect):
        own = [s for s in stage.steps if STEP_STATE[s] is state or (frozen and s is not Step.DONE)]
        if own:
            found.append(_Stage(tuple(own), stage.counts))
    return found


def refer(name: str, at: str = DEFS) -> Schema:
    """Return a reference to a definition."""
    return {"$ref": at + name}


def named(state: State, kind: str) -> str:
    """Return the name of a state's definition: its ``Status`` is the body, its ``Operation`` the document."""
    return state.value.capitalize() + kind


def definitions(dialect: Dialect, at: str = DEFS) -> dict[str, Schema]:
    """Return every definition of a dialect by name.

    Parameters
    ----------
    dialect : Dialect
    at : str
        Where they will stand: what their references to each other begin with.

    Returns
    -------
    dict
        ``ReadyStatus`` and ``ReadyOperation`` for each state, and what they are made of.
    """
    defs = {named(state, "Status"): _status(dialect, state, at) for state in states(dialect)}
    for state in states(dialect)[1:]:
        defs[named(state, "Operation")] = _operation(dialect, state, at)
    return {**defs, **_counts(dialect), **_parts(dialect)}


def _status(dialect: Dialect, state: State, at: str) -> Schema:
    about = (_SERVER_ABOUT if dialect.server else _ABOUT).get(state, _ABOUT[state])
    properties: dict[str, Schema] = {"success": {"const": True}, "state": {"const": state.value}}
    if state is not State.NONE:
        properties["operation"] = refer(named(state, "Operation"), at)
    return closed(properties, description=about)


def closed(properties: Mapping[str, Schema], *, optional: Sequence[str] = (), **more: Any) -> Schema:
    """Return the schema of an object that has these keys and no others."""
    required = [name for name in properties if name not in optional]
    shape = {"type": "object", "required": required, "properties": dict(properties)}
    return {**more, **shape, "additionalProperties": False}


def _operation(dialect: Dialect, state: State, at: str) -> Schema:
    """Return the schema of an operation's document in a state."""
    stages = _of_state(dialect, state)
    properties: dict[str, Schema] = {"_id": refer("OperationId", at)} if dialect.server else {}
    properties |= {
        "type": _any_of(["CSV"] if state is State.LOADING else ["api", "CSV"]),
        "importerKey": _any_of(["csv"] if state is State.LOADING else ["api", "csv"]),
        "ts": refer("Instant", at),
        "status": _any_of([step.value for stage in stages for step in stage.steps]),
        "valid": {"type": "boolean"} if _may_be_both(dialect, state) else {"const": state not in _INVALID},
        "user": refer("UserId", at),
        "_updatedAt": refer("Instant", at),
        "count": _one_of(dict.fromkeys(name for stage in stages for name in stage.counts), at),
    }
    uncounted = [stage for stage in stages if not stage.counts]
    if len(uncounted) == len(stages):
        del properties["count"]
    schema = closed(properties, optional=["count"] if uncounted else [])
    rules = [] if state is State.LOADING else [refer("Importer", at)]
    rules += [_when(stage.steps, then) for stage in stages if (then := _meanwhile(stage, stages, at))]
    if state is not State.LOADING and any(set(_LOADING) & set(stage.steps) for stage in stages):
        rules.append(_when(_LOADING, {"properties": {"importerKey": {"const": "csv"}}}))
    return {**schema, "allOf": rules} if rules else schema


_INVALID = (State.CANCELED, State.ERROR)


def _may_be_both(dialect: Dialect, state: State) -> bool:
    # a server's operation that is done may have been cleared before or after
    return dialect.server and state is State.DONE


def _any_of(words: list[str]) -> Schema:
    return {"const": words[0]} if len(words) == 1 else {"enum": words}


def _one_of(names: Iterable[str], at: str) -> Schema:
    references = [refer(name, at) for name in names]
    return references[0] if len(references) == 1 else {"anyOf": references}


def _meanwhile(stage: _Stage, stages: Sequence[_Stage], at: str) -> Schema:
    """Return what holds of the counters during one of several stages, beyond what holds during all."""
    if len(stages) == 1:
        return {}
    if not stage.counts:
        return {"properties": {"count": False}}
    then: Schema = {} if all(other.counts for other in stages) else {"required": ["count"]}
    if any(set(other.counts) - set(stage.counts) for other in stages):
        then["properties"] = {"count": _one_of(stage.counts, at)}
    return then


def _when(steps: Sequence[Step], then: Schema) -> Schema:
    during = _any_of([step.value for step in steps])
    return {"if": {"required": ["status"], "properties": {"status": during}}, "then": then}


def _counts(dialect: Dialect) -> dict[str, Schema]:
    """Return the three shapes of the counters: no users, users of whom none is processed, and some are."""
    processed = ("completed", "error")
    # the importers here bring users only
    others = () if dialect.server else ("messages", "channels", *processed)

    def counters(least: int | None, names: Iterable[str]) -> dict[str, Schema]:
        return {name: _number(least) for name in names}

    staged = ("total", "users")
    empty = counters(None, (*staged, *others))
    ready = counters(1, staged) | counters(None, others)
    flushed = ready | counters(0, processed)
    return {
        "EmptyCount": closed(empty, description="Nobody is staged."),
        "StagedCount": closed(ready, description="Users are staged, and none is published as processed."),
        "FlushedCount": {
            **closed(flushed, description="A batch at least is published as processed."),
            "anyOf": [{"properties": {name: {"minimum": 1}}} for name in processed],
        },
    }


def _number(least: int | None) -> Schema:
    """Return the schema of a counter: from some number on, or always zero."""
    return {"type": "integer", "const": 0} if least is None else {"type": "integer", "minimum": least}


def _parts(dialect: Dialect) -> dict[str, Schema]:
    """Return the texts, and what an importer's type and key have to do with each other."""
    day = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    # the lengths, since in some languages `$` also matches before a line's end
    operation_id: Schema = {"type": "string", "pattern": "^[0-9a-f]{24}$", "maxLength": 24}
    parts: dict[str, Schema] = {
        "Instant": {
            "description": "An instant in UTC, to the millisecond.",
            "type": "string",
            "format": "date-time",
            "pattern": f"^[0-9]{{4}}-{day}T([01][0-9]|2[0-3])(:[0-5][0-9]){{2}}\\.[0-9]{{3}}Z$",
            "maxLength": 24,
        },
        "Importer": {
            "description": "The type is the importer's key for the API, and its name for importers of files.",
            "oneOf": [
                {"properties": {"type": {"const": kind}, "importerKey": {"const": key}}}
                for kind, key in (("api", "api"), ("CSV", "csv"))
            ],
        },
        "UserId": {"description": "The id of the user who created it.", "type": "string", "minLength": 1},
    }
    # the documentation page knows no id
    return {**parts, "OperationId": operation_id} if dialect.server else parts


def unshared(document: Schema) -> Schema:
    """Return a document as plain JSON has it: no part stands in two places, and words are plain texts."""
    plain: Schema = json.loads(json.dumps(document))
    return plain
