"""How often the intervals of `summarize` hold the truth, by the kind of import and the number of runs.

A few thousand simulated imports of each kind are taken as all that there are, so that their mean and their
quantiles are the truth; cells are drawn from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from simimport import Scenario, summarize, sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS: Mapping[str, Scenario] = {
    "steady": Scenario(users=1000),
    "slowing": Scenario(users=1000, slowdown=1.5),
    "one in three stalls": Scenario(users=1000, stall_rate=0.02),
    "one in ten stalls for long": Scenario(users=1000, stall_rate=0.005, stall_s=300.0),
}
RUNS = (2, 3, 5, 10, 20, 50, 200)
MEASURES: Mapping[str, float | None] = {"mean": None, "q05": 0.05, "median": 0.5, "q95": 0.95}
_IMPORTS = 5000
# cells in one frame
_ROWS = 200_000


class Row(NamedTuple):
    """One line of the table: of cells of so many runs, the share whose interval holds the truth.

    `open` is the share of the cells whose interval has an open end: 0, or infinite.
    """

    kind: str
    runs: int
    measure: str
    covered: float
    open: float
    cells: int


def table(
    cells: int = 2000, runs: Sequence[int] = RUNS, kinds: Sequence[str] = tuple(KINDS)
) -> list[Row]:
    """Return the table: a row per kind of import, number of runs, and measure."""
    rows = []
    for kind in kinds:
        durations = everything(kind)
        rng = np.random.default_rng([list(KINDS).index(kind), 15])
        for n in runs:
            rows += _rows(kind, n, cells, durations, rng)
    return rows


@cache
def everything(kind: str) -> NDArray[np.float64]:
    """Return how long all the imports of a kind take, in seconds."""
    durations: NDArray[np.float64] = sweep(
        over={kind: KINDS[kind]}, replicates=_IMPORTS, seed=1
    )["duration_s"].to_numpy()  # fmt: skip
    return durations


def _rows(kind: str, n: int, cells: int, durations: NDArray[np.float64], rng: Any) -> list[Row]:
    each = max(_ROWS // n, 1)
    parts = []
    for first in range(0, cells, each):
        some = min(each, cells - first)
        frame = pd.DataFrame({"scenario": np.repeat(np.arange(some), n), "final": "done", "failed": 0,
                              "duration_s": rng.choice(durations, some * n)})  # fmt: skip
        parts.append(summarize(frame))
    found = pd.concat(parts)
    rows = []
    for measure, share in MEASURES.items():
        truth = durations.mean() if share is None else np.quantile(durations, share, method="inverted_cdf")
        low, high = found[f"{measure}_low_s"], found[f"{measure}_high_s"]
        covered = float(((low <= truth) & (truth <= high)).mean())
        rows.append(Row(kind, n, measure, covered, float(((low == 0) | np.isinf(high)).mean()), cells))
    return rows


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised, by more than chance.

    That ranks cover in 0.95 or more, whatever the law; and means in 0.94 to 0.965, where the runs of a cell
    have seen what is rare.
    """
    return [row for row in rows if not _covers(row)]


def _covers(row: Row) -> bool:
    if row.measure != "mean":
        return _at_least(row, 0.95)
    if row.kind in ("steady", "slowing"):
        most = stats.binom(row.cells, 0.965).sf(round(row.covered * row.cells) - 1) > 1e-4
        return bool(most) and _at_least(row, 0.94)
    seen = 1 - (everything(row.kind) < everything("steady").max()).mean() ** row.runs
    return row.runs == min(RUNS) or _at_least(row, min(seen - 0.01, 0.94))


def _at_least(row: Row, share: float) -> bool:
    return bool(stats.binom(row.cells, share).cdf(round(row.covered * row.cells)) > 1e-4)
