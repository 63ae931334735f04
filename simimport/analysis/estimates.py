"""Frames of estimates that have limits beside them, and how people read these: "0.17 (0.14 to 0.20)".

A notebook shows a card of them, on which seconds are durations as on all cards. Estimates nothing. What is
made from such a frame, as a selection, is an ordinary one.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pandas as pd

from simimport.show.html import DIM, card, heading, table, text
from simimport.show.words import counted, duration, estimated, number, printable, ranged

__all__ = ["Estimates"]

# of a table in a notebook
_MOST_ROWS = 30
_WIDTH = 1100
_LONGEST_NAME = 60
# a space at which no line ends, and up to how many letters a range stands on one
_KEPT = "\N{NO-BREAK SPACE}"
_SHORT = 16


class Estimates(pd.DataFrame):
    """A frame whose columns have lower and upper limits beside them, and which is shown as people read it.

    All its numbers are there, as in any frame; a selection of it, or what `round` makes of it, is an ordinary
    DataFrame.
    """

    #: What it is, as its card says.
    _kind: ClassVar[str] = "Estimates"
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
        rows: pd.DataFrame = self
        if len(self) > most:
            rows = self.iloc[[*range(half + 1), *range(len(self) - (most - half), len(self))]]
        words = self._words(rows)
        return words.set_axis(_printable_index(words.index))

    def __repr__(self) -> str:
        width, lines = shutil.get_terminal_size()
        most = max(lines - 6, 6)
        printed = _printed(self._seen(most), self._first, width, most)
        return printed if len(self) <= most else f"{printed}\n{counted(len(self), 'row')}"

    def _repr_html_(self) -> str | None:
        if not pd.get_option("display.notebook_repr_html"):
            return None
        half, is_short = _MOST_ROWS // 2, len(self) <= _MOST_ROWS
        parts: list[pd.DataFrame] = [self] if is_short else [self.iloc[:half], self.iloc[len(self) - half :]]
        limits = {name: _limits(str(name), self.columns) for name in self.columns}
        beside = {name for ends in limits.values() for name in ends}
        kept = {name: ends for name, ends in limits.items() if name not in beside}
        # an index without names only counts
        head = [text(name, _LONGEST_NAME) for name in (*self._keys(), *kept)]
        rows = list(self._cells(parts[0], kept))
        for part in parts[1:]:
            rows += [["…"] * len(head), *self._cells(part, kept)]
        label = f"{self._kind}, {counted(len(self), 'row')}"
        shown = table(head, rows, caption=self._kind, size=12)
        about = heading(self._kind, *self._facts())
        return card(about, shown, *self._notes(), label=label, width=_WIDTH)

    def _keys(self) -> list[str]:
        """Return the names of the index, if it has some."""
        return [str(name) for name in self.index.names if name is not None]

    def _cells(self, rows: pd.DataFrame, kept: dict[Any, tuple[str, ...]]) -> Iterator[list[str]]:
        """Yield the cells of each row, as HTML: its keys, and each estimate with its limits."""
        for key, values in zip(rows.index, rows.to_dict("records"), strict=True):
            keys = key if isinstance(key, tuple) else (key,)
            cells = [_key(part) for part in keys] if self._keys() else []
            for name, ends in kept.items():
                limits = [values[end] for end in ends]
                cells.append(self._cell(keys[0], str(name), values[name], limits))
            yield cells

    def _cell(self, key: Any, name: str, value: Any, limits: Sequence[float]) -> str:
        """Return a cell; those of seconds are durations."""
        if not isinstance(value, (int, float)):
            return text(value, _LONGEST_NAME)
        if not self._is_time(key, name):
            whole, _, interval = (estimated(value, *limits) if limits else number(value)).partition(" ")
        else:
            whole, interval = duration(value), ""
            if limits and not any(map(math.isnan, limits)):
                low, high = limits
                interval = f"({ranged(low, high, duration)})"
        beside = f' <span style="{DIM}">{_unbroken(interval)}</span>' if interval else ""
        return _unbroken(whole) + beside

    def _is_time(self, _key: Any, name: str) -> bool:
        """Return whether a value is one of seconds, as its name ends or goes on."""
        return name.endswith("_s") or "_s_" in name

    def _facts(self) -> tuple[str, ...]:
        """Return what else stands in the heading of the card (HTML)."""
        return (counted(len(self), "row"),)

    def _notes(self) -> tuple[str, ...]:
        """Return what stands below the table of the card (HTML)."""
        return ()


def _unbroken(words: str) -> str:
    """Return a number with its unit, or a range, which is broken between the two where it is long."""
    whole = words.replace(" ", _KEPT)
    return whole if len(words) <= _SHORT else whole.replace(f"{_KEPT}to{_KEPT}", f" to{_KEPT}")


def _key(value: Any) -> str:
    """Return a label as HTML: a field that is not given is missing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "none"
    return number(value) if isinstance(value, (int, float)) else text(value, _LONGEST_NAME)


def _printable_index(index: pd.Index) -> pd.Index:
    """Return an index whose labels move no cursor; nearly always it is what it was."""
    levels = [index.get_level_values(place).tolist() for place in range(index.nlevels)]
    if all(str(label).isprintable() for level in levels for label in level):
        return index
    clean = [[printable(label) if isinstance(label, str) else label for label in level] for level in levels]
    if index.nlevels > 1:
        return pd.MultiIndex.from_arrays(clean, names=index.names)
    return pd.Index(clean[0], name=index.name)


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
