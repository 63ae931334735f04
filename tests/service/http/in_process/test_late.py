"""Late answers without a socket: the service's clock moves, the client's timeout decides, nobody waits."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import Retry

from simimport import Fault, Faults, ImportService, PollClock
from simimport.service.clock import LONGEST_S
from simimport.service.http.in_process.exchange import URL

STATUS = "/api/v1/import.status"


def late(seconds: float, **given: Any) -> ImportService:
    faults = Faults([Fault("latency", at_poll=1, seconds=seconds)])
    return ImportService(seed=1, faults=faults, **given)


def test_within_its_timeout_the_clock_moves_by_the_delay() -> None:
    service = late(4.5)
    with service.client() as client:
        assert client.get(STATUS).status_code == 200
        assert client.get(STATUS).status_code == 200
    assert service.clock.now() == 4.5


@pytest.mark.parametrize("timeout", [2.0, httpx.Timeout(9.0, read=2.0)])
def test_beyond_its_timeout_the_client_gives_up_then(timeout: Any) -> None:
    service = late(4.5)
    with service.client() as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(STATUS, timeout=timeout)
        assert client.get(STATUS).status_code == 200
    assert service.clock.now() == 2.0
    # the server has answered, and nobody was there
    assert service.log.polls == 2


def test_who_has_no_timeout_waits_for_hours() -> None:
    service = late(80_000)
    with service.client() as client:
        client.timeout = None
        assert client.get(STATUS).status_code == 200
    assert service.clock.now() == 80_000


def test_so_it_is_for_an_async_client() -> None:
    service = late(5)

    async def poll() -> None:
        async with service.async_client() as client:
            # its default, five seconds, ends first
            with pytest.raises(httpx.ReadTimeout):
                await client.get(STATUS)

    asyncio.run(poll())
    assert service.clock.now() == 5


@pytest.mark.parametrize(("timeout", "waited"), [((9, 2), 2.0), (3, 3.0)])
def test_beyond_its_timeout_requests_gives_up_then(timeout: Any, waited: float) -> None:
    service = late(4.5)
    with service.session() as session, pytest.raises(requests.ReadTimeout, match="Read timed out"):
        session.get(URL + STATUS, timeout=timeout)
    assert service.clock.now() == waited


@pytest.mark.parametrize("timeout", [None, 5, (1, None)])
def test_within_its_timeout_requests_waits(timeout: Any) -> None:
    service = late(4.5)
    with service.session() as session:
        assert session.get(URL + STATUS, timeout=timeout).status_code == 200
    assert service.clock.now() == 4.5


def test_the_end_of_all_clocks_is_no_error() -> None:
    service = late(4.5)
    service.advance(LONGEST_S - 1)
    with service.client() as client:
        assert client.get(STATUS).status_code == 200


def test_a_clock_that_steps_goes_on_from_there() -> None:
    service = late(4.5, clock=PollClock(step_s=1))
    with service.client() as client:
        client.get(STATUS)
        client.get(STATUS)
    assert service.clock.now() == 6.5


class ImpatientAdapter(HTTPAdapter):
    """What people write so that every call has a timeout."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        super().__init__()

    def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:  # type: ignore[override]
        return super().send(request, **{**given, "timeout": given["timeout"] or self.patience_s})


@pytest.mark.parametrize("prefix", ["http://", URL, URL + "/api"])
def test_an_adapter_that_retries_retries(prefix: str) -> None:
    faults = Faults([Fault("503", at_poll=1, seconds=0), Fault("reset", at_poll=2)])
    service = ImportService(seed=1, faults=faults)
    adapter = HTTPAdapter(max_retries=Retry(3, status_forcelist=[503], backoff_factor=0))
    with service.session() as session:
        session.mount(prefix, adapter)
        assert session.get(URL + STATUS).status_code == 200
    assert service.log.polls == 3
    # it may be mounted elsewhere, and is as it was
    assert "request_url" not in vars(adapter)


def test_an_adapter_that_sets_timeouts_sets_them() -> None:
    service = late(4.5)
    with service.session() as session:
        session.mount("http://", ImpatientAdapter(2.0))
        with pytest.raises(requests.ReadTimeout):
            session.get(URL + STATUS)
    assert service.clock.now() == 2.0


def test_an_adapter_that_asks_nobody_is_left_alone() -> None:
    class Own(BaseAdapter):
        def send(self, request: requests.PreparedRequest, **given: Any) -> requests.Response:  # type: ignore[override]
            answer = requests.Response()
            answer.status_code = 418
            return answer

        def close(self) -> None: ...

    with ImportService(seed=1).session() as session:
        session.mount(URL, Own())
        assert session.get(URL + STATUS).status_code == 418
