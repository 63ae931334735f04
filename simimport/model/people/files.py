"""Your own people: read from a file, or written to one.

Changes and judges nobody: people without an e-mail are kept, for the simulation to fail.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from simimport.errors import ParameterError, UsersError
from simimport.model.files import read_text
from simimport.model.people.api_body import frame_of, objects_of, to_payload
from simimport.model.people.csv_format import csv_lines, read_csv

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "frame_of", "read_users", "to_payload", "user_lines"]

FORMATS = ("json", "jsonl", "csv")

_PIECE = 5_000


def read_users(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the users frame of the people in a file.

    Parameters
    ----------
    path : path
        UTF-8, with a byte-order mark or without. What it holds is told by the end of its name, else by its
        content:

        * ``.json``: a body of ``import.addUsers``, ``{"users": [...]}``, or the list alone;
        * ``.jsonl``, ``.ndjson``: one such user per line;
        * ``.csv``: the cells username, email, name, or any columns under a header, which may call them as
          the frame does or as the API does (``utc_offset``, ``utcOffset``), in any order and any case. Where
          a person may have several (e-mails, roles, import ids), one cell holds them, comma-separated.

    Returns
    -------
    DataFrame
        The frame `users`, in the order of the file. Missing are absent or null keys, empty strings, lists
        and cells. JSON strings are kept as they are, cells without the spaces around them. Without a column
        for it, a CSV person's `import_id` is the number of the line at which the row starts. Blank lines,
        unknown JSON keys and passwords are left out.

    Raises
    ------
    UsersError
        If it is no such file, or if any user cannot be read: a row with too few or too many cells, an
        unclosed quote, a value of the wrong type. Its `rows` has them all, by line; in a ``.json`` file by
        number of the user, from 1.

    Notes
    -----
    Rows without an e-mail or a username are kept: whether they can be imported is the simulation's question.
    """
    try:
        text = read_text(path)
    except ValueError as error:
        raise UsersError(path, [(0, "", str(error))]) from None
    if not text.strip():
        raise UsersError(path, [(0, "", "the file is empty")])
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsersError(path, [(line, "", "a NUL character: this is no text file")])
    read = _READERS.get(Path(path).suffix.lower()) or _by_content(path, text)
    return read(path, text)


def _by_content(path: object, text: str) -> Callable[[object, str], pd.DataFrame]:
    start = text.lstrip()
    if start[0] == "[":
        return _read_json
    if start[0] == "{":
        try:
            first = _loads(start.partition("\n")[0])
        except ValueError:
            return _read_json
        return _read_json if "users" in first else _read_lines
    if "," not in start.partition("\n")[0]:
        _refuse(path, "neither a body of addUsers, nor JSON Lines, nor CSV of username, email, name")
    return read_csv


def _refuse(path: object, problem: str, *, line: int = 0, field: str = "") -> NoReturn:
    raise UsersError(path, [(line, field, problem)]) from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


# made once: json.loads() with an argument would make one per line
_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _loads(text: str) -> Any:
    """Return the value of a JSON text; ValueError says what is wrong in words, JSONDecodeError also where."""
    try:
        return _decode(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        raise ValueError("nested too deeply to be a user") from None
    except ValueError as error:
        problem = str(error) if "not JSON" in str(error) else "a number has more digits than can be read"
        raise ValueError(problem) from None


def _read_json(path: object, text: str) -> pd.DataFrame:
    try:
        body = _loads(text)
    except json.JSONDecodeError as error:
        hint = "; one object per line is named .jsonl" if error.msg == "Extra data" else ""
        _refuse(path, f"not JSON: {error.msg}{hint}", line=error.lineno, field=f"column {error.colno}")
    except ValueError as error:
        _refuse(path, str(error))
    users = body.get("users") if isinstance(body, dict) else body
    if not isinstance(users, list):
        _refuse(path, 'neither {"users": [...]} nor a list of users')
    return frame_of(users, source=path)


def _read_lines(path: object, text: str) -> pd.DataFrame:
    users: list[Any] = []
    lines: list[int] = []
    bad: list[tuple[int, str, str]] = []
    # only a line feed ends a line: JSON strings may hold the other characters that splitlines() takes
    for line, source in enumerate(text.split("\n"), start=1):
        if not source.strip():
            continue
        try:
            users.append(_loads(source))
            lines.append(line)
        except json.JSONDecodeError as error:
            bad.append((line, f"column {error.colno}", f"not JSON: {error.msg}"))
        except ValueError as error:
            bad.append((line, "", str(error)))
    return frame_of(users, source=path, lines=lines, bad=bad)


_READERS = {".json": _read_json, ".jsonl": _read_lines, ".ndjson": _read_lines, ".csv": read_csv}


def user_lines(frames: Iterable[pd.DataFrame], format: str) -> Iterator[str]:  # noqa: A002 - as on the command line
    """Return the text of a file of people, in pieces, from the frames of `iter_users`.

    Parameters
    ----------
    frames : iterable of DataFrame
        Users frames, each taken when it is needed.
    format : {"json", "jsonl", "csv"}
        ``json`` is one body of ``import.addUsers``, ``jsonl`` one user per line, ``csv`` all columns of the
        frame under a header that begins with username, email, name. `read_users` reads each of them back.

    Returns
    -------
    Iterator of str
        Write them one after the other, as UTF-8; lines of CSV end as RFC 4180 has it, in CR LF.

    Raises
    ------
    ParameterError
        If the format is another, at once.

    Examples
    --------
    >>> from simimport.model.people.api_body import frame_of
    >>> people = frame_of([{"username": "jo", "emails": ["jo@example.com"], "importIds": ["7"]}])
    >>> print("".join(user_lines([people], "jsonl")), end="")
    {"username": "jo", "emails": ["jo@example.com"], "importIds": ["7"]}
    """
    if format not in FORMATS:
        raise ParameterError("format", format, ", ".join(FORMATS))
    pieces = (
        frame.iloc[start : start + _PIECE] for frame in frames for start in range(0, len(frame), _PIECE)
    )
    return {"json": _body, "jsonl": _json_lines, "csv": csv_lines}[format](pieces)


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",\n", ": ")).encode


def _lines(piece: pd.DataFrame) -> str:
    """Return a line of JSON per user, without the last line's end."""
    # A list takes half the time of its items one by one. A line feed inside a string is written \\n, and no
    # user holds an object, so the raw ones are ours: those between braces part users, others parts of one.
    return _encode(objects_of(piece))[1:-1].replace("},\n{", "}\n{").replace(",\n", ", ")


def _body(pieces: Iterable[pd.DataFrame]) -> Iterator[str]:
    before = '{"users": [\n'
    for piece in pieces:
        yield before + _lines(piece).replace("\n", ",\n")
        before = ",\n"
    yield "\n]}\n" if before == ",\n" else '{"users": []}\n'


def _json_lines(pieces: Iterable[pd.DataFrame]) -> Iterator[str]:
    for piece in pieces:
        yield _lines(piece) + "\n"
