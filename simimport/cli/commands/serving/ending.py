"""How `simimport serve` ends: Ctrl-C, a polite kill, a terminal that is closed, or the parent's death.

Closes nothing itself: whoever waits here goes on, and leaves its contexts.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["interruptible", "polite_signals"]

# in turns: on some systems a wait without end is never interrupted by a signal
_TURN_S = 1.0
# how long an orphan may live
_ORPHAN_S = 0.2


@contextmanager
def interruptible(parent: int | None) -> Iterator[Callable[[], None]]:
    """Return what waits until somebody ends it: a signal, or the death of the parent that is named.

    All of them are clean from here on.
    """
    ended = threading.Event()

    def end(number: int, frame: object) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, *polite_signals())}
    try:
        yield lambda: _wait_until(ended, parent)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def polite_signals() -> list[signal.Signals]:
    """Return the signals beside Ctrl-C that ask a process to end."""
    numbers = [signal.SIGTERM]
    # there is none on Windows; and who started it with nohup wants it to go on
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return numbers


def _wait_until(ended: threading.Event, parent: int | None) -> None:
    turn_s = _TURN_S if parent is None else _ORPHAN_S
    while not ended.wait(timeout=turn_s):
        # An orphan is somebody else's from then on. It is looked up again and again, and not asked of the
        # kernel: its signal (PR_SET_PDEATHSIG) comes when the thread ends that started us, and is Linux's
        # alone. A parent that is killed can say nothing itself.
        if parent is not None and os.getppid() != parent:
            return
