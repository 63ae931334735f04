"""Clocks for the service: by hand, by the wall, or one step per call. Nothing here waits or patches time.

All of them count whole microseconds from 0, move forward only, and may be shared between threads.
"""

from __future__ import annotations

import threading
from copy import copy
from typing import Any, Self

from simimport.checks import positive, real
from simimport.errors import ClockError
from simimport.keywords import takes_only
from simimport.realtime import monotonic
from simimport.show.words import duration, in_seconds

__all__ = ["LONGEST_S", "Clock", "ManualClock", "PollClock", "WallClock"]

#: How far every clock goes, about 32 years: up to there seconds as floats tell all microseconds apart, also
#: when some are added. Clocks that move by themselves stop there.
LONGEST_S = 1_000_000_000
_LONGEST_US = LONGEST_S * 1_000_000
#: What `dir` shows of a clock; all else is for the service.
_PUBLIC = ("now", "advance", "jump")


class Clock:
    """What the service asks: `now`; what its users may do: `advance` and `jump`."""

    @takes_only("ManualClock")
    def __init__(self, start_s: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._us = self._start_us = _microseconds("start_s", start_s)

    def now_us(self) -> int:
        """Return the present instant in whole microseconds."""
        with self._lock:
            return self._read()

    def now(self) -> float:
        """Return the present instant in seconds.

        Returns
        -------
        float

        Examples
        --------
        >>> ManualClock(start_s=60).now()
        60.0
        """
        return self.now_us() / 1e6

    def advance(self, seconds: float) -> None:
        """Move time on by some seconds.

        Parameters
        ----------
        seconds : float

        Raises
        ------
        ClockError
            If it is not a number from 0 on, or leads beyond 1e9 s, where all clocks stop.

        Examples
        --------
        >>> clock = ManualClock(start_s=60)
        >>> clock.advance(2.5)
        >>> clock.now()
        62.5
        """
        step = _microseconds("seconds", seconds)
        with self._lock:
            rest = _LONGEST_US - self._read()
            if step > rest:
                allowed = f"at most {in_seconds(rest / 1e6)}: clocks stop at {LONGEST_S:g} s"
                raise ClockError("seconds", seconds, allowed)
            self._us += step

    def jump(self, to_s: float) -> None:
        """Move time on to an instant.

        Parameters
        ----------
        to_s : float
            In seconds, from the present instant on.

        Raises
        ------
        ClockError
            If it is no number up to 1e9, or lies in the past: time only moves forward.

        Examples
        --------
        >>> clock = ManualClock(start_s=60)
        >>> clock.jump(90)
        >>> clock.now()
        90.0
        """
        target = _microseconds("to_s", to_s)
        with self._lock:
            present = self._read()
            if target < present:
                raise ClockError("to_s", to_s, f"an instant from now on ({in_seconds(present / 1e6)})")
            self._us += target - present

    def reach_us(self, target: int) -> None:
        """Move time on to an instant in whole microseconds, unless it has passed by itself meanwhile."""
        if target > _LONGEST_US:
            raise ClockError("to_s", target / 1e6, f"an instant to {LONGEST_S:g} s, where clocks stop")
        with self._lock:
            self._us += max(target - self._read(), 0)

    def pass_us(self, step: int) -> None:
        """Move time on by some microseconds, as far as clocks go."""
        with self._lock:
            self._us += min(step, _LONGEST_US - self._read())

    def reset(self, to_us: int | None = None) -> None:
        """Go back to the start, or as far as a service came that began anew there; as it was made."""
        with self._lock:
            self._us = self._start_us if to_us is None else to_us

    def stand_in(self) -> Clock:
        """Return a clock of the same start that moves by calls only: for a service that begins anew."""
        return ManualClock(self._start_us / 1e6)

    def anew(self) -> Self:
        """Return another clock, made as this one was."""
        clock = copy(self)
        clock.reset()
        return clock

    def answered(self) -> None:
        """Take note that the service has answered a call, or its limiter; only a PollClock moves."""

    def _read(self) -> int:
        return self._us

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has, here or in another process: the same instant, from which it goes on."""
        with self._lock:
            return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {duration(self.now_us() / 1e6)}>"

    def __dir__(self) -> list[str]:
        return [*_PUBLIC, *(name for name in super().__dir__() if name.startswith("__"))]


class ManualClock(Clock):
    """A clock that moves when you move it: nothing happens until you `advance` it.

    Parameters
    ----------
    start_s : float, default 0
        The instant at which it stands, in seconds.

    Examples
    --------
    >>> clock = ManualClock()
    >>> clock.advance(2.5)
    >>> clock.now()
    2.5
    """


class WallClock(Clock):
    """A clock that goes by real, monotonic time.

    Parameters
    ----------
    rate : float, default 1
        Simulated seconds per real second: 60 makes a minute of a second.

    Examples
    --------
    >>> from simimport import ImportService
    >>> clock = WallClock(rate=60)
    >>> service = ImportService(seed=1, clock=clock)
    >>> before_s = clock.now()
    >>> bool(clock.now() >= before_s), clock.rate
    (True, 60.0)
    """

    @takes_only("WallClock")
    def __init__(self, rate: float = 1.0) -> None:
        super().__init__()
        allowed = "simulated seconds per real second, above 0, to 1e6"
        self.rate: float = positive("rate", rate, 1e6, allowed=allowed, error=ClockError)
        self._made_rate = self.rate
        self._began = monotonic()

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), "rate"]

    def reset(self, to_us: int | None = None) -> None:
        """Go back to 0, at the rate with which it was made."""
        with self._lock:
            self._us = to_us or 0
            self.rate = self._made_rate
            self._began = monotonic()

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy has: the instant; real time counts from when it is made."""
        with self._lock:
            kept = {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_began")}
            return {**kept, "_us": self._read()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._began = monotonic()

    def _read(self) -> int:
        return min(self._us + int((monotonic() - self._began) * self.rate * 1e6), _LONGEST_US)


class PollClock(Clock):
    """A clock that moves by one step after each call that the service answers.

    For black-box clients, which can do nothing but poll: they see time pass by polling. The call is answered
    first and time moves then. Refused calls do not move it, but for those of the rate limiter, whose minute
    would never end otherwise.

    Parameters
    ----------
    step_s : float, default 1
        How far each answered call moves time, in seconds; above 0.

    Examples
    --------
    >>> from simimport import ImportService
    >>> service = ImportService(seed=1, clock=PollClock(step_s=100), autostart=True)
    >>> [service.status()["state"] for _ in range(3)]
    ['importing', 'importing', 'done']
    >>> service.clock.now()
    600.0
    """

    @takes_only("PollClock")
    def __init__(self, step_s: float = 1.0) -> None:
        super().__init__()
        self._step_us = _microseconds("step_s", step_s)
        if not self._step_us:
            raise ClockError("step_s", step_s, "a number of seconds above 0")

    def stand_in(self) -> PollClock:
        """Return another one, of the same step."""
        return self.anew()

    def answered(self) -> None:
        """Move time by one step."""
        with self._lock:
            self._us = min(self._us + self._step_us, _LONGEST_US)


def _microseconds(name: str, seconds: Any) -> int:
    """Return seconds in whole microseconds."""
    allowed = f"a number of seconds from 0 to {LONGEST_S:g}"
    return round(real(name, seconds, 0, LONGEST_S, allowed=allowed, error=ClockError) * 1e6)
