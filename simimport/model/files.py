"""Reading files within bounds, and writing files and folders whole or not at all.

No formats: what a file means is known by the room that reads it. How a result takes its place, and what a
kill leaves, is in `aside`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from simimport.errors import ParameterError
from simimport.model import aside as beside
from simimport.show.words import number

__all__ = [
    "content_of",
    "folder_written_aside",
    "put_back",
    "read_bytes",
    "read_text",
    "text_of",
    "written_aside",
]

# of what has no size and may never end, such as a pipe or a device
_MOST_OF_A_STREAM = 2**28


# writing ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def written_aside(
    path: str | os.PathLike[str], mode: str = "w", *, replace: bool = True
) -> Iterator[IO[Any]]:
    """Return a file that takes the place of `path` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    path : path
        The file to write. Its folder must exist. A link is followed; what is no file, such as a pipe or a
        device, is written to as it is.
    mode : {"w", "wb"}
        Text is UTF-8, its lines ended by a line feed alone.
    replace : bool, default True
        Whether a file that is there at the end may be replaced. It keeps its mode.

    Raises
    ------
    ParameterError
        If a file is there that may not be replaced.
    """
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    if _is_stream(path):
        with Path(path).open(mode, **text) as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    beside.clear(target)
    _check_place_of_file(target, path, replace=replace)
    with beside.fresh(target, folder=False) as (aside, handle):
        with open(handle, mode, **text) as file:  # noqa: PTH123 - the descriptor is already open
            yield file
        # tempfile makes it private; a result is as readable as what it replaces, or as any other file
        aside.chmod(beside.mode_of(target, 0o666))
        if replace:
            aside.replace(target)
            return
        try:
            beside.take_free_place(aside, target)
        except FileExistsError:
            raise _refusal_to_replace(path) from None


def _check_place_of_file(target: Path, path: str | os.PathLike[str], *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder, not a file", os.fspath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "this link leads to itself", os.fspath(path))
    if target.exists() and not replace:
        raise _refusal_to_replace(path)


def _refusal_to_replace(path: str | os.PathLike[str]) -> ParameterError:
    return ParameterError("file", os.fspath(path), "a new file; something has that name already")


@contextlib.contextmanager
def folder_written_aside(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Return a folder that takes the place of `path` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    path : path
        The folder to make, inside one that exists. It may be there already if it is empty. A link is
        followed.
    replace : bool, default False
        Whether a folder with whatever is in it may be replaced: all of that is deleted, at the end. The new
        one has its mode.

    Raises
    ------
    ParameterError
        If something is there that may not be replaced; at once, and again if it came in the meantime.
    """
    target = Path(os.path.realpath(path))
    if words := put_back(path):
        warnings.warn(words, stacklevel=3)
    _check_place_of_folder(target, path, replace=replace)
    with beside.fresh(target, folder=True) as (aside, _):
        yield aside
        # tempfile makes it private; a result is as readable as what it replaces, or as any other folder
        aside.chmod(beside.mode_of(target, 0o777))
        _check_place_of_folder(target, path, replace=replace)
        try:
            beside.take_place(aside, target, replace=replace)
        except FileExistsError:
            raise ParameterError("folder", os.fspath(path), "a folder that is new or empty") from None


def _check_place_of_folder(target: Path, path: str | os.PathLike[str], *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise ParameterError("folder", os.fspath(path), "a folder inside one that exists")
    if target.is_dir():
        if not replace and content_of(target):
            raise ParameterError("folder", os.fspath(path), "a folder that is new or empty")
    elif os.path.lexists(target):
        raise ParameterError("folder", os.fspath(path), "a folder; this is none")


def put_back(path: str | os.PathLike[str]) -> str:
    """Repair the place of a result: clear what kills left beside it, and put back what one took from it.

    Returns
    -------
    str
        A sentence on what was put back, or nothing where its place was not empty.
    """
    if not os.fspath(path):
        return ""
    target = Path(os.path.realpath(path))
    was_missing = beside.put_back(target)
    beside.clear(target)
    if not was_missing:
        return ""
    return f"{os.fspath(path)} was missing, as its replacement was cut short: the earlier one is back there."


def content_of(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted, without what systems put into folders and what kills leave."""
    return sorted(path for path in folder.iterdir() if not beside.is_litter(path))


# reading ---------------------------------------------------------------------------------------------


def _is_stream(path: str | os.PathLike[str]) -> bool:
    """Return whether there is something, and it is neither a file nor a folder."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def read_bytes(path: str | os.PathLike[str], *, most: int | None = None, stream: bool = True) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    path : path
    most : int, optional
        A file of more bytes is refused, unread. Without it, only what has no size has a bound.
    stream : bool, default True
        Whether it may be what is no file, such as a pipe.

    Raises
    ------
    ValueError
        If the file is missing, a folder, not readable, or too large; the message says which.
    """
    endless, too_large = _is_stream(path), False
    if endless and not stream:
        raise ValueError("this is no file, but a pipe or a device")
    try:
        with Path(path).open("rb") as file:
            if endless:
                most = _MOST_OF_A_STREAM if most is None else min(most, _MOST_OF_A_STREAM)
                raw = b"".join(_pieces(file, most + 1))
            else:
                too_large = most is not None and os.fstat(file.fileno()).st_size > most
                raw = b"" if too_large else file.read()
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except IsADirectoryError:
        raise ValueError("this is a folder, not a file") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from None
    if most is not None and (too_large or len(raw) > most):
        raise ValueError(f"it is too large: more than {number(most)} bytes")
    return raw


def _pieces(file: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield what is in a stream up to so many bytes, taking no more memory than there is in it."""
    while most > 0 and (piece := file.read(min(most, 2**16))):
        yield piece
        most -= len(piece)


def read_text(path: str | os.PathLike[str], *, most: int | None = None, stream: bool = True) -> str:
    """Return the text of a UTF-8 file, without its byte-order mark; the parameters are those of `read_bytes`.

    Raises
    ------
    ValueError
        If the file is missing, a folder, not readable, too large, or not UTF-8; the message says which, and
        where.
    """
    return text_of(read_bytes(path, most=most, stream=stream))


def text_of(raw: bytes) -> str:
    """Return UTF-8 as a text, without its byte-order mark.

    Raises
    ------
    ValueError
        If it is not UTF-8; the message says where.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("the text is UTF-16; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        raise ValueError(f"line {line}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8") from None
