"""The linter finds nothing in what we simulate, and checks its own arguments."""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import (
    PRESETS,
    ImportService,
    ManualClock,
    ParameterError,
    Run,
    Scenario,
    Trace,
    TraceError,
    lint,
    simulate,
)
from simimport.model.columns import names
from simimport.model.run.wire import encoded
from simimport.service.schedule.struck import spoiled
from tests.model.strategies import DIALECTS, SEEDS, scenarios
from tests.service.uploads import chosen, csv_of, upload
from tests.testing.lint.traces import DOCS, SERVER, answers, broken, count, operation, sample_run

# what is simulated -----------------------------------------------------------------------------------


def polled(run: Run, every_s: float, dialect: str) -> Iterator[tuple[float, dict[str, Any]]]:
    for poll in range(int(run.duration_s / every_s) + 4):
        at_s = 0.3 + poll * every_s
        yield at_s, run.status(at_s, dialect=dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "big"])
def test_what_is_simulated_breaks_no_rule(preset: str, dialect: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    stalls = PRESETS[preset].stall_at is not None
    assert broken([*run.responses(dialect=dialect)], dialect) == []
    for every_s in (1.0, 5.0, 30.0):
        found = lint([*polled(run, every_s, dialect)], dialect=dialect)
        assert found["rule"].tolist() == (["silence"] if stalls else [])


def test_a_hundred_thousand_users_break_no_rule() -> None:
    run = simulate(PRESETS["big"], seed=3)
    assert broken([*run.responses()]) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.8, 0.97, 1.0])
def test_what_is_canceled_or_branched_breaks_no_rule(share: float, dialect: str) -> None:
    run = sample_run()
    at_s = run.duration_s * share
    for child in (run.cancel(at_s), run.branch(min(at_s, 9.0), users_per_s=5.0).cancel(at_s)):
        assert broken([*child.responses(dialect=dialect)], dialect) == []
        assert broken([*polled(child, 1.0, dialect)], dialect) == []


@given(scenario=scenarios(), seed=SEEDS, dialect=st.sampled_from(DIALECTS))
def test_whatever_is_simulated_breaks_no_rule(scenario: Any, seed: int, dialect: str) -> None:
    # at thousands of users a second two flushes fall into one millisecond
    slow = scenario.replace(users_per_s=min(scenario.users_per_s, 3.0), latency_cv=0.0)
    run = simulate(slow, seed=seed)
    trace = [*run.responses(dialect=dialect)]
    assert broken(trace, dialect, batch_size=slow.batch_size, still_s=math.inf) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_service_that_is_cleared_and_started_again_breaks_no_error(dialect: str) -> None:
    service = ImportService(Scenario(users=80), seed=2, clock=ManualClock(), dialect=dialect)
    trace: list[tuple[float, dict[str, Any]]] = []

    def poll(times: int = 1) -> None:
        for _ in range(times):
            trace.append((service.clock.now(), service.status()))
            service.advance(1.0)

    poll()
    for _ in range(2):
        service.new()
        poll()
        service.add_users()
        poll()
        service.add_users()
        poll()
        service.run()
        poll(2)
        service.clear()
        poll(12)
        service.clear()
        poll(2)
    assert broken(trace, dialect) == [("replaced", 20)]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("truncated", "no-object"), ("garbage", "no-object"), ("wrong_type", "wrong-type")],
)
def test_what_faults_make_of_answers_is_told_for_what_it_is(kind: str, rule: str) -> None:
    trace = answers()
    text = spoiled(encoded(trace[6][2]), kind).decode(errors="replace")
    try:
        trace[6][2] = json.loads(text)
    except ValueError:
        trace[6][2] = text
    assert set(broken(trace)) == {(rule, 6)}


# its arguments ---------------------------------------------------------------------------------------


def test_findings_are_a_frame_also_where_there_are_none() -> None:
    spoiled_trace = answers()
    count(spoiled_trace, 6)["completed"] = "6"
    for found in (lint(answers()), lint(Trace(())), lint(spoiled_trace)):
        assert list(found.columns) == names("findings")
        assert found.dtypes.astype(str).drop(["rule", "severity", "message"]).tolist() == ["int64", "float64"]


def test_it_takes_a_trace_and_changes_nothing() -> None:
    trace = answers(SERVER)
    before = copy.deepcopy(trace)
    assert lint(Trace(trace), dialect="auto").equals(lint(trace, dialect=SERVER))
    assert trace == before


def test_the_dialect_matters() -> None:
    assert set(lint(answers(SERVER), dialect=DOCS)["rule"]) == {"extra-key", "missing-key", "unknown-step"}
    assert set(lint(answers(DOCS), dialect=SERVER)["rule"]) == {"extra-key", "missing-key"}


def test_the_batch_size_matters() -> None:
    run = simulate(users=100, batch_size=30, seed=1)
    trace = list(run.responses())
    found = lint(trace)
    assert set(found["rule"]) == {"off-batch"}
    assert "if yours is another, give batch_size" in found["message"][0]
    assert broken(answers(run=run), batch_size=30) == []


def test_a_silence_is_told_of_once_and_the_next_again() -> None:
    trace = answers()
    first, second = copy.deepcopy(trace[5]), copy.deepcopy(trace[6])
    polls = [[at_s, 200, (first if at_s < 200 else second)[2]] for at_s in range(10, 500, 10)]
    assert broken(polls, still_s=100) == [("silence", 11), ("silence", 19 + 11)]
    assert lint(polls, still_s=100)["message"][0] == "importing, and nothing was published for 1 min 50 s"
    assert broken(polls, still_s=math.inf) == []


def test_a_silence_after_the_end_is_none() -> None:
    trace = answers()
    last = trace[-1]
    assert broken([*trace, *([last[0] + late_s, 200, last[2]] for late_s in (200.0, 4000.0))]) == []


def test_an_operation_that_comes_back_is_compared_with_its_own_past() -> None:
    first, other = answers(), answers(run=simulate(users=60, seed=9, epoch="2016-09-13T15:00:00.000Z"))
    mixed = [first[5], other[2], first[6], other[3]]
    for at_s, answer in enumerate(mixed):
        answer[0] = float(at_s)
    assert broken(mixed) == [("replaced", 1), ("another-operation", 2), ("another-operation", 3)]


def test_shapes_that_never_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simimport.testing.lint.one_answer._MOST_SHAPES", 2)
    trace = answers(SERVER)
    for row in range(len(trace)):
        operation(trace, row)[f"key{row}"] = 1
    assert broken(trace, SERVER) == [("extra-key", row) for row in range(len(trace))]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"dialect": "server-8"}, "allowed: auto, docs, server-6.3, server-7.4, server-8.3. Did you mean"),
        ({"dialect": None}, "dialect is None"),
        ({"batch_size": 0}, "batch_size is 0; allowed: a whole number from 1."),
        ({"batch_size": True}, "batch_size is True"),
        ({"batch_size": 50.0}, "batch_size is 50.0"),
        ({"still_s": 0}, "still_s is 0; allowed: a number of seconds above 0"),
        ({"still_s": math.nan}, "still_s is nan"),
        ({"still_s": "2"}, "still_s is '2'"),
        ({"still_s": True}, "still_s is True"),
        ({"still_s": -math.inf}, "still_s is -inf"),
    ],
)
def test_bad_arguments_are_refused(limits: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(message)):
        lint(answers(), **limits)


@pytest.mark.parametrize("batch_size", [50, np.int64(50), np.uint8(50)])
@pytest.mark.parametrize("still_s", [100, np.int64(100), np.float32(100), np.float64(math.inf)])
def test_limits_of_any_type_of_number_are_taken(batch_size: Any, still_s: Any) -> None:
    assert broken(answers(), batch_size=batch_size, still_s=still_s) == []


def test_what_is_no_trace_is_refused() -> None:
    with pytest.raises(ParameterError, match="pairs"):
        lint(b"night.jsonl")
    with pytest.raises(TraceError, match="there is no such file"):
        lint("nowhere.jsonl")


@pytest.mark.parametrize(
    ("dialect", "state", "counters", "message"),
    [
        ("server-8.3", "ready", {"completed": 3},
         "; at 'importer_user_selection' there is no completed or error"),
        ("server-8.3", "new", {"total": 3},
         "; at 'importer_new' there is no total, users, completed or error"),
        ("docs", "ready", {"completed": 3}, "(messages, channels, completed and error 0)"),
        ("docs", "new", {"total": 3}, "(total, users, messages, channels, completed and error 0)"),
    ],
)  # fmt: skip
def test_a_message_names_all_counters_that_must_be_absent(
    dialect: str, state: str, counters: dict[str, int], message: str
) -> None:
    answers = simulate(users=120, seed=1).responses(dialect=dialect)
    body = copy.deepcopy(next(body for _, body in answers if body["state"] == state))
    body["operation"].setdefault("count", {}).update(counters)
    assert message in lint([(0, body)], dialect=dialect)["message"].iloc[0]


# what file imports answer ---------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("downloadPendingFiles", {}),
        ("downloadPendingAvatars", {}),
        ("downloadPublicImportFile", {"fileUrl": "https://example.com/a.zip", "importerKey": "slack"}),
        ("downloadPublicImportFile", {"fileUrl": "http://127.0.0.1/a.zip", "importerKey": "csv"}),
    ],
)  # fmt: skip
def test_what_other_importers_answer_breaks_no_rule(endpoint: str, body: object, dialect: str) -> None:
    service = ImportService(seed=1, dialect=dialect)
    service.new()
    service.add_users([{"emails": ["a@b.c"], "importIds": ["1"], "avatarUrl": "https://example.com/a.png"}])
    service.run()
    service.run_until("done")
    service.answer(endpoint, body)
    assert broken([(0.0, service.status())], dialect) == []


@pytest.mark.parametrize("selected", [0, 1, 3, 7])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_of_which_some_are_selected_breaks_no_rule(dialect: str, selected: int) -> None:
    scenario = Scenario(batch_size=2, users_per_s=5, failure_rate=0.3)
    service = ImportService(scenario, seed=1, dialect=dialect)
    people = [{"username": f"u{n}", "email": f"u{n}@example.com", "name": ""} for n in range(9)]
    service.call("uploadImportFile", **upload(csv_of(people)))
    service.call("getImportFileData")
    ids = frozenset(f"u{n}" for n in range(selected))
    service.call("startImport", **chosen((False, ids), dialect))
    trace = []
    for _ in range(30):
        trace.append((service.clock.now(), service.status()))
        service.advance(0.2)
    assert trace[-1][1]["state"] == "done"
    assert broken(trace, dialect, batch_size=2) == []
