"""What stands between two bodies: a date, and the head of an answer as ``curl -i`` prints it.

Reads no bodies. Anything else between them is refused: it may have been an answer.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from simimport.errors import TraceError, brief
from simimport.testing.reading.dates import Date, date_at_the_beginning, parsed_date

__all__ = ["NO_LABEL", "Clock", "Label", "label_of"]

_STATUS = re.compile(r"HTTP/[\d.]+ (\d{3})\b")
_HEADER = re.compile(r"([A-Za-z0-9_-]+):(.*)")
_HALF_A_YEAR_S, _YEAR_S = 183 * 86_400.0, 366 * 86_400.0


class Label(NamedTuple):
    """What is known of the body behind it.

    Parameters
    ----------
    date : Date or None
    http_status : int or None
    unanswered : int
        How many dates before it have no body.
    """

    date: Date | None = None
    http_status: int | None = None
    unanswered: int = 0


NO_LABEL = Label()


def label_of(text: str, path: Path, line: int) -> Label:
    """Return what the text before a body tells of it.

    Raises
    ------
    TraceError
        If a line of it is neither a date nor of a head; lines are counted from `line` on.
    """
    dates: list[Date] = []
    sent: Date | None = None
    status: int | None = None
    for place, words in enumerate(map(str.strip, text.split("\n")), line):
        if not words:
            continue
        header = _HEADER.fullmatch(words) if status is not None else None
        if found := _STATUS.match(words):
            status = int(found.group(1))
        elif header:
            sent = parsed_date(header.group(2)) if header.group(1).lower() == "date" else sent
        else:
            dates.append(_date_in(words, path, place))
    # of a line before the head and its header, the line has the finer clock, or the same
    date = dates[-1] if dates else sent
    return Label(date, status, max(len(dates) - 1, 0))


def _date_in(words: str, path: Path, line: int) -> Date:
    try:
        date = date_at_the_beginning(words)
    except ValueError as error:
        raise TraceError(path, line, f"this is no date ({error}): {brief(words)}") from None
    if date is None:
        what = "an HTML page" if words.startswith("<") else brief(words)
        hint = "take it out: between bodies only dates may stand"
        raise TraceError(path, line, f"this is neither JSON nor a date, but {what}; {hint}")
    return date


class Clock:
    """Turns the dates of one trace into seconds after the first."""

    def __init__(self) -> None:
        self._first: Date | None = None
        self._last_s = 0.0

    def at_s(self, date: Date, path: Path, line: int) -> float:
        """Return the instant of a date.

        Raises
        ------
        TraceError
            If it is by another clock than the dates before.
        """
        if self._first is None:
            self._first = date
        if date.clock != self._first.clock:
            zones = " and then ".join(clock or "no zone" for clock in (self._first.clock, date.clock))
            raise TraceError(path, line, f"the dates have {zones}; write them in UTC (date -u)")
        at_s = date.seconds - self._first.seconds
        # without a year, New Year looks like a fall
        while not date.has_year and at_s < self._last_s - _HALF_A_YEAR_S:
            at_s += _YEAR_S
        self._last_s = at_s
        # a date has no more than microseconds, and a difference of two floats has more digits
        return round(at_s, 6)
