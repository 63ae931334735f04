"""Whatever a trace says, it is linted and fitted, or refused in words."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import SimimportError, Trace, TraceError, fit, lint

COUNTERS = st.sampled_from([
    0, 1, 50, 100, 150, 300, -1, 2**31, 2**53 + 1, 2**63, 2**64, 10**18, 10**400, -(10**400), None, True, "5",
    1.5, 1e300,
])  # fmt: skip
INSTANTS = st.sampled_from([
    "2016-09-13T14:57:56.037Z", "2016-09-13T14:58:56.037Z", "2016-09-13T15:57:56.037Z",
    "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "x", None,
])  # fmt: skip
STEPS = (
    "importer_importing_started",
    "importer_importing_users",
    "importer_done",
    "importer_import_failed",
    "\x9b",
    5,
)
STATES = ("new", "ready", "importing", "importing", "done", "error", "canceled", "\ud800")
OPERATIONS = st.fixed_dictionaries(
    {
        "count": st.fixed_dictionaries({"completed": COUNTERS, "error": COUNTERS, "total": COUNTERS}),
        "status": st.sampled_from(STEPS),
    },
    optional={
        "_updatedAt": INSTANTS, "ts": INSTANTS, "_id": st.sampled_from(["a", "b", 5]), "valid": st.booleans(),
    },
)  # fmt: skip
BODIES = st.fixed_dictionaries({"state": st.sampled_from(STATES), "operation": OPERATIONS})
TIMES = st.sampled_from([0.0, 1.0, 5.0, 1e9, 1e300, -5.0, 1e308, -1e308])
ANSWERS = st.lists(st.tuples(TIMES, st.sampled_from([200, 200, 200, 429, 0]), BODIES), min_size=1, max_size=8)


@given(ANSWERS, st.booleans())
def test_any_counters_and_instants(answers: list[tuple[float, int, Any]], in_order: bool) -> None:
    trace = Trace(sorted(answers, key=lambda answer: answer[0]) if in_order else answers)
    assert repr(trace).isprintable()
    for look in (lint, fit):
        with suppress(SimimportError):
            look(trace)


def answer(state: str, completed: int, total: int) -> dict[str, Any]:
    count = {"completed": completed, "error": 0, "total": total}
    return {
        "state": state,
        "operation": {"count": count, "status": "importer_importing_users", "valid": True},
    }


@pytest.mark.parametrize(
    ("completed", "total", "why"),
    [(2**64, 2**64, "answer 1: a counter is none of users"), (-1, 5, "answer 1: a counter is none of users"),
     (1, 10**9, "1,000,000,000 users in batches of 1 are more than can be looked through")],
)  # fmt: skip
def test_counters_that_would_take_all_memory_are_refused(completed: int, total: int, why: str) -> None:
    trace = Trace([(0.0, answer("importing", 0, 5)), (5.0, answer("importing", completed, total))])
    with pytest.raises(TraceError, match=why):
        fit(trace)


def test_counters_before_the_work_began_date_nothing() -> None:
    assert (
        "users_per_s"
        in fit(Trace([(0.0, answer("new", 0, 50)), (5.0, answer("new", 50, 50))])).estimates.index
    )
