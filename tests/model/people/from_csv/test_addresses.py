"""Addresses in a cell: one or several, in quotes or with names around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.model.people.from_csv.addresses import addresses_of
from simimport.model.people.from_csv.reading import read_csv

A, B = "ann@example.com", "ann@example.org"


@pytest.mark.parametrize(
    "cell",
    [f"{A},{B}", f"{A};{B}", f"{A} {B}", f"{A}\n{B}", f"{A}\r\n{B}", f"{A} ; {B} ;", f"<{A}>, <{B}>",
     f"Ann <{A}>; Ann Lee <{B}>", f'"Lee, Ann" <{A}>, {B}', f"{A}, Ann <{B}>", f"mailto:{A} {B}",
     f"“{A}” “{B}”"],
)  # fmt: skip
def test_several_addresses_are_parted_however_people_part_them(cell: str) -> None:
    assert addresses_of(cell)[0] == [A, B]


@pytest.mark.parametrize(
    ("cell", "address", "name"),
    [("Ann <ann@example.com>", A, "Ann"), ("Lee, Ann <ann@example.com>", A, "Lee, Ann"), (f'"{A}"', A, ""),
     ('"Lee, Ann" <ann@example.com>', A, "Lee, Ann"), ("<ann@example.com>", A, ""), (f"'{A}'", A, ""),
     ("Ann Lee < mailto:ann@example.com >", A, "Ann Lee"), (A, A, ""),
     ("not an address", "not an address", ""),
     ("Ann <ann at example>", "Ann <ann at example>", ""),
     ("Ann <ann@example.com> Lee", "Ann <ann@example.com> Lee", ""),
     ("a\\,b@example.com", "a,b@example.com", "")],
)  # fmt: skip
def test_one_address_is_taken_out_of_what_stands_around_it(cell: str, address: str, name: str) -> None:
    assert addresses_of(cell) == ([address], name)


def test_a_name_before_the_address_counts_where_no_other_is_given() -> None:
    text = f"username,email,name\nann,Annie <{A}>,Ann Lee\nbo,Bo Di <{B}>,\n"
    frame = read_csv("people.csv", text)
    assert frame["name"].tolist() == ["Ann Lee", "Bo Di"]
    assert frame["email"].tolist() == [A, B]


@given(st.text(st.sampled_from("ab@<>,;\"'\\ \n“”:"), max_size=30))
def test_any_cell_gives_texts_and_no_address_gets_lost(cell: str) -> None:
    found, _ = addresses_of(cell)
    assert all(found)
    assert sum(text.count("@") for text in found) == cell.count("@")


def test_an_endless_cell_takes_no_endless_time() -> None:
    for cell in ("<" + "a " * 60_000 + "@", "a@b " * 30_000 + "<", '"' * 50_000 + "@<", "a@" * 50_000 + "<"):
        assert addresses_of(cell)[0]
