"""Reading text and writing files whole or not at all.

No formats: what a file means is known by the room that reads it.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

__all__ = ["read_text", "written_aside"]


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str], mode: str = "w") -> Iterator[IO[Any]]:
    """Return a file that takes the place of `path` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    path : path
        The file to write. Its folder must exist.
    mode : {"w", "wb"}
        Text is UTF-8 with ``\\n`` at the ends of lines.
    """
    target = Path(path)
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(handle, mode, **text) as file:  # noqa: PTH123 - the descriptor is already open
            yield file
        # mkstemp makes the file private; a result is as readable as any file that the user makes
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(aside, 0o666 & ~umask)  # noqa: PTH101 - beside os.replace
        os.replace(aside, target)  # noqa: PTH105 - one call for the pair of strings
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)  # noqa: PTH108 - likewise
        raise


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a UTF-8 file, without its byte-order mark.

    Raises
    ------
    ValueError
        If the file is missing, a folder, not readable, or not UTF-8; the message says which, and where.
    """
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except IsADirectoryError:
        raise ValueError("this is a folder, not a file") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("the text is UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        raise ValueError(f"line {line}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8") from None
