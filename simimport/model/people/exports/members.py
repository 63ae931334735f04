"""The list of members that Slack's administrators can save as CSV, as Rocket.Chat's importer of it reads it.

Opens no file. Its columns are told by their place, as there.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import UsersError
from simimport.model.people.exports.gathered import Gathered
from simimport.model.people.exports.systems import OWN
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_list_of_members", "read_members"]

#: The columns that matter, by their place; the others are free.
_USERNAME, _EMAIL, _STATUS, _NAME, _SHOWN_NAME = 0, 1, 2, 7, 8
_HEADER, _FAR = "username,email,status,billing-active", 500
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_ROLES = {"Admin": "admin", "Bot": "bot"}


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
    # an io.StringIO would take four times the text
    rows = csv.reader((line[0] for line in _LINE.finditer(text)), strict=True)
    gathered = Gathered(path, by_line=True, system=OWN)
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
                gathered.add(_member([*row, *[""] * _SHOWN_NAME]), line)
    except csv.Error as error:
        _refuse(path, f"not CSV: {error}", line=rows.line_num)
    left_out = (f"{number(without)} without an e-mail left out",) if without else ()
    return gathered.frame("Slack's list of members", left_out)


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
