"""Sweeps: ten thousand imports on one core beside SimPy, and a hundred thousand on two cores beside one."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from simimport import sweep
from simimport.realtime import monotonic
from tests.bench.bench_import import _by_simpy
from tests.bench.table import Row, duration

_OVER = {"failure_rate": [0.02]}
_PEERS = 20


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: one core beside SimPy; two beside one; Dask, where it is installed, beside one."""
    found = [_beside_simpy(2_000 if quick else 10_000)]
    runs = 20_000 if quick else 100_000
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        found.append(_beside_one("two processes", pool, runs, 1.7))
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        return found
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        found.append(_beside_one("Dask, two local workers", client.get_executor(), runs, 0))
    return found


def _beside_simpy(runs: int) -> Row:
    # in turns of a tenth each, as the machine's own speed drifts
    ours, peer = [], []
    for part in range(10):
        ours.append(_seconds(lambda part=part: _swept(runs // 10, None, part)) / (runs // 10))
        peer.append(_seconds(lambda: [_by_simpy(8_000) for _ in range(_PEERS)]) / _PEERS)
    ours_s, peer_s = statistics.median(ours) * runs, statistics.median(peer) * runs
    work = f"sweep {runs:,} imports of 8,000, one core"
    return Row(work, duration(ours_s), f"SimPy {duration(peer_s)}", peer_s / ours_s, 60)


def _beside_one(name: str, executor: Executor, runs: int, wanted: float) -> Row:
    """Return the row of an executor; warm, and in turn with one core."""
    _swept(2_000, executor, 0)
    ours, one = [], []
    for part in range(3):
        ours.append(_seconds(lambda part=part: _swept(runs, executor, part)))
        one.append(_seconds(lambda part=part: _swept(runs, None, part)))
    ours_s, one_s = statistics.median(ours), statistics.median(one)
    work, peer = f"sweep {runs:,}, {name}", f"one core {duration(one_s)}"
    return Row(work, duration(ours_s), peer, one_s / ours_s, wanted)


def _swept(runs: int, executor: Executor | None, seed: int) -> Any:
    return sweep(over=_OVER, replicates=runs, seed=seed, executor=executor, progress=False)


def _seconds(work: Callable[[], object]) -> float:
    began = monotonic()
    work()
    return monotonic() - began
