"""People as Slack has them: its users.json, and the list of members that its administrators can save as CSV.

Opens no file. What becomes of a person is what Rocket.Chat's importers make of one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import UsersError
from simimport.model.people.api_body import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_members", "read_slack"]

_HOUR_S = 3600
#: How many things are in a text at the most that is read, as brackets and commas tell: each takes memory.
_MOST_THINGS = 10_000_000
#: The columns of a list of members that matter, by their place; the others are free.
_USERNAME, _EMAIL, _STATUS, _NAME, _SHOWN_NAME = 0, 1, 2, 7, 8
_ROLES = {"Admin": "admin", "Bot": "bot"}


def read_slack(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of a users.json: bots left out, deleted people kept, time zones in hours.

    Raises
    ------
    UsersError
        If it is no such file, or a user cannot be read; `path` is what it calls the whole.
    """
    if sum(map(text.count, "[{,")) > _MOST_THINGS:
        _refuse(path, "it holds too much to be a list of people")
    try:
        found = _decode(text)
    except json.JSONDecodeError as error:
        _refuse(path, f"not JSON: {error.msg}", line=error.lineno)
    except (ValueError, RecursionError):
        _refuse(path, "not JSON that can be read: nested too deeply, or a number of too many digits")
    if not isinstance(found, list):
        _refuse(path, "no list of users, as Slack's users.json is")
    people = [person for person in found if not (isinstance(person, Mapping) and person.get("is_bot"))]
    bad: list[tuple[int, str, str]] = []
    users = [_user(person, place, bad) for place, person in enumerate(people, start=1)]
    if bad:
        raise UsersError(path, bad)
    return frame_of(users, source=path)


def _user(person: Any, place: int, bad: list[tuple[int, str, str]]) -> dict[str, Any]:
    """Return a user of Slack as one of addUsers (SlackImporter.ts @ 275d8f64, prepareUsersFile)."""
    profile = person.get("profile") if isinstance(person, Mapping) else None
    if not isinstance(profile, Mapping):
        bad.append((0, f"user {place}", "must be an object with a profile, as Slack has it"))
        return {}
    offset_s = person.get("tz_offset")
    is_number = isinstance(offset_s, (int, float)) and not isinstance(offset_s, bool)
    return {
        "importIds": [person.get("id") or ""],
        "username": person.get("name"),
        "emails": [profile.get("email") or ""],
        "name": profile.get("real_name"),
        "utcOffset": offset_s / _HOUR_S if is_number else offset_s,
        "avatarUrl": profile.get("image_original") or profile.get("image_512"),
        "deleted": person.get("deleted"),
        "statusText": profile.get("status_text"),
        "bio": profile.get("title"),
        "type": "user",
    }


def read_members(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of a list of members: a header, then username, email, status, and six more.

    Those without an e-mail are left out, as servers do it (SlackUsersImporter.ts @ 245b2810).

    Raises
    ------
    UsersError
        If it is no such list; `path` is what it calls the whole.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    users: list[dict[str, Any]] = []
    lines: list[int] = []
    try:
        next(rows, None)  # the header, whatever it says
        for row in rows:
            line = rows.line_num
            if not row:
                continue
            if len(row) <= _EMAIL:
                _refuse(path, "has one cell, and must begin with a username and an e-mail", line=line)
            if row[_EMAIL].strip():
                users.append(_member([*row, *[""] * _SHOWN_NAME]))
                lines.append(line)
    except csv.Error as error:
        _refuse(path, f"not CSV: {error}", line=rows.line_num)
    return frame_of(users, source=path, lines=lines)


def _member(row: list[str]) -> dict[str, Any]:
    username, email, status = (row[place].strip() for place in (_USERNAME, _EMAIL, _STATUS))
    user: dict[str, Any] = {
        "importIds": [email],
        "emails": [email],
        "username": username,
        "name": row[_NAME].strip() or row[_SHOWN_NAME].strip() or username,
        "type": "bot" if status == "Bot" else "user",
        "deleted": True if status == "Deactivated" else None,
    }
    return {**user, "roles": [_ROLES[status]]} if status in _ROLES else user


def _refuse(path: object, problem: str, *, line: int = 0) -> NoReturn:
    raise UsersError(path, [(line, "", problem)]) from None


def _thing(members: dict[str, Any]) -> dict[str, Any]:
    return members


# the decoder calls Python for each object, so that other threads come to their turn
_decode = json.JSONDecoder(object_hook=_thing).decode
