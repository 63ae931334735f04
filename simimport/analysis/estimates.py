"""Frames of estimates that have limits beside them, and how people read these: "0.17 (0.14 to 0.20)".

Estimates nothing. What is made from such a frame, as a selection, is an ordinary one.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd

from simimport.show.words import estimated, number, printable

__all__ = ["Estimates"]


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
        limits = {name: _limits(str(name), self.columns) for name in self.columns}
        beside = {name for ends in limits.values() for name in ends}
        kept = [name for name in self.columns if name not in beside]
        words = {name: _column(self, name, limits[name]) for name in kept}
        made = pd.DataFrame(words, index=self.index, columns=kept)
        made.attrs = dict(self.attrs)
        return made

    def __repr__(self) -> str:
        return _printed(self.in_words(), self._first, *shutil.get_terminal_size())

    def _repr_html_(self) -> str:
        html: str = self.in_words()._repr_html_()  # type: ignore[operator]  # the stubs leave it out
        return html


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


def _printed(table: pd.DataFrame, first: Sequence[str], width: int, lines: int) -> str:
    """Return a table as text that fits a screen, and below it what had no room."""
    most = max(lines - 5, 6)
    cut: dict[str, Any] = {"line_width": 10**6, "max_rows": most, "min_rows": most}
    kept: list[str] = []
    for name in [*first, *(name for name in table.columns if name not in first)]:
        some = [other for other in table.columns if other in kept or other == name]
        # at least one is shown, however narrow the screen
        if not kept or _widest(table[some].to_string(**cut)) <= width:
            kept = some
    left = [str(name) for name in table.columns if name not in kept]
    text = "\n".join(line.rstrip() for line in table[kept].to_string(**cut).splitlines())
    return f"{text}\nnot shown: {' '.join(left)}; see in_words()" if left else text


def _widest(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)
