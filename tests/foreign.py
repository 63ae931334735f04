"""Text as strangers may write it, and what of it may reach nobody's terminal, page or file of commands."""

from __future__ import annotations

import re

__all__ = ["HOSTILE", "LETTERS", "OF_PAGES", "moves"]

#: Controls of both halves of Latin-1, marks of direction, other ends of lines, and halves of pairs.
_MOVES = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
#: What HTML and Markdown would take for their own.
OF_PAGES = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>&lt;'`[a](script:b)"
#: Single letters to mix.
LETTERS = (
    "a<>&\"'`$\\%=@:;,\x1b\x07\r\t\x7f\x80\x9b\x9d"
    "\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"
)
#: Everything at once; names of files cannot have a slash.
HOSTILE = f"a{LETTERS}\x1b[2J\x9b2J\x1b]0;b\x07{OF_PAGES}".replace("/", "")


def moves(text: str) -> str:
    """Return the first of a text that would move a cursor or turn words round, and what is about it."""
    found = _MOVES.search(text)
    return repr(text[max(found.start() - 40, 0) : found.start() + 20]) if found else ""
