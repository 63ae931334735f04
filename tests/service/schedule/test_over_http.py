"""Faults over a socket, at calls that do something: what clients of other libraries make of them."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from urllib3.util.retry import Retry

from simimport import Fault, Faults, ImportService, Scenario
from tests.service.http.clients import ACCOUNTS, LOGIN, PREFIX

FEW = Scenario(users=60, epoch="now")
PASSED = {"user": "boss", "password": "pw"}


@pytest.mark.parametrize("call", ["login", "import.new", "import.addUsers"])
def test_a_reset_comes_at_once_also_to_who_sends_a_body(call: str) -> None:
    # of others' servers the client hung, or found an empty answer
    faults = Faults([Fault("reset", at_poll=1, endpoint=call)])
    with ImportService(FEW, seed=1, faults=faults).serve(accounts=ACCOUNTS) as server:
        with httpx.Client(base_url=server.url, headers=server.headers, timeout=10) as chat:
            if call == "import.addUsers":
                chat.post(PREFIX + "import.new")
            with pytest.raises(httpx.ReadError):
                chat.post(PREFIX + call, json=PASSED)
            assert chat.get(PREFIX + "import.status").status_code == 200
        assert faults.unstruck == ()


def test_who_goes_before_a_late_answer_holds_nobody_up_nor_does_a_reset() -> None:
    faults = Faults([Fault("latency", every=1, seconds=3600, endpoint="login")])
    service = ImportService(FEW, seed=1, faults=faults)
    with service.serve(accounts=ACCOUNTS) as server:
        for _ in range(8):
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(server.url + LOGIN, json=PASSED, timeout=httpx.Timeout(10, read=0.02))
        with httpx.Client(base_url=server.url, headers=server.headers, timeout=10) as chat:
            assert chat.post("/_simimport/reset", json={"faults": []}).json()["calls"] == 0
            assert chat.post(LOGIN, json=PASSED).status_code == 200
    assert service.log.calls == 1


@pytest.mark.parametrize("kind", ["429", "503"])
def test_a_date_to_come_again_is_read_by_a_library_as_so_many_seconds(kind: str) -> None:
    faults = Faults([Fault(kind, at_poll=1, seconds=3600, retry_after="date")])
    with ImportService(FEW, seed=1, faults=faults).serve(accounts=ACCOUNTS) as server:
        answer = httpx.get(server.url + PREFIX + "import.status", headers=server.headers)
    # whoever's zone this machine is in; and how long the test takes is not asserted
    asked_s = Retry().parse_retry_after(answer.headers["retry-after"])
    assert 0 < asked_s <= 3601
    sent = datetime.strptime(answer.headers["retry-after"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    reset_ms = answer.headers.get("x-ratelimit-reset")
    assert reset_ms is None or abs(sent.timestamp() - int(reset_ms) / 1000) <= 1
