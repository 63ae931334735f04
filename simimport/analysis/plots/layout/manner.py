"""How a caller wants a picture to look: label and colour of its main artist, legend, title and the rest.

Refuses what cannot be before anything is drawn. Draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib.artist import ArtistInspector
from matplotlib.cbook import normalize_kwargs
from matplotlib.colors import is_color_like

from simimport.errors import ParameterError, suggestion
from simimport.show.palette import STATE_COLORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simimport.analysis.plots.layout.room import Room

__all__ = ["Manner", "manner"]

#: The colours of the second picture of a kind on the same axes, of the third, and so on.
_NEXT = tuple(
    STATE_COLORS[state] for state in ("canceled", "done", "loading", "error", "new", "ready", "none")
)


@dataclass(frozen=True)
class Manner:
    """What a caller asks of a picture's look; None where it is left to the picture."""

    label: str | None = None
    color: Any = None
    legend: bool | str = True
    title: str | None = None
    given: dict[str, Any] = field(default_factory=dict)

    def style(self, **usual: Any) -> dict[str, Any]:
        """Return the usual style of the main artist, with what was given instead."""
        return {**usual, **self.given}

    def color_on(self, room: Room, kind: str, usual: Any) -> Any:
        """Return the colour asked for, or the usual one of a kind of picture; of its second, another."""
        if self.color is not None:
            return self.color
        others = [color for color in _NEXT if color != usual]
        before = room.count(kind)
        return usual if not before else others[(before - 1) % len(others)]

    def label_on(self, room: Room, kind: str, usual: str) -> str:
        """Return the label asked for, or the usual one of a kind; of its second picture, with its number."""
        if self.label is not None:
            return self.label
        before = room.count(kind)
        return f"{usual}, {before + 1}" if before else usual

    def prefixed(self, room: Room, kind: str, usual: str) -> str:
        """Return one of several labels, which are told from those of another picture by what goes before."""
        before = room.count(kind)
        prefix = self.label if self.label is not None else str(before + 1) if before else ""
        return f"{prefix}: {usual}" if prefix else usual


def manner(
    artist: type[Any],
    given: Mapping[str, Any],
    *,
    label: object,
    color: object,
    legend: object,
    title: object,
) -> Manner:
    """Return how a picture is to look, whose main artist is of a class.

    Raises
    ------
    ParameterError
        If the colour is none, a text is none, or the artist has no such property.
    """
    for name, value in (("label", label), ("title", title)):
        if value is not None and not isinstance(value, str):
            raise ParameterError(name, value, "a text, or None for the usual one")
    if color is not None and not is_color_like(color):
        raise ParameterError(
            "color", color, "a colour as Matplotlib knows it, such as 'tab:red' or '#1D87C4'"
        )
    if not isinstance(legend, (bool, str)):
        raise ParameterError("legend", legend, "True, False, or a place such as 'upper left'")
    if isinstance(legend, str) and legend not in _PLACES:
        raise ParameterError("legend", legend, ", ".join(_PLACES))
    known = _properties(artist)  # type: ignore[arg-type]  # a class can be hashed
    for name in given:
        if name not in known:
            hint = suggestion(name, [*known, "label", "color", "legend", "title"])
            raise ParameterError(
                "a keyword", name, f"the properties of Matplotlib's {artist.__name__}", hint=hint
            )
    style = normalize_kwargs(dict(given), artist)
    return Manner(label, color, legend, title, style)  # type: ignore[arg-type]  # each was looked at


#: Where Matplotlib can put a legend.
_PLACES = (
    "best", "upper right", "upper left", "lower left", "lower right", "right", "center left", "center right",
    "lower center", "upper center", "center",
)  # fmt: skip


@lru_cache
def _properties(artist: type[Any]) -> frozenset[str]:
    """Return the names of what can be set of an artist, the short ones too."""
    found = ArtistInspector(artist)
    short = {alias for aliases in found.aliasd.values() for alias in aliases}
    return frozenset({*found.get_setters(), *short} - {"label", "color", "c"})
