"""What every benchmark shares: timing two things alternately, and a row of the table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """One line: `ratio` is how many times as fast as the peer (or as the limit), and must reach `wanted`."""

    work: str
    ours: str
    peer: str
    ratio: float
    wanted: float


def alternate(ours: Callable[[], object], peer: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Return the median seconds of each, run in turn: the machine's own speed drifts within seconds."""
    times: tuple[list[float], list[float]] = ([], [])
    ours()
    peer()
    for _ in range(rounds):
        for kept, work in zip(times, (ours, peer), strict=True):
            gc.collect()
            began = time.perf_counter()
            work()
            kept.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def duration(seconds: float) -> str:
    """Return a duration with three figures and a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
