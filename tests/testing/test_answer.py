"""The one reader of an answer: it reads what was published, and of what is broken nothing."""

from __future__ import annotations

import copy
import math
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import Run
from simimport.model.dialects import DIALECTS, DOCS
from simimport.service.contract.answer_shapes import definitions
from simimport.testing.answer import Facts, facts_of, operation_of, parsed_instant, state_of
from simimport.testing.strategies import runs
from tests.testing.json_values import JSON

OPERATION = {
    "_id": "57d814a4f1c23a0001000000", "ts": "2016-09-13T14:57:56.037Z", "user": "u", "valid": True,
    "status": "importer_importing_users", "_updatedAt": "2016-09-13T14:58:06.537Z",
    "count": {"total": 120, "users": 120, "completed": 48, "error": 2},
}  # fmt: skip
BODY: dict[str, Any] = {"state": "importing", "operation": OPERATION, "success": True}
FACTS = Facts(
    state="importing", step="importer_importing_users", valid=True, completed=48, error=2, total=120,
    updated="2016-09-13T14:58:06.537Z", id="57d814a4f1c23a0001000000", ts="2016-09-13T14:57:56.037Z",
    counts_staged=True, counts_processed=True,
)  # fmt: skip
DELETED = object()


def changed(place: str, value: object) -> dict[str, Any]:
    """Return the body with another value at a place such as ``operation.count.total``, or without one."""
    body = copy.deepcopy(BODY)
    *parents, key = place.split(".")
    inner = body
    for parent in parents:
        inner = inner[parent]
    if value is DELETED:
        del inner[key]
    else:
        inner[key] = value
    return body


# what is published -----------------------------------------------------------------------------------


def test_it_reads_everything_at_once() -> None:
    assert facts_of(BODY) == FACTS
    assert (FACTS.processed, FACTS.identity) == (50, ("57d814a4f1c23a0001000000", "2016-09-13T14:57:56.037Z"))
    assert FACTS.updated_s == pytest.approx(10.5)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
@given(run=runs())
def test_what_is_read_is_what_was_published(dialect: Any, run: Run) -> None:
    timeline = run.timeline(dialect)
    for place, (_, body) in enumerate(run.responses(dialect=dialect.name)):
        change, facts = timeline.change(place), facts_of(body)
        assert (facts.state, facts.step, facts.valid) == (change.state, change.step, change.valid)
        assert (facts.completed, facts.error, facts.total) == (change.completed, change.error, change.total)
        # the wire cuts instants to milliseconds
        assert facts.updated_s == pytest.approx(change.at_us / 1e6, abs=0.001001)


def test_what_is_not_counted_yet_is_nobody() -> None:
    nobody, counters = changed("operation.count", DELETED), {"total": 120, "users": 120}
    assert facts_of(nobody) == FACTS._replace(
        completed=0, error=0, total=0, counts_staged=False, counts_processed=False
    )
    assert facts_of(nobody) == facts_of(changed("operation.count", {}))
    staged = facts_of(changed("operation.count", counters))
    assert staged == FACTS._replace(completed=0, error=0, counts_processed=False)


def test_before_any_operation_there_is_a_state_alone() -> None:
    assert facts_of({"success": True, "state": "none"}) == Facts("none")
    assert math.isnan(Facts("none").updated_s)
    assert Facts("none").processed is None


# what is broken --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value", "lost"),
    [
        ("state", 5, {"state": None}),
        ("state", ["new"], {"state": None}),
        ("operation.status", {}, {"step": None}),
        ("operation.valid", "true", {"valid": None}),
        ("operation.valid", 1, {"valid": None}),
        ("operation._updatedAt", "2016-09-13 14:58:06", {"updated": None}),
        ("operation._updatedAt", "2016-02-30T14:58:06.537Z", {"updated": None}),
        ("operation._updatedAt", DELETED, {"updated": None}),
        ("operation._id", 7, {"id": None}),
        ("operation.ts", None, {"ts": None}),
        ("operation.count.completed", "48", {"completed": None}),
        ("operation.count.completed", True, {"completed": None}),
        ("operation.count.completed", 48.0, {"completed": None}),
        ("operation.count.completed", DELETED, {"completed": None}),
        ("operation.count.error", None, {"error": None}),
        ("operation.count.total", "120", {"total": None}),
        ("operation.count.total", DELETED, {"total": None, "counts_staged": False}),
        ("operation.count", "none", {"completed": None, "error": None, "total": None, "counts_staged": False,
                                     "counts_processed": False}),
    ],
)  # fmt: skip
def test_what_is_broken_is_not_there_and_the_rest_is(place: str, value: Any, lost: dict[str, Any]) -> None:
    assert facts_of(changed(place, value)) == FACTS._replace(**lost)


@pytest.mark.parametrize("body", [None, "BAD GATEWAY", [BODY], 200])
def test_what_is_no_answer_says_nothing(body: object) -> None:
    assert facts_of(body) == Facts()
    assert (state_of(body), operation_of(body)) == (None, None)


@pytest.mark.parametrize("http_status", [0, 201, 503])
def test_only_an_answer_with_200_is_one(http_status: int) -> None:
    assert facts_of(BODY, http_status) == Facts()
    assert state_of(BODY, http_status) is None
    assert (state_of(BODY), operation_of(BODY)) == ("importing", OPERATION)


@given(st.dictionaries(st.sampled_from([*BODY]), JSON | st.dictionaries(st.sampled_from([*OPERATION]), JSON)))
def test_whatever_a_server_sends_is_read_right_or_not_at_all(body: dict[str, Any]) -> None:
    facts = facts_of(body)
    assert facts.state == state_of(body)
    for text in (facts.state, facts.step, facts.updated, facts.id, facts.ts):
        assert text is None or isinstance(text, str)
    for number in (facts.completed, facts.error, facts.total):
        assert number is None or type(number) is int
    assert facts.valid in (None, True, False)
    assert facts.updated is None or parsed_instant(facts.updated)


# instants --------------------------------------------------------------------------------------------


def test_instants_are_those_that_servers_write() -> None:
    moment = parsed_instant("2016-09-13T14:57:56.037Z")
    assert moment is not None
    assert moment.timestamp() == 1473778676.037
    for other in (None, 5, "", "2016-09-13", "2016-09-13 14:57:56.037Z", "2016-13-13T14:57:56.037Z",
                  "2016-09-13T24:00:00.000Z", "2016-09-13T14:57:56,037Z", "2016-W37-2T14:57:56.037Z",
                  "２016-09-13T14:57:56.037Z", "2016-09-13T14:57:56.037Z\n"):  # fmt: skip
        assert parsed_instant(other) is None


NEARLY = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9](:[0-6][0-9]){2}[.][0-9]{3}Z"


@given(st.from_regex(NEARLY, fullmatch=True))
def test_the_reader_and_the_schema_agree_on_what_an_instant_is(text: str) -> None:
    schema = re.fullmatch(definitions(DOCS)["Instant"]["pattern"], text) is not None
    try:
        datetime.strptime(text[:10], "%Y-%m-%d")  # noqa: DTZ007 - a day of the calendar, which no pattern has
    except ValueError:
        schema = False
    assert (parsed_instant(text) is not None) == schema
