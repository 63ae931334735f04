"""Any bytes: people, or UsersError with a line; no other exception, nor much more memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simimport import UsersError, to_payload
from simimport.model.people.from_csv.encodings import text_in
from simimport.model.people.from_csv.reading import read_csv

TEXTS = st.text(max_size=200) | st.lists(
    st.sampled_from([
        "username", "email", "a@b", ",", ";", "\t", '"', "\n", "\r", "sep=;", "#", " ", "“", "<", "x"
    ]),
    max_size=60,
).map("".join)  # fmt: skip
#: What takes most memory for its bytes, and how often it is repeated to a million bytes.
DENSE = [
    "a\n",
    ",\n",
    ",",
    '"',
    "\n",
    "#\n",
    "a,b,c\n",
    "a@b\n",
    "\r",
    '"",',
    "sep=;\n",
    "a@b;",
    "é,山\n",
    "a@b,a@b,a\n",
    '"\n"\n',
    "x@y x@y\n",
]
MEGABYTE = 1_000_000


@given(TEXTS)
@settings(max_examples=100)
def test_any_text_is_people_or_refused_with_a_line(text: str) -> None:
    try:
        frame = read_csv("people.csv", text)
    except UsersError as error:
        assert all(line >= 1 for line, _, _ in error.rows)  # noqa: PT017 - either end is right
    else:
        assert len(to_payload(frame)["users"]) == len(frame) <= text.count("\n") + text.count("\r") + 1


@given(
    st.binary(max_size=200),
    st.none() | st.sampled_from(["utf-16", "cp1252", "utf-7", "gb18030", "idna", "unicode_escape"]),
)
def test_any_bytes_are_a_text_or_refused(raw: bytes, encoding: str | None) -> None:
    try:
        text, _ = text_in(raw, encoding)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either end is right
    else:
        assert isinstance(text, str)


def peak_of(text: str) -> int:
    """Return the memory that reading a text takes at its peak."""
    read_csv("warm.csv", "email\na@b\n")
    tracemalloc.start()
    try:
        read_csv("people.csv", text)
    except UsersError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("piece", ["a\n", "a,b,c\n", ",", '"\n"\n'])
def test_no_file_takes_much_more_memory_than_it_has(piece: str) -> None:
    text = "username,email,name\n" + piece * (50_000 // len(piece))
    # ten times the file, and what any takes
    assert peak_of(text) < 10 * len(text) + 10 * MEGABYTE


@pytest.mark.long
@pytest.mark.parametrize("header", ["", "username,email,name\n", "email\n"])
@pytest.mark.parametrize("piece", DENSE)
def test_no_large_file_takes_much_more_memory_than_it_has(header: str, piece: str) -> None:
    text = header + piece * (MEGABYTE // len(piece.encode()))
    # and what 100,000 rows take that cannot be read
    assert peak_of(text) < 10 * MEGABYTE + 30 * MEGABYTE
