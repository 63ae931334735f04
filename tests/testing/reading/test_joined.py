"""Bodies joined in any way come back as they were: none lost, none made up, in their order."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from simimport import read_trace
from tests.testing.json_values import JSON

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STATES = st.sampled_from(["none", "ready", "importing", "done", "}{", "\n2026-03-11T22:00:03Z "])
MORE = st.dictionaries(st.text(), JSON, max_size=3)
ONE = st.builds(lambda more, state: more | {"state": state}, MORE, STATES)
BODIES = st.lists(ONE, min_size=1, max_size=5)
FORMATS = [
    "%Y-%m-%dT%H:%M:%SZ", "[%Y-%m-%d %H:%M:%S]", "%Y/%m/%d %H:%M:%S", "%a %b %d %H:%M:%S UTC %Y",
    "%a, %d %b %Y %H:%M:%S +0000", "%Y-%m-%d %H:%M:%S,000 WARNING poller:", "%A, %B %d, %Y %I:%M:%S %p",
    "HTTP/1.1 200 OK\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\nX-Other: a:b\r\n\r\n",
]  # fmt: skip
BEGIN = datetime(2026, 3, 11, 22, 0, 3)  # noqa: DTZ001 - written without its zone too


@st.composite
def texts(draw: st.DrawFn, body: Any) -> str:
    """Draw a way to write a body down."""
    indent = draw(st.sampled_from([None, 0, 2, "\t"]))
    return json.dumps(body, indent=indent, ensure_ascii=draw(st.booleans()))


def read(factory: pytest.TempPathFactory, text: str) -> Any:
    path: Path = factory.mktemp("joined") / "trace"
    path.write_bytes(text.encode("utf-8", "replace"))
    return read_trace(path)


@given(BODIES, st.sampled_from(["", " ", "\n", "\r\n\r\n", "\t\n"]), st.data())
def test_one_after_another(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[Any], between: str, data: st.DataObject
) -> None:
    trace = read(tmp_path_factory, between.join(data.draw(texts(body)) for body in bodies) + between)
    assert [answer.body for answer in trace] == bodies
    assert {answer.http_status for answer in trace} == {200}


@given(BODIES, st.sampled_from([",", ",\n", " , "]), st.data())
def test_in_an_array(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[Any], between: str, data: st.DataObject
) -> None:
    text = f"[ {between.join(data.draw(texts(body)) for body in bodies)} ]\n"
    assert [answer.body for answer in read(tmp_path_factory, text)] == bodies


@given(
    BODIES, st.lists(st.integers(0, 100_000), min_size=5, max_size=5).map(sorted), st.sampled_from(FORMATS),
    st.sampled_from([" ", "\n", ""]), st.data(),
)  # fmt: skip
def test_with_a_date_before_each(  # noqa: PLR0917 - what is drawn
    tmp_path_factory: pytest.TempPathFactory, bodies: list[Any], seconds: list[int], form: str, between: str,
    data: st.DataObject,
) -> None:  # fmt: skip
    lines = [
        f"{(BEGIN + timedelta(seconds=at_s)).strftime(form)}{between}{data.draw(texts(body))}\n"
        for body, at_s in zip(bodies, seconds, strict=False)
    ]
    trace = read(tmp_path_factory, "".join(lines))
    assert [answer.body for answer in trace] == bodies
    assert [answer.at_s for answer in trace] == [at_s - seconds[0] for at_s in seconds[: len(bodies)]]
