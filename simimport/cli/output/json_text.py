"""JSON as commands print it: readable, and nothing in it moves a cursor or turns words round.

Decides nothing about what is said. Files get their JSON elsewhere.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["shown_json"]

# what JSON lets through: controls from DEL on, marks of direction, other ends of lines, halves of pairs
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def shown_json(value: Any) -> str:
    r"""Return a value as JSON in lines, the last line's end included.

    Examples
    --------
    >>> print(shown_json({"name": "Zoë" + chr(0x9B) + "2J"}), end="")
    {
      "name": "Zoë\u009b2J"
    }
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
