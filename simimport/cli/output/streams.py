"""Standard streams that are there, also where a command was started without: ``>&-``, ``2>&-``, pythonw.

Stands in for what is missing. Writes nothing itself.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["streams_in_place"]


class _StandIn(io.TextIOBase):
    """A stream that is not there: as standard output it refuses what is written, else it forgets it."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, *, refuses: bool) -> None:
        self._refuses = refuses

    @property
    def buffer(self) -> _StandIn:
        """What takes bytes: this."""
        return self

    def write(self, content: Any) -> int:
        """Take a text or bytes."""
        if self._refuses and content:
            raise OSError(errno.EBADF, "there is no standard output")
        return len(content)

    def writable(self) -> bool:
        """Return that it is one to write to."""
        return True


@contextmanager
def streams_in_place() -> Iterator[None]:
    """See that there is a standard output and a standard error for as long as a command runs.

    What a command gives to a standard output that is not there is an `OSError`; talk goes nowhere.
    """
    before = sys.stdout, sys.stderr
    missing = [_is_missing(stream) for stream in before]
    if any(missing) or sys.stdin is None:
        _occupy_descriptors()
    if missing[0]:
        sys.stdout = _StandIn(refuses=True)
    if missing[1]:
        sys.stderr = _StandIn(refuses=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _is_missing(stream: Any) -> bool:
    return stream is None or getattr(stream, "closed", False)


def _occupy_descriptors() -> None:
    """Let no file that is opened from here on be taken for a standard stream, by a child or a library."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # a system gives the lowest that is free
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
