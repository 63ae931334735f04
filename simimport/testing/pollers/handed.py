"""What `check_poller` hands to a poller: `fetch` and a clock, to be awaited where it is asynchronous."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from simimport.errors import FetchError
from simimport.service.answers import Answer
from simimport.service.clock import ManualClock
from simimport.show.words import in_seconds
from simimport.testing.json_lines import body_of
from simimport.testing.pollers.play import Calling
from simimport.testing.pollers.trial import Trial, lower_headers

__all__ = ["PollerClock", "calling", "is_asynchronous"]


class PollerClock:
    """The clock that a poller is handed: virtual time, which moves when the poller sleeps.

    It begins at 0 when the operation is run, and counts the seconds since 1970 of the server that is polled:
    what the server dates, such as ``_updatedAt`` and ``X-RateLimit-Reset``, is of the same time.
    """

    __slots__ = ("_trial",)

    def __init__(self, trial: Trial) -> None:
        self._trial = trial

    def now(self) -> float:
        """Return the present instant, in seconds."""
        self._trial.looked()
        return self._trial.now_s

    def sleep(self, seconds: float) -> Any:
        """Let virtual time pass; no real time does.

        Raises
        ------
        ClockError
            If it is no number from 0 to 1e9.
        """
        self._trial.check()
        self._trial.move(seconds)

    def __repr__(self) -> str:
        return f"<PollerClock at {in_seconds(self._trial.now_s)}>"


class _Instant(float):
    """An instant that may be awaited, and need not be."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, float]:
        yield from ()
        return float(self)


class _AwaitedClock(PollerClock):
    """The same for an asynchronous poller: its sleep lets other tasks work meanwhile."""

    __slots__ = ()

    def now(self) -> float:
        self._trial.looked()
        return _Instant(self._trial.now_s)

    async def sleep(self, seconds: float) -> None:
        self._trial.check()
        ManualClock().advance(seconds)
        await asyncio.sleep(seconds)


def is_asynchronous(poller: Any) -> bool:
    """Return whether a poller is to be awaited: an ``async def``, or an object that is called as one."""
    called = getattr(poller, "__call__", None)  # noqa: B004 - not whether it has one, but of which kind
    return inspect.iscoroutinefunction(poller) or inspect.iscoroutinefunction(called)


def calling(poller: Callable[[Any, Any], Any]) -> Calling:
    """Return how a poller is called with ``fetch`` and ``clock``."""
    if not is_asynchronous(poller):
        return Trial, lambda trial: poller(lambda: _fetch(trial), PollerClock(trial))

    def in_a_loop(trial: Trial) -> object:
        return asyncio.run(poller(lambda: _awaited_fetch(trial), _AwaitedClock(trial)))

    return partial(Trial, pausing="await clock.sleep({})"), in_a_loop


def _fetch(trial: Trial) -> Any:
    """Return the body of ``import.status``: a dict, or the text where it is no JSON.

    Raises
    ------
    FetchError
        If it is answered with another status than 200.
    ConnectionError
        If the connection is reset.
    """
    answer = trial.answer()
    if answer.delay_s:
        trial.move(answer.delay_s)
    return _body(answer)


async def _awaited_fetch(trial: Trial) -> Any:
    answer = trial.answer()
    # a turn for other tasks, as any request gives
    await asyncio.sleep(answer.delay_s)
    return _body(answer)


def _body(answer: Answer) -> Any:
    if answer.reset:
        raise ConnectionResetError("the connection was reset by the server")
    body = body_of(answer.raw)
    if answer.http_status != 200:
        raise FetchError(answer.http_status, lower_headers(answer), body)
    return body
