"""What stands in the places of Python's own functions of time; each asks in which thread it is called."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from simimport import realtime
from simimport.testing.pollers.virtual.datetimes import virtual_datetime
from simimport.testing.pollers.virtual.loop import VirtualLoop
from simimport.testing.pollers.virtual.threads import (
    PATIENCE_S,
    VirtualTime,
    clock_here,
    is_at_work,
    notified,
    owner_here,
    started,
    submitted,
    waiting,
)

__all__ = ["functions", "methods"]

#: What `monotonic` and `perf_counter` count from. Not 0: code that keeps its start takes that for no start.
_START_S = 1000
#: Who look on while a test runs, and are told real time: the garbage collector, or a trace, may call them in
#: any thread, at any place of its code.
_ONLOOKERS = frozenset({"_pytest", "coverage", "hypothesis", "pluggy", "pytest", "xdist"})
#: How a thread's clock is read, by the name in the module `time`, in nanoseconds.
_READ: dict[str, Callable[[VirtualTime], int]] = {
    "time": lambda clock: clock.epoch_ns(),
    "monotonic": lambda clock: clock.now_us() * 1000 + _START_S * 10**9,
    "perf_counter": lambda clock: clock.now_us() * 1000 + _START_S * 10**9,
}


def functions() -> list[tuple[Any, Any]]:
    """Return the real functions as they are now, and `datetime`, each with what takes its place."""
    module = realtime.MODULE
    pairs = [(module.sleep, _sleep(module.sleep))]
    for name, read in _READ.items():
        real, real_ns = getattr(module, name), getattr(module, f"{name}_ns")
        pairs += [(real, _reading(real, read, 1e9)), (real_ns, _reading(real_ns, read, None))]
    real_loop = asyncio.new_event_loop

    def new_event_loop() -> asyncio.AbstractEventLoop:
        clock = clock_here()
        return real_loop() if clock is None else VirtualLoop(clock)

    return [*pairs, (real_loop, new_event_loop), virtual_datetime(_readable)]


def methods() -> list[tuple[type, str, Any]]:
    """Return the methods that are replaced, which nobody holds but their classes, and what by."""
    condition, thread = threading.Condition, threading.Thread
    return [
        (condition, "wait", _wait(condition.wait)),
        (condition, "notify", _notify(condition.notify)),
        (thread, "start", _start(thread.start)),
        (ThreadPoolExecutor, "submit", _submit(ThreadPoolExecutor.submit)),
        # an event loop that is none of ours waits in real time, and would for ever if its time stood still
        (asyncio.BaseEventLoop, "time", lambda _loop: realtime.true_monotonic()),
    ]


def _readable() -> VirtualTime | None:
    """Return the clock of this thread, if it may be read by who calls the function that stands in place."""
    clock = clock_here()
    if clock is None or not clock.readable or _caller(3) in _ONLOOKERS:
        return None
    clock.looked()
    return clock


def _caller(depth: int) -> str:
    """Return the package of who called, so many calls ago."""
    name: str = sys._getframe(depth).f_globals.get("__name__") or ""
    return name.partition(".")[0]


def _reading(real: Any, read: Callable[[VirtualTime], int], parts: float | None) -> Any:
    def reading() -> Any:
        clock = _readable()
        if clock is None:
            return real()
        return read(clock) if parts is None else read(clock) / parts

    return reading


def _sleep(real: Any) -> Any:
    def sleep(seconds: Any, /) -> None:
        clock = clock_here()
        if clock is not None and _is_duration(seconds):
            clock.pause(float(seconds), "time.sleep")
            return
        # of another thread, or it says itself what is wrong
        if (owner := owner_here()) is None:
            real(seconds)
            return
        with waiting(None):
            real(seconds)
        owner.missed(float(seconds), "time.sleep in a thread that it started")

    return sleep


def _is_duration(seconds: Any) -> bool:
    try:
        return bool(seconds >= 0)
    except TypeError:
        return False


def _wait(real: Any) -> Any:
    def wait(self: threading.Condition, timeout: float | None = None) -> bool:
        clock = clock_here()
        if clock is None:
            with waiting(self):
                return bool(real(self, timeout))
        if timeout is None or timeout <= 0:
            return bool(real(self, timeout))
        began = realtime.true_monotonic()
        # where all others wait, too, nobody is there to notify it
        was_notified = bool(real(self, min(timeout, PATIENCE_S) if is_at_work(clock) else 0))
        if was_notified:
            return True
        clock.missed(realtime.true_monotonic() - began, "a wait for a thread that it started")
        clock.pause(timeout, "a wait of threading")
        return bool(real(self, 0))

    return wait


def _notify(real: Any) -> Any:
    def notify(self: threading.Condition, n: int = 1) -> None:
        notified(self)
        real(self, n)

    return notify


def _submit(real: Any) -> Any:
    def submit(self: ThreadPoolExecutor, fn: Any, /, *args: Any, **given: Any) -> Any:
        future = real(self, fn, *args, **given)
        submitted(future)
        return future

    return submit


def _start(real: Any) -> Any:
    def start(self: threading.Thread) -> None:
        started(self)
        real(self)

    return start
