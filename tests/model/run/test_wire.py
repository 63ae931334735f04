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
from tests.model.strategies import DIALECTS as NAMES

SERVERS = NAMES[1:]
every_dialect = pytest.mark.parametrize("dialect", NAMES)
every_server = pytest.mark.parametrize("dialect", SERVERS)

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


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(users=120, failure_rate=0.2, seed=3)


@pytest.fixture(scope="module")
def loaded() -> Run:
    return simulate(users=120, importer="csv", loading_s=3, seed=3)


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
    for one in (run, loaded):
        assert {tuple(body["operation"]["count"]) for _, body in one.responses()} == {tuple(SIX)}
        for body in at_state(one, "new", "docs") + at_state(one, "loading", "docs"):
            assert set(body["operation"]["count"].values()) == {0}
        for _, body in one.responses():
            count = body["operation"]["count"]
            assert count["messages"] == count["channels"] == 0
            assert count["users"] == count["total"]


@every_server
def test_count_keys_of_servers(run: Run, loaded: Run, dialect: str) -> None:
    for one in (run, loaded):
        flushed = False
        for _, body in one.responses(dialect=dialect):
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


# interruptions, row by row -----------------------------------------------------------------------------


def told(run: Run, dialect: str) -> list[tuple[str, str, bool, int, int]]:
    """Return state, step, valid, completed and error, from the first flush or change of state on."""
    rows = []
    for _, body in run.responses(dialect=dialect):
        operation = body["operation"]
        count = operation.get("count", {})
        step = operation["status"].removeprefix("importer_")
        row = (body["state"], step, operation["valid"], count.get("completed", 0), count.get("error", 0))
        if body["state"] not in ("new", "ready") and step != "importing_started":
            rows.append(row)
    return rows


def steady(**changes: Any) -> Run:
    """A run of 130 users, a batch every 5 s from 7.01 s on, in which nobody fails by chance."""
    kept = {"users": 130, "users_per_s": 10, "latency_cv": 0, "failure_rate": 0, "seed": 1}
    return simulate(**{**kept, **changes})


WALK = ("importing_channels", "importing_messages", "finishing")


def test_a_cancel_on_the_page_waits_for_its_batch() -> None:
    expected = [("importing", "importing_users", True, 0, 0), ("importing", "importing_users", True, 50, 0),
                ("canceled", "import_cancelled", False, 100, 0)]  # fmt: skip
    assert told(steady().cancel(13.0), "docs") == expected
    assert told(steady(cancel_rate=1, cancel_at=0.5), "docs") == expected
    assert steady().cancel(13.0).duration_s == 17.01
    assert steady().cancel(13.0).at(17.0).state == "importing"


def test_also_if_it_is_the_last() -> None:
    expected = ("canceled", "import_cancelled", False, 130, 0)
    assert told(steady().cancel(19.0), "docs")[-1] == expected
    assert told(steady(cancel_rate=1, cancel_at=1), "docs")[-1] == expected
    assert (steady(cancel_rate=1, cancel_at=1).outcomes["outcome"] == "imported").all()


def test_a_cancel_at_the_instant_of_a_flush_waits_for_the_next() -> None:
    assert told(steady().cancel(12.01), "docs")[-1] == ("canceled", "import_cancelled", False, 100, 0)
    assert told(steady().cancel(12.009999), "docs")[-1] == ("canceled", "import_cancelled", False, 50, 0)


@pytest.mark.parametrize("at_s", [20.01, 20.015, 20.02, 20.039999])
def test_a_cancel_after_the_last_flush_is_at_once(at_s: float) -> None:
    run = steady().cancel(at_s)
    assert told(run, "docs")[-1] == ("canceled", "import_cancelled", False, 130, 0)
    assert run.duration_s == at_s


@every_server
def test_a_server_notices_after_a_full_batch(dialect: str) -> None:
    contacts = () if dialect == "server-6.3" else ("importing_contacts",)
    expected = [
        ("importing", "importing_users", True, 0, 0),
        ("importing", "importing_users", True, 50, 0),
        ("error", "importing_users", False, 50, 0),
        # the batch is counted twice; where the walk begins at the flush, its first step is what is seen
        *[("error", step, False, 100, 50) for step in (*contacts, *WALK)],
        ("done", "done", False, 100, 50),
    ]
    assert told(steady().cancel(13.0), dialect) == expected
    assert told(steady(cancel_rate=1, cancel_at=0.5), dialect) == expected


@every_server
def test_a_server_notices_after_the_last_partial_batch(dialect: str) -> None:
    expected = [("error", "importing_users", False, 100, 0), ("error", "import_failed", False, 130, 30)]
    assert told(steady().cancel(19.0), dialect)[-2:] == expected
    small = steady(users=30).cancel(8.0)
    assert told(small, dialect)[-1] == ("error", "import_failed", False, 30, 30)


@every_dialect
def test_a_batch_that_takes_no_time_at_all(dialect: str) -> None:
    # it is asked, flushed and over at one instant
    run = steady(users=1, users_per_s=1e9, cancel_rate=1)
    expected = ("canceled", "import_cancelled", False, 1, 0)
    assert told(run, dialect) == [expected if dialect == "docs" else ("error", "import_failed", False, 1, 1)]


@every_server
def test_a_last_batch_that_is_full_is_a_full_one(dialect: str) -> None:
    assert told(steady(users=100).cancel(16.0), dialect)[-1] == ("done", "done", False, 100, 50)


@every_server
@pytest.mark.parametrize("at_s", [20.01, 20.015, 20.039999])
def test_a_server_walks_on_after_the_last_flush(dialect: str, at_s: float) -> None:
    rows = told(steady().cancel(at_s), dialect)
    assert rows[-1] == ("done", "done", False, 130, 0)
    assert {row[0] for row in rows if not row[2]} == {"error", "done"}


@every_dialect
@pytest.mark.parametrize(("at_s", "step"), [(1.0, "new"), (2.5, "uploading"), (6.0, "user_selection")])
def test_a_cancel_before_the_run_is_at_once(loaded: Run, dialect: str, at_s: float, step: str) -> None:
    cut = loaded.cancel(at_s)
    last_s, last = list(cut.responses(dialect=dialect))[-1]
    assert last_s == at_s == cut.duration_s
    canceled = ("canceled", "importer_import_cancelled")
    expected = canceled if dialect == "docs" else ("error", f"importer_{step}")
    assert (last["state"], last["operation"]["status"]) == expected
    assert last["operation"]["valid"] is False
    assert len(cut.staging) == 0
    assert (cut.outcomes["outcome"] == "unreached").all()


@every_dialect
def test_a_cancel_when_done_changes_no_state(dialect: str) -> None:
    cut = steady().cancel(30)
    *_, (before_s, before), (last_s, last) = cut.responses(dialect=dialect)
    assert last["state"] == "done"
    assert len(cut.staging) == 0
    if dialect == "docs":
        assert last_s == cut.duration_s
    else:
        # servers touch the document: it is invalid, and dated anew
        assert (last_s, before["state"], last["operation"]["valid"]) == (30, "done", False)
        assert before_s == cut.duration_s


@every_server
def test_other_ends_read_error_after_a_clear_too(dialect: str) -> None:
    crashed = steady(crash_rate=1, crash_at=0.5)
    assert list(crashed.cancel(50).responses(dialect=dialect)) == list(crashed.responses(dialect=dialect))


def test_a_crash_on_the_page() -> None:
    run = steady(crash_rate=1, crash_at=0.6)
    assert told(run, "docs")[-2:] == [
        ("importing", "importing_users", True, 50, 0), ("error", "import_failed", False, 50, 0)
    ]  # fmt: skip
    # 28 further users were processed, and the 79th, who would have finished now, was not
    assert run.at(run.duration_s).imported == 78
    assert run.duration_s == 7.01 + 7.9
    assert (run.outcomes["outcome"] == "imported").sum() == 78


@every_server
def test_a_crash_of_a_server_freezes_it(dialect: str) -> None:
    run = steady(crash_rate=1, crash_at=0.6)
    assert told(run, dialect)[-1] == ("error", "importing_users", False, 50, 0)
    assert list(run.responses(dialect=dialect))[-1][0] == run.duration_s


@every_dialect
def test_a_crash_beats_a_cancel_of_its_batch(dialect: str) -> None:
    both = steady(crash_rate=1, crash_at=0.6, cancel_rate=1, cancel_at=0.5)
    assert both.final == "error"
    step = "import_failed" if dialect == "docs" else "importing_users"
    assert told(both, dialect)[-1] == ("error", step, False, 50, 0)
    # a server's document is invalid from the cancel on; the restart finds nothing left to change
    ends = list(both.responses(dialect=dialect))[-1][0]
    assert ends == (both.duration_s if dialect == "docs" else both.cancel(14.0).course.begin_us(65) / 1e6)


# the rest ----------------------------------------------------------------------------------------------


@every_server
def test_ids_are_24_hexadecimal_digits(dialect: str) -> None:
    ids = [simulate(users=1, seed=seed).status(0, dialect=dialect)["operation"]["_id"] for seed in range(50)]
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)
    assert len(set(ids)) == 50
    # as servers make them, they begin with the second of their creation
    assert {one[:8] for one in ids} == {f"{1473778676:08x}"}


@every_server
def test_the_id_never_changes(run: Run, dialect: str) -> None:
    others = [run, run.cancel(8.5), run.branch(8.0, seed=99)]
    ids = {body["operation"]["_id"] for one in others for _, body in one.responses(dialect=dialect)}
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
