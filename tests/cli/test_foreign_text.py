"""What others wrote, such as names of files and cells, never reaches a terminal as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simimport import Trace, simulate
from simimport.show.words import printable_lines
from tests.cli.command import Printed, call

#: Clears a screen, where it is printed as it is.
CLEAR = "\x1b[2J"
SHOWN = "\N{REPLACEMENT CHARACTER}[2J"


def harmless(printed: Printed, code: int = 0) -> str:
    """Return all that a command printed, once it is seen to be harmless."""
    assert printed.code == code, printed
    text = printed.out + printed.err
    assert CLEAR not in text
    assert all(line.isprintable() for line in text.splitlines())
    return text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_names_of_folders_and_files_that_are_written() -> None:
    words = ("--preset", "one_user", "--seed", 1)
    assert f"Saved in {SHOWN}run" in harmless(call("run", *words, "--out", f"{CLEAR}run"))
    assert f"Saved in {SHOWN}pack" in harmless(call("fixtures", *words, "--out", f"{CLEAR}pack"))
    assert f"1 user in {SHOWN}.csv" in harmless(call("users", "--users", 1, "--out", f"{CLEAR}.csv"))
    table = f"{CLEAR}table.csv"
    swept = call("sweep", "--over", "users=1", "--replicates", 1, "--out", table)
    assert f"1 run in {SHOWN}table.csv" in harmless(swept)


def test_names_of_files_that_are_read(folder: Path) -> None:
    (folder / f"{CLEAR}.toml").write_text("users = 1\n", encoding="utf-8")
    assert f"\n    {SHOWN}.toml\n" in harmless(call("run", "--scenario", f"{CLEAR}.toml", "--seed", 1))
    trace = Trace(simulate(users=60, seed=1).responses()).save(folder / f"{CLEAR}.jsonl")
    assert f"✔ {SHOWN}.jsonl: 9 answers" in harmless(call("lint", trace.name))


@pytest.mark.parametrize(
    "words",
    [
        ("lint", f"{CLEAR}.jsonl"),
        ("lint", "a.jsonl", f"{CLEAR}b.jsonl"),
        ("run", "--staged", f"{CLEAR}.csv"),
        ("run", f"--{CLEAR}"),
        ("check-poller", f"{CLEAR}.py:poll"),
        (f"{CLEAR}",),
        (f"--{CLEAR}",),
    ],
)
def test_errors_that_quote_what_cannot_be_read(words: tuple[str, ...]) -> None:
    assert "Error: " in harmless(call(*words), 2)


def test_a_message_of_several_lines_keeps_them() -> None:
    assert printable_lines(f"a:\n  line 1: {CLEAR}\n  line 2: b\r") == (
        f"a:\n  line 1: {SHOWN}\n  line 2: b\N{REPLACEMENT CHARACTER}"
    )
