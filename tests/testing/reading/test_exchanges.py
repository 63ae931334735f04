"""Recordings of whole exchanges: what recorders and browsers do differently, and what is missing in them."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from simimport import MissingExtraError, TraceError, read_trace
from tests.make_traces import READ
from tests.trace_forms import BODIES, INSTANTS, cassette

HAR = json.loads((READ / "browser.har").read_text())


def har() -> Any:
    return copy.deepcopy(HAR)


def read(folder: Path, content: Any, name: str = "a.json") -> Any:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_trace(folder / name)


def is_the_import(trace: Any) -> bool:
    return [answer.body for answer in trace] == list(BODIES) and [a.at_s for a in trace] == list(INSTANTS)


def test_what_pyyaml_writes_is_read_with_its_bytes_and_repetitions(tmp_path: Path) -> None:
    kept = cassette()
    shared = ["gzip"]
    for exchange in kept["interactions"][1:]:
        body = exchange["response"]["body"]
        body["string"] = gzip.compress(body["string"].encode())
        exchange["response"]["headers"]["content-encoding"] = shared
    text = yaml.dump(kept)
    assert "!!binary" in text
    assert "&id" in text
    assert is_the_import(read(tmp_path, text, "a.yaml"))


def test_a_cassette_of_ruby_is_read(tmp_path: Path) -> None:
    kept = [
        {"request": {"method": "get", "uri": exchange["request"]["uri"]},
         "response": {"status": {"code": 200}, "headers": {},
                      "body": {"encoding": "UTF-8", "string": exchange["response"]["body"]["string"]}},
         "recorded_at": exchange["response"]["headers"]["Date"][0]}
        for exchange in cassette()["interactions"][1:]
    ]  # fmt: skip
    assert is_the_import(read(tmp_path, yaml.dump({"http_interactions": kept}), "a.yml"))


def test_a_cassette_of_go_is_read(tmp_path: Path) -> None:
    kept = [
        {"request": {"method": "GET", "url": exchange["request"]["uri"], "body": ""},
         "response": {"body": exchange["response"]["body"]["string"], "code": 200, "status": "200 OK",
                      "headers": exchange["response"]["headers"]}}
        for exchange in cassette()["interactions"][1:]
    ]  # fmt: skip
    assert is_the_import(read(tmp_path, yaml.dump({"version": 2, "interactions": kept}), "a.yml"))


def test_a_body_in_base64_is_read(tmp_path: Path) -> None:
    kept = cassette()
    for exchange in kept["interactions"]:
        text = exchange["response"]["body"].pop("string")
        exchange["response"]["body"]["base64_string"] = base64.b64encode(text.encode()).decode()
    assert is_the_import(read(tmp_path, kept))


def test_without_dates_the_documents_date(tmp_path: Path) -> None:
    kept = cassette()
    for exchange in kept["interactions"]:
        exchange["response"]["headers"] = {}
    trace = read(tmp_path, kept)
    assert trace.read_as == "a cassette, dated by _updatedAt, 1 other request left out"


def test_without_pyyaml_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtraError, match=r'pip install "simimport\[yaml\]"'):
        read_trace(READ / "cassette.yaml")
    assert is_the_import(read_trace(READ / "cassette.json"))


def test_answers_stand_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    kept = har()
    kept["log"]["entries"][1]["time"] = 7_000
    states = [answer.state for answer in read(tmp_path, kept)]
    assert states == ["ready", "new", "importing", "done"]


def test_answers_that_were_not_recorded_or_did_not_come_are_told(tmp_path: Path) -> None:
    kept = har()
    entries = kept["log"]["entries"]
    del entries[2]["response"]["content"]["text"]
    entries[3]["response"] = {"status": 0, "content": {}}
    entries.append(copy.deepcopy(entries[4]))
    entries[-1]["request"]["method"] = "OPTIONS"
    trace = read(tmp_path, kept)
    assert [answer.http_status for answer in trace] == [200, 0, 200]
    assert trace.read_as.endswith("2 other requests left out, 1 answer without a recorded body left out")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda entry: entry.pop("request"), "entry 2 has no 'request'"),
        (lambda entry: entry["response"].pop("status"), "entry 2 has no 'status'"),
        (lambda entry: entry["response"].update(status="200"), "entry 2: the status is '200'"),
        (lambda entry: entry.update(response=[]), "entry 2 is no exchange with a request and a response"),
        (lambda entry: entry["response"]["content"].update(text=5), "entry 2: the body is no text"),
        (lambda entry: entry["response"]["content"].update(encoding="base64", text="x"), "no base64"),
        (lambda entry: entry.pop("startedDateTime"), "this body has a date, and those before it have none"),
    ],
)  # fmt: skip
def test_a_damaged_exchange_is_named(tmp_path: Path, change: Any, why: str) -> None:
    kept = har()
    change(kept["log"]["entries"][1])
    with pytest.raises(TraceError) as refused:
        read(tmp_path, json.dumps(kept, indent=1))
    assert why in str(refused.value)
    assert refused.value.line > 1 or "'request'" in why


def test_a_body_that_unpacks_to_a_mountain_is_refused(tmp_path: Path) -> None:
    kept = cassette()
    response = kept["interactions"][1]["response"]
    response["headers"]["Content-Encoding"] = "gzip"
    response["body"]["string"] = gzip.compress(bytes(2**24 + 1))
    with pytest.raises(TraceError, match="the body is larger than 16,777,216 bytes"):
        read(tmp_path, yaml.dump(kept), "a.yaml")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("interactions:\n- []\n", "line 2: entry 1 is no exchange"),
        ("interactions:\n- !!python/object:os.system {}\n", "line 2: entry 1 has no 'request'"),
        ("interactions: [", "this is no YAML"),
        ("interactions:\n" + "- " * 5000, "nesting|recursion"),
        ("- x\ninteractions: 1", "it begins with no mapping"),
        ("interactions: 5\n", "with 0 requests, and no GET"),
        ("interactions:\n- &a [*a]\n", "line 2: entry 1 is no exchange"),
    ],
)
def test_what_is_no_cassette_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(TraceError, match=why):
        read(tmp_path, text, "a.yaml")


def test_something_behind_a_recording_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="there is something behind the recording"):
        read(tmp_path, json.dumps(HAR) + json.dumps(HAR))
