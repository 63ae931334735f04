"""Several texts in one cell: what is put in comes out, and what is in old cells means what it meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import UsersError, read_users
from simimport.model.people.api_body import frame_of, objects_of
from simimport.model.people.cell_lists import cell_of, items_of
from simimport.model.people.from_csv.writing import csv_lines

TEXTS = st.lists(st.text(st.sampled_from("ab,\\"), min_size=1, max_size=6), min_size=1, max_size=5)
PLAIN = st.lists(st.text(st.sampled_from("ab@."), max_size=6), max_size=5)


@given(TEXTS)
def test_what_is_put_in_comes_out(texts: list[str]) -> None:
    assert items_of(cell_of(texts)) == texts


@given(PLAIN)
def test_plain_texts_are_parted_by_commas_and_nothing_else(texts: list[str]) -> None:
    assert cell_of(texts) == ",".join(filter(None, texts))
    assert items_of(",".join(texts)) == ",".join(texts).split(",")


@pytest.mark.parametrize(
    ("cell", "texts"),
    [("", [""]), ("a", ["a"]), ("a,,b", ["a", "", "b"]), ("CORP\\jo", ["CORP\\jo"]), ("a\\,b", ["a,b"]),
     ("a\\\\,b", ["a\\", "b"]), ("a\\", ["a\\"]), ("\\,", [","]), ("a\\b,", ["a\\b", ""])],
)  # fmt: skip
def test_what_a_cell_means(cell: str, texts: list[str]) -> None:
    assert items_of(cell) == texts


def test_an_endless_cell_takes_no_endless_time() -> None:
    assert items_of("\\" * 200_001) == ["\\" * 100_001]
    assert len(items_of("a\\,b," * 100_000)) == 100_001


def test_csv_keeps_them(tmp_path: Path) -> None:
    user = {"emails": ["a,b@x", "c\\", "d,"], "importIds": ["1,2", "CORP\\jo"], "roles": ["e,f"]}
    path = tmp_path / "people.csv"
    path.write_text("".join(csv_lines([frame_of([user], commas=True)])), encoding="utf-8", newline="")
    assert objects_of(read_users(path)) == [user]


def test_in_other_files_a_comma_is_taken_for_a_slip(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text('[{"emails": ["a@x,b@x"], "importIds": ["1"]}]', encoding="utf-8")
    with pytest.raises(UsersError, match="has a comma in it, as if it were several"):
        read_users(path)
