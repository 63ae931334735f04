"""Traces: what `read_trace` takes and refuses, and that what is saved is what is read."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import PRESETS, ParameterError, Scenario, Trace, TraceError, read_trace, simulate
from simimport.model.dialects import DIALECTS
from simimport.testing.traces import SEQUENCE, Recorded, line_of, parsed, parsed_instant

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
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


def test_one_line_is_as_documented() -> None:
    assert line_of(Recorded(1.5, 0, "reset é")) == (
        b'{"at_s":1.5,"http_status":0,"body":"reset \\u00e9"}\n'
    )


@pytest.mark.parametrize("body", [{"a": math.inf}, [math.nan], {"a": {1, 2}}])
def test_what_json_cannot_say_is_not_saved_and_nothing_is_left(tmp_path: Path, body: Any) -> None:
    path = tmp_path / "night.jsonl"
    path.write_text("kept\n")
    with pytest.raises(ParameterError, match=r"the answer at 1 s: body is .*what JSON can say"):
        Trace([(0, BODY), (1, body)]).save(path)
    assert path.read_text() == "kept\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["night.jsonl"]


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
        (GOOD[:-1] + GOOD, 1, "Extra data"),
        (GOOD.decode().encode("utf-16"), 0, "UTF-16"),
        (GOOD.decode().encode("utf-16-le"), 1, "this is no JSON"),
        (GOOD + "{\"at_s\":1,\"body\":\"Zürich\"}\n".encode("latin-1"), 2, "byte 0xfc is not UTF-8"),
        (GOOD + b'{"at_s":NaN,"body":{}}\n', 2, "NaN is no number of JSON"),
        (GOOD + b'{"at_s":1,"body":1e999}\n', 2, "'1e999' is no number of JSON"),
        (GOOD + b'{"at_s":1' + b"0" * 400 + b',"body":1}\n', 2, "a finite number of seconds"),
        (GOOD + b'{"at_s":1' + b"0" * 5000 + b',"body":1}\n', 2, "this is no JSON"),
        (GOOD + b'{"at_s":1,"body":' + b"[" * 100_000 + b"\n", 2, "this is no JSON"),
        (GOOD + b'{"at_s":"1","body":{}}\n', 2, "at_s is '1'"),
        (GOOD + b'{"at_s":true,"body":{}}\n', 2, "at_s is True"),
        (GOOD + b'{"at_s":1,"http_status":"200","body":{}}\n', 2, "http_status is '200'"),
        (GOOD + b'{"at_s":1,"http_status":20,"body":{}}\n', 2, "100 to 999"),
        (GOOD + b'{"at_s":1,"status":200,"body":{}}\n', 2, "the key 'status' is unknown"),
        (GOOD + b'{"at_s":1}\n', 2, "this is no answer"),
        (GOOD + b'[1,2]\n', 2, "this is no answer"),
        (b'{"users": [{"emails": ["a@b.example"]}]}', 1, "this is no answer"),
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
        ({"1.json": "[]"}, "1.json", "this is no answer"),
        # with which status it came is not known
        ({"1.json": '{"success":false,"error":"no"}'}, "1.json", 'wanted: a body with a state, or {"at_s"'),
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


@pytest.mark.parametrize(
    "answers",
    ["text", b"raw", {"at_s": 0}, 7, [1], [(0,)], [(0, 200, {}, 1)], [("0", {})], [(math.nan, {})],
     [(0, 99, {})], [(0, 200.5, {})], [(True, {})], [(0, object())], [(0, 200, {1})], [(10**400, {})]],
)  # fmt: skip
def test_what_is_no_answers_is_refused(answers: Any) -> None:
    with pytest.raises(ParameterError):
        Trace(answers)


# what it is ---------------------------------------------------------------------------------------------


def test_it_is_a_sequence_that_shows_itself() -> None:
    trace = the_run()
    assert trace[0].state == "new"
    assert trace[-1].state == "done"
    assert list(trace[2:4]) == [trace[2], trace[3]]
    assert repr(trace[2:4]).startswith("Trace(2 answers in ")
    assert repr(Trace([])) == "Trace(no answers)"
    assert repr(Trace([(0, 503, "x"), (1.5, BODY)])) == "Trace(2 answers in 1.5 s: HTTP 503 → none)"
    assert trace != "trace"


def test_answers_of_a_broken_server_break_nothing() -> None:
    odd = {"state": ["a"], "operation": {"_id": 1, "status": ["x"], "ts": 5}}
    trace = Trace([(0, odd), (1, {"state": "done", "operation": {"_id": 1, "status": ["x"]}}), (2, [])])
    assert [answer.state for answer in trace] == [None, "done", None]
    assert repr(trace) == "Trace(3 answers in 2.0 s: HTTP 200 → done)"
    assert trace.dialect == "server-8.3"


@pytest.mark.parametrize(("dialect", "told"), [("docs", "docs"), ("server-6.3", "server-6.3"),
                                               ("server-7.4", "server-8.3"), ("server-8.3", "server-8.3")])
def test_the_dialect_is_seen(dialect: str, told: str) -> None:
    assert Trace(simulate(users=60, seed=1).responses(dialect=dialect)).dialect == told
    assert Trace([(0, {"state": "none", "success": True})]).dialect == "server-8.3"
    assert Trace([]).dialect == Trace([(0, BODY)]).dialect == "docs"


def test_instants_are_those_that_servers_write() -> None:
    moment = parsed_instant("2016-09-13T14:57:56.037Z")
    assert moment is not None
    assert moment.timestamp() == 1473778676.037
    for other in (None, 5, "", "2016-09-13", "2016-09-13 14:57:56.037Z", "2016-13-13T14:57:56.037Z"):
        assert parsed_instant(other) is None


def test_numbers_beyond_json_are_no_json() -> None:
    assert parsed("[1e3, -0.5]") == [1000.0, -0.5]
    for text in ("NaN", "-Infinity", "1e999"):
        with pytest.raises(ValueError, match="is no number of JSON"):
            parsed(text)


# from an observed frame ----------------------------------------------------------------------------------


def observed(**changes: Any) -> pd.DataFrame:
    """Return a frame as `observe` gives it, by hand: a poll at each change of a run."""
    run = simulate(Scenario(users=300), seed=3)
    seen = run.snapshots[["state", "step", "completed", "error", "total"]].copy()
    seen["poll"] = range(1, len(seen) + 1)
    seen["asked_s"] = seen["answered_s"] = seen["updated_at_s"] = run.snapshots["at_s"]
    return seen.assign(**changes)


def test_an_observed_frame_is_a_trace_of_the_page() -> None:
    assert [a.body for a in Trace(observed())] == [a.body for a in the_run()]
    assert [a.at_s for a in Trace(observed())] == [a.at_s for a in the_run()]
    none = observed(state="none", step=None, updated_at_s=math.nan)[:1]
    assert list(Trace(none)) == [Recorded(0.0, 200, BODY)]


def test_a_frame_that_is_not_observed_is_refused() -> None:
    with pytest.raises(ParameterError, match="a frame with the column answered_s"):
        Trace(simulate(users=60, seed=1).snapshots)
    for column, value in (("state", "paused"), ("step", None), ("completed", math.nan),
                          ("updated_at_s", math.inf), ("answered_s", math.nan)):  # fmt: skip
        with pytest.raises(ParameterError, match=r"row 0"):
            Trace(observed(**{column: value}))
