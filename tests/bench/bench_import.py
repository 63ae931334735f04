"""One import: `simulate` beside SimPy's worker process, the way one would write it by hand."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simimport import State, simulate
from tests.bench.table import Row, alternate, duration

_BATCH, _RATE, _PER_S, _CV = 50, 0.02, 30.0, 0.5


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: an import of 8,000 users, and of a million."""
    found = [_row(8_000, 8_000, _simulated, "simulate 8,000 users", 80, rounds=9)]
    # a million take SimPy above a second: in a hurry, a tenth is measured and scaled per user
    peers = 100_000 if quick else 1_000_000
    found.append(_row(1_000_000, peers, _simulated, "simulate 1,000,000 users", 100, rounds=3))
    found.append(_row(8_000, 8_000, _answered, "… 8,000, and every answer's counters", 0, rounds=9))
    found.append(_row(8_000, 8_000, _tabulated, "… 8,000, and the frame of snapshots", 12, rounds=9))
    found.append(_row(1_000_000, 100_000, _tabulated, "… 1,000,000, and the frame of snapshots", 0, rounds=3))
    return found


def _row(
    users: int, peers: int, work: Callable[[int], Any], name: str, wanted: float, *, rounds: int
) -> Row:
    ours_s, peer_s = alternate(lambda: work(users), lambda: _by_simpy(peers), rounds)
    scaled_s = peer_s * users / peers
    said = f"SimPy {duration(scaled_s)}" + (f" (measured at {peers:,})" if peers != users else "")
    return Row(name, duration(ours_s), said, scaled_s / ours_s, wanted)


def _simulated(users: int) -> tuple[State, float]:
    run = simulate(users=users, seed=1)
    return run.final, run.duration_s


def _answered(users: int) -> object:
    return simulate(users=users, seed=1).timeline()


def _tabulated(users: int) -> object:
    return simulate(users=users, seed=1).snapshots


def _by_simpy(users: int) -> tuple[float, list[tuple[float, int, int]]]:
    """Simulate one import with one worker; its random numbers are drawn at once, which is its fastest way."""
    import numpy as np
    import simpy

    rng = np.random.default_rng(1)
    times = rng.gamma(_CV**-2, _CV**2 / _PER_S, users).tolist()
    fails = (rng.random(users) < _RATE).tolist()
    published: list[tuple[float, int, int]] = []

    def worker(env: Any) -> Generator[Any, None, None]:
        completed = error = 0
        for seconds, fail in zip(times, fails, strict=True):
            yield env.timeout(seconds)
            if fail:
                error += 1
            else:
                completed += 1
            if (completed + error) % _BATCH == 0:
                published.append((env.now, completed, error))
        published.append((env.now, completed, error))

    env = simpy.Environment()
    env.process(worker(env))
    env.run()
    return env.now, published
