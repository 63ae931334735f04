"""People in JSON, and in lines of JSON: ours, or those of any system in `systems`.

Opens no file. Whatever is no list of people is refused in words that name what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import UsersError, brief
from simimport.memory import uncollected
from simimport.model.people.exports.gathered import Gathered
from simimport.model.people.exports.json_people import (
    LISTS,
    NotPeopleError,
    UnreadableError,
    Values,
    people_in,
    place_of,
)
from simimport.model.people.exports.own import asked_for
from simimport.model.people.exports.systems import OWN, SLACK, SYSTEMS, System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_json", "read_lines", "read_slack"]

#: How many things are in a text at the most that is uploaded, as brackets and commas tell.
_MOST_THINGS = 10_000_000
#: In a text of more characters than that, people have not more things than one in so many characters; and in
#: so many characters without the beginning of an object there are fewer still, and not so many keys.
_LONG, _APART = 200_000, 6
_LONG_GAP, _APART_IN_GAP, _MOST_KEYS_IN_GAP = 50_000, 8, 2_000
_TOO_MUCH = "it holds too much to be a list of people"
_BODIES = {"users": "a body of addUsers", "": "a list of users"}
#: By keys of a body, what it is if nobody's people are in it.
_KNOWN_BODIES = (
    ({"operation"}, "an answer of import.status"),
    ({"error"}, "an answer that tells of an error"),
    ({"errorType"}, "an answer that tells of an error"),
    ({"status", "message"}, "an answer that tells of an error"),
    ({"log", "users"}, "a recorded trace"),
    ({"swagger"}, "a description of an API"),
    ({"openapi"}, "a description of an API"),
    ({"scenario"}, "a scenario or a run, not its users"),
)


def read_json(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of a JSON text: of a list of people, or of a body that holds one.

    Raises
    ------
    UsersError
        With everybody who cannot be read, by number; or if there are no people. `path` is what it calls the
        whole.
    """
    with uncollected():
        return _read(path, text, None)


def read_slack(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of Slack's users.json: bots left out, deleted people kept, time zones in hours.

    Raises
    ------
    UsersError
        If it is no such file, or a user cannot be read; `path` is what it calls the whole.
    """
    if sum(map(text.count, "[{,")) > _MOST_THINGS:
        _refuse(path, _TOO_MUCH)
    if text.lstrip()[:1] != "[":
        try:
            Values(len(text)).of(text)
        except json.JSONDecodeError as error:
            raise UsersError(path, [place_of(error)]) from None
        except UnreadableError as error:
            raise UsersError(path, [_place_of_unreadable(error, text)]) from None
        _refuse(path, "no list of users, as Slack's users.json is")
    with uncollected():
        return _read(path, text, SLACK)


def _read(path: object, text: str, system: System | None) -> pd.DataFrame:
    _check_crowd(path, text)
    around: dict[str, Any] = {}
    gathered = Gathered(path, by_line=False, system=system)
    place = 0
    try:
        for place, person in enumerate(people_in(text, around), start=1):
            gathered.add(person, place)
    except json.JSONDecodeError as error:
        line, column, problem = place_of(error)
        raise UsersError(path, [(line, column, problem + _hint(error, around))]) from None
    except NotPeopleError:
        _refuse(path, 'neither {"users": [...]} nor a list of users')
    except UnreadableError as error:
        raise UsersError(path, [_place_of_unreadable(error, text)]) from None
    key = next((key for key in LISTS if key in around and around[key] is None), "")
    if not key and text.lstrip()[:1] == "{":
        _refuse_body(path, around)
    found = gathered.settled()
    if place:
        _check_list(path, key, found)
    elif key not in ("", "users") and not {"ok", "schemas", "@odata.context"} & around.keys():
        _refuse(path, f"nobody is in it: {asked_for(list(around))}")
    return gathered.frame(_BODIES.get(key, "") if found is OWN else found.name, _pages(around, place))


def _hint(error: json.JSONDecodeError, around: Mapping[str, Any]) -> str:
    """Return what to do about a text that is no JSON, where that is likely."""
    if not error.doc[: error.pos].strip():
        return "; CSV is named .csv"
    if error.msg != "Extra data":
        return ""
    if any(around.get(key, "") is None for key in LISTS):
        return "; of several bodies, give each in a file of its own"
    return "; one object per line is named .jsonl"


def _place_of_unreadable(error: UnreadableError, text: str) -> tuple[int, str, str]:
    line = text.count("\n", 0, error.at) + 1
    return line, f"user {error.person}" if error.person else "", str(error)


def _check_crowd(path: object, text: str) -> None:
    """Refuse a text that would take many times its size: of things so small that they are nobody's."""
    if len(text) < _LONG:
        return
    if sum(map(text.count, "[{,")) * _APART > len(text):
        _refuse(path, _TOO_MUCH)
    start = 0
    while start < len(text):
        end = text.find("{", start + 1)
        end = len(text) if end < 0 else end
        if end - start > _LONG_GAP and (
            text.count(",", start, end) * _APART_IN_GAP > end - start
            or text.count('":', start, end) > _MOST_KEYS_IN_GAP
        ):
            _refuse(path, _TOO_MUCH)
        start = end


def _check_list(path: object, key: str, system: System) -> None:
    """Refuse people under a key where their system has none."""
    if key not in system.lists and system is OWN:
        _refuse(path, f"people of no system that is known stand under {key!r}; ours stand under 'users'")
    if key not in system.lists:
        lists = " or ".join(repr(name) for name in system.lists if name) or "no key: they are a list alone"
        _refuse(path, f"{system.name} stand under {lists}, not under {key!r}")


def _pages(around: Mapping[str, Any], people: int) -> tuple[str, ...]:
    """Return in words that a body is one page of several, where it says so."""
    metadata = around.get("response_metadata")
    totals = [around.get(key) for key in ("total", "totalResults")]
    follows = (
        any(around.get(key) for key in ("nextPageToken", "@odata.nextLink", "nextLink"))
        or (isinstance(metadata, Mapping) and bool(metadata.get("next_cursor")))
        or any(isinstance(total, int) and total > people for total in totals)
    )
    return ("one page of several: there are more people where it is from",) if follows else ()


def _refuse_body(path: object, around: Mapping[str, Any]) -> NoReturn:
    """Refuse a body without a list of people, in words that name what it is."""
    neither = 'neither {"users": [...]} nor a list of users'
    for keys, what in _KNOWN_BODIES:
        if keys <= around.keys():
            _refuse(path, f"{neither}, but {what}")
    if system := next((system for system in SYSTEMS if system.fits(around)), None):
        _refuse(path, f"{neither}, but one of {system.name} alone; put brackets around it: [{{...}}]")
    if {"username", "emails", "importIds"} & around.keys():
        _refuse(path, f"{neither}, but one user alone; put brackets around it: [{{...}}]")
    within = [key for key, value in around.items() if isinstance(value, list | Mapping)]
    if within:
        _refuse(path, f"{neither}; save alone what is under {' or '.join(brief(key) for key in within[:3])}")
    _refuse(path, f"{neither}: {asked_for(list(around))}" if around else neither)


def read_lines(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of a text with a person in each line; empty lines are none.

    Raises
    ------
    UsersError
        With every line that cannot be read.
    """
    _check_crowd(path, text)
    gathered = Gathered(path, by_line=True)
    with uncollected():
        values = Values(len(text))
        for line, source in _lines(text):
            try:
                person = values.of(source)
            except json.JSONDecodeError as error:
                gathered.report(line, *place_of(error)[1:])
            except UnreadableError as error:
                gathered.report(line, "", str(error))
            else:
                gathered.add(person, line)
        found = gathered.settled()
        return gathered.frame("JSON Lines" if found is OWN else f"{found.name} in lines of JSON")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty, and their numbers, without a list of them all.

    Only a line feed ends one: JSON strings may hold the other characters that splitlines() takes.
    """
    line, start = 1, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        source = text[start:end]
        if not source.isspace() and source:
            yield line, source
        line, start = line + 1, end + 1


def _refuse(path: object, problem: str) -> NoReturn:
    raise UsersError(path, [(0, "", problem)]) from None
