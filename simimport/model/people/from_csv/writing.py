"""Users frames to CSV, in pieces, for `read_csv` to read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from simimport.model import columns
from simimport.model.people.api_body import cells
from simimport.model.people.cell_lists import cell_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_lines"]

#: The order of Rocket.Chat's own users.csv; what else a frame has follows.
_COLUMNS = ("username", "email", "name")


def csv_lines(pieces: Iterable[pd.DataFrame]) -> Iterator[str]:
    """Yield the header, and the rows of each users frame, for `read_csv` to read back."""
    names = list(dict.fromkeys((*_COLUMNS, *columns.names("users"))))
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
