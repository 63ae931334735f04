"""A small chart of published progress against time, in the letters of a terminal.

Draws what it is given, eight levels to a line. Knows no run: what stalled and how it ended
is said by `run_summary`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simimport.show.ticks import round_step
from simimport.show.words import duration, percent

__all__ = ["Curve", "chart"]

_ROWS = 8
_LEVELS = 8 * _ROWS
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LEFT = 7  # "100 % ┤"
_LABEL = 12  # columns that a label of the time axis needs, with its gap

Paint = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn.

    Parameters
    ----------
    at_s : sequence of float
        When something was published, in order.
    completed, error : sequence of float
        The shares of all users published from then on, from 0 to 1.
    end_s : float
        Where the axis ends.
    run_s : float
        When the importing began; before it the axis is thin.
    stalls : sequence of (float, float)
        From when to when it stalled.
    mark, colour : str
        What stands at the end of the curve, and its colour.
    """

    at_s: Sequence[float]
    completed: Sequence[float]
    error: Sequence[float]
    end_s: float
    run_s: float
    stalls: Sequence[tuple[float, float]]
    mark: str
    colour: str


def chart(curve: Curve, width: int, paint: Paint | None = None) -> list[str]:
    """Return the lines of the chart, none wider than `width`.

    Parameters
    ----------
    curve : Curve
        What is drawn.
    width : int
        In columns, at least 40.
    paint : callable, optional
        Takes a text and a colour, such as ``red`` or ``red on green``, and returns the text in it. Without
        colours, cells in which most users failed are drawn as ``▒``.
    """
    plot = width - _LEFT - 3
    columns = [_heights_at(curve, (column + 1) / plot * curve.end_s) for column in range(plot)]
    last = sum(columns[-1])
    lines = []
    for row in range(_ROWS - 1, -1, -1):
        label = percent((row + 1) / _ROWS) if row % 2 else ""
        cells = "".join(_cell_letter(done, failed, row * 8, paint) for done, failed in columns)
        mark = ""
        if max(last - 1, 0) // 8 == row:
            mark = " " + (paint(curve.mark, curve.colour) if paint else curve.mark)
        lines.append(f"{label:>5} {'┤' if label else '│'}{cells}{mark}".rstrip())
    return [*lines, *_axis_lines(curve, plot, paint)]


def _heights_at(curve: Curve, at_s: float) -> tuple[int, int]:
    """Return how many levels high the completed and the failed stand at an instant."""
    # an instant is a product of floats: the last column is to see the last change
    index = bisect_right(curve.at_s, at_s * (1 + 1e-12)) - 1
    if index < 0:
        return 0, 0
    completed, error = curve.completed[index], curve.error[index]
    both = _height_of(completed + error)
    # the smaller part is shown as soon as it is there, where both have room
    failed = min(_height_of(error), both)
    if completed and failed == both > 1:
        failed -= 1
    return both - failed, failed


def _height_of(share: float) -> int:
    """Return the level of a share: something is never nothing, and nearly all is never all."""
    if share <= 0 or share >= 1:
        return _LEVELS if share >= 1 else 0
    return min(max(round(share * _LEVELS), 1), _LEVELS - 1)


def _cell_letter(done: int, failed: int, low: int, paint: Paint | None) -> str:
    """Return the letter of one cell, whose lowest level is `low`: the failed below, the completed on top."""
    red = min(max(failed - low, 0), 8)
    both = min(max(done + failed - low, 0), 8)
    if not both:
        return " "
    mostly_red = 2 * red > both
    if paint is None:
        return "▒" if mostly_red and both > 4 else _EIGHTHS[both]
    if red and both == 8 > red:
        return paint(_EIGHTHS[red], "red on green")
    return paint(_EIGHTHS[both], "red" if mostly_red else "green")


def _axis_lines(curve: Curve, plot: int, paint: Paint | None) -> list[str]:
    """Return the time axis, thick where it stalled, and its labels."""
    # labels so far apart that they have room
    step = round_step(curve.end_s * _LABEL / plot)
    per_s = plot / curve.end_s
    numbers = range(1, int(curve.end_s / step) + 1)
    ticks = {min(round(number * step * per_s), plot): number * step for number in numbers}
    stalled = {
        column
        for begin, end in curve.stalls
        for column in range(min(int(begin * per_s), plot - 1), min(int(end * per_s), plot - 1) + 1)
    }
    line, labels = "", ""
    for column in range(plot):
        if column in stalled:
            letter = "┯" if column + 1 in ticks else "━"
            line += paint(letter, "yellow") if paint else letter
        elif column + 1 in ticks:
            line += "┬"
        else:
            line += "─" if column >= int(curve.run_s * per_s) else "╌"
    for column, at_s in sorted(ticks.items()):
        text = duration(at_s)
        begin = column - 1 - len(text) // 2
        if begin > len(labels) and begin + len(text) <= plot + 3:
            labels = labels.ljust(begin) + text
    return [f"{percent(0):>5} ┼{line}", (" " * _LEFT + "0" + labels[1:]).rstrip()]
