"""Files of people, written in pieces: each format is read back as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simimport.errors import ParameterError
from simimport.model.people.files import FORMATS, frame_of, read_users, to_payload, user_lines
from simimport.model.people.generated import iter_users, stage
from simimport.model.scenario import Scenario
from tests.model.people.strategies import USERS

if TYPE_CHECKING:
    import pandas as pd


@given(st.lists(USERS, min_size=1, max_size=4), st.sampled_from(["json", "jsonl"]))
def test_a_frame_is_read_back_from_json_as_it_was_written(users: list[dict], form: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        text = "".join(user_lines([frame_of(users)], form))
        patch.setattr("simimport.model.people.files.read_bytes", lambda path: text.encode())
        assert_frame_equal(read_users(f"people.{form}"), frame_of(users))


@given(st.lists(USERS, max_size=4))
def test_a_frame_is_read_back_from_csv_but_for_spaces_around_cells(users: list[dict]) -> None:
    # whoever has nothing is an empty row, and left out
    plain = json.loads(json.dumps([user for user in users if _says_anything(user)]), object_hook=_stripped)
    with pytest.MonkeyPatch.context() as patch:
        text = "".join(user_lines([frame_of(plain)], "csv"))
        patch.setattr("simimport.model.people.files.read_bytes", lambda path: text.encode())
        assert_frame_equal(read_users("people.csv"), frame_of(plain))


def _says_anything(user: dict) -> bool:
    return any(cell.strip() if isinstance(cell, str) else cell is not None for cell in _flat(user))


def _flat(user: dict) -> list:
    lists = (value if isinstance(value, list) else [value] for value in user.values())
    return [cell for cells in lists for cell in cells]


def _stripped(user: dict) -> dict:
    return {
        key: value.strip() if isinstance(value, str)
        else [item.strip() for item in value] if isinstance(value, list)
        else value
        for key, value in user.items()
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_staged_people_are_read_back_from_a_file(tmp_path: Path, form: str) -> None:
    scenario = Scenario(users=12_000, locale="ja_JP")
    text = "".join(user_lines(iter_users(scenario, seed=7, chunk=7_000), form))
    assert_frame_equal(written(tmp_path, f"people.{form}", text), stage(scenario, seed=7))


def test_nobody_is_a_file_too(tmp_path: Path) -> None:
    nobody = stage(Scenario(users=0), seed=7)
    for form in ("json", "csv"):
        text = "".join(user_lines([nobody], form))
        assert_frame_equal(written(tmp_path, f"people.{form}", text), nobody, check_index_type=False)
    assert "".join(user_lines([], "jsonl")) == ""
    assert to_payload(nobody) == {"users": []}


def test_a_stream_takes_each_frame_when_it_is_needed() -> None:
    taken = []

    def frames() -> Iterator[pd.DataFrame]:
        for number in range(3):
            taken.append(number)
            yield stage(Scenario(users=10), seed=number)

    pieces = user_lines(frames(), "jsonl")
    assert taken == []
    assert next(pieces).count("\n") == 10
    assert taken == [0]


def test_an_unknown_format_is_refused_at_once() -> None:
    with pytest.raises(ParameterError, match="allowed: json, jsonl, csv"):
        user_lines([], "yaml")


def written(folder: Path, name: str, text: str) -> pd.DataFrame:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return read_users(folder / name)
