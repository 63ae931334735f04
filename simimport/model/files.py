"""Reading text and writing files whole or not at all.

No formats: what a file means is known by the room that reads it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from simimport.errors import ParameterError

__all__ = ["folder_written_aside", "read_text", "written_aside"]


@contextlib.contextmanager
def written_aside(path: str | os.PathLike[str], mode: str = "w") -> Iterator[IO[Any]]:
    """Return a file that takes the place of `path` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    path : path
        The file to write. Its folder must exist.
    mode : {"w", "wb"}
        Text is UTF-8, its lines ended by a line feed alone.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
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


@contextlib.contextmanager
def folder_written_aside(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Return a folder that takes the place of `path` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    path : path
        The folder to make, inside one that exists. It may be there already if it is empty.
    replace : bool, default False
        Whether a folder with whatever is in it may be replaced: all of that is deleted, at the end.

    Raises
    ------
    ParameterError
        If something is there that may not be replaced; at once, and again if it came in the meantime.
    """
    target = Path(path).resolve()  # a link is followed, not replaced
    _check_free(target, path, replace=replace)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        yield aside
        # mkdtemp makes the folder private; a result is as readable as any folder that the user makes
        umask = os.umask(0)
        os.umask(umask)
        aside.chmod(0o777 & ~umask)
        _check_free(target, path, replace=replace)
        _take_place(aside, target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _check_free(target: Path, path: str | os.PathLike[str], *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise ParameterError("folder", os.fspath(path), "a folder inside one that exists")
    if target.is_dir():
        if not replace and any(target.iterdir()):
            raise ParameterError("folder", os.fspath(path), "a folder that is new or empty")
    elif target.exists():
        raise ParameterError("folder", os.fspath(path), "a folder; this is none")


def _take_place(aside: Path, target: Path) -> None:
    """Rename `aside` to `target`, and delete what was there; if that fails, it is there again."""
    if not target.exists():
        aside.rename(target)
        return
    # beside the new folder, and named as if it were left over, since that is what it is from now on
    old = aside.with_suffix(".old")
    target.rename(old)
    try:
        aside.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old)


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
