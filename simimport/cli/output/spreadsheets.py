"""CSV for spreadsheet programs, which run a cell that begins with ``=`` as a formula.

Changes text that is CSV already. Makes none, and opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["without_formulas"]

# a cell, quoted or not, and what ends it; pandas and the csv module quote what holds any of these
_CELL = re.compile(r'("[^"]*(?:""[^"]*)*"|[^",\r\n][^,\r\n]*)(?=,|\r|\n|\Z)')
_RUN = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+](?:[0-9]+\.?[0-9]*(?:e[-+]?[0-9]+)?|inf|nan)", re.IGNORECASE)


def without_formulas(texts: Iterable[str]) -> Iterator[str]:
    r"""Yield CSV whose cells no spreadsheet program runs: ``'`` stands before those that one would.

    Those that begin with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, and are no numbers. What
    reads the file otherwise sees the ``'``.

    Parameters
    ----------
    texts : iterable of str
        CSV in pieces of whole rows.

    Examples
    --------
    >>> list(without_formulas(['name,gap_s\n=1+1,-5.0\n"=HYPERLINK(""x"",1)",5\n']))
    ['name,gap_s\n\'=1+1,-5.0\n"\'=HYPERLINK(""x"",1)",5\n']
    """
    return (_CELL.sub(_harmless_cell, text) for text in texts)


def _harmless_cell(cell: re.Match[str]) -> str:
    text = cell[0]
    quoted = text.startswith('"')
    if not text.startswith(_RUN, int(quoted)) or _NUMBER.fullmatch(text):
        return text
    return f"\"'{text[1:]}" if quoted else f"'{text}"
