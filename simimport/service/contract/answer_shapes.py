"""What the bodies of success look like, per dialect, as definitions of JSON Schema 2020-12.

Written from the contract and not from `simimport.model.run.wire`, so that a test can hold one against the
other. Validates nothing itself; whole documents are in `json_schema` and `openapi`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simimport.model.states import STEP_STATE, State, Step
from simimport.service.contract.parts import (
    DEFS,
    FETCHERS,
    FILE_IMPORTERS,
    Schema,
    closed,
    counts,
    pairs,
    parts,
    refer,
)

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["definitions", "named", "operations", "states", "steps"]

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
        # beyond the users' step there has been a flush, unless there was nobody, or nobody was selected
        _Stage((*contacts, *_WALK), every),
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
    defs["FetchedOperation"] = _fetched(dialect, at)
    if dialect.typed_routes:
        defs["ForbiddenOperation"] = _forbidden(dialect, at)
    return {**defs, **counts(dialect), **parts(dialect)}


def operations(dialect: Dialect, state: State) -> list[str]:
    """Return the names of what an operation can be in a state, unless there is none."""
    others = {State.DONE: ["FetchedOperation"]}
    if dialect.typed_routes:
        others[State.ERROR] = ["ForbiddenOperation"]
    return [named(state, "Operation"), *others.get(state, [])]


def _status(dialect: Dialect, state: State, at: str) -> Schema:
    about = (_SERVER_ABOUT if dialect.server else _ABOUT).get(state, _ABOUT[state])
    properties: dict[str, Schema] = {"success": {"const": True}, "state": {"const": state.value}}
    if state is not State.NONE:
        ways = [refer(name, at) for name in operations(dialect, state)]
        properties["operation"] = ways[0] if len(ways) == 1 else {"oneOf": ways}
    return closed(properties, description=about)


def _operation(dialect: Dialect, state: State, at: str) -> Schema:
    """Return the schema of an operation's document in a state."""
    stages = _of_state(dialect, state)
    importers = FILE_IMPORTERS if state is State.LOADING else {"api": "api", **FILE_IMPORTERS}
    properties = _document(dialect, state, importers, [step for stage in stages for step in stage.steps], at)
    properties["count"] = _one_of(dict.fromkeys(name for stage in stages for name in stage.counts), at)
    uncounted = [stage for stage in stages if not stage.counts]
    if len(uncounted) == len(stages):
        del properties["count"]
    schema = closed(properties, optional=["count"] if uncounted else [])
    rules = [refer("Importer", at)]
    if 0 < len(uncounted) < len(stages):
        during = _any_of([step.value for stage in uncounted for step in stage.steps])
        rules.append({"if": {"properties": {"count": False}}, "then": {"properties": {"status": during}}})
    rules += [_when(stage.steps, then) for stage in stages if (then := _meanwhile(stage, stages, at))]
    if state is not State.LOADING and any(set(_LOADING) & set(stage.steps) for stage in stages):
        rules.append(_when(_LOADING, {"properties": {"importerKey": {"enum": [*FILE_IMPORTERS]}}}))
    return {**schema, "allOf": rules}


def _document(
    dialect: Dialect, state: State, importers: Mapping[str, str], steps: Sequence[Step], at: str
) -> dict[str, Schema]:
    """Return the properties of an operation's document, but for its counters."""
    return {
        **({"_id": refer("OperationId", at)} if dialect.server else {}),
        "type": _any_of([*importers.values()]),
        "importerKey": _any_of([*importers]),
        "ts": refer("Instant", at),
        "status": _any_of([step.value for step in steps]),
        "valid": {"type": "boolean"} if _may_be_both(dialect, state) else {"const": state not in _INVALID},
        "user": refer("UserId", at),
        "_updatedAt": refer("Instant", at),
    }


def _forbidden(dialect: Dialect, at: str) -> Schema:
    """Return the schema of the document of an operation whose download was refused: nothing came of it."""
    properties = _document(dialect, State.ERROR, FILE_IMPORTERS, [Step.FAILED], at)
    # it fails, and is not invalid by that
    return {**closed({**properties, "valid": {"type": "boolean"}}), **pairs(FILE_IMPORTERS)}


def _fetched(dialect: Dialect, at: str) -> Schema:
    """Return the schema of the document of an operation that fetches what is pending, and is done at once."""
    properties = _document(dialect, State.DONE, FETCHERS, [Step.DONE], at)
    properties["count"] = refer("FetchedCount", at)
    # a server counts nothing where there was nothing
    schema = closed(properties, optional=["count"] if dialect.server else [])
    return {**schema, **pairs(FETCHERS)}


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
    if any(set(other.counts) - set(stage.counts) for other in stages):
        return {"properties": {"count": _one_of(stage.counts, at)}}
    return {}


def _when(steps: Sequence[Step], then: Schema) -> Schema:
    during = _any_of([step.value for step in steps])
    return {"if": {"required": ["status"], "properties": {"status": during}}, "then": then}
