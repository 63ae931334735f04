"""How often forecasts hold what comes, and by how much their medians err, by kind of import and progress.

From the running import alone, and after one or three others of its kind. The error is that of the time left,
in the median; the end is split by whether a stall was over by then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from tests.analysis.fitting.regimes import REGIMES, forecasts

KINDS = ("steady", "slowing", "stalling", "combined", "half-stalled", "short-stalls", "clustered", "nights-5",
         "nights-20")  # fmt: skip


#: How many nights before.
PAST = (1, 3)


class Row(NamedTuple):
    """One line.

    Parameters
    ----------
    imports : str
        Of `REGIMES`.
    before : int
        How many other imports were known.
    done : float
        The share of the users that was processed.
    imported : int
        How many imports were forecast.
    end, failed : float
        Which share of the bands held the end, and the failed users.
    stalled : float
        In which share a stall was over by then.
    seen, unseen : float
        Which share of the bands of the end held where one was, and where none was; NaN without any such.
    error : float
        Of the time left, relative, in the median.
    """

    imports: str
    before: int
    done: float
    imported: int
    end: float
    failed: float
    stalled: float
    seen: float
    unseen: float
    error: float


def table(
    seeds: int = 200, kinds: Sequence[str] = KINDS, shares: Sequence[float] = (0.1, 0.5, 0.9)
) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        for before in (0, *PAST):
            # of one night before, what matters is how nights differ
            if before == 1 and not kind.startswith("nights"):
                continue
            for share, found in forecasts(REGIMES[kind], range(seeds), shares, before).items():
                end, stalled = np.array(found["end"]), np.array(found["stalled"])
                seen, unseen = (_share(end[chosen]) for chosen in (stalled, ~stalled))
                failed, error = _share(np.array(found["error"])), float(np.median(found["left"]))
                shares_held = _share(end), failed, float(stalled.mean()), seen, unseen
                rows.append(Row(kind, before, share, len(end), *shares_held, error))
    return rows


def _share(held: np.ndarray) -> float:
    return float(held.mean()) if len(held) else math.nan


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised: bands hold in 0.88 or more, stalls seen or not."""
    return [row for row in rows if not _holds(row)]


def _holds(row: Row) -> bool:
    seen = round(row.stalled * row.imported)
    parts = ((row.end, row.imported), (row.failed, row.imported), (row.seen, seen),
             (row.unseen, row.imported - seen))  # fmt: skip
    # of few, what 0.88 would give in all but one of a thousand
    return all(
        round(share * many) >= (0.88 * many if many >= 100 else stats.binom.ppf(1e-3, many, 0.88))
        for share, many in parts if many
    )  # fmt: skip
