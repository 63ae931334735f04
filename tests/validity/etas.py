"""How far the estimators `anchored` and `trend` err, and how often the interval of `trend` holds the truth.

By kind of import and by progress, over polls every 5 s from a random instant on; the tests ask for few runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from simimport import Run, Scenario, observe, simulate
from simimport.analysis.estimators import ESTIMATORS
from simimport.analysis.eta import promises

IMPORTS: Mapping[str, Scenario] = {
    "steady": Scenario(),
    "steady, times exponential": Scenario(latency_cv=1.0),
    "slowing to 1.3 times": Scenario(slowdown=0.3),
    "slowing to 2.5 times": Scenario(slowdown=1.5),
    "slowing to 5 times": Scenario(slowdown=4.0),
    "slowing, 1,000 users": Scenario(users=1000, slowdown=1.5),
    "slowing, batches of 200": Scenario(batch_size=200, slowdown=1.5),
    "a twentieth of the batches stall": Scenario(stall_rate=0.05, stall_s=20.0),
    "half of the batches stall": Scenario(stall_rate=0.5, stall_s=20.0),
    "slowing, and a twentieth stall": Scenario(slowdown=1.5, stall_rate=0.05, stall_s=20.0),
}
KINDS = tuple(IMPORTS)
#: Of these the interval is made.
PLAIN = tuple(name for name in IMPORTS if "stall" not in name)

#: The parts of an import by the share of its time that is over.
PARTS = {"all": (0.0, 1.0), "first fifth": (0.0, 0.2), "middle": (0.2, 0.8), "last fifth": (0.8, 1.0)}


class Row(NamedTuple):
    """One line: medians of the error, relative to the time left, and the share of intervals that held it.

    Parameters
    ----------
    imports, part : str
        Of `IMPORTS` and `PARTS`.
    polls : int
        At which both promise something.
    anchored, trend : float
        Their median relative errors.
    rises : float
        How often the promise of `trend` was above that of the poll before.
    coverage : float
        How often the interval of `trend` held the truth, where it has one.
    """

    imports: str
    part: str
    polls: int
    anchored: float
    trend: float
    rises: float
    coverage: float


def table(runs: int = 200, kinds: Sequence[str] = KINDS) -> list[Row]:
    """Return the rows, from the runs of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        polls = pd.concat([_polls_of(simulate(IMPORTS[kind], seed=seed), seed) for seed in range(runs)])
        for part, (begin, end) in PARTS.items():
            here = polls[polls["over"].between(begin, end, inclusive="left")]
            middle, mean = here.median(), here.mean()
            errors = middle["anchored"], middle["trend"]
            rows.append(Row(kind, part, len(here), *errors, mean["rises"], mean["covered"]))
    return rows


def _polls_of(run: Run, seed: int) -> pd.DataFrame:
    """Return what was promised at each poll, and the truth."""
    phase_s = float(np.random.default_rng([seed, 3]).random() * 5)
    observed = observe(run, every_s=5.0, phase_s=phase_s)
    anchored, trend = (promises(observed, ESTIMATORS[name]) for name in ("anchored", "trend"))
    true_s = run.duration_s - trend.at_s
    judged = np.isfinite(trend.left_s) & (true_s > 0)
    before_s = np.append(np.nan, trend.left_s[:-1])
    held = (trend.low_s <= true_s) & (true_s <= trend.high_s)
    polls = pd.DataFrame({
        "over": 1 - true_s / run.importing_s,
        "anchored": np.abs(anchored.left_s - true_s) / true_s,
        "trend": np.abs(trend.left_s - true_s) / true_s,
        "rises": np.where(np.isnan(before_s), np.nan, trend.left_s > before_s + 1e-9),
        "covered": np.where(np.isnan(trend.low_s), np.nan, held),
    })  # fmt: skip
    return polls[judged]


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised.

    That intervals hold the truth in 0.9 or more: of plain imports throughout, of those that stall once one
    was seen; and that `trend` errs hardly more than `anchored`, and by half where imports slow down.
    """
    return [row for row in rows if not _keeps(row)]


def _keeps(row: Row) -> bool:
    if row.imports in PLAIN:
        is_steady = row.imports.startswith("steady")
        near = row.trend <= row.anchored + 0.006 if is_steady else row.trend < row.anchored / 2
        return row.part != "all" or (row.coverage >= 0.9 and near)
    if "slowing" in row.imports:
        return True
    if row.part == "last fifth":
        return row.coverage >= 0.9
    return row.part != "all" or row.trend <= row.anchored * 1.4
