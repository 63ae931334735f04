"""Whatever writes people as CSV: they come back equal, or the file is refused; none is invented or lost."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simimport import UsersError
from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.understood import read_as
from tests.model.people.from_csv.strategies import ROWS

Row = tuple[str, str, str]
HEADER = ("username", "email", "name")
LEFT_OUT = re.compile(r"(\d+) (?:empty rows?|lines? of comment) left out")


def people_in(text: str) -> tuple[list[Row], int]:
    """Return the people that are read, and how many rows were left out; none where the file is refused."""
    frame = read_csv("people.csv", text)
    left_out = sum(int(number) for number in LEFT_OUT.findall(read_as(frame)))
    return [tuple(row) for row in frame[[*HEADER]].fillna("").to_numpy().tolist()], left_out


def stripped(rows: list[Row]) -> list[Row]:
    found = [tuple(cell.strip() for cell in row) for row in rows]
    return [row for row in found if any(row)]


def check(text: str, rows: list[Row], *, lines: int = 0) -> None:
    try:
        people, left_out = people_in(text)
    except UsersError as error:
        assert error.rows  # noqa: PT017 - either end is right
        return
    assert people == stripped(rows)
    assert len(people) + left_out == len(rows) + lines


@given(
    ROWS,
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(max_examples=100)
def test_people_of_pythons_csv_come_back(rows: list[Row], quoting: int, delimiter: str, end: str) -> None:
    # the other ends of lines stand in cells without quotes then, as Python writes them
    assume(end == "\r\n" or not any("\r" in cell or "\n" in cell for row in rows for cell in row))
    for header in ([HEADER], []):
        # what could be a header, or nobody's, is for other tests
        assume(header or rows[0][1])
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=quoting, delimiter=delimiter, lineterminator=end)
        writer.writerows([*header, *rows])
        check(text.getvalue(), rows)


@pytest.mark.parametrize("dialect", ["excel", "excel-tab", "unix"])
@given(rows=ROWS)
@settings(max_examples=50)
def test_people_of_pythons_own_dialects_are_not_refused(dialect: str, rows: list[Row]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, dialect).writerows([HEADER, *rows])
    people, left_out = people_in(text.getvalue())
    assert people == stripped(rows)
    assert len(people) + left_out == len(rows)


@given(ROWS, st.sampled_from(",;\t"), st.booleans())
@settings(max_examples=50)
def test_people_of_pandas_come_back(rows: list[Row], delimiter: str, index: bool) -> None:
    text = pd.DataFrame(rows, columns=[*HEADER]).to_csv(sep=delimiter, index=index, lineterminator="\n")
    if index:
        # with a number in it no row is empty
        rows = [row for row in rows if any(map(str.strip, row))]
        text = pd.DataFrame(rows, columns=[*HEADER]).to_csv(sep=delimiter, lineterminator="\n")
    check(text, rows)


@given(ROWS)
@settings(max_examples=50)
def test_rows_that_nobody_is_in_are_counted(rows: list[Row]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, ("", "", ""), *rows, ("# of yesterday",), ("", " ", "")])
    check(text.getvalue(), rows, lines=3)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_people_of_libreoffice_come_back(tmp_path: Path) -> None:
    rows = [
        ("ann", "ann@example.com", 'Lee, "Ann"'),
        ("bo", "bo@example.com", "Bo; Di"),
        ("cy", "cy@example.com", "Žofie 山田"),
    ]
    frame = pd.DataFrame(rows, columns=[*HEADER])
    source = tmp_path / "people.csv"
    frame.to_csv(source, index=False)
    for number, delimiter in enumerate((44, 59, 9)):
        out = tmp_path / str(number)
        subprocess.run(
            ["soffice", "--headless", "--convert-to",
             f"csv:Text - txt - csv (StarCalc):{delimiter},34,76", "--outdir", str(out), str(source)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        people, left_out = people_in((out / "people.csv").read_text(encoding="utf-8-sig"))
        assert (people, left_out) == (rows, 0)
