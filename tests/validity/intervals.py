"""How often the intervals of `fit` hold the truth, by kind of import and parameter.

Of the estimates that are told, at 95 % and at 50 %; a parameter at its bound (no slowdown, no stalls) is
held always. What is not told where there is nothing to know, as the length of stalls that never come, is
right too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.analysis.fitting.regimes import ALWAYS, REGIMES, coverage

KINDS = tuple(REGIMES)
#: Of fewer intervals no share can be told.
_MANY = 100


class Row(NamedTuple):
    """One line.

    Parameters
    ----------
    imports : str
        Of `REGIMES`.
    parameter : str
        With ``no`` before it, where nothing is to be told.
    told : int
        How often it was.
    held_95, held_50 : float
        Which share of the intervals held the truth.
    """

    imports: str
    parameter: str
    told: int
    held_95: float
    held_50: float


def table(seeds: int = 200, kinds: Sequence[str] = KINDS) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        held = coverage(REGIMES[kind], range(seeds))
        for (name, level), wide in held.items():
            if level == 0.95:
                narrow = held[name, 0.5]
                rows.append(Row(kind, name, len(wide), sum(wide) / len(wide), sum(narrow) / len(narrow)))
    return rows


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised: 95 % hold in 0.9 or more, 50 % in 0.4 to 0.62."""
    told = [row for row in rows if row.told >= _MANY]
    return [
        row for row in told
        if row.held_95 < 0.9 or not (row.parameter in ALWAYS or 0.4 <= row.held_50 <= 0.62)
    ]  # fmt: skip
