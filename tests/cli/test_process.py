"""The command in a process of its own: pipes, full disks, encodings, terminals, and what is loaded."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.cli.command import process

HEAVY = ("anyascii", "faker", "matplotlib", "numpy", "pandas", "scipy", "tqdm")


def loaded_by(*words: str) -> set[str]:
    script = (
        f"import sys; sys.argv = ['simimport', *{words!r}]\n"
        "from simimport.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_loads_click_and_nothing_of_the_model(words: tuple[str, ...]) -> None:
    modules = loaded_by(*words)
    assert "click" in modules
    assert [name for name in modules if name.startswith("simimport.model") or name in HEAVY] == []


@pytest.mark.parametrize("words", [("run", "--help"), ("users", "--help"), ("presets",), ("states",)])
def test_what_draws_nothing_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    assert [name for name in HEAVY if name in loaded_by(*words)] == []


def test_a_run_of_generated_users_needs_no_frames() -> None:
    modules = loaded_by("run", "--users", "100", "--quiet")
    assert [name for name in HEAVY if name in modules] == ["numpy"]


def test_it_pipes(tmp_path: Path) -> None:
    read = "python -c 'import json, sys; print(json.load(sys.stdin)[\"state\"])'"
    printed = process(f"set -o pipefail; simimport run --users 100 --seed 1 | {read}", tmp_path)
    assert (printed.code, printed.out) == (0, "done\n")
    assert "What import.status answers" not in printed.err  # the answer is elsewhere


def test_talk_and_data_on_one_stream_are_told_apart(tmp_path: Path) -> None:
    printed = process("simimport run --users 100 --seed 1 2>&1", tmp_path)
    talk, _, data = printed.out.partition("What import.status answers at the end\n")
    assert "To have it again" in talk
    assert json.loads(data)["state"] == "done"


def test_python_dash_m_is_the_same_command(tmp_path: Path) -> None:
    printed = process("python -m simimport run --users 100 --seed 1", tmp_path)
    assert json.loads(printed.out) == json.loads(process("simimport run --users 100 --seed 1", tmp_path).out)
    assert "    python -m simimport run --users 100 --seed 1\n" in printed.err


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    printed = process("simimport users --users 200000 --seed 1 | head -n 1; echo ${PIPESTATUS[0]}", tmp_path)
    assert json.loads(printed.out.splitlines()[0])["importIds"] == ["1"]
    assert (printed.out.splitlines()[1], printed.err) == ("0", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("command", ["users --users 100 --quiet", "run --users 100 --json", "presets"])
def test_a_full_disk_is_told(tmp_path: Path, command: str) -> None:
    printed = process(f"simimport {command} > /dev/full", tmp_path)
    assert printed.code == 1
    assert printed.err == "Error: cannot write: No space left on device\n"


def test_without_unicode_the_talk_is_ascii_and_the_data_utf_8(tmp_path: Path) -> None:
    printed = process("simimport run --preset crash_midway --seed 7", tmp_path, PYTHONIOENCODING="ascii")
    assert printed.err.isascii()
    assert "  ! error after" in printed.err
    assert re.search(r" 50 % \| +[_=#]+ !$", printed.err, re.MULTILINE)
    users = "simimport users --users 20 --seed 7 --locale ja_JP -q"
    names = process(users, tmp_path).out
    assert not names.isascii()
    assert process(users, tmp_path, PYTHONIOENCODING="ascii").out == names


def test_another_hash_seed_changes_nothing(tmp_path: Path) -> None:
    command = "simimport run --preset flaky --seed 7 2>&1"
    first, second = (process(command, tmp_path, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert first == second


def on_a_terminal(command: list[str], **environment: str) -> str:
    """Return what a command writes to a terminal of its own."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (40, 80))
    variables = {**os.environ, "COLUMNS": "80", "TERM": "xterm", **environment}
    variables = {name: value for name, value in variables.items() if value != "unset"}
    try:
        with subprocess.Popen(command, stdout=follower, stderr=follower, env=variables) as running:
            os.close(follower)
            parts = []
            while True:
                try:
                    part = os.read(leader, 65536)
                except OSError:  # how Linux says that the other end is closed
                    break
                if not part:
                    break
                parts.append(part)
            assert running.wait() == 0
    finally:
        os.close(leader)
    return b"".join(parts).decode()


def test_colours_are_for_terminals_and_can_be_declined(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simimport", "run", "--preset", "crash_midway", "--seed", "7"]
    assert "\x1b[31m" in on_a_terminal(command, NO_COLOR="unset")
    assert "\x1b" not in on_a_terminal(command, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(command, NO_COLOR="unset", TERM="dumb")
    assert "\x1b" not in process("simimport run --preset crash_midway --seed 7", tmp_path).err


def test_a_long_work_shows_a_bar_on_a_terminal_only(tmp_path: Path) -> None:
    out = tmp_path / "people.jsonl"
    words = ["users", "--users", "60000", "--seed", "1", "--out", str(out), "--force"]
    shown = on_a_terminal([sys.executable, "-m", "simimport", *words])
    assert "60.0k" in shown
    assert "60.0k" not in on_a_terminal([sys.executable, "-m", "simimport", *words, "--quiet"])
    assert "60.0k" not in process(f"simimport {' '.join(words)}", tmp_path).err
