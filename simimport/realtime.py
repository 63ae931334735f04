"""The only file that reads real time, or waits for it.

Below all other rooms, beside `errors`: the model needs it for ``epoch="now"``, the service for its
wall clock, a recorder to ask a server every so often. No simulation ever waits.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

__all__ = ["monotonic", "now", "sleep"]


def now() -> datetime:
    """Return the present instant, in UTC, cut to whole milliseconds."""
    present = datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def monotonic() -> float:
    """Return real seconds since some fixed instant; never goes back."""
    return time.monotonic()  # noqa: TID251 - this is that file


def sleep(seconds: float) -> None:
    """Wait so many real seconds; Ctrl-C ends it."""
    time.sleep(seconds)  # noqa: TID251 - likewise
