"""Text laid out for a terminal: how wide it is, cut, padded, wrapped, and in columns.

Pure functions from text to text. Knows no streams and no colours; what is said is made in `show/words`.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

__all__ = ["NO_BREAK", "columns", "cut", "pad", "width_of", "wrapped"]

#: A space at which `wrapped` breaks no line.
NO_BREAK = "\N{NO-BREAK SPACE}"
_LEAST = 8
# what belongs together in "4 min 33.5 s" and in "25 %"
_AFTER_NUMBER = re.compile(r"(?<=\d) (?=(?:ms|s|min|h|d)\b|%)")
_BETWEEN_UNITS = re.compile(rf"(?<=\d{NO_BREAK})(min|h|d) (?=\d)")


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes; those of East Asia take two each."""
    return sum(_width_of_letter(letter) for letter in text)


def _width_of_letter(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Return a text of at most `width` columns, ending in an ellipsis where it was longer."""
    if width_of(text) <= width:
        return text
    kept, used = "", 1
    for letter in text:
        used += _width_of_letter(letter)
        if used > width:
            break
        kept += letter
    return kept + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled up with spaces to `width` columns."""
    spaces = " " * (width - width_of(text))
    return spaces + text if right else text + spaces


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return a text in lines of at most `width` letters; a number stays on one line with its unit.

    Parameters
    ----------
    text : str
        Broken at its spaces, but for `NO_BREAK`.
    width : int
    first, rest : str
        What the first line begins with, and each other.

    Examples
    --------
    >>> wrapped("stalled for 4 min 33.5 s", 20, first="- ", rest="  ")
    ['- stalled for', '  4 min 33.5 s']
    """
    kept = _BETWEEN_UNITS.sub(rf"\1{NO_BREAK}", _AFTER_NUMBER.sub(NO_BREAK, text))
    lines = textwrap.wrap(
        kept, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    return [line.replace(NO_BREAK, " ") for line in lines]


def columns(
    rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: int = 2, most: int = 10_000
) -> list[str]:
    """Return rows of cells as lines whose columns stand one below the other.

    Parameters
    ----------
    rows : sequence of sequences of str
        All of one length.
    right : sequence of int
        The columns that end at the right: numbers, which are never cut.
    gap, most : int
        Spaces between columns, and the widest that a line may be: the widest columns of words are cut to
        that, as far as something is left of them.
    """
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    words = [place for place in range(len(widths)) if place not in right]
    while words and sum(widths) + gap * (len(widths) - 1) > most:
        widest = max(words, key=lambda place: widths[place])
        if widths[widest] <= _LEAST:
            break
        widths[widest] -= 1
    lines = []
    for row in rows:
        cells = [
            pad(cut(cell, width), width, right=place in right)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return lines
