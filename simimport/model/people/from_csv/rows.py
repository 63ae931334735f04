"""The rows of a text of CSV, cell by cell, with the line at which each starts; and what is no row, told.

This is the careful reader. What is written plainly is read faster by `plain_rows`, and the same comes out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from simimport.model.people.from_csv.dialect import DELIMITERS, Dialect, is_comment, trimmed
from simimport.model.people.from_csv.encodings import decoded
from simimport.model.people.from_csv.header import Header
from simimport.show.words import counted, number

if TYPE_CHECKING:
    from simimport.model.people.from_csv.stored import Stored

__all__ = ["LONGEST_ROW_BYTES", "Bad", "Rows"]

#: Bad rows: line, field, what is wrong.
Bad = list[tuple[int, str, str]]

_BATCH = 20_000
_PIECE = 2**20
#: After so many bad rows a file is not read on; and no row is longer than this.
_MOST_BAD, _LONGEST_ROW = 100_000, 2**18
# a character of UTF-8 has up to four
LONGEST_ROW_BYTES = 4 * _LONGEST_ROW


class _RowTooLongError(Exception):
    """A row goes on for longer than any person's; nothing behind it can be read."""


class Rows:
    """The rows of a text, in one pass.

    Parameters
    ----------
    raw : bytes or Stored
        The text, in UTF-8.
    dialect : Dialect
        Where it begins, and how it is written.
    header : Header
        What its columns are; the header itself, where there is one, is the first row.
    bad : list
        Where rows go that cannot be read.

    Attributes
    ----------
    empty, comments : int
        How many rows were left out: those in which nothing is, and comments.
    """

    def __init__(self, raw: bytes | Stored, dialect: Dialect, header: Header, bad: Bad) -> None:
        self.empty = self.comments = 0
        self.raw, self.dialect, self.header, self._bad = raw, dialect, header, bad
        # what has been given to the csv module since the last row
        self._characters = 0

    def batches(self, start: int, line: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Yield lines and rows, many at a time, from a place in the bytes at which a line begins."""
        lines: list[int] = []
        rows: list[list[str]] = []
        for at, row in self._rows(start, line):
            if len(self._bad) >= _MOST_BAD:
                self._bad.append((at, "", "the file is not read on, after so many rows that cannot be read"))
                return
            cells = self._checked(at, row)
            if cells:
                lines.append(at)
                rows.append(cells)
                if len(rows) >= _BATCH:
                    yield lines, rows
                    lines, rows = [], []
        if rows:
            yield lines, rows

    def _checked(self, line: int, row: list[str]) -> list[str] | None:
        """Return the cells of a person's row, as many as there are columns; None for any other."""
        cells = [self.dialect.cell(cell) for cell in row]
        width = len(self.header.names)
        if not any(cells):
            self.empty += 1
            return None
        if is_comment(cells) and (len(trimmed(cells)) != width or self.header.names == ("email",)):
            self.comments += 1
            return None
        if len(cells) > width:
            cells = [*cells[:width], *trimmed(cells[width:])]
        if len(cells) == width:
            return cells
        self._bad.append((line, "", self._miscounted(cells)))
        return None

    def _miscounted(self, cells: list[str]) -> str:
        names = self.header.names
        found = f"{counted(len(cells), 'cell')}, not {len(names)} ({', '.join(filter(None, names))})"
        if self.header.is_there or len(cells) > 1:
            return found
        return f"{found}; cells are parted by {DELIMITERS.get(self.dialect.delimiter, 'commas')}"

    def _rows(self, start: int, line: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the line at which a row starts, and its cells; what is no row goes to `bad`."""
        rows = self.dialect.reader(self._lines(start))
        while True:
            at = rows.line_num + line
            self._characters = 0
            try:
                row = next(rows)
            except StopIteration:
                return
            except _RowTooLongError:
                self._bad.append((at, "", f"a row has {_ENDLESS.format(number(_LONGEST_ROW))}"))
                return
            except csv.Error as error:
                problem = _PROBLEMS.get(str(error)[:5], str(error))
                self._bad.append((at, "", problem))
                if problem == _PROBLEMS["field"]:
                    return  # what follows would be read from the middle of a cell
                continue
            yield at, row or [""]

    def _lines(self, start: int) -> Iterator[str]:
        for text in chain.from_iterable(self._pieces(start)):
            self._characters += len(text)
            if self._characters > _LONGEST_ROW:
                raise _RowTooLongError
            yield text

    def _pieces(self, start: int) -> Iterator[io.StringIO]:
        """Yield the text in pieces that end with a line: whole, it would take four times its memory."""
        length = _PIECE
        while start < len(self.raw):
            piece = self.raw[start : start + length]
            if not piece:
                return  # a file that has lost its end is refused afterwards
            if start + length < len(self.raw):
                # a return at the very end may be half of a line's end
                end = 1 + max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, -1))
                if not end:
                    if length >= LONGEST_ROW_BYTES:
                        raise _RowTooLongError
                    length *= 2
                    continue
                piece = piece[:end]
            yield io.StringIO(decoded(piece), newline="")
            start, length = start + len(piece), _PIECE


_ENDLESS = "more than {} characters; perhaps a quote is never closed"
# by the first letters of what the csv module says
_PROBLEMS = {
    "unexp": "a quote is opened and never closed",
    "field": f"a cell has {_ENDLESS.format(number(csv.field_size_limit()))}",
    "line ": "a NUL character: this is no text file",
}


def _closing(delimiter: str) -> str:
    return f"'{delimiter}' e"


_PROBLEMS |= {
    _closing(delimiter)[:5]: "text after a closing quote; inside a quoted cell a quote is written twice"
    for delimiter in (*DELIMITERS, *":~^!/&%$*+-=.?#@'`")
}
