"""What a reader of people took a file for, in words: a sentence beside the frame, and nobody has to guess.

Reads nothing, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READ_AS", "Understood", "read_as", "with_words"]

#: The key of `frame.attrs` under which the sentence stands.
READ_AS = "read_as"


class Understood(NamedTuple):
    """What was understood of a file, a few words each: ``("semicolons", "header", "412 people")``."""

    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"read as: {', '.join(self.words)}" if self.words else ""


def with_words(frame: pd.DataFrame, words: Iterable[str]) -> pd.DataFrame:
    """Return the same frame, which says from now on how it was read."""
    frame.attrs[READ_AS] = str(Understood(tuple(words)))
    return frame


def read_as(frame: pd.DataFrame) -> str:
    """Return the sentence that a frame carries, or an empty text."""
    return str(frame.attrs.get(READ_AS, ""))
