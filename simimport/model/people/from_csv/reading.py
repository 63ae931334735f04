"""read_csv: the users frame of a text of CSV, and in words what it was taken for.

Opens no file. Puts together what the other rooms find out: the dialect, the header, the rows, the cells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import UsersError
from simimport.memory import uncollected
from simimport.model.columns import string_dtype
from simimport.model.people.from_csv.cells import AS_THEY_ARE, columns_from, ids_of
from simimport.model.people.from_csv.dialect import DELIMITERS, Dialect, dialect_of
from simimport.model.people.from_csv.encodings import beginning, decoded, encoded
from simimport.model.people.from_csv.header import IGNORED, Header, header_of
from simimport.model.people.from_csv.plain_rows import holds, plain_pieces
from simimport.model.people.from_csv.rows import Bad, Rows
from simimport.model.people.understood import with_words
from simimport.model.people.users_frame import joined
from simimport.show.words import counted, printable

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.from_csv.stored import Stored

__all__ = ["read_csv"]

#: What the columns are of a text in which nobody is.
_NOBODY = Header(("username", "email", "name"), is_there=False)
#: What is read over: passwords are accepted, and never kept.
_UNREAD = ("password", IGNORED)
#: How far the first row may be from the beginning.
_FAR = 200_000
_MOST_SHOWN = 8


def read_csv(
    path: object, text: str | bytes | Stored, *, named: bool = False, words: Iterable[str] = ()
) -> pd.DataFrame:
    """Return the users frame of a CSV text; `files.read_users` documents it.

    Parameters
    ----------
    path : object
        What an error calls the whole.
    text : str, bytes or Stored
        The whole; as bytes, in UTF-8 without a mark.
    named : bool, default False
        Whether the `import_id` of a person without one is the username, as servers have it; else, and for
        those who have none, it is the number of the line.
    words : iterable of str
        What was understood before, such as the encoding; the frame's sentence begins with it.

    Raises
    ------
    UsersError
        With every row that cannot be read, or with what is unclear of the whole.
    """
    raw = encoded(text) if isinstance(text, str) else text
    begin = beginning(raw)
    if begin[:1000].lstrip().startswith("<"):
        raise UsersError(path, [(1, "", "this is HTML or XML, not CSV")])
    dialect = dialect_of(begin)
    if len(begin) - dialect.start < _FAR and len(encoded(begin)) < len(raw):
        # whatever stands before the first row is very long
        begin = decoded(raw[:])
        dialect = dialect_of(begin)
    first = _first_row(begin, dialect)
    sample = dialect.rows(begin)
    header = header_of(path, sample, first.line) if sample else _NOBODY
    bad: Bad = []
    rows = Rows(raw, dialect, header, bad)
    place, line = (first.behind, first.next_line) if header.is_there else (first.begin, first.line)
    with uncollected():
        frame = _people(rows, (len(encoded(begin[:place])), line), bad, named=named)
    if not sample and len(frame):
        bad.append((first.line, "", "nothing but empty rows for so long that no columns can be found"))
    if bad:
        bad.sort(key=lambda row: row[:2])
        # behind a first row that cannot be read nobody knows what the columns are
        raise UsersError(path, bad if sample else bad[:1])
    empty, comments = first.empty + dialect.empty + rows.empty, dialect.comments + rows.comments
    return with_words(frame, [*words, *_words(dialect, header, len(frame), empty, comments)])


class _FirstRow(NamedTuple):
    """Where the first row begins, and its line; the same of the next one; how many empty ones precede."""

    begin: int
    line: int
    behind: int
    next_line: int
    empty: int


def _first_row(text: str, dialect: Dialect) -> _FirstRow:
    lines = list(io.StringIO(text[dialect.start : dialect.start + _FAR], newline=""))
    reader = dialect.reader(lines)
    done = empty = 0
    try:
        for row in reader:
            if any(map(dialect.cell, row)):
                break
            done, empty = reader.line_num, empty + 1
    except csv.Error:
        pass  # whoever reads the rows says what is wrong
    begin = dialect.start + sum(map(len, lines[:done]))
    behind = begin + sum(map(len, lines[done : reader.line_num]))
    return _FirstRow(begin, dialect.line + done, behind, dialect.line + reader.line_num, empty)


def _people(rows: Rows, start: tuple[int, int], bad: Bad, *, named: bool) -> pd.DataFrame:
    """Return the users frame: of plain pieces for as long as there are some, and then row by row."""
    (place, line), header = start, rows.header
    made: list[tuple[dict[str, Any], int]] = []
    for behind, cells in plain_pieces(rows.raw, rows.dialect, len(header.names), place):
        lines = range(line, line + len(cells[0]))
        found = {name: cells[at] for at, name in enumerate(header.names) if name not in _UNREAD}
        made.append((_columns(found, lines, bad, named=named), len(lines)))
        place, line = behind, lines.stop
    for lines_of_batch, batch in rows.batches(place, line):
        by_column = zip(header.names, zip(*batch, strict=True), strict=True)
        texts = {name: cells for name, cells in by_column if name not in _UNREAD}
        made.append((columns_from(texts, lines_of_batch, bad), len(batch)))
        if "import_id" not in texts:
            usernames = made[-1][0].get("username") if named else None
            made[-1][0]["import_id"] = ids_of(usernames, lines_of_batch)
    return joined(made)


def _columns(series: dict[str, pd.Series[Any]], lines: range, bad: Bad, *, named: bool) -> dict[str, Any]:
    """Return the columns of a plain piece: as they are, and cell by cell those that hold anything unusual."""
    if "extra_emails" in series and series["extra_emails"].isna().all():
        series = {name: cells for name, cells in series.items() if name != "extra_emails"}
    unusual = {name for name, cells in series.items() if not _stay_as_they_are(name, cells)}
    if unusual & {"email", "extra_emails"}:
        # what one of them says of a person may go into the others
        unusual |= {"email", "extra_emails", "name"}
    lists = {name: cells.fillna("").tolist() for name, cells in series.items() if name in unusual}
    plain = {name: cells.array for name, cells in series.items() if name not in unusual}
    found = {**columns_from(lists, lines, bad), **plain}
    if "import_id" not in series:
        by_username = named and "username" in series
        usernames = [value or None for value in series["username"].fillna("")] if by_username else None
        found["import_id"] = _lines_as_texts(lines) if usernames is None else ids_of(usernames, lines)
    return found


def _stay_as_they_are(name: str, cells: pd.Series[Any]) -> bool:
    """Return whether all cells of a column are what the frame has."""
    if name not in AS_THEY_ARE:
        return False
    unusual = AS_THEY_ARE[name]
    return not unusual or not holds(cells, unusual)


def _lines_as_texts(lines: range) -> Any:
    """Return the lines as an array of texts; where there are plain pieces, there is Arrow."""
    import pandas as pd
    import pyarrow as pa  # type: ignore[import-untyped]

    parts, start = [], lines.start
    while start < lines.stop:
        digits = len(str(start))
        parts.append(_numbers(start, min(lines.stop, 10**digits), digits))
        start = 10**digits
    return pd.array(pa.chunked_array(parts, pa.large_string()), dtype=string_dtype())


def _numbers(start: int, stop: int, digits: int) -> Any:
    """Return numbers of so many digits as texts of Arrow.

    Those of a thousand begin alike, and end as those of any other, so that none is worked out by itself.
    """
    import numpy as np
    import pyarrow as pa

    if digits <= len("999"):
        return pa.array(map(str, range(start, stop)), pa.large_string())
    thousands = range(start // 1000, (stop - 1) // 1000 + 1)
    codes = np.empty((len(thousands), 1000, digits), dtype=np.uint8)
    begins, ends = (
        np.array(texts, dtype="S").view(np.uint8).reshape(len(texts), -1)
        for texts in ([str(thousand) for thousand in thousands], [f"{end:03}" for end in range(1000)])
    )
    for place in range(digits - 3):
        codes[..., place] = begins[:, place, None]
    for place in range(3):
        codes[..., place - 3] = ends[:, place]
    wanted = codes.reshape(-1)[(start % 1000) * digits :][: (stop - start) * digits]
    places = np.arange(0, len(wanted) + 1, digits)
    return pa.LargeStringArray.from_buffers(stop - start, pa.py_buffer(places), pa.py_buffer(wanted))


def _words(dialect: Dialect, header: Header, people: int, empty: int, comments: int) -> list[str]:
    """Return what was understood, a few words each."""
    words = [DELIMITERS.get(dialect.delimiter, f"cells parted by {dialect.delimiter}")]
    if len(header.names) < 2 and not dialect.is_named:
        words = ["one column"]
    if dialect.is_curly:
        words.append("typographic quotes")
    words.append("header" if header.is_there else f"no header ({', '.join(header.names)})")
    words.append(counted(people, "person", "people"))
    if empty:
        words.append(f"{counted(empty, 'empty row')} left out")
    if comments:
        words.append(f"{counted(comments, 'line')} of comment left out")
    if header.left_out:
        shown = ", ".join(map(printable, header.left_out[:_MOST_SHOWN]))
        more = len(header.left_out) - _MOST_SHOWN
        words.append(f"columns left out: {shown}{f' and {more} more' if more > 0 else ''}")
    return words
