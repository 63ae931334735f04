"""People as `import.addUsers` has them, and as a users frame: one to the other and back.

Reads no files. Knows the keys of the API, their kinds and what a frame makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import ParameterError, UsersError, brief
from simimport.memory import uncollected
from simimport.model import columns
from simimport.model.people.api_values import READ, check_characters, check_commas, keys_of, kind_of
from simimport.model.people.cell_lists import cell_of, items_of

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.api_values import Report

__all__ = [
    "KEYS", "Columns", "Key", "cells", "columns_of", "frame_of", "objects_of", "to_payload",
]  # fmt: skip

#: People as the columns of the frame `users`: a list of plain cells by name, None where one is missing.
Columns = dict[str, list[Any]]


class Key(NamedTuple):
    """A key of a user in addUsers, the column that it becomes, and its kind."""

    name: str
    column: str
    kind: str


#: In the order in which `to_payload` writes them. `password` is none: it is accepted and never kept.
KEYS = (
    Key("username", "username", "text"),
    Key("emails", "email", "list"),
    Key("importIds", "import_id", "ids"),
    Key("name", "name", "text"),
    Key("roles", "roles", "list"),
    Key("type", "type", "text"),
    Key("utcOffset", "utc_offset", "number"),
    Key("bio", "bio", "text"),
    Key("avatarUrl", "avatar_url", "text"),
    Key("deleted", "deleted", "flag"),
    Key("statusText", "status_text", "text"),
)

def to_payload(users: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return a users frame as the body of ``import.addUsers``.

    Parameters
    ----------
    users : DataFrame
        Columns as in the frame `users`; a column that it lacks is missing for all, others are left out.

    Returns
    -------
    dict
        ``{"users": [...]}``, an object per row. `emails` and `importIds`, which the server requires, are
        lists in each, empty where the frame has none; of the other keys, a missing cell is an absent key.

    Raises
    ------
    UsersError
        If a column of texts has what is neither a text nor a number, such as true or bytes.
    ParameterError
        If `users` is no DataFrame.

    Examples
    --------
    >>> to_payload(frame_of([{"username": "jo", "emails": ["jo@example.com"], "importIds": ["7", "8"]}]))
    {'users': [{'username': 'jo', 'emails': ['jo@example.com'], 'importIds': ['7', '8']}]}
    """
    if not hasattr(users, "columns"):
        raise ParameterError("users", users, "a DataFrame of users, as stage() or read_users() returns it")
    return {"users": objects_of(users)}


def objects_of(users: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the users of `to_payload`, without the body around them."""
    with uncollected():
        found: list[dict[str, Any]] = [{} for _ in range(len(users))]
        for key in KEYS:
            name = key.name
            for user, value in zip(found, _values(users, key), strict=True):
                if value is not None:
                    user[name] = value
        return found


def _values(users: pd.DataFrame, key: Key) -> list[Any]:
    """Return a key's values, row by row; None where a row has not got the key."""
    found = cells(users, key.column)
    if key.kind == "number":
        return [value if value is None or value % 1 else int(value) for value in found]
    if key.name == "roles":
        return [items_of(value) if value else None for value in found]
    if key.name == "importIds":
        return [items_of(value) if value else [] for value in found]
    if key.name == "emails":
        further = cells(users, "extra_emails")
        return [_emails(first, more) for first, more in zip(found, further, strict=True)]
    return found


def _emails(first: str | None, further: str | None) -> list[str]:
    if not further:
        return [first] if first else []
    return [email for email in (first, *items_of(further)) if email]


def cells(users: pd.DataFrame, column: str) -> list[Any]:
    """Return a column of a users frame as a list of plain values, None where it is missing or not there."""
    if column not in users.columns:
        return [None] * len(users)
    series: Any = users[column]
    found: list[Any] = series.to_numpy(dtype=object, na_value=None).tolist()
    kind = next(listed.kind for listed in columns.COLUMNS["users"] if listed.name == column)
    # a frame that a user made may have numbers for ids
    if kind == "string" and not (kinds := set(map(type, found))) <= {str, type(None)}:
        import pandas as pd

        missing = {type(None), type(pd.NA), type(pd.NaT)}
        strange = {kind for kind in kinds - missing if not _is_kind_of_text(kind)}
        rows = [row for row, value in enumerate(found) if type(value) in strange] if strange else []
        if rows:
            problems = [(row + 1, column, f"{brief(found[row])} is not a text") for row in rows]
            raise UsersError("users", problems)
        found = [None if type(value) in missing else _as_text(value) for value in found]
    return found


def _is_kind_of_text(kind: type) -> bool:
    """Return whether values of a type stand for texts."""
    import numpy as np

    return issubclass(kind, (str, int, float, np.number)) and kind is not bool


def _as_text(value: Any) -> str | None:
    """Return a cell as the text that it was before pandas took it for a number; None where it was missing."""
    if isinstance(value, (str, int)):
        return str(value)
    number = float(value)
    if math.isnan(number):
        return None
    # beside a missing cell, whole numbers are floats too
    return str(int(value) if number.is_integer() else value)


def frame_of(
    objects: Iterable[Any],
    *,
    source: object = "users",
    lines: Sequence[int] | None = None,
    bad: Iterable[tuple[int, str, str]] = (),
    commas: bool = False,
) -> pd.DataFrame:
    """Return the users frame of objects as ``import.addUsers`` takes them.

    Parameters
    ----------
    objects : iterable of dict
        `username`, `name`, `type`, `bio`, `avatarUrl`, `statusText`: strings, or numbers, which become
        strings as on the server; `emails`, `roles`: lists of strings; `importIds`: of strings or numbers;
        `utcOffset`: a number; `deleted`: true or false. None may be absent or null, or an empty string or
        list, which say as little. Other keys are accepted and left out; so is `password`.
    source : object
        What an error calls the whole.
    lines : sequence of int, optional
        The line of each; without it a bad user is named by its position, from 1.
    bad : iterable of (int, str, str)
        What a reader has found before: refused together with what is found here.
    commas : bool, default False
        Whether an address, an id or a role may have one in it, as servers have it.

    Returns
    -------
    DataFrame
        The frame `users`. The first of several `emails` is `email`, the others `extra_emails`; lists are
        comma-separated, and a comma inside one of their texts has a backslash before it.

    Raises
    ------
    UsersError
        If any of them cannot be such a user; it names them all.
    """
    return columns.frame("users", columns_of(objects, source=source, lines=lines, bad=bad, commas=commas))


def columns_of(
    objects: Iterable[Any],
    *,
    source: object = "users",
    lines: Sequence[int] | None = None,
    bad: Iterable[tuple[int, str, str]] = (),
    commas: bool = False,
) -> Columns:
    """Return the columns of `frame_of`, which has the parameters, before they are made a frame."""
    rows = list(bad)

    def report(at: int, field: str, problem: str) -> None:
        rows.append((at + 1, f"user {at + 1} {field}".strip(), problem) if lines is None
                    else (lines[at], field, problem))  # fmt: skip

    with uncollected():
        users = [_user(value, at, report) for at, value in enumerate(objects)]
        # most keys are absent from most files
        there = keys_of(users, {key.name for key in KEYS})
        made: Columns = {key.column: [None] * len(users) for key in KEYS}
        for key in KEYS:
            if key.name in there:
                made[key.column] = READ[key.kind](key.name, users, report)
                if key.kind in ("list", "ids") and not commas:
                    check_commas(key.name, made[key.column], report)
        made["email"], made["extra_emails"] = _first_and_further(made["email"])
        for key in KEYS:
            if key.kind not in ("number", "flag"):
                check_characters(key.name, made[key.column], report)
    if rows:
        rows.sort(key=lambda row: row[0])
        # a position in a list is no line of a file
        raise UsersError(source, [(0, *row[1:]) for row in rows] if lines is None else rows)
    return {name: made[name] for name in columns.names("users")}


def _first_and_further(emails: list[str | None]) -> tuple[list[str | None], list[str | None]]:
    """Return the first of the addresses that each cell holds, and the cells of the others."""
    if any("\\" in text for text in emails if text):
        listed = [items_of(text) if text else [] for text in emails]
        first: list[str | None] = [items[0] if items else None for items in listed]
        return first, [cell_of(items[1:]) or None for items in listed]
    return (
        [text and text.partition(",")[0] for text in emails],
        [text and (text.partition(",")[2] or None) for text in emails],
    )


def _user(value: Any, at: int, report: Report) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    report(at, "", f"must be an object, not {kind_of(value)}")
    return {}
