"""Lines of a trace file: what JSON can say, strictly."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from simimport import ParameterError, Trace
from simimport.testing.json_lines import body_of, line_of, parsed
from simimport.testing.traces import Recorded

BODY = {"success": True, "state": "none"}


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


def test_numbers_beyond_json_are_no_json() -> None:
    assert parsed("[1e3, -0.5]") == [1000.0, -0.5]
    for text in ("NaN", "-Infinity", "1e999"):
        with pytest.raises(ValueError, match="is no number of JSON"):
            parsed(text)


@pytest.mark.parametrize(
    ("raw", "body"),
    [(b'{"state": "none"}', {"state": "none"}), (b"<html>", "<html>"),
     (b"\xff{", "\N{REPLACEMENT CHARACTER}{"),
     (b'{"state"', '{"state"'), (b"NaN", "NaN"), (b"[" * 100_000, "[" * 100_000)],
)  # fmt: skip
def test_a_body_that_is_no_json_is_a_text(raw: bytes, body: Any) -> None:
    assert body_of(raw) == body
