"""The room that axes have, and what fits the words of a picture into it whenever it is laid out or drawn.

How large axes are is known only then: a layout, a window or a saved file may change it. Matplotlib asks
the locator of axes each time, which is the one public place to be asked before anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simimport.analysis.plots.layout.wording import fold, is_cut, literal, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

__all__ = ["Room", "room_of"]

# letters of these sizes, in cells of a grid of at least so many inches across and up
_SIZES = ((4.3, 2.4), (2.9, 1.6))
_NAMES = ("medium", "small", "x-small", "x-small")
_MOST_LINES = 3
# of the label of an axis fewer letters than these say nothing, and are left out
_LEAST = 6
# of the room for words so much is used, so that they still fit when a layout has made it a little smaller
_SPARE = {"title": 0.94, "x": 0.9, "y": 0.85}
# a line is so high, relative to the size of its letters
_LINE = 1.25


@dataclass
class _Words:
    """A title or the label of an axis: in full, a shorter form of it, and what was last made of it."""

    text: Text
    full: str
    short: str
    last: str
    kind: str
    room: float = 0.0
    most: int = 0


class Room:
    """Fits what axes say to the room that they have; made by `room_of`."""

    def __init__(self, ax: Axes) -> None:
        self.ax = ax
        self.hooks: list[Callable[[Room, Any], None]] = []
        #: What was drawn here: the kind of each picture, its label, and what its title would say.
        self.drawn: list[tuple[str, str | None, str]] = []
        self.limits: dict[str, tuple[float, float]] = {}
        self.handles: list[Any] = []
        self.legend: Any = None
        self.columns = 1
        #: Where the legend was put last: beside, inside, below or nowhere.
        self.place = ""
        #: Which part of the width the label of the x axis has, asked when it is fitted; None for all of it.
        self.part: Callable[[], float] | None = None
        #: The room of the axes that these are a part of, such as those of a scale of colours.
        self.within: Room | None = None
        self._words: dict[str, _Words] = {}
        self._before: Any = ax.get_axes_locator()
        # axes that are cleared get another one
        self._patch = ax.patch
        self._fitted: object = None
        self._step = 0
        self._fitting = False

    def __call__(self, ax: Any, renderer: Any) -> Bbox:
        """Return where the axes are, as their locator; what they say fits from then on."""
        # of axes that lie on others, these are given: what is meant are always our own
        place = self.ax.get_position(original=True) if self._before is None else self._before(ax, renderer)
        if self.is_of(self.ax) and not self._fitting:
            self._fitting = True
            try:
                self.ax.apply_aspect(place)
                self._fit(renderer)
            finally:
                self._fitting = False
        return place

    def get_subplotspec(self) -> Any:
        """Return the place in a grid, which layouts ask a locator for, where there is one."""
        return self.ax.get_subplotspec()

    def is_of(self, ax: Axes) -> bool:
        """Return whether the axes are as they were, and not cleared since."""
        return self._patch is ax.patch

    # how large it is ------------------------------------------------------------------------------

    def inches(self) -> tuple[float, float]:
        """Return the width and the height of the axes."""
        box, dpi = self.ax.bbox, self.ax.figure.dpi
        return box.width / dpi, box.height / dpi

    def cell(self) -> tuple[float, float]:
        """Return the width and the height, in inches, of what a grid gives the axes and what is beside."""
        figure: Any = self.ax.figure
        across, up = figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi
        spec = self.ax.get_subplotspec()
        if spec is None:
            width, height = self.inches()
            return min(width * 1.25, across), min(height * 1.3, up)
        top = spec.get_topmost_subplotspec()
        for part in (top, spec) if top is not spec else (spec,):
            grid = part.get_gridspec()
            across *= _share(grid.get_width_ratios(), part.colspan)
            up *= _share(grid.get_height_ratios(), part.rowspan)
        return across, up

    def step(self) -> int:
        """Return how many sizes smaller letters are here than alone in a figure: none, one or two."""
        if self.within is not None:
            return self.within.step()
        across, up = self.cell()
        return sum(across < width or up < height for width, height in _SIZES)

    def letters(self, size: int = 0) -> str:
        """Return the name of a size of letters: 0 for titles and axes, 1 for what is beside them."""
        return _NAMES[min(self.step() + size, 3)]

    def is_alone(self) -> bool:
        """Return whether no other axes stand beside these, in their rows."""
        spec = self.ax.get_subplotspec()
        mine = self.ax.get_position()
        for other in self.ax.figure.axes:
            place = other.get_position()
            if other is self.ax or place.y1 <= mine.y0 or place.y0 >= mine.y1:
                continue
            if other.get_subplotspec() is not None or spec is None:
                return False
        return True

    # words ----------------------------------------------------------------------------------------

    def write(self, kind: str, text: Text, full: str, short: str = "") -> None:
        """Keep a title (``title``) or a label (``x``, ``y``) within its room from now on."""
        text.set_text(literal(full))
        self._words[kind] = _Words(text, literal(full), literal(short), text.get_text(), kind)

    def count(self, kind: str) -> int:
        """Return how many pictures of a kind there are on the axes."""
        return sum(drawn[0] == kind for drawn in self.drawn)

    # fitting --------------------------------------------------------------------------------------

    def _fit(self, renderer: Any) -> None:
        """Fit everything, unless nothing has changed since the last time."""
        if self._state() == self._fitted:
            return
        if self.step() != self._step:
            self._step = self.step()
            self.ax.tick_params(labelsize=self.letters())
        for words in self._words.values():
            self._fit_words(words, renderer)
        for hook in self.hooks:
            hook(self, renderer)
        self._fitted = self._state()

    def _state(self) -> object:
        """Return what the fitting depends on."""
        ax = self.ax
        return (
            ax.bbox.bounds, ax.figure.bbox.bounds, ax.figure.dpi, ax.get_xlim(), ax.get_ylim(),
            [(words.text.get_text(), words.text.get_fontsize()) for words in self._words.values()],
            len(ax.get_children()), id(ax.get_legend()), len(self.hooks),
        )  # fmt: skip

    def _fit_words(self, words: _Words, renderer: Any) -> None:
        text = words.text
        if text.get_text() != words.last or not words.full:
            return  # somebody else's now
        if self.step():
            text.set_fontsize(self.letters())
        font, figure = text.get_fontproperties(), self.ax.figure
        line = float(text.get_fontsize()) * _LINE / 72 * figure.dpi

        def width_of(part: str) -> float:
            return float(renderer.get_text_width_height_descent(plain(part), font, ismath=False)[0])

        room, most = self._room_for(words.kind, line)
        # a layout measures and then moves the axes: lines that have a little room to spare stay as they were
        if words.most == most and words.room <= room <= words.room * 1.4:
            return
        room *= _SPARE[words.kind]
        words.room, words.most = room, most
        fitted = words.full
        if "\n" in words.full or width_of(words.full) > room:
            fitted = fold(words.full, room, most, width_of)
            if words.short and is_cut(fitted, words.full):
                fitted = fold(words.short, room, most, width_of)
            shortest = min(map(len, fitted.split("\n")))
            if words.kind != "title" and shortest < _LEAST and fitted.endswith("\N{HORIZONTAL ELLIPSIS}"):
                fitted = ""
        text.set_text(fitted)
        words.last = fitted

    def _room_for(self, kind: str, line: float) -> tuple[float, int]:
        """Return how wide lines of words may be, in pixels, and how many there may be of them."""
        box, figure = self.ax.bbox, self.ax.figure
        across, up = (inches * figure.dpi for inches in self.cell())
        if kind == "y":
            # What is around the axes may leave them little more than half of a figure, and less of a cell in
            # a grid: a label that is folded only then has no room beside them.
            share = 0.55 if up > 0.9 * figure.bbox.height else 0.42
            return min(box.height, share * up), 2 if across > 12 * line else 1
        most = min(max(int(up * 0.22 / line), 1), _MOST_LINES)
        if kind == "x":
            return box.width * (1.0 if self.part is None else self.part()), min(most, 2)
        # alone, a title may go on above the legend
        right = figure.bbox.x1 - 0.01 * figure.bbox.width if self.is_alone() else box.x1
        return max(right - box.x0, box.width), most


def _share(ratios: Any, span: range) -> float:
    """Return which share of a grid's columns or rows a part of it has."""
    return float(sum(ratios[place] for place in span) / sum(ratios))


def room_of(ax: Axes) -> Room:
    """Return the room of axes, the same one each time until they are cleared."""
    there: Any = ax.get_axes_locator()
    if isinstance(there, Room):
        if there.is_of(ax):
            return there
        ax.set_axes_locator(there._before)
    room = Room(ax)
    ax.set_axes_locator(room)
    return room
