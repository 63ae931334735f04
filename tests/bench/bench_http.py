"""Polls per second over HTTP, keep-alive, 32 connections: `simimport serve` beside pytest-httpserver.

And beside the same uvicorn with an application that does nothing but look at both headers, write a line down,
and send bytes that are always the same. Each server is a process of its own, and so is the client. The Node
peers were measured once, by hand, with another client; their rows are for information.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest_httpserver  # noqa: F401 - the peer; where it is missing, the table says so

from tests.bench.table import Row

__all__ = ["CONNECTIONS", "HEADERS", "Measured", "load", "rows", "served", "status_body"]

CONNECTIONS = 32
WANTED = 3
#: Of what the plain application reaches.
WANTED_OF_PLAIN = 0.92
_TOKEN = "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq"  # noqa: S105 - the documentation page's
HEADERS = {"X-Auth-Token": _TOKEN, "X-User-Id": "aobEdbYhXfu5hkeqG"}
#: Requests per second of peers that are not measured here, beside pytest-httpserver's of that day: what
#: counts is the ratio, because no two machines are alike, and none is for long.
NODE = {"Prism mock": 4700, "json-server": 3100, "Mockoon CLI": 720}
PYTEST_HTTPSERVER = 3000
_PEER = f"""\
import logging, sys
from pytest_httpserver import HTTPServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request would slow it
server = HTTPServer()
server.expect_request("/api/v1/import.status", headers={HEADERS!r}).respond_with_data(
    open(0).read(), content_type="application/json")
server.no_handler_status_code = 401
server.start()
print(server.url_for("/api/v1/import.status"), flush=True)
server.server_thread.join()
"""
_PLAIN = f"""\
import collections, socket, uvicorn
body, kept = open(0, "rb").read(), collections.deque(maxlen=100_000)
user_id, token = {tuple(value.encode() for value in reversed(HEADERS.values()))!r}
start = {{"type": "http.response.start", "status": 200, "headers": [
    (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]}}
async def application(scope, receive, send):
    fields = dict(scope["headers"])
    if fields.get(b"x-user-id") != user_id or fields.get(b"x-auth-token") != token:
        raise ValueError(fields)
    kept.append((scope["path"], fields.get(b"x-user-id"), 200))
    await send(start)
    await send({{"type": "http.response.body", "body": body}})
listening = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{{listening.getsockname()[1]}}/api/v1/import.status", flush=True)
uvicorn.Server(uvicorn.Config(application, http="httptools", loop="uvloop", ws="none", lifespan="off",
    interface="asgi3", proxy_headers=False, access_log=False, log_level="error")).run([listening])
"""
_SERVE = ["-m", "simimport", "serve", "--quiet", "--clock", "manual", "--token", _TOKEN]
_PROGRAMS = {
    "ours": [*_SERVE, "--autostart", "--users", "2000", "--seed", "1"],
    "calls": [*_SERVE, "--max-body", "100000000"],
    "peer": ["-c", _PEER],
    "plain": ["-c", _PLAIN],
}  # fmt: skip


class Measured(NamedTuple):
    """What came of a load."""

    per_s: float
    p99_ms: float


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: beside two servers in the same run, and beside what Node's tools reached."""
    rounds, requests = (3, 15_000) if quick else (7, 40_000)
    kept: dict[str, list[Measured]] = {name: [] for name in ("ours", "peer", "plain")}
    with (
        served("ours") as ours,
        served("peer", status_body(ours)) as peer,
        served("plain", status_body(ours)) as plain,
    ):
        for _ in range(rounds):
            kept["ours"].append(load(ours, requests))
            kept["peer"].append(load(peer, requests // 5))
            kept["plain"].append(load(plain, requests))
    ours_s, peer_s, plain_s = (statistics.median(m.per_s for m in each) for each in kept.values())
    shown = f"{ours_s:,.0f}/s, p99 {statistics.median(m.p99_ms for m in kept['ours']):.1f} ms"
    shown_peer = f"pytest-httpserver {peer_s:,.0f}/s"
    ratio = ours_s / peer_s
    shown_plain = f"a plain application on the same uvicorn {plain_s:,.0f}/s"
    beside = [
        Row("polls over HTTP, 32 connections", shown, shown_peer, ratio, WANTED),
        Row("…", shown, shown_plain, ours_s / plain_s, WANTED_OF_PLAIN),
    ]
    for name, per_s in NODE.items():
        by_hand = per_s / PYTEST_HTTPSERVER
        beside.append(Row("…", shown, f"{name}, once {by_hand:.2g} × that", ratio / by_hand, 0))
    return beside


@contextmanager
def served(name: str, given: str = "") -> Iterator[str]:
    """Return the URL that a server prints, while it runs: but for that of `calls`, its import.status."""
    with subprocess.Popen(
        [sys.executable, *_PROGRAMS[name]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(given)
            process.stdin.close()
            yield next(line.strip() for line in process.stdout if line.strip().startswith("http"))
        finally:
            process.terminate()


def load(url: str, requests: int, *, connections: int = CONNECTIONS) -> Measured:
    """Ask so often, on so many connections; every answer must be a success."""
    command = [sys.executable, "-m", "tests.bench.http_load", url, f"--connections={connections}"]
    done = subprocess.run(
        [*command, f"--requests={requests}"], input=json.dumps(HEADERS), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    if told["statuses"] != {"200": requests}:
        raise RuntimeError(f"{url} answered {told['statuses']}")
    return Measured(told["per_s"], told["p99_ms"])


def status_body(url: str) -> str:
    """Return what ours answers, so that the peer answers the same."""
    import httpx

    return httpx.get(url, headers=HEADERS).text
