"""How the frame of a sweep is read: which fields it sweeps, one number per cell, and how both are written.

Shared by the plots of lines and of cells. Draws nothing but the words of an axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simimport.analysis.plots.axes import (
    TimeFormatter,
    TimeLocator,
    about,
    columns_of,
    percent,
    share_axis,
)
from simimport.errors import ParameterError
from simimport.model.scenario import Scenario
from simimport.model.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = [
    "ENDS", "Summary", "field_axis", "form_of", "is_number", "is_share", "other_fields", "refuse_others",
    "summary_of", "told", "value_axis", "values_of", "words_of",
]  # fmt: skip

ENDS = (State.DONE, State.CANCELED, State.ERROR)
# what is not said by a column's own name
_WORDS = {
    "duration_s": "time from creation to end",
    "importing_s": "time from import.run to end",
    "ended_itself": "ended by itself",
    "completed": "published as imported (users)",
    "error": "published as failed (users)",
    "imported": "imported in truth (users)",
    "failed": "failed in truth (users)",
}


class Summary(NamedTuple):
    """One number for each cell, and the interval about it."""

    middle: float
    low: float
    high: float


def values_of(frame: Any, x: str, y: str) -> pd.Series:
    """Return the column that is summarized: numbers, truths, or the final states.

    Raises
    ------
    ParameterError
        If the frame is none or empty, lacks a column, or the column cannot be summarized.
    """
    name = "final" if y in (f"final={state}" for state in ENDS) else y
    columns_of(frame, "frame", (x, name))
    if name == x:
        raise ParameterError("y", y, "another column than x")
    column: pd.Series = frame[name]
    if name == "final":
        return column == y.removeprefix("final=") if y != "final" else column
    if column.dtype.kind not in "biuf":
        raise ParameterError("y", y, "a column of numbers or truths, or final, or final=done")
    return column


def refuse_others(frame: pd.DataFrame, shown: Sequence[str | None]) -> None:
    """Refuse a frame that sweeps a field which is not shown: its cells would be thrown together.

    Raises
    ------
    ParameterError
        If there is one; it names it.
    """
    others = other_fields(frame, shown)
    if others:
        what = f"a sweep of {', '.join(others)} too"
        raise ParameterError("frame", what, "rows of one value of each field not shown: filter")


def other_fields(frame: pd.DataFrame, shown: Sequence[str | None]) -> list[str]:
    """Return the swept fields of several values that are not shown: they stand before the replicate."""
    names = list(map(str, frame.columns))
    swept = names[: names.index("replicate")] if "replicate" in names else []
    return [name for name in swept if name not in shown and frame[name].nunique(dropna=False) > 1]


def is_number(column: pd.Series) -> bool:
    """Return whether a column is one of numbers, each of them known."""
    return column.dtype.kind in "iuf" and not bool(column.isna().any())


def words_of(column: pd.Series) -> pd.Series:
    """Return a column's values as they are written."""
    form = form_of(str(column.name), column)
    missing = column.isna()
    words = ["None" if gap else form(value) for value, gap in zip(column, missing, strict=True)]
    return type(column)(words, index=column.index, name=column.name)


def is_share(values: Any) -> bool:
    """Return whether values are truths, whose share is drawn."""
    return bool(values.dtype.kind == "b")


def summary_of(values: Any) -> Summary:
    """Return a share with its Wilson interval, or a median with the middle 90 %."""
    if is_share(values):
        return _wilson(int(values.sum()), len(values))
    known = values[~np.isnan(values.astype(float))]
    if not len(known):
        return Summary(np.nan, np.nan, np.nan)
    low, middle, high = np.percentile(known, (5, 50, 95))
    return Summary(float(middle), float(low), float(high))


def _wilson(successes: int, trials: int) -> Summary:
    """Return a share and its 95 % score interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212)."""
    z = 1.959963984540054
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    # at none and at all the limit is exact, which the root is not
    low = 0.0 if successes == 0 else float(centre - half)
    high = 1.0 if successes == trials else float(centre + half)
    return Summary(share, low, high)


def told(values: Any, frame: pd.DataFrame, fields: Sequence[str]) -> str:
    """Return what a number is, and of how many replicates."""
    sizes = frame.groupby(list(fields), dropna=False, sort=False).size()
    few, many = int(sizes.min()), int(sizes.max())
    number = f"{few:,}" if few == many else f"{few:,} to {many:,}"
    what = "share and its 95 % interval" if is_share(values) else "median, and the middle 90 %"
    return f"{what}, of {number} replicate{'s' * (many != 1)} each"


# axes ---------------------------------------------------------------------------------------------


def form_of(name: str, column: Any) -> Any:
    """Return what writes a value of a column in words."""
    if column.dtype.kind == "b":
        return percent
    if name.endswith("_s") and not name.endswith("_per_s"):
        return about
    if name.endswith(("_rate", "_at")):
        return percent
    if column.dtype.kind in "iuf":
        return lambda value: f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str


def field_axis(axis: Any, name: str, ticks: list[str] | None, column: pd.Series) -> None:
    """Name a swept field with its meaning, and write its values in its unit."""
    field = Scenario.__dataclass_fields__.get(name)
    axis.set_label_text(f"{name}: {field.metadata['about']}" if field else name)
    if ticks is not None:
        axis.set_ticks(range(len(ticks)), ticks)
    elif name.endswith("_s") and not name.endswith("_per_s"):
        axis.set_major_locator(TimeLocator())
        axis.set_major_formatter(TimeFormatter())
    else:
        form = form_of(name, column)
        axis.set_major_formatter(FuncFormatter(lambda value, _: form(value)))


def value_axis(axis: Any, y: str, values: Any) -> None:
    """Name what is summarized, in its unit."""
    if is_share(values):
        words = "share of the imports"
        words += "" if y == "final" else f": {_WORDS.get(y, 'ended ' + y.removeprefix('final='))}"
        share_axis(axis, words)
        return
    if y.endswith("_s"):
        axis.set_major_locator(TimeLocator(7))
        axis.set_major_formatter(TimeFormatter())
    elif values.dtype.kind in "iu":
        axis.set_major_locator(MaxNLocator(7, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.set_label_text(_WORDS.get(y, y))
