"""How a file of CSV is written: what parts its cells, what stands before its first row, and its quotes.

Told by the file itself. Knows no columns but where a header gives the delimiter away.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from simimport.model.people.from_csv.addresses import are_addresses
from simimport.model.people.from_csv.header_words import OTHERS, WORDS, plain

if TYPE_CHECKING:
    from _csv import Reader

__all__ = ["DELIMITERS", "Dialect", "dialect_of", "is_comment", "trimmed"]

#: What may part cells, and what it is called.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
#: The rows, and the characters, that the delimiter is told by.
_SAMPLE, _SAMPLE_CHARACTERS = 200, 50_000
_SEP = re.compile(r'\s*"?sep=([^\w\s"]|\t)"?[,;\t]*[ ]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
# cells in the quotes of a text program, in pairs as languages have them
_CURLY = re.compile(r"“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|”[^“”]*”")


class Dialect(NamedTuple):
    """How a file is written.

    Parameters
    ----------
    delimiter : str
    start : int
        Where in the text the first row begins.
    line : int
        The line of that place, from 1.
    comments, empty : int
        How many lines of comment and how many empty ones stand before it.
    is_named : bool
        Whether a line ``sep=`` says what the delimiter is.
    is_curly : bool
        Whether cells stand in typographic quotes.
    """

    delimiter: str
    start: int = 0
    line: int = 1
    comments: int = 0
    empty: int = 0
    is_named: bool = False
    is_curly: bool = False

    def rows(self, text: str, most: int = _SAMPLE) -> list[list[str]]:
        """Return the first rows, their cells stripped, but for empty ones, as well as they can be read."""
        # if not even one ends in the sample, its cell is let in, as long as it may be
        longest = _SAMPLE_CHARACTERS + csv.field_size_limit()
        return self._rows(text, most, _SAMPLE_CHARACTERS) or self._rows(text, most, longest)

    def _rows(self, text: str, most: int, characters: int) -> list[list[str]]:
        found = []
        begin = text[self.start : self.start + characters]
        for row in islice(_until_error(self.reader(io.StringIO(begin, newline=""))), most):
            cells = [self.cell(cell) for cell in row]
            if any(cells):
                found.append(cells)
        # the last may be cut off
        return found if len(found) < 2 or len(begin) < characters else found[:-1]

    def reader(self, lines: Iterable[str]) -> Reader:
        """Return the csv module's reader of some lines."""
        return csv.reader(lines, delimiter=self.delimiter, skipinitialspace=True, strict=True)

    def cell(self, text: str) -> str:
        """Return a cell without the blanks around it, and without typographic quotes where all have them."""
        stripped = text.strip()
        if self.is_curly and _CURLY.fullmatch(stripped):
            return stripped[1:-1].strip()
        return stripped


def _until_error(reader: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        return


def trimmed(row: list[str]) -> list[str]:
    """Return a row without the empty cells at its end."""
    length = len(row)
    while length and not row[length - 1]:
        length -= 1
    return row[:length]


def is_comment(row: list[str]) -> bool:
    """Return whether a row may be a comment: it begins with a number sign, and no address is in it."""
    return row[0].startswith("#") and not any("@" in cell for cell in row)


def dialect_of(text: str) -> Dialect:
    """Return how a text is written; where nothing tells the delimiter, it is the comma."""
    start, line, delimiter, comments, empty = 0, 1, "", 0, 0
    if mark := _SEP.match(text):
        delimiter, start = mark[1], mark.end()
        line += len(text[:start].splitlines())
    while start < len(text):
        found = _LINE.match(text, start)
        words = found[0].strip() if found else ""
        if words and not (words.startswith("#") and "@" not in words and not _names_columns(words)):
            break
        comments, empty = comments + bool(words), empty + (not words)
        start, line = found.end() if found else len(text), line + 1
    before = Dialect(delimiter or ",", start, line, comments, empty, is_named=bool(delimiter))
    if delimiter:
        return before._replace(is_curly=_is_curly(before.rows(text, 1)))
    return _likeliest(before, text)


def _names_columns(words: str) -> bool:
    """Return whether what follows a number sign is a header: all that it parts are columns of people."""
    cells = [plain(cell) for cell in re.split(r"[,;\t|]", words.lstrip("#")) if cell.strip()]
    return len(cells) > 1 and all(cell in WORDS for cell in cells)


def _is_curly(rows: list[list[str]]) -> bool:
    return bool(rows) and all(_CURLY.fullmatch(cell) for cell in rows[0] if cell)


def _likeliest(before: Dialect, text: str) -> Dialect:
    """Return the dialect whose rows look most like people's, the earlier delimiter before the later."""
    found = []
    sample = text[before.start : before.start + _SAMPLE_CHARACTERS + csv.field_size_limit()]
    # those that do not occur part nothing, the one like the other
    absent = [delimiter for delimiter in DELIMITERS if delimiter not in sample]
    for delimiter in DELIMITERS:
        if delimiter in absent[1:]:
            continue
        dialect = before._replace(delimiter=delimiter)
        rows = dialect.rows(text)
        dialect = dialect._replace(is_curly=_is_curly(rows[:1]))
        if dialect.is_curly:
            rows = dialect.rows(text)
        found.append((_likeness(rows), dialect))
    return max(found, key=lambda pair: pair[0])[1]


def _likeness(rows: list[list[str]]) -> tuple[float, ...]:
    """Return how much some rows look like people's: their header, their one width, their addresses."""
    if not rows:
        return (0, 0, 0, 0)
    first = [plain(cell.lstrip("#")) for cell in trimmed(rows[0])]
    named = sum(cell in WORDS or cell in OTHERS for cell in first)
    # a header that is taken apart at the right places has no other cells, or few
    header = named / len(first) if named and not any("@" in cell for cell in rows[0]) else 0
    widths = [len(trimmed(row)) for row in rows]
    # the rows of empty cells at the end of names count less than those that go on beyond
    alike = max(map(widths.count, set(widths))) / len(widths) if max(widths) > 1 else 0
    with_address = sum(any(map(are_addresses, row)) for row in rows) / len(rows)
    return (header * len(first) if header > 0.5 else 0, with_address, alike, max(widths) > 1)
