"""The files in data/payloads: each is what its maker makes, and is read or refused as the table says."""

from __future__ import annotations

import pytest

from simimport import read_users
from simimport.model.people.exports.systems import SYSTEMS
from simimport.model.people.understood import read_as
from tests import make_payloads
from tests.make_payloads import PAYLOADS, accepted, message_of, refused, table


@pytest.mark.parametrize("path", make_payloads.files(), ids=lambda path: path.name)
def test_each_file_is_what_its_maker_makes(path: make_payloads.Path) -> None:
    assert path.read_bytes() == make_payloads.files()[path]


@pytest.mark.parametrize("row", accepted(), ids=lambda row: row.name)
def test_each_kind_that_is_accepted_is_read_and_says_so(row: make_payloads.Row) -> None:
    people = read_users(PAYLOADS / row.name)
    assert len(people) >= 1
    assert people[["username", "email"]].notna().any(axis=None)
    assert read_as(people).startswith("read as: ")


@pytest.mark.parametrize("name", refused())
def test_each_kind_that_is_refused_is_named(name: str) -> None:
    assert len(message_of(PAYLOADS / name)) > 10


def test_every_system_has_an_example() -> None:
    assert {system.name for system in SYSTEMS} <= {row.kind for row in accepted()}


def test_the_table_is_current() -> None:
    assert (PAYLOADS / "README.md").read_text(encoding="utf-8") == table()


def test_no_file_is_there_without_a_row() -> None:
    listed = {path.name for path in make_payloads.files()} | set(make_payloads.BY_HAND) | {"README.md"}
    others = {path.name for path in PAYLOADS.iterdir()} - listed
    assert {name for name in others if not name.startswith("people-")} == set()
