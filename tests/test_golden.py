"""The same scenario and seed give the same numbers: as when last looked at, and in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.golden import FOLDER, NAMES, content, digest_of_everything


def saved(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_there_is_a_file_for_each_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_those_of_the_golden_file(name: str) -> None:
    # a change here changes what every seed gives: it belongs into the changelog, under BREAKING
    assert saved(name) == content(name)


@pytest.fixture(scope="module")
def digest() -> str:
    return digest_of_everything()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4294967295"])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(hash_seed: str, digest: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.golden", "digest"],
        cwd=FOLDER.parent.parent, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == digest
