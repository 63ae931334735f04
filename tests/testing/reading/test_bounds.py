"""Files that are made to hurt: long lines, deep nesting, numbers beyond all bounds, packed mountains."""

from __future__ import annotations

import json
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from simimport import TraceError, read_trace, simulate
from tests.trace_forms import BODIES

LONG = [pytest.param(2**20, id="everyday"), pytest.param(10**8, id="full", marks=pytest.mark.long)]
DEEP = 100_000


@pytest.mark.parametrize("length", LONG)
def test_a_long_line_is_a_line(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"at_s":0,"body":{"state":"' + "x" * length + '"}}\n')
    assert len(read_trace(path)[0].body["state"]) == length
    path.write_text('{"state":"' + "x" * length)
    with pytest.raises(TraceError) as refused:
        read_trace(path)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        '{"state":' + "[" * DEEP, '{"at_s":0,"body":' + '{"a":' * DEEP, "[" * DEEP, '[{"a":' * DEEP,
        "2026-03-11T22:00:03Z " + '{"a":' * DEEP, "interactions: " + "[" * DEEP,
        "interactions:\n" + "- " * DEEP, '{"log":{"entries":' + "[" * DEEP,
    ],
)  # fmt: skip
def test_deep_nesting_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").write_text(text)
    with pytest.raises(TraceError) as refused:
        read_trace(tmp_path / "a")
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("digits", ["NaN", "-Infinity", "1e999", "9" * 5000])
@pytest.mark.parametrize("around", ['{{"state":"none","x":{}}}', '[{{"at_s":{},"body":{{"state":"none"}}}}]'])
def test_numbers_beyond_json_are_refused(tmp_path: Path, digits: str, around: str) -> None:
    (tmp_path / "a.json").write_text(around.format(digits))
    with pytest.raises(TraceError, match=r"line 1: this is no JSON"):
        read_trace(tmp_path / "a.json")


def test_a_year_beyond_the_calendar_and_an_epoch_beyond_it_are_refused_or_none(tmp_path: Path) -> None:
    for date in ("99999-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "99999999999999999999"):
        (tmp_path / "a.log").write_text(f'{date} {{"state":"none"}}')
        with pytest.raises(TraceError, match="line 1: this is "):
            read_trace(tmp_path / "a.log")


def _forms(bodies: list[Any]) -> dict[str, str]:
    texts = [json.dumps(body) for body in bodies]
    entries = [
        {"request": {"method": "GET", "url": "/import.status"},
         "response": {"status": 200, "content": {"text": text}}}
        for text in texts
    ]  # fmt: skip
    exchange = "- request: {{method: GET, uri: /import.status}}\n  response: {{code: 200, body: '{}'}}\n"
    return {
        "lines": "\n".join(json.dumps({"at_s": 0.5, "body": body}) for body in bodies),
        "bodies": "".join(json.dumps(body, indent=2) for body in bodies),
        "array": json.dumps(bodies),
        "har": json.dumps({"log": {"entries": entries}}),
        "yaml": "interactions:\n" + "".join(map(exchange.format, texts)),
        "nested": "interactions:\n" + "- []\n" * 100_000,
    }


def test_memory_is_at_most_ten_times_the_file(tmp_path: Path) -> None:
    answers = islice(simulate(users=100_000, seed=1).responses(dialect="server-8.3"), 1000)
    bodies = [body for _, body in answers]
    forms = _forms(bodies)
    for name, text in forms.items():
        (tmp_path / name).write_text(text)
        tracemalloc.start()
        try:
            assert len(read_trace(tmp_path / name)) == len(bodies)
        except TraceError:
            assert name == "nested"
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 10 * len(text), name


def test_what_is_equal_of_a_body_is_kept_as_it_is(tmp_path: Path) -> None:
    odd = dict(BODIES[0]) | {"x": "\x00\ud800 \u2028", "y": [1e-300, -0.0, 10**300]}
    (tmp_path / "a.json").write_text(json.dumps(odd, indent=1))
    assert read_trace(tmp_path / "a.json")[0].body == odd
