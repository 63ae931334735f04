"""Calls that bring many people, and many calls: what they take, and what those wait who poll meanwhile."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
from typing import Any
from urllib.parse import urlsplit

from simimport import ImportService
from simimport.realtime import monotonic
from tests.bench.bench_http import HEADERS, served
from tests.bench.table import Row, duration

PEOPLE = 280_000
CALL_S, WAIT_S, ONE_S = 2.0, 0.250, 0.001
_HEADERS = {**HEADERS, "Content-Type": "application/json"}


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: one large call, thousands of small ones, and the last of many operations."""
    return [*_large(), _small(2_000 if quick else 6_000), _last(100 if quick else 400)]


def _large() -> list[Row]:
    """Return how long a call of many people takes, and the longest wait of who polls meanwhile."""
    users = [
        {"username": f"user.{number}", "emails": [f"u{number}@example.com"], "importIds": [f"{number}"]}
        for number in range(PEOPLE)
    ]
    body = json.dumps({"users": users}, separators=(",", ":"))
    with served("calls") as url:
        host, port = str(urlsplit(url).hostname), urlsplit(url).port or 0
        _call(host, port, "POST", "import.new", "")
        waits, stop = [0.0], threading.Event()
        poller = threading.Thread(target=_poll, args=(host, port, waits, stop))
        poller.start()
        began = monotonic()
        _call(host, port, "POST", "import.addUsers", body)
        took_s = monotonic() - began
        stop.set()
        poller.join()
    work = f"addUsers of {PEOPLE:,} people"
    return [
        Row(work, duration(took_s), f"limit {duration(CALL_S)}", CALL_S / took_s, 1),
        Row("… who polls meanwhile", f"waits {duration(max(waits))}, at most", f"limit {duration(WAIT_S)}",
            WAIT_S / max(waits), 1),
    ]  # fmt: skip


def _small(calls: int) -> Row:
    """Return what each of the last of many calls takes that bring one person."""
    service = ImportService(seed=1)
    service.new()
    took: list[float] = []
    for number in range(calls):
        user = {"emails": [f"u{number}@example.com"], "importIds": [f"{number}"]}
        began = monotonic()
        service.add_users([user])
        took.append(monotonic() - began)
    each_s = statistics.median(took[-100:])
    work = f"each of the last of {calls:,} addUsers of one user"
    return Row(work, duration(each_s), f"limit {duration(ONE_S)}", ONE_S / each_s, 1)


def _last(operations: int) -> Row:
    """Return what `import.run` takes of the last of many operations, beside the first few."""
    service = ImportService(seed=1)
    took: list[float] = []
    for number in range(operations):
        service.new()
        service.add_users([{"emails": [f"u{number}@example.com"], "importIds": [f"{number}"]}])
        began = monotonic()
        service.run()
        took.append(monotonic() - began)
        service.advance(60)
    first_s, last_s = statistics.median(took[1:21]), statistics.median(took[-20:])
    work, peer = f"import.run of operation {operations}", f"of the first {duration(first_s)}"
    # as the first, but for the noise of either
    return Row(work, duration(last_s), peer, first_s / last_s, 0.5)


def _call(host: str, port: int, method: str, endpoint: str, body: str) -> Any:
    client = http.client.HTTPConnection(host, port, timeout=60)
    try:
        client.request(method, f"/api/v1/{endpoint}", body or None, _HEADERS)
        answer = json.loads(client.getresponse().read())
        assert answer["success"], answer
    finally:
        client.close()
    return answer


def _poll(host: str, port: int, waits: list[float], stop: threading.Event) -> None:
    client = http.client.HTTPConnection(host, port, timeout=60)
    while not stop.wait(0.01):
        began = monotonic()
        client.request("GET", "/api/v1/import.status", headers=_HEADERS)
        client.getresponse().read()
        waits.append(monotonic() - began)
    client.close()
