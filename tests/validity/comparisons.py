"""How often the intervals of `compare` hold the truth, and what it gains to pair, by what is compared.

`compare` is asked with as many seeds as there are comparisons, each of so many pairs; the mean over all of
their pairs is taken as the truth. The gain is how many times as many imports it would take with other seeds
on either side: the variance of a difference without pairs, over that with them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from scipy import stats

from simimport import Scenario, compare, sweep

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CALM = Scenario(users=1000)
_CROWD = Scenario(users=200)
#: What is compared: the first, and what the second has otherwise.
KINDS: Mapping[str, tuple[Scenario, Mapping[str, float]]] = {
    "slower": (_CALM, {"users_per_s": 29.0}),
    "more varied": (_CALM, {"latency_cv": 1.0}),
    "slowing down": (_CALM, {"slowdown": 0.2}),
    "more stalls": (_CALM.replace(stall_rate=0.05), {"stall_rate": 0.06}),
    "more failures": (_CALM, {"failure_rate": 0.025}),
    "more clustered": (_CALM, {"failure_clustering": 0.3}),
    "more interrupted": (_CROWD.replace(cancel_rate=0.2), {"cancel_rate": 0.3}),
    "crashes instead": (_CROWD.replace(cancel_rate=0.2), {"cancel_rate": 0.0, "crash_rate": 0.15}),
}
PAIRS = (20, 200)
MEANS = ("duration_s", "imported", "failed")
SHARES = ("done", "canceled", "error")


class Row(NamedTuple):
    """One line.

    Parameters
    ----------
    kind : str
        Of `KINDS`.
    measure : str
        Of the frame `comparison`; left out where no pair differs.
    pairs : int
        Of each comparison.
    comparisons : int
        How many of them.
    differ : float
        The share of pairs that differ.
    covered : float
        The share of them whose interval holds the truth.
    found : float
        The share of them whose p is at most 0.05.
    gain : float
        How many times as many imports it takes without pairs; infinite where no two pairs differ otherwise.
    """

    kind: str
    measure: str
    pairs: int
    comparisons: int
    differ: float
    covered: float
    found: float
    gain: float


def table(seeds: int = 400, kinds: Sequence[str] = tuple(KINDS), pairs: Sequence[int] = PAIRS) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        first, changes = KINDS[kind]
        second = first.replace(**changes)
        for n in pairs:
            rows += _rows(kind, n, _cells(first, second, n, seeds))
    return rows


Pair = tuple[pd.DataFrame, pd.DataFrame]


def _cells(first: Scenario, second: Scenario, pairs: int, seeds: int) -> list[Pair]:
    """Return both sides of each comparison, as `compare` would simulate them of that seed."""
    swept = (sweep(over=[first, second], replicates=pairs, seed=seed) for seed in range(seeds))
    return [(frame[frame["scenario"] == 0], frame[frame["scenario"] == 1]) for frame in swept]


def _rows(kind: str, pairs: int, cells: Sequence[Pair]) -> list[Row]:
    found = pd.concat([compare(first, second) for first, second in cells])
    rows = []
    for measure in (*MEANS, *SHARES):
        first, second = (_values(pd.concat(side), measure) for side in zip(*cells, strict=True))
        differences = second - first
        if not differences.any():
            continue
        truth, spread = differences.mean(), differences.var()
        gain = (first.var() + second.var()) / spread if spread else math.inf
        told = found.loc[measure]
        # what is the same in all pairs differs by floats alone
        covered = told["low"].le(truth + 1e-9) & told["high"].ge(truth - 1e-9)
        rows.append(Row(kind, measure, pairs, len(cells), float((differences != 0).mean()),
                        float(covered.mean()), float(told["p"].le(0.05).mean()), float(gain)))  # fmt: skip
    return rows


def _values(frame: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    values = frame["final"].eq(measure) if measure in SHARES else frame[measure]
    numbers: NDArray[np.float64] = values.to_numpy(dtype=float)
    return numbers


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised, by more than chance.

    That shares are covered in 0.95 or more; and means in 0.93 or more, where 20 pairs or more are expected to
    differ: what is rare must have been seen.
    """
    return [row for row in rows if not _holds(row)]


def _holds(row: Row) -> bool:
    if row.measure in MEANS and row.differ * row.pairs < 20:
        return True
    least = 0.95 if row.measure in SHARES else 0.93
    return bool(stats.binom(row.comparisons, least).cdf(round(row.covered * row.comparisons)) > 1e-4)
