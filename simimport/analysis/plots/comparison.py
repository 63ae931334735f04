"""A plot of a comparison: by how much the second differs from the first, measure by measure.

Takes the frame of a comparison. Compares nothing and simulates nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator
from matplotlib.transforms import blended_transform_factory

from simimport.analysis.comparison import Comparison, p_in_words
from simimport.analysis.plots.axes import axes, axis_label, heading, require_columns
from simimport.analysis.plots.layout.ink import faint, ink, paper
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import Room, room_of
from simimport.analysis.plots.layout.ticks import NameFormatter, NameLocator, Worded
from simimport.show.palette import PUBLISHED_COLOR
from simimport.show.words import counted, estimated

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["comparison"]

_COLUMNS = ("difference", "low", "high", "p")
_NAMES = {
    "duration_s": "duration", "importing_s": "importing", "imported": "imported", "failed": "failed",
    "done": "done", "canceled": "canceled", "error": "in error",
}  # fmt: skip
# what the title tells, if it differs: the first of these
_TOLD = ("duration_s", "failed", "done", "canceled", "error")
# a second comparison stands so much lower than the first
_BELOW = 0.24
# a row reaches from -1 to 1; the axes a little further, and to here where numbers stand on their right
_MARGIN, _WIDE = 1.12, (-1.12, 2.88)
# where on the axes these begin, and which share of their width is left
_WORDS_FROM, _WORDS_SHARE = 0.575, 0.415


def comparison(
    comparison: pd.DataFrame,
    ax: Axes | None = None,
    *,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with the differences that a comparison found, and their intervals: a row per measure.

    Parameters
    ----------
    comparison : DataFrame
        What `compare` returned, or some of its rows.
    ax : Axes, optional
        Where to draw; None makes a figure.
    label : str, optional
        What a legend calls the differences; without it there is none, but where two comparisons are told
        apart.
    color : color, optional
        That of the differences.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the sentence that says what was found; an empty one for none.
    **kwargs
        Properties of the points, which are a line.

    Returns
    -------
    Axes
        A row per measure, from the first at the top, each with a scale of its own: to the left the second has
        less than the first, to the right more. A point is a difference, with its interval, and is hollow
        where chance alone may explain it; beside it stand the numbers, where they have room. A second
        comparison on the same axes keeps to the scales of the first.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows or lacks a column, or what is said of the look is none.

    Examples
    --------
    >>> from simimport import Scenario, compare, plots
    >>> few = Scenario(users=1000, failure_rate=0.02)
    >>> ax = plots.comparison(compare(few, few.replace(failure_rate=0.03), replicates=50))
    >>> ax.get_title(loc="left")
    'With failure_rate 0.03 instead of 0.02, 10.2 more users fail in the mean; 50 pairs of the same seeds'
    """
    require_columns(comparison, "comparison", _COLUMNS, "what compare() returned")
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    ax = axes(ax)
    names = [str(name) for name in comparison.index]
    rows = comparison[list(_COLUMNS)].to_numpy(dtype=float)
    others = room_of(ax).count("comparison")
    level = comparison.level if isinstance(comparison, Comparison) else 0.95
    handles = _draw_rows(ax, names, rows, 1 - level, look)
    _frame_of_rows(ax, names, others)
    if not others:
        room_of(ax).hooks.append(_Numbers(ax, names, rows))
    if label is not None or others:
        draw_legend(ax, handles, where=look.legend)
    heading(ax, _sentence(comparison), "comparison", look)
    return ax


def _draw_rows(ax: Axes, names: list[str], rows: Any, chance: float, look: Manner) -> list[Any]:
    room = room_of(ax)
    color = look.color_on(room, "comparison", PUBLISHED_COLOR)
    name = look.label_on(room, "comparison", "difference")
    place = np.arange(len(names)) + _BELOW * room.count("comparison")
    scales = [_scale_of(room, name, row[:3]) for name, row in zip(names, rows, strict=True)]
    middle, low, high = rows[:, :3].T / scales
    known = np.isfinite(low) & np.isfinite(high)
    # of a second comparison, which keeps to the scales of the first, rows may reach further
    _, before = room.limits.get("rows", (0.0, 0.0))
    far = max(_MARGIN * float(np.nanmax(np.abs([middle, low, high]), initial=1.0)), before)
    room.limits["rows"] = (-far, far)
    bars: dict[str, Any] = {"color": color, "linewidth": 3 - 0.75 * room.step(), "alpha": faint(ax, 0.6, 0.8)}
    ax.hlines(place[known], low[known], high[known], label=f"{name}, interval", **bars)
    clear = rows[:, 3] <= chance
    size = 7 - 1.5 * room.step()
    style: dict[str, Any] = {
        "color": color, "linestyle": "none", "marker": "o", "markersize": size, "zorder": 4,
    }  # fmt: skip
    [points] = ax.plot(middle[clear], place[clear], **look.style(**style, label=name))
    hollow = {"markerfacecolor": paper(ax), "label": f"{name}, which chance may explain"}
    ax.plot(middle[~clear], place[~clear], **{**look.style(**style), **hollow})
    return [points]


def _scale_of(room: Room, name: str, values: Any) -> float:
    """Return how far a row reaches, in its own unit: as in the first comparison on the same axes."""
    kept = room.limits.get(f"row {name}")
    if kept is None:
        size = max((abs(value) for value in values if math.isfinite(value)), default=0.0) or 1.0
        kept = room.limits[f"row {name}"] = (-size, size)
    return kept[1]


def _frame_of_rows(ax: Axes, names: list[str], others: int) -> None:
    if not others:
        ax.axvline(0, color=ink(ax), linewidth=1, linestyle="--", zorder=1)
        for place in range(1, len(names)):
            ax.axhline(place - 0.5 + _BELOW / 2, color=ink(ax), linewidth=0.4, alpha=0.3, zorder=0)
    ax.xaxis.set_major_locator(FixedLocator([0]))
    ax.xaxis.set_major_formatter(Worded(_no_difference))
    axis_label(ax.xaxis, "less ← in the second → more; each row on its own scale", "less ← second → more")
    ax.yaxis.set_major_locator(NameLocator(len(names)))
    ax.yaxis.set_major_formatter(NameFormatter([_NAMES.get(name, name) for name in names]))
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(*room_of(ax).limits["rows"])
    # the first measure stands at the top
    ax.set_ylim(len(names) - 0.4 + _BELOW * others, -0.6)


def _no_difference(value: float) -> str:
    del value
    return "no difference"


class _Numbers:
    """The differences in words, on the right of their rows, where they have room; else nowhere."""

    def __init__(self, ax: Axes, names: list[str], rows: Any) -> None:
        style: dict[str, Any] = {
            "transform": blended_transform_factory(ax.transAxes, ax.transData), "color": ink(ax),
            "fontsize": room_of(ax).letters(), "va": "center", "visible": False,
        }  # fmt: skip
        self.texts = [
            ax.text(_WORDS_FROM, place, _in_words(name, row), **style)
            for place, (name, row) in enumerate(zip(names, rows, strict=True))
        ]

    def __call__(self, room: Room, renderer: Any) -> None:
        """Show them, and leave them room, or do neither."""
        for text in self.texts:
            text.set_visible(True)
            text.set_fontsize(room.letters())
        boxes = [text.get_window_extent(renderer) for text in self.texts]
        widest, highest = (max(getattr(box, size) for box in boxes) for size in ("width", "height"))
        across, up = room.ax.bbox.width, room.ax.bbox.height / (len(boxes) + 0.2)
        seen = room.count("comparison") == 1 and widest <= _WORDS_SHARE * across and highest <= up
        for text in self.texts:
            text.set_visible(seen)
        room.ax.set_xlim(*(_WIDE if seen else room.limits["rows"]))


def _in_words(name: str, row: Any) -> str:
    difference, low, high, p = row.tolist()
    if math.isnan(difference):
        return "not known"
    unit = " s" if name.endswith("_s") else ""
    # with the sign that the numbers of Matplotlib's axes have
    words = estimated(difference, low, high).replace("-", "−")
    return f"{words}{unit}" + ("" if math.isnan(p) else f", {p_in_words(p)}")


def _sentence(comparison: pd.DataFrame) -> str:
    """Return what was found of the first of some measures that differs by more than chance may explain."""
    if not isinstance(comparison, Comparison):
        return f"second against first: {counted(len(comparison), 'measure')}"
    sure = (name for name in _TOLD if comparison["p"][name] <= 1 - comparison.level)
    found, _, _ = comparison.sentence(next(sure, _TOLD[0])).rpartition(" (")
    return f"{found}; {counted(comparison.pairs, 'pair')} of the same seeds"
