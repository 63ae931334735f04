"""Many clients at once: pollers while the clock moves, writers side by side, and a million requests."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simimport import ImportService, Scenario, WallClock
from tests.bench.http_load import Load
from tests.everyday import thinned
from tests.service.http.clients import ACCOUNTS, PREFIX, headers_of, request

BOSS = headers_of("boss")
POLLERS = 64
STATES = ["none", "new", "ready", "importing", "done"]


class Poller:
    """One client: what it has seen, and what it should not have."""

    def __init__(self) -> None:
        self.polls = 0
        self.states: list[str] = []
        self.problems: list[str] = []
        self._count = {"completed": 0, "error": 0, "total": 0}

    def saw(self, body: dict[str, Any], *, strict: bool) -> None:
        self.polls += 1
        if not self.states or self.states[-1] != body["state"]:
            self.states.append(body["state"])
            # in docs the states of one operation go one way only
            if strict and self.states != sorted(self.states, key=STATES.index):
                self.problems.append(f"went back: {self.states}")
        count = body.get("operation", {}).get("count", {})
        for name, before in self._count.items():
            if count.get(name, 0) < before:
                self.problems.append(f"{name} fell from {before} to {count.get(name)}")
            self._count[name] = count.get(name, 0)

    async def poll(self, port: int, time_left: Callable[[bool], bool], *, strict: bool) -> None:
        raw = request("GET", f"{PREFIX}import.status", BOSS)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time_left(self.states[-1:] == ["done"]):
            writer.write(raw)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length: ")[2].partition("\r")[0])
            body = await reader.readexactly(length)
            if not head.startswith("HTTP/1.1 200 "):
                self.problems.append(head)
            self.saw(json.loads(body), strict=strict)
        writer.close()
        await writer.wait_closed()


def polled(seconds: int, dialect: str) -> list[Poller]:
    """Poll with 64 clients while an import goes from nothing to done, so long, and at least to its end."""
    scenario = Scenario(users=seconds * 500, users_per_s=1000)
    service = ImportService(scenario, seed=1, clock=WallClock(1), dialect=dialect)
    for step in (service.new, service.add_users, service.run):  # whatever is made once is made now
        step()
    service.reset()
    pollers = [Poller() for _ in range(POLLERS)]

    def time_left(done: bool) -> bool:
        # what a client has seen counts: the import may end between its last answer and here
        return service.clock.now() < (seconds if done else 10 * seconds)

    async def crowd(port: int) -> None:
        strict = dialect == "docs"
        polling = [asyncio.create_task(poller.poll(port, time_left, strict=strict)) for poller in pollers]
        for step in (service.new, service.add_users, service.run):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(step)
        await asyncio.gather(*polling)

    with service.serve(accounts=ACCOUNTS) as server:
        asyncio.run(crowd(server.port))
    return pollers


def check(pollers: list[Poller]) -> None:
    assert [problem for poller in pollers for problem in poller.problems] == []
    # each has seen it run and end, and was not starved
    assert {tuple(poller.states[-2:]) for poller in pollers} == {("importing", "done")}
    assert min(poller.polls for poller in pollers) > 10


@pytest.mark.parametrize("dialect", thinned(["docs", "server-8.3"], {"docs"}))
def test_64_clients_polling(dialect: str) -> None:
    check(polled(2, dialect))


@pytest.mark.long
@pytest.mark.parametrize("dialect", ["docs", "server-8.3"])
def test_64_clients_polling_for_long(dialect: str) -> None:
    check(polled(30, dialect))


def test_a_poller_notices_what_it_should_not_see() -> None:
    poller = Poller()
    for state, completed in (("importing", 50), ("ready", 50), ("importing", 0)):
        body = {"state": state, "operation": {"count": {"completed": completed}}}
        poller.saw(body, strict=True)
    assert poller.problems[0] == "went back: ['importing', 'ready']"
    assert poller.problems[-1] == "completed fell from 50 to 0"


def test_16_writers_at_once_lose_nobody_and_double_nobody() -> None:
    service = ImportService(seed=1)
    writers, calls, each = 16, 12, 5
    failures: list[Any] = []

    def write(writer: int) -> None:
        with httpx.Client(headers=headers, base_url=url) as client:
            for call in range(calls):
                names = [f"{writer}-{call}-{n}" for n in range(each)]
                users = [{"emails": [f"{name}@example.com"], "importIds": [name]} for name in names]
                response = client.post("/api/v1/import.addUsers", json={"users": users})
                if response.status_code != 200:
                    failures.append(response.text)

    with service.serve(accounts=ACCOUNTS) as server:
        url, headers = server.url, server.headers
        httpx.post(f"{url}/api/v1/import.new", headers=headers)
        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        body = httpx.get(f"{url}/api/v1/import.status", headers=headers).json()
    assert failures == []
    assert body["operation"]["count"]["users"] == writers * calls * each
    staged = service.staging["import_id"].tolist()
    names = {f"{w}-{c}-{n}" for w in range(writers) for c in range(calls) for n in range(each)}
    assert (len(staged), set(staged)) == (len(names), names)
    # one client's own calls stay in their order
    first = [name for name in staged if name.startswith("0-")]
    assert first == [f"0-{c}-{n}" for c in range(calls) for n in range(each)]


def rss_kb(pid: int) -> int:
    """Return the memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_a_million_requests_leave_memory_flat() -> None:
    words = ["serve", "--quiet", "--autostart", "--clock", "manual", "--token", BOSS["X-Auth-Token"]]
    headers = {**BOSS, "X-User-Id": "aobEdbYhXfu5hkeqG"}

    def ask(url: str, requests: int) -> None:
        figures = asyncio.run(Load(url, headers, 32, requests).run())
        assert figures["statuses"] == {200: requests}

    command = [sys.executable, "-m", "simimport", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        try:
            url = next(line.strip() for line in process.stdout if line.strip().startswith("http"))
            # the journal is full then, and so are all caches
            ask(url, 150_000)
            before = rss_kb(process.pid)
            for _ in range(10):
                ask(url, 100_000)
            grown = rss_kb(process.pid) - before
        finally:
            process.terminate()
    # An object that is kept of each request would be 50 MB and more; what an allocator settles at takes 2 MB,
    # and stays there for the second million.
    assert grown < 5000, f"{grown} kB more after a million requests"
