"""Long files are read piece by piece, and the same comes out as of short ones."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport import UsersError, read_users
from simimport.model.people.from_csv import encodings, plain_rows, reading, rows, stored
from simimport.model.people.from_csv.stored import Stored

PEOPLE = "username,email,name\n" + "".join(
    f'ann{number},ann{number}@example.com,"Änn 山 {number}"\n' for number in range(500)
)
HARD = 'bo,bo@example.com,"Bo ""the"" Lee\r\n, Jr"\rcy,cy@example.com,\n'

Small = Callable[[], None]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Small:
    """Return a function after which every file is long, and every piece short."""

    def shrink() -> None:
        for module, name, size in (
            (stored, "_LONG", 1), (stored, "_PIECE", 7), (stored, "_BEGINNING", 100), (rows, "_PIECE", 64),
            (plain_rows, "_PIECE", 1_000), (plain_rows, "_WORTHWHILE", 0), (encodings, "_BEGINNING", 12_000),
            (reading, "_FAR", 5_000),
        ):  # fmt: skip
            monkeypatch.setattr(module, name, size)

    return shrink


def people(text: str, mark: bytes = b"") -> bytes:
    return mark + text.encode()


@pytest.mark.parametrize("name", ["people.csv", "people.txt"])
@pytest.mark.parametrize(
    "raw",
    [
        people(PEOPLE),
        people(PEOPLE, codecs.BOM_UTF8),
        people(PEOPLE, 2 * codecs.BOM_UTF8),
        people(PEOPLE + HARD + PEOPLE.partition("\n")[2]),
        people(PEOPLE.replace("\n", "\r\n") + HARD),
        people(PEOPLE.replace("\n", "\r")),
        people("# one\n\n" * 1_400 + PEOPLE),
        people(" " * 20_000 + "\n" + PEOPLE),
        people('{"users": [' + ",".join(['{"username": "ann"}'] * 300) + "]}"),
        people('{"username": "ann"}\n' * 300),
    ],
)
def test_a_long_file_is_read_as_a_short_one(tmp_path: Path, small: Small, raw: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    whole = read_users(path)
    small()
    in_pieces = read_users(path)
    assert_frame_equal(in_pieces, whole)
    assert in_pieces.attrs == whole.attrs


def test_a_long_file_of_blanks_is_empty(tmp_path: Path, small: Small) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b" \n" * 20_000)
    small()
    with pytest.raises(UsersError, match="the file is empty"):
        read_users(path)


@pytest.mark.parametrize(
    "end", [b"bo,\xff\n", b"bo,\xc3", b"bo,\0,\n", b"bo\n", b'bo,b@x,"a\n', b"\xed\xa0\x80,b@x,a\n"]
)
def test_what_is_wrong_with_a_long_file_is_said_as_of_a_short_one(
    tmp_path: Path, small: Small, end: bytes
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(people(PEOPLE) + end)
    with pytest.raises(UsersError) as whole:
        read_users(path)
    small()
    with pytest.raises(UsersError) as in_pieces:
        read_users(path)
    assert in_pieces.value.rows == whole.value.rows


BYTES = st.lists(st.sampled_from([b"a", b"\xc3", b"\xa9", b"\xe5\xb1\xb1", b"\xf0\x9f\x98\x80", b"\xff"]))


@given(BYTES, st.integers(1, 5))
def test_what_is_text_is_seen_whatever_the_pieces_are(parts: list[bytes], length: int) -> None:
    raw = b"".join(parts)

    class Held(Stored):
        def __init__(self) -> None:
            self._text_to = 0

        def __len__(self) -> int:
            return len(raw)

        def __getitem__(self, part: slice) -> bytes:
            return raw[part]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "_PIECE", length)
        patch.setattr(encodings, "_PIECE", length)
        begun = Held()
        # in two steps, of which the first may end within a character
        in_steps = begun.is_text(len(raw) // 2) and begun.is_text()
        seen = Held().is_text(), in_steps, encodings.is_utf_8(raw)
    try:
        raw.decode()
    except UnicodeDecodeError:
        assert seen == (False, False, False)
    else:
        assert seen == (True, True, True)


def test_a_long_file_is_never_whole_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "people.csv"
    rows_of_people = PEOPLE.partition("\n")[2] * 4
    path.write_text(PEOPLE + rows_of_people * 100 + HARD + rows_of_people, encoding="utf-8", newline="")
    lengths = []
    slice_of = Stored.__getitem__

    def noted(self: Stored, part: slice) -> bytes:
        lengths.append(len(slice_of(self, part)))
        return slice_of(self, part)

    monkeypatch.setattr(Stored, "__getitem__", noted)
    assert len(read_users(path)) == 500 + 4 * 500 * 101 + 2
    assert path.stat().st_size > 1.5 * 2**22
    assert max(lengths) <= 2**22


@pytest.mark.parametrize("left", [b"\xff" * 20_000, b"", PEOPLE.encode()[:500]])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch, left: bytes
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    small()
    read = plain_rows.plain_pieces

    def interrupted(*of: object) -> object:
        path.write_bytes(left)
        return read(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "plain_pieces", interrupted)
    with pytest.raises(UsersError, match="the file was changed while it was read"):
        read_users(path)


@pytest.mark.parametrize("begin", [1, 2, 998, 9_990, 99_999, 1_234_567])
@pytest.mark.parametrize("count", [0, 1, 2_345])
def test_lines_are_their_numbers(begin: int, count: int) -> None:
    pytest.importorskip("pyarrow")
    lines = range(begin, begin + count)
    assert list(reading._lines_as_texts(lines)) == list(map(str, lines))
