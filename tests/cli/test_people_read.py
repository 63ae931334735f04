"""What a file of people was taken for is said once, and `--encoding` says what it is written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import call


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("username;email;name\nann;ann@example.com;Ann Lee\n;;\n", encoding="utf-8")
    return path


def test_what_a_file_was_taken_for_is_said_once(people: Path) -> None:
    printed = call("run", "--staged", people, "--seed", 1)
    assert printed.err.count("people.csv, read as: semicolons, header, 1 person, 1 empty row left out") == 1
    assert "read as" not in printed.out
    assert "read as" not in call("run", "--staged", people, "--seed", 1, "-q").err
    assert "read as" not in call("run", "--staged", people, "--seed", 1, "--json").err


def test_another_encoding_is_asked_for_and_is_in_the_command_to_have_it_again(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("username,email,name\njoerg,joerg@example.com,Jörg Müller\n".encode("cp1252"))
    refused = call("run", "--staged", path, "--seed", 1)
    assert (refused.code, "it looks like cp1252" in refused.err) == (2, True)
    read = call("run", "--staged", path, "--existing", path, "--seed", 1, "--encoding", "cp1252")
    assert read.code == 0
    assert "Jörg Müller" in read.err or "joerg" in read.err
    assert "--encoding cp1252" in read.err
    assert "encoding='cp1252')" in read.err
    wrong = call("run", "--staged", path, "--seed", 1, "--encoding", "klingon")
    assert (wrong.code, "an encoding of texts that Python knows" in wrong.err) == (2, True)
