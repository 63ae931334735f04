"""What every plot shares: new axes, scales of time, counts and shares, the frame of a legend, and refusals.

Takes colours from the one palette. Draws no data, shows nothing, and changes no global setting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.ticker import Formatter, FuncFormatter, Locator, MaxNLocator

from simimport.errors import ParameterError, suggestion
from simimport.model.run.run import Run
from simimport.show.ticks import round_instants
from simimport.show.words import duration, number, percent, printable_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "TimeFormatter",
    "TimeLocator",
    "axes",
    "count_axis",
    "duration_axis",
    "heading",
    "ink",
    "legend",
    "literal",
    "magnifier",
    "paper",
    "paper_is_dark",
    "require_columns",
    "run_of",
    "share_axis",
    "time_axis",
    "unpublished_label",
    "written_on",
]


def run_of(run: object, name: str = "run") -> Run:
    """Return what was given, if it is a run.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if not isinstance(run, Run):
        raise ParameterError(name, run, "a Run, as simulate returns it")
    return run


def axes(ax: Axes | None, size: tuple[float, float] = (9.6, 4.4)) -> Axes:
    """Return the axes given, or those of a new figure of that size in inches.

    Raises
    ------
    ParameterError
        If what is given is no Axes.
    """
    from matplotlib.axes import Axes as AxesClass

    if ax is None:
        # the only use of pyplot: a notebook shows the figures that it knows of
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    if not isinstance(ax, AxesClass):
        raise ParameterError("ax", ax, "Axes of Matplotlib, or None for a new figure")
    return ax


def magnifier(ax: Axes, place: tuple[float, float, float, float]) -> Axes:
    """Return small axes of time and users upon others, to draw again what is too small to be seen there.

    Parameters
    ----------
    ax : Axes
        What they lie upon.
    place : tuple of float
        Left, bottom, width and height, as shares of `ax`.
    """
    glass = ax.inset_axes(place, zorder=5)
    duration_axis(glass.xaxis, "", most=4)
    count_axis(glass.yaxis, "", most=5)
    glass.tick_params(labelsize="x-small", colors=ink(ax), length=2)
    return glass


def require_columns(frame: Any, name: str, wanted: Sequence[str]) -> None:
    """Refuse what is no frame, has no rows, or lacks a column.

    Raises
    ------
    ParameterError
        Which of these, and what there is instead.
    """
    if not hasattr(frame, "columns"):
        raise ParameterError(name, frame, "a DataFrame")
    present = list(map(str, frame.columns))
    for column in wanted:
        if column not in present:
            hint = suggestion(column, present)
            raise ParameterError("a column", column, "those of the frame, " + ", ".join(present), hint=hint)
    if not len(frame):
        raise ParameterError(name, "a frame of no rows", "a frame of at least one row")


# colours ------------------------------------------------------------------------------------------


def paper(ax: Axes) -> tuple[float, float, float]:
    """Return the colour that is drawn on: that of the axes, or of the figure where they are transparent."""
    for color in (ax.get_facecolor(), ax.figure.get_facecolor()):
        red, green, blue, alpha = to_rgba(color)
        if alpha:
            return (red, green, blue)
    return (1.0, 1.0, 1.0)


def ink(ax: Axes) -> str:
    """Return a colour to write with: what is given as axes may be dark though the style now is not."""
    return "#f0f0f0" if paper_is_dark(ax) else "#202020"


def paper_is_dark(ax: Axes) -> bool:
    """Return whether what is drawn on is dark."""
    return _lightness(paper(ax)) < 0.5


def written_on(color: Any) -> str:
    """Return white where it reads well on a colour, else black."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # the contrast of WCAG 2.2; where white has less than 3.5, black has 6 or more
    return "white" if 1.05 / (luminance + 0.05) >= 3.5 else "black"


def _lightness(rgb: Sequence[float]) -> float:
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


# scales -------------------------------------------------------------------------------------------


class TimeLocator(Locator):
    """Ticks at whole seconds, minutes, hours or days: at most so many."""

    def __init__(self, most: int = 9) -> None:
        self.most = most

    def __call__(self) -> Any:
        """Return the instants of the ticks in view, in seconds."""
        return self.tick_values(*self.axis.get_view_interval())  # type: ignore[union-attr]  # None before it is used

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the instants of the ticks between two instants, in seconds."""
        return np.asarray(round_instants(min(vmin, vmax), max(vmin, vmax), self.most))


class TimeFormatter(Formatter):
    """A duration in the units that people say, no finer than the ticks are apart; 0 needs no unit."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        del pos
        return duration(x, exact=True) if x else "0"


def time_axis(ax: Axes, end_s: float, label: str = "time since the operation was created") -> None:
    """Make the x axis one of time, from 0 to an instant in seconds."""
    ax.set_xlim(0, end_s)
    duration_axis(ax.xaxis, label)


def duration_axis(axis: Any, label: str, most: int = 9) -> None:
    """Make an axis one of seconds, with so many steps between its ticks at most."""
    axis.set_major_locator(TimeLocator(most))
    axis.set_major_formatter(TimeFormatter())
    axis.set_label_text(literal(label))


def count_axis(axis: Any, label: str, most: int = 7) -> None:
    """Make an axis one of whole things, such as users, with separated thousands."""
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True, min_n_ticks=1, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_label_text(literal(label))


def share_axis(axis: Any, label: str) -> None:
    """Make an axis one of shares, in per cent."""
    # a tick is a multiple of a step: what makes it a hair more than all comes from rounding
    axis.set_major_formatter(FuncFormatter(lambda value, _: percent(round(value, 9))))
    axis.set_label_text(literal(label))


# words --------------------------------------------------------------------------------------------


def literal(words: str) -> str:
    r"""Return anybody's text as Matplotlib draws it letter by letter, and not as mathematics between dollars.

    Examples
    --------
    >>> literal("cost in $: a_b$")
    'cost in \\$: a_b\\$'
    """
    return printable_lines(words).replace("$", r"\$")


def unpublished_label(run: Run) -> str:
    """Return what a legend calls the users processed and not published, also where instants blur them."""
    blurred = "\n(in whole microseconds)" if run.truth.blurred else ""
    return f"processed, not published{blurred}"


def heading(ax: Axes, sentence: str) -> None:
    """Write a title where the eye begins."""
    ax.set_title(literal(sentence), loc="left", fontsize="medium", color=ink(ax), pad=8)


def legend(ax: Axes, handles: Sequence[Any], *, title: str | None = None) -> None:
    """Put a legend beside the axes, where it covers nothing."""
    if not handles:
        return
    # a label that begins with an underscore would be left out
    labels = [re.sub("^_", " _", literal(str(handle.get_label()))) for handle in handles]
    drawn = ax.legend(
        handles=handles, labels=labels, title=None if title is None else literal(title), loc="upper left",
        bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False, labelcolor=ink(ax),
        fontsize="small", title_fontsize="small", alignment="left",
    )  # fmt: skip
    drawn.get_title().set_color(ink(ax))
