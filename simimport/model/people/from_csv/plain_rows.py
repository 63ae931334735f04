"""Rows that are written plainly, read by Arrow where pandas has it: many times as fast as cell by cell.

Only where it is certain that the same comes out: quotes stand around whole cells, and in these are neither
quotes nor ends of lines. Then both readers part the text at the same places, and what stands between is the
same, for Arrow takes the same blanks away as Python does. The parser refuses rows of too many cells, and of
too few. A row that is to be left out ends the plain part.

What takes long here does not hold the interpreter, so that pieces are read side by side.
"""

from __future__ import annotations

import codecs
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

from simimport.model.columns import string_dtype
from simimport.model.people.from_csv.dialect import Dialect
from simimport.model.people.from_csv.encodings import is_utf_8
from simimport.model.people.from_csv.rows import LONGEST_ROW_BYTES

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.people.from_csv.stored import Stored

__all__ = ["holds", "plain_pieces"]

#: Shorter texts are read as fast by the other reader.
_WORTHWHILE = 20_000
#: Several of these are in memory at once.
_PIECE, _MOST_WORKERS = 2**22, 4
#: As the csv module has it, a longer cell is no cell.
_LONGEST_CELL = 131_072
_NEWLINE, _RETURN, _QUOTE, _NUMBER_SIGN = b'\n\r"#'
#: With these bytes, and with those beyond ASCII, a blank may begin or end; all others are letters and signs.
_LAST_BLANK = 0x20
#: What is in no plain cell.
_NO_CELL = b'\n\r"'


def plain_pieces(
    raw: bytes | Stored, dialect: Dialect, width: int, start: int
) -> Iterator[tuple[int, list[pd.Series[Any]]]]:
    """Yield the place in UTF-8 behind each part, and its columns of cells, missing where they are empty.

    A part has as many rows as lines. At the first row that is not written plainly, or soon before, it stops.
    """
    import pandas as pd

    string = string_dtype()
    if getattr(string, "storage", "") != "pyarrow" or dialect.is_curly or len(raw) - start < _WORTHWHILE:
        return
    import pyarrow as pa  # type: ignore[import-untyped]

    several = min(pa.cpu_count(), _MOST_WORKERS)
    with ThreadPoolExecutor(several, "simimport-csv") as pool:
        places, pieces = _places_of_pieces(raw, start), _Pieces(raw, dialect.delimiter, width)
        # so many are read ahead that nobody waits, while somebody looks at the one before
        ahead: deque[tuple[int, int, Future[list[Any]]]] = deque()
        while True:
            for begin, end in islice(places, 2 * several - len(ahead)):
                ahead.append((begin, end, pool.submit(pieces.columns, begin, end)))
            if not ahead:
                return
            begin, end, piece = ahead.popleft()
            columns = piece.result()
            if not columns:
                return
            if not isinstance(raw, bytes):
                raw.seen_to_be_text(begin, end)
            yield end, [pd.Series(pd.array(column, dtype=string)) for column in columns]


def _places_of_pieces(raw: bytes | Stored, start: int) -> Iterator[tuple[int, int]]:
    """Yield where each piece begins and ends, which is with a line, but for the last one."""
    while start < len(raw):
        end = min(start + _PIECE, len(raw))
        if end < len(raw):
            # a longer row is left to the other reader, which refuses it
            far = max(start, end - LONGEST_ROW_BYTES)
            end = far + raw[far:end].rfind(b"\n") + 1
            if end == far:
                return
        yield start, end
        start = end


class _Pieces(threading.local):
    """The pieces of a text, read into the same room by each thread: room that is new takes longer than that.

    Parameters
    ----------
    raw : bytes or Stored
    delimiter : str
    width : int
        How many cells a row has.
    """

    def __init__(self, raw: bytes | Stored, delimiter: str, width: int) -> None:
        self._raw, self._delimiter, self._width = raw, delimiter, width
        self._room = bytearray(0 if isinstance(raw, bytes) else min(_PIECE, len(raw)))

    def columns(self, start: int, stop: int) -> list[Any]:
        """Return the columns of a piece; none where it is not written plainly."""
        raw, delimiter = self._raw, self._delimiter
        if isinstance(raw, bytes):
            piece, is_quoted = memoryview(raw)[start:stop], raw.find(_QUOTE, start, stop) >= 0
        else:
            piece = memoryview(self._room)[: raw.read_into(self._room, start, stop)]
            is_quoted = self._room.find(_QUOTE, 0, len(piece)) >= 0
        # a mark that stands anywhere but before the whole is a character of its cell
        if len(delimiter.encode()) > 1 or bytes(piece[: len(codecs.BOM_UTF8)]) == codecs.BOM_UTF8:
            return []
        if not _is_text(piece) or (is_quoted and not _ends_cells(piece, delimiter)):
            return []
        return _judged(_parsed(piece, delimiter, self._width, is_quoted=is_quoted), is_quoted=is_quoted)


def _is_text(piece: memoryview) -> bool:
    """Return whether a piece is UTF-8 without a NUL."""
    import numpy as np

    # as numbers with a sign, the bytes beyond ASCII are below all others
    lowest = int(np.frombuffer(piece, dtype=np.int8).min(initial=0x7F))
    if lowest >= 0:
        return lowest > 0
    text = bytes(piece)
    return b"\0" not in text and is_utf_8(text)


def holds(cells: pd.Series[Any], signs: bytes) -> bool:
    """Return whether any of some bytes is in a column that `plain_pieces` gave."""
    import numpy as np

    column: Any = cells.array.__arrow_array__()
    datas = [chunk.buffers()[2] for chunk in getattr(column, "chunks", [column])]
    return any(_has(np.frombuffer(data, dtype=np.uint8), signs) for data in datas if data)


def _has(codes: Any, signs: bytes) -> bool:
    """Return whether any of some bytes is among others."""
    if not len(codes):
        return False
    low, high = int(codes.min()), int(codes.max())
    # most signs lie outside of what plain cells are made of
    likely = [sign for sign in signs if low <= sign <= high]
    raw = codes.tobytes() if likely else b""
    return high in likely or any(sign in raw for sign in likely)


def _ends_cells(raw: memoryview, delimiter: str) -> bool:
    """Return whether cells end where quotes are closed, if no quote is in a cell; that is seen afterwards.

    The parser opens a quote at the beginning of a cell and closes it at the next quote; any other would be in
    the cell that it gives.
    """
    import numpy as np

    codes = np.frombuffer(raw, dtype=np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    if len(quotes) % 2:
        return False
    # behind the last sign of all stands as it were the end of a line
    closing = quotes[1:-1:2] if raw[-1] == _QUOTE else quotes[1::2]
    behind = codes[1:][closing]
    ends = (behind == ord(delimiter)) | (behind == _NEWLINE) | (behind == _RETURN)
    return bool(ends.all())


def _parsed(raw: memoryview, delimiter: str, width: int, *, is_quoted: bool) -> list[Any]:
    """Return the columns of a piece; none where a row is not one of so many cells."""
    import pyarrow as pa
    from pyarrow import csv

    names = list(map(str, range(width)))
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(raw)),
            # all in one block, and in this thread
            read_options=csv.ReadOptions(use_threads=False, block_size=len(raw) + 1, column_names=names),
            parse_options=csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if is_quoted else False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), check_utf8=False,
                null_values=[""], strings_can_be_null=True,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return []
    return [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks() for column in table.columns
    ]


def _judged(columns: list[Any], *, is_quoted: bool) -> list[Any]:
    """Return columns as their cells are; none where one is no cell, or where a row is to be left out."""
    found = []
    for column in columns:
        cells = _cells(column, is_quoted=is_quoted)
        if cells is None:
            return []
        found.append(cells)
    return [] if not found or _begins(found[0], _NUMBER_SIGN) or _has_empty_row(found) else found


def _cells(column: Any, *, is_quoted: bool) -> Any:
    """Return a column without the blanks around its cells; None where one is no cell."""
    import numpy as np
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    data, places = _places(column)
    # as numbers with a sign, the bytes beyond ASCII are below all others
    lowest = data.view(np.int8).min(initial=0x7F)
    # what is in no plain cell is there only within quotes
    if is_quoted and _has(data, _NO_CELL):
        return None
    if lowest <= _LAST_BLANK:
        edges = _edges(column)
        if edges.view(np.int8).min() <= _LAST_BLANK:
            column = pc.utf8_trim_whitespace(column)
            _, places = _places(column)
            # a cell in which there were nothing but blanks is not missing
            if len(places) - 1 - np.count_nonzero(np.diff(places)) > column.null_count:
                return None
    return None if np.diff(places).max(initial=0) > _LONGEST_CELL else column


def _places(column: Any) -> tuple[Any, Any]:
    """Return the bytes of a column's cells, and where each begins, and the last ends."""
    import numpy as np

    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, dtype=np.int64)[column.offset :][: len(column) + 1]
    return np.frombuffer(data or b"", dtype=np.uint8)[: places[-1]], places


def _edges(column: Any) -> Any:
    """Return the bytes with which the cells of a column begin and end."""
    import numpy as np

    data, places = _places(column)
    begins, ends = places[:-1], places[1:]
    if column.null_count:
        begins, ends = begins[begins < ends], ends[begins < ends]
    return np.concatenate([data[begins], data[ends - 1]])


def _begins(column: Any, sign: int) -> bool:
    """Return whether a cell begins with a sign."""
    import numpy as np

    data, places = _places(column)
    return bool(_has(data, bytes([sign])) and (data[places[:-1][np.diff(places) > 0]] == sign).any())


def _has_empty_row(columns: list[Any]) -> bool:
    import pyarrow.compute as pc

    if not all(column.null_count for column in columns):
        return False
    nothing = columns[0].is_null()
    for column in columns[1:]:
        nothing = pc.and_(nothing, column.is_null())
    return bool(pc.any(nothing).as_py())
