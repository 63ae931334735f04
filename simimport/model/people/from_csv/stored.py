"""A long file of UTF-8 that is read piece by piece, as often as it is wanted, and never whole.

Knows nothing of what the text says.
"""

from __future__ import annotations

import os
from pathlib import Path

from simimport.model.people.from_csv.encodings import Utf8, is_marked_otherwise, unmarked

__all__ = ["Stored", "stored"]

#: A shorter file may as well be in memory.
_LONG = 2**22
_PIECE = 2**20
#: As many bytes as marks have, and as many as tell what a file is.
_START, _BEGINNING = 8, 2**20


class Stored:
    """The bytes of a file behind its mark, to be sliced as if they were there.

    Parameters
    ----------
    path : path
    mark : int
        How many bytes the mark has.
    """

    def __init__(self, path: str | os.PathLike[str], mark: int) -> None:
        self._path, self._mark = Path(path), mark
        self._state = self._state_now()
        #: Up to where it is seen to be text.
        self._text_to = 0

    def __len__(self) -> int:
        return self._state[0] - self._mark

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        with self._path.open("rb", buffering=0) as file:
            file.seek(start + self._mark)
            return file.read(max(stop - start, 0))

    def read_into(self, room: bytearray, start: int, stop: int) -> int:
        """Write what stands between two places into a room, and return how much that is."""
        with self._path.open("rb", buffering=0) as file:
            file.seek(start + self._mark)
            return file.readinto(memoryview(room)[: stop - start])

    def has_changed(self) -> bool:
        """Return whether the file is not what it was at first."""
        try:
            return self._state_now() != self._state
        except OSError:
            return True

    def is_text(self, stop: int | None = None) -> bool:
        """Return whether it is UTF-8 without a NUL, up to a place or to its end; what is seen is not read."""
        seen = Utf8()
        stop = len(self) if stop is None else min(stop, len(self))
        for start in range(self._text_to, stop, _PIECE):
            piece = self[start : min(start + _PIECE, stop)]
            if b"\0" in piece or not seen.goes_on_with(piece):
                return False
        if seen.pending and stop == len(self):
            return False
        self._text_to = max(self._text_to, stop - seen.pending)
        return True

    def seen_to_be_text(self, start: int, stop: int) -> None:
        """Note that what stands between two places is UTF-8 without a NUL."""
        if start <= self._text_to:
            self._text_to = max(self._text_to, stop)

    def _state_now(self) -> tuple[int, int, int, int]:
        found = self._path.stat()
        return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def stored(path: str | os.PathLike[str]) -> Stored | None:
    """Return a long file that begins with UTF-8, unread; None of anything else, or where something is wrong.

    Whether it goes on with it is seen when it is read: whoever does so asks for `Stored.is_text` at the end.
    """
    try:
        if not Path(path).is_file():
            return None
        start = Stored(path, 0)[:_START]
        found = Stored(path, len(start) - len(unmarked(start)))
        is_fit = len(found) >= _LONG and not is_marked_otherwise(start) and found.is_text(_BEGINNING)
    except (OSError, ValueError):
        return None
    return found if is_fit else None
