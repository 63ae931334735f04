"""What a stranger sends ahead is bounded: who sends too much is let go at once, with the answers so far."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from simimport import ImportService
from simimport.service.http.asgi import MAX_UNKNOWN
from tests.service.http.clients import PREFIX, replies, request


@pytest.mark.parametrize("before", [1, 3])
def test_a_request_whose_rest_is_not_read_keeps_nobody_waiting(before: int) -> None:
    ahead = request("GET", PREFIX + "import.status", {}) * before
    # neither is too large, but both together are, and so the first is not read to its end
    cut_short = request("POST", PREFIX + "login", {}, b"x" * (MAX_UNKNOWN - 1)) * 2
    with (
        ImportService(seed=1).serve() as serving,
        # in half a minute the server would end it anyway
        socket.create_connection((serving.host, serving.port), timeout=10) as client,
    ):
        client.sendall(ahead + cut_short)
        got = b""
        # not all that was sent is read, so that the end may be a reset
        with suppress(ConnectionResetError):
            while chunk := client.recv(65536):
                got += chunk
    assert [reply.status for reply in replies(got)] == [401] * before
