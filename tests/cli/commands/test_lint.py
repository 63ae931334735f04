"""`simimport lint`: what it says, in which form, and how it exits."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from simimport import Trace, lint, read_trace, simulate
from simimport.testing.lint.lint import RULES
from tests.cli.command import call, process


def _answers(dialect: str = "docs") -> list[list[Any]]:
    run = simulate(users=230, failure_rate=0.1, seed=5)
    return [[at_s, 200, copy.deepcopy(body)] for at_s, body in run.responses(dialect=dialect)]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return Trace(_answers()).save(tmp_path / "good.jsonl")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    answers = _answers()
    answers[5][2]["operation"]["count"]["completed"] -= 1
    for row in (3, 4, 5, 6, 7):
        answers[row][2]["operation"]["more"] = row
    answers.insert(2, [answers[1][0], 503, "busy"])
    return Trace(answers).save(tmp_path / "bad.jsonl")


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    answers = _answers()
    answers.insert(2, [answers[1][0], 503, "busy"])
    return Trace(answers).save(tmp_path / "warned.jsonl")


def test_a_good_trace_says_so_in_one_line(good: Path) -> None:
    printed = call("lint", good, "-q")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out == f"✔ {good}: 12 answers in 14.4 s, docs: nothing is wrong.\n"


def test_findings_are_grouped_by_rule_errors_first(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bad.parent)
    printed = call("lint", "bad.jsonl")
    assert printed.code == 1
    assert printed.err == "Linted as docs, as its bodies look; --dialect names another.\n"
    assert printed.out == """\
bad.jsonl: 13 answers in 14.4 s, docs

✖ extra-key · error × 5
  What no contract mentions is a slip, or the wrong dialect.
    line 5     7 s  operation.more does not belong there
    line 6   8.6 s  operation.more does not belong there
    line 7  10.3 s  operation.more does not belong there
    … and 2 more

✖ off-batch · error
  Counters are published once per batch, so they are multiples of its size.
    line 7  10.3 s  completed 92 and error 7 make 99, neither the total 230 nor
                    a multiple of the batch size 50 (if yours is another, give
                    batch_size)

! not-answered · warning
  Without a 200 a poll tells nothing of the import: ask again.
    line 3  2 s  it was answered with HTTP 503

6 errors and 1 warning.
"""
    assert max(map(len, printed.out.split("\n"))) <= 80


def test_the_dialect_is_named_or_seen(tmp_path: Path) -> None:
    trace = Trace(_answers("server-8.3")).save(tmp_path / "s.jsonl")
    assert "server-8.3" in call("lint", trace).err
    named = call("lint", trace, "--dialect", "server-7.4")
    assert (named.code, named.err) == (0, "")
    assert call("lint", trace, "--dialect", "docs").code == 1


def test_json_is_the_frames_records(bad: Path, good: Path) -> None:
    printed = call("lint", bad, "--format", "json")
    assert printed.code == 1
    assert printed.json == lint(read_trace(bad)).to_dict("records")
    assert call("lint", good, "--format", "json").json == []


def test_github_gets_annotations(bad: Path, good: Path) -> None:
    printed = call("lint", bad, "--format", "github", "-q")
    assert printed.code == 1
    lines = printed.out.splitlines()
    assert lines[0] == (
        f"::error file={bad},line=5,title=extra-key::operation.more does not belong there (at 7 s)"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 6 + ["::warning"]
    assert call("lint", good, "--format", "github").out == ""


def test_annotations_are_escaped_and_few(tmp_path: Path) -> None:
    answers = _answers()
    for row in range(12):
        answers[row][2]["operation"]["50 %\r\n::error::, no"] = 1
    folder = tmp_path / "a,b:c%"
    folder.mkdir()
    printed = call("lint", Trace(answers).save(folder / "x.jsonl"), "--format", "github")
    lines = printed.out.split("\n")
    assert len(lines) == 10 + 1 + 1
    assert "\r" not in printed.out
    assert "/a%2Cb%3Ac%25/x.jsonl,line=1,title=extra-key::" in lines[0]
    assert "::operation.'50 %25\\r\\n::error::, no' does not belong there" in lines[0]
    assert lines[10] == "::notice title=extra-key::extra-key: and 2 more"


def test_lines_are_those_of_the_file(tmp_path: Path, bad: Path) -> None:
    spaced = tmp_path / "spaced.jsonl"
    spaced.write_text("\n" + bad.read_text().replace("\n", "\n\n"))
    shown = [line.split() for line in call("lint", spaced).out.splitlines()]
    assert [words[1] for words in shown if words[:1] == ["line"]] == ["10", "12", "14", "14", "6"]


def test_a_folder_of_bodies_names_its_files(tmp_path: Path) -> None:
    answers = _answers()
    answers[10][2]["operation"]["more"] = 1
    for number, (_, _, body) in enumerate(answers):
        (tmp_path / f"{number}.json").write_text(json.dumps(body))
    printed = call("lint", tmp_path)
    assert printed.code == 1
    assert "    10.json  14.3 s  operation.more does not belong there\n" in printed.out
    assert f"file={tmp_path}/10.json,line=1," in call("lint", tmp_path, "--format", "github").out


def test_the_folder_of_a_run_is_a_trace(tmp_path: Path) -> None:
    assert call("run", "--users", 60, "--seed", 1, "-q", "--out", tmp_path / "run").code == 0
    assert call("lint", tmp_path / "run").code == 0


def test_several_files_are_told_of_one_after_another(good: Path, bad: Path, warned: Path) -> None:
    printed = call("lint", good, warned, "-q")
    assert printed.code == 0
    first, second = printed.out.split("\n\n", 1)
    assert first.startswith(f"✔ {good}: ")
    assert second.startswith(f"{warned}: ")
    assert call("lint", good, good, "-q").out.count("\n") == 2
    assert call("lint", good, bad).code == 1
    assert call("lint", warned, good, "--strict").code == 1
    assert f"{bad}: Linted as docs, as its bodies look" in call("lint", good, bad).err


def test_of_several_files_a_record_and_an_annotation_name_theirs(bad: Path, warned: Path) -> None:
    records = call("lint", bad, warned, "--format", "json").json
    assert [record["file"] for record in records] == [str(bad)] * 7 + [str(warned)]
    assert list(records[0])[1:] == list(lint(read_trace(bad)).columns)
    lines = call("lint", bad, warned, "--format", "github").out.splitlines()
    assert [str(bad) in line for line in lines] == [True] * 7 + [False]


def test_one_file_that_cannot_be_read_is_refused_before_anything_is_told(good: Path, tmp_path: Path) -> None:
    printed = call("lint", good, tmp_path / "none.jsonl")
    assert (printed.code, printed.out) == (2, "")
    assert "there is no such file" in printed.err


def test_how_a_file_was_read_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "bodies.json").write_text("\n".join(json.dumps(body) for _, _, body in _answers()))
    printed = call("lint", tmp_path / "bodies.json")
    assert printed.code == 0
    assert printed.err.startswith("Read as bodies one after another, dated by _updatedAt.\nLinted as docs")
    assert call("lint", tmp_path / "bodies.json", "-q").err == ""


def test_standard_input_is_a_file_that_is_called_so(bad: Path) -> None:
    printed = process(f"simimport lint - -q < {bad}", bad.parent)
    assert printed.code == 1
    assert printed.out.startswith("standard input: 13 answers in 14.4 s, docs\n")
    assert "    line 5     7 s  operation.more" in printed.out
    assert process("simimport run --users 120 -q | simimport lint -", bad.parent).code == 0
    cut = process(f"head -c 700 {bad} | simimport lint -", bad.parent)
    assert cut.code == 2
    assert re.match("Error: standard input: line [23]: this is no JSON", cut.err)
    assert "standard input once" in call("lint", "-", "-").err


def test_warnings_fail_only_where_it_is_strict(warned: Path) -> None:
    assert call("lint", warned).code == 0
    assert call("lint", warned, "--strict").code == 1
    assert call("lint", warned).out.endswith("\n1 warning.\n")


def test_limits_can_be_given(tmp_path: Path) -> None:
    trace = Trace(simulate(users=100, batch_size=30, seed=1).responses()).save(tmp_path / "b.jsonl")
    assert call("lint", trace).code == 1
    assert call("lint", trace, "--batch-size", 30).code == 0
    answers = _answers()
    answers.insert(6, [answers[5][0] + 1.0, 200, answers[5][2]])
    late = Trace(answers).save(tmp_path / "l.jsonl")
    assert "silence" in call("lint", late, "--still", 0.5).out
    patient = call("lint", late, "--still", "inf")
    assert "silence" not in patient.out
    assert "answers in" in patient.out


def test_rules_are_listed() -> None:
    printed = call("lint", "--rules")
    assert (printed.code, printed.err) == (0, "")
    assert [line.split()[0] for line in printed.out.splitlines() if not line.startswith(" ")] == list(RULES)
    assert max(map(len, printed.out.split("\n"))) <= 80


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: there is no such file"),
        (["cut.jsonl"], "cut.jsonl: line 2: this is no JSON"),
        (["good.jsonl", "--format", "jsn"], "--format is 'jsn'; allowed: text, json, github. Did you mean"),
        (["good.jsonl", "--dialect", "doc"], "Did you mean 'docs'?"),
        (["nowhere.jsonl", "--dialect", "doc"], "Did you mean 'docs'?"),
        (["good.jsonl", "--batch-size", "many"], "--batch-size is 'many'; allowed: a whole number from 1."),
        (["good.jsonl", "--still", "-1"], "--still is -1.0; allowed: a number of seconds above 0, or inf."),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(
    words: list[str], message: str, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(good.parent)
    first = good.read_text().splitlines()[0]
    Path("cut.jsonl").write_text(f"{first}\n{first[:50]}")
    printed = call("lint", *words)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_without_a_file_it_says_what_is_missing() -> None:
    printed = call("lint")
    assert printed.code == 2
    assert "Missing argument 'FILE': the trace to lint. --rules lists the rules." in printed.err


def test_it_runs_as_a_process_and_speaks_utf8(bad: Path) -> None:
    printed = process(f"simimport lint {bad} > out.txt", bad.parent, PYTHONIOENCODING="ascii")
    assert printed.code == 1
    assert "✖ extra-key" in (bad.parent / "out.txt").read_text(encoding="utf-8")
    assert printed.err.startswith("Linted as docs")


def test_where_the_words_are_a_guess_it_says_why(tmp_path: Path) -> None:
    path = Trace([(0.0, {"state": "none", "success": True})]).save(tmp_path / "none.jsonl")
    assert call("lint", path).err == (
        "Linted as server-8.3: no answer has an operation, and state comes first, as servers write it; "
        "--dialect names another.\n"
    )
    assert call("lint", path, "--dialect", "docs").err == ""
