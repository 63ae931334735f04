"""An asyncio event loop in virtual time: when nothing is left to do, its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from simimport.realtime import true_monotonic
from simimport.testing.pollers.virtual.threads import PATIENCE_S, VirtualTime, is_at_work, own_threads

__all__ = ["ASYNCIO", "VirtualLoop"]

#: As what the loop lets time pass.
ASYNCIO = "asyncio"
_RESOLUTION_S = 1e-6
#: How many turns a loop may take to come to its end, after its code was stopped.
_LAST_TURNS = 1_000
# a thread that has woken the loop may need so long until it waits again, and wakes nobody by that
_SLICE_S = 0.002
# shorter waits are what any work takes
_TOLD_S = 0.1
_WHERE = "a wait for a thread or a socket"


class _Selector(selectors.DefaultSelector):
    """Waits for what is ready, as any; where it would wait for a timer, it lets virtual time pass instead."""

    def __init__(self, clock: VirtualTime) -> None:
        super().__init__()
        self._clock = clock
        self._last_turns = _LAST_TURNS
        #: How many calls of the loop's in other threads have not come back to it.
        self.calls = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; virtual time has passed where nothing was."""
        clock = self._clock
        idle = timeout is None or timeout > 0
        if clock.stopped and not idle and self._last_turns:
            # its tasks are being ended
            self._last_turns -= 1
        else:
            clock.looked()
        ready = super().select(0)
        if ready or not idle:
            return ready
        ready = self._from_outside(for_ever=timeout is None)
        if ready or (timeout is None and self._is_outside(for_ever=True)):
            return ready
        if timeout is None:
            clock.stop("stopped: it waits for ever, as nothing is left that could wake it")
            return []
        clock.pause(max(timeout, _RESOLUTION_S), ASYNCIO)
        return super().select(0)

    def _from_outside(self, *, for_ever: bool) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready after a little real time, in which something outside may come to its end."""
        began = true_monotonic()
        ready: list[tuple[selectors.SelectorKey, int]] = []
        while not ready and self._is_outside(for_ever=for_ever) and true_monotonic() - began < PATIENCE_S:
            ready = super().select(_SLICE_S)
        waited_s = true_monotonic() - began
        if waited_s >= _TOLD_S:
            self._clock.missed(waited_s, _WHERE)
        # whoever has just come to an end may be about to wake the loop
        return ready or super().select(_SLICE_S if waited_s >= _SLICE_S else 0)

    def _is_outside(self, *, for_ever: bool) -> bool:
        """Return whether something may wake the loop that is none of its timers."""
        # the loop's own pipe, by which threads wake it, is always there
        if self.calls or len(self.get_map()) > 1 or is_at_work(self._clock):
            return True
        return for_ever and bool(own_threads(self._clock))


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop of a thread that lives in virtual time.

    Parameters
    ----------
    clock : VirtualTime
    """

    def __init__(self, clock: VirtualTime) -> None:
        self._virtual = clock
        self._waits = _Selector(clock)
        super().__init__(self._waits)
        # time is of whole microseconds: a timer that is closer than that is due
        self._clock_resolution = _RESOLUTION_S

    def time(self) -> float:
        """Return the present instant of the virtual clock."""
        return self._virtual.now_us() / 1e6

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        """Run a function in a thread; while it runs, virtual time waits for it a little."""
        self._waits.calls += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _future: Any) -> None:
        self._waits.calls -= 1

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Say what went wrong unseen; nothing of what was stopped."""
        if not self._virtual.stopped:
            super().call_exception_handler(context)
