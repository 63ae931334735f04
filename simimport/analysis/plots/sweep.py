"""A plot of one swept field, or of two: lines with intervals.

Takes the frame of a sweep, a row per cell and replicate. Simulates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.lines import Line2D

from simimport.analysis.plots.axes import axes, heading, reach, require_columns
from simimport.analysis.plots.layout.ink import paper_is_clear, paper_is_dark
from simimport.analysis.plots.layout.legends import legend as draw_legend
from simimport.analysis.plots.layout.manner import Manner, manner
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.sweep_frame import (
    ENDS,
    SWEPT,
    Kinds,
    Summary,
    field_axis,
    is_numeric,
    is_share,
    kinds_of,
    other_fields,
    refuse_others,
    summary_in_words,
    summary_of,
    value_axis,
    values_of,
)
from simimport.errors import ParameterError
from simimport.model.states import State
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["sweep"]

_MOST_LINES = 10
_MARKERS = "osD^vPX<>*"


class _Line(NamedTuple):
    """A line: what the legend calls it, its colour, which rows of the frame are its own, and all values."""

    label: str
    color: Any
    rows: Any
    values: Any


class _Look(NamedTuple):
    """Which of how many lines it is, and whether something lies between its points."""

    number: int
    of: int
    joined: bool


def sweep(
    frame: pd.DataFrame,
    x: str,
    y: str = "duration_s",
    ax: Axes | None = None,
    *,
    by: str | None = None,
    label: str | None = None,
    color: Any = None,
    legend: bool | str = True,
    title: str | None = None,
    **kwargs: Any,
) -> Axes:
    """Return axes with what becomes of imports as one parameter changes: lines with intervals.

    Parameters
    ----------
    frame : DataFrame
        A row per cell and replicate, as `sweep` returns it: swept fields, ``replicate``, and results.
    x : str
        The swept field along the x axis. Texts, such as names of scenarios, get a place each.
    y : str, default "duration_s"
        A column of numbers, of which the median and the middle 90 % of the replicates are drawn; a column of
        truths, or ``final=done``, ``final=canceled`` or ``final=error``, of which the share is drawn with
        its 95 % interval (Clopper and Pearson 1934); or ``final``: the shares of all three.
    ax : Axes, optional
        Where to draw; None makes a figure.
    by : str, optional
        A second swept field, a line for each of its values. Where the frame sweeps two fields, it is the
        other one without being asked for.
    label : str, optional
        What the legend calls the line; of several lines, what it says before each.
    color : color, optional
        That of the line, or of all of them: then their marks tell them apart.
    legend : bool or str, default True
        False for none; a place in Matplotlib's words, such as "upper left", to have it there.
    title : str, optional
        Instead of the one that says what is drawn; an empty one for none.
    **kwargs
        Properties of the lines.

    Returns
    -------
    Axes
        x in the unit of the field; y in seconds, users or shares.

    Raises
    ------
    ParameterError
        If the frame is none, has no rows, lacks a column, or sweeps fields that would be thrown together; if
        `ax` is no flat Axes, or what is said of the look is none.

    Notes
    -----
    Replicate k has the same seed in all cells of a sweep, so that their errors go together: how two cells
    differ is known better than their intervals suggest, and a smooth line need not be right. Where intervals
    are drawn of such cells, the heading says so.

    Examples
    --------
    >>> import pandas as pd
    >>> from simimport import plots, simulate
    >>> rows = []
    >>> for rate in (0.0, 0.2, 0.4):
    ...     for seed in range(10):
    ...         run = simulate(users=200, crash_rate=rate, seed=seed)
    ...         rows.append((rate, seed, str(run.final), run.duration_s))
    >>> frame = pd.DataFrame(rows, columns=["crash_rate", "replicate", "final", "duration_s"])
    >>> ax = plots.sweep(frame, "crash_rate", "final=error")
    >>> ax.lines[0].get_ydata().tolist()
    [0.0, 0.2, 0.4]
    """
    look = manner(Line2D, kwargs, label=label, color=color, legend=legend, title=title)
    values, by = values_of(frame, x, y), _other(frame, x, by, y)
    kinds = None if by is None else _few_kinds(frame, by)
    ax = axes(ax)
    places, words = _places(frame[x])
    lines = _lines_of(values, y, kinds, ax, look)
    handles = [
        _draw_line(ax, _summaries(places, line), line, _Look(number, len(lines), words is None), look)
        for number, line in enumerate(lines)
    ]
    field_axis(ax.xaxis, x, words, frame[x])
    if words is not None:
        reach(ax, "x", -0.5, len(words) - 0.5)
    value_axis(ax.yaxis, y, lines[0].values)
    if is_share(lines[0].values):
        reach(ax, "y", -0.02, 1.02)
    if len(lines) > 1 or room_of(ax).handles or look.label is not None or look.legend is not True:
        draw_legend(ax, handles, title=by, where=look.legend)
    else:
        # seen only once there is a second one
        room_of(ax).handles += handles
    heading(ax, summary_in_words(lines[0].values, frame, [x, *([by] if by else [])]), "sweep", look)
    return ax


def _other(frame: pd.DataFrame, x: str, by: str | None, y: str) -> str | None:
    """Return the field that makes the lines: the one asked for, or the only other one."""
    if by is not None:
        require_columns(frame, "frame", (by,), SWEPT)
        if by == x:
            raise ParameterError("by", by, "another column than x")
        if y == "final":
            allowed = ", ".join(f"final={state}" for state in ENDS)
            raise ParameterError("y", y, f"where there is a line per value, one of {allowed}")
    others = other_fields(frame, (x, by))
    if by is None and len(others) == 1 and y != "final":
        return others[0]
    refuse_others(frame, (x, by))
    return by


def _places(column: pd.Series) -> tuple[Any, list[str] | None]:
    """Return where each row is along the axis, and the words there if they are no numbers."""
    return (column.to_numpy(float), None) if is_numeric(column) else kinds_of(column)


def _few_kinds(frame: pd.DataFrame, by: str) -> Kinds:
    kinds = kinds_of(frame[by])
    if (several := len(kinds.words)) > _MOST_LINES:
        raise ParameterError("by", by, f"a column of at most {_MOST_LINES} values; it has {several}")
    return kinds


def _lines_of(values: pd.Series, y: str, kinds: Kinds | None, ax: Axes, look: Manner) -> list[_Line]:
    everything, room = np.ones(len(values), dtype=bool), room_of(ax)
    if y == "final":
        ended = [(state, (values == state).to_numpy()) for state in ENDS]
        return [
            _Line(look.prefixed(room, "sweep", state), look.color or STATE_COLORS[state], everything, truths)
            for state, truths in ended
        ]
    if kinds is None:
        usual = STATE_COLORS[State(y.removeprefix("final="))] if y.startswith("final=") else PUBLISHED_COLOR
        color = look.color_on(room, "sweep", usual)
        return [_Line(look.label_on(room, "sweep", y), color, everything, values.to_numpy())]
    shades = colormaps["viridis"](np.linspace(*_shades(ax), len(kinds.words)))
    if room.count("sweep"):
        # beside the lines of another frame, these are told from them by another row of colours
        shades = colormaps["plasma"](np.linspace(*_shades(ax), len(kinds.words)))
    return [
        _Line(look.prefixed(room, "sweep", word), shade if look.color is None else look.color,
              kinds.places == place, values.to_numpy())
        for place, (word, shade) in enumerate(zip(kinds.words, shades, strict=True))
    ]  # fmt: skip


def _shades(ax: Axes) -> tuple[float, float]:
    """Return the part of a row of colours that is seen on the paper, on white and on black if it is clear."""
    if paper_is_clear(ax):
        return 0.33, 0.55
    return (0.3, 1.0) if paper_is_dark(ax) else (0.0, 0.8)


def _summaries(places: Any, line: _Line) -> dict[float, Summary]:
    """Return the summary of each place along the x axis where the line has a value."""
    summaries = {}
    for place in np.unique(places):
        cell = line.values[line.rows & (places == place)]
        if len(cell):
            summaries[float(place)] = summary_of(cell)
    return summaries


def _draw_line(ax: Axes, summaries: dict[float, Summary], line: _Line, place: _Look, look: Manner) -> Any:
    middle, low, high = (np.array(column) for column in zip(*summaries.values(), strict=True))
    at, color = np.array(list(summaries)), line.color
    marker = _MARKERS[(place.number + room_of(ax).count("sweep")) % len(_MARKERS)]
    kind: dict[str, Any] = {"color": color, "label": line.label, "marker": marker, "markersize": 5}
    if place.joined:
        ax.fill_between(at, low, high, color=color, alpha=0.25 if place.of == 1 else 0.15, linewidth=0)
        return ax.plot(at, middle, **look.style(linewidth=1.8, **kind))[0]
    # names have no order, so that nothing lies between them; lines stand side by side
    aside = place.number + place.of * room_of(ax).count("sweep")
    at += (aside - (place.of - 1) / 2) * min(0.12, 0.7 / place.of)
    ax.vlines(at, low, high, color=color, linewidth=2.2, alpha=0.6)
    return ax.plot(at, middle, **look.style(linestyle="none", **kind))[0]
