"""Rows that are written plainly, read by pandas where it has Arrow: many times as fast as cell by cell.

Only where it is certain that the same comes out. Each piece of the text is looked at before it is parsed: a
quote must stand at the beginning or at the end of a cell, all of it in one line, and none inside. Then both
readers part the text at the same places, and what stands between is the same, for Arrow takes the same blanks
away as Python does. The parser refuses rows of too many cells, and where the last ones are empty, the
delimiters are counted. A row that is to be left out ends the plain part.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from simimport.model.people.from_csv.dialect import Dialect

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["holds", "plain_pieces"]

#: Shorter texts are read as fast by the other reader.
_WORTHWHILE = 20_000
_PIECE, _TOGETHER = 2**22, 8
#: As the csv module has it, a longer cell is no cell.
_LONGEST_CELL = 131_072
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


def plain_pieces(
    text: str, dialect: Dialect, width: int, start: int
) -> Iterator[tuple[int, list[pd.Series[Any]]]]:
    """Yield the place in the text behind each part, and its columns of cells, missing where they are empty.

    A part has as many rows as lines. At the first row that is not written plainly, or soon before, it stops.
    """
    import pandas as pd

    string = pd.Series(["a"]).dtype
    if getattr(string, "storage", "") != "pyarrow" or dialect.is_curly or len(text) - start < _WORTHWHILE:
        return
    import pyarrow as pa  # type: ignore[import-untyped]

    pieces = _pieces(text, dialect.delimiter, width, start)
    # several at once, since in columns of many pieces everything takes longer
    while several := list(islice(pieces, _TOGETHER)):
        columns = [pa.chunked_array(chunks) for chunks in zip(*(piece for _, piece in several), strict=True)]
        yield several[-1][0], [pd.Series(pd.array(column, dtype=string)) for column in columns]


def _pieces(text: str, delimiter: str, width: int, start: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield the place behind each piece, and its columns as Arrow has them."""
    while start < len(text):
        # a text that goes on ends its pieces with a line
        stop = len(text) if len(text) - start <= _PIECE else text.rfind("\n", start, start + _PIECE) + 1
        if stop == 0:
            return
        try:
            raw = text[start:stop].encode()
        except UnicodeEncodeError:
            return
        columns = _parsed(raw, delimiter, width) if _is_plain(raw, delimiter) else None
        if columns is None:
            return
        yield stop, columns
        start = stop


def holds(cells: pd.Series[Any], signs: bytes) -> bool:
    """Return whether any of some bytes is in a column that `plain_pieces` gave."""
    column: Any = cells.array.__arrow_array__()
    datas = [chunk.buffers()[2] for chunk in getattr(column, "chunks", [column])]
    raws = [data.to_pybytes() for data in datas if data]
    return any(len(raw.translate(None, signs)) < len(raw) for raw in raws)


def _is_plain(raw: bytes, delimiter: str) -> bool:
    """Return whether quotes stand in pairs, each around a whole cell within a line."""
    import numpy as np

    if b"\0" in raw or len(delimiter.encode()) > 1:
        return False
    if b'"' not in raw:
        return True
    if b'""' in raw:
        return False
    codes = np.frombuffer(raw, dtype=np.uint8)
    quotes, newlines = np.flatnonzero(codes == _QUOTE), np.flatnonzero(codes == _NEWLINE)
    if len(quotes) % 2 or (np.searchsorted(quotes, newlines) % 2).any():
        return False
    opening, closing = quotes[::2], quotes[1::2]
    if b"\r" in raw:
        newlines = np.flatnonzero(codes == _RETURN)
        if (np.searchsorted(quotes, newlines) % 2).any():
            return False
    # before the first sign of all, and behind the last, stands as it were the end of a line
    before = np.where(opening > 0, codes[opening - 1], _NEWLINE)
    behind = np.where(closing < len(codes) - 1, codes[np.minimum(closing + 1, len(codes) - 1)], _NEWLINE)
    parting = (ord(delimiter), _NEWLINE, _RETURN)
    return bool(np.isin(before, parting).all() and np.isin(behind, parting).all())


def _parsed(raw: bytes, delimiter: str, width: int) -> list[Any] | None:
    """Return the columns of a piece; None where a row is not one of so many cells, or is to be left out."""
    import pandas as pd
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    # a first row of letters, so that no column is taken for one of numbers, and all have as many cells
    letters = (delimiter.join("x" * width) + "\n").encode()
    try:
        frame = pd.read_csv(
            io.BytesIO(letters + raw), sep=delimiter, header=None, engine="c", low_memory=False,
            keep_default_na=False, na_values=[""], skip_blank_lines=False, encoding="utf-8",
        )  # fmt: skip
    except pd.errors.ParserError:
        return None
    columns = [frame[at].iloc[1:] for at in range(width)]
    if columns[-1].hasnans and _delimiters(raw, delimiter) != len(columns[-1]) * (width - 1):
        return None
    trimmed = [_in_one(pc.utf8_trim_whitespace(column.array.__arrow_array__())) for column in columns]
    if pc.any(pc.starts_with(trimmed[0], "#")).as_py() or not all(map(_are_cells, trimmed)):
        return None
    if all(column.null_count for column in trimmed):
        nothing = trimmed[0].is_null()
        for column in trimmed[1:]:
            nothing = pc.and_(nothing, column.is_null())
        if pc.any(nothing).as_py():
            return None
    return trimmed


def _in_one(column: Any) -> Any:
    chunks = getattr(column, "chunks", [column])
    return chunks[0] if len(chunks) == 1 else column.combine_chunks()


def _delimiters(raw: bytes, delimiter: str) -> int:
    """Return how many delimiters part cells: those in quotes do not."""
    import numpy as np

    if b'"' not in raw:
        return raw.count(delimiter.encode())
    codes = np.frombuffer(raw, dtype=np.uint8)
    quotes, delimiters = np.flatnonzero(codes == _QUOTE), np.flatnonzero(codes == ord(delimiter))
    return int((np.searchsorted(quotes, delimiters) % 2 == 0).sum())


def _are_cells(column: Any) -> bool:
    """Return whether no cell is too long, or holds nothing but blanks."""
    import pyarrow.compute as pc

    lengths = pc.min_max(pc.binary_length(column)).as_py()
    return lengths["max"] is None or (lengths["min"] > 0 and lengths["max"] <= _LONGEST_CELL)
