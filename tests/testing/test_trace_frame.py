"""Traces as frames: a row per answer, what its body says, and nothing where it says nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from simimport import Trace, estimate_eta, lint, observe, simulate
from simimport.model.columns import COLUMNS
from tests.analysis.fitting.test_hostile_traces import ANSWERS
from tests.model.test_columns import agree

RUN = simulate(users=300, failure_rate=0.1, seed=3)
SAID = ["state", "step", "valid", "completed", "error", "total", "updated_at_s", "ts"]


def body_with(**operation: Any) -> dict[str, Any]:
    return {"state": "importing", "operation": operation}


@pytest.mark.parametrize("dialect", ["docs", "server-6.3", "server-8.3"])
def test_a_row_per_answer_of_declared_columns(dialect: str) -> None:
    trace = Trace(RUN.responses(dialect=dialect))
    frame = trace.to_frame()
    agree(frame, "answers")
    assert frame["answered_s"].tolist() == [answer.at_s for answer in trace]
    assert frame["state"].tolist() == [answer.state for answer in trace]


def test_it_says_what_the_frame_of_polls_says() -> None:
    seen = observe(RUN, every_s=2)
    frame = Trace(seen).to_frame()
    for name in ("answered_s", "state", "step", "completed", "error", "total"):
        assert frame[name].tolist() == seen[name].tolist()
    # a body dates to the millisecond
    assert np.allclose(frame["updated_at_s"], seen["updated_at_s"], atol=1e-3)
    assert estimate_eta(frame).notna().sum() == estimate_eta(seen).notna().sum() > 0


def test_a_trace_of_the_page_is_made_from_its_frame_again() -> None:
    trace = Trace(RUN.responses())
    assert Trace(trace.to_frame()) == trace


def test_what_a_body_lacks_is_missing() -> None:
    frame = Trace(RUN.responses(dialect="server-8.3")).to_frame()
    assert frame.loc[0, ["completed", "error", "total"]].isna().all()
    assert frame.loc[frame["state"] == "ready", "total"].tolist() == [300]
    without_error = Trace([(0, body_with(count={"completed": 5, "total": 9}))]).to_frame()
    counts = without_error[["completed", "error", "total"]].to_numpy()[0].tolist()
    assert counts == pytest.approx([5, np.nan, 9], nan_ok=True)
    assert Trace([(0, {"state": "none"})]).to_frame()[SAID[1:]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("http_status", "body"),
    [(0, None), (503, "<html>busy</html>"), (429, {"success": False, "error": "too many"}), (200, "<p>"),
     (200, [1]), (200, {}), (401, {"state": "done"}), (200, {"state": 5, "operation": [5]})],
)  # fmt: skip
def test_refusals_and_pages_have_rows_that_say_nothing(http_status: int, body: Any) -> None:
    frame = Trace([(0, {"state": "none"}), (5, http_status, body)]).to_frame()
    agree(frame, "answers")
    assert frame["http_status"].tolist() == [200, http_status]
    assert frame.loc[1, SAID].isna().all()


@given(ANSWERS)
def test_any_body_has_its_row(answers: list[tuple[float, int, Any]]) -> None:
    frame = Trace(answers).to_frame()
    agree(frame, "answers")
    assert frame["answered_s"].tolist() == [at_s for at_s, _, _ in answers]


def test_words_that_no_frame_can_hold_are_replaced() -> None:
    frame = Trace([(0, {"state": "a\ud800b"}), (1, {"state": "Zoë"})]).to_frame()
    assert frame["state"].tolist() == ["a\N{REPLACEMENT CHARACTER}b", "Zoë"]


def test_counts_beyond_all_numbers_are_missing() -> None:
    counts = [
        {"completed": 10**400, "error": -(10**400), "total": 10**30},
        {"completed": True, "error": "5", "total": 1.5},
    ]
    frame = Trace(enumerate(body_with(count=count) for count in counts)).to_frame()
    assert frame["total"].tolist() == pytest.approx([1e30, np.nan], nan_ok=True)
    assert frame[["completed", "error"]].isna().all(axis=None)


def test_findings_name_its_rows() -> None:
    trace = Trace([(0, 503, "busy"), (5, {"success": True, "state": "nonsense"})])
    found = lint(trace)
    joined = found.join(trace.to_frame(), on="row")
    assert (joined["at_s"] == joined["answered_s"]).all()
    assert len(joined)


def test_a_trace_without_answers_has_a_frame_without_rows() -> None:
    agree(Trace([]).to_frame(), "answers")
    assert len(Trace([]).to_frame()) == 0


def test_what_may_be_missing_sometimes_is() -> None:
    frame = Trace([(0, 503, "busy"), *RUN.responses()]).to_frame()
    for column in COLUMNS["answers"]:
        assert column.missing == frame[column.name].isna().any(), column.name


def test_operations_are_told_apart() -> None:
    first, second = (simulate(users=5, seed=seed, epoch=f"2016-09-1{seed}T00:00:00.000Z") for seed in (1, 2))
    bodies = [body for run in (first, second) for _, body in run.responses()]
    frame = Trace([(float(place), body) for place, body in enumerate(bodies)]).to_frame()
    groups = dict(tuple(frame.groupby("ts")))
    assert list(groups) == ["2016-09-11T00:00:00.000Z", "2016-09-12T00:00:00.000Z"]
    assert all(
        isinstance(group, pd.DataFrame) and group["updated_at_s"].iloc[0] == 0 for group in groups.values()
    )
