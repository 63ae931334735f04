"""Widths, cuts, wrapped lines and columns of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.cli.output.columns import NO_BREAK, columns, cut, pad, width_of, wrapped
from simimport.show.words import duration, percent


def test_widths_are_those_of_a_terminal() -> None:
    assert [width_of(text) for text in ("abc", "李小龍", "e\u0301", "a\u200bb")] == [3, 6, 1, 2]
    assert [cut(text, 4) for text in ("abcd", "abcde", "李小龍")] == ["abcd", "abc…", "李…"]
    assert (pad("李", 4), pad("李", 4, right=True)) == ("李  ", "  李")


def test_columns_fit_and_stand_in_line() -> None:
    rows = [("a", "1"), ("bbb", "22")]
    assert columns(rows, right=(1,)) == ["a     1", "bbb  22"]
    long = [("x" * 50, "y" * 30, "z")]
    assert [width_of(line) for line in columns(long, most=40)] == [40]


def test_numbers_are_never_cut() -> None:
    rows = [("clustered_failures", "12 min 54.4 s", "2,008")]
    assert columns(rows, right=(1, 2), most=30) == ["cluster…  12 min 54.4 s  2,008"]
    assert columns(rows, right=(1, 2), most=20) == ["cluster…  12 min 54.4 s  2,008"]


def test_wrapped_lines_begin_as_asked_and_break_at_no_hyphen() -> None:
    assert wrapped("one two-three four", 12, first="* ", rest="  ") == ["* one", "  two-three", "  four"]
    assert wrapped(f"a{NO_BREAK}b c", 4) == ["a b", "c"]
    assert wrapped("", 10, first="  ") == []


@pytest.mark.parametrize("text", ["25 %", "4 min 33.5 s", "40 ms", "2 d 8 h", "1 h 2 min", "99.9999 %"])
def test_a_number_stays_on_a_line_with_its_unit(text: str) -> None:
    for before in range(1, 20):
        lines = wrapped(f"{'x' * before} {text} after it", 20)
        assert sum(text in line for line in lines) == 1


@given(st.floats(0, 1e9), st.floats(0, 1), st.integers(20, 60))
def test_no_word_of_a_wrapped_text_is_lost(seconds: float, share: float, width: int) -> None:
    text = f"it lasted {duration(seconds)} at {percent(share)} of the users, and said 3 things-more"
    lines = wrapped(text, width)
    assert " ".join(lines) == text
    assert max(map(len, lines)) <= width
