"""Traces: what they are made from, how they show themselves, and the dialect that is seen in them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simimport import ParameterError, Trace, simulate
from simimport.testing.traces import Recorded

BODY = {"success": True, "state": "none"}


def the_run() -> Trace:
    return Trace(simulate(users=300, seed=3).responses())


@pytest.mark.parametrize(
    "answers",
    ["text", b"raw", {"at_s": 0}, [{"at_s": 0}], [{"at_s": 0, "state": "none"}],
     [{"time": 0, "state": "none"}], 7, [1], [(0,)], [(0, 200, {}, 1)], [("0", {})], [(math.nan, {})],
     [(0, 99, {})], [(0, 200.5, {})], [(True, {})], [(0, object())], [(0, 200, {1})], [(10**400, {})],
     [(np.bool_(True), {})], [(0, True, {})], [(0, "200", {})], [(0, 1000, {})], [(0, -1, {})]],
)  # fmt: skip
def test_what_is_no_answers_is_refused(answers: Any) -> None:
    with pytest.raises(ParameterError):
        Trace(answers)


@pytest.mark.parametrize("at_s", [1, np.int64(1), np.float32(1), np.float64(1)])
@pytest.mark.parametrize("http_status", [503, np.int16(503)])
def test_numbers_of_any_type_become_plain_ones(at_s: Any, http_status: Any) -> None:
    answer = Trace([(at_s, http_status, "x")])[0]
    assert answer == Recorded(1.0, 503, "x")
    assert (type(answer.at_s), type(answer.http_status)) == (float, int)


def test_it_is_a_sequence_that_shows_itself() -> None:
    trace = the_run()
    assert trace[0].state == "new"
    assert trace[-1].state == "done"
    assert list(trace[2:4]) == [trace[2], trace[3]]
    assert repr(trace[2:4]).startswith("Trace(2 answers in ")
    assert repr(Trace([])) == "Trace(no answers)"
    assert repr(trace[:1]) == "Trace(1 answer in 0 s: new)"
    assert repr(Trace([(0, 503, "x"), (90, BODY)])) == "Trace(2 answers in 1 min 30 s: HTTP 503 → none)"
    assert trace != "trace"


def test_answers_of_a_broken_server_break_nothing() -> None:
    odd = {"state": ["a"], "operation": {"_id": 1, "status": ["x"], "ts": 5}}
    trace = Trace([(0, odd), (1, {"state": "done", "operation": {"_id": 1, "status": ["x"]}}), (2, [])])
    assert [answer.state for answer in trace] == [None, "done", None]
    assert repr(trace) == "Trace(3 answers in 2 s: HTTP 200 → done)"
    assert trace.dialect == "server-8.3"


def test_what_a_broken_server_calls_a_state_does_not_move_the_cursor() -> None:
    assert "\x1b" not in repr(Trace([(0, {"state": "new\x1b[2J"})]))


@pytest.mark.parametrize(("dialect", "seen"), [("docs", "docs"), ("server-6.3", "server-6.3"),
                                               ("server-7.4", "server-8.3"), ("server-8.3", "server-8.3")])
def test_the_dialect_is_seen(dialect: str, seen: str) -> None:
    assert Trace(simulate(users=60, seed=1).responses(dialect=dialect)).dialect == seen
    assert Trace([(0, {"state": "none", "success": True})]).dialect == "server-8.3"
    assert Trace([]).dialect == Trace([(0, BODY)]).dialect == "docs"
