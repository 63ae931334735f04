"""A `datetime` whose present is virtual in threads that ask for it; all else of it is the real one's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from simimport.realtime import true_datetime

__all__ = ["virtual_datetime"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def virtual_datetime(clock_of: Callable[[], Any]) -> tuple[type[datetime], type[datetime]]:
    """Return the class `datetime` and what takes its place: its present is that of a thread's clock, if any.

    Instances are of the real class, and count as those of the other one.
    """

    class Kind(type(datetime)):  # type: ignore[misc]
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, datetime)

    class Virtual(datetime, metaclass=Kind):
        def __new__(cls, *args: Any, **given: Any) -> Any:
            # a class that was derived from this one meanwhile makes its own
            return _made(*args, **given) if cls is Virtual else super().__new__(cls, *args, **given)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return present(tz)

        @classmethod
        def today(cls) -> Any:
            return present(None)

        @classmethod
        def utcnow(cls) -> Any:
            return present(UTC).replace(tzinfo=None)

    def present(tz: tzinfo | None) -> datetime:
        clock = clock_of()
        if clock is None:
            return true_datetime(tz)
        instant = _EPOCH + timedelta(microseconds=clock.epoch_ns() // 1000)
        return instant.astimezone(tz) if tz is not None else instant.astimezone().replace(tzinfo=None)

    for name in ("fromtimestamp", "fromisoformat", "fromordinal", "strptime", "combine", "fromisocalendar"):
        setattr(Virtual, name, staticmethod(_real(name)))
    Virtual.__name__ = Virtual.__qualname__ = datetime.__name__
    Virtual.__module__ = datetime.__module__
    return datetime, Virtual


def _real(name: str) -> Any:
    return getattr(datetime, name)


def _made(*args: Any, **given: Any) -> datetime:
    made: Callable[..., datetime] = datetime
    return made(*args, **given)
