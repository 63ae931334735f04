"""The dashboard's pictures: plots as PNG, in the ink and on the paper of a theme, and where their axes lie.

Draws; what is drawn is computed elsewhere. No widgets.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simimport.errors import ParameterError
from simimport.model.run.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "PIXELS",
    "THEMES",
    "Key",
    "Picture",
    "draw_fan",
    "draw_own",
    "draw_progress",
    "draw_still",
    "theme_of",
]

#: The size of a picture: on the screen it is as wide as its place, in this shape.
PIXELS = (644, 290)
#: The paper and the ink of each theme. What is to be read on any page is clear, in a grey that has a contrast
#: of more than 4 on white and on #111.
THEMES: Mapping[str, tuple[str, str]] = {
    "auto": ("none", "#7c7c7c"),
    "light": ("#ffffff", "#202020"),
    "dark": ("#111111", "#f0f0f0"),
}
_CRISP = 2
_DPI = 78
# given: finding them takes as long as drawing
_MARGINS = {"left": 0.1, "right": 0.97, "bottom": 0.135, "top": 0.975}
_MARGINS_OF_STILLS = {"left": 0.105, "right": 0.745, "bottom": 0.135, "top": 0.92}
# Both take a tenth off the time of a picture. Our titles need not be measured against ticks above the axes,
# of which there are none; and letters of twice the dots are sharp without being fitted to them.
_QUICK: Mapping[Any, Any] = {"axes.titley": 1.0, "text.hinting": "none"}
_BARE: Mapping[str, Any] = {"legend": False, "title": ""}
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")


def theme_of(name: object) -> str:
    """Return the name of a theme, if there is such a theme."""
    if not isinstance(name, str) or name not in THEMES:
        raise ParameterError("theme", name, "auto, light or dark")
    return name


class Key(NamedTuple):
    """What a colour means in a picture: of a line, an area or a dot, in CSS's words."""

    kind: str
    color: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot over time, what it says, and where its axes lie in it.

    Parameters
    ----------
    png : bytes
        The picture, with twice the pixels of `PIXELS` so that it is crisp. It has no title and no legend:
        the page says these, in letters that stay as large where the picture is small.
    title : str
        What the title would say.
    keys : tuple of Key
        What the legend would.
    left, right : float
        Where the instants `begin_s` and `end_s` lie, as shares of the width.
    top, bottom : float
        Where the axes begin and end, as shares of the height, from above.
    begin_s, end_s : float
        The instants, in seconds.
    """

    png: bytes
    title: str
    keys: tuple[Key, ...]
    left: float
    right: float
    top: float
    bottom: float
    begin_s: float
    end_s: float

    def place(self, at_s: float) -> float:
        """Return where an instant lies, as a share of the width."""
        share = (at_s - self.begin_s) / (self.end_s - self.begin_s)
        return self.left + share * (self.right - self.left)


def draw_progress(run: Run, theme: str) -> Picture:
    """Return the picture of one run's progress."""
    from simimport.analysis import plots

    with _figure(theme, _QUICK) as figure:
        return _picture(figure, plots.progress(run, ax=figure.subplots(), **_BARE), run.duration_s)


def draw_still(run: Run, theme: str) -> bytes:
    """Return as PNG the same with its title and its legend, for where there is no page around it."""
    from simimport.analysis import plots

    with _figure(theme, _QUICK, _MARGINS_OF_STILLS) as figure:
        plots.progress(run, ax=figure.subplots())
        return _png(figure)


def draw_fan(runs: list[Run], theme: str) -> Picture:
    """Return the picture of the progress of many runs."""
    from simimport.analysis import plots

    with _figure(theme, _QUICK) as figure:
        end_s = max(run.duration_s for run in runs)
        return _picture(figure, plots.fan(runs, ax=figure.subplots(), **_BARE), end_s)


def draw_own(panel: Callable[[Any, Axes], object], view: object, theme: str) -> bytes:
    """Return as PNG what somebody's own function draws of a view."""
    with _figure(theme, {}) as figure:
        # nobody knows what it needs room for
        figure.set_layout_engine("constrained")
        panel(view, figure.subplots())
        return _png(figure)


@contextmanager
def _figure(
    theme: str, style: Mapping[Any, Any], margins: Mapping[str, float] = _MARGINS
) -> Iterator[Figure]:
    """Give an empty figure; until the block ends, what is drawn is in a theme's ink, and a style."""
    from matplotlib import rc_context

    # not through pyplot, which would keep it
    from matplotlib.figure import Figure

    paper, ink = THEMES[theme]
    inches = (PIXELS[0] / _DPI, PIXELS[1] / _DPI)
    inked: dict[Any, Any] = {**dict.fromkeys(_INKED, ink), "axes.facecolor": paper, "figure.facecolor": paper}
    with rc_context({**inked, **style}):
        figure = Figure(figsize=inches, dpi=_DPI * _CRISP)
        figure.subplots_adjust(**margins)
        yield figure


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    # the network is the same machine more often than not: packing harder takes longer than sending
    # not savefig, which draws everything twice
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(file, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return file.getvalue()


def _picture(figure: Figure, axes: Axes, end_s: float) -> Picture:
    from simimport.analysis.plots.layout.room import room_of

    png, end_s, room = _png(figure), end_s or 1.0, room_of(axes)
    width, height = figure.bbox.size
    left, right = axes.transData.transform([(0.0, 0.0), (end_s, 0.0)])[:, 0]
    box = axes.get_window_extent()
    return Picture(
        png=png, title=room.drawn[-1][-1], keys=tuple(map(_key, room.handles)),
        left=float(left / width), right=float(right / width),
        top=float(1 - box.y1 / height), bottom=float(1 - box.y0 / height), begin_s=0.0, end_s=end_s,
    )  # fmt: skip


def _key(handle: Any) -> Key:
    """Return what an artist means."""
    from matplotlib.colors import to_hex
    from matplotlib.lines import Line2D

    if isinstance(handle, Line2D):
        kind = "dot" if handle.get_linestyle() == "None" else "line"
        color = handle.get_color()
    else:
        kind, color = "area", np.reshape(handle.get_facecolor(), (-1, 4))[0]
    return Key(kind, to_hex(color, keep_alpha=True), str(handle.get_label()).replace("\n", " "))
