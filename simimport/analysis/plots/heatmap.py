"""A plot of two swept fields: a coloured cell for each pair of their values.

Takes the frame of a sweep, a row per cell and replicate. Simulates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.image import AxesImage

from simimport.analysis.plots.axes import axes, axis_label, heading, require_columns
from simimport.analysis.plots.layout.ink import legible, written_on
from simimport.analysis.plots.layout.labels import keep_inside
from simimport.analysis.plots.layout.manner import manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.sweep_frame import (
    SWEPT,
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
# what imshow takes and its image does not have by that name
_OWN = ("vmin", "vmax", "aspect", "origin", "interpolation", "extent")


def heatmap(
    frame: pd.DataFrame,
    x: str,
    y: str,
    value: str = "duration_s",
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
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
        Where to draw; None makes a figure. The scale of the colours is beside it.
    label : str, optional
        What the scale of the colours is called.
    color : color, optional
        That of the words in the cells; without it, what reads well on each.
    legend : bool or str, default True
        Whether the colours have a scale; a place is not asked for.
    title : str, optional
        Instead of the one that says what is drawn; an empty one for none.
    **kwargs
        Properties of the image, such as `cmap`, `vmin` and `vmax`.

    Returns
    -------
    Axes
        Cells that the frame does not have stay empty. Where there are not too many, each says its value.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows, lacks a column, or sweeps a third field; if `ax` is no flat Axes,
        has a heatmap already, or what is said of the look is none.

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
    given = {name: value for name, value in kwargs.items() if name not in _OWN}
    own = {name: value for name, value in kwargs.items() if name in _OWN}
    look = manner(AxesImage, given, label=label, color=color, legend=legend, title=title)
    require_columns(frame, "frame", (x, y), SWEPT)
    values = values_of(frame, x, value)
    if value == "final" or y in (x, value):
        raise ParameterError("value", value, "a column beside two different ones, or final=done and its like")
    refuse_others(frame, (x, y))
    ax = axes(ax, (8.4, 5.0))
    if room_of(ax).count("heatmap"):
        raise ParameterError("ax", "axes with a heatmap", "axes without one: its cells would be covered")
    across, up = kinds_of(frame[x]), kinds_of(frame[y])
    grid: Any = np.full((len(up.words), len(across.words)), np.nan)
    for place, cell in values.groupby([up.places, across.places], sort=False):
        grid[place] = summary_of(cell.to_numpy()).middle
    image = _draw_cells(ax, grid, values, {**look.given, **own})
    if look.legend is not False:
        _draw_scale(ax, image, value, values, look.label)
    _write_values(ax, image, grid, percent if is_share(values) else form_of(value, values), look.color)
    field_axis(ax.xaxis, x, across.words, frame[x])
    field_axis(ax.yaxis, y, up.words, frame[y])
    heading(ax, summary_in_words(values, frame, (x, y), interval=False), "heatmap", look)
    return ax


def _draw_cells(ax: Axes, grid: Any, values: Any, given: dict[str, Any]) -> AxesImage:
    low, high = (0.0, 1.0) if is_share(values) else (None, None)
    usual: dict[str, Any] = {"origin": "lower", "aspect": "auto", "cmap": "viridis"}
    if "norm" not in given:
        usual |= {"vmin": low, "vmax": high}
    image = ax.imshow(np.ma.masked_invalid(grid), **{**usual, **given})
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _draw_scale(ax: Axes, image: AxesImage, value: str, values: Any, label: str | None) -> None:
    """Draw the scale of the colours beside the cells, thin, so that it takes nothing from them."""
    beside = ax.inset_axes((1.02, 0.0, 0.035, 1.0))
    bar = ax.figure.colorbar(image, cax=beside)
    room_of(beside).within = room_of(ax)
    beside.yaxis.label.set_color(legible(beside.yaxis.label.get_color(), ax))
    beside.tick_params(colors=legible(beside.yaxis.label.get_color(), ax))
    bar.outline.set_visible(False)
    value_axis(beside.yaxis, value, values)
    if label is not None:
        axis_label(beside.yaxis, label)


def _write_values(ax: Axes, image: AxesImage, grid: Any, form: Any, color: Any) -> None:
    """Write into each cell its value, unless they are too many, or too small for the words."""
    if grid.size > _MOST_WRITTEN:
        return
    texts = []
    for (row, column), number in np.ndenumerate(grid):
        if not np.isnan(number):
            own = written_on(image.cmap(image.norm(number))) if color is None else color
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": room_of(ax).letters(1)}
            texts.append(ax.text(column, row, form(number), color=own, **style))
    keep_inside(ax, texts, 1.0, 1.0)
