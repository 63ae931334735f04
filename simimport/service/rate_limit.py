"""The rate limiter: ten calls a minute for an address and an endpoint, by the service's clock.

Counts, and says what of it stands in answers; who is exempt is decided in `http/`.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simimport.model.instants import instant
from simimport.service import refusals

if TYPE_CHECKING:
    from simimport.service.answers import Answer
    from simimport.service.served import Served

__all__ = ["CALLS", "WINDOW_S", "Limiter", "Limits", "Taken"]

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


class Limits:
    """The limiter of a service: a life of the service long, by its clock.

    Parameters
    ----------
    service : Served
    """

    def __init__(self, service: Served) -> None:
        self._service = service
        self._limiter, self._life = Limiter(service.clock.now_us()), service.log

    def take(
        self, address: str, endpoint: str, *, exempt: bool = False
    ) -> tuple[Answer | None, Mapping[str, str]]:
        """Count a call; return the refusal, if it is one too many, and the headers of what is answered.

        A call of somebody who is exempt is not counted, and tells nothing of it.
        """
        if exempt:
            return None, {}
        service = self._service
        now_us = service.clock.now_us()
        # a service that was reset has a new journal: its windows begin anew, too
        if service.log is not self._life:
            self._limiter, self._life = Limiter(now_us), service.log
        taken = self._limiter.take(address, endpoint, now_us)
        headers = taken.headers(round(instant(service.scenario.epoch).timestamp() * 1000))
        return (None if taken.allowed else refusals.too_many(headers, taken.wait_us / 1e6)), headers
