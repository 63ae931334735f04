"""A long file of UTF-8 that is read piece by piece, as often as it is wanted, and never whole.

Knows nothing of what the text says.
"""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from simimport.model.people.from_csv.encodings import is_marked_otherwise, unmarked

__all__ = ["Stored", "stored"]

#: A shorter file may as well be in memory.
_LONG = 2**22
_PIECE = 2**20
#: As many bytes as marks have.
_START = 8


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

    def __len__(self) -> int:
        return self._state[0] - self._mark

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(len(self))
        with self._path.open("rb", buffering=0) as file:
            file.seek(start + self._mark)
            return file.read(max(stop - start, 0))

    def has_changed(self) -> bool:
        """Return whether the file is not what it was at first."""
        try:
            return self._state_now() != self._state
        except OSError:
            return True

    def is_text(self) -> bool:
        """Return whether it is UTF-8 from one end to the other, without a NUL."""
        decode = codecs.getincrementaldecoder("utf-8")().decode
        is_within = False
        try:
            for start in range(0, len(self), _PIECE):
                piece = self[start : start + _PIECE]
                if b"\0" in piece:
                    return False
                # what is no more than ASCII needs no decoding, unless a character goes on in it
                if is_within or not piece.isascii():
                    decode(piece)
                    is_within = piece[-1:] > b"\x7f"
            decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def _state_now(self) -> tuple[int, int, int, int]:
        found = self._path.stat()
        return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev


def stored(path: str | os.PathLike[str]) -> Stored | None:
    """Return a long file of UTF-8 unread; None where it is anything else, or something is wrong with it."""
    try:
        if not Path(path).is_file():
            return None
        start = Stored(path, 0)[:_START]
        found = Stored(path, len(start) - len(unmarked(start)))
        is_fit = len(found) >= _LONG and not is_marked_otherwise(start) and found.is_text()
    except (OSError, ValueError):
        return None
    return found if is_fit else None
