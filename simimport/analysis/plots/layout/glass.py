"""A magnifying glass: small axes upon others, to draw again what is too small to be seen there.

Is seen only where it has room. What is in it, the picture says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import ConnectionPatch, Rectangle

from simimport.analysis.plots.layout.ink import ink, paper
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.layout.ticks import (
    CountLocator,
    TimeFormatter,
    TimeLocator,
    Worded,
    count_in_words,
)
from simimport.show.words import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simimport.analysis.plots.layout.room import Room

__all__ = ["Glass", "magnifier"]

# smaller than this, in inches, it would show nothing
_LEAST = (1.25, 0.7)
# of paper around what it says, in inches
_MARGIN = 0.03

Box = tuple[float, float, float, float]


class Glass:
    """Axes of time and users upon others, and what leads the eye there."""

    def __init__(self, ax: Axes, place: Box, *, on_paper: bool) -> None:
        self.place = place
        self.ax: Axes = ax.inset_axes(place, zorder=5)
        self.ax.set_facecolor(paper(ax))
        self.ax.tick_params(labelsize="x-small", colors=ink(ax), length=2)
        self.ax.spines[:].set_color(ink(ax))
        self._leads: list[Any] = []
        self._paper: Rectangle | None = None
        if on_paper:
            self._paper = Rectangle((0, 0), 0, 0, color=paper(ax), linewidth=0, transform=ax.transAxes)
            self._paper.set_zorder(4.9)
            ax.add_patch(self._paper)
            self._leads.append(self._paper)

    def look_at(self, box: tuple[float, float, float, float], *, ticks: int = 4) -> None:
        """Show what lies in a box (left, low, right, high), in which time counts from its left side."""
        begin_s, low, end_s, high = box
        self.ax.set_xlim(begin_s, end_s)
        self.ax.set_ylim(low, high)
        self.ax.xaxis.set_major_locator(TimeLocator(ticks, begin_s))
        self.ax.xaxis.set_major_formatter(TimeFormatter(begin_s))
        self.ax.yaxis.set_major_locator(CountLocator(ticks))
        self.ax.yaxis.set_major_formatter(Worded(count_in_words))
        self.ax.set_xlabel(
            f"after {duration(begin_s)}",
            fontsize="x-small",
            color=self.ax.spines["left"].get_edgecolor(),
            labelpad=1,
        )

    def lead_from(
        self, ax: Axes, box: tuple[float, float, float, float], corner: tuple[float, float]
    ) -> None:
        """Frame what is magnified (left, low, right, high), and lead from its corner to the glass's own."""
        left, low, right, high = box
        color = ink(ax)
        frame = Rectangle(
            (left, low), right - left, high - low, fill=False, edgecolor=color, linewidth=0.8, zorder=4
        )
        begin = (right if corner[0] < 0.5 else left, low if corner[1] > 0.5 else high)
        x, y, width, height = self.place
        end = (x + corner[0] * width, y + corner[1] * height)
        line = ConnectionPatch(begin, end, ax.transData, ax.transAxes, color=color, linewidth=0.8, zorder=4)
        ax.add_patch(frame)
        ax.add_artist(line)
        self._leads += [frame, line]

    def __call__(self, room: Room, renderer: Any) -> None:
        """Show the glass where it has room, and hide it where not."""
        across, up = room.inches()
        seen = self.place[2] * across >= _LEAST[0] and self.place[3] * up >= _LEAST[1]
        self.show(seen=seen)
        if seen and self._paper is not None and (box := self.ax.get_tightbbox(renderer)) is not None:
            margin = _MARGIN * room.ax.figure.dpi
            self._paper.set_bounds(box.padded(margin).transformed(room.ax.transAxes.inverted()).bounds)

    def show(self, *, seen: bool) -> None:
        """Show or hide it, with what leads there."""
        for artist in (self.ax, *self._leads):
            artist.set_visible(seen)


def magnifier(ax: Axes, place: Box, *, on_paper: bool = False) -> Glass:
    """Return a magnifying glass upon axes: left, bottom, width and height are shares of theirs.

    On paper, where what it says beside itself could not be read upon what is drawn there.
    """
    glass = Glass(ax, place, on_paper=on_paper)
    room_of(ax).hooks.append(glass)
    return glass
