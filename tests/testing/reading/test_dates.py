"""Dates at the beginning of lines: every way to write one instant, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import TraceError, read_trace
from simimport.testing.reading.dates import Date, date_at_the_beginning, parsed_date

#: Of 2026-11-26 08:01:51 UTC, after the year 2000.
AT = 848_995_311.0


@pytest.mark.parametrize(
    ("line", "seconds", "clock"),
    [
        ("2026-11-26T08:01:51Z", AT, "UTC"),
        ("2026-11-26T08:01:51.250Z", AT + 0.25, "UTC"),
        ("2026-11-26 09:01:51,250+01:00", AT + 0.25, "UTC"),
        ("2026-11-26T03:31:51-0430", AT, "UTC"),
        ("[2026-11-26 08:01:51 UTC]", AT, "UTC"),
        ("2026-11-26 08:01:51 INFO polled", AT, ""),
        ("2026-11-26 08:01:51,123 INFO: polled", AT + 0.123, ""),
        ("2026-11-26 08:01:51", AT, ""),
        ("Thu, 26 Nov 2026 09:01:51 +0100", AT, "UTC"),
        ("26 Nov 2026 08:01:51 GMT", AT, "UTC"),
        ("Thu Nov 26 08:01:51 UTC 2026", AT, "UTC"),
        ("Thu Nov 26 09:01:51 CET 2026", AT + 3600, "CET"),
        ("Thu Nov 26 15:01:51 WIB 2026", AT + 7 * 3600, "WIB"),
        ("Thu Nov 26 11:01:51 +03 2026", AT, "UTC"),
        ("2026-11-26 09:01:51 CET", AT + 3600, "CET"),
        ("2026-11-26 08:01:51 ALERT", AT, ""),
        ("Thu 26 Nov 2026 08:01:51 AM UTC", AT, "UTC"),
        ("Thu 26 Nov 2026 12:01:51 AM UTC", AT - 8 * 3600, "UTC"),
        ("2026/11/26 08:01:51 polled", AT, ""),
        ("2026-11-26 08:01:51.123456", AT + 0.123456, ""),
        ("Thu Nov 26 2026 09:01:51 GMT+0100 (Central European Standard Time)", AT, "UTC"),
        ("Thursday, November 26, 2026 8:01:51 AM", AT, ""),
        ("<13>1 2026-11-26T08:01:51Z host poll 7 - -", AT, "UTC"),
        ("Thu Nov 26 08:01:51 AM UTC 2026", AT, "UTC"),
        ("1795680111", AT, "UTC"),
        ("1795680111.250", AT + 0.25, "UTC"),
        ("1795680111250", AT + 0.25, "UTC"),
    ],
)
def test_a_date_is_read(line: str, seconds: float, clock: str) -> None:
    date = date_at_the_beginning(line)
    assert date is not None
    assert date == Date(date.seconds, clock)
    assert date.seconds == pytest.approx(seconds, abs=1e-6)


def test_a_syslog_has_no_year() -> None:
    date = date_at_the_beginning("Feb 29 08:01:51 host poll[7]: x")
    assert date is not None
    assert not date.has_year


@pytest.mark.parametrize(
    "line", ["", "polled", "200", "<html>", "2026", "12:30:00", "20261126080151000000", "404 Not Found"]
)
def test_what_is_no_date_is_none(line: str) -> None:
    assert date_at_the_beginning(line) is None


@pytest.mark.parametrize("line", ["2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-02-01T25:00:00Z",
                                  "Thu Foo 26 08:01:51 UTC 2026", "0000-01-01T00:00:00Z"])  # fmt: skip
def test_what_the_calendar_does_not_have_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f'{line} {{"state":"none"}}')
    with pytest.raises(TraceError, match="line 1: this is no date"):
        read_trace(tmp_path / "a.log")


@given(st.datetimes())
def test_any_date_in_iso_is_read_and_dates_are_ordered_as_they_are(at: object) -> None:
    assert parsed_date(f"{at}") is not None


def test_a_priority_of_syslog_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text('<13>1 2026-11-26T08:01:51Z host poll 7 - - {"state":"none"}')
    assert read_trace(tmp_path / "a.log").read_as == "one body, dated by the dates before them"


def test_new_year_is_no_fall_where_the_year_is_left_out(tmp_path: Path) -> None:
    lines = [f'{date} host x: {{"state":"none"}}' for date in ("Dec 31 23:59:55", "Jan  1 00:00:05")]
    (tmp_path / "a.log").write_text("\n".join(lines))
    assert [answer.at_s for answer in read_trace(tmp_path / "a.log")] == [0.0, 10.0]
