"""The only file that reads real time, or waits for it.

Below all other rooms, beside `errors`: the model needs it for ``epoch="now"``, the service for its
wall clock, a recorder to ask a server every so often. No simulation ever waits.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, tzinfo
from types import ModuleType

__all__ = ["MODULE", "busy", "monotonic", "now", "sleep", "starved", "true_datetime", "true_monotonic"]

#: What others read time by and wait with: for who puts virtual time in its place, in one thread.
MODULE: ModuleType = time
# of Linux, each in nanoseconds: how long the thread that asks worked, and how long it stood in line to
_OWN_TIMES = "/proc/thread-self/schedstat"
_MONOTONIC = time.monotonic  # noqa: TID251 - this is that file


def now() -> datetime:
    """Return the present instant, in UTC, cut to whole milliseconds."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def monotonic() -> float:
    """Return real seconds since some fixed instant; never goes back."""
    return time.monotonic()  # noqa: TID251 - this is that file


def true_monotonic() -> float:
    """Return the same, also in a thread that lives in virtual time."""
    return _MONOTONIC()


def true_datetime(tz: tzinfo | None) -> datetime:
    """Return the present instant as `datetime` tells it, also where something stands in its place."""
    return datetime.now(tz)


def busy() -> float:
    """Return the seconds for which a processor has worked for this thread."""
    return time.thread_time()


def starved() -> float:
    """Return the seconds for which this thread would have worked, and others did; 0 where nobody tells."""
    try:
        file = os.open(_OWN_TIMES, os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 100).split()[1]) / 1e9
    finally:
        os.close(file)


def sleep(seconds: float) -> None:
    """Wait so many real seconds; Ctrl-C ends it."""
    time.sleep(seconds)  # noqa: TID251 - likewise
