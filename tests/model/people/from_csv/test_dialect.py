"""How CSV is written: delimiters, quotes, comments, empty rows and the ends of lines are told by the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simimport import UsersError
from simimport.model.people.from_csv.dialect import DELIMITERS, dialect_of
from simimport.model.people.from_csv.reading import read_csv
from simimport.model.people.understood import read_as

if TYPE_CHECKING:
    import pandas as pd


def people_of(frame: pd.DataFrame) -> list[tuple[str | None, ...]]:
    columns = ("username", "email", "name")
    return [
        tuple(row) for row in frame[[*columns]].astype(object).where(frame[[*columns]].notna(), None).values
    ]


ANN, BO = ("ann", "ann@example.com", "Lee, Ann"), ("bo", "bo@example.com", "Bo")


NO_HEADER = "no header (username, email, name)"
#: Files, their lines parted by a slash here, and what is said of them.
WRITTEN = [
    ('username,email,name/ann,ann@example.com,"Lee, Ann"/bo,bo@example.com,Bo/', "commas, header, 2 people"),
    ("username;email;name/ann;ann@example.com;Lee, Ann/bo;bo@example.com;Bo", "semicolons, header, 2 people"),
    ("username\temail\tname/ann\tann@example.com\tLee, Ann/bo\tbo@example.com\tBo", "tabs, header, 2 people"),
    ("username|email|name/ann|ann@example.com|Lee, Ann/bo|bo@example.com|Bo", "bars, header, 2 people"),
    ("sep=;/username;email;name/ann;ann@example.com;Lee, Ann/bo;bo@example.com;Bo",
     "semicolons, header, 2 people"),
    ('"sep=^"/ann^ann@example.com^Lee, Ann/bo^bo@example.com^Bo',
     f"cells parted by ^, {NO_HEADER}, 2 people"),
    ("ann;ann@example.com;Lee, Ann/bo;bo@example.com;Bo", f"semicolons, {NO_HEADER}, 2 people"),
    ('"ann", "ann@example.com", "Lee, Ann"/"bo",   "bo@example.com", "Bo"/',
     f"commas, {NO_HEADER}, 2 people"),
    ("“username”;“email”;“name”/“ann”;“ann@example.com”;“Lee, Ann”/“bo”;“bo@example.com”;“Bo”",
     "semicolons, typographic quotes, header, 2 people"),
    ("„ann“;„ann@example.com“;„Lee, Ann“/„bo“;„bo@example.com“;„Bo“",
     f"semicolons, typographic quotes, {NO_HEADER}, 2 people"),
    ('username,email,name,,/ann,ann@example.com,"Lee, Ann",,/bo,bo@example.com,Bo,,,/',
     "commas, header, 2 people"),
    ('/,,/username,email,name/,,/ann,ann@example.com,"Lee, Ann"//  ,, /bo,bo@example.com,Bo/,,/',
     "commas, header, 2 people, 6 empty rows left out"),
    ('# by hand/#/username,email,name/# old ones/ann,ann@example.com,"Lee, Ann"/bo,bo@example.com,Bo/# end/',
     "commas, header, 2 people, 4 lines of comment left out"),
    ('#username,email,name/ann,ann@example.com,"Lee, Ann"/bo,bo@example.com,Bo/', "commas, header, 2 people"),
    (',username,email,name/0,ann,ann@example.com,"Lee, Ann"/1,bo,bo@example.com,Bo/',
     "commas, header, 2 people, columns left out: the first, without a name"),
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("lines", "sentence"), WRITTEN)
def test_people_are_read_however_they_are_parted(lines: str, sentence: str, end: str) -> None:
    frame = read_csv("people.csv", lines.replace("/", end))
    assert people_of(frame) == [ANN, BO]
    assert read_as(frame) == f"read as: {sentence}"


def test_typographic_quotes_that_only_some_cells_have_belong_to_them() -> None:
    frame = read_csv("people.csv", "username,email,name\nann,“ann@example.com”,“Ann”\n")
    assert people_of(frame) == [("ann", "ann@example.com", "“Ann”")]


@pytest.mark.parametrize("length", [40_000, 60_000, 131_000])
def test_the_first_row_may_be_longer_than_what_the_delimiter_is_told_by(length: int) -> None:
    users = read_csv("people.csv", f'ann,ann@example.com,"Lee, {"x" * length}"\nbob,bob@example.com,Bob\n')
    assert users["username"].tolist() == ["ann", "bob"]
    assert len(users["name"][0]) == length + 5


def test_a_number_sign_may_begin_a_person() -> None:
    text = "username,email,name\n#1,,Ann\n#2,bo@example.com,Bo\n"
    frame = read_csv("people.csv", text)
    assert people_of(frame) == [("#1", None, "Ann"), ("#2", "bo@example.com", "Bo")]
    addresses = read_csv("people.csv", "email\n#staff@example.com\n# old ones\nbo@example.com\n")
    assert addresses["email"].tolist() == ["#staff@example.com", "bo@example.com"]
    assert "1 line of comment left out" in read_as(addresses)


def test_ids_are_the_lines_at_which_rows_start() -> None:
    text = '# comment\n\nusername,email,name\nann,ann@example.com,"two\nlines"\n\nbo,bo@example.com,Bo\n'
    frame = read_csv("people.csv", text)
    assert frame["import_id"].tolist() == ["4", "7"]
    marked = read_csv("people.csv", "sep=;\nusername;email\nann;ann@example.com\n")
    assert marked["import_id"].tolist() == ["3"]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('username,email\nann,"ann@example.com\nbo,bo@example\n', 2, "a quote is opened and never closed"),
        ('"username,email\nann,ann@example.com\n', 1, "a quote is opened and never closed"),
        ('username;email\n"ann"x;ann@example.com\n', 2, "text after a closing quote"),
        ('username\temail\n"ann"x\tann@example.com\n', 2, "text after a closing quote"),
        ("username,email\nann,ann@example.com,Ann\n", 2, "3 cells, not 2 (username, email)"),
        ("username;email;name\nann;ann@example.com\n", 2, "2 cells, not 3 (username, email, name)"),
        ('username,email\nann,"' + "x" * 200_000 + '"\n', 2, "perhaps a quote is never closed"),
        ("username,email\n" + "a," * 140_000 + "\n", 2, "a row has more than 262,144 characters"),
        ("<html>\n", 1, "this is HTML or XML, not CSV"),
        ("username,email\nann,a\udc80\n", 2, "has a character that no text file can hold"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_refused_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(UsersError) as caught:
        read_csv("people.csv", text)
    assert caught.value.rows[0][0] == line
    assert problem in str(caught.value)


def test_a_file_of_wrong_rows_is_not_read_to_its_end() -> None:
    with pytest.raises(UsersError) as caught:
        read_csv("people.csv", "username,email\n" + "a\n" * 150_000)
    assert len(caught.value.rows) == 100_001
    assert caught.value.rows[-1][2].startswith("the file is not read on")


@pytest.mark.parametrize("delimiter", list(DELIMITERS))
def test_what_parts_the_cells_is_among_what_occurs(delimiter: str) -> None:
    cells = [("username", "email"), ("ann", "ann@example.com"), ("bo", "bo@example.com")]
    assert dialect_of("\n".join(map(delimiter.join, cells))).delimiter == delimiter
    # of one column any would do, and it is the first
    assert dialect_of("username\nann\nbo\n").delimiter == next(iter(DELIMITERS))
    others = "".join(other for other in DELIMITERS if other != delimiter)
    assert dialect_of(f"email\n{others}ann@example.com\n").delimiter in others
