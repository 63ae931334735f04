"""What of the calls around files is done before the lock is taken, so that others are answered meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from simimport import ImportService, Scenario
from simimport.model.people.from_csv import reading
from simimport.model.people.staged import Staged
from simimport.service.calls import file_calls
from simimport.service.people.on_server import OnServer
from tests.service.uploads import upload

FILE = upload(b"\n".join(b"u%d,u%d@example.org,User" % (n, n) for n in range(200)))
ALL = {"input": {"users": {"all": True}}}


class Watched:
    """Takes the place of a function, and notes whether the service's lock was held when it was called."""

    def __init__(self, service: ImportService, function: Any) -> None:
        self.service, self.function, self.held = service, function, list[bool]()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        # a lock that is held by this thread too would be had again: what owns it knows
        self.held.append(self.service._lock._is_owned())  # type: ignore[attr-defined]
        return self.function(*arguments, **named)


@pytest.fixture
def service() -> ImportService:
    return ImportService(Scenario(failure_rate=0), seed=1)


def watched(service: ImportService, place: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    watching = Watched(service, getattr(place, name))
    monkeypatch.setattr(place, name, watching)
    return watching.held


def test_a_file_is_read_before_the_lock(service: ImportService, monkeypatch: pytest.MonkeyPatch) -> None:
    held = watched(service, reading, "read_csv", monkeypatch)
    service.call("uploadImportFile", **FILE)
    assert service.answer("uploadImportFile", FILE).http_status == 200
    assert held == [False, False]


def test_a_body_that_was_read_is_not_read_again(
    service: ImportService, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = watched(service, reading, "read_csv", monkeypatch)
    body = service.read("uploadImportFile", FILE)
    assert service.validate("uploadImportFile", body) is None
    assert service.answer("uploadImportFile", body).http_status == 200
    assert held == [False]


def test_people_are_shown_before_the_lock_and_once(
    service: ImportService, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = watched(service, file_calls, "shown", monkeypatch)
    service.call("uploadImportFile", **FILE)
    assert service.call("getImportFileData") == service.call("getImportFileData")
    assert held == [False]


@pytest.mark.parametrize("body", [ALL, {"input": {"users": {"list": ["u1", "u7"]}}}])
def test_who_starts_has_decided_before_the_lock(
    service: ImportService, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    service.call("uploadImportFile", **FILE)
    seen: list[tuple[int, bool]] = []
    decide = OnServer.decide

    def noted(self: OnServer, users: Staged) -> Any:
        seen.append((len(users), service._lock._is_owned()))  # type: ignore[attr-defined]
        return decide(self, users)

    monkeypatch.setattr(OnServer, "decide", noted)
    # a body is looked at by itself, and nobody decides for it
    read = service.read("startImport", body)
    assert service.validate("startImport", read) is None
    assert seen == []
    assert service.answer("startImport", read).http_status == 200
    assert seen == [(200 if body is ALL else 2, False)]


def test_people_who_came_between_are_decided_anew(service: ImportService) -> None:
    service.call("uploadImportFile", **FILE)
    operations = service._operations
    started = operations.ahead("startImport", ALL)
    service.add_users([{"emails": ["late@example.org"], "importIds": ["late"]}])
    assert not operations.still_holds("startImport", started)
    assert service.answer("startImport", started).http_status == 200
    service.run_until("done")
    assert len(service.imported) == 201
