"""How often forecasts hold what comes of imports that no scenario makes, or say that they may not.

After three others of the kind, and at half way also from the running import alone. A forecast that notes
that the model does not fit, or that it takes what is to come to be as what came so far, promises less; of the
others the bands hold. Alone, every forecast takes what is to come so, and has that note.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from simimport import Trace, fit
from tests.analysis.fitting.foreign import FOREIGN, USERS, foreign
from tests.analysis.fitting.regimes import PAST_NIGHTS

KINDS = tuple(FOREIGN)
#: How a note begins that takes something back.
NOTES = ("the model does not fit", "what is to come is taken to be")
#: Where forecasts are made from the running import alone, too.
ALONE = (0.5,)


class Row(NamedTuple):
    """One line.

    Parameters
    ----------
    imports : str
        Of `FOREIGN`.
    before : int
        How many other imports were known.
    done : float
        The share of the users that was processed.
    noted : float
        How many of the forecasts carry a note.
    without : int
        How many carry none.
    held, held_noted : float
        How many of the bands held the end: of those without a note, and of those with one; NaN of none.
    failed : float
        The same of the failed users, without a note.
    """

    imports: str
    before: int
    done: float
    noted: float
    without: int
    held: float
    held_noted: float
    failed: float


def table(
    seeds: int = 200, kinds: Sequence[str] = KINDS, shares: Sequence[float] = (0.1, 0.5, 0.9)
) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        places = [(0, share) for share in shares if share in ALONE]
        places += [(PAST_NIGHTS, share) for share in shares]
        found = [_of_one(kind, seed, places) for seed in range(seeds)]
        for place, (before, share) in enumerate(places):
            columns = zip(*(of_seed[place] for of_seed in found), strict=True)
            noted, end, failed = (np.array(column) for column in columns)
            held = (_share(end[~noted]), _share(end[noted]), _share(failed[~noted]))
            rows.append(Row(kind, before, share, float(noted.mean()), int((~noted).sum()), *held))
    return rows


def _of_one(kind: str, seed: int, places: Sequence[tuple[int, float]]) -> list[tuple[bool, bool, bool]]:
    """Return of one import, at each place, whether a note is there, and whether the bands held."""
    trace, end_s, failed = foreign(kind, seed)
    nights = range(10_000 + seed * PAST_NIGHTS, 10_000 + (seed + 1) * PAST_NIGHTS)
    past = fit([foreign(kind, night)[0] for night in nights])
    rows = []
    for before, share in places:
        part = _until(trace, share * USERS)
        ahead = (past if before else fit(part)).forecast(part)
        noted = any(note.startswith(NOTES) for note in ahead.notes)
        held = ahead.end_low_s <= end_s <= ahead.end_high_s
        rows.append((noted, held, ahead.error_low <= failed <= ahead.error_high))
    return rows


def _until(trace: Trace, users: float) -> Trace:
    """Return the answers until so many users are processed."""
    counts = [answer.body["operation"]["count"] if "operation" in answer.body else {} for answer in trace]
    return trace[: sum(count.get("completed", 0) + count.get("error", 0) <= users for count in counts)]


def _share(held: np.ndarray) -> float:
    return float(held.mean()) if len(held) else math.nan


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised: what carries no note holds in 0.85 or more."""
    some = [row for row in rows if row.without]
    return [row for row in some if round(row.held * row.without) < _least(row.without)]


def _least(many: int) -> float:
    # of few, what 0.85 would give in all but one of a thousand
    return 0.85 * many if many >= 100 else float(stats.binom.ppf(1e-3, many, 0.85))
