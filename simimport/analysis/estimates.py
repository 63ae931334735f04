"""Frames of estimates that have limits beside them, and how people read these: "0.17 (0.14 to 0.20)".

Estimates nothing. What is made from such a frame, as a selection, is an ordinary one.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd

from simimport.show.html import note, text
from simimport.show.words import counted, estimated, number, printable

__all__ = ["Estimates"]

# of a table in a notebook, as many as pandas shows
_MOST_ROWS = 60


class Estimates(pd.DataFrame):
    """A frame whose columns have lower and upper limits beside them, and which is shown as people read it.

    All its numbers are there, as in any frame; a selection of it, or what `round` makes of it, is an ordinary
    DataFrame.
    """

    #: The columns that are printed where there is no room for all, the most important first.
    _first: ClassVar[tuple[str, ...]] = ()

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame

    def in_words(self) -> pd.DataFrame:
        """Return the same table in fewer columns, each estimate with its limits, as texts.

        Examples
        --------
        >>> from simimport import summarize, sweep
        >>> cells = summarize(sweep(over={"cancel_rate": [0.0, 0.5]}, replicates=100))
        >>> cells.in_words()["done"].to_dict()
        {0.0: '1.000 (0.964 to 1.000)', 0.5: '0.56 (0.46 to 0.66)'}
        """
        return self._words(self)

    def _words(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the texts of some rows."""
        limits = {name: _limits(str(name), rows.columns) for name in rows.columns}
        beside = {name for ends in limits.values() for name in ends}
        kept = [name for name in rows.columns if name not in beside]
        words = {name: _column(rows, name, limits[name]) for name in kept}
        return pd.DataFrame(words, index=rows.index, columns=kept)

    def _seen(self, most: int) -> pd.DataFrame:
        """Return the texts of the first and the last rows, and of one more where not all can be shown."""
        half = most // 2
        if len(self) <= most:
            return self._words(self)
        return self._words(self.iloc[[*range(half + 1), *range(len(self) - (most - half), len(self))]])

    def __repr__(self) -> str:
        width, lines = shutil.get_terminal_size()
        most = max(lines - 6, 6)
        printed = _printed(self._seen(most), self._first, width, most)
        return printed if len(self) <= most else f"{printed}\n{counted(len(self), 'row')}"

    def _repr_html_(self) -> str | None:
        if not pd.get_option("display.notebook_repr_html"):
            return None
        table = self._seen(_MOST_ROWS)
        made = table.to_html(max_rows=_MOST_ROWS, notebook=True, show_dimensions=False)
        return made if len(self) <= _MOST_ROWS else made + note(text(counted(len(self), "row")))


def _limits(name: str, columns: Any) -> tuple[str, ...]:
    """Return the columns of an estimate's limits, where there are both; the unit may stand at the end."""
    stem = name.removesuffix("_s")
    for low, high in (
        (f"{name}_low", f"{name}_high"),
        (f"{stem}_low_s", f"{stem}_high_s"),
        *((("low", "high"),) if name == "difference" else ()),
    ):
        if low in columns and high in columns:
            return low, high
    return ()


def _column(frame: pd.DataFrame, name: Any, ends: tuple[str, ...]) -> list[str]:
    if ends:
        return [estimated(*row) for row in frame[[name, *ends]].astype(float).to_numpy().tolist()]
    values = frame[name].tolist()
    return [number(value) if isinstance(value, (int, float)) else printable(value) for value in values]


def _printed(table: pd.DataFrame, first: Sequence[str], width: int, most: int) -> str:
    """Return a table as text no wider than a screen, so many of its rows, and below it what had no room."""
    cut: dict[str, Any] = {"line_width": 10**6, "max_rows": most, "min_rows": most}
    kept: list[str] = []
    for name in [*first, *(name for name in table.columns if name not in first)]:
        some = [other for other in table.columns if other in kept or other == name]
        # at least one is shown, however narrow the screen
        if not kept or _widest(table[some].to_string(**cut)) <= width:
            kept = some
    left = [str(name) for name in table.columns if name not in kept]
    lines = [line.rstrip() for line in table[kept].to_string(**cut).splitlines()]
    return "\n".join([*lines, f"not shown: {' '.join(left)}; see in_words()"] if left else lines)


def _widest(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)
