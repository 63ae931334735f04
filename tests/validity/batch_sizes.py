"""How often the batch size is found from the counts of a trace, and how often what is certain is wrong.

Imports of random sizes, speeds, lengths and stalls, polled regularly or not; the tests ask for few of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from simimport import observe, simulate
from simimport.analysis.fitting.shown.batch_size import likeliest_size

#: Which sizes: that of servers, round ones as people choose them, and any.
KINDS = ("50", "round", "any")
#: How the steps between counts are: all of one length, or not.
STEPS = ("alike", "varied")
#: After how many distinct counts it is asked.
COUNTS = (1, 2, 3, 5, 8, 12, 20, 50)
_ROUND = (10, 20, 25, 100, 200, 250, 500, 1000)


class Row(NamedTuple):
    """One line: of traces that show so many distinct counts, shares.

    Parameters
    ----------
    size, steps : str
        Of `KINDS` and `STEPS`.
    counts, traces : int
        Distinct counts, and traces that show so many.
    misled : float
        Those whose counts have a greatest common divisor above the batch size.
    found, named : float
        Those of which the likeliest size is right, and those of which that or one of the others is.
    certain, wrong : float
        Those that are called certain, and of these the wrong.
    """

    size: str
    steps: str
    counts: int
    traces: int
    misled: float
    found: float
    named: float
    certain: float
    wrong: float


def table(traces: int = 2000, kinds: Sequence[str] = KINDS, counts: Sequence[int] = COUNTS) -> list[Row]:
    """Return the rows: of so many imports for each kind of size."""
    rows = []
    for size in kinds:
        rng = np.random.default_rng([KINDS.index(size), 16])
        found = defaultdict(list)
        for _ in range(traces):
            right, users, seen, polls = _draw(size, rng)
            for n in counts:
                if len(seen) >= n:
                    varied = len(set(np.diff(seen[:n], prepend=0))) > 1
                    found[STEPS[varied], n].append(_verdict(seen[:n], users, polls[: n - 1], right))
        for (steps, n), verdicts in sorted(found.items()):
            misled, likeliest, named, certain, wrong = np.mean(verdicts, axis=0)
            share = wrong / certain if certain else np.nan
            rows.append(Row(size, steps, n, len(verdicts), misled, likeliest, named, certain, share))
    return rows


def _verdict(
    seen: np.ndarray, users: int, polls: np.ndarray, right: int
) -> tuple[bool, bool, bool, bool, bool]:
    size, is_certain, others = likeliest_size(seen, users, polls)
    misled = bool(np.gcd.reduce(seen) != right)
    return misled, size == right, right in (size, *others), is_certain, is_certain and size != right


def _draw(size: str, rng: np.random.Generator) -> tuple[int, int, np.ndarray, np.ndarray]:
    """Return a batch size, the users, the distinct counts that a client saw, and the polls between them."""
    batch = {"50": 50, "round": int(rng.choice(_ROUND)), "any": int(rng.integers(2, 1000))}[size]
    users = batch * int(rng.integers(3, 150)) + int(rng.integers(0, batch))
    speed, every_s = float(rng.choice((10, 20, 25, 30, 40, 50))), float(rng.choice((1, 2, 5, 10, 30)))
    if rng.random() < 0.5:
        speed *= float(rng.uniform(0.7, 1.4))
    cv, late = float(rng.choice((0.0, 0.1, 0.2, 0.5, 1.0))), float(rng.choice((0.0, 0.1, 0.5, 1.0)))
    seed, stalls = int(rng.integers(2**31)), float(rng.choice((0.0, 0.0, 0.0, 0.05, 0.5)))
    fields = {"users_per_s": speed, "latency_cv": cv, "stall_rate": stalls, "stall_s": 20.0}
    run = simulate(users=users, batch_size=batch, **fields, seed=seed)
    phase_s = float(rng.random() * every_s)
    observed = observe(run, every_s=every_s, jitter_s=late * every_s, phase_s=phase_s, seed=seed)
    at_work = observed[observed["state"] == "importing"]
    processed = (at_work["completed"] + at_work["error"]).to_numpy(dtype=np.int64)
    polls = np.diff(np.flatnonzero(np.diff(processed)))
    processed = np.unique(processed)
    return batch, users, processed[(processed > 0) & (processed < users)], polls


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised, all of them where all together do.

    That of what is certain 1 % is wrong or less; that the size is named in 0.985 or more; that it is certain
    in 0.85 or more where eight or more counts or their steps vary; and that nothing is after one count.
    """
    first = [row for row in rows if row.counts == 1 and row.certain]
    certain = _sum(rows, lambda row: row.certain)
    wrong = _sum([row for row in rows if row.certain], lambda row: row.certain * row.wrong)
    varied = [row for row in rows if row.steps == "varied" and row.counts >= 8]
    kept = (
        wrong <= 0.01 * certain,
        _sum(rows, lambda row: row.named) >= 0.985 * _sum(rows, lambda row: 1.0),
        _sum(varied, lambda row: row.certain) >= 0.85 * _sum(varied, lambda row: 1.0),
    )
    return first if all(kept) else [*first, *rows]


def _sum(rows: Sequence[Row], share: Callable[[Row], float]) -> float:
    return sum(share(row) * row.traces for row in rows)
