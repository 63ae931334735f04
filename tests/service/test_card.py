"""How a service shows itself: what it holds at this instant, unnoticed, and harmless."""

from __future__ import annotations

import pytest

from simimport import Fault, Faults, ImportService, OperationError, PollClock, Scenario, WallClock
from simimport.model.dialects import DIALECTS
from simimport.service.card import LAST_CALLS
from simimport.show.words import duration
from tests.markup import Page, read


def shown(service: ImportService) -> Page:
    html = service._repr_html_()
    assert len(html) < 20_000
    return read(html)


def facts(page: Page) -> dict[str, str]:
    return {row[0]: row[1] for row in page.rows if len(row) == 2}


def calls(page: Page) -> list[list[str]]:
    return [row for row in page.rows if len(row) == 6][1:]


def test_before_the_first_call() -> None:
    page = shown(ImportService(seed=1))
    assert "none at 0 s" in page.text
    assert "no operation yet" in page.text
    assert facts(page) == {
        "": "now",
        "published": "nothing",
        "staging area": "0 users",
        "imported in truth": "0 users, by all operations",
        "clock": "ManualClock",
        "faults": "none",
        "can be called": "import.new import.clear",
    }
    assert calls(page) == []
    assert page.text.endswith("dialect docs, seed 1, Scenario()")


def test_while_it_imports() -> None:
    service = ImportService(Scenario(users=500), seed=7)
    service.new(), service.add_users(), service.run()
    service.advance(10)
    count = service.status()["operation"]["count"]
    with pytest.raises(OperationError):
        service.run()
    page = shown(service)
    assert "importing at 10 s" in page.text
    assert "operation 1" in page.text
    shown_facts = facts(page)
    left = count["total"] - count["completed"] - count["error"]
    counters = f"{count['completed']} completed, {count['error']} error, {left} remaining of 500"
    assert shown_facts["published"] == counters
    assert shown_facts["staging area"] == "500 users"
    assert shown_facts["imported in truth"] == f"{len(service.imported)} users, by all operations"
    # the latest first, refused ones too
    assert [row[:5] for row in calls(page)] == [
        ["5", "10 s", "import.run", "400", "importing"],
        ["4", "10 s", "import.status", "200", "importing"],
        ["3", "0 s", "import.run", "200", "importing"],
        ["2", "0 s", "import.addUsers", "200", "ready"],
        ["1", "0 s", "import.new", "200", "new"],
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_through_the_life_of_two_operations(dialect: str) -> None:
    service = ImportService(Scenario(users=120), seed=7, dialect=dialect)
    for act in (service.new, service.add_users, service.run, lambda: service.run_until("done"), service.new):
        act()
        page = shown(service)
        assert f"{service.state} at {duration(service.clock.now())}" in page.text
        assert facts(page)["staging area"].split()[0] == str(len(service.staging))
        assert facts(page)["imported in truth"].split()[0] == str(len(service.imported))
    assert "operation 2" in page.text
    assert f"dialect {dialect}" in page.text


def test_only_the_last_calls_are_shown() -> None:
    service = ImportService(seed=1)
    for _ in range(100):
        service.status()
    assert [row[0] for row in calls(shown(service))] == [str(100 - place) for place in range(LAST_CALLS)]


def test_looking_is_not_noticed() -> None:
    service = ImportService(Scenario(users=100), seed=1, clock=PollClock(step_s=5))
    service.new(), service.add_users(), service.run()
    before, now_us = service.journal, service.clock.now_us()
    html = service._repr_html_()
    assert service._repr_html_() == html
    assert service.clock.now_us() == now_us
    assert service.journal.equals(before)


def test_a_clock_that_goes_by_itself_and_faults_are_named() -> None:
    service = ImportService(seed=1, clock=WallClock(), faults=Faults([Fault("503", at_poll=1)]))
    shown_facts = facts(shown(service))
    assert shown_facts["clock"] == "WallClock"
    assert shown_facts["faults"] == "Faults([Fault('503', at_poll=1)])"
    many = ImportService(seed=1, faults=Faults.random(0.5, seed=1, polls=10_000))
    assert facts(shown(many))["faults"].endswith("…")


def test_a_connection_that_was_reset_has_no_status() -> None:
    service = ImportService(seed=1, faults=Faults([Fault("reset", at_poll=1)]))
    with pytest.raises(ConnectionResetError):
        service.status()
    assert [row[3] for row in calls(shown(service))] == ["–"]


def test_what_clients_say_is_only_text() -> None:
    service = ImportService(seed=1)
    service.note("<script>alert(1)</script>", 404, account='"><img src=x onerror=alert(2)>')
    service.note("import.status", 401)
    (_, _, _, _, _, nobody), (_, _, endpoint, status, _, account) = calls(shown(service))
    assert nobody == "–"
    assert (endpoint, status) == ("<script>alert(1)</script>", "404")
    assert account == '"><img src=x onerror=alert(2)>'
