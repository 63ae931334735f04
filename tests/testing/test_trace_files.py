"""Files of traces: what `read_trace` takes and refuses, and that what is saved is what is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import PRESETS, Trace, TraceError, read_trace, simulate
from simimport.model.dialects import DIALECTS
from simimport.testing.json_lines import line_of
from simimport.testing.trace_files import SEQUENCE
from simimport.testing.traces import Recorded
from tests.testing.json_values import JSON, NUMBERS

STATUSES = st.just(0) | st.integers(100, 999)
ANSWERS = st.lists(st.tuples(NUMBERS, STATUSES, JSON), min_size=1, max_size=6)
BODY = {"success": True, "state": "none"}


def the_run() -> Trace:
    return Trace(simulate(users=300, seed=3).responses())


# saving and reading ----------------------------------------------------------------------------------


@given(ANSWERS)
def test_what_is_saved_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, answers: list[Any]) -> None:
    trace = Trace(answers)
    path = trace.save(tmp_path_factory.mktemp("traces") / "night.jsonl")
    again = read_trace(path)
    assert again == trace
    assert hash(again) == hash(trace)
    assert again.path == str(path)
    assert [type(answer.body) for answer in again] == [type(answer.body) for answer in trace]


@given(ANSWERS, st.data())
def test_a_cut_file_is_refused_in_its_last_line_or_is_a_shorter_trace(
    tmp_path_factory: pytest.TempPathFactory, answers: list[Any], data: st.DataObject
) -> None:
    trace = Trace(answers)
    path = trace.save(tmp_path_factory.mktemp("traces") / "night.jsonl")
    raw = path.read_bytes()
    cut = data.draw(st.integers(0, len(raw) - 1))
    path.write_bytes(raw[:cut])
    whole = raw[:cut].count(b"\n")
    # a line whose line feed alone is missing is whole
    whole += raw[cut : cut + 1] == b"\n"
    rest = raw[:cut].rpartition(b"\n")[2]
    if (rest and raw[cut : cut + 1] != b"\n") or not whole:
        with pytest.raises(TraceError) as refused:
            read_trace(path)
        assert refused.value.line == (whole + 1 if rest else 0)
    else:
        assert read_trace(path) == trace[:whole]


def test_every_answer_of_every_preset_in_every_dialect_comes_back(tmp_path: Path) -> None:
    for name, preset in PRESETS.items():
        for dialect in DIALECTS:
            trace = Trace(simulate(preset, users=min(preset.users, 130), seed=2).responses(dialect=dialect))
            assert read_trace(trace.save(tmp_path / "trace.jsonl")) == trace, (name, dialect)


def test_the_answers_of_the_command_run_are_read_as_a_file_and_as_its_folder(tmp_path: Path) -> None:
    from tests.cli.command import call

    assert call("run", "--users", 300, "--seed", 3, "--out", tmp_path / "out", "--quiet").code == 0
    assert read_trace(tmp_path / "out") == the_run() == read_trace(tmp_path / "out" / "answers.jsonl")


# folders -----------------------------------------------------------------------------------------------


def test_the_folder_of_a_pack_is_read_by_its_sequence(tmp_path: Path) -> None:
    the_run().save(tmp_path / SEQUENCE)
    (tmp_path / "manifest.json").write_text("{}")
    assert read_trace(tmp_path) == the_run()
    assert read_trace(tmp_path).path == str(tmp_path)


def test_a_folder_of_bodies_is_dated_by_the_documents_and_read_in_natural_order(tmp_path: Path) -> None:
    trace = the_run()
    for place, answer in enumerate(trace):
        (tmp_path / f"answer-{place}.json").write_text(json.dumps(answer.body))
    (tmp_path / "notes.txt").write_text("not read")
    read = read_trace(tmp_path)
    assert len(read) > 10
    assert [answer.body for answer in read] == [answer.body for answer in trace]
    assert [answer.at_s for answer in read] == pytest.approx([a.at_s for a in trace], abs=1e-3)


def test_a_folder_may_hold_whole_answers_too(tmp_path: Path) -> None:
    answer = {"at_s": 7, "http_status": 503, "body": "Service Unavailable"}
    (tmp_path / "1.json").write_text(json.dumps(answer))
    (tmp_path / "2.json").write_text(json.dumps(BODY))
    assert list(read_trace(tmp_path)) == [Recorded(7.0, 503, "Service Unavailable"), Recorded(7.0, 200, BODY)]


# what is refused ----------------------------------------------------------------------------------------

GOOD = line_of(Recorded(0.0, 200, BODY))


@pytest.mark.parametrize(
    ("raw", "line", "why"),
    [
        (b"", 0, "there are no answers in it"),
        (b"\n \r\n", 0, "there are no answers in it"),
        (GOOD + GOOD[:-9], 2, "a line may be cut"),
        (GOOD + b"\n" + GOOD[5:] + GOOD, 3, "this is no JSON"),
        (GOOD + GOOD[:-1] + GOOD, 2, "Extra data"),
        (GOOD + b'{"at_s":1,"at_s":2,"body":{}}\n', 2, "the key 'at_s' stands twice in one object"),
        (GOOD.decode().encode("utf-16")[:-1], 0, "is not UTF-16"),
        (GOOD + "{\"at_s\":1,\"body\":\"Zürich\"}\n".encode("latin-1"), 2, "byte 0xfc is not UTF-8"),
        (GOOD + b'{"at_s":NaN,"body":{}}\n', 2, "NaN is no number of JSON"),
        (GOOD + b'{"at_s":1,"body":1e999}\n', 2, "'1e999' is no number of JSON"),
        (GOOD + b'{"at_s":1' + b"0" * 400 + b',"body":1}\n', 2, "a finite number of seconds"),
        (GOOD + b'{"at_s":1' + b"0" * 5000 + b',"body":1}\n', 2, "this is no JSON"),
        (GOOD + b'{"at_s":1,"body":' + b"[" * 10_000 + b"\n", 2, "this is no JSON"),
        (GOOD + b'{"at_s":1,"body":' + b"[" * 100_000 + b"\n", 2, "it holds too many small values"),
        (GOOD + b'{"at_s":"1","body":{}}\n', 2, "at_s is '1'"),
        (GOOD + b'{"at_s":true,"body":{}}\n', 2, "at_s is True"),
        (GOOD + b'{"at_s":1,"http_status":"200","body":{}}\n', 2, "http_status is '200'"),
        (GOOD + b'{"at_s":1,"http_status":20,"body":{}}\n', 2, "100 to 999"),
        (GOOD + b'{"at_s":1,"status":200,"body":{}}\n', 2, "the key 'status' is unknown"),
        (GOOD + b'{"at_s":1}\n', 2, "this is no answer"),
        (GOOD + b'[1,2]\n', 2, "this is no answer"),
        (b'{"users": [{"emails": ["a@b.example"]}]}', 1, "this is a body of import.addUsers"),
        (b"at_s,state\n0,new\n", 1, "this is no JSON"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, raw: bytes, line: int, why: str) -> None:
    path = tmp_path / "night.jsonl"
    path.write_bytes(raw)
    with pytest.raises(TraceError) as refused:
        read_trace(path)
    assert refused.value.line == line
    assert refused.value.path == str(path)
    assert why in str(refused.value)
    assert str(refused.value).startswith(f"{path}: " + (f"line {line}: " if line else ""))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("files", "named", "why"),
    [
        ({}, "", "there are no .json files"),
        ({"1.json": "{"}, "1.json", "it may be cut"),
        ({"1.json": "[]"}, "1.json", "this is a list"),
        ({"1.json": '{"success":false,"error":"no"}'}, "1.json", "with which HTTP status it came"),
        ({"1.json": '{"state":"none"}', "2.json": '{"at_s":1}'}, "2.json", "this is no answer"),
        ({SEQUENCE: "", "1.json": '{"state":"none"}'}, SEQUENCE, "there are no answers"),
    ],
)
def test_a_folder_that_is_no_trace_is_refused(
    tmp_path: Path, files: dict[str, str], named: str, why: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(TraceError) as refused:
        read_trace(tmp_path)
    assert refused.value.path == str(tmp_path / named)
    assert why in str(refused.value)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="there is no such file"):
        read_trace(tmp_path / "none.jsonl")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "night.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + (GOOD + GOOD).replace(b"\n", b"\r\n"))
    assert len(read_trace(path)) == 2


def test_what_systems_put_into_a_folder_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(BODY), encoding="utf-8")
    (tmp_path / "._1.json").write_bytes(b"\0\5\x16\7")
    (tmp_path / ".2.json.a1b2c3d4.part").write_bytes(b"{")
    assert len(read_trace(tmp_path).answers) == 1
