"""Which thread lives in whose virtual time, which threads it started, and what those are doing."""

from __future__ import annotations

import concurrent.futures.thread as pools
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakKeyDictionary

__all__ = [
    "PATIENCE_S", "VirtualTime", "clock_here", "forgotten", "in_this_thread", "is_at_work", "notified",
    "own_threads", "owner_here", "started", "submitted", "waiting",
]  # fmt: skip

#: For how many real seconds what works outside is waited for (a thread, a socket) before virtual time goes on
#: without it.
PATIENCE_S = 1.0

_clocks: dict[int, VirtualTime] = {}
_started: WeakKeyDictionary[threading.Thread, VirtualTime] = WeakKeyDictionary()
_submitted: dict[Future[Any], VirtualTime] = {}
_waiting: dict[int, object] = {}


class VirtualTime(Protocol):
    """A clock in whose time a thread lives."""

    #: Whether its time may be read and waited for by the functions of `time`; else only `sleep` is told.
    readable: bool
    #: Why its code was stopped; empty while it goes on.
    stopped: str

    def now_us(self) -> int:
        """Return the present instant, in microseconds."""

    def epoch_ns(self) -> int:
        """Return the same, in nanoseconds since 1970."""

    def looked(self) -> None:
        """Take note that somebody asks what time it is; end who does nothing else."""

    def pause(self, seconds: float, call: str) -> None:
        """Let time pass, as a call of the code asks for."""

    def missed(self, seconds: float, where: str) -> None:
        """Take note of real time that passed and is none of this clock's; end who waits too long so."""

    def stop(self, why: str) -> Any:
        """End the code here and now."""


@contextmanager
def in_this_thread(clock: VirtualTime) -> Iterator[None]:
    """Let this thread live in the time of a clock, where `patched` is in force."""
    ident = threading.get_ident()
    _clocks[ident] = clock
    try:
        yield
    finally:
        _clocks.pop(ident, None)


def forgotten(clock: VirtualTime) -> None:
    """Take a clock from the threads that live in its time, also from those that never end."""
    for ident, owner in list(_clocks.items()):
        if owner is clock:
            _clocks.pop(ident, None)
    for thread, owner in list(_started.items()):
        if owner is clock:
            _started.pop(thread, None)
    for future, owner in list(_submitted.items()):
        if owner is clock:
            _submitted.pop(future, None)


def clock_here() -> VirtualTime | None:
    """Return the clock in whose time this thread lives; None for all that live in real time."""
    return _clocks.get(threading.get_ident())


def started(thread: threading.Thread) -> None:
    """Take note that this thread starts another one."""
    clock = clock_here() or owner_here()
    if clock is not None:
        _started[thread] = clock


def owner_here() -> VirtualTime | None:
    """Return the clock of the code that started this thread."""
    ident = threading.get_ident()
    return next((clock for thread, clock in list(_started.items()) if thread.ident == ident), None)


@contextmanager
def waiting(target: object) -> Iterator[None]:
    """Mark this thread as one that does nothing until a condition is notified, or until it has slept."""
    ident = threading.get_ident()
    _waiting[ident] = target
    try:
        yield
    finally:
        _waiting.pop(ident, None)


def notified(target: object) -> None:
    """Take the mark from the threads that wait for a condition."""
    for ident, waited in list(_waiting.items()):
        if waited is target:
            _waiting.pop(ident, None)


def own_threads(clock: VirtualTime) -> list[threading.Thread]:
    """Return the living threads that the code in a clock's time has started."""
    return [thread for thread, owner in list(_started.items()) if owner is clock and thread.is_alive()]


def submitted(future: Future[Any]) -> None:
    """Take note of work that this thread gives to a pool."""
    clock = clock_here() or owner_here()
    if clock is not None and not future.done():
        _submitted[future] = clock
        future.add_done_callback(lambda done: _submitted.pop(done, None))


def is_at_work(clock: VirtualTime) -> bool:
    """Return whether threads that the code has started, or given work to, may do something by themselves."""
    if any(owner is clock for owner in list(_submitted.values())):
        return True
    workers = getattr(pools, "_threads_queues", {})
    return any(thread not in workers and thread.ident not in _waiting for thread in own_threads(clock))
