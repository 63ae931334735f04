"""The only file that reads real time, or waits for it.

Below all other rooms, beside `errors`: the model needs it for ``epoch="now"``, the service for its
wall clock, a recorder to ask a server every so often. No simulation ever waits.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from types import ModuleType

__all__ = ["MODULE", "busy", "monotonic", "now", "sleep", "true_datetime", "true_monotonic"]

#: What others read time by and wait with: for who puts virtual time in its place, in one thread.
MODULE: ModuleType = time
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


def sleep(seconds: float) -> None:
    """Wait so many real seconds; Ctrl-C ends it."""
    time.sleep(seconds)  # noqa: TID251 - likewise
