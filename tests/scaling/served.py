"""A server and more and more connections: polls a second, and how long the slowest hundredth waits.

Beside it a plain application on the same uvicorn: what connections cost whatever is behind them.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.bench_http import load, served, status_body

__all__ = ["CONNECTIONS", "Polled", "polled"]

#: A server has a thousand connections at once, where the process may open enough files.
CONNECTIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
# so many polls of each that opening it is the least of it, and so many in all
_EACH, _LEAST = 500, 40_000


class Polled(NamedTuple):
    """What came of a load, on ours and on the plain application."""

    connections: int
    per_s: float
    p99_ms: float
    plain_per_s: float


def polled() -> list[Polled]:
    """Return what each number of connections gets."""
    found = []
    with served("ours") as ours, served("plain", status_body(ours)) as plain:
        for connections in CONNECTIONS:
            requests = max(_EACH * connections, _LEAST)
            mine, peers = (load(url, requests, connections=connections) for url in (ours, plain))
            found.append(Polled(connections, mine.per_s, mine.p99_ms, peers.per_s))
    return found
