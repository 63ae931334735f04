"""Hostile requests against a server that a well-behaved client polls: nobody is harmed, and nothing is left.

What is sent is in `exchanges`, how it is judged in `attack`; here is what must hold of the server as a whole.
"""

from __future__ import annotations

import http.client
import json
from time import perf_counter
from typing import Any

from simimport import ImportService, ManualClock
from simimport.realtime import sleep
from tests.soak.attack import Tally, attack
from tests.soak.exchanges import exchange
from tests.soak.processes import Process, descriptors_of, memory_of, process
from tests.soak.server import SCENARIO, SEED

_HEADERS = {"X-User-Id": "admin", "X-Auth-Token": "all", "Content-Type": "application/json"}
_POLL_EVERY_S = 0.01
# of fewer polls the slowest hundredth is what the machine did meanwhile, such as other tests
_WORTH_TIMING = 1000
#: The most that must hold: megabytes gained, and a client's 99th percentile in seconds.
MOST_GAINED_MB, MOST_P99_S = 30.0, 0.25


def run(seed: int, requests: int) -> dict[str, Any]:
    """Send so many requests, check what must hold, and return the figures.

    Raises
    ------
    AssertionError
        If something does not hold; it names the seed and the connections.
    """
    with process("server") as server:
        port, pid = server.first["port"], server.first["pid"]
        # other ones than those that follow: what is loaded or kept once is there before memory is looked at
        warmed = attack(port, lambda number: exchange(seed, (1 << 32) + number), max(requests // 50, 300))
        _check(server, warmed, seed)
        _import_everybody(port)
        before_mb, before = memory_of(pid), _descriptors(pid)
        most_mb = before_mb

        def look() -> None:
            nonlocal most_mb
            most_mb = max(most_mb, memory_of(pid))

        begin_s = perf_counter()
        with process("poller", port, _POLL_EVERY_S) as poller:
            tally = attack(port, lambda number: exchange(seed, number), requests, look)
            _check(server, tally, seed)
            polled = json.loads(poller.end())
        took_s = perf_counter() - begin_s
        _import_everybody(port)
        after_mb, after = memory_of(pid), _descriptors(pid, before)
        figures = {
            "requests": tally.requests, "connections": tally.connections,
            "requests_per_s": tally.requests / took_s,
            "statuses": dict(sorted(tally.statuses.items())), "full": tally.full, "resets": tally.resets,
            "early": tally.early,
            "memory_mb": (before_mb, after_mb, most_mb), "descriptors": (before, after),
            "polls": polled["polls"], "p99_ms": polled["p99_s"] * 1e3, "max_ms": polled["max_s"] * 1e3,
        }  # fmt: skip
        assert max(after_mb, most_mb) - before_mb < MOST_GAINED_MB, f"seed {seed}: memory grows: {figures}"
        assert after <= before, f"seed {seed}: descriptors are left: {figures}"
        if polled["polls"] >= _WORTH_TIMING:
            assert polled["p99_s"] < MOST_P99_S, f"seed {seed}: somebody else has to wait: {figures}"
        server.end()
        complaints = server.complaints()
        assert not complaints, f"seed {seed}: {complaints[-3000:]}"
        return figures


def _check(server: Process, tally: Tally, seed: int) -> None:
    assert not tally.faults, f"seed {seed}: " + "\n".join(tally.faults) + server.complaints()[-3000:]
    assert server.runs, f"seed {seed}: the server is gone: {server.complaints()[-3000:]}"


def _descriptors(pid: int, most: int = 0) -> int:
    """Return how many descriptors a process has, once those that are being closed are."""
    count = descriptors_of(pid)
    for _ in range(100):
        if count <= most:
            break
        sleep(0.05)
        count, last = descriptors_of(pid), count
        if not most and count == last:
            break
    return count


def _import_everybody(port: int) -> None:
    """Do a whole import over HTTP, and see that it ends as the same calls do in process."""
    users = [{"emails": [f"u{n % 290}@example.org"], "importIds": [str(n)]} for n in range(300)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(method: str, path: str, body: Any = None) -> Any:
        connection.request(method, path, json.dumps(body), _HEADERS)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, (path, answer.status, text)
        return json.loads(text)

    fields = SCENARIO.to_dict()
    ask("POST", "/_simimport/reset", {"scenario": fields, "faults": []})
    calls = [("import.new", {}), ("import.addUsers", {"users": users}), ("import.run", {})]
    got = [ask("POST", f"/api/v1/{endpoint}", body) for endpoint, body in calls]
    ask("POST", "/_simimport/clock", {"run_until": "done"})
    got.append(ask("GET", "/api/v1/import.status"))
    connection.close()
    service = ImportService(SCENARIO, seed=SEED, clock=ManualClock())
    expected = [service.new(), service.add_users(users), service.run()]
    service.run_until("done")
    expected.append(service.status())
    last = expected[-1]["operation"]
    assert last["count"]["completed"] + last["count"]["error"] == 300, last
    for document in (got[0], got[-1], expected[0], expected[-1]):
        document["operation"].pop("user", None)  # who called
    assert got == expected, (got, expected)
