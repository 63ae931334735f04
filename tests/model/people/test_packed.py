"""Zips of people: what is in them, and which are refused before anything large comes out."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.model.people.packed import Packed, UnreadableZipError, is_packed


def packed(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            # of one date: what is made here names tests, which must be called the same everywhere
            bundle.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


SOME = {"users.csv": b"ann,ann@example.org,Ann\n" * 40, "b/c.csv": b"x"}


def test_its_files_are_there_and_folders_and_litter_are_not() -> None:
    raw = packed({**SOME, "b/": b"", "__MACOSX/._users.csv": b"x", "b/.DS_Store": b"x"})
    assert is_packed(raw)
    with Packed(raw) as files:
        assert files.names == ("users.csv", "b/c.csv")
        assert {name: files.read(name) for name in files.names} == SOME


def test_a_zip_of_nothing_is_one() -> None:
    raw = packed({})
    assert is_packed(raw)
    assert Packed(raw).names == ()
    assert not is_packed(b"username,email,name")


@pytest.mark.parametrize(
    ("raw", "problem"),
    [(packed({str(n): b"" for n in range(10_001)}), "more than 10,000 files"),
     (packed({"users.csv": bytes(3_000_000)}), "unpacked, the zip would take 3,000,000 bytes"),
     (packed({str(n): bytes(100_000) for n in range(40)}), "unpacked, the zip would take 4,000,000 bytes"),
     (packed({"../a": b"x"}), "leads out of the zip"), (packed({"a/../../b": b"x"}), "leads out of the zip")],
)  # fmt: skip
def test_what_is_refused_unread(raw: bytes, problem: str) -> None:
    with pytest.raises(UnreadableZipError, match=problem):
        Packed(raw)


def test_two_files_of_one_name_are_refused() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as bundle:
        bundle.writestr(zipfile.ZipInfo("users.csv"), b"x")
        with pytest.warns(UserWarning, match="Duplicate name"):
            bundle.writestr(zipfile.ZipInfo("users.csv"), b"y")
    with pytest.raises(UnreadableZipError, match="two files of one name"):
        Packed(whole.getvalue())


def test_a_stream_that_holds_more_than_it_says_gives_no_more() -> None:
    # a megabyte behind a header that says ten bytes, with the checksum of those ten
    content = bytes(1_000_000)
    raw = packed({"users.csv": content})
    lying = raw.replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    lying = lying.replace(
        zlib.crc32(content).to_bytes(4, "little"), zlib.crc32(bytes(10)).to_bytes(4, "little")
    )
    with Packed(lying) as files:
        assert files.read("users.csv") == bytes(10)


def test_an_encrypted_file_is_refused() -> None:
    raw = bytearray(packed({"users.csv": b"x"}))
    for begin, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(begin) + place] |= 1
    with pytest.raises(UnreadableZipError, match="is encrypted"):
        Packed(bytes(raw)).read("users.csv")


@given(st.data())
def test_a_damaged_zip_is_read_or_refused_and_never_breaks(data: st.DataObject) -> None:
    raw = bytearray(packed(SOME))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=6)):
        raw[place] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))]
    with contextlib.suppress(UnreadableZipError), Packed(bytes(raw)) as files:
        assert all(len(files.read(name)) < 2_000_000 for name in files.names)
