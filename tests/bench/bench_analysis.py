"""What analysts wait for: observing a run, and fitting a trace, each against its limit."""

from __future__ import annotations

from collections.abc import Callable

from simimport import Trace, fit, observe, simulate
from tests.bench.table import Row, alternate, duration

OBSERVE_S = 1e-3
#: Where batches stall, each stretch is a mixture over how many did.
FIT_S, STALLS_S = 0.5, 1.0


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: 8,000 users observed each second, and traces of 1,000 answers fitted."""
    rounds = 5 if quick else 15
    run = simulate(seed=1)
    # one that is made anew has its timeline and its users' instants to make too
    several = iter([simulate(seed=seed) for seed in range(50 + rounds * 120)])
    return [
        _limited("observe 8,000 users each second", lambda: observe(run, every_s=1), OBSERVE_S, rounds),
        _limited(
            "the same, of runs not looked at before",
            lambda: observe(next(several), every_s=1), OBSERVE_S, rounds,
        ),
        _limited("fit of 1,000 answers", _fitting(40_000), FIT_S, 3),
        _limited("fit of 1,000 answers, with stalls", _fitting(40_000, stall_rate=0.02), STALLS_S, 3),
    ]


def _fitting(users: int, **fields: float) -> Callable[[], object]:
    run = simulate(users=users, failure_rate=0.05, **fields, seed=1)
    trace = Trace(observe(run, every_s=run.duration_s / 1000)[:1000])
    return lambda: fit(trace)


def _limited(name: str, work: Callable[[], object], limit_s: float, rounds: int) -> Row:
    ours_s, _ = alternate(work, lambda: None, rounds)
    return Row(name, duration(ours_s), f"limit {duration(limit_s)}", limit_s / ours_s, 1)
