"""People in CSV: rows to objects of addUsers, and frames to rows.

Opens no file and judges no value that JSON users have too: `api_body.frame_of` does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simimport.errors import UsersError
from simimport.model import columns
from simimport.model.people.api_body import KEYS, cells, frame_of
from simimport.model.people.cell_lists import cell_of, items_of
from simimport.show.words import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_lines", "read_csv"]

#: The order of Rocket.Chat's own users.csv; what else a frame has follows.
_CSV_COLUMNS = ("username", "email", "name")

_Bad = list[tuple[int, str, str]]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


#: What a header may call a column, in small letters only: the names of the frame and of the API.
_HEADER = {
    "email": "email",
    "importids": "import_id",
    "password": "password",
    **{_plain(column): column for column in columns.names("users")},
    **{_plain(key.name): key.column for key in KEYS},
}
_KEY_OF = {key.column: key for key in KEYS}


def read_csv(path: object, text: str, *, named: bool = False) -> pd.DataFrame:
    """Return the users frame of a CSV text; `files.read_users` documents it.

    Parameters
    ----------
    path : object
        What an error calls the whole.
    text : str
    named : bool, default False
        Whether the `import_id` of a person without one is the username, as servers have it; else, and for
        those who have none, it is the number of the line.

    Raises
    ------
    UsersError
        With every row that cannot be read.
    """
    bad: _Bad = []
    rows = list(_csv_rows(text, bad))
    header = _header(path, *rows[0]) if rows else None
    names = header or list(_CSV_COLUMNS)
    # in this order, the first address comes before the further ones
    order = sorted(range(len(names)), key=names.__getitem__)
    users: list[dict[str, Any]] = []
    lines: list[int] = []
    for line, row in rows[1:] if header else rows:
        if len(row) == len(names):
            user = _csv_user([(names[at], row[at]) for at in order], line, bad)
            if named and "import_id" not in names and user.get("username"):
                user["importIds"] = [user["username"]]
            users.append(user)
            lines.append(line)
        else:
            bad.append((line, "", _miscounted(row, names)))
    # a comma with a backslash before it parts nothing, and is meant
    return frame_of(users, source=path, lines=lines, bad=bad, commas=True)


def _miscounted(row: Sequence[str], names: Sequence[str]) -> str:
    found = f"{counted(len(row), 'cell')}, not {len(names)} ({', '.join(names)})"
    # as spreadsheets export them where the comma is the decimal sign
    other = len(row) == 1 and re.search(r"[;\t]", row[0])
    return f"{found}; cells are parted by commas" if other else found


def _csv_rows(text: str, bad: _Bad) -> Iterator[tuple[int, list[str]]]:
    """Yield the line at which a row starts, and its cells, stripped; what is no row goes to `bad`."""
    if text.lstrip().startswith("<"):
        bad.append((1, "", "this is HTML or XML, not CSV"))
        return
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            problem = _CSV_PROBLEMS.get(str(error)[:5], str(error))
            bad.append((line, "", problem))
            if problem == _CSV_PROBLEMS["field"]:
                return  # what follows would be read from the middle of a cell
            continue
        stripped = [cell.strip() for cell in row]
        if stripped not in ([], [""]):
            yield line, stripped


# by the first letters of what the csv module says
_CSV_PROBLEMS = {
    "unexp": "a quote is opened and never closed",
    "field": f"a cell has more than {csv.field_size_limit():,} characters; perhaps a quote is never closed",
    "',' e": "text after a closing quote; inside a quoted cell a quote is written twice",
}


def _header(path: object, line: int, row: Sequence[str]) -> list[str] | None:
    """Return the columns that a first row names, or None where it is somebody's."""
    columns_named = [_HEADER.get(_plain(cell)) for cell in row]
    if not any(columns_named) or any("@" in cell for cell in row):
        return None
    allowed = ", ".join((*columns.names("users"), "password"))
    bad = [
        (line, cell or "(empty)", f"no column of people; known are {allowed}")
        for cell, name in zip(row, columns_named, strict=True)
        if name is None
    ]
    names = [name for name in columns_named if name]
    bad += [(line, name, "named twice") for name in dict.fromkeys(names) if names.count(name) > 1]
    if bad:
        raise UsersError(path, bad)
    return names


def _csv_user(row: Sequence[tuple[str, str]], line: int, bad: _Bad) -> dict[str, Any]:
    """Return a row, as columns and cells, as an object of addUsers."""
    user: dict[str, Any] = {"emails": [], "importIds": [str(line)]}
    for name, cell in row:
        if name in ("email", "extra_emails"):
            user["emails"] += _several(cell)
        elif name == "import_id" or (cell and name != "password"):
            key = _KEY_OF[name]
            try:
                user[key.name] = _CELLS[key.kind](cell)
            except ValueError as error:
                bad.append((line, name, str(error)))
    return user


def _several(cell: str) -> list[str]:
    return [part.strip() for part in items_of(cell)]


def _number(cell: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", cell, re.ASCII | re.IGNORECASE):
        raise ValueError("must be a number")
    return float(cell)


def _flag(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise ValueError("must be true or false")
    return cell.lower() == "true"


_CELLS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "list": _several,
    "ids": _several,
    "number": _number,
    "flag": _flag,
}


def csv_lines(pieces: Iterable[pd.DataFrame]) -> Iterator[str]:
    """Yield the header, and the rows of each users frame, for `read_csv` to read back."""
    names = list(dict.fromkeys((*_CSV_COLUMNS, *columns.names("users"))))
    yield ",".join(names) + "\r\n"
    for piece in pieces:
        text = io.StringIO(newline="")
        rows = zip(*(_written(name, cells(piece, name)) for name in names), strict=True)
        csv.writer(text).writerows(rows)
        yield text.getvalue()


def _written(name: str, values: list[Any]) -> list[Any]:
    if name == "deleted":
        return [None if value is None else str(value).lower() for value in values]
    if name == "email":
        # several addresses may stand there where it is read
        return [value and cell_of([value]) for value in values]
    return values
