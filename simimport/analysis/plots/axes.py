"""What every plot shares: new axes, time and user scales, the frame of a legend, and refusals in words.

Takes colours from the one palette. Draws no data, shows nothing, and changes no global setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.ticker import Formatter, FuncFormatter, Locator, MaxNLocator

from simimport.errors import ParameterError, suggestion
from simimport.model.run.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "TimeFormatter",
    "TimeLocator",
    "about",
    "axes",
    "columns_of",
    "duration",
    "heading",
    "ink",
    "legend",
    "paper",
    "paper_is_dark",
    "percent",
    "run_of",
    "share_axis",
    "time_axis",
    "users_axis",
    "written_on",
]

_DAY_S = 86_400
_STEPS_S = (
    1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
    3600, 7200, 10_800, 21_600, 43_200, _DAY_S,
)  # fmt: skip
_UNITS = (("d", _DAY_S), ("h", 3600), ("min", 60))


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


def columns_of(frame: Any, name: str, wanted: Sequence[str]) -> None:
    """Refuse what is no frame, has no rows, or lacks a column.

    Raises
    ------
    ParameterError
        Which of these, and what there is instead.
    """
    if not hasattr(frame, "columns"):
        raise ParameterError(name, frame, "a DataFrame")
    there = list(map(str, frame.columns))
    for column in wanted:
        if column not in there:
            hint = suggestion(column, there)
            raise ParameterError("a column", column, "those of the frame, " + ", ".join(there), hint=hint)
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
    return _light(paper(ax)) < 0.5


def written_on(color: Any) -> str:
    """Return white where it reads well on a colour, else black."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # the contrast of WCAG 2.2; where white has less than 3.5, black has 6 or more
    return "white" if 1.05 / (luminance + 0.05) >= 3.5 else "black"


def _light(rgb: Sequence[float]) -> float:
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
        low, high = min(vmin, vmax), max(vmin, vmax)
        wanted = (high - low) / self.most
        step = next((step for step in _STEPS_S if step >= wanted), 0.0)
        if not step:
            days = MaxNLocator(self.most, integer=True, steps=[1, 2, 5, 10])
            return np.asarray(days.tick_values(low / _DAY_S, high / _DAY_S)) * _DAY_S
        # room for rounding: a tick at the very end is one
        return np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step


class TimeFormatter(Formatter):
    """A duration in the units that people say, no finer than the ticks are apart."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        del pos
        return duration(x)


def duration(seconds: float) -> str:
    """Return a duration as people say it, exact to the millisecond.

    Examples
    --------
    >>> duration(0), duration(90), duration(7200), duration(0.25), duration(200_000)
    ('0', '1 min 30 s', '2 h', '0.25 s', '2 d 7 h 33 min 20 s')
    """
    left = round(abs(seconds), 3)
    parts = []
    for unit, size in _UNITS:
        whole = int((left + 1e-9) // size)
        left -= whole * size
        parts += [f"{whole:,} {unit}"] if whole else []
    left = round(left, 3)
    parts += [f"{left:.3f}".rstrip("0").rstrip(".") + " s"] if left else []
    return ("−" if seconds < 0 and parts else "") + " ".join(parts) if parts else "0"


def about(seconds: float) -> str:
    """Return a duration for a sentence: its two largest units.

    Examples
    --------
    >>> about(273.456), about(9.96), about(3723), about(0.01)
    ('4 min 33 s', '10 s', '1 h 2 min', '0.01 s')
    """
    for size, kept in ((_DAY_S, 3600), (3600, 60), (60, 1), (1, 0.1)):
        if seconds >= size:
            return duration(round(seconds / kept) * kept)
    return duration(seconds)


def time_axis(ax: Axes, end_s: float, label: str = "time since the operation was created") -> None:
    """Make the x axis one of time, from 0 to an instant in seconds."""
    ax.set_xlim(0, end_s)
    ax.xaxis.set_major_locator(TimeLocator())
    ax.xaxis.set_major_formatter(TimeFormatter())
    ax.set_xlabel(label)


def users_axis(axis: Any, label: str, most: int = 7) -> None:
    """Make an axis one of whole users, with separated thousands."""
    axis.set_major_locator(MaxNLocator(nbins=most, integer=True, min_n_ticks=1, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.set_label_text(label)


def share_axis(axis: Any, label: str) -> None:
    """Make an axis one of shares, in per cent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    axis.set_label_text(label)


def percent(share: float) -> str:
    """Return a share in per cent, with no more digits than it needs.

    Examples
    --------
    >>> percent(0.25), percent(0.125), percent(1), percent(0.0005)
    ('25 %', '12.5 %', '100 %', '0.05 %')
    """
    return f"{float(f'{share * 100:.4g}'):g} %"


# words --------------------------------------------------------------------------------------------


def heading(ax: Axes, text: str) -> None:
    """Write a title where the eye begins."""
    ax.set_title(text, loc="left", fontsize="medium", color=ink(ax), pad=8)


def legend(ax: Axes, handles: Sequence[Any], *, title: str | None = None) -> None:
    """Put a legend beside the axes, where it covers nothing."""
    if not handles:
        return
    made = ax.legend(
        handles=handles, title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0,
        frameon=False, labelcolor=ink(ax), fontsize="small", title_fontsize="small", alignment="left",
    )  # fmt: skip
    made.get_title().set_color(ink(ax))
