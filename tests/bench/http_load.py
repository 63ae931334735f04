"""`python -m tests.bench.http_load`: ask one URL over and over on kept connections, and tell how it went.

A process of its own, so that it and the server do not share an interpreter. The same client for everybody.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import httptools


class Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the one before is whole."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._transport: Any = None
        self._parser: Any = None
        self._asked_s = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._asked_s = time.perf_counter()
        self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        again = self._load.answered(self._parser.get_status_code(), time.perf_counter() - self._asked_s)
        if not again:
            self._transport.close()
        elif self._parser.should_keep_alive():
            # not from inside the parser that is being replaced
            asyncio.get_running_loop().call_soon(self._ask)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self)


class Load:
    """All connections, and what came of them."""

    def __init__(self, url: str, headers: dict[str, str], connections: int, requests: int) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), parts.port or 80
        lines = [f"GET {parts.path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.request = "\r\n".join([*lines, "", ""]).encode()
        self._connections, self._requests = connections, requests
        self._asked = connections
        self._open = connections
        self._over = asyncio.Event()
        self.statuses: dict[int, int] = {}
        self.waits_s: list[float] = []
        # kept, or the loop may drop them
        self._connecting: set[asyncio.Task[Any]] = set()

    def answered(self, status: int, wait_s: float) -> bool:
        """Take note of an answer; return whether there is one more to ask for."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.waits_s.append(wait_s)
        self._asked += 1
        return self._asked <= self._requests

    def lost(self, client: Client) -> None:
        """Take note of a closed connection, and open another while there is something to ask for."""
        if sum(self.statuses.values()) < self._requests and self._asked <= self._requests:
            self._connect()
            return
        self._open -= 1
        if not self._open:
            self._over.set()

    def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.create_connection(lambda: Client(self), self._host, self._port))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def run(self) -> dict[str, Any]:
        """Ask, and return what came of it."""
        began = time.perf_counter()
        for _ in range(self._connections):
            self._connect()
        await self._over.wait()
        seconds = time.perf_counter() - began
        waits = sorted(self.waits_s)
        return {
            "per_s": len(waits) / seconds,
            "p99_ms": waits[len(waits) * 99 // 100] * 1000,
            "statuses": self.statuses,
        }


async def main() -> None:
    parser = argparse.ArgumentParser(description="Ask one URL over and over.")
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=10_000)
    options = parser.parse_args()
    # on standard input, where no list of processes shows them
    headers = json.load(sys.stdin)
    print(json.dumps(await Load(options.url, headers, options.connections, options.requests).run()))


if __name__ == "__main__":
    try:
        import uvloop
    except ModuleNotFoundError:
        asyncio.run(main())
    else:
        uvloop.run(main())
