"""CSV whose cells no spreadsheet program runs."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simimport.cli.output.spreadsheets import without_formulas

CELLS = st.text(st.sampled_from("=+-@\t\r\n\",;' a1.e\u0085\u2028"), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=4)


def is_run(cell: str) -> bool:
    number = re.fullmatch(r"[-+]\d+\.?\d*(e[-+]?\d+)?", cell)
    return not number and cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(ROWS)
@example([["=1+1", "a,=2", "-5", "\t-5"], ["a\n=3", '"', "'=4", ""]])
def test_only_what_would_be_run_gets_a_mark(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    [safe] = without_formulas([text.getvalue()])
    read = list(csv.reader(io.StringIO(safe, newline="")))
    assert read == [[f"'{cell}" if is_run(cell) else cell for cell in row] for row in rows]


@pytest.mark.parametrize("cell", ["=1", "+1+1", "-a", "@SUM(1)", "\t=1", "\r=1", "\t5", "=" * 300_000])
def test_each_beginning_is_marked(cell: str) -> None:
    for text, marked in ((f"a,{cell}\n", f"a,'{cell}\n"), (f'"{cell}",a\n', f"\"'{cell}\",a\n")):
        if "\r" not in cell or '"' in text:
            assert list(without_formulas([text])) == [marked]


def test_numbers_stay() -> None:
    text = "-1,+2.5,-1e-05,-inf\r\n"
    assert list(without_formulas([text, text])) == [text, text]
