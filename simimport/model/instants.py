"""Instants: as texts of ISO 8601, as datetimes in UTC, and as whole microseconds.

Reads no clock, and knows no import.
"""

from __future__ import annotations

from datetime import UTC, datetime

from simimport.checks import real
from simimport.errors import ClockError

__all__ = ["instant", "microseconds", "timestamp"]

_FINITE = "a finite number of seconds"


def instant(text: str) -> datetime:
    """Return the instant that an ISO 8601 text names, cut to milliseconds; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """Return an instant as the wire shows it: ``2016-09-13T14:57:56.037Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def microseconds(at_s: float, name: str = "at_s") -> int:
    """Return an instant, given in seconds by an argument of that name, in whole microseconds.

    Raises
    ------
    ClockError
        If it is not a finite number.

    Examples
    --------
    >>> microseconds(12.3456789)
    12345679
    """
    # every look-up of a status comes by, and nearly always with a float, whose product says if it is finite
    seconds = at_s if type(at_s) is float else real(name, at_s, allowed=_FINITE, error=ClockError)
    try:
        return round(seconds * 1e6)
    except (ValueError, OverflowError):
        raise ClockError(name, at_s, _FINITE) from None
