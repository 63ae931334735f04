"""Where clients without a socket work: in a running loop, in threads, for several accounts."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from simimport import ImportService, MissingExtraError, ParameterError, PollClock, Scenario
from simimport.service.http.in_process import exchange
from simimport.service.http.in_process.exchange import URL, at_once
from tests.service.http.clients import ACCOUNTS, people

STATUS = "/api/v1/import.status"


def test_inside_a_running_loop_long_work_is_done_where_it_stands() -> None:
    service = ImportService(seed=1)

    async def cell() -> None:
        before = threading.active_count()
        with service.client() as client, service.session() as session:
            assert client.post("/api/v1/import.new").status_code == 200
            assert session.post(URL + "/api/v1/import.addUsers", json=people(3000)).status_code == 200
            assert client.post("/api/v1/import.addUsers", json=people(3000, first=3001)).status_code == 200
            assert client.post("/api/v1/import.run").status_code == 200
        assert threading.active_count() == before

    asyncio.run(cell())
    assert service.state == "importing"


def test_who_polls_without_end_leaves_turns_to_others() -> None:
    service = ImportService(seed=1)

    async def poll() -> None:
        async with service.async_client() as client:
            while True:
                await client.get(STATUS)

    async def main() -> None:
        polling = asyncio.create_task(poll())
        while service.log.polls < 3:
            await asyncio.sleep(0)
        polling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await polling

    asyncio.run(main())


def test_many_tasks_may_ask_at_once() -> None:
    service = ImportService(seed=1)

    async def main() -> list[int]:
        async with service.async_client() as client:
            asked = [client.get(STATUS) for _ in range(50)]
            return [(await answer).status_code for answer in asyncio.as_completed(asked)]

    assert asyncio.run(main()) == [200] * 50
    assert service.log.polls == 50


def test_a_client_may_be_asked_from_many_threads() -> None:
    service = ImportService(seed=1)
    with service.client(accounts={"jo": ACCOUNTS["limited"]}) as client, ThreadPoolExecutor(8) as threads:
        statuses = [answer.status_code for answer in threads.map(client.get, [STATUS] * 40)]
    # ten a minute, and no more
    assert (statuses.count(200), statuses.count(429), service.log.calls) == (10, 30, 40)


@pytest.mark.parametrize("dialect", ["docs", "server-8.3"])
@pytest.mark.parametrize("served", [False, True])
def test_by_calls_alone_a_minute_of_the_limiter_ends(dialect: str, served: bool) -> None:
    service = ImportService(Scenario(users=4000), seed=1, clock=PollClock(2), dialect=dialect, autostart=True)
    accounts = {"jo": ACCOUNTS["limited"]}
    statuses, state = [], ""
    with ExitStack() as stack:
        if served:
            serving = stack.enter_context(service.serve(accounts=accounts))
            client = stack.enter_context(httpx.Client(base_url=serving.url, headers=serving.headers))
        else:
            client = stack.enter_context(service.client(accounts=accounts))
        # one that asks until it is told the end, whatever else it is told
        while state != "done" and len(statuses) < 1000:
            answer = client.get(STATUS)
            statuses.append(answer.status_code)
            state = answer.json().get("state", state)
    assert state == "done"
    # ten answers and twenty refusals make a minute, of two seconds each
    minutes = ([200] * 10 + [429] * 20) * 50
    assert len(statuses) > 60
    assert statuses == minutes[: len(statuses)]
    assert service.journal["at_s"].diff().iloc[4:].eq(2).all()


def test_the_headers_are_those_of_the_first_account_and_no_one_else_is_let_in() -> None:
    service = ImportService(seed=1)
    with service.client(accounts=ACCOUNTS) as client, service.session(accounts=ACCOUNTS) as session:
        assert client.headers["X-User-Id"] == session.headers["X-User-Id"] == "boss"
        assert client.get(STATUS, headers={"X-Auth-Token": "guessed"}).status_code == 401
        assert session.get(URL + STATUS, headers={"X-Auth-Token": "guessed"}).status_code == 401
        guest = {"X-User-Id": "guest", "X-Auth-Token": "guest-token"}
        assert client.get(STATUS, headers=guest).status_code == 403
    with pytest.raises(ParameterError):
        service.client(accounts={})


@pytest.mark.parametrize("url", ["https://chat.example.com", "http://localhost:3000"])
def test_any_host_is_this_one_and_no_proxy_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    service = ImportService(seed=1)
    with service.client() as client, service.session() as session:
        assert client.get(url + STATUS).json() == {"success": True, "state": "none"}
        assert session.get(url + STATUS).json() == {"success": True, "state": "none"}


@pytest.mark.parametrize(
    ("door", "missing", "command"),
    [
        ("session", "requests", "a session of requests needs requests: pip install requests"),
        ("session", "httptools", 'pip install "simimport[http]"'),
        ("client", "httpx", 'pip install "simimport[http]"'),
        ("async_client", "httpx", 'pip install "simimport[http]"'),
    ],
)
def test_what_is_missing_is_named(
    door: str, missing: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = exchange.__name__.rpartition(".")[0]
    for name in ("for_httpx", "for_requests"):
        monkeypatch.delitem(sys.modules, f"{room}.{name}", raising=False)
        monkeypatch.delattr(sys.modules[room], name, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError) as refused:
        getattr(ImportService(seed=1), door)()
    assert str(refused.value).endswith(command)


def test_an_application_that_waits_is_told_so() -> None:
    with pytest.raises(RuntimeError, match="waited for something"):
        at_once(asyncio.sleep(0))
