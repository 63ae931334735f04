"""The examples in data/payloads: each is what its maker makes, and read right or refused with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from simimport import UsersError, read_users
from simimport.model.people.understood import read_as
from tests import make_people_files

FILES = make_people_files.files()
READ = [path for path in FILES if "refused" not in path.name]
REFUSED = {
    "people-refused-header.csv": "names no columns that are known ('Foo', 'Bar', 'Baz')",
    "people-refused-columns.csv": "4 columns and no header that says what they are",
    "people-refused-encoding.csv": "it looks like cp1252: read_users(path, encoding='cp1252')",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_what_its_maker_makes(path: Path) -> None:
    assert path.read_bytes() == FILES[path]


@pytest.mark.parametrize("path", READ, ids=lambda path: path.name)
def test_each_file_has_the_same_two_people(path: Path) -> None:
    people = read_users(path)
    assert people["email"].tolist() == ["ann@example.com", "bo@example.com"]
    assert set(people["name"].dropna()) in ({"Ann Lee", "Bo Di"}, {"Ann Lée", "Bo Dì"}, set())
    assert set(people["username"].dropna()) in ({"ann", "bo"}, set())
    assert "2 people" in read_as(people)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused_with_the_way_to_mend_it(name: str) -> None:
    with pytest.raises(UsersError) as caught:
        read_users(make_people_files.PAYLOADS / name)
    assert REFUSED[name] in str(caught.value)


def test_with_the_encoding_that_was_guessed_it_is_read() -> None:
    people = read_users(make_people_files.PAYLOADS / "people-refused-encoding.csv", encoding="cp1252")
    assert people["name"].tolist() == ["Jörg Müller"]
