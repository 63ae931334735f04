"""A plot of two swept fields: a coloured cell for each pair of their values.

Takes the frame of a sweep, a row per cell and replicate. Simulates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.analysis.plots.axes import axes, columns_of, heading, percent, written_on
from simimport.analysis.plots.sweep_frame import (
    field_axis,
    form_of,
    is_number,
    is_share,
    refuse_others,
    summary_of,
    told,
    value_axis,
    values_of,
    words_of,
)
from simimport.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["heatmap"]

_MOST_WRITTEN = 160


def heatmap(frame: pd.DataFrame, x: str, y: str, value: str = "duration_s", ax: Axes | None = None) -> Axes:
    """Return axes with what becomes of imports as two parameters change: a coloured cell for each pair.

    Parameters
    ----------
    frame : DataFrame
        A row per cell and replicate, as `sweep` returns it.
    x, y : str
        The two swept fields. Their values get a place each, however far they lie apart.
    value : str, default "duration_s"
        As `y` of the plot `sweep`, but for ``final``: the median over the replicates, or the share.
    ax : Axes, optional
        Where to draw; None makes a figure. The scale of the colours takes room from it.

    Returns
    -------
    Axes
        Cells that the frame does not have stay empty. Where there are not too many, each says its value.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows, lacks a column, or sweeps a third field.

    Examples
    --------
    >>> import pandas as pd
    >>> from simimport import plots, simulate
    >>> rows = []
    >>> for users in (100, 200):
    ...     for speed in (10.0, 20.0):
    ...         run = simulate(users=users, users_per_s=speed, latency_cv=0, seed=1)
    ...         rows.append((users, speed, 0, run.importing_s))
    >>> frame = pd.DataFrame(rows, columns=["users", "users_per_s", "replicate", "importing_s"])
    >>> ax = plots.heatmap(frame, "users", "users_per_s", "importing_s")
    >>> [text.get_text() for text in ax.texts]
    ['10 s', '20 s', '5 s', '10 s']
    """
    columns_of(frame, "frame", (x, y))
    values = values_of(frame, x, value)
    if value == "final" or y in (x, value):
        raise ParameterError("value", value, "a column beside two different ones, or final=done and its like")
    refuse_others(frame, (x, y))
    ax = axes(ax, (8.4, 5.0))
    columns, rows = _kinds(frame[x]), _kinds(frame[y])
    grid = np.full((len(rows), len(columns)), np.nan)
    for (row, column), part in values.groupby([words_of(frame[y]), words_of(frame[x])], sort=False):
        grid[rows.index(str(row)), columns.index(str(column))] = summary_of(part.to_numpy()).middle
    _cells(ax, grid, value, values)
    field_axis(ax.xaxis, x, columns, frame[x])
    field_axis(ax.yaxis, y, rows, frame[y])
    what = told(values, frame, (x, y))
    heading(ax, what.replace("median, and the middle 90 %", "median").replace(" and its 95 % interval", ""))
    return ax


def _kinds(column: pd.Series) -> list[str]:
    """Return the values along an axis as they are written: numbers by their size, others as they come."""
    ordered = column.sort_values() if is_number(column) else column
    return list(dict.fromkeys(words_of(ordered)))


def _cells(ax: Axes, grid: Any, value: str, values: Any) -> None:
    """Draw the cells, their scale, and the numbers in them."""
    limits = (0.0, 1.0) if is_share(values) else (None, None)
    image = ax.imshow(
        np.ma.masked_invalid(grid), vmin=limits[0], vmax=limits[1],
        origin="lower", aspect="auto", cmap="viridis",
    )  # fmt: skip
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02)
    value_axis(bar.ax.yaxis, value, values)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if grid.size > _MOST_WRITTEN:
        return
    form = percent if is_share(values) else form_of(value, values)
    for (row, column), number in np.ndenumerate(grid):
        if not np.isnan(number):
            written = form(round(number, 3))
            color = written_on(image.cmap(image.norm(number)))
            ax.text(column, row, written, ha="center", va="center", color=color, fontsize="small")
