"""check_client: which client a poller gets, what that client does, and who is refused."""

# ruff: noqa: TID251 - the code that is tried reads the clock, which is virtual for it

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from typing import Any

import httpx
import pandas as pd
import pytest
import requests

from simimport import MissingExtraError, ParameterError, check_client
from simimport.model.columns import names
from tests.everyday import thinned
from tests.testing.pollers import people
from tests.testing.pollers.people import STATUS
from tests.testing.pollers.verdicts import ENDS, failed, only_row

URL = f"http://simimport{STATUS}"


def verdict_on(poller: Any, fault: str = "none", preset: str = "calm") -> Any:
    return only_row(check_client(poller, presets=preset, faults=fault))


def client_given_to(poller: Any, clients: list[Any]) -> type:
    verdict_on(poller)
    return type(clients.pop())


def test_the_client_is_the_one_that_the_poller_is_written_for() -> None:
    seen: list[Any] = []

    async def asynchronous(client: Any) -> None:
        seen.append(client)

    def annotated(s: requests.Session) -> None:
        seen.append(s)

    def named(session: Any) -> None:
        seen.append(session)

    def annotated_otherwise(session: httpx.Client) -> None:
        seen.append(session)

    class Poller:
        async def __call__(self, client: Any) -> None:
            seen.append(client)

    for plain in (seen.append, annotated_otherwise):
        assert client_given_to(plain, seen) is httpx.Client
    for poller in (annotated, named, partial(named)):
        assert issubclass(client_given_to(poller, seen), requests.Session)
    for awaited in (asynchronous, Poller()):
        assert client_given_to(awaited, seen) is httpx.AsyncClient


def test_the_whole_kit_is_that_of_check_poller() -> None:
    verdicts = check_client(people.perfect)
    assert list(verdicts.columns) == names("verdicts")
    assert len(verdicts) == 42
    assert failed(verdicts) == set()


@pytest.mark.parametrize("every", thinned([4, 1], {4}))
def test_the_same_again_and_a_row_is_its_own_replay(every: int) -> None:
    verdicts = check_client(people.by_tenacity, seed=7)
    pd.testing.assert_frame_equal(check_client(people.by_tenacity, seed=7), verdicts)
    for row in verdicts[~verdicts["passed"]][::every].itertuples():
        again = check_client(people.by_tenacity, presets=row.preset, faults=row.fault, seed=row.seed)
        pd.testing.assert_frame_equal(again, verdicts.loc[[row.Index]].reset_index(drop=True))


def first_error(get: Any, fault: str) -> Any:
    """Return the first thing that a client raises, by its own library, and when."""
    found: list[Any] = []

    def looking(client: Any) -> None:
        started = time.monotonic()
        while not found:
            time.sleep(1)
            asked = time.monotonic()
            try:
                get(client)
            except Exception as error:  # noqa: BLE001 - to be looked at
                found.extend([error, asked - started, time.monotonic() - asked])

    if get is get_of_requests:
        looking.__annotations__["client"] = requests.Session
    verdict_on(looking, fault)
    return found


def get_of_httpx(client: httpx.Client) -> Any:
    return client.get(STATUS).raise_for_status().json()


def get_of_requests(session: requests.Session) -> Any:
    answer = session.get(URL, timeout=5)
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize(
    ("fault", "of_httpx", "of_requests"),
    [
        ("500", httpx.HTTPStatusError, requests.HTTPError),
        ("html", httpx.HTTPStatusError, requests.HTTPError),
        ("401", httpx.HTTPStatusError, requests.HTTPError),
        ("403", httpx.HTTPStatusError, requests.HTTPError),
        ("reset", httpx.ReadError, requests.ConnectionError),
        ("truncated", json.JSONDecodeError, requests.JSONDecodeError),
        ("garbage", UnicodeDecodeError, requests.JSONDecodeError),
        ("latency", httpx.ReadTimeout, requests.ReadTimeout),
    ],
)
def test_what_goes_wrong_is_the_library_s_own(fault: str, of_httpx: type, of_requests: type) -> None:
    for get, kind in ((get_of_httpx, of_httpx), (get_of_requests, of_requests)):
        error, at_s, took_s = first_error(get, fault)
        assert type(error) is kind
        # a client waits for a late answer as long as it is set to; this one has asked once before
        assert took_s == (5.0 if fault == "latency" else 0.0)
        assert at_s == (2.0 if fault == "latency" else 21.0)


def test_answers_are_those_of_the_server() -> None:
    answers: list[httpx.Response] = []

    def looking(client: httpx.Client) -> None:
        answers.append(client.get(STATUS))
        assert "X-Auth-Token" in client.headers

    verdict_on(looking)
    verdict_on(looking, "server-8.3")
    assert [answer.headers["content-type"] for answer in answers] == ["application/json"] * 2
    assert answers[0].json()["operation"]["status"] == "importer_importing_started"
    assert answers[1].headers["access-control-allow-origin"] == "*"


def test_a_patient_client_gets_a_late_answer_as_it_was_asked_for() -> None:
    seen: list[Any] = []

    def looking(client: httpx.Client) -> None:
        time.sleep(60)
        for _ in range(2):
            started = time.monotonic()
            seen.append((client.get(STATUS, timeout=10.1).json()["state"], time.monotonic() - started))

    verdict_on(looking, "latency")
    assert seen == [("importing", 0.0), ("importing", 10.0)]


def test_retries_of_requests_wait_in_virtual_time() -> None:
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    def retrying(session: requests.Session) -> str:
        retry = Retry(total=5, backoff_factor=2, status_forcelist=(500, 502, 503))
        session.mount("http://", HTTPAdapter(max_retries=retry))
        while (state := session.get(URL).json()["state"]) == "importing":
            time.sleep(5)
        return str(state)

    row = verdict_on(retrying, "503")
    # told to come back after 5 s, the retry is what the next poll would have been
    assert (row.passed, row.polls, row.ended_s) == (True, 15, 70.0), row.why


def test_401_and_403_are_to_be_given_up_on() -> None:
    def leaving(client: httpx.Client) -> str:
        while (state := get_of_httpx(client)["state"]) == "importing":
            time.sleep(5)
        return str(state)

    for fault in ("401", "403"):
        row = verdict_on(leaving, fault)
        assert row.passed
        assert f"4.9 s after polls were refused with {fault}" in row.why
        early = verdict_on(lambda client: client.get(STATUS) and None, fault)
        assert early.why == f"returned None, 20.1 s before polls were refused with {fault}"
    row = verdict_on(lambda client: client.get(STATUS) and "done", "401")
    assert row.why == "returned done; polls are refused with 401 from 20.1 s on"


def test_who_asks_another_path_is_told_which() -> None:
    def astray(client: httpx.Client) -> Any:
        return client.get("/import.status").json()["state"]

    verdicts = check_client(astray)
    assert len(verdicts) == 1
    right = "which is no poll: ask GET /api/v1/import.status"
    why = only_row(verdicts).why
    assert f"asked GET /import.status, {right}; it never polled, so 41 other cases were not tried" in why

    def for_ever(client: httpx.Client) -> Any:
        while client.post(STATUS).status_code:
            time.sleep(1)

    why = verdict_on(for_ever).why
    assert why == f"stopped after 100 requests that were no polls; {ENDS}; asked POST {STATUS}, {right}"


def test_who_never_polls_is_told_once() -> None:
    verdicts = check_client(lambda client: 1 / 0, seed=3)
    assert len(verdicts) == 1
    assert "ZeroDivisionError" in only_row(verdicts).why
    assert "it never polled, so 41 other cases were not tried" in only_row(verdicts).why


def test_who_does_not_pause_is_stopped_at_once() -> None:
    async def hammering(client: httpx.AsyncClient) -> None:
        while True:
            await client.get(STATUS)

    row = verdict_on(hammering)
    mend = "its clock stood still; pause with await asyncio.sleep(seconds)"
    assert row.why == f"stopped after 100 polls at one instant: {mend}; {ENDS}"
    assert row.polls == 100


def test_a_task_that_is_left_behind_keeps_no_loop() -> None:
    async def leaving(client: httpx.AsyncClient) -> str:
        left = asyncio.create_task(asyncio.sleep(1e6))
        while (state := (await client.get(STATUS)).json()["state"]) == "importing":
            await asyncio.sleep(5)
        assert not left.done()
        return str(state)

    assert verdict_on(leaving).passed


@pytest.mark.parametrize("poller", [None, "app:poll", lambda: None, lambda client, more: None])
def test_what_is_no_poller_is_refused_at_once(poller: Any) -> None:
    with pytest.raises(ParameterError, match=r"called with (one argument, )?client"):
        check_client(poller)


def test_who_yields_is_refused() -> None:
    def plain(client: Any) -> Any:
        yield client

    async def asynchronous(client: Any) -> Any:
        yield client

    for poller in (plain, asynchronous):
        with pytest.raises(ParameterError, match="this one yields"):
            check_client(poller)


@pytest.mark.parametrize("library", ["httpx", "requests"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    poller: Any = people.naive if library == "httpx" else people.by_state
    with pytest.raises(MissingExtraError, match=f"pip install {library}"):
        check_client(poller)
