"""Faults at any endpoint: which call they strike, whether it is carried out, and what is said of waiting."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

import pytest

from simimport import (
    Fault,
    Faults,
    ImportService,
    ManualClock,
    OperationError,
    ParameterError,
    PollClock,
    Scenario,
    WallClock,
    create_app,
)
from simimport.service.calls.endpoints import ENDPOINTS, POLLS, SESSION_CALLS
from simimport.service.clock import Clock
from simimport.service.schedule.fault import KINDS
from tests.service.http.clients import ACCOUNTS, PREFIX, Chat

FEW = Scenario(users=60)


def served(*faults: Fault, name: str = "boss") -> tuple[ImportService, Chat]:
    service = ImportService(FEW, seed=1, faults=Faults(faults))
    return service, Chat(create_app(service, accounts=ACCOUNTS), name)


def status_of(chat: Chat, call: str) -> int:
    method = ENDPOINTS.get(call) or SESSION_CALLS[call][0]
    body = {"json": {"user": "boss", "password": "pw"}} if call == "login" else {}
    return chat.ask(method, ("/api/" if call == "info" else PREFIX) + call, **body).status_code


# which call -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", sorted({*ENDPOINTS, *SESSION_CALLS} - POLLS))
def test_each_endpoint_is_struck_by_its_own_number(endpoint: str) -> None:
    service, chat = served(
        Fault("503", at_poll=2, endpoint=endpoint), Fault("500", every=3, endpoint=endpoint),
        Fault("500", at_poll=1, endpoint="import.clear" if endpoint != "import.clear" else "me"),
    )  # fmt: skip
    found = []
    for _ in range(6):
        chat.call("import.status")  # counts by itself
        found.append(status_of(chat, endpoint))
        # who has logged out comes back
        chat = Chat(create_app(service, accounts=ACCOUNTS))
    assert [found[place] for place in (1, 2, 5)] == [503, 500, 500]
    assert not {500, 503} & {found[place] for place in (0, 3, 4)}
    assert service.faults.unstruck == (service.faults.schedule[2],)


def test_those_of_one_poll_strike_it_alone_and_the_default_all() -> None:
    service = ImportService(FEW, seed=1, faults=Faults([
        Fault("503", at_poll=2, endpoint="getCurrentImportOperation"), Fault("500", at_poll=3),
    ]))  # fmt: skip
    asked = ["getCurrentImportOperation", "import.status", "getCurrentImportOperation", "import.status"]
    assert [service.answer(endpoint).http_status for endpoint in asked] == [200, 200, 503, 200]
    # the first of the schedule strikes, and the other never does
    assert service.faults.unstruck == (Fault("500", at_poll=3),)


def test_an_instant_is_that_of_the_calls_of_its_endpoint() -> None:
    service = ImportService(FEW, seed=1, faults=Faults([Fault("500", at_s=5, endpoint="import.new")]))
    assert service.answer("import.new").http_status == 200
    service.advance(6)
    assert service.answer("import.status").http_status == 200
    assert [service.answer("import.new").http_status for _ in range(2)] == [500, 200]


# whether it is carried out ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "stale"])
def test_what_is_answered_instead_is_not_done_and_what_is_lost_is(kind: str) -> None:
    service = ImportService(FEW, seed=1, faults=Faults([Fault(kind, at_poll=1, endpoint="import.new")]))
    answer = service.answer("import.new")
    instead = kind in ("429", "500", "503", "html")
    assert (str(service.state), answer.http_status == 200) == (
        ("none", False) if instead else ("new", kind != "reset")
    )
    assert service.journal["fault"].tolist() == [kind]
    assert service.answer("import.new").http_status == 200


def test_polls_after_a_lost_creation_come_before_its_end() -> None:
    service = ImportService(FEW, seed=1, autostart=True, faults=Faults([
        Fault("reset", at_poll=1, endpoint="import.new")
    ]))  # fmt: skip
    service.run_until("done")
    service.status()
    service.answer("import.new")
    service.status()
    assert service.log.polls_after_end == 0


def test_a_lost_login_makes_a_token_that_nobody_knows() -> None:
    service, chat = served(
        Fault("503", at_poll=1, endpoint="login"), Fault("truncated", at_poll=2, endpoint="login")
    )
    assert [status_of(chat, "login") for _ in range(3)] == [503, 200, 200]
    assert service.journal["fault"].isna().tolist() == [False, False, True]
    assert service.journal["account"].isna().tolist() == [True, False, False]


def test_lists_of_the_others_come_in_wrong_types_too() -> None:
    faults = [Fault("wrong_type", every=1, endpoint=endpoint) for endpoint in ENDPOINTS]
    service = ImportService(FEW, seed=1, autostart=True, faults=Faults(faults))
    service.run_until("done")
    [latest] = json.loads(service.answer("getLatestImportOperations").raw)
    assert latest["valid"] == "true"
    assert json.loads(service.answer("importers.list").raw)
    assert json.loads(service.answer("import.clear").raw) == {"success": "true"}


# what is said of waiting ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "header"),
    [({}, "30"), ({"retry_after": 1.2}, "2"), ({"retry_after": 0}, "0"),
     ({"retry_after": "date"}, "Tue, 13 Sep 2016 14:58:32 GMT"),
     ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "Wed, 21 Oct 2026 07:28:00 GMT")],
)  # fmt: skip
def test_retry_after(fields: dict[str, Any], header: str) -> None:
    # 14:57:56.037 and 5 s and 30 s, to the next whole second
    service = ImportService(FEW, seed=1, clock=ManualClock(5), faults=Faults([
        Fault("503", every=2, seconds=30, **fields), Fault("429", at_poll=1, seconds=30, **fields),
    ]))  # fmt: skip
    limited, unavailable = service.answer("import.status"), service.answer("import.status")
    assert (limited.http_status, unavailable.http_status) == (429, 503)
    assert unavailable.headers == {"Retry-After": header}
    # servers send none with a 429
    assert limited.headers.get("Retry-After") == (header if fields else None)


def test_429_has_the_headers_of_the_limiter() -> None:
    _, chat = served(Fault("429", at_poll=2, seconds=7), name="limited")
    plain, struck = (chat.call("import.status") for _ in range(2))
    names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
    limits = [struck.headers[name] for name in names]
    assert (struck.status_code, limits) == (429, ["10", "0", str(1473778676037 + 7000)])
    assert (plain.status_code, plain.headers["x-ratelimit-remaining"]) == (200, "9")
    assert "wait 7 seconds" in struck.json()["error"]
    for _ in range(8):
        chat.call("import.status")
    assert sorted(chat.call("import.status").headers) == sorted(struck.headers)


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"endpoint": "import.stat"}, r"endpoint is 'import.stat'; .* Did you mean 'import.status'"),
     ({"endpoint": []}, r"endpoint is \[\]"),
     ({"kind": "stale", "endpoint": "login"}, "for login any but stale, which is for polls"),
     ({"kind": "500", "retry_after": 1}, "retry_after is 1; allowed: None, but for 429, 503"),
     ({"retry_after": -1}, "retry_after is -1; allowed: a number of seconds from 0 to 86400, 'date'"),
     ({"retry_after": "soon"}, "retry_after is 'soon'"), ({"retry_after": True}, "retry_after is True"),
     ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT\r\nX: y"}, "retry_after is"),
     ({"retry_after": "Wed, 99 Oct 2026 07:28:00 GMT"}, "retry_after is")],
)  # fmt: skip
def test_what_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Fault(**{"kind": "503", "at_poll": 1, **fields})


def test_it_prints_as_the_code_that_makes_it() -> None:
    fault = Fault("503", at_poll=1, endpoint="login", retry_after="date")
    assert repr(fault) == "Fault('503', at_poll=1, endpoint='login', retry_after='date')"
    assert eval(repr(fault), {"Fault": Fault}) == Fault(**fault.fields())  # noqa: S307 - what it is for
    assert Fault("500", every=2).fields() == {"kind": "500", "every": 2}


# late -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clock", "now_s"), [(ManualClock(1), 6), (PollClock(2), 7), (WallClock(1e-6), 5)])
def test_in_process_the_clock_moves_by_as_much_as_it_is_late(clock: Clock, now_s: float) -> None:
    service = ImportService(FEW, clock=clock, faults=Faults([
        Fault("latency", at_poll=1, seconds=5, endpoint="import.new")
    ]))  # fmt: skip
    service.new()
    assert service.clock.now() == pytest.approx(now_s, abs=1e-3)
    assert service.journal["at_s"].tolist() == [pytest.approx(1 if now_s == 6 else 0, abs=1e-3)]


# which have struck ------------------------------------------------------------------------------------


def test_unstruck_are_those_of_this_life() -> None:
    faults = Faults([Fault("500", at_poll=1), Fault("503", every=7), Fault("stale", at_poll=2)])
    service = ImportService(FEW, seed=1, faults=faults)
    assert faults.unstruck == faults.schedule
    with pytest.raises(OperationError):
        service.status()
    service.status()
    # what was given is what is asked, too
    assert faults.unstruck == service.faults.unstruck == (Fault("503", every=7),)
    held, other = copy(service), service.as_made()
    service.reset()
    assert faults.unstruck == faults.schedule
    assert (len(held.faults.unstruck), len(other.faults.unstruck)) == (1, 3)
    with pytest.raises(OperationError):
        other.status()
    assert faults.unstruck == faults.schedule
    assert faults == held.faults == other.faults
