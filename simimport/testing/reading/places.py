"""What a reader returns: the answers, where each stands, and how they were understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, overload

from simimport.testing.traces import Recorded

__all__ = ["Places", "Reading"]


class Places(Sequence[tuple[Path, int]]):
    """Of each answer the file, and its line there, from 1.

    Parameters
    ----------
    files : path, or sequence of path
        The one that has all answers, or one for each.
    lines : sequence of int
        Of each answer.
    """

    def __init__(self, files: Path | Sequence[Path], lines: Sequence[int]) -> None:
        self._files, self._lines = files, lines

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, place: int) -> tuple[Path, int]: ...
    @overload
    def __getitem__(self, place: slice) -> Places: ...
    def __getitem__(self, place: int | slice) -> tuple[Path, int] | Places:
        if isinstance(place, slice):
            files = self._files if isinstance(self._files, Path) else self._files[place]
            return Places(files, self._lines[place])
        return self._files if isinstance(self._files, Path) else self._files[place], self._lines[place]


class Reading(NamedTuple):
    """The answers of a file, the line of each, and how they were understood: nothing where that was plain."""

    answers: list[Recorded]
    lines: Sequence[int]
    read_as: str = ""
