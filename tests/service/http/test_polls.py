"""Plain polls are answered without a detour, and nobody can tell: only their time differs."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import pytest

from simimport import Fault, ImportService, PollClock
from simimport.model.run.wire import encoded
from simimport.service.http.connections import polls
from tests.service.http.clients import (
    ACCOUNTS,
    DIALECTS,
    PREFIX,
    Reply,
    exchange,
    headers_of,
    replies,
    request,
)

STATUS = PREFIX + "import.status"
BOSS = headers_of("boss")
#: With it a request is none of the plain ones, and means the same.
DETOUR = {"Content-Length": "0"}


@pytest.fixture(autouse=True)
def straight(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each request for the status whether it was answered at once."""
    found: list[bool] = []
    answered = polls.Polls.answered

    def noting(self: polls.Polls, *given: Any) -> bytes | None:
        answer = answered(self, *given)
        found.append(answer is not None)
        return answer

    monkeypatch.setattr(polls.Polls, "answered", noting)
    return found


def asked(service: ImportService, *requests: bytes, **given: Any) -> list[Reply]:
    """Return the answers to requests that are sent as one piece; the last is of a path that is not there."""
    with service.serve(**{"accounts": ACCOUNTS, **given}) as server:
        *found, end = replies(exchange(server.port, b"".join(requests)))
    assert end.headers["connection"] == "close"
    return found


def without_date(reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
    return reply.status, [field for field in reply.headers.items() if field[0] != "date"], reply.body


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("autostart", [False, True])
def test_they_get_what_others_get(dialect: str, autostart: bool, straight: list[bool]) -> None:
    service = ImportService(seed=1, dialect=dialect, autostart=autostart)
    both = [request("GET", STATUS, BOSS), request("GET", STATUS, {**BOSS, **DETOUR})]
    plain, other = asked(service, *both)
    assert straight == [True, False]
    assert without_date(plain) == without_date(other)
    assert list(plain.headers) == list(other.headers)
    assert [(call.account, call.http_status) for call in service.log.last(2)] == [("boss", 200)] * 2
    assert service.log.polls == 2


def test_each_gets_its_own_answer_in_order(straight: list[bool]) -> None:
    service = ImportService(seed=1, clock=PollClock(step_s=2), autostart=True)
    poll = request("GET", STATUS, BOSS)
    other = request("GET", STATUS, {**BOSS, **DETOUR})
    made = request("POST", PREFIX + "import.clear", BOSS)
    # all in one piece: while one is answered that takes the way through the application, those behind it wait
    sent = [poll, poll, other, poll, made, poll, poll, other, poll]
    found = asked(service, *sent)
    want = ImportService(seed=1, clock=PollClock(step_s=2), autostart=True)
    bodies = [want.clear() if part is made else want.status() for part in sent]
    assert [reply.body for reply in found] == list(map(encoded, bodies))
    assert service.log.calls == want.log.calls
    assert any(straight)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 401),
        ({**BOSS, "X-Auth-Token": "wrong"}, 401),
        ({**BOSS, "x-user-id": "guest"}, 401),
        ({**BOSS, "Host": "elsewhere.example"}, 403),
        (headers_of("fast-guest"), 403),
        ({**BOSS, "Expect": "100-continue"}, 200),
        ({**BOSS, "Transfer-Encoding": "identity"}, 400),
        ({**BOSS, "Connection": "close"}, 200),
    ],
)
def test_what_is_not_plain_goes_the_other_way(
    fields: dict[str, str], status: int, straight: list[bool]
) -> None:
    service = ImportService(seed=1, autostart=True)
    with service.serve(accounts=ACCOUNTS) as server:
        first = replies(exchange(server.port, request("GET", STATUS, fields)))[0]
    assert first.status == status
    assert not any(straight)


def test_whoever_is_limited_is_limited(straight: list[bool]) -> None:
    found = asked(ImportService(seed=1), *[request("GET", STATUS, headers_of("limited"))] * 12)
    assert [reply.status for reply in found] == [200] * 10 + [429] * 2
    assert not any(straight)


def test_faults_strike_them(straight: list[bool]) -> None:
    service = ImportService(seed=1, autostart=True, faults=[Fault("503", at_poll=2)])
    found = asked(service, *[request("GET", STATUS, BOSS)] * 3)
    assert [reply.status for reply in found] == [200, 503, 200]
    assert not any(straight)


def test_a_stale_answer_repeats_what_a_plain_poll_got(straight: list[bool]) -> None:
    service = ImportService(seed=1, clock=PollClock(step_s=5), autostart=True)
    poll = request("GET", STATUS, BOSS)
    with service.serve(accounts=ACCOUNTS) as server:
        before = replies(exchange(server.port, poll))[0]
        service.faults = [Fault("stale", at_poll=2)]
        again = replies(exchange(server.port, poll))[0]
    assert straight == [True, False]
    assert again.body == before.body


def test_who_is_apart_sees_its_own(straight: list[bool]) -> None:
    service = ImportService(seed=1)
    accounts = {**ACCOUNTS, "second": {**ACCOUNTS["boss"], "token": "second-token", "username": "second"}}
    second = {"X-User-Id": "second", "X-Auth-Token": "second-token"}
    with service.serve(accounts=accounts, isolate=True) as server:
        service.new()
        found = [
            replies(exchange(server.port, request("GET", STATUS, fields)))[0].body
            for fields in (BOSS, second)
        ]
    assert [b'"state":"new"' in body for body in found] == [True, False]
    assert straight == [True, True]


def test_a_page_of_another_origin_may_read_them(straight: list[bool]) -> None:
    poll = request("GET", STATUS, {**BOSS, "Origin": "https://app.example"})
    (found,) = asked(ImportService(seed=1), poll, cors=True)
    assert found.headers["access-control-allow-origin"] == "*"
    assert not any(straight)


def test_they_are_told_of() -> None:
    seen: list[tuple[str, str, int]] = []
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as server:
        server.app.tell = lambda *request: seen.append(request)
        exchange(server.port, request("GET", STATUS, BOSS))
    assert seen == [("GET", STATUS, 200), ("GET", PREFIX + "the-end", 404)]


def test_who_reads_no_answer_is_not_answered_for_ever(straight: list[bool]) -> None:
    service = ImportService(seed=1, autostart=True)
    many = request("GET", STATUS, BOSS) * 500
    with (
        service.serve(accounts=ACCOUNTS) as server,
        socket.create_connection((server.host, server.port), timeout=1) as client,
    ):
        # nobody reads: sooner or later there is no room left to send, and the server keeps no answer for it
        with suppress(TimeoutError):
            for _ in range(1000):
                client.sendall(many)
        polled = service.log.polls
    # what is in the buffers of both ends, and no more
    assert 100 < polled < 100_000
    assert any(straight)
