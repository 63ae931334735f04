"""The file of a recording: each answer a whole line, on the disk before the next is asked for.

What a line says is decided in `json_lines`; a full disk, or a kill, leaves whole lines.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from simimport.checks import file_path
from simimport.errors import ParameterError
from simimport.testing.json_lines import line_of

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded

__all__ = ["LineFile"]


class LineFile:
    """A file that has each answer as a whole line, on the disk before the next is asked for.

    Parameters
    ----------
    path : path
        In a folder that exists.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    ParameterError
        If it cannot be made; at once, and again if it came in the meantime.
    """

    def __init__(self, path: str | os.PathLike[str], *, force: bool) -> None:
        self._path, self._force = Path(file_path("path", path)), force
        self._file: IO[bytes] | None = None
        self._waiting: list[Recorded] = []
        if not os.fspath(path) or (self._path.exists() and not self._path.is_file()):
            raise ParameterError("path", os.fspath(path), "a file; this is none")
        if not self._path.resolve().parent.is_dir():
            raise ParameterError("path", os.fspath(path), "a file in a folder that exists")
        if self._path.exists() and not force:
            raise self._refusal_to_replace()

    def _refusal_to_replace(self) -> ParameterError:
        return ParameterError("path", os.fspath(self._path), "a new file; force replaces one that is there")

    def append(self, answer: Recorded, *, alone: bool) -> None:
        """Write an answer.

        Before there is one that came from a server, nothing is written: a wrong address leaves no file, and
        takes no earlier one's place. Nor does an answer that cannot stand `alone`.
        """
        self._waiting.append(answer)
        if self._file is None and (not alone or not answer.http_status):
            return
        if self._file is None:
            try:
                self._file = self._path.open("wb" if self._force else "xb", buffering=0)
            except FileExistsError:
                raise self._refusal_to_replace() from None
        self._write_whole_lines(self._file, b"".join(map(line_of, self._waiting)))
        self._waiting.clear()

    def _write_whole_lines(self, file: IO[bytes], data: bytes) -> None:
        before = file.tell()
        left = memoryview(data)
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            # a full disk leaves whole lines
            file.truncate(before)
            raise

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
