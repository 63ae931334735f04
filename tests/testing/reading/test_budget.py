"""Ten times the file: no trace of small values takes more, and no honest one is refused for it."""

from __future__ import annotations

import base64
import gzip
import json
import tracemalloc
from collections.abc import Callable
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simimport import PRESETS, TraceError, UsersError, read_trace, read_users, simulate
from simimport.model.dialects import DIALECTS
from simimport.testing.reading.budget import Budget
from tests.everyday import thinned

MEGABYTE = 1_000_000
TOO_MANY = "it holds too many small values"
URL = "https://chat.example/api/v1/import.status"
NONE = {"state": "none", "success": True}


def peak_of(read: Callable[[Path], Any], path: Path) -> tuple[int, str]:
    """Return the memory that reading a file takes at its peak, and why it is refused if it is."""
    refusal = ""
    # what is imported at the first time is of no file
    (path.parent / "first").write_text("email\na@b\n")
    read_users(path.parent / "first")
    tracemalloc.start()
    try:
        read(path)
    except (TraceError, UsersError) as error:
        refusal = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak, refusal


def _entry(text: str, *, packed: bool = False) -> dict[str, Any]:
    content = {"text": text}
    if packed:
        content = {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
    return {
        "startedDateTime": "2026-03-11T22:00:03.000Z", "time": 40, "request": {"method": "GET", "url": URL},
        "response": {"status": 200, "content": content},
    }  # fmt: skip


def _exchange(text: str) -> dict[str, Any]:
    response = {
        "status": {"code": 200, "message": "OK"}, "headers": {"Date": ["Wed, 11 Mar 2026 22:00:03 GMT"]},
        "body": {"string": text},
    }  # fmt: skip
    return {"request": {"method": "GET", "uri": URL, "body": None, "headers": {}}, "response": response}


def forms_of(bodies: list[Any]) -> dict[str, str]:
    """Return the same answers in every form, written as densely as it can be."""

    def dense(content: Any) -> str:
        return json.dumps(content, separators=(",", ":"))

    texts = [dense(body) for body in bodies]
    exchange = "- request: {{method: GET, uri: {}}}\n  response: {{code: 200, body: '{}'}}\n"
    return {
        "own.jsonl": "\n".join(dense({"at_s": 0.0, "http_status": 200, "body": body}) for body in bodies),
        "shortest.jsonl": "\n".join(dense({"at_s": 0.0, "body": body}) for body in bodies),
        "own.json": dense([{"at_s": 0.0, "http_status": 200, "body": body} for body in bodies]),
        "bodies.jsonl": "\n".join(texts),
        "unseparated.json": "".join(texts),
        "array.json": dense(bodies),
        "epoch.log": "\n".join(f"1773266403\n{text}" for text in texts),
        "iso.log": "\n".join(f"2026-03-11T22:00:03Z {text}" for text in texts),
        "a.har": dense({"log": {"entries": [_entry(text) for text in texts]}}),
        "packed.har": dense({"log": {"entries": [_entry(text, packed=True) for text in texts]}}),
        "cassette.json": dense({"interactions": [_exchange(text) for text in texts]}),
        "cassette.yaml": "interactions:\n" + "".join(exchange.format(URL, text) for text in texts),
    }


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_honest_trace_is_refused_and_none_takes_more(tmp_path: Path, dialect: str) -> None:
    bodies = []
    for preset in PRESETS.values():
        answers = [body for _, body in simulate(preset, seed=1).responses(dialect=dialect)]
        # of a long run the beginning and the end, where the bodies are shortest
        bodies += [*answers[:8], *answers[-4:], NONE]
    for name, text in forms_of(bodies).items():
        (tmp_path / name).write_text(text)
        assert len(read_trace(tmp_path / name)) == len(bodies), name
        # however long they are
        Budget(len(text) * 1000, tmp_path).take(b"", 1)


@pytest.mark.parametrize("body", [
    NONE, pytest.param({"success": True, "state": "none"}, marks=pytest.mark.long),
    next(iter(simulate(users=1, seed=1).responses(dialect="docs")))[1],
    next(iter(simulate(users=1, seed=1).responses(dialect="server-8.3")))[1],
])  # fmt: skip
def test_the_shortest_bodies_are_read_in_every_form_however_many(tmp_path: Path, body: Any) -> None:
    count = 20_000 // len(json.dumps(body))
    for name, text in forms_of([body] * count).items():
        (tmp_path / name).write_text(text)
        assert len(read_trace(tmp_path / name)) == count, name
        assert peak_of(read_trace, tmp_path / name)[0] < 10 * len(text) + 4 * MEGABYTE, name


def _many(piece: str) -> str:
    return piece * (MEGABYTE // len(piece))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", _many('{"state":"none"}{"state":"new"}\n')),
        ("a.json", '{"state":"none","x":[' + _many("[],") + "1]}"),
        ("a.json", '{"at_s":0,"body":[' + _many("[],") + "1]}"),
        ("a.json", '{"state":"none","x":[' + _many("999,") + "1]}"),
        ("a.json", '{"state":"none",' + ",".join(f'"{n:x}":0' for n in range(100_000)) + "}"),
        ("a.har", '{"log":{"entries":[' + _many('{"a":{},"b":{}},') + "1]}}"),
        ("b.har", json.dumps({"log": {"entries": [_entry(f"[{_many('[],')}1]", packed=True)]}})),
        ("a.yaml", f"interactions:\n- &a\n  request: {{url: {URL}}}\n"
                   '  response: {code: 200, body: "{}"}\n' + _many("- *a\n")),
        pytest.param("a.jsonl", _many('{"at_s":0,"body":{"":{}}}\n'), marks=pytest.mark.long),
        pytest.param("a.json", '[{"state":"none"},' + _many('{"state":1,"x":{}},{"state":2},') + "1]",
                     marks=pytest.mark.long),
    ],
)  # fmt: skip
def test_small_values_are_refused_before_they_fill_memory(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    peak, refusal = peak_of(read_trace, tmp_path / name)
    assert TOO_MANY in refusal
    assert peak < 10 * len(text) + 4 * MEGABYTE


def test_a_body_that_was_packed_is_counted_as_it_is_read(tmp_path: Path) -> None:
    packed = gzip.compress(b"[" + b"[]," * 5_000_000 + b"1]")
    exchange = _exchange("")
    exchange["response"]["body"] = {"base64_string": base64.b64encode(packed).decode()}
    exchange["response"]["headers"]["Content-Encoding"] = ["gzip"]
    (tmp_path / "a.json").write_text(json.dumps({"interactions": [exchange]}))
    with pytest.raises(TraceError, match=TOO_MANY):
        read_trace(tmp_path / "a.json")


def test_a_character_that_makes_a_text_wide_is_no_breach(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"at_s":0,"body":"' + "x" * MEGABYTE + '\N{GRINNING FACE}"}\n')
    assert peak_of(read_trace, path)[0] < 10 * MEGABYTE


def test_equal_short_neighbours_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"state":"none"},{"state":"none"} , {"state":"none","x":1},{"state":"none"}]')
    assert [answer.body.get("x") for answer in read_trace(path)] == [None, None, 1, None]
    path.write_text('{"state":"none"}\n{"state":"none"\n')
    with pytest.raises(TraceError, match="this is no JSON"):
        read_trace(path)


PIECES = [
    "{", "}", "[", "]", ",", '"', "\n", " ", "[],", "{},", '"":', "0,", "1.5,", "999,", '{"state":"none"}',
    '{"state":0}', '{"at_s":0,"body":', '{"at_s":1,"body":{}}\n', '"a":{}', '{"a":1}', "a@b", "a,b\n", "a@b,",
    ";", "username,email\n", '{"username":"a"}', '{"emails":["a"]}', "- *a\n", "- []\n", "1773266403\n",
    "\N{GRINNING FACE}", "é", "#",
]  # fmt: skip
BEGINNINGS = [
    "", "[", "{", '{"users":[', '{"state":"none","x":[', '{"at_s":0,"body":[', '{"log":{"entries":[',
    '{"interactions":[', "username,email,status,billing-active\n", "username,email,name\n", "email\n",
    "interactions:\n",
    f"interactions:\n- &a {{request: {{url: {URL}}}, response: {{code: 200, body: ''}}}}\n",
]  # fmt: skip
READERS = [
    *((read_users, suffix) for suffix in (".json", ".jsonl", ".csv", ".zip", "")),
    *((read_trace, suffix) for suffix in (".jsonl", ".json", ".har", ".yaml", "")),
]


@given(
    st.sampled_from(READERS), st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join),
    st.sampled_from(["", "]}", "]", "1]}}"]),
)  # fmt: skip
@settings(max_examples=25)
def test_whatever_is_repeated_takes_at_most_ten_times_its_size(
    tmp_path_factory: pytest.TempPathFactory,
    reader: tuple[Callable[[Path], Any], str],
    begin: str,
    piece: str,
    end: str,
) -> None:
    read, suffix = reader
    path = tmp_path_factory.mktemp("repeated") / f"a{suffix}"
    raw = (begin + piece * (300_000 // len(piece.encode())) + end).encode()
    path.write_bytes(raw)
    assert peak_of(read, path)[0] < 10 * len(raw) + 4 * MEGABYTE


BEFORE_CELLS = ["", "[", "email\n", "a@b\n", "a@b,", "username,email\n"]
CELLS = [",", ";", "[],", "a,", "ab;", '"",', '"\n",']
#: Each beginning and each cell once, and the rest in the long run.
SOME_ROWS = [*zip(cycle(BEFORE_CELLS), CELLS, strict=False)]


@pytest.mark.parametrize(("begin", "piece"), thinned(product(BEFORE_CELLS, CELLS), SOME_ROWS))
def test_a_row_of_nothing_but_cells_takes_at_most_ten_times_its_size(
    tmp_path: Path, begin: str, piece: str
) -> None:
    path = tmp_path / "a.csv"
    raw = (begin + piece * (2 * MEGABYTE // len(piece))).encode()
    path.write_bytes(raw)
    assert peak_of(read_users, path)[0] < 10 * len(raw)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_honest_traces_of_any_length_are_within_it(dialect: str) -> None:
    for name, scenario in PRESETS.items():
        run = simulate(scenario.replace(users=min(scenario.users, 2000)), seed=0)
        for at_s, body in run.responses(dialect=dialect):
            text = json.dumps(body, separators=(",", ":"))
            own = json.dumps({"at_s": at_s, "http_status": 200, "body": body}, separators=(",", ":"))
            # with nothing to spare: as it is where a million of these follow one another
            budget = Budget(len(text) + 1, Path("a.json"))
            budget._left = 10 * (len(text) + 1)
            budget.take(text, 1)
            budget._left = 10 * (len(own) + 1)
            budget.take_line(own, 1)
            assert budget._left >= 0, name


@pytest.mark.parametrize(
    "text", ["[" * 500_000, '{"a":1},' * 60_000, "if(a){b['c']=[d,e]}" * 30_000, '"\\",' * 90_000]
)
def test_a_page_that_came_as_a_text_is_one_value(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"at_s": 0, "http_status": 502, "body": text}) + "\n", encoding="utf-8")
    assert read_trace(path)[0].body == text
    assert peak_of(read_trace, path)[0] < 10 * path.stat().st_size
