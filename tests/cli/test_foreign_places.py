"""Every place where strangers' text can come into a command: names, files, cells, servers, functions."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport.cli import COMMANDS, main
from simimport.testing.recording import record
from tests.foreign import HOSTILE, LETTERS, moves

Place = Callable[[Path, str], tuple[object, ...]]
#: As an undecodable byte comes from a file system; JSON has it as an escape.
HALF = "\udcff"


def written(folder: Path, name: str, content: object) -> str:
    """Write a file, as JSON where it is no text, and return its name."""
    content = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    return name


def people(text: str) -> dict[str, Any]:
    users = [
        {"username": text, "emails": [], "importIds": [text.replace(",", "") or "1"], "name": text},
        {"username": "b", "emails": ["b@c.example"], "importIds": ["x"], "name": text},
    ]
    return {"users": users}


def answers(text: str) -> str:
    operation = {"status": text, "valid": True, "count": {"completed": 1, "total": 5}, text: text}
    bodies = [{"state": state, "operation": operation, text: 1} for state in ("new", text, "done")]
    return "".join(json.dumps({"at_s": at_s, "body": body}) + "\n" for at_s, body in enumerate(bodies))


def pollers(text: str) -> str:
    return (
        f"def odd(fetch, clock):\n    return {text!r}\n"
        f"def broken(fetch, clock):\n    raise ValueError({text!r})\n"
        f"def loud(fetch, clock):\n    fetch(); clock.advance(5); return {text!r}\n"
        "raise_ = None\n"
    )


def staged(at: Path, text: str) -> str:
    return written(at, "people.json", people(text))


def scenario(at: Path, **fields: object) -> str:
    return written(at, "scenario.json", {"users": 5, **fields})


def named_scenario(at: Path, text: str) -> str:
    return written(at, f"{text}.json", {"users": 5})


def rows(at: Path, *lines: tuple[str, ...]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return written(at, "people.csv", text.getvalue())


def a_folder(at: Path, name: str, file: str, content: object) -> str:
    (at / name).mkdir(exist_ok=True)
    written(at / name, file, content)
    return name


def poller(at: Path, text: str, name: str) -> str:
    return written(at, "a.py", pollers(text)) + f":{name}"


def failing(at: Path, text: str) -> str:
    return written(at, "a.py", f"raise OSError({text!r})")


def asked(body: object) -> tuple[str, ...]:
    return ("record", f"http://s?{json.dumps(body)}", "--out", "r.jsonl")


JSON = ("--format", "json")
CASE = ("--preset", "calm", "--fault", "none")
ONE = ("--users", 5, "--seed", 1)
SWEPT = ("--over", "crash_rate=0,1", "--replicates", 1)
PACK = ("--out", "p")
GITHUB = ("lint", "--format", "github")
HUGE = {"completed": 10**400, "error": 1, "total": 10**400}
PLACES: dict[str, Place] = {
    # people
    "run: cells": lambda at, text: ("run", "--seed", 1, "--staged", staged(at, text)),
    "run: cells in JSON": lambda at, text: ("run", "--json", "--staged", staged(at, text)),
    "run: a header": lambda at, text: ("run", "--staged", rows(at, ("username", text), ("a", "b"))),
    "run: a bad cell": lambda at, text: ("run", "--staged", rows(at, ("username", "utcOffset"), ("a", text))),
    "run: existing": lambda at, text: ("run", *ONE, "--existing", staged(at, text)),
    "run: a folder": lambda at, text: ("run", *ONE, "--out", text),
    "run: foreign": lambda at, text: ("run", *ONE, "--force", "--out", a_folder(at, "d", text, "x")),
    "sweep: cells": lambda at, text: ("sweep", *SWEPT, "--staged", staged(at, text)),
    # scenarios
    "run: a scenario": lambda at, text: ("run", "--seed", 1, "--scenario", named_scenario(at, text)),
    "run: a field": lambda at, text: ("run", "--scenario", scenario(at, **{text: 1})),
    "run: a locale": lambda at, text: ("run", "--scenario", scenario(at, locale=text)),
    "run: an epoch": lambda at, text: ("run", "--scenario", scenario(at, epoch=text)),
    "fixtures: a scenario": lambda at, text: ("fixtures", "--scenario", named_scenario(at, text), *PACK),
    "fixtures: a folder": lambda at, text: ("fixtures", *ONE, "--out", text),
    "sweep: a file": lambda at, text: ("sweep", *SWEPT, "--out", f"{text}.csv"),
    "sweep: a field": lambda at, text: ("sweep", "--over", f"{text.replace('=', '')}=1"),
    "sweep: a value": lambda at, text: ("sweep", "--over", f"locale={text.replace(',', '')}"),
    "sweep: a store": lambda at, text: ("sweep", *SWEPT, "--store", written(at, text, "x")),
    "users: a file": lambda at, text: ("users", "--users", 1, "--out", text),
    # traces
    "lint: a trace": lambda at, text: ("lint", written(at, "t.jsonl", answers(text))),
    "lint: as JSON": lambda at, text: ("lint", "--format", "json", written(at, "t.jsonl", answers(text))),
    "lint: for GitHub": lambda at, text: (*GITHUB, written(at, f"{text}.jsonl", answers(text))),
    "lint: a folder": lambda at, text: (*GITHUB, a_folder(at, "d", f"{text}.json", {"state": text, text: 1})),
    "lint: no JSON": lambda at, text: ("lint", written(at, f"{text}.jsonl", text)),
    "lint: a key": lambda at, text: ("lint", written(at, "t.jsonl", {"at_s": 1, "body": {}, text: 1})),
    "lint: --format": lambda at, text: ("lint", "t.jsonl", "--format", text),
    "lint: --dialect": lambda at, text: ("lint", "t.jsonl", "--dialect", text),
    # functions
    "check-poller: a state": lambda at, text: ("check-poller", poller(at, text, "odd"), *CASE),
    "check-poller: raised": lambda at, text: ("check-poller", poller(at, text, "broken"), *CASE),
    "check-poller: as JSON": lambda at, text: ("check-poller", poller(at, text, "loud"), *CASE, *JSON),
    "check-poller: no name": lambda at, text: ("check-poller", poller(at, text, text)),
    "check-poller: --fault": lambda at, text: ("check-poller", poller(at, text, "odd"), "--fault", text),
    "check-poller: no module": lambda at, text: ("check-poller", f"{text}:a"),
    "check-poller: a module": lambda at, text: ("check-poller", failing(at, text) + ":a"),
    # servers
    "record: a state": lambda at, text: asked({"state": text}),
    "record: refused": lambda at, text: asked({"error": text}),
    "record: counters": lambda at, text: asked({"state": "importing", "operation": {"count": HUGE}}),
    "record: a file": lambda at, text: (*asked({"state": "done"})[:-1], text),
    "record: an address": lambda at, text: ("record", f"http://{text}", "--out", "r.jsonl"),
    "serve: faults": lambda at, text: ("serve", "--faults", written(at, "f.json", [{"kind": text}])),
    "serve: a host": lambda at, text: ("serve", "--host", f"\x9b{text}"),
    "serve: a file": lambda at, text: ("serve", "--faults", written(at, text, text)),
    # words of the command line
    **{
        f"{command}: {option}": partial(lambda words, at, text: (*words, text), (command, option))
        for command, option in [
            ("run", "--preset"), ("run", "--dialect"), ("run", "--epoch"), ("run", "--users"),
            ("serve", "--clock"), ("users", "--format"), ("schema", "--state"), ("schema", "--dialect"),
            ("states", "--format"), ("dashboard", "--preset"), ("presets", "--json"),
        ]
    },
    **{
        f"{command}: an option": partial(lambda name, at, text: (name, "--" + text.replace("=", "")), command)
        for command in COMMANDS
    },
    "a command": lambda at, text: (text,),
    "an option": lambda at, text: (f"--{text}",),
}  # fmt: skip


def reply(request: httpx.Request) -> httpx.Response:
    """Answer with what the query asks for, which stands for a server's own mind."""
    body = json.loads(REPLY[-1])
    return httpx.Response(400 if "error" in body else 200, json=body)


REPLY: list[str] = []


class ToAStranger(record.Recorder):
    """A recorder whose server says what is after the question mark of its address."""

    def __init__(self, url: str, **given: Any) -> None:
        base, _, body = url.partition("?")
        REPLY[:] = [body]
        given |= {"max_polls": 3, "transport": httpx.MockTransport(reply), "pause": lambda seconds: None}
        super().__init__(base if body else url, **given)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "Recorder", ToAStranger)
    for name in ("SIMIMPORT_TOKEN", "SIMIMPORT_USER_ID"):
        monkeypatch.setenv(name, "abcdef")
    return tmp_path


def harmless(place: str, folder: Path, text: str) -> None:
    try:
        words = [str(word) for word in PLACES[place](folder, text)]
    except (OSError, UnicodeError):
        return  # what this file system does not take for a name
    apart: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    # as at a terminal: nothing is taken out on the way
    result = CliRunner(**apart).invoke(main, words, prog_name="simimport", color=True)
    assert isinstance(result.exception, SystemExit | None), (place, result.exc_info)
    for stream in (result.stdout_bytes, result.stderr_bytes):
        assert moves(stream.decode()) == "", place


@pytest.mark.parametrize("place", PLACES)
def test_nothing_moves_a_cursor(place: str, folder: Path) -> None:
    harmless(place, folder, HOSTILE)
    harmless(place, folder, f"{HALF}\u202e")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(sorted(PLACES)), st.text(st.sampled_from(LETTERS + "\n"), min_size=1, max_size=8))
def test_nor_does_any_mixture(folder: Path, place: str, text: str) -> None:
    for name in os.listdir(folder):  # noqa: PTH208 - names that are no text, too
        if (folder / name).is_file():
            (folder / name).unlink()
    harmless(place, folder, text)
