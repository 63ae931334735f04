"""A date as logs and shells write it, at the beginning of a line.

Knows nothing of bodies: what stands between them is read in `labels`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = ["Date", "date_at_the_beginning", "parsed_date"]

_TIME = r"(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?(?:\ (?P<half>[AP]M))?"
# behind a date may stand a word that is no zone, such as INFO; between a date and its year only a zone stands
_ZONE = r"(?:\ ?(?P<zone>Z|UTC|MSK|[A-Z]{2,3}T|[+-]\d\d:?\d\d|[+-]\d\d))?"
_ANY_ZONE = r"(?:\ (?P<zone>[A-Z]{2,5}|[+-]\d\d(?:\d\d)?))?"
_WEEKDAY, _MONTH = r"[A-Z][a-z]{2,8}", r"(?P<month>[A-Z][a-z]{2})[a-z]{0,6}"
_DAY, _YEAR = r"(?P<day>\d\d?)", r"(?P<year>\d{4})"
_FORMS = tuple(
    # a date may stand in brackets, and a syslog's priority before it
    re.compile(rf"(?:<\d{{1,3}}>\d?\ ?)?\[?(?:{form})\]?(?![\w.])")
    for form in (
        # ISO 8601, and as loggers write it; in Go with slashes
        rf"{_YEAR}(?P<mark>[-/])(?P<month>\d\d)(?P=mark){_DAY}[T\ ]{_TIME}{_ZONE}",
        # RFC 2822, and `date` where the day comes first
        rf"(?:{_WEEKDAY},?\ )?{_DAY}\ {_MONTH}\ {_YEAR},?\ {_TIME}{_ZONE}",
        # `date`
        rf"{_WEEKDAY}\ {_MONTH}\ \ ?{_DAY}\ {_TIME}{_ANY_ZONE}\ {_YEAR}",
        # JavaScript, and PowerShell's Get-Date
        rf"{_WEEKDAY},?\ {_MONTH}\ {_DAY},?\ {_YEAR}\ {_TIME}(?:\ GMT(?P<zone>[+-]\d{{4}}))?",
        # syslog, which leaves the year out
        rf"{_MONTH}\ \ ?{_DAY}\ {_TIME}",
        # seconds since 1970, or milliseconds
        r"(?P<epoch>\d{9,10}(?:\.\d{1,9})?|\d{12,13})",
    )
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_S = 946_684_800.0
_UTC = ("Z", "UTC", "GMT")


class Date(NamedTuple):
    """A date: seconds after the year 2000, by which clock, and whether it tells its year.

    Clocks are ``UTC``, another zone by its name, or nothing where no zone is told: only dates by one clock
    can be held against each other.
    """

    seconds: float
    clock: str
    has_year: bool = True


def date_at_the_beginning(line: str) -> Date | None:
    """Return the date that a line begins with; None where it begins with none.

    Raises
    ------
    ValueError
        If it looks like a date, and the calendar has none such.
    """
    for form in _FORMS:
        if found := form.match(line):
            return _date_of(found)
    return None


def parsed_date(text: object) -> Date | None:
    """Return the date that a text is; None where it is none."""
    try:
        return date_at_the_beginning(text.strip()) if isinstance(text, str) else None
    except ValueError:
        return None


def _date_of(found: re.Match[str]) -> Date:
    parts = found.groupdict()
    if "epoch" in parts:
        number = float(parts["epoch"])
        return Date((number if number < 1e11 else number / 1000) - _EPOCH_S, "UTC")
    word = parts["month"]
    month = int(word) if word.isdigit() else _MONTHS.index(word) + 1
    # of no year, a leap year: it has every day
    day = datetime(int(parts.get("year") or 2000), month, int(parts["day"]), tzinfo=UTC)
    hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"])
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"] == "PM" else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(f"{hour}:{minute:02}:{second:02} is no time of day")
    at = day + timedelta(hours=hour, minutes=minute, seconds=second)
    seconds = (at - _ORIGIN).total_seconds() + float(f"0.{parts['part'] or 0}")
    zone = parts.get("zone") or ""
    if zone[:1] in ("+", "-"):
        ahead_s = int(zone[1:3]) * 3600 + int(zone[3:].strip(":") or 0) * 60
        return Date(seconds - (ahead_s if zone[0] == "+" else -ahead_s), "UTC")
    return Date(seconds, "UTC" if zone in _UTC else zone, bool(parts.get("year")))
