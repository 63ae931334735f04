"""`simimport users`: the people of `stage`, written so that `read_users` reads them back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simimport import Scenario, read_users, stage
from simimport.model.people import files
from tests.cli.command import call


@pytest.mark.parametrize("form", ["jsonl", "csv", "json"])
@pytest.mark.parametrize("locale", ["en_US", "ja_JP"])
def test_what_is_written_is_what_is_staged(tmp_path: Path, form: str, locale: str) -> None:
    words = ("users", "--users", 120, "--seed", 4, "--format", form, "--locale", locale)
    path = tmp_path / f"people.{form}"
    printed = call(*words)
    path.write_text(printed.out, encoding="utf-8", newline="")
    made = stage(Scenario(users=120, locale=locale), seed=4)
    pd.testing.assert_frame_equal(read_users(path), made)

    other = tmp_path / f"other.{form}"
    assert call(*words, "--out", other).out == ""
    assert other.read_bytes() == path.read_bytes()


def test_the_chunk_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("users", "--users", 100, "--seed", 4)
    whole = call(*words).out
    monkeypatch.setattr("simimport.cli.commands.users._CHUNK", 7)
    assert call(*words).out == whole


def test_none_are_none() -> None:
    assert call("users", "--users", 0).out == ""
    assert call("users", "--users", 0, "--format", "json").json == {"users": []}


def test_the_seed_is_told_and_makes_them_again() -> None:
    printed = call("users", "--users", 5)
    line = printed.err.strip()
    assert line.startswith("To have them again: simimport users --users 5 ")
    assert call(*line.split()[5:]).out == printed.out
    assert call("users", "--users", 5, "--quiet").err == ""


def test_a_file_is_replaced_by_force_only(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("mine", encoding="utf-8")
    assert call("users", "--users", 5, "--format", "csv", "--out", path).code == 2
    assert path.read_text(encoding="utf-8") == "mine"
    assert call("users", "--users", 5, "--format", "csv", "--out", path, "--force").code == 0
    assert len(read_users(path)) == 5
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_at_once_the_second_says_that_the_file_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    lines = files.user_lines

    def meanwhile(*given: Any) -> Iterator[str]:
        path.write_text("theirs", encoding="utf-8")
        yield from lines(*given)

    monkeypatch.setattr(files, "user_lines", meanwhile)
    second = call("users", "--users", 5, "--format", "csv", "--out", path)
    assert second.code == 2
    assert "something has that name already" in second.err
    assert path.read_text(encoding="utf-8") == "theirs"
    assert list(tmp_path.iterdir()) == [path]
