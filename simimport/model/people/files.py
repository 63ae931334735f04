"""Your own people: read from a file, or written to one.

Changes and judges nobody: people without an e-mail are kept, for the simulation to fail.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from simimport.checks import file_path
from simimport.errors import ParameterError, SimimportError, UsersError
from simimport.model.files import read_bytes
from simimport.model.people.api_body import frame_of, objects_of, to_payload
from simimport.model.people.exports.json_people import LISTS, Values
from simimport.model.people.exports.members import is_list_of_members, read_members
from simimport.model.people.exports.other_kinds import kind_of
from simimport.model.people.exports.reading import read_json, read_lines
from simimport.model.people.exports.zips import unpacked
from simimport.model.people.from_csv.encodings import beginning, decoded, utf_8_in
from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.from_csv.stored import Stored, stored
from simimport.model.people.from_csv.writing import csv_lines
from simimport.model.people.packed import UnreadableZipError, is_packed
from simimport.model.people.understood import READ_AS, read_as

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "frame_of", "read_users", "to_payload", "user_lines"]

FORMATS = ("json", "jsonl", "csv")

_PIECE = 5_000
#: As much of a text as tells what it is.
_SEEN = 10_000
_OBJECT = re.compile(r'\s*(\[\s*)?\{\s*"')

_Reader = Callable[[object, Any], "pd.DataFrame"]


def read_users(path: str | os.PathLike[str], *, encoding: str | None = None) -> pd.DataFrame:
    r"""Return the users frame of the people in a file.

    Parameters
    ----------
    path : path
        What it holds is told by the end of its name, else by its content:

        * ``.json``: a body of ``import.addUsers``, ``{"users": [...]}``, or the list alone; or what another
          system exports, told by its keys: Slack's ``users.json`` or the answer of its ``users.list``, users
          of HipChat, Rocket.Chat, Mattermost, Keycloak, SCIM, LDAP, Google, Microsoft Graph or Okta;
        * ``.jsonl``, ``.ndjson``: one such user per line;
        * ``.csv``, ``.tsv``: the cells username, email, name, or any columns under a header, which may call
          them as the frame does or as the API does (``utc_offset``, ``utcOffset``), in any order and any
          case. Where a person may have several (e-mails, roles, import ids), one cell holds them,
          comma-separated;
        * ``.zip``: an export with a ``users.json`` or ``users.csv`` in it, whatever else it holds, or one
          such file packed alone.
    encoding : str, optional
        Of a text that is not UTF-8, such as ``"cp1252"``.

    Returns
    -------
    DataFrame
        The frame `users`, in the order of the file; ``columns("users")`` says each column. Missing are absent
        or null keys, empty strings, lists and cells. JSON strings are kept as they are, cells without the
        spaces around them. Without a column for it, a CSV person's `import_id` is the number of the line at
        which the row starts. Blank lines, unknown JSON keys and passwords are left out; so are bots in what
        other systems export. What the file was taken for, and who and what was left out, is said in
        ``frame.attrs["read_as"]``.

    Raises
    ------
    UsersError
        If it is no such file, or if any user cannot be read: a row with too few or too many cells, an
        unclosed quote, a value of the wrong type, a key that seems to mean one of ours. Its `rows` has them
        all, by line; in a ``.json`` file by number of the user, from 1.
    ParameterError
        If `path` is none.

    Notes
    -----
    Rows without an e-mail or a username are kept: whether they can be imported is the simulation's question.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "people.csv")
    ...     _ = path.write_text("Name;E-Mail\nAnn Ash;ann@example.com\nBob Birch;bob@example.com\n")
    ...     people = read_users(path)
    >>> people.attrs["read_as"]
    'read as: semicolons, header, 2 people'
    >>> people[["import_id", "name", "email"]]
      import_id       name            email
    0         2    Ann Ash  ann@example.com
    1         3  Bob Birch  bob@example.com
    """
    raw, name, called, words = _text_of(path, encoding)
    if isinstance(raw, Stored):
        try:
            people = _people_in(raw, name, called)
        finally:
            if raw.has_changed():
                _refuse(called, "the file was changed while it was read")
            if not raw.is_text():
                # whole, it is refused with the place
                _text_of(path, encoding, whole=True)
    else:
        people = _people_in(raw, name, called)
    people.attrs[READ_AS] = ", ".join(filter(None, [read_as(people), *words]))
    return people


def _people_in(raw: bytes | Stored, name: str, called: str) -> pd.DataFrame:
    read = _by_name(name, raw) or _by_content(called, raw)
    # the others need the text; what it was made of is not kept
    text, raw = (raw if read is read_csv else decoded(raw[:])), b""
    return read(called, text)


class _Source(NamedTuple):
    """The text of a file of people in UTF-8, its name, what an error calls it, and words on the rest."""

    raw: bytes | Stored
    name: str
    called: str
    words: tuple[str, ...] = ()


def _text_of(path: str | os.PathLike[str], encoding: str | None, *, whole: bool = False) -> _Source:
    """Return the text of the people in a file, a long one unread, unless the whole is asked for."""
    name = called = file_path("path", path)
    words: tuple[str, ...] = ()
    try:
        raw = (stored(path) if encoding is None and not whole else None) or read_bytes(path)
        if isinstance(raw, bytes) and is_packed(raw):
            name, raw, words = unpacked(raw)
            called = f"{called}: {name}"
        if kind := kind_of(raw[:_SEEN]):
            _refuse(called, f"this is {kind.name}, not people; {kind.advice}")
        if isinstance(raw, bytes):
            raw, encoded = utf_8_in(raw, encoding)
            if encoded:
                words = (f"in {encoded}", *words)
    except SimimportError:
        raise
    except (ValueError, UnreadableZipError) as error:
        hint = "; its users.json is the file of people" if (Path(path) / "users.json").is_file() else ""
        raise UsersError(called, [(0, "", f"{error}{hint}")]) from None
    if not beginning(raw).strip():
        _refuse(called, "the file is empty")
    if isinstance(raw, bytes) and b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        _refuse(called, "a NUL character: this is no text file", line=line)
    return _Source(raw, name, called, words)


def _by_name(name: str, raw: bytes | Stored) -> _Reader | None:
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is read_csv:
        # objects of JSON are no CSV, whatever they are called
        begin = beginning(raw)
        return _csv_reader(begin) if not _OBJECT.match(begin) else None
    return reader


def _csv_reader(begin: str) -> _Reader:
    return read_members if is_list_of_members(begin) else read_csv


def _by_content(path: object, raw: bytes | Stored) -> _Reader:
    begin = beginning(raw)
    start = begin.lstrip()[:_SEEN]
    if start[0] == "[":
        return read_json
    if start[0] == "{":
        # a body is one object, and a person in a line is one to its end
        return read_lines if _is_line_of_person(decoded(raw[:])) else read_json
    if not set(",;\t@") & set(start):
        _refuse(path, "neither a body of addUsers, nor JSON Lines, nor CSV of username, email, name")
    return _csv_reader(begin)


def _is_line_of_person(text: str) -> bool:
    try:
        line = text.lstrip().partition("\n")[0]
        first = Values(len(line)).of(line)
    except ValueError:
        return False
    return not set(LISTS) & first.keys()


def _refuse(path: object, problem: str, *, line: int = 0) -> NoReturn:
    raise UsersError(path, [(line, "", problem)]) from None


_READERS = {".json": read_json, ".jsonl": read_lines, ".ndjson": read_lines, ".csv": read_csv,
            ".tsv": read_csv}  # fmt: skip


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
