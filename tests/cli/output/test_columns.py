"""Durations, numbers and columns as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.cli.output.columns import clean, columns, cut, duration, pad, percent, width_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.0005, "0.5 ms"), (0.01, "10 ms"), (0.949, "949 ms"), (0.96, "960 ms"), (1, "1 s"),
        (33.46, "33.5 s"), (59.94, "59.9 s"), (59.96, "1 min"), (60, "1 min"), (273.456, "4 min 33.5 s"),
        (3599.96, "1 h"), (3600, "1 h"), (3661, "1 h 1 min"), (7199.99, "2 h"), (86399, "1 d"),
        (86400, "1 d"), (200_000, "2 d 8 h"), (31_557_600_000, "365250 d"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e9))
def test_a_duration_says_about_what_it_is(seconds: float) -> None:
    sizes = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}
    words = duration(seconds).split()
    said = sum(float(number) * sizes[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    # tenths of a second from one second on, tenths of a millisecond below
    assert said == pytest.approx(seconds, rel=0.025, abs=0.0501 if seconds > 0.9994 else 0.0001)


def test_shares() -> None:
    assert [percent(share) for share in (0, 1e-9, 0.125, 0.9999999, 1)] == [
        "0 %", "0.1 %", "12.5 %", "99.9 %", "100 %",
    ]  # fmt: skip


def test_widths_are_those_of_a_terminal() -> None:
    assert [width_of(text) for text in ("abc", "李小龍", "e\u0301", "a\u200bb")] == [3, 6, 1, 2]
    assert [cut(text, 4) for text in ("abcd", "abcde", "李小龍")] == ["abcd", "abc…", "李…"]
    assert (pad("李", 4), pad("李", 4, right=True)) == ("李  ", "  李")


def test_columns_fit_and_stand_in_line() -> None:
    rows = [("a", "1"), ("bbb", "22")]
    assert columns(rows, right=(1,)) == ["a     1", "bbb  22"]
    long = [("x" * 50, "y" * 30, "z")]
    assert [width_of(line) for line in columns(long, most=40)] == [40]


@given(st.text(max_size=20))
def test_what_others_write_stays_on_its_line(text: str) -> None:
    assert clean(text).isprintable() or not text
    assert len(clean(text)) == len(text)
