"""Whatever bytes a file holds, it is a trace or refused; never another error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from simimport import TraceError, read_trace
from simimport.testing.traces import Recorded
from tests.trace_forms import read_forms, refused_forms

if TYPE_CHECKING:
    import pytest

SEEDS = [form.content for form in (*read_forms(), *refused_forms())]
#: What readers look for, in any order.
WORDS = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\n", b"\r\n", b" ", b"- ", b"0", b"1e999", b"NaN", b"null",
    b'{"state":"none"}', b'{"at_s":0,"body":{}}', b'{"at_s":', b'"state":"done"', b'"operation":{}',
    b'"_updatedAt":"2026-03-11T22:00:03.218Z"', b"2026-03-11T22:00:03Z", b"2026-13-45 99:99:99",
    b"Feb 30 1:00:00", b"HTTP/1.1 200 OK\n", b"Date: x\n", b"9999999999", b"interactions:", b"- &a [*a]\n",
    b"request:", b"!!binary x", b"!!python/object:os.system", b'{"log":{"entries":[', b'{"interactions":[',
    b'"request":{"method":"GET",', b'"url":"http://[x/import.status"', b'"response":{"status":200}',
    b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\xe9", b"\x1f\x8b", b"PK\x03\x04",
    "\N{SUPERSCRIPT TWO}".encode(), "\N{ARABIC-INDIC DIGIT ONE}".encode(),
]  # fmt: skip
BYTES = st.binary(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=14).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a file of a form in which a stretch is another."""
    raw = draw(st.sampled_from(SEEDS))
    begin = draw(st.integers(0, len(raw)))
    end = draw(st.integers(begin, min(begin + 40, len(raw))) | st.just(len(raw)))
    return raw[:begin] + draw(BYTES) + raw[end:]


@given(BYTES | damaged())
def test_any_bytes_are_a_trace_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "trace"
    path.write_bytes(raw)
    sound(path, raw)


def sound(path: Path, raw: bytes) -> None:
    """Read a file, and assert that what comes of it is whole."""
    try:
        trace = read_trace(path)
    except TraceError as refusal:
        error = refusal
    else:
        assert len(trace) == len(trace.places) > 0
        assert all(type(answer) is Recorded for answer in trace)
        assert all(line >= 1 for _, line in trace.places)
        assert read_trace(trace.save(path.with_suffix(".jsonl"))) == trace
        return
    assert error.path == str(path)
    assert 0 <= error.line <= raw.count(b"\n") + raw.count(b"\r") + 1
    assert len(str(error)) < 500
