"""Every public plot of something small that shows all that it can, on axes and in a look as asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from simimport import Run, Scenario, Trace, compare, fit, observe, plots, polling_tradeoff, simulate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CASES", "crashed", "stalled", "swept"]


@cache
def crashed() -> Run:
    return simulate(users=1500, failure_rate=0.1, stall_rate=0.1, crash_rate=1, crash_at=0.9, seed=4)


@cache
def stalled() -> Run:
    return simulate(users=4000, failure_rate=0.05, stall_at=0.6, stall_s=12, seed=7)


@cache
def runs() -> list[Run]:
    return [simulate(users=1500, crash_rate=0.3, seed=seed) for seed in range(12)]


@cache
def trace() -> Trace:
    return Trace(observe(simulate(users=1500, failure_rate=0.05, seed=5), every_s=4))


@cache
def swept() -> pd.DataFrame:
    rows = []
    for rate in (0.0, 0.1, 0.4):
        for slowdown in (0.0, 2.0):
            for seed in range(6):
                run = simulate(users=200, crash_rate=rate, slowdown=slowdown, seed=seed)
                rows.append((rate, slowdown, seed, str(run.final), run.duration_s))
    return pd.DataFrame(rows, columns=["crash_rate", "slowdown", "replicate", "final", "duration_s"])


@cache
def bought() -> pd.DataFrame:
    return polling_tradeoff(Scenario(users=500), every_s=[1, 3, 10], replicates=4)


@cache
def ahead() -> Any:
    return fit(trace()[:8]).forecast(trace()[:8])


@cache
def fitted() -> Any:
    return fit(trace())


@cache
def compared() -> Any:
    return compare(Scenario(users=500), Scenario(users=500, stall_rate=0.1), replicates=20)


def _sweep(*, ax: Axes | None = None, **look: Any) -> Axes:
    return plots.sweep(swept(), "crash_rate", ax=ax, **look)


def _heatmap(*, ax: Axes | None = None, **look: Any) -> Axes:
    return plots.heatmap(swept(), "crash_rate", "slowdown", ax=ax, **look)


CASES: dict[str, Callable[..., Axes]] = {
    "progress": lambda **look: plots.progress(stalled(), **look),
    "states": lambda **look: plots.states(crashed(), **look),
    "outcomes": lambda **look: plots.outcomes(crashed(), **look),
    "batches": lambda **look: plots.batches(crashed(), **look),
    "fan": lambda **look: plots.fan(runs(), **look),
    "sweep": _sweep,
    "heatmap": _heatmap,
    "state_machine": plots.state_machine,
    "staleness": lambda **look: plots.staleness(crashed(), every_s=2, **look),
    "tradeoff": lambda **look: plots.tradeoff(bought(), wanted=60, **look),
    "eta": lambda **look: plots.eta(crashed(), every_s=1, **look),
    "forecast": lambda **look: plots.forecast(ahead(), trace(), **look),
    "check": lambda **look: plots.check(fitted(), **look),
    "comparison": lambda **look: plots.comparison(compared(), **look),
}
