"""The fast reader of plain rows: it reads what the careful one reads, or leaves it to that."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport import Scenario, UsersError, stage
from simimport.model.people.from_csv import plain_rows
from simimport.model.people.from_csv.dialect import Dialect
from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.from_csv.writing import csv_lines
from simimport.model.people.understood import read_as
from tests.model.people.from_csv.strategies import ROWS

Read = tuple[pd.DataFrame, str] | list[tuple[int, str, str]]

pytest.importorskip("pyarrow")

#: Cells, and what may stand between them: nearly a file, and often none.
PIECES = st.sampled_from(
    ["a", "bo", "x@y", "x@y z@y", "7", "1.5", "true", ",", ",", ";",
     "\n", "\n", "\r\n", "\r", '"', '""', " ", "\t", "#",
     "\xa0", "é", "山", "한", "\ufeff", "\ud800", "\0", "\x1c", "\\", "<", "NA", "null"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)
HEADERS = st.sampled_from(
    ["username,email,name", "email", "name;email", "import_id,username,email,extra_emails,name",
     "email,password",
     "username,email,utc_offset,deleted,roles"]
)  # fmt: skip


@contextmanager
def pieces_of(characters: int, worthwhile: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_rows, "_PIECE", characters)
        patch.setattr(plain_rows, "_WORTHWHILE", worthwhile)
        yield


def read(text: str, characters: int, worthwhile: int, *, named: bool = False) -> Read:
    with pieces_of(characters, worthwhile):
        try:
            frame = read_csv("people.csv", text, named=named)
        except UsersError as error:
            return error.rows
        return frame, read_as(frame)


def assert_both_read_the_same(text: str, characters: int, *, named: bool = False) -> None:
    fast = read(text, characters, 0, named=named)
    careful = read(text, characters, 10**9, named=named)
    if isinstance(fast, list) or isinstance(careful, list):
        assert fast == careful
    else:
        assert_frame_equal(fast[0], careful[0])
        assert fast[1] == careful[1]


@given(HEADERS, TEXTS, st.integers(1, 60), st.booleans())
@settings(max_examples=150)
def test_any_text_is_read_alike(header: str, text: str, characters: int, named: bool) -> None:
    assert_both_read_the_same(f"{header}\n{text}", characters, named=named)


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from([20, 100, 2**20]))
@settings(max_examples=50)
def test_people_are_read_alike(rows: list[tuple[str, str, str]], quoting: int, characters: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows([("username", "email", "name"), *rows])
    assert_both_read_the_same(text.getvalue(), characters)


def test_staged_people_are_read_fast_and_alike() -> None:
    text = "".join(csv_lines([stage(Scenario(users=3_000, locale="ja_JP"), seed=7)]))
    assert_both_read_the_same(text, 2**16)
    start = text.index("\n") + 1
    names = text[: start - 2].split(",")
    parts = list(plain_rows.plain_pieces(text.encode(), Dialect(","), len(names), start))
    # a bio with a quote in it ends the plain part
    assert sum(len(columns[0]) for _, columns in parts) in (0, 3_000)


@pytest.mark.skipif(
    getattr(pd.Series(["a"]).dtype, "storage", "") != "pyarrow", reason="this pandas keeps texts as objects"
)
def test_plain_rows_are_read_by_the_fast_reader() -> None:
    rows = "".join(f'ann{number},ann{number}@example.com,"Lee, Ann"\r\n' for number in range(2_000))
    with pieces_of(10_000, 0):
        parts = list(plain_rows.plain_pieces(rows.encode(), Dialect(","), 3, 0))
    assert parts[-1][0] == len(rows)
    assert sum(len(columns[0]) for _, columns in parts) == 2_000


@pytest.mark.parametrize(
    "row",
    ["a,b", "a,b,c,d", "", ",,", '"","",""', "# a,,", 'a,"b""c",d', 'a,b"c,d', 'a,"b\nc",d', ' "a",b,c',
     "a, ,b", "a,b,\0"],
)  # fmt: skip
def test_rows_that_are_not_plain_are_left_to_the_careful_reader(row: str) -> None:
    with pieces_of(10_000, 0):
        assert list(plain_rows.plain_pieces(f"x,y,z\n{row}\nx,y,z\n".encode(), Dialect(","), 3, 0)) == []
