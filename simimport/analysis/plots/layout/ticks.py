"""Ticks as many as there is room for: of time, of whole things, of shares, of names.

Says what an instant, a count and a share are called. Knows no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axis import XAxis
from matplotlib.ticker import Formatter, Locator, MaxNLocator

from simimport.analysis.plots.layout.wording import literal, plain
from simimport.show.ticks import round_instants
from simimport.show.words import duration, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CountLocator", "NameFormatter", "NameLocator", "ShareLocator", "Thinned", "TimeFormatter", "TimeLocator",
    "Worded", "count_in_words", "share_in_words",
]  # fmt: skip

# a letter is so wide, and letters and lines lie so far apart, relative to the size of the letters
_LETTER, _GAP, _LINE = 0.62, 1.0, 1.35


def fit_between(axis: Any, values: Any, air: float = 1.0) -> bool:
    """Return whether the words of ticks stay apart, with so much air, on an axis as long as it now is."""
    if len(values) < 2:
        return True
    size, length = _letters_and_length(axis)
    scale = axis.get_transform()
    begin, end = scale.transform(np.asarray(axis.get_view_interval(), dtype=float))
    places = (scale.transform(np.asarray(values, dtype=float)) - begin) / ((end - begin) or 1.0) * length
    apart = np.abs(np.diff(places))
    if not isinstance(axis, XAxis):
        return bool((apart >= air * _LINE * size).all())
    labels = axis.get_major_formatter().format_ticks(list(values))
    widths = np.array([max(map(len, plain(label).split("\n"))) for label in labels]) * _LETTER * size
    return bool((apart >= (widths[1:] + widths[:-1]) / 2 + air * _GAP * size).all())


def _letters_and_length(axis: Any) -> tuple[float, float]:
    """Return the size of an axis's letters and its length, in points."""
    box = axis.axes.bbox
    pixels = box.width if isinstance(axis, XAxis) else box.height
    return axis.get_major_ticks(1)[0].label1.get_size(), pixels / axis.axes.figure.dpi * 72


class _Spaced(Locator):
    """Ticks with at most so many steps between them, and fewer where their words would meet."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._last = most

    def between(self, low: float, high: float, most: int) -> Any:
        """Return ticks from one value to another, with so many steps between them at most."""
        raise NotImplementedError

    def __call__(self) -> Any:
        """Return the ticks in view."""
        low, high = sorted(self.axis.get_view_interval())  # type: ignore[union-attr]  # None before it is used
        for most in range(self.most, 0, -1):
            values = self._in_view(low, high, most)
            # a layout measures and then moves the axes: as many as before are kept if they nearly fit
            if fit_between(self.axis, values, 1.0 + 0.25 * np.sign(most - self._last)):
                self._last = most
                return values
        return values[:1]

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the ticks between two values, as many as may be."""
        return self._in_view(min(vmin, vmax), max(vmin, vmax), self.most)

    def _in_view(self, low: float, high: float, most: int) -> Any:
        values = np.asarray(self.between(low, high, most), dtype=float)
        hair = 1e-9 * (high - low)
        return values[(values >= low - hair) & (values <= high + hair)]


class TimeLocator(_Spaced):
    """Ticks at whole seconds, minutes, hours or days: at most so many; counted from an instant."""

    def __init__(self, most: int = 9, origin_s: float = 0.0) -> None:
        super().__init__(most)
        self.origin_s = origin_s

    def between(self, low: float, high: float, most: int) -> Any:
        """Return round instants."""
        instants = round_instants(low - self.origin_s, high - self.origin_s, most)
        return self.origin_s + np.asarray(instants)


class CountLocator(_Spaced):
    """Ticks at whole numbers."""

    def __init__(self, most: int = 7) -> None:
        super().__init__(most)

    def between(self, low: float, high: float, most: int) -> Any:
        """Return round whole numbers."""
        # of less than two whole numbers there is nothing to round
        if high - low < 2:
            return np.arange(np.ceil(low), np.floor(high) + 1)
        whole = MaxNLocator(nbins=most, integer=True, min_n_ticks=1, steps=[1, 2, 2.5, 5, 10])
        return whole.tick_values(low, high)


class ShareLocator(_Spaced):
    """Ticks at round numbers, such as shares."""

    def __init__(self, most: int = 8) -> None:
        super().__init__(most)

    def between(self, low: float, high: float, most: int) -> Any:
        """Return round numbers."""
        return MaxNLocator(nbins=most, min_n_ticks=1, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)


class Thinned(Locator):
    """The ticks of another locator, or every second, third and so on of them, till their words stay apart."""

    def __init__(self, locator: Locator) -> None:
        self.locator = locator

    def set_axis(self, axis: Any) -> None:
        """Tell both whose ticks they are."""
        super().set_axis(axis)
        self.locator.set_axis(axis)

    def __call__(self) -> Any:
        """Return the ticks in view."""
        low, high = sorted(self.axis.get_view_interval())  # type: ignore[union-attr]  # None before it is used
        values = np.asarray(self.locator(), dtype=float)
        values = values[(values >= low) & (values <= high)]
        step = 1
        while step < len(values) and not fit_between(self.axis, values[::step]):
            step += 1
        return values[::step]

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return all ticks between two values."""
        return self.locator.tick_values(vmin, vmax)


class NameLocator(Locator):
    """A tick for each of so many names, or for every second, third and so on where they are too many."""

    def __init__(self, names: int) -> None:
        self.names = names

    def __call__(self) -> Any:
        """Return the places of the names that are written."""
        places = np.arange(self.names, dtype=float)
        step = 1
        while step < self.names and not fit_between(self.axis, places[::step]):
            step += 1
        return places[::step]

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the places of all names."""
        del vmin, vmax
        return np.arange(self.names, dtype=float)


class NameFormatter(Formatter):
    """Names at 0, 1, 2 and so on: whole where they have room, else their beginnings."""

    #: Of a name fewer letters than this say nothing.
    LEAST = 7

    def __init__(self, names: Sequence[str]) -> None:
        self.names: list[str] = list(names)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return a name, or as much of it as its place has room for."""
        del pos
        place = round(x)
        if not 0 <= place < len(self.names) or abs(x - place) > 1e-6:
            return ""
        name, most = self.names[place], self._most_letters()
        return literal(name if len(name) <= most else f"{name[: most - 1]}\N{HORIZONTAL ELLIPSIS}")

    def _most_letters(self) -> int:
        axis: Any = self.axis
        if axis is None:
            return 1000
        size, length = _letters_and_length(axis)
        if not isinstance(axis, XAxis):
            # beside the axes names may have a third of their width
            room = axis.axes.bbox.width / axis.axes.figure.dpi * 72 / 3
        else:
            low, high = sorted(axis.get_view_interval())
            room = length / max(high - low, 1e-9) - _GAP * size
        return max(int(room / (_LETTER * size)), self.LEAST)


class Worded(Formatter):
    """Ticks as a function says their values; unlike one made on the spot, it can be pickled."""

    def __init__(self, form: Callable[[float], str]) -> None:
        self.form = form

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        del pos
        return literal(self.form(x))


class TimeFormatter(Formatter):
    """A duration in the units that people say, no finer than the ticks are apart; 0 needs no unit.

    Where instants are counted from another one than 0, the first says nothing but that, and others say
    how much later they are.
    """

    def __init__(self, origin_s: float = 0.0) -> None:
        self.origin_s = origin_s

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        del pos
        since_s = round(x - self.origin_s, 6)
        if not since_s:
            return "0"
        sign = "+" if self.origin_s and since_s > 0 else ""
        return sign + duration(since_s, exact=True)


def count_in_words(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return number(value)


def share_in_words(value: float) -> str:
    """Return a share in per cent."""
    # a tick is a multiple of a step: what makes it a hair more than all comes from rounding
    return percent(round(value, 9))
