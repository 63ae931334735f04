"""`simimport check-poller`: finding the function, the table, the line that plays a case again, exit codes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.command import call, process

GOOD = """
def poll(fetch, clock):
    while (state := fetch()["state"]) == "importing":
        clock.sleep(5)
    return state

class Client:
    @staticmethod
    def wait(fetch, clock):
        print("asking", flush=True)
        return poll(fetch, clock)

LIMIT = 3
"""
BAD = GOOD.replace("return state", 'return "done"')


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder, which is the current one; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        # what is not of this folder stays: it may be half of a package
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_a_table_by_fault(there: Path) -> None:
    (there / "polled_a.py").write_text(GOOD)
    words = ("--preset", "calm", "--preset", "one_user", "--fault", "none")
    printed = call("check-poller", "polled_a:poll", *words)
    assert printed.err == ""
    assert printed.out.splitlines() == [
        "none: nothing goes wrong on the wire                                      2 of 2",
        "  ✔ calm          15 polls  done, 3.1 s after the end",
        "  ✔ one_user       2 polls  done, 4.9 s after the end",
        "",
        "✔ polled_a:poll: all 2 cases passed",
    ]
    assert printed.code == 0


def test_what_failed_and_the_line_that_plays_it_again(there: Path) -> None:
    (there / "polled_b.py").write_text(BAD)
    words = ("--preset", "crash_midway", "--preset", "calm", "--seed", 3)
    printed = call("check-poller", "polled_b:poll", *words)
    assert printed.code == 1
    lines = printed.out.splitlines()
    assert lines[-1] == "✖ polled_b:poll: 15 of 20 cases failed"
    place = lines.index("  ✖ crash_midway       8 polls")
    assert lines[place + 1] == "      returned done; the import ends as error at 34.2 s"
    words = shlex.split(lines[place + 2])
    assert words[:3] == ["simimport", "check-poller", "polled_b:poll"]
    again = call(*words[1:])
    assert again.code == 1
    assert again.out.splitlines()[1:4] == lines[place : place + 3]
    assert again.out.splitlines()[-1] == "✖ polled_b:poll: the case failed"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_no_line_but_a_command_is_wider_than_the_terminal(there: Path, columns: int) -> None:
    (there / "polled_c.py").write_text(BAD)
    words = ("--preset", "calm", "--preset", "crash_midway")
    printed = call("check-poller", "polled_c:poll", *words, columns=columns)
    lines = printed.out.splitlines()
    assert [line for line in lines if len(line) > columns and "simimport check-poller" not in line] == []
    assert max(map(len, lines)) > 50
    # a number and its unit are not parted
    assert [line for line in lines if line.strip() == "s"] == []


def test_json_is_for_machines(there: Path) -> None:
    (there / "polled_d.py").write_text(BAD)
    words = ("--preset", "canceled_midway", "--fault", "none", "--fault", "replaced", "--format", "json")
    printed = call("check-poller", "polled_d:poll", *words)
    assert printed.code == 1
    result = printed.json
    assert [result[key] for key in ("poller", "passed", "failed")] == ["polled_d:poll", 0, 2]
    first, second = result["verdicts"]
    replay = first.pop("replay")
    assert first == {
        "preset": "canceled_midway", "fault": "none", "passed": False, "polls": 9, "ended_s": 40.0, "seed": 0,
        "why": "returned done; the import ends as canceled at 35.3 s",
    }  # fmt: skip
    assert second["fault"] == "replaced"
    words = [*shlex.split(replay)[1:], "--format", "json"]
    assert call(*words).json["verdicts"] == [{**first, "replay": replay}]


def test_one_that_is_stopped_has_no_end_in_json(there: Path) -> None:
    (there / "polled_e.py").write_text("def poll(fetch, clock):\n    clock.sleep(1e6)\n")
    printed = call("check-poller", "polled_e:poll", "--preset", "calm", "--fault", "none", "--format", "json")
    assert printed.json["verdicts"][0]["ended_s"] is None


def test_a_file_and_a_function_inside_a_class_and_prints_go_elsewhere(there: Path) -> None:
    (there / "sub").mkdir()
    (there / "sub" / "neighbour.py").write_text(GOOD)
    (there / "sub" / "json.py").write_text("from neighbour import Client\n")
    path = list(sys.path)
    words = ("--preset", "calm", "--fault", "none", "--format", "json")
    printed = call("check-poller", "sub/json.py:Client.wait", *words)
    assert printed.code == 0
    assert printed.json["passed"] == 1
    assert printed.err == "asking\n"
    assert sys.path == path
    # the module of that name is still the one it was
    assert sys.modules["json"] is json


CLIENT = """
import time

def wait(client):
    while (state := client.get("/api/v1/import.status").json()["state"]) == "importing":
        time.sleep(5)
    return state

async def poll(fetch, clock):
    while (state := (await fetch())["state"]) == "importing":
        await clock.sleep(5)
    return state
"""


def test_a_poller_around_a_client_and_one_that_is_awaited(there: Path) -> None:
    (there / "polled_j.py").write_text(CLIENT)
    words = ("--preset", "calm", "--fault", "none", "--fault", "reset", "--format", "json")
    by_client = call("check-poller", "polled_j:wait", "--client", *words)
    awaited = call("check-poller", "polled_j:poll", *words)
    for printed, error in ((by_client, "raised ReadError"), (awaited, "raised ConnectionResetError")):
        assert printed.code == 1
        good, bad = printed.json["verdicts"]
        assert (good["why"], good["polls"]) == ("done, 3.1 s after the end", 15)
        assert bad["why"].startswith(error)
        again = call(*shlex.split(bad["replay"])[1:], "--format", "json")
        assert again.json["verdicts"] == [bad]
    assert "--client" in by_client.json["verdicts"][0]["replay"]


def test_a_report_for_continuous_integration(there: Path) -> None:
    (there / "polled_k.py").write_text(BAD)
    words = ("--preset", "calm", "--preset", "crash_midway", "--fault", "none", "--junit", "report.xml")
    for _ in range(2):
        printed = call("check-poller", "polled_k:poll", *words)
        assert printed.code == 1
        assert printed.out.splitlines()[-1] == "✖ polled_k:poll: 1 of 2 cases failed"
    root = ET.parse(there / "report.xml").getroot()  # noqa: S314 - ours
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    text = root.findtext("testsuite/testcase/failure") or ""
    assert text.splitlines()[1].startswith("simimport check-poller polled_k:poll --preset crash_midway")


@pytest.mark.parametrize(("name", "allowed"), [("", "the name of a file"), (".", "the name of a file"),
                                               ("none/report.xml", "a file inside a folder that exists")])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_tried(
    there: Path, name: str, allowed: str
) -> None:
    (there / "polled_l.py").write_text("raise SystemExit(3)")
    printed = call("check-poller", "polled_l:poll", "--junit", name)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == f"Error: --junit is {name!r}; allowed: {allowed}.\n"


def test_where_letters_are_few(there: Path) -> None:
    (there / "polled_f.py").write_text(BAD)
    command = "simimport check-poller polled_f:poll --preset canceled_midway --fault none"
    printed = process(command, there, PYTHONIOENCODING="ascii", PYTHONPATH=":".join(sys.path))
    assert printed.code == 1
    assert printed.out.isascii()
    assert "  ! canceled_midway       9 polls" in printed.out.splitlines()
    assert printed.err == ""


def test_ctrl_c_ends_even_a_poller_that_hangs(there: Path) -> None:
    source = "import sys\ndef poll(fetch, clock):\n    print('hangs', flush=True)\n    while True: pass\n"
    (there / "polled_i.py").write_text(source)
    command = [sys.executable, "-m", "simimport", "check-poller", "polled_i:poll"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        assert started.stderr.readline() == "hangs\n"
        started.send_signal(signal.SIGINT)
        try:
            assert started.wait(20) == 1
        finally:
            started.kill()
        assert started.stderr.read().strip() == "Aborted!"


@pytest.mark.parametrize(
    ("poller", "message"),
    [
        ("polled_g", "the poller is 'polled_g'; allowed: MODULE:FUNCTION, such as app.polling:wait, or"),
        (":poll", "the poller is ':poll'"),
        ("polled_g:", "the poller is 'polled_g:'"),
        ("nothing_here:poll", "There is no module 'nothing_here': looked for it in the current folder ("),
        ("nothing_here.inside:poll", "There is no module 'nothing_here'"),
        ("polled_g.inside:poll", "There is no module 'polled_g.inside'"),
        ("nothing.py:poll", "There is no file 'nothing.py': looked for it in "),
        ("polled_g:pol", "polled_g has no 'pol'; it has poll, few. Did you mean 'poll'?"),
        ("polled_g:Client.wat", "polled_g has no 'Client'; it has poll, few."),
        ("polled_g:LIMIT", "poller is <class 'int'>; allowed: a function that is called with fetch and"),
        ("polled_g:few", "allowed: a function that is called with two arguments, fetch and clock: too many"),
        ("broken:poll", "broken cannot be imported: SyntaxError: "),
        ("broken.py:poll", "broken.py cannot be imported: SyntaxError: "),
        ("needy:poll", "needy cannot be imported: there is no module 'nothing_like_it'."),
        ("needy.py:poll", "needy.py cannot be imported: there is no module 'nothing_like_it'."),
        ("leaving:poll", "leaving cannot be imported: SystemExit: 0"),
    ],
)
def test_what_cannot_be_imported_is_one_line(there: Path, poller: str, message: str) -> None:
    source = "LIMIT = 3\ndef poll(fetch, clock):\n    return 'done'\nfew = lambda fetch: None\n"
    (there / "polled_g.py").write_text(source)
    (there / "broken.py").write_text("def poll(:\n")
    (there / "needy.py").write_text("import nothing_like_it\n")
    (there / "leaving.py").write_text("import sys\nsys.exit(0)\n")
    path = list(sys.path)
    printed = call("check-poller", poller)
    assert printed.code == 2
    assert printed.out == ""
    assert printed.err.startswith("Error: ")
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
    assert sys.path == path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--preset", "calmm"), "Did you mean 'calm'?"),
        (("--fault", "504"), "fault is '504'; allowed: none, 500"),
        (("--seed", "-1"), "seed is -1"),
        (("--seed", "x"), "seed is 'x'"),
        (("--format", "yaml"), "--format is 'yaml'; allowed: text, json."),
        (("--preset", "empty", "--fault", "stuck"), "imports of at least one user"),
    ],
)
def test_bad_options_are_one_line(there: Path, words: tuple[str, ...], message: str) -> None:
    (there / "polled_h.py").write_text(GOOD)
    printed = call("check-poller", "polled_h:poll", *words)
    assert printed.code == 2
    assert printed.out == ""
    assert message in printed.err
    assert len(printed.err.splitlines()) == 1
