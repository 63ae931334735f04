"""Virtual time in a thread, for code that asks `time`, `datetime` and asyncio itself; restored afterwards.

What stands in their places asks which thread calls: for all others it is the real thing. Nothing here knows
of pollers. Time that passes elsewhere (in threads that such a thread starts, in locks, sockets and other
processes) is real, and stays so.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from simimport import realtime
from simimport.testing.pollers.virtual.datetimes import virtual_datetime
from simimport.testing.pollers.virtual.loop import PATIENCE_S, VirtualLoop

__all__ = ["VirtualTime", "forgotten", "in_this_thread", "own_threads", "patched"]

#: What `monotonic` and `perf_counter` count from. Not 0: code that keeps its start takes that for no start.
_START_S = 1000
#: How a thread's clock is read, by the name in the module `time`, in nanoseconds.
_READ: dict[str, Callable[[VirtualTime], int]] = {
    "time": lambda clock: clock.epoch_ns(),
    "monotonic": lambda clock: clock.now_us() * 1000 + _START_S * 10**9,
    "perf_counter": lambda clock: clock.now_us() * 1000 + _START_S * 10**9,
}
#: Who ask for real instants, or compare the types of their values: they keep the class that they imported.
_OWN_DATETIME = {"faker", "hypothesis", "matplotlib", "numpy", "pandas", "pyarrow", "pydantic", "simimport"}

_lock = threading.Lock()
_clocks: dict[int, VirtualTime] = {}
_started: WeakKeyDictionary[threading.Thread, VirtualTime] = WeakKeyDictionary()


class VirtualTime(Protocol):
    """A clock in whose time a thread lives."""

    #: Whether its time may be read and waited for by the functions of `time`; else only `sleep` is told.
    readable: bool

    def now_us(self) -> int:
        """Return the present instant, in microseconds."""

    def epoch_ns(self) -> int:
        """Return the same, in nanoseconds since 1970."""

    def pause(self, seconds: float, call: str) -> None:
        """Let time pass, as a call of the code asks for."""

    def missed(self, seconds: float, where: str) -> None:
        """Take note of real time that passed and is none of this clock's."""

    def check(self) -> None:
        """Raise what ends the code, if it is to end."""

    def stop(self, why: str) -> Any:
        """End the code here and now."""


class _Place(NamedTuple):
    names: dict[str, Any]
    name: str
    real: Any
    virtual: Any


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


def own_threads(clock: VirtualTime) -> list[threading.Thread]:
    """Return the living threads that the code in a clock's time has started."""
    return [thread for thread, owner in list(_started.items()) if owner is clock and thread.is_alive()]


class _Patches:
    """What is in place of the real functions, how often it was asked for, and where it stands."""

    def __init__(self) -> None:
        self.users = 0
        self._places: list[_Place] = []
        self._methods: list[tuple[type, str, Any]] = []
        self._virtual: dict[int, Any] = {}
        self._real: dict[int, Any] = {}

    def put(self) -> None:
        """Put virtual time in all places where real time stands now."""
        pairs = _pairs()
        self._virtual = {id(real): (real, virtual) for real, virtual in pairs}
        self._real = {id(virtual): (virtual, real) for real, virtual in pairs}
        self._methods = _patch_methods()
        try:
            self._places = list(_places(self._virtual))
            for place in self._places:
                place.names[place.name] = place.virtual
        except BaseException:
            self.take_back()
            raise

    def take_back(self) -> None:
        """Put the real functions back, also where what was imported meanwhile took the others."""
        for kind, name, real in self._methods:
            setattr(kind, name, real)
        for place in self._places:
            if place.names.get(place.name) is place.virtual:
                place.names[place.name] = place.real
        for place in _places(self._real):
            place.names[place.name] = place.virtual
        self._places, self._methods = [], []


_patches = _Patches()


@contextmanager
def patched() -> Iterator[None]:
    """Put virtual time in force, for threads that ask for it; several may at once."""
    with _lock:
        if not _patches.users:
            _patches.put()
        _patches.users += 1
    try:
        yield
    finally:
        with _lock:
            _patches.users -= 1
            if not _patches.users:
                _patches.take_back()


def _places(wanted: dict[int, tuple[Any, Any]]) -> Iterator[_Place]:
    """Yield where in loaded modules something stands that is to be replaced."""
    for module_name, module in list(sys.modules.items()):
        root = module_name.partition(".")[0]
        if root == "simimport" or not isinstance(module, ModuleType):
            continue
        own_datetime = root in _OWN_DATETIME or (root in sys.stdlib_module_names and root != "datetime")
        names = vars(module)
        for name, value in list(names.items()):
            found = wanted.get(id(value))
            if found is not None and not (own_datetime and isinstance(value, type)):
                yield _Place(names, name, value, found[1])


def _pairs() -> list[tuple[Any, Any]]:
    """Return the real functions as they are now, each with what takes its place."""
    module = realtime.MODULE
    pairs = [(module.sleep, _sleep(module.sleep))]
    for name, read in _READ.items():
        real, real_ns = getattr(module, name), getattr(module, f"{name}_ns")
        pairs += [(real, _reading(real, read, 1e9)), (real_ns, _reading(real_ns, read, None))]
    real_loop = asyncio.new_event_loop

    def new_event_loop() -> asyncio.AbstractEventLoop:
        clock = _clocks.get(threading.get_ident())
        return real_loop() if clock is None else VirtualLoop(clock, own_threads)

    return [*pairs, (real_loop, new_event_loop), virtual_datetime(_readable)]


def _readable() -> VirtualTime | None:
    """Return the clock of this thread, if it may be read."""
    clock = _clocks.get(threading.get_ident())
    return clock if clock is not None and clock.readable else None


def _reading(real: Any, read: Callable[[VirtualTime], int], parts: float | None) -> Any:
    def reading() -> Any:
        clock = _readable()
        if clock is None:
            return real()
        clock.check()
        return read(clock) if parts is None else read(clock) / parts

    return reading


def _sleep(real: Any) -> Any:
    def sleep(seconds: Any, /) -> None:
        clock = _clocks.get(threading.get_ident())
        if clock is not None:
            if not seconds >= 0:
                raise ValueError("sleep length must be non-negative")
            clock.pause(float(seconds), "time.sleep")
            return
        real(seconds)
        if (owner := _owner()) is not None:
            owner.missed(float(seconds), "time.sleep in a thread that it started")

    return sleep


def _owner() -> VirtualTime | None:
    """Return the clock of the code that started this thread."""
    ident = threading.get_ident()
    return next((clock for thread, clock in list(_started.items()) if thread.ident == ident), None)


def _patch_methods() -> list[tuple[type, str, Any]]:
    """Replace methods, which nobody holds but their classes; return the real ones."""
    condition, thread, loop = threading.Condition, threading.Thread, asyncio.BaseEventLoop
    real = [(condition, "wait", condition.wait), (thread, "start", thread.start), (loop, "time", loop.time)]
    real_wait: Any = condition.wait
    real_start: Any = thread.start
    true_monotonic = realtime.true_monotonic

    def wait(self: threading.Condition, timeout: float | None = None) -> bool:
        clock = _clocks.get(threading.get_ident())
        if clock is None or timeout is None or timeout <= 0:
            return bool(real_wait(self, timeout))
        began = true_monotonic()
        # without threads of its own, nobody is there to notify it
        notified = bool(real_wait(self, min(timeout, PATIENCE_S) if own_threads(clock) else 0))
        clock.missed(true_monotonic() - began, "a wait for a thread that it started")
        if notified:
            return True
        clock.pause(timeout, "a wait of threading")
        return bool(real_wait(self, 0))

    def start(self: threading.Thread) -> None:
        clock = _clocks.get(threading.get_ident()) or _owner()
        if clock is not None:
            _started[self] = clock
        real_start(self)

    # an event loop that is none of ours waits in real time, and would for ever if its time stood still
    for (kind, name, _), method in zip(real, (wait, start, lambda _loop: true_monotonic()), strict=True):
        setattr(kind, name, method)
    return real
