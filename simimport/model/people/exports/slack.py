"""People as Slack has them: its users.json, and the list of members that its administrators can save as CSV.

Opens no file. What becomes of a person is what Rocket.Chat's importers make of one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import UsersError
from simimport.model.people.api_body import frame_of
from simimport.model.people.exports.values import is_number
from simimport.model.people.understood import with_words
from simimport.show.words import counted, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_list_of_members", "is_of_slack", "read_members", "user_of_slack"]

_HOUR_S = 3600
#: The columns of a list of members that matter, by their place; the others are free.
_USERNAME, _EMAIL, _STATUS, _NAME, _SHOWN_NAME = 0, 1, 2, 7, 8
_HEADER, _FAR = "username,email,status,billing-active", 500
_ROLES = {"Admin": "admin", "Bot": "bot"}
#: Slack says of its own bot that it is none.
_SLACKBOT = "USLACKBOT"


def is_of_slack(person: Mapping[str, Any]) -> bool:
    """Return whether a person has the keys of Slack's users.json and of its method users.list."""
    return {"id", "name", "profile"} <= person.keys() and isinstance(person["profile"], Mapping)


def user_of_slack(person: Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return a user of Slack as one of addUsers (SlackImporter.ts @ 275d8f64, prepareUsersFile), or "bot".

    Raises
    ------
    ValueError
        If it is none.
    """
    if person.get("is_bot") or person.get("id") == _SLACKBOT:
        return "bot"
    profile = person.get("profile")
    if not isinstance(profile, Mapping):
        raise ValueError("must be an object with a profile, as Slack has it")  # noqa: TRY004 - a value of a file
    offset_s = person.get("tz_offset")
    return {
        "importIds": [person.get("id") or ""],
        "username": person.get("name"),
        "emails": [profile.get("email") or ""],
        "name": profile.get("real_name"),
        "utcOffset": offset_s / _HOUR_S if is_number(offset_s) else offset_s,
        "avatarUrl": profile.get("image_original") or profile.get("image_512"),
        "deleted": person.get("deleted"),
        "statusText": profile.get("status_text"),
        "bio": profile.get("title"),
        "type": "user",
    }


def is_list_of_members(text: str) -> bool:
    """Return whether a CSV text begins as a list of members does."""
    return text[:_FAR].lstrip().lower().replace('"', "").startswith(_HEADER)


def read_members(path: object, text: str) -> pd.DataFrame:
    """Return the users frame of a list of members: a header, then username, email, status, and six more.

    Those without an e-mail are left out, and bots are users, as servers do it (SlackUsersImporter.ts @
    245b2810).

    Raises
    ------
    UsersError
        If it is no such list; `path` is what it calls the whole.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    users: list[dict[str, Any]] = []
    lines: list[int] = []
    without = 0
    try:
        next(rows, None)  # the header, whatever it says
        for row in rows:
            line = rows.line_num
            if not row:
                continue
            if len(row) <= _EMAIL:
                _refuse(path, "has one cell, and must begin with a username and an e-mail", line=line)
            if not row[_EMAIL].strip():
                without += 1
            else:
                users.append(_member([*row, *[""] * _SHOWN_NAME]))
                lines.append(line)
    except csv.Error as error:
        _refuse(path, f"not CSV: {error}", line=rows.line_num)
    words = ["Slack's list of members", counted(len(users), "person", "people")]
    if without:
        words.append(f"{number(without)} without an e-mail left out")
    return with_words(frame_of(users, source=path, lines=lines), words)


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
