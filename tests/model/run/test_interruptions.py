"""How cancels and crashes are published, row by row of the table of dialects."""

from __future__ import annotations

from typing import Any

import pytest

from simimport import Run, simulate
from tests.model.run.dialects import every_dialect, every_server


def answers(run: Run, dialect: str) -> list[tuple[str, str, bool, int, int]]:
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
    assert answers(steady().cancel(13.0), "docs") == expected
    assert answers(steady(cancel_rate=1, cancel_at=0.5), "docs") == expected
    assert steady().cancel(13.0).duration_s == 17.01
    assert steady().cancel(13.0).at(17.0).state == "importing"


def test_also_if_it_is_the_last() -> None:
    expected = ("canceled", "import_cancelled", False, 130, 0)
    assert answers(steady().cancel(19.0), "docs")[-1] == expected
    assert answers(steady(cancel_rate=1, cancel_at=1), "docs")[-1] == expected
    assert (steady(cancel_rate=1, cancel_at=1).outcomes["outcome"] == "imported").all()


def test_a_cancel_at_the_instant_of_a_flush_waits_for_the_next() -> None:
    assert answers(steady().cancel(12.01), "docs")[-1] == ("canceled", "import_cancelled", False, 100, 0)
    assert answers(steady().cancel(12.009999), "docs")[-1] == ("canceled", "import_cancelled", False, 50, 0)


@pytest.mark.parametrize("at_s", [20.01, 20.015, 20.02, 20.039999])
def test_a_cancel_after_the_last_flush_is_at_once(at_s: float) -> None:
    run = steady().cancel(at_s)
    assert answers(run, "docs")[-1] == ("canceled", "import_cancelled", False, 130, 0)
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
    assert answers(steady().cancel(13.0), dialect) == expected
    assert answers(steady(cancel_rate=1, cancel_at=0.5), dialect) == expected


@every_server
def test_a_server_notices_after_the_last_partial_batch(dialect: str) -> None:
    expected = [("error", "importing_users", False, 100, 0), ("error", "import_failed", False, 130, 30)]
    assert answers(steady().cancel(19.0), dialect)[-2:] == expected
    small = steady(users=30).cancel(8.0)
    assert answers(small, dialect)[-1] == ("error", "import_failed", False, 30, 30)


@every_dialect
def test_a_batch_that_takes_no_time_at_all(dialect: str) -> None:
    # it is asked, flushed and over at one instant
    run = steady(users=1, users_per_s=1e9, cancel_rate=1)
    expected = ("canceled", "import_cancelled", False, 1, 0)
    ended = expected if dialect == "docs" else ("error", "import_failed", False, 1, 1)
    assert answers(run, dialect) == [ended]


@every_server
def test_a_last_batch_that_is_full_is_a_full_one(dialect: str) -> None:
    assert answers(steady(users=100).cancel(16.0), dialect)[-1] == ("done", "done", False, 100, 50)


@every_server
@pytest.mark.parametrize("at_s", [20.01, 20.015, 20.039999])
def test_a_server_walks_on_after_the_last_flush(dialect: str, at_s: float) -> None:
    rows = answers(steady().cancel(at_s), dialect)
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
    assert answers(run, "docs")[-2:] == [
        ("importing", "importing_users", True, 50, 0), ("error", "import_failed", False, 50, 0)
    ]  # fmt: skip
    # 28 further users were processed, and the 79th, who would have finished now, was not
    assert run.at(run.duration_s).imported == 78
    assert run.duration_s == 7.01 + 7.9
    assert (run.outcomes["outcome"] == "imported").sum() == 78


@every_server
def test_a_crash_of_a_server_freezes_it(dialect: str) -> None:
    run = steady(crash_rate=1, crash_at=0.6)
    assert answers(run, dialect)[-1] == ("error", "importing_users", False, 50, 0)
    assert list(run.responses(dialect=dialect))[-1][0] == run.duration_s


@every_dialect
def test_a_crash_beats_a_cancel_of_its_batch(dialect: str) -> None:
    both = steady(crash_rate=1, crash_at=0.6, cancel_rate=1, cancel_at=0.5)
    assert both.final == "error"
    step = "import_failed" if dialect == "docs" else "importing_users"
    assert answers(both, dialect)[-1] == ("error", step, False, 50, 0)
    # a server's document is invalid from the cancel on; the restart finds nothing left to change
    ends = list(both.responses(dialect=dialect))[-1][0]
    assert ends == (both.duration_s if dialect == "docs" else both.cancel(14.0).course.begin_us(65) / 1e6)
