"""The rate limiter: ten calls a minute for an address and an endpoint, by the service's clock.

Counts and tells; who is exempt, and how the refusal reads, is decided in `http/` and `refusals`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

__all__ = ["CALLS", "WINDOW_S", "Limiter", "Taken"]

#: The defaults of a server: so many calls, in so many seconds.
CALLS = 10
WINDOW_S = 60
_WINDOW_US = WINDOW_S * 1_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What the limiter says to a call.

    Parameters
    ----------
    allowed : bool
    remaining : int
        How many more this window allows.
    wait_us, reset_us : int
        How long until the window ends, and at what instant of the service's clock.
    """

    allowed: bool
    remaining: int
    wait_us: int
    reset_us: int

    def headers(self, epoch_ms: int) -> dict[str, str]:
        """Return the headers that say so; ``epoch_ms`` is the instant of time 0, since 1970."""
        return {
            "X-RateLimit-Limit": str(CALLS),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(epoch_ms + self.reset_us // 1000),
        }


@dataclass(slots=True)
class _Window:
    began_us: int
    calls: dict[str, int] = field(default_factory=dict)


class Limiter:
    """Fixed windows, one per endpoint: when one ends, the next call of anybody begins the next, for all.

    Parameters
    ----------
    began_us : int
        The instant at which the first windows begin.

    Notes
    -----
    Refused calls count too. Who waits as long as told gets through.
    """

    def __init__(self, began_us: int = 0) -> None:
        self._lock = threading.Lock()
        self._began_us = began_us
        self._windows: dict[str, _Window] = {}

    def take(self, address: str, endpoint: str, now_us: int) -> Taken:
        """Count a call, and say whether it is allowed."""
        with self._lock:
            window = self._windows.setdefault(endpoint, _Window(self._began_us))
            if not window.began_us <= now_us < window.began_us + _WINDOW_US:
                window = self._windows[endpoint] = _Window(now_us)
            made = window.calls[address] = window.calls.get(address, 0) + 1
        reset_us = window.began_us + _WINDOW_US
        return Taken(made <= CALLS, max(CALLS - made, 0), reset_us - now_us, reset_us)
