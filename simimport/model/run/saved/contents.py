"""What a saved run holds: each field, array and column is checked before anything is made of it.

Anybody may have written the file, and its seal is no secret. Knows no zip: `archive` hands over the members.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from simimport.checks import json_list, json_object, real, whole
from simimport.errors import ParameterError, SimimportError
from simimport.model import columns
from simimport.model.people.decisions import Decisions
from simimport.model.people.staged import Staged
from simimport.model.run import wire
from simimport.model.run.course import STEP_US, Course, Segment
from simimport.model.run.record import BRANCH_FIELDS
from simimport.model.run.saved.arrays import (
    ARRAYS,
    DECIDED,
    Member,
    array_of,
    check_instants,
    check_reasons,
    check_seconds,
)
from simimport.model.run.saved.fields import (
    origin_of,
    scenario_of,
    seed_of,
    user_of,
    versions_of,
)
from simimport.show.words import counted, number

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.run.record import Record
    from simimport.model.scenario import Scenario

__all__ = ["USERS", "read"]

USERS = "users.json"

# a person's texts, ten times a long biography, in the mean; and what all have in common
_USER_BYTES, _USERS_BYTES = 4096, 2**24
_KINDS: dict[str, tuple[set[type], str]] = {
    "string": ({str}, "texts"),
    "float64": ({int, float}, "numbers"),
    "boolean": ({bool}, "true or false"),
}

_Run = TypeVar("_Run", bound="Record")


def read(meta: Mapping[str, Any], member: Member, kind: type[_Run]) -> tuple[_Run, pd.DataFrame]:
    """Return the run that a description and its members tell of, as a record of that kind, and its users.

    Raises
    ------
    SimimportError
        If something is not what it may be; the message names it.
    KeyError
        If something is missing.
    """
    scenario, seed = scenario_of("scenario", meta["scenario"]), seed_of("seed", meta["seed"])
    if not isinstance(meta["given"], bool):
        raise ParameterError("given", meta["given"], "true or false")
    clear_us = None if meta["clear_us"] is None else whole("clear_us", meta["clear_us"])
    existing = whole("existing", meta["existing"], 0, 2**53)
    origin, versions = origin_of(meta["origin"]), versions_of(meta["versions"])
    course = _course(meta, member, scenario, seed)
    try:
        # as late as anything is dated: an end without interruption, or a clear after it
        wire.iso(wire.Document.of(scenario, seed).epoch, max(course.worked_us + 3 * STEP_US, clear_us or 0))
    except OverflowError:
        raise SimimportError("it ends, or is cleared, after the year 9999") from None
    users = _users(member(USERS, _USERS_BYTES + _USER_BYTES * scenario.users), scenario.users)
    run = kind(
        scenario=scenario,
        seed=seed,
        course=course,
        clear_us=clear_us,
        given=Staged(users) if meta["given"] else None,
        existing=existing,
        origin=origin,
        saved_versions=versions,
    )
    return run, users


def _course(meta: Mapping[str, Any], member: Member, scenario: Scenario, seed: int) -> Course:
    arrays = {name: array_of(member, name, *about, scenario) for name, about in ARRAYS.items()}
    failed, reasons, users = arrays["failed"], arrays["reasons"], scenario.users
    check_seconds("batch_s", arrays["batch_s"])
    check_seconds("stall_s", arrays["stall_s"])
    if (arrays["stall_s"] > arrays["batch_s"]).any():
        raise SimimportError("stall_s has a stall that is longer than its batch")
    check_reasons("reasons", reasons, failed)
    course = Course(
        segments=_segments(meta["segments"], scenario, seed, len(arrays["batch_s"])),
        people=_people(meta, member, scenario),
        batch_s=arrays["batch_s"],
        stall_s=arrays["stall_s"],
        failed=failed,
        cancel=user_of("cancel", meta["cancel"], users),
        crash=user_of("crash", meta["crash"], users),
    )
    check_instants(course, arrays["finished_us"])
    # what was drawn when it was saved is not drawn again
    course.__dict__.update(finished_us=arrays["finished_us"], reasons=reasons)
    return course


def _segments(value: Any, scenario: Scenario, seed: int, batches: int) -> tuple[Segment, ...]:
    """Return which batches follow which scenario: the last is the run's own, and sizes never change."""
    segments: list[Segment] = []
    for entry in json_list("segments", value):
        if not isinstance(entry, list) or len(entry) != 3:
            raise ParameterError("segments", entry, "lists of a batch, a scenario and a seed")
        low, high = (segments[-1].first_batch + 1, batches - 1) if segments else (0, 0)
        first = whole("first batch of a segment", entry[0], low, high)
        future = scenario_of("segment", entry[1])
        segments.append(Segment(first, future, seed_of("seed of a segment", entry[2])))
    if not segments or segments[-1][1:] != (scenario, seed):
        raise SimimportError("segments do not end with the scenario and the seed of the run")
    changed = {name: getattr(scenario, name) for name in BRANCH_FIELDS}
    for segment in segments:
        if segment.scenario.replace(**changed) != scenario:
            raise SimimportError("segments differ in what a branch cannot change")
    return tuple(segments)


def _people(meta: Mapping[str, Any], member: Member, scenario: Scenario) -> Decisions | None:
    if meta["slow_s"] is None:
        return None
    decided, reason = (array_of(member, name, *about, scenario) for name, about in DECIDED.items())
    check_reasons("decided_reason", reason, decided & (reason > 0))
    slow_s: dict[int, float] = {}
    for entry in json_list("slow_s", meta["slow_s"]):
        if not isinstance(entry, list) or len(entry) != 2:
            raise ParameterError("slow_s", entry, "pairs of a user and seconds")
        user = whole("user of slow_s", entry[0], 0, scenario.users - 1)
        slow_s[user] = real("seconds of slow_s", entry[1], 0, 1e9)
    cancel, crash = (user_of(name, meta[name], scenario.users) for name in ("people_cancel", "people_crash"))
    return Decisions(decided, reason, slow_s, cancel, crash)


def _users(raw: bytes, users: int) -> pd.DataFrame:
    """Return the frame of the users, from columns in JSON, which tells a missing cell from an empty text."""
    try:
        data = json_object("users", json.loads(raw))
    except ParameterError:
        raise
    except (ValueError, RecursionError) as error:
        raise SimimportError(f"{USERS} is no JSON of columns ({error})") from None
    for column in columns.COLUMNS["users"]:
        cells = json_list(f"the column {column.name}", data[column.name])
        if len(cells) != users:
            raise SimimportError(f"it has {counted(len(cells), 'user')} and says {number(users)}")
        kinds, allowed = _KINDS[column.kind]
        if strange := set(map(type, cells)) - kinds - {type(None)}:
            cell = next(cell for cell in cells if type(cell) in strange)
            raise ParameterError(column.name, cell, f"{allowed}, or null")
        if column.kind == "string":
            _check_characters(column.name, cells)
    try:
        return columns.frame("users", data)
    except OverflowError:
        raise SimimportError("utc_offset has a number that is too large") from None


def _check_characters(name: str, cells: list[str | None]) -> None:
    """Refuse halves of characters, which JSON can say and no file in UTF-8 can hold."""
    try:
        "".join(cell for cell in cells if cell is not None).encode()
    except UnicodeEncodeError:
        raise SimimportError(f"the column {name} has half a character") from None
