"""The journal: its frame, and the counters that go on when old calls have left it."""

from __future__ import annotations

import math

import pytest

from simimport import Fault, Faults, ImportService, OperationError, Scenario
from simimport.model.columns import COLUMNS
from simimport.service.journal import LENGTH, Journal


def service_with(*faults: Fault) -> ImportService:
    return ImportService(Scenario(users=30, failure_rate=0), seed=1, faults=Faults(faults))


def test_an_empty_frame_has_its_columns() -> None:
    frame = Journal().frame()
    assert len(frame) == 0
    assert {name: str(frame[name].dtype) for name in frame if name in ("call", "at_s", "http_status")} == {
        "call": "int64", "at_s": "float64", "http_status": "int64",
    }  # fmt: skip


def test_every_call_has_a_row() -> None:
    service = service_with(Fault("503", at_poll=2), Fault("reset", at_poll=3))
    service.status()
    service.new()
    service.advance(1.5)
    for error in (OperationError, ConnectionResetError):
        with pytest.raises(error):
            service.status()
    with pytest.raises(OperationError):
        service.run()
    service.note("login", 401)
    frame = service.journal
    assert list(frame.columns) == [column.name for column in COLUMNS["journal"]]
    user = "aobEdbYhXfu5hkeqG"
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    assert rows == [
        [1, 0.0, user, "import.status", 200, "none", None, None],
        [2, 0.0, user, "import.new", 200, "new", None, None],
        [3, 1.5, user, "import.status", 503, "new", "503", None],
        [4, 1.5, user, "import.status", 0, "new", "reset", None],
        [5, 1.5, user, "import.run", 400, "new", None, None],
        [6, 1.5, None, "login", 401, "new", None, None],
    ]


def test_only_the_last_hundred_thousand_are_kept_and_all_are_counted() -> None:
    journal = Journal()
    for call in range(LENGTH + 5):
        journal.note(call / 8, "a", "import.status", 200, "ready")
    frame = journal.frame()
    assert (len(frame), LENGTH) == (LENGTH, 100_000)
    assert frame["call"].iloc[[0, -1]].tolist() == [6, LENGTH + 5]
    assert (journal.calls, journal.polls) == (LENGTH + 5, LENGTH + 5)
    assert journal.shortest_poll_s == 0.125


def test_polls_are_those_of_three_endpoints() -> None:
    service = service_with()
    service.new()
    for endpoint in ("import.status", "getImportProgress", "getCurrentImportOperation", "importers.list"):
        service[endpoint]()
    assert (service.log.calls, service.log.polls) == (5, 3)


def test_the_shortest_time_between_two_polls_of_one_account() -> None:
    service = service_with()
    assert math.isnan(service.log.shortest_poll_s)
    for account, seconds in (("a", 5), ("b", 2), ("a", 3), ("b", 4), ("a", 9)):
        service.answer("import.status", account=account)
        service.advance(seconds)
    # a at 0, 7 and 14; b at 5 and 10
    assert service.log.shortest_poll_s == 5.0


def test_polls_after_the_end() -> None:
    service = service_with()
    service.new()
    service.add_users()
    service.run()
    service.run_until("done")
    service.new()  # nobody has been told the end
    service.add_users()
    service.run()
    service.run_until("done")
    assert service.log.polls_after_end == 0
    service.status()  # tells it
    assert service.log.polls_after_end == 0
    service.status()
    service["getImportProgress"]()
    service["importers.list"]()
    assert service.log.polls_after_end == 2
    service.new()
    service.status()
    assert service.log.polls_after_end == 2


@pytest.mark.parametrize(
    ("kind", "after_end"),
    [("latency", True), ("wrong_type", True), ("stale", False), ("truncated", False), ("garbage", False),
     ("reset", False), ("500", False), ("html", False)],
)  # fmt: skip
def test_an_end_that_could_not_be_read_was_not_told(kind: str, after_end: bool) -> None:
    service = service_with(Fault(kind, at_poll=2), Fault(kind, at_poll=4))
    service.new()
    service.add_users()
    service.run()
    service.answer("import.status")
    service.run_until("done")
    service.answer("import.status")
    service.answer("import.status")
    assert service.log.polls_after_end == after_end
    # what is stale now tells of the end, too
    service.answer("import.status")
    assert service.log.polls_after_end == after_end + 1


def test_a_journal_shows_what_there_is_to_read() -> None:
    assert {name for name in dir(Journal()) if not name.startswith("_")} == {
        "calls", "polls", "polls_after_end", "shortest_poll_s", "last_poll_s", "last", "frame",
    }  # fmt: skip
