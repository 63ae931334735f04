"""How the frame of a sweep is read: which fields it sweeps, one number per cell, and how both are written.

Shared by the plots of lines and of cells. Draws nothing but the words of an axis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.analysis.distributions import share_interval
from simimport.analysis.plots.axes import axis_label, count_axis, duration_axis, require_columns, share_axis
from simimport.analysis.plots.layout.ticks import NameFormatter, NameLocator, ShareLocator, Worded
from simimport.errors import ParameterError
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.show.words import counted, duration, number, percent, printable, ranged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "ENDS", "SWEPT", "Kinds", "Summary", "field_axis", "form_of", "is_numeric", "is_share", "kinds_of",
    "other_fields", "refuse_others", "summary_in_words", "summary_of", "value_axis", "values_of",
]  # fmt: skip

#: What is wanted where it is none.
SWEPT = "what sweep() returned, or a part of it"
ENDS = (State.DONE, State.CANCELED, State.ERROR)
#: What an axis says of a result whose name says too little.
_LABELS = {
    "duration_s": "time from creation to end",
    "importing_s": "time from import.run to end",
    "ended_itself": "ended by itself",
    "completed": "published as imported (users)",
    "error": "published as failed (users)",
    "imported": "imported in truth (users)",
    "failed": "failed in truth (users)",
}


class Kinds(NamedTuple):
    """The values of a column that get a place each: at which place each row is, and what is written there."""

    places: NDArray[np.intp]
    words: list[str]


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
    require_columns(frame, "frame", (x, name), SWEPT)
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


def is_numeric(column: pd.Series) -> bool:
    """Return whether a column is one of numbers, none of them missing."""
    return column.dtype.kind in "iuf" and not bool(column.isna().any())


def kinds_of(column: pd.Series) -> Kinds:
    """Return the values of a column, a place for each: numbers by their size, others as they come."""
    import pandas as pd

    places, values = column.factorize(sort=is_numeric(column), use_na_sentinel=False)
    form = form_of(str(column.name), column, exact=True)
    words = ["None" if pd.isna(value) else form(value) for value in values]
    if len(set(words)) < len(words):
        # what rounding for people would make one stays as it is
        words = [printable(value) for value in values]
    return Kinds(places, words)


def is_share(values: Any) -> bool:
    """Return whether values are truths, whose share is drawn."""
    return bool(values.dtype.kind == "b")


def summary_of(values: Any) -> Summary:
    """Return a share with its 95 % interval, or a median with the middle 90 %."""
    if is_share(values):
        count, of = int(values.sum()), len(values)
        return Summary(count / of, *share_interval(count, of))
    numbers = values[~np.isnan(values.astype(float))]
    if not len(numbers):
        return Summary(np.nan, np.nan, np.nan)
    low, middle, high = np.percentile(numbers, (5, 50, 95))
    return Summary(float(middle), float(low), float(high))


def summary_in_words(
    values: Any, frame: pd.DataFrame, fields: Sequence[str], *, interval: bool = True
) -> str:
    """Return what is drawn of each cell, with its interval or without, and of how many replicates.

    Cells of the same seeds are no independent samples, which their intervals cannot tell.
    """
    sizes = frame.groupby(list(fields), dropna=False, sort=False).size()
    few, many = int(sizes.min()), int(sizes.max())
    replicates = counted(many, "replicate") if few == many else f"{ranged(few, many)} replicates"
    if is_share(values):
        drawn = "share and its 95 % interval" if interval else "share"
    else:
        drawn = "median, and the middle 90 %" if interval else "median"
    paired = is_share(values) and interval and "seed" in frame and bool(frame["seed"].duplicated().any())
    return f"{drawn}, of {replicates} each{'; cells share their seeds' if paired else ''}"


# axes ---------------------------------------------------------------------------------------------


def form_of(name: str, column: Any, *, exact: bool = False) -> Callable[[Any], str]:
    """Return what writes a value of a column in words, durations to the millisecond if it is to be exact."""
    if _is_duration(name):
        return lambda value: duration(value, exact=exact)
    if name.endswith(("_rate", "_at")):
        return percent
    return number if column.dtype.kind in "iuf" else printable


def _is_duration(name: str) -> bool:
    return name.endswith("_s") and not name.endswith("_per_s")


def field_axis(axis: Any, name: str, words: list[str] | None, column: pd.Series) -> None:
    """Name a swept field with its meaning, and write its values in its unit, or the words at their places."""
    field = Scenario.__dataclass_fields__.get(name)
    label = f"{name}: {field.metadata['about']}" if field else name
    if words is not None:
        axis.set_major_locator(NameLocator(len(words)))
        axis.set_major_formatter(NameFormatter(words))
    elif _is_duration(name):
        duration_axis(axis, label)
    elif (form := form_of(name, column)) is percent:
        share_axis(axis, label)
    elif column.dtype.kind in "iu":
        count_axis(axis, label)
    else:
        axis.set_major_locator(ShareLocator())
        axis.set_major_formatter(Worded(form))
    axis_label(axis, label, name)


def value_axis(axis: Any, y: str, values: Any) -> None:
    """Name what is summarized, in its unit."""
    if is_share(values):
        of_what = "" if y == "final" else f": {_LABELS.get(y, 'ended ' + y.removeprefix('final='))}"
        share_axis(axis, f"share of the imports{of_what}", short="share of the imports")
    elif _is_duration(y):
        duration_axis(axis, _LABELS.get(y, y), most=7)
    elif values.dtype.kind in "iu":
        count_axis(axis, _LABELS.get(y, y))
    else:
        axis.set_major_locator(ShareLocator())
        axis.set_major_formatter(Worded(number))
        axis_label(axis, _LABELS.get(y, y))
