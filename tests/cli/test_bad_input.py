"""Bad input of every kind: one clear error, exit code 2, no traceback, nothing left behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simimport.cli import COMMANDS
from simimport.model.people.files import read_users
from tests.cli.command import Printed, call

PERSON = '{"username":"a","emails":["a@example.com"],"importIds":["1"]}'
FILES: dict[str, bytes] = {
    "empty.csv": b"",
    "empty.toml.json": b"",
    "short.json": b'{"users": [{"username": "a", "ema',
    "utf16.csv": "ann,ann@example.com,Ann\n".encode("utf-16-le"),
    "latin1.csv": "ann,ann@example.com,Ann\njosé,jose@example.com,José\n".encode("latin-1"),
    "shape.json": b'{"people": []}',
    "rows.csv": b"ann,ann@example.com,Ann\nbob\ncid,c@example.com,Cid,4,5,6\n",
    "types.jsonl": f'{PERSON}\n{{"username": "b", "emails": "x", "importIds": ["2"]}}\n'.encode(),
    "binary.csv": b"\x00\x01\x02,\x00",
    "short.toml": b"users = ",
    "slip.toml": b"users = 5\nfailure_rate 0.5\n",
    "unknown.toml": b"user = 5\n",
    "range.toml": b"users = 5\nfailure_rate = 3\n",
    "list.json": b"[1, 2]",
    "latin1.toml": "# José\nusers = 5\n".encode("latin-1"),
}
OPTIONS = [
    # rates outside 0 to 1, NaN, infinities
    ("--failure-rate 1.5", ["failure_rate", "1.5", "from 0 to 1"]),
    ("--failure-rate -0.1", ["failure_rate", "-0.1", "from 0 to 1"]),
    ("--cancel-rate nan", ["cancel_rate", "nan", "from 0 to 1"]),
    ("--crash-rate inf", ["crash_rate", "inf", "from 0 to 1"]),
    ("--stall-rate many", ["stall_rate", "'many'", "from 0 to 1"]),
    ("--cancel-at 2", ["cancel_at", "2.0", "from 0 to 1"]),
    ("--cancel-at half", ["cancel_at", "'half'", "None"]),
    ("--users-per-s 0", ["users_per_s", "0.0", "above 0"]),
    ("--latency-cv 1e-9", ["latency_cv", "1e-09", "1e-6"]),
    # counts
    ("--users -1", ["users", "-1", "whole number"]),
    ("--users 2.5", ["users", "2.5", "whole number"]),
    ("--users 8,000", ["users", "'8,000'", "whole number"]),
    ("--users inf", ["users", "inf", "whole number"]),
    ("--batch-size 0", ["batch_size", "0", "whole number from 1"]),
    ("--seed -1", ["seed", "-1", "2**64"]),
    ("--seed 1.5", ["seed", "1.5", "whole number"]),
    # names
    ("--preset clam", ["preset", "'clam'", "page_example", "Did you mean 'calm'?"]),
    ("--locale en_UK", ["locale", "'en_UK'", "Faker"]),
    ("--importer slack", ["importer", "'slack'", "'api' or 'csv'"]),
    ("--dialect docz", ["dialect", "'docz'", "server-8.3", "Did you mean 'docs'?"]),
    # times
    ("--at soon", ["--at", "'soon'", "seconds"]),
    ("--at nan", ["--at", "nan", "seconds"]),
    ("--at inf", ["--at", "inf", "seconds"]),
    ("--new-s -1", ["new_s", "-1.0", "seconds, from 0"]),
    ("--loading-s 5", ["loading_s", "5.0", "only 'csv' loads"]),
    ("--epoch yesterday", ["epoch", "'yesterday'", "ISO 8601"]),
    # combinations
    ("--preset calm --scenario x.toml", ["--preset", "--scenario", "one of them"]),
    ("--staged x.csv --users 5", ["--staged", "--users", "one of them"]),
    # slips of the pen
    ("--user 5", ["--user", "--users"]),
    ("--failure_rat 0.5", ["--failure_rat", "--failure-rate"]),
    ("surplus", ["surplus"]),
    # files
    ("--scenario missing.toml", ["missing.toml", "no such file"]),
    ("--scenario .", ["folder"]),
    ("--scenario short.toml", ["short.toml", "Reason"]),
    ("--scenario slip.toml", ["slip.toml", "line 2"]),
    ("--scenario unknown.toml", ["unknown.toml", "'user'", "Did you mean 'users'?"]),
    ("--scenario range.toml", ["range.toml", "failure_rate", "3", "from 0 to 1"]),
    ("--scenario list.json", ["list.json", "mapping"]),
    ("--scenario empty.toml.json", ["empty.toml.json", "Reason"]),
    ("--scenario latin1.toml", ["latin1.toml", "line 1", "UTF-8"]),
    ("--staged missing.csv", ["missing.csv", "no such file"]),
    ("--staged .", ["folder"]),
    ("--staged empty.csv", ["empty.csv", "empty"]),
    ("--staged short.json", ["short.json", "line 1", "JSON"]),
    ("--staged utf16.csv", ["utf16.csv", "utf-16-le"]),
    ("--staged latin1.csv", ["latin1.csv", "line 2", "UTF-8"]),
    ("--staged shape.json", ["shape.json", "users"]),
    ("--staged rows.csv", ["rows.csv", "line 2", "line 3"]),
    ("--staged types.jsonl", ["types.jsonl", "line 2", "emails", "list of strings"]),
    ("--staged binary.csv", ["binary.csv", "NUL"]),
    ("--existing missing.csv", ["missing.csv", "no such file"]),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(printed: Printed, *parts: str) -> None:
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.count("Error: ") == 1
    assert "Traceback" not in printed.err
    message = printed.err[printed.err.index("Error: ") :]
    for part in parts:
        assert part in message


@pytest.mark.parametrize(("words", "parts"), OPTIONS, ids=[words for words, _ in OPTIONS])
def test_bad_input_of_run(folder: Path, words: str, parts: list[str]) -> None:
    printed = call("run", *words.split(), "--out", "result")
    check(printed, *parts)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("words", ["--failure-rate 2", "--staged missing.csv", "--at soon"])
def test_an_error_is_one_line_and_nothing_else(folder: Path, words: str) -> None:
    for more in ([], ["--json"], ["--quiet"]):
        assert re.fullmatch(r"Error: [^\n]+\n", call("run", *words.split(), *more).err)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("--users ten", ["users", "'ten'", "whole number"]),
        ("--format xml", ["--format is 'xml'", "jsonl"]),
        ("--locale klingon", ["locale", "'klingon'", "Faker"]),
        ("--seed x", ["seed", "'x'", "whole number"]),
        ("--out missing/people.csv", ["--out", "missing/people.csv", "exists"]),
        ("--out rows.csv", ["--out", "rows.csv", "--force"]),
        ("--out . --force", ["--out", "name of a file"]),
        ("--out /dev/null --force", ["--out", "/dev/null", "name of a file"]),
        ("--failure-rate 0.5", ["--failure-rate"]),
    ],
)
def test_bad_input_of_users(folder: Path, words: str, parts: list[str]) -> None:
    check(call("users", *words.split()), *parts)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def test_a_misspelt_subcommand_is_guessed() -> None:
    check(call("rnu"), "'rnu'", ", ".join(COMMANDS), "Did you mean 'run'?")
    check(call("preset"), "Did you mean 'presets'?")
    check(call("zzz"), ", ".join(COMMANDS))


def test_formats_of_states_are_named() -> None:
    check(call("states", "--format", "jsn"), "--format is 'jsn'", "mermaid", "Did you mean 'json'?")


@pytest.mark.parametrize(
    ("out", "parts"),
    [
        ("", ["''"]),
        ("rows.csv", ["rows.csv", "none"]),
        ("missing/result", ["missing/result", "exists"]),
        ("full", ["full", "new or empty", "--force"]),
        (".", ["--out result"]),
        ("..", ["--out result"]),
        ("full --force", ["full", "earlier run", "treasure.txt"]),
        (". --force", ["--out result"]),
    ],
)
def test_a_folder_that_cannot_be_had_is_refused(folder: Path, out: str, parts: list[str]) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "treasure.txt").write_text("mine", encoding="utf-8")
    check(call("run", "--users", "5", "--out", *(out.split() or [""])), "--out", *parts)
    assert (folder / "full" / "treasure.txt").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "full"])


def test_the_files_of_these_tests_are_bad_for_the_reason_that_is_tested(folder: Path) -> None:
    # the good line of a bad file is good
    (folder / "good.jsonl").write_text(PERSON + "\n", encoding="utf-8")
    assert len(read_users(folder / "good.jsonl")) == 1
