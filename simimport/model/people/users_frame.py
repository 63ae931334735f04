"""What counts as a frame of users: every column in its order, or the cells that are wrong, one by one.

Reads no file; whoever hands us a DataFrame of people comes through here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.errors import UsersError, brief
from simimport.model import columns
from simimport.model.people.api_body import cells

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_users", "joined"]


def as_users(frame: Any, name: str) -> pd.DataFrame:
    """Return a frame with every column of users, in order, from one that may lack optional ones.

    Raises
    ------
    UsersError
        If it is no DataFrame, lacks ``email`` or ``username``, or has columns that users do not have.
    """
    import pandas as pd

    names = columns.names("users")
    if not isinstance(frame, pd.DataFrame):
        raise UsersError(name, [(0, "", f"a DataFrame of users is wanted, not {brief(frame)}")])
    bad = [(0, str(column), "no column of users") for column in frame.columns if column not in names]
    bad += [(0, column, "the column is missing") for column in ("username", "email") if column not in frame]
    there = list(frame.columns)
    bad += [(0, column, "the column is there twice") for column in names if there.count(column) > 1]
    if bad:
        wanted = (0, "", "columns of users are " + " ".join(names))
        raise UsersError(name, [*bad, wanted])
    if wrong := _wrong_cells(frame):
        raise UsersError(name, wrong)
    return columns.frame("users", {column: _without_empty(cells(frame, column)) for column in names})


def joined(parts: list[tuple[dict[str, Any], int]]) -> pd.DataFrame:
    """Return the users frame of some parts, each with its length; what a part lacks, nobody in it has.

    The parts are used up, so that no column is there twice for longer than it takes to join it.
    """
    import pandas as pd

    length = sum(number for _, number in parts)
    # columns of one kind, of which nobody has any, share what Arrow holds of them
    missing: dict[str, Any] = {}
    series: dict[str, Any] = {}
    for name, kind in columns.dtypes("users").items():
        if not any(name in part for part, _ in parts):
            first = missing.get(str(kind))
            series[name] = missing[str(kind)] = _nothing(kind, length) if first is None else first.copy()
            continue
        pieces = [
            pd.Series(part.pop(name) if name in part else [None] * number, dtype=kind)
            for part, number in parts
        ]
        series[name] = pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True)
        del pieces
    # all of it was made here, and is nobody else's
    return pd.DataFrame(series, columns=columns.names("users"), copy=False)


def _nothing(kind: Any, length: int) -> Any:
    """Return an array in which so many are missing."""
    import numpy as np
    import pandas as pd

    # each of these is many times as fast as to repeat one that is missing
    if getattr(kind, "storage", "") == "pyarrow":
        import pyarrow as pa  # type: ignore[import-untyped]

        return pd.array(pa.nulls(length, pa.large_string()), dtype=kind)
    if kind == "boolean":
        return pd.arrays.BooleanArray(np.zeros(length, dtype=bool), np.ones(length, dtype=bool))
    return pd.Series([None], dtype=kind).array.repeat(length)


def _without_empty(found: list[Any]) -> list[Any]:
    """Return cells in which an empty text is a missing one, as it is in a file."""
    return [None if cell == "" else cell for cell in found] if "" in found else found


def _exact_to(dtype: Any) -> float:
    """Return up to which number the floats of a column are whole numbers without a gap."""
    import numpy as np

    plain = getattr(dtype, "numpy_dtype", dtype)
    is_float = isinstance(plain, np.dtype) and plain.kind == "f"
    return float(2 ** (np.finfo(plain if is_float else np.float64).nmant + 1))


def _wrong_cells(frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Return every cell that its column cannot hold: row from 1, column, what is wrong."""
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    kinds: dict[str, tuple[tuple[type, ...], str]] = {
        # numbers are read as texts: ids often are numbers
        "string": ((str, int, float, np.number), "a text"),
        "float64": ((int, float, np.number), "a number"),
        "boolean": ((bool, np.bool_), "true or false"),
    }
    wrong = []
    for column in columns.COLUMNS["users"]:
        if column.name not in frame:
            continue
        dtype = frame[column.name].dtype
        # what a frame of ours has needs no look at each cell
        if column.kind == "string" and isinstance(dtype, pd.StringDtype):
            continue
        is_bool = is_bool_dtype(dtype)
        if column.kind == "boolean" and is_bool:
            continue
        if column.kind == "float64" and is_numeric_dtype(dtype) and not is_bool:
            continue
        allowed, wanted = kinds[column.kind]
        exact = _exact_to(dtype)
        cells = frame[column.name].astype(object).where(frame[column.name].notna(), None).tolist()
        for row, cell in enumerate(cells, start=1):
            fits = isinstance(cell, allowed) and (column.kind == "boolean" or not isinstance(cell, bool))
            if cell is not None and not fits:
                wrong.append((row, column.name, f"{brief(cell)} is not {wanted}"))
            elif column.kind == "string" and isinstance(cell, float) and abs(cell) >= exact:
                problem = f"{brief(cell)} is a number that has lost digits; read the file with dtype=str"
                wrong.append((row, column.name, problem))
    return sorted(wrong, key=lambda cell: cell[0])
