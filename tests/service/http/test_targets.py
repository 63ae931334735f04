"""Targets that are none: refused as what makes no sense, and after the answers to the requests before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simimport import ImportService
from simimport.service.http.server import Serving
from tests.service.http.clients import ACCOUNTS, PREFIX, exchange, headers_of, replies, request

STATUS = PREFIX + "import.status"
# all of them pass the parser of requests, and not that of addresses
NO_TARGETS = ["http://", "http://[::1/api", "http://a:b@127.0.0.1:99999/"]


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with ImportService(seed=1).serve(accounts=ACCOUNTS) as serving:
        yield serving


@pytest.mark.parametrize("target", NO_TARGETS)
@pytest.mark.parametrize("before", [0, 1, 3])
def test_what_is_no_target_is_refused(server: Serving, target: str, before: int) -> None:
    good = request("GET", STATUS, headers_of("boss"))
    bad = request("GET", target, headers_of("boss"))
    statuses = [reply.status for reply in replies(exchange(server.port, good * before + bad))]
    # behind an answer that is still to come nothing can be said
    assert statuses[:before] == [200] * before
    assert statuses[before:] in ([400], []) if before else statuses == [400]
