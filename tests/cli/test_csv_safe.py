"""``--csv-safe``: no command writes CSV that a spreadsheet program would run."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.command import call

FORMULA = "=HYPERLINK(\"http://a.example\",1)"
STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    users = [
        {"username": FORMULA, "emails": ["@a@b.example", "b@b.example"], "importIds": ["-1"], "name": "+1 J"},
        {"username": "jo", "emails": [], "importIds": ["7"], "name": "\t=1", "utcOffset": -5},
    ]
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"users": users}), encoding="utf-8")
    return path


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def is_run(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.startswith(STARTS)
    return False


def test_a_run_of_hostile_people(staged: Path, tmp_path: Path) -> None:
    for out, words in (("plain", ()), ("safe", ("--csv-safe",))):
        assert call("run", "--staged", staged, "--seed", 1, "-q", "--out", tmp_path / out, *words).code == 0
    for plain in sorted((tmp_path / "plain").iterdir()):
        safe = tmp_path / "safe" / plain.name
        if plain.suffix == ".csv":
            before, after = cells_of(plain.read_text("utf-8")), cells_of(safe.read_text("utf-8"))
            assert after == [f"'{cell}" if is_run(cell) else cell for cell in before]
        elif plain.suffix != ".simimport":
            assert safe.read_bytes() == plain.read_bytes()
    users = cells_of((tmp_path / "safe" / "users.csv").read_text("utf-8"))
    assert {f"'{FORMULA}", "'+1 J", "'\t=1", "'@a@b.example", "-1", "-5.0"} <= set(users)


@pytest.mark.parametrize(
    "words",
    [("users", "--users", 30, "--seed", 1, "--format", "csv"),
     ("sweep", "--over", "users=1,2", "--replicates", 2, "-q"),
     ("sweep", "--over", "users=1,2", "--replicates", 2, "-q", "--summary")],
)  # fmt: skip
def test_what_nobody_would_run_stays_as_it_is(words: tuple[object, ...], tmp_path: Path) -> None:
    printed = call(*words, "--csv-safe")
    assert printed.out == call(*words).out
    assert not any(map(is_run, cells_of(printed.out)))
    assert call(*words, "--csv-safe", "--out", tmp_path / "t.csv").code == 0
    assert (tmp_path / "t.csv").read_bytes().decode() == printed.out


@pytest.mark.parametrize("command", ["run", "sweep", "users"])
def test_the_help_says_why(command: str) -> None:
    assert "that a spreadsheet program would run" in " ".join(call(command, "--help").out.split())
