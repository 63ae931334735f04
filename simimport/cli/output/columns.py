"""How things are said in a terminal: durations, numbers, shares, and columns of text.

Pure functions from values to text. Knows no streams and no colours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

__all__ = ["clean", "columns", "cut", "duration", "pad", "percent", "width_of"]

_UNITS = (("d", 864_000), ("h", 36_000), ("min", 600))  # in tenths of a second


def duration(seconds: float) -> str:
    """Return a duration as people say it, its two largest units at most.

    Examples
    --------
    >>> duration(273.456), duration(0.01), duration(59.97), duration(3723), duration(200000)
    ('4 min 33.5 s', '10 ms', '1 min', '1 h 2 min', '2 d 8 h')
    """
    if 0 < seconds < 0.9995:
        return f"{_short(seconds * 1000)} ms"
    tenths = round(seconds * 10)
    # hours go with whole minutes and days with whole hours; rounded first, so that nothing reads 24 h
    for begin, step in ((36_000, 600), (864_000, 36_000)):
        if tenths >= begin:
            tenths = round(tenths / step) * step
    for place, (unit, size) in enumerate(_UNITS):
        if tenths < size:
            continue
        smaller, of = ("s", 10) if unit == "min" else _UNITS[place + 1]
        whole, rest = divmod(tenths, size)
        return f"{whole} {unit} {_short(rest / of)} {smaller}" if rest else f"{whole} {unit}"
    return f"{_short(tenths / 10)} s"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def percent(share: float) -> str:
    """Return a share of all in per cent; only nothing is 0 %, and only all are 100 %.

    Examples
    --------
    >>> percent(0.25), percent(0.00001), percent(0.99999), percent(1)
    ('25 %', '0.1 %', '99.9 %', '100 %')
    """
    shown = round(share * 100, 1)
    if 0 < share < 1:
        shown = min(max(shown, 0.1), 99.9)
    return f"{_short(shown)} %"


def clean(text: str) -> str:
    """Return a text of somebody else's on one line, without what would move the cursor or hide words.

    Examples
    --------
    >>> print(clean("Zoë" + chr(27) + "[2J"))
    Zoë�[2J
    """
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes; those of East Asia take two each."""
    return sum(_columns_of(letter) for letter in text)


def _columns_of(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Return a text of at most `width` columns, ending in an ellipsis where it was longer."""
    if width_of(text) <= width:
        return text
    kept, used = "", 1
    for letter in text:
        used += _columns_of(letter)
        if used > width:
            break
        kept += letter
    return kept + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return a text filled up with spaces to `width` columns."""
    spaces = " " * (width - width_of(text))
    return spaces + text if right else text + spaces


def columns(
    rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: int = 2, most: int = 10_000
) -> list[str]:
    """Return rows of cells as lines whose columns stand one below the other.

    Parameters
    ----------
    rows : sequence of sequences of str
        All of one length.
    right : sequence of int
        The columns that end at the right, such as numbers.
    gap, most : int
        Spaces between columns, and the widest that a line may be: the widest columns are cut to that.
    """
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + gap * (len(widths) - 1) > most and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in rows:
        cells = [
            pad(cut(cell, width), width, right=place in right)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return lines
