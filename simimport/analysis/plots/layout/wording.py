"""Words in the room that they have: broken into lines, and shortened where those are too many.

Knows no picture: how wide words are is asked of whoever measures them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from simimport.show.words import printable_lines

__all__ = ["fold", "is_cut", "literal", "plain"]

# a number stays with its unit, and minutes with their seconds
_APART = re.compile(r" (?!(?:s|ms|min|h|d)\b|%|(?<=\d min )\d|(?<=\d h )\d|(?<=\d d )\d)")
_MORE = "\N{HORIZONTAL ELLIPSIS}"


def literal(words: str) -> str:
    r"""Return anybody's text as Matplotlib draws it letter by letter, and not as mathematics between dollars.

    Examples
    --------
    >>> literal("cost in $: a_b$")
    'cost in \\$: a_b\\$'
    """
    return printable_lines(words).replace("$", r"\$")


def plain(words: str) -> str:
    r"""Return what is seen of words that are drawn letter by letter.

    Examples
    --------
    >>> plain(literal("cost in $"))
    'cost in $'
    """
    return words.replace(r"\$", "$")


def fold(words: str, room: float, most: int, width_of: Callable[[str], float]) -> str:
    r"""Return words in lines that fit a room, at most so many; what is too long loses its last clauses.

    Examples
    --------
    >>> fold("500 users: done after 24 s; published 488 imported, 12 failed", 24, 4, len)
    '500 users: done after\n24 s; published 488\nimported, 12 failed'
    >>> fold("500 users: done after 24 s; published 488 imported, 12 failed", 24, 2, len)
    '500 users: done after\n24 s'
    >>> fold("500 users: done after 24 s; published 488 imported, 12 failed", 24, 1, len)
    '500 users: done after…'
    """
    clauses = re.split("(?<=;) ", words)
    for kept in range(len(clauses), 0, -1):
        sentence = " ".join(clauses[:kept])
        lines = _lines(sentence if kept == len(clauses) else sentence.removesuffix(";"), room, width_of)
        if len(lines) <= most and all(width_of(line) <= room for line in lines):
            return "\n".join(lines)
    return "\n".join(_cut(lines, room, most, width_of))


def _lines(words: str, room: float, width_of: Callable[[str], float]) -> list[str]:
    """Return words in as many lines as it takes; a word stays whole."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in _APART.split(paragraph):
            longer = f"{line} {word}" if line else word
            if line and width_of(longer) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _cut(lines: list[str], room: float, most: int, width_of: Callable[[str], float]) -> list[str]:
    """Return the first lines, each within the room, with an ellipsis where something is left out."""
    kept = [_shortened(line, room, width_of) for line in lines[:most]]
    if len(lines) > most and not kept[-1].endswith(_MORE):
        kept[-1] = _shortened(kept[-1] + _MORE, room, width_of)
    return kept


def _shortened(line: str, room: float, width_of: Callable[[str], float]) -> str:
    """Return a line that fits, by whole words if more than half of it is left then."""
    if width_of(line) <= room:
        return line
    cut = line.removesuffix(_MORE)
    while cut and width_of(cut + _MORE) > room:
        cut = cut[:-1].rstrip(" ,;:(\\")
    whole = cut.rpartition(" ")[0].rstrip(" ,;:(\\")
    in_a_word = line[len(cut) : len(cut) + 1].isalnum()
    return (whole if in_a_word and len(whole) > len(cut) / 2 else cut) + _MORE


def is_cut(fitted: str, words: str) -> bool:
    """Return whether something of words is missing in what was made of them."""
    return fitted.replace("\n", " ") != words.replace("\n", " ")
