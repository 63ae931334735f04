"""A plot of two swept fields: a coloured cell for each pair of their values.

Takes the frame of a sweep, a row per cell and replicate. Simulates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simimport.analysis.plots.axes import axes, heading, require_columns, written_on
from simimport.analysis.plots.sweep_frame import (
    field_axis,
    form_of,
    is_share,
    kinds_of,
    refuse_others,
    summary_in_words,
    summary_of,
    value_axis,
    values_of,
)
from simimport.errors import ParameterError
from simimport.show.words import percent

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

    Notes
    -----
    No interval is drawn. All cells of a sweep share their replicates' seeds, so that their errors go together
    and the colours change smoothly: that neighbours agree does not say that they are right.

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
    require_columns(frame, "frame", (x, y))
    values = values_of(frame, x, value)
    if value == "final" or y in (x, value):
        raise ParameterError("value", value, "a column beside two different ones, or final=done and its like")
    refuse_others(frame, (x, y))
    ax = axes(ax, (8.4, 5.0))
    across, up = kinds_of(frame[x]), kinds_of(frame[y])
    grid: Any = np.full((len(up.words), len(across.words)), np.nan)
    for place, cell in values.groupby([up.places, across.places], sort=False):
        grid[place] = summary_of(cell.to_numpy()).middle
    _draw_cells(ax, grid, value, values)
    field_axis(ax.xaxis, x, across.words, frame[x])
    field_axis(ax.yaxis, y, up.words, frame[y])
    heading(ax, summary_in_words(values, frame, (x, y), interval=False))
    return ax


def _draw_cells(ax: Axes, grid: Any, value: str, values: Any) -> None:
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
            color = written_on(image.cmap(image.norm(number)))
            ax.text(column, row, form(number), ha="center", va="center", color=color, fontsize="small")
