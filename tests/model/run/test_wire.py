"""The bodies, against the documentation page and, row by row, the table of dialects."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from simimport import PRESETS, ParameterError, Run, import_status, simulate
from simimport.model.dialects import DIALECTS
from simimport.model.run import wire
from tests.model.run.dialects import every_dialect, every_server

# the page's example, letter by letter; the colon after "user" is the one it lacks
PAGE = """
{
   "success": true,
   "state": "ready",
   "operation": {
        "type": "api",
        "importerKey": "api",
        "ts": "2016-09-13T14:57:56.037Z",
        "status": "importer_user_selection",
        "valid": true,
        "user" "aobEdbYhXfu5hkeqG",
        "_updatedAt": "2016-09-13T14:57:56.037Z",
        "count": {
            "total": 8000,
            "users": 8000,
            "messages": 0,
            "channels": 0,
            "completed": 0,
            "error": 0
        }
    }
}
""".replace('"user" ', '"user": ')
SIX = ["total", "users", "messages", "channels", "completed", "error"]


def same_text(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=1)


def at_state(run: Run, state: str, dialect: str) -> list[dict[str, Any]]:
    return [body for _, body in run.responses(dialect=dialect) if body["state"] == state]


# the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_the_page_is_reproduced_with_its_order_of_keys(seed: int) -> None:
    run = simulate(PRESETS["page_example"], seed=seed)
    assert same_text(run.status(0)) == same_text(json.loads(PAGE))
    assert same_text(import_status(run, 0)) == same_text(json.loads(PAGE))
    assert same_text(simulate(new_s=0, seed=seed).status(4.9)) == same_text(json.loads(PAGE))
    assert run.at(4.9).state == "ready"


# success bodies, row by row ----------------------------------------------------------------------------


@every_dialect
def test_key_order(run: Run, dialect: str) -> None:
    expected = ["success", "state", "operation"] if dialect == "docs" else ["state", "operation", "success"]
    for _, body in run.responses(dialect=dialect):
        assert list(body) == expected
        assert body["success"] is True


@every_dialect
def test_state_none(run: Run, dialect: str) -> None:
    text = json.dumps(run.status(-0.001, dialect=dialect), separators=(",", ":"))
    expected = '{"success":true,"state":"none"}' if dialect == "docs" else '{"state":"none","success":true}'
    assert text == expected
    assert wire.nothing(DIALECTS[dialect]) == json.loads(expected)


def test_operation_keys_of_the_page(run: Run) -> None:
    keys = ["type", "importerKey", "ts", "status", "valid", "user", "_updatedAt", "count"]
    assert {tuple(body["operation"]) for _, body in run.responses()} == {tuple(keys)}


@every_server
def test_operation_keys_of_servers(run: Run, dialect: str) -> None:
    keys = ("_id", "type", "importerKey", "ts", "status", "valid", "user", "_updatedAt")
    for _, body in run.responses(dialect=dialect):
        expected = keys if body["state"] == "new" else (*keys, "count")
        assert tuple(body["operation"]) == expected


def test_count_keys_of_the_page(run: Run, loaded: Run) -> None:
    for each in (run, loaded):
        assert {tuple(body["operation"]["count"]) for _, body in each.responses()} == {tuple(SIX)}
        for body in at_state(each, "new", "docs") + at_state(each, "loading", "docs"):
            assert set(body["operation"]["count"].values()) == {0}
        for _, body in each.responses():
            count = body["operation"]["count"]
            assert count["messages"] == count["channels"] == 0
            assert count["users"] == count["total"]


@every_server
def test_count_keys_of_servers(run: Run, loaded: Run, dialect: str) -> None:
    for each in (run, loaded):
        flushed = False
        for _, body in each.responses(dialect=dialect):
            count = body["operation"].get("count")
            if body["state"] in ("new", "loading"):
                assert count is None
            elif body["state"] == "ready" or (not flushed and list(count) == ["total", "users"]):
                assert count == {"total": 120, "users": 120}
                assert body["operation"]["status"] in (
                    "importer_user_selection", "importer_importing_started", "importer_importing_users"
                )  # fmt: skip
            else:
                # both at the first flush, error also where it is zero
                flushed = True
                assert list(count) == ["total", "users", "completed", "error"]
                assert count["completed"] + count["error"] >= 50
        assert flushed


@every_server
def test_a_count_of_no_errors_is_there(dialect: str) -> None:
    *_, (_, last) = simulate(users=60, failure_rate=0, seed=1).responses(dialect=dialect)
    assert last["operation"]["count"] == {"total": 60, "users": 60, "completed": 60, "error": 0}


@every_dialect
@pytest.mark.parametrize("importer", ["api", "csv"])
def test_steps(run: Run, loaded: Run, dialect: str, importer: str) -> None:
    steps: list[str] = []
    for _, body in (run if importer == "api" else loaded).responses(dialect=dialect):
        step = body["operation"]["status"].removeprefix("importer_")
        if step not in steps:
            steps.append(step)
    loading = ["uploading", "file_loaded", "preparing_users"] if importer == "csv" else []
    contacts = ["importing_contacts"] if dialect in ("server-7.4", "server-8.3") else []
    assert steps == [
        "new", *loading, "user_selection", "importing_started", "importing_users", *contacts,
        "importing_channels", "importing_messages", "finishing", "done",
    ]  # fmt: skip


@every_dialect
def test_how_long_the_short_steps_last(run: Run, dialect: str) -> None:
    begins: dict[str, float] = {}
    for at_s, body in run.responses(dialect=dialect):
        begins.setdefault(body["operation"]["status"].removeprefix("importer_"), at_s)
    ends = dict(pairwise(begins))
    channels = 0.005 if dialect in ("server-7.4", "server-8.3") else 0.01
    lasting = {step: round(begins[ends[step]] - begins[step], 6) for step in begins if step != "done"}
    assert lasting["new"] == 2
    assert lasting["user_selection"] == 5
    expected = {"importing_started": 0.01, "importing_channels": channels, "importing_messages": 0.01,
                "finishing": 0.01, "importing_contacts": 0.005}  # fmt: skip
    assert {step: lasting[step] for step in expected if step in lasting} == {
        step: seconds for step, seconds in expected.items() if step in begins
    }


def test_loading_takes_a_third_each(loaded: Run) -> None:
    begins = [at_s for at_s, body in loaded.responses() if body["state"] in ("loading", "ready")]
    assert begins == [2, 3, 4, 5]
    uneven = simulate(loaded.scenario, loading_s=1.0, seed=1)
    begins = [at_s for at_s, body in uneven.responses() if body["state"] in ("loading", "ready")]
    # whole microseconds, rounded
    assert begins == [2, 2.333333, 2.666667, 3]


def valid_by_state(run: Run, dialect: str) -> set[tuple[str, bool]]:
    return {(body["state"], body["operation"]["valid"]) for _, body in run.responses(dialect=dialect)}


def test_valid_of_the_page() -> None:
    canceled = simulate(users=200, cancel_rate=1, cancel_at=0.5, seed=1)
    crashed = simulate(users=200, crash_rate=1, crash_at=0.5, seed=1)
    alive = {("new", True), ("ready", True), ("importing", True)}
    assert valid_by_state(simulate(users=200, seed=1), "docs") == {*alive, ("done", True)}
    assert valid_by_state(canceled, "docs") == {*alive, ("canceled", False)}
    assert valid_by_state(crashed, "docs") == {*alive, ("error", False)}


@every_server
def test_valid_of_servers(dialect: str) -> None:
    canceled = simulate(users=200, cancel_rate=1, cancel_at=0.5, seed=1)
    alive = {("new", True), ("ready", True), ("importing", True)}
    # invalid whatever the step, so also when done
    assert valid_by_state(canceled, dialect) == {*alive, ("error", False), ("done", False)}
    late = simulate(users=200, seed=1).cancel(100)
    assert valid_by_state(late, dialect) == {*alive, ("done", True), ("done", False)}


@every_dialect
def test_an_import_of_no_users(dialect: str) -> None:
    run = simulate(users=0, seed=1)
    *_, (_, last) = run.responses(dialect=dialect)
    assert last["state"] == "done"
    expected = dict.fromkeys(SIX, 0) if dialect == "docs" else {"total": 0, "users": 0}
    assert last["operation"]["count"] == expected
    ready = run.status(3, dialect=dialect)
    assert ready["operation"]["count"] == expected


@every_dialect
def test_updated_at_moves_with_every_change_only(run: Run, dialect: str) -> None:
    answers = list(run.responses(dialect=dialect))
    stamps = [body["operation"]["_updatedAt"] for _, body in answers]
    assert stamps == sorted(set(stamps))
    for (since, body), (until, _) in pairwise(answers):
        for at_s in (since, (since + until) / 2, until - 1e-6):
            assert run.status(at_s, dialect=dialect) == body
    assert {body["operation"]["ts"] for _, body in answers} == {stamps[0]} == {"2016-09-13T14:57:56.037Z"}


# the rest ----------------------------------------------------------------------------------------------


@every_server
def test_ids_are_24_hexadecimal_digits(dialect: str) -> None:
    ids = [simulate(users=1, seed=seed).status(0, dialect=dialect)["operation"]["_id"] for seed in range(50)]
    assert all(re.fullmatch(r"[0-9a-f]{24}", operation_id) for operation_id in ids)
    assert len(set(ids)) == 50
    # as servers make them, they begin with the second of their creation
    assert {operation_id[:8] for operation_id in ids} == {f"{1473778676:08x}"}


@every_server
def test_the_id_never_changes(run: Run, dialect: str) -> None:
    others = [run, run.cancel(8.5), run.branch(8.0, seed=99)]
    ids = {body["operation"]["_id"] for other in others for _, body in other.responses(dialect=dialect)}
    assert len(ids) == 1


@every_dialect
def test_csv_says_so(loaded: Run, dialect: str) -> None:
    for _, body in loaded.responses(dialect=dialect):
        assert (body["operation"]["type"], body["operation"]["importerKey"]) == ("CSV", "csv")


@every_dialect
@pytest.mark.parametrize(("epoch", "ts"), [
    ("2024-02-29T23:59:59.9996Z", "2024-02-29T23:59:59.999Z"),
    ("1970-01-01", "1970-01-01T00:00:00.000Z"),
    ("1969-12-31T23:59:59.5+00:00", "1969-12-31T23:59:59.500Z"),
    ("2016-09-13T16:57:56.037+02:00", "2016-09-13T14:57:56.037Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ("9990-01-01T00:00:00Z", "9990-01-01T00:00:00.000Z"),
])  # fmt: skip
def test_timestamps(dialect: str, epoch: str, ts: str) -> None:
    body = simulate(users=1, epoch=epoch, seed=1).status(0, dialect=dialect)
    assert body["operation"]["ts"] == body["operation"]["_updatedAt"] == ts


@every_dialect
def test_every_body_is_json(run: Run, dialect: str) -> None:
    for _, body in run.responses(dialect=dialect):
        assert json.loads(json.dumps(body, allow_nan=False)) == body


def test_an_unknown_dialect_is_refused(run: Run) -> None:
    with pytest.raises(ParameterError, match=r"allowed: docs, server-6\.3, .*mean 'server-7\.4'"):
        run.status(0, dialect="server-7.5")
    with pytest.raises(ParameterError, match="dialect is None"):
        run.status(0, dialect=None)  # type: ignore[arg-type]
