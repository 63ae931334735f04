"""An asyncio event loop in virtual time: when nothing is left to do, its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from simimport.realtime import true_monotonic

__all__ = ["ASYNCIO", "PATIENCE_S", "VirtualLoop"]

#: As what the loop lets time pass.
ASYNCIO = "asyncio"

#: For how many real seconds something outside is waited for (a thread, a socket) before virtual time goes on
#: without it.
PATIENCE_S = 0.25
_RESOLUTION_S = 1e-6


class _Selector(selectors.DefaultSelector):
    """Waits for what is ready, as any; where it would wait for a timer, it lets virtual time pass instead."""

    def __init__(self, clock: Any, threads_of: Callable[[Any], list[Any]]) -> None:
        super().__init__()
        self._clock = clock
        self._threads_of = threads_of
        #: How many calls the loop's own threads are busy with.
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; virtual time has passed where nothing was."""
        self._clock.check()
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        # the loop's own pipe, by which threads wake it, is always there
        if self.busy or len(self.get_map()) > 1 or (timeout is None and self._threads_of(self._clock)):
            began = true_monotonic()
            ready = super().select(PATIENCE_S)
            self._clock.missed(true_monotonic() - began, "a wait for a thread or a socket")
            if ready:
                return ready
        if timeout is None:
            if not self.busy:
                self._clock.stop("waits for ever: nothing is left that could wake it")
            return []
        self._clock.pause(max(timeout, _RESOLUTION_S), ASYNCIO)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop of a thread that lives in virtual time.

    Parameters
    ----------
    clock : VirtualTime
    threads_of : callable
        Returns the living threads that the code in the clock's time has started.
    """

    def __init__(self, clock: Any, threads_of: Callable[[Any], list[Any]]) -> None:
        self._virtual = clock
        self._waiting = _Selector(clock, threads_of)
        super().__init__(self._waiting)
        # time is of whole microseconds: a timer that is closer than that is due
        self._clock_resolution = _RESOLUTION_S

    def time(self) -> float:
        """Return the present instant of the virtual clock."""
        seconds: float = self._virtual.now_us() / 1e6
        return seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        """Run a function in a thread; while it runs, virtual time waits for it a little."""
        self._waiting.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _future: Any) -> None:
        self._waiting.busy -= 1
