"""Commands that were started without a standard output, a standard error, or a standard input."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simimport import Trace, simulate
from simimport.cli import COMMANDS, main
from simimport.cli.output.streams import streams_in_place
from tests.cli.command import process

NONE = "Error: cannot write: there is no standard output\n"
#: Words of each command, and how it ends where there is no standard output.
WORDS: dict[str, tuple[tuple[str, ...], int]] = {
    "run": (("--users", "20", "--seed", "1"), 1),
    "sweep": (("--over", "users=1,2", "--replicates", "2"), 1),
    "serve": (("--token", "t"), 1),
    "dashboard": (("--preset", "nonsense"), 2),
    "fixtures": (("--users", "10", "--out", "pack"), 0),
    "record": (("http://127.0.0.1:9", "--out", "a.jsonl"), 2),
    "lint": (("night.jsonl",), 1),
    "check-poller": (("loop.py:wait", "--preset", "calm", "--fault", "none"), 1),
    "users": (("--users", "3"), 1),
    "schema": ((), 1),
    "presets": ((), 1),
    "states": ((), 1),
}
LOOP = """
def wait(fetch, clock):
    while fetch().get("state") not in ("done", "error", "canceled"):
        clock.advance(5)
    return fetch()["state"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SIMIMPORT_TOKEN", "SIMIMPORT_USER_ID"):
        monkeypatch.delenv(name, raising=False)
    Trace(simulate(users=60, seed=1).responses()).save(tmp_path / "night.jsonl")
    (tmp_path / "loop.py").write_text(LOOP)
    return tmp_path


def ended(*words: str) -> object:
    with pytest.raises(SystemExit) as end:
        main(list(words), prog_name="simimport")
    return end.value.code


def test_the_table_has_every_command() -> None:
    assert WORDS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", WORDS)
def test_without_standard_output_what_is_to_be_given_is_an_error(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words, code = WORDS[name]
    monkeypatch.setattr(sys, "stdout", None)
    assert ended(name, *words) == code
    assert sys.stdout is None
    talk = capsys.readouterr().err
    assert talk.endswith(NONE) if code == 1 else NONE not in talk


@pytest.mark.parametrize("name", WORDS)
def test_without_any_stream_nothing_else_goes_wrong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words, code = WORDS[name]
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, stream, None)
    assert ended(name, *words) == code


@pytest.mark.parametrize(
    ("words", "code"), [(("--help",), 1), (("run", "--help"), 1), (("--version",), 1), (("--nonsense",), 2)]
)
def test_help_is_something_that_is_written(
    words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert ended(*words) == code


def test_without_standard_error_the_data_is_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended("run", "--users", "20", "--seed", "1") == 0
    data = capsys.readouterr().out
    monkeypatch.setattr(sys, "stderr", None)
    assert ended("run", "--users", "20", "--seed", "1") == 0
    assert capsys.readouterr().out == data
    # and what is said is not mixed into it
    assert ended("run", "--users", "none") == 2
    assert capsys.readouterr().out == ""


def test_streams_that_are_there_stay() -> None:
    before = sys.stdout, sys.stderr
    with streams_in_place():
        assert (sys.stdout, sys.stderr) == before


@pytest.mark.parametrize(
    ("command", "code", "err"),
    [
        ("run --users 20 --seed 1 -q >&-", 1, NONE),
        ("users --users 3 -q --out people.jsonl <&- >&- 2>&-", 0, ""),
        ("sweep --over users=1,2 --replicates 2 -q --workers 2 --out t.csv <&- >&- 2>&-", 0, ""),
        pytest.param(
            "--help > /dev/full", 1, "Error: cannot write: No space left on device\n",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here"),
        ),
        ("run --users none >&- 2>&-", 2, ""),
    ],
)  # fmt: skip
def test_in_a_process_of_its_own(command: str, code: int, err: str, folder: Path) -> None:
    printed = process(f"simimport {command}", folder)
    assert (printed.code, printed.out, printed.err) == (code, "", err)
    for name, begin in (("people.jsonl", b"{"), ("t.csv", b"users,")):
        if (folder / name).exists():
            assert (folder / name).read_bytes().startswith(begin)
