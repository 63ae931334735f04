"""Beside the place of a result: where it is written, how it takes its place, and what kills leave there.

``.run.k3v9x2a1.part`` is not finished yet, or no longer wanted; ``.run.k3v9x2a1.old`` is a whole earlier
result whose place is being taken. Whoever writes holds a lock on both: what nobody holds, a kill has left.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from simimport.realtime import now

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

__all__ = ["clear", "fresh", "is_litter", "mode_of", "put_back", "take_free_place", "take_place"]

_PART, _OLD = ".part", ".old"
# what tempfile puts between
_RANDOM = r"\.[a-z0-9_]{8}"
_LEFT_BEHIND = re.compile(rf"\..+{_RANDOM}{re.escape(_PART)}", re.DOTALL)
#: What systems put into folders that somebody looks at.
_OF_SYSTEMS = re.compile(r"\.DS_Store|\._.+|Thumbs\.db|desktop\.ini", re.IGNORECASE)
# where no lock tells whether somebody still writes, nobody does for so long
_LONGEST_S = 86_400
#: Per system, the call that exchanges two names: what it is called, its arguments besides them, and the flag.
_EXCHANGES = {"linux": ("renameat2", True, 2), "darwin": ("renamex_np", False, 2)}
# by which a call says that this system, or this disk, does not do it
_UNABLE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV}


# whose it is -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _held(path: Path) -> Iterator[bool | None]:
    """Hold a file or folder during the block; yield whether nobody else does, None where nobody can tell."""
    descriptor = -1
    free: bool | None = None
    try:
        if fcntl is not None:
            # some disks have no locks, or none for folders
            with contextlib.suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    free = True
                except BlockingIOError:
                    free = False
        yield free
    finally:
        if descriptor >= 0:
            os.close(descriptor)


@contextlib.contextmanager
def _held_if_left(path: Path) -> Iterator[bool]:
    """Hold what a killed process left; yield whether it is that, and no living one's."""
    with _held(path) as free:
        yield _is_of_long_ago(path) if free is None else free


def _is_of_long_ago(path: Path) -> bool:
    try:
        return now().timestamp() - path.lstat().st_mtime > _LONGEST_S
    except OSError:
        return False


def _left(target: Path, ending: str) -> list[Path]:
    """Return what stands beside a target under such a name, the youngest first."""
    begin = f".{target.name}"
    rest = re.compile(_RANDOM + re.escape(ending))
    try:
        names = [
            entry
            for entry in os.listdir(target.parent)  # noqa: PTH208 - names, of which there may be many
            if entry.startswith(begin) and rest.fullmatch(entry, len(begin))
        ]
        return sorted((target.parent / entry for entry in names), key=lambda path: -path.lstat().st_mtime)
    except OSError:
        return []  # one of them has just gone, or nobody may look: then the next will see to it


def _remove(path: Path) -> None:
    """Delete a file, or a folder with all in it; what cannot go is left for the next to try."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(PermissionError):
                path.chmod(0o700)
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def clear(target: Path) -> None:
    """Delete what killed processes left beside a target, unless it is a result whose place is empty."""
    endings = (_PART, _OLD) if os.path.lexists(target) else (_PART,)
    for path in (path for ending in endings for path in _left(target, ending)):
        with _held_if_left(path) as left:
            if left:
                _remove(path)


def put_back(target: Path) -> bool:
    """Return whether a place was empty and a whole earlier result beside it, which is back there now."""
    if os.path.lexists(target):
        return False
    for path in _left(target, _OLD):
        with _held_if_left(path) as left:
            if left:
                # somebody else may do the same at this moment
                with contextlib.suppress(OSError):
                    path.rename(target)
                    return True
    return False


def is_litter(path: Path) -> bool:
    """Return whether something in a folder is nobody's: a system's, or unfinished and left by a kill."""
    if not path.is_symlink() and path.is_file() and _OF_SYSTEMS.fullmatch(path.name):
        return True
    if not _LEFT_BEHIND.fullmatch(path.name):
        return False
    with _held_if_left(path) as left:
        return left


# its own place, and the other ------------------------------------------------------------------------


@contextlib.contextmanager
def fresh(target: Path, *, folder: bool) -> Iterator[tuple[Path, int]]:
    """Yield a new file or folder beside a target, and a file's descriptor; what has that name then, goes.

    The caller closes the descriptor. A result has left that name when the block ends.
    """
    while True:
        prefix, parent, handle = f".{target.name}.", target.parent, -1
        if folder:
            aside = Path(tempfile.mkdtemp(prefix=prefix, suffix=_PART, dir=parent))
        else:
            handle, name = tempfile.mkstemp(prefix=prefix, suffix=_PART, dir=parent)
            aside = Path(name)
        with _held(aside) as free:
            # who clears may have taken it for left behind before it was held
            if free is False or not aside.exists():
                if handle >= 0:
                    os.close(handle)
                _remove(aside)
                continue
            try:
                yield aside, handle
            finally:
                _remove(aside)
            return


def take_free_place(aside: Path, target: Path) -> None:
    """Name a file `target`, if nothing has that name at that instant.

    Raises
    ------
    FileExistsError
        If something has.
    """
    if os.name == "nt":
        aside.rename(target)  # which refuses it there, and nowhere else
        return
    try:
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError:
        # a disk without links: the name is taken first, and then the place
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            aside.replace(target)
        except BaseException:
            target.unlink()
            raise


def take_place(aside: Path, target: Path, *, replace: bool) -> None:
    """Name a folder `target`; what was there before has the name `aside` then, if there was anything.

    Parameters
    ----------
    aside, target : Path
        Both in one folder.
    replace : bool
        Whether there may be anything but litter in `target`.

    Raises
    ------
    FileExistsError
        If there is, and may not be.
    """
    there = [path for path in target.iterdir() if not is_litter(path)] if target.is_dir() else []
    if there and replace:
        if not _exchange(aside, target):
            _exchange_in_two_steps(aside, target)
        return
    try:
        for path in target.iterdir() if target.is_dir() and not there else ():
            _remove(path)
        if os.name == "nt" and target.is_dir():
            target.rmdir()
        # an empty folder gives way to one that takes its name, and no other does
        aside.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise FileExistsError(error.errno, "something is there by now", str(target)) from None
        raise


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names, at once; return whether this system and this disk can do that."""
    import ctypes

    name, has_folders, flag = _EXCHANGES.get(sys.platform, ("", False, 0))
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None) if name else None
    if call is None:
        return False
    here: tuple[int, ...] = (-100,) if has_folders else ()  # AT_FDCWD
    ctypes.set_errno(0)
    if call(*here, os.fsencode(first), *here, os.fsencode(second), ctypes.c_uint(flag)) == 0:
        return True
    problem = ctypes.get_errno()
    if problem in _UNABLE:
        return False
    raise OSError(problem, os.strerror(problem), str(second))


def _exchange_in_two_steps(aside: Path, target: Path) -> None:
    """Exchange two names where that takes two steps; `put_back` finds what a kill in between leaves."""
    old = aside.with_suffix(_OLD)
    with _held(target):
        # where there are no locks, its age says that this is no leftover yet
        with contextlib.suppress(OSError):
            os.utime(target)
        try:
            target.rename(old)
            aside.rename(target)
        except BaseException:
            if old.exists() and not os.path.lexists(target):
                old.rename(target)
            raise
        # a folder that is half deleted must not be taken for a whole result
        old.rename(aside)


def mode_of(target: Path, usual: int) -> int:
    """Return the mode of what is to be replaced; that of any new file or folder where there is nothing."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return usual & ~umask
