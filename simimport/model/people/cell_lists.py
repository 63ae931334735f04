r"""Several texts in one cell of a frame: parted by commas, and a comma inside one has a backslash before it.

Nearly no text has a comma or a backslash, and nearly all that have the latter stay as they are: it is doubled
only where it would be taken for one that belongs to a comma. So ``CORP\jo`` is written as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["cell_of", "items_of"]

# a backslash that a comma, another one or the end of the text follows
_MISTAKEN = re.compile(r"\\(?=[\\,]|\Z)")
_ITEM = re.compile(r"(?:[^\\,]|\\[\\,]?)*+")
_MARKED = re.compile(r"\\([\\,])")


def cell_of(items: Iterable[str]) -> str:
    """Return the cell that holds some texts; empty ones are left out."""
    return ",".join(_marked(item) for item in items if item)


def _marked(item: str) -> str:
    if "," not in item and "\\" not in item:
        return item
    return _MISTAKEN.sub(r"\\\\", item).replace(",", "\\,")


def items_of(cell: str) -> list[str]:
    """Return the texts that a cell holds."""
    if "\\" not in cell:
        return cell.split(",")
    items, at = [], 0
    while at <= len(cell):
        item = _ITEM.match(cell, at)
        end = item.end() if item else at
        items.append(_MARKED.sub(r"\1", cell[at:end]))
        at = end + 1
    return items
