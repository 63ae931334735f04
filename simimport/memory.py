"""Whether a piece of work fits into memory: what it needs at the least, what there is, and the refusal.

Knows sizes only: the figures were measured, and lie below what was seen, so that nothing is refused that
would have worked. Where nobody can tell what there is, nothing is refused. Beside it, how the collector is
kept from what is being made.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from simimport.errors import ParameterError, ScenarioError
from simimport.show.words import size

__all__ = [
    "CELL", "DECIDED", "OBSERVED", "PUBLISHED", "SERVED", "SHOWN", "SIMULATED", "STAGED", "SUMMARIZED",
    "SWEPT", "UNFAILING", "VALUE", "WRITTEN", "Work", "available", "check_room", "check_users",
    "simulated", "uncollected",
]  # fmt: skip


class Work(NamedTuple):
    """The bytes that a kind of work takes at its peak, for each user and for each batch."""

    per_user: float
    per_batch: float = 0.0


#: `simulate`: whether each user fails, and when each batch ends.
SIMULATED = Work(1, 16)
#: The same where nobody fails.
UNFAILING = Work(0, 16)
#: A run, and every change of its document. Of 410 a batch.
PUBLISHED = Work(1, 300)
#: What the command `run` tells of a run: reasons, instants and every change of the document. Of 26 and 430.
SUMMARIZED = Work(18, 350)
#: All frames of a run, and its users, in a folder. Of 1,100.
WRITTEN = Work(700, 350)
#: A users frame. Of 230 to 260 with pyarrow, and more without.
STAGED = Work(160)
#: A users frame, and what its people decide beside those who are there. Of 570.
DECIDED = Work(400)
#: An import of a service, of whose users somebody asks who they are. Of 1,100.
SERVED = Work(700)
#: What the dashboard shows of a run. Of 41, and 430 a batch.
SHOWN = Work(30, 300)
#: Bytes for each row of a sweep's frame, while it is made. Of 165.
SWEPT = 120
#: Bytes for each value of a swept field, in a list.
VALUE = 8
#: Bytes for each combination that is swept, its scenario and its key. Of 350.
CELL = 250
#: Bytes for each poll that is observed. Of 370.
OBSERVED = 250

# Less than this is never in the way, and is not worth looking into files for.
_WORTH_ASKING = 64 * 2**20
_MEMINFO = Path("/proc/meminfo")
_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def simulated(failure_rate: float) -> Work:
    """Return what `simulate` takes with generated people of whom so many fail."""
    return SIMULATED if failure_rate else UNFAILING


def check_users(work: Work, users: int, batch_size: int) -> None:
    """Refuse users with whom a kind of work cannot fit into memory.

    Raises
    ------
    ScenarioError
        If it needs more than there is; it names `users`.
    """
    needed = work.per_user * users + work.per_batch * -(-users // batch_size)
    check_room("users", users, needed, error=ScenarioError)


def check_room(
    name: str, value: object, needed: float, *, error: type[ParameterError] = ParameterError
) -> None:
    """Refuse an argument with which work needs more memory than there is.

    Parameters
    ----------
    name, value
        Of the argument, for the message.
    needed : float
        The bytes that the work takes at the least.
    error : type of ParameterError
        What is raised.

    Raises
    ------
    ParameterError
        If there is less.
    """
    if needed < _WORTH_ASKING:
        return
    there = available()
    if there is not None and needed > there:
        raise error(
            name, value, f"what fits into memory: this needs {size(needed)}, and {size(there)} are available"
        )


class _Pauses:
    """How many threads pause the collector now: the first turns it off, and the last on, if it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if not self._count:
                self._was_on = gc.isenabled()
                gc.disable()
            self._count += 1

    def end(self) -> None:
        with self._lock:
            self._count = max(self._count - 1, 0)
            if self._was_on and not self._count:
                gc.enable()

    def forget(self) -> None:
        """Begin anew in a process that was forked: of the threads, only who forked is in it."""
        self._lock = threading.Lock()
        if self._was_on and self._count:
            gc.enable()
        self._count, self._was_on = 0, False


_PAUSES = _Pauses()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_PAUSES.forget)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Pause the cyclic garbage collector: while a million objects are made it takes most of the time."""
    _PAUSES.begin()
    try:
        yield
    finally:
        _PAUSES.end()


def available() -> int | None:
    """Return how many bytes of memory can still be had, swap included; None where nobody tells.

    The least of what the machine has, of what its control groups leave and of what the process may take.
    """
    try:
        machine = _fields(_MEMINFO)
        # kB, whatever the unit is called; what is cached can be had, and so can swap
        free = [(machine["MemAvailable:"] + machine.get("SwapFree:", 0)) * 1024]
    except (OSError, KeyError, ValueError):
        return None  # no Linux
    return max(min([*free, *_left_in_groups(), *_left_to_process()]), 0)


def _left_in_groups() -> Iterator[int]:
    """Yield what each group that this process is in leaves, of version 2 and 1, where it has a limit."""
    for folder in _groups():
        for limit, used, prefix in (
            ("memory.max", "memory.current", ""),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
        ):
            try:
                most = int((folder / limit).read_text(encoding="ascii"))
                taken = int((folder / used).read_text(encoding="ascii"))
                kinds = _fields(folder / "memory.stat")
            except (OSError, ValueError):
                continue  # no such file, or "max"
            cached = kinds.get(f"{prefix}inactive_file", 0) + kinds.get(f"{prefix}active_file", 0)
            yield most - taken + cached


def _groups() -> Iterator[Path]:
    """Yield the folders of the groups that this process is in, each with all those around it."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        root = _GROUPS / "memory" if kinds else _GROUPS
        inner = root / path.strip("/")
        # in a container the outermost is its own, whatever the path says
        around = (folder for folder in inner.parents if folder.is_relative_to(root))
        yield from dict.fromkeys([inner, *around])


def _left_to_process() -> Iterator[int]:
    """Yield what the limit of this process leaves (``ulimit -v``), where it has one."""
    from resource import RLIM_INFINITY, RLIMIT_AS, getpagesize, getrlimit

    limit, _ = getrlimit(RLIMIT_AS)
    if limit != RLIM_INFINITY:
        pages, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
        yield limit - int(pages) * getpagesize()


def _fields(path: Path) -> dict[str, int]:
    """Return the first two words of each line, as names and numbers."""
    lines = path.read_text(encoding="ascii").splitlines()
    return {words[0]: int(words[1]) for words in map(str.split, lines) if len(words) > 1}
