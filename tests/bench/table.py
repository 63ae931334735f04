"""What every benchmark shares: timing two things alternately, and a row of the table."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

#: A round is long enough that one interruption does not decide it, nor what the other one left in the caches:
#: short work is repeated within.
_ROUND_S = 0.05


class Row(NamedTuple):
    """One line: `ratio` is how many times as fast as the peer (or as the limit), and must reach `wanted`.

    Where nothing is promised, and the row is for information, `wanted` is 0.
    """

    work: str
    ours: str
    peer: str
    ratio: float
    wanted: float


def alternate(ours: Callable[[], object], peer: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Return the median seconds of each, run in turn: the machine's own speed drifts within seconds."""
    works = (ours, peer)
    times = [_often(work) for work in works]
    kept: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for seconds, work, number in zip(kept, works, times, strict=True):
            gc.collect()
            seconds.append(_seconds(work, number) / number)
    return statistics.median(kept[0]), statistics.median(kept[1])


def _often(work: Callable[[], object]) -> int:
    """Return how often the work fits into a round, at least once; it is warm then."""
    work()
    return max(1, round(_ROUND_S / max(_seconds(work, 1), 1e-7)))


def _seconds(work: Callable[[], object], number: int) -> float:
    began = time.perf_counter()
    for _ in range(number):
        work()
    return time.perf_counter() - began


def duration(seconds: float) -> str:
    """Return a duration with three figures and a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def verdict(row: Row) -> str:
    """Return ``ok``, ``MISSED``, or nothing where nothing was promised."""
    if not row.wanted:
        return ""
    return "ok" if row.ratio >= row.wanted else "MISSED"


def cells(row: Row) -> tuple[str, ...]:
    """Return a row as it is shown."""
    wanted = f"{row.wanted:g} ×" if row.wanted else "–"
    return row.work, row.ours, row.peer, f"{row.ratio:.3g} ×", wanted, verdict(row)


def aligned(rows: Sequence[Row]) -> str:
    """Return the table for a terminal."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in shown)


def markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


HEAD = ("work", "ours", "peer or limit", "ratio", "wanted", "")
