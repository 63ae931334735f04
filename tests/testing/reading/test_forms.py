"""Every form in the table of ``data/traces/``: read as it should be, or refused in words that name it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from simimport import Trace, TraceError, fit, lint, read_trace, simulate
from simimport.testing.traces import Recorded
from tests.make_traces import READ, REFUSED, TABLE, table
from tests.trace_forms import BODIES, INSTANTS, Form, read_forms, refused_forms

read = pytest.mark.parametrize("form", read_forms(), ids=lambda form: form.file)
refused = pytest.mark.parametrize("form", refused_forms(), ids=lambda form: form.file)


def test_the_files_and_the_table_are_of_the_script() -> None:
    for folder, forms in ((READ, read_forms()), (REFUSED, refused_forms())):
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            form.file: form.content for form in forms
        }
    assert TABLE.read_text(encoding="utf-8") == table()


@read
def test_a_form_is_read_right(form: Form) -> None:
    trace = read_trace(READ / form.file)
    answers = [answer for answer in trace if answer.http_status == 200]
    bodies = BODIES[-1:] if form.file == "one_body.json" else BODIES
    assert [answer.body for answer in answers] == list(bodies)
    at_s = [answer.at_s for answer in answers]
    if "_updatedAt" in trace.read_as:
        assert at_s == sorted(at_s)
        assert at_s[-1] > 8
    else:
        assert at_s == list(INSTANTS)
    assert lint(trace, dialect="server-8.3").empty or len(trace) > len(answers)


@read
def test_each_answer_has_its_line(form: Form) -> None:
    trace = read_trace(READ / form.file)
    text = form.content.decode("utf-16" if form.file == "windows.json" else "utf-8-sig")
    lines = text.split("\n")
    assert len(trace.places) == len(trace)
    for file, line in trace.places:
        assert file == READ / form.file
        wanted = '"ur' if form.file.endswith((".har", "cassette.json")) else "{"
        assert ("- request:" if form.file == "cassette.yaml" else wanted) in lines[line - 1]


@refused
def test_a_form_is_refused_by_name(form: Form) -> None:
    with pytest.raises(TraceError) as error:
        read_trace(REFUSED / form.file)
    assert len(str(error.value)) < 400
    assert "secret" not in str(error.value)


def test_the_status_of_a_head_is_kept() -> None:
    assert read_trace(READ / "heads.log")[-1] == Recorded(
        20.0, 429, {"success": False, "error": "Too many requests"}
    )


@pytest.mark.parametrize("form", ["own.jsonl", "pretty_bodies.json", "browser.har"])
def test_standard_input_is_read(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((READ / form).read_bytes())))
    trace = read_trace("-")
    assert trace == read_trace(READ / form)
    assert trace.path == "-"


def test_paths_are_taken_where_traces_are() -> None:
    path = READ / "own.jsonl"
    assert lint(str(path), dialect="server-8.3").empty
    assert repr(fit(path)) == repr(fit(read_trace(path)))
    assert repr(fit([path, str(path)])) == repr(fit([read_trace(path)] * 2))


def test_bodies_and_dicts_in_memory_are_answers() -> None:
    assert Trace(json.loads((READ / "array.json").read_text())) == read_trace(READ / "array.json")
    own = read_trace(READ / "own.jsonl")
    assert Trace(json.loads((READ / "array_of_answers.json").read_text())) == own


def test_what_was_understood_stays_with_a_part_and_a_trace_of_answers_says_nothing() -> None:
    part = read_trace(READ / "bodies.jsonl")[1:3]
    assert part.read_as == "bodies one after another, dated by _updatedAt"
    assert [line for _, line in part.places] == [2, 3]
    assert Trace(part).read_as == ""
    assert read_trace(READ / "own.jsonl").read_as == ""


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ('{"state":"none"}', "one body, not dated: no dates, and no _updatedAt"),
        ('{"state":"none"}{"state":"none"}',
         "bodies one after another, not dated: no dates, and no _updatedAt"),
        ('{"state":"none"}' + json.dumps(BODIES[0]),
         "bodies one after another, dated by _updatedAt, 1 without it by the one before"),
        ('{"at_s":0,\n"body":{"state":"none"}}', "answers one after another"),
        ('2026-03-11T22:00:03Z\n2026-03-11T22:00:08Z {"state":"none"}\n2026-03-11T22:00:13Z\n',
         "one body, dated by the dates before them, 2 dates without a body left out"),
    ],
)  # fmt: skip
def test_what_could_not_be_dated_is_said(tmp_path: Path, text: str, read_as: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert read_trace(tmp_path / "a.txt").read_as == read_as


def test_the_command_run_writes_what_is_read(tmp_path: Path) -> None:
    from tests.cli.command import process

    printed = process("simimport run --users 120 --seed 1 -q > own.json", tmp_path)
    assert printed.code == 0
    assert read_trace(tmp_path / "own.json")[0].body == list(simulate(users=120, seed=1).responses())[-1][1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_change_nothing(tmp_path: Path, encoding: str, ends: str) -> None:
    for name in ("own.jsonl", "pretty_bodies.json", "date_command.log"):
        text = (READ / name).read_text(encoding="utf-8").replace("\n", ends)
        (tmp_path / name).write_bytes(text.encode(encoding))
        assert read_trace(tmp_path / name) == read_trace(READ / name)


def test_several_operations_are_dated_one_after_another(tmp_path: Path) -> None:
    later = json.loads(json.dumps(BODIES).replace("2026-03-11", "2026-03-12"))
    (tmp_path / "two.json").write_text(json.dumps([*BODIES, *later]))
    at_s = [answer.at_s for answer in read_trace(tmp_path / "two.json")]
    assert at_s[4] - at_s[0] == 86_400
    assert at_s == sorted(at_s)
