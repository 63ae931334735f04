"""`simimport record`: what it says, what it writes, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simimport import Faults, ImportService, PollClock, Scenario, WallClock, read_trace
from simimport.service.http.server import Serving, serve
from tests.cli.command import Printed, call
from tests.service.http.clients import ACCOUNTS

BOSS = {"SIMIMPORT_TOKEN": ACCOUNTS["boss"]["token"], "SIMIMPORT_USER_ID": "boss"}
FAST = ("--every", 0.01)
OUT = ("http://x", "--out", "a.jsonl")


def served(service: ImportService) -> Serving:
    return serve(service, accounts=ACCOUNTS)


def running(users: int = 300, **given: Any) -> ImportService:
    service = ImportService(Scenario(users=users), **{"seed": 5, "clock": PollClock(2), **given})
    service.new()
    service.add_users()
    service.run()
    return service


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder, which is the current one; nobody's own token is around."""
    monkeypatch.chdir(tmp_path)
    for name in BOSS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_whole_import(there: Path) -> None:
    with served(running(faults=Faults([{"kind": "503", "at_poll": 3, "seconds": 0}]))) as server:
        printed = call("record", server.url, *FAST, "--out", "night.jsonl", **BOSS)
    assert printed.code == 0
    assert printed.out == ""
    trace = read_trace("night.jsonl")
    assert trace[-1].state == "done"
    lines = printed.err.splitlines()
    assert lines[0] == f"Recording {server.url} every 0.01 s; Ctrl-C ends it"
    # not at a terminal: a line per change
    changes = [re.sub(r"^ +[\d.]+ m?s  ", "", line) for line in lines[1:-2]]
    assert changes[0] == "importing    50 of 300 users, 1 failed"
    assert changes[1].startswith("HTTP 503    next in ")
    assert re.fullmatch(r"importing    ?\d+ of 300 users(, \d+ failed)?(, [\d.,]+ per second)?", changes[2])
    assert re.fullmatch(r"done        300 of 300 users, \d+ failed", changes[3])
    assert lines[-2] == f"{len(trace)} answers in night.jsonl; the import is over"
    assert lines[-1] == "what is wrong with them, if anything: simimport lint night.jsonl"
    assert max(map(len, lines)) <= 80


def test_a_single_user_is_said_as_one(there: Path) -> None:
    with served(running(users=1)) as server:
        printed = call("record", server.url, *FAST, "--out", "a.jsonl", **BOSS)
    assert printed.err.splitlines()[-3].endswith("  done        1 of 1 user")


def test_what_was_over_already_is_told_as_such(there: Path) -> None:
    service = running(clock=None)
    service.run_until("done")
    with served(service) as server:
        printed = call("record", server.url, *FAST, "--out", "night.jsonl", **BOSS)
        assert "1 answer in night.jsonl; the import was over already: --wait leaves it out" in printed.err
        waiting = ("--wait", "--max-polls", 3, "--quiet")
        again = call("record", server.url, *FAST, *waiting, "--out", "b.jsonl", **BOSS)
    assert (again.code, again.out, again.err) == (0, "", "")
    assert len(read_trace("b.jsonl")) == 3


@pytest.mark.parametrize(("option", "polls", "why"), [
    (("--max-polls", 2), 2, "--max-polls is reached"), (("--until", 0), 1, "--until is reached"),
])  # fmt: skip
def test_it_ends_earlier_when_told_to(option: tuple[Any, ...], polls: int, why: str, there: Path) -> None:
    with served(running()) as server:
        printed = call("record", server.url, *FAST, *option, "--out", "a.jsonl", **BOSS)
    assert printed.code == 0
    assert why in printed.err
    assert len(read_trace("a.jsonl")) == polls


# how it fails --------------------------------------------------------------------------------------


def refused(printed: Printed, code: int) -> str:
    """Return the error that a command ended with, in one line."""
    assert printed.code == code, printed
    assert "Traceback" not in printed.err
    *_, last = printed.err.splitlines()
    assert last.startswith("Error: ")
    return last


def test_wrong_headers_end_it_with_1(there: Path) -> None:
    with served(running()) as server:
        wrong = {**BOSS, "SIMIMPORT_TOKEN": "hush-hush"}
        printed = call("record", server.url, "--out", "a.jsonl", **wrong)
        guest = {"SIMIMPORT_TOKEN": ACCOUNTS["guest"]["token"], "SIMIMPORT_USER_ID": "guest"}
        forbidden = call("record", server.url, "--out", "a.jsonl", **guest)
    assert "does not accept these headers: check the user id and the token (HTTP 401" in refused(printed, 1)
    assert "it needs the permission run-import (HTTP 403" in refused(forbidden, 1)
    assert "hush-hush" not in printed.err
    assert list(there.iterdir()) == []


def test_a_server_that_is_not_there_ends_it_with_1(there: Path) -> None:
    with served(running()) as server:
        pass
    error = refused(call("record", server.url, *FAST, "--out", "a.jsonl", **BOSS), 1)
    assert "cannot be reached" in error
    assert error.endswith("nothing was answered, and no file was made")
    assert list(there.iterdir()) == []


def test_what_was_recorded_before_a_failure_is_kept_and_told(there: Path) -> None:
    faults = Faults([{"kind": "500", "at_poll": poll} for poll in range(3, 60)])
    with served(running(faults=faults)) as server:
        printed = call("record", server.url, *FAST, "--patience", 0.1, "--out", "a.jsonl", **BOSS)
    assert refused(printed, 1).endswith(f"; {len(read_trace('a.jsonl'))} answers in a.jsonl")


@pytest.mark.parametrize(
    ("words", "environment", "why"),
    [
        (("http://x",), BOSS, "Missing option '--out'"),
        (("--out", "a.jsonl"), BOSS, "Missing argument 'URL'"),
        (("localhost", "--out", "a.jsonl"), BOSS, "url is 'localhost'; allowed: a server's address"),
        (OUT, {"SIMIMPORT_USER_ID": "boss"}, "There is no token: put it into"),
        (OUT, {"SIMIMPORT_TOKEN": "t"}, "Give --user-id, or set SIMIMPORT_USER"),
        ((*OUT, "--token-env", "hush"), BOSS, "the variable that --token-env names"),
        (OUT, {**BOSS, "SIMIMPORT_TOKEN": "hush\n"}, "the token is 'a text of 5 ch"),
        ((*OUT, "--every", "0"), BOSS, "--every is 0"),
        ((*OUT, "--every", "fast"), BOSS, "--every is 'fast'"),
        ((*OUT, "--max-polls", "1.5"), BOSS, "--max-polls is 1.5"),
        (("http://x", "--out", "nowhere/a.jsonl"), BOSS, "--out is 'nowhere/a.jsonl'; allowed: a file in a"),
        (("http://x", "--out", "."), BOSS, "--out is '.'; allowed: a file; this is none"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_2(
    words: tuple[str, ...], environment: dict[str, str], why: str, there: Path
) -> None:
    error = refused(call("record", *words, **environment), 2)
    assert why in error
    assert "hush" not in error
    assert list(there.iterdir()) == []


def test_a_file_that_is_there_is_replaced_when_asked(there: Path) -> None:
    (there / "a.jsonl").write_text("precious\n")
    with served(running()) as server:
        error = refused(call("record", server.url, *FAST, "--out", "a.jsonl", **BOSS), 2)
        assert error == "Error: --out is 'a.jsonl'; allowed: a new file; --force replaces one that is there."
        assert (there / "a.jsonl").read_text() == "precious\n"
        assert call("record", server.url, *FAST, "--out", "a.jsonl", "--force", **BOSS).code == 0
    assert read_trace("a.jsonl")[-1].state == "done"


# in a process of its own ---------------------------------------------------------------------------


def command(server: Serving, *words: object) -> list[str]:
    parts = [sys.executable, "-m", "simimport", "record", server.url, *FAST, *words]
    return list(map(str, parts))


def environment() -> dict[str, str]:
    return {**os.environ, **BOSS, "COLUMNS": "80", "TERM": "xterm"}


def test_ctrl_c_ends_it_cleanly_and_keeps_what_is_there(there: Path) -> None:
    with served(running(users=100_000, clock=WallClock())) as server:
        words = command(server, "--out", "a.jsonl")
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment()) as process:
            assert process.stderr is not None
            first = process.stderr.readline() + process.stderr.readline()
            assert "importing" in first
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
    assert process.returncode == 0
    assert "in a.jsonl; ended by Ctrl-C\n" in rest
    assert "Traceback" not in rest
    assert read_trace("a.jsonl")[0].state == "importing"


def test_at_a_terminal_a_line_moves(there: Path) -> None:
    faults = Faults([{"kind": "garbage", "at_poll": 4}])
    with served(running(users=2000, faults=faults)) as server:
        ours, theirs = pty.openpty()
        words = command(server, "--out", "a.jsonl")
        with subprocess.Popen(words, stderr=theirs, env=environment()) as process:
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b"")).decode()
        os.close(ours)
    assert process.returncode == 0
    assert shown.count("\r  ") > 5
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in shown.replace("\r\n", "\n").split("\n")]
    kept = [line for line in lines if not line.startswith("\r")]
    assert [line.split()[2] for line in kept[1:-3]] == ["importing", "no", "importing", "done"]
    for line in lines:
        assert all(len(part) <= 80 for part in line.split("\r")), line
    # what is shown last before a line that stays is whole
    assert re.search(r"\d+ of 2,000 users, \d+ failed, [\d.,]+ per second *\n", shown.replace("\r\n", "\n"))


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # how Linux tells that the other side is closed
        return b""


def test_the_token_is_in_neither_the_file_nor_the_talk(there: Path) -> None:
    with served(running()) as server:
        printed = call("record", server.url, *FAST, "--out", "a.jsonl", **BOSS)
    assert BOSS["SIMIMPORT_TOKEN"] not in printed.err + printed.out + (there / "a.jsonl").read_text()
