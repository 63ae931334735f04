"""How often each check of a fit rejects, and how far its p is from uniform, by kind of import and polls.

Of the model's own imports, which it should hardly ever reject, and of foreign ones; the tests ask for few.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from simimport import Run, Trace, fit
from tests.analysis.fitting.foreign import DIFFERENT, FOREIGN, foreign
from tests.analysis.fitting.regimes import REGIMES, Regime, fitted

if TYPE_CHECKING:
    import pandas as pd


def _undated(trace: Trace, run: Run, seed: int) -> Trace:
    """Return the trace of a server that dates nothing."""
    del run, seed
    answers = [(answer.at_s, copy.deepcopy(answer.body)) for answer in trace]
    for _, body in answers:
        body.get("operation", {}).pop("_updatedAt", None)
    return Trace(answers)


#: How the model's own imports are polled: as their regime has it, regularly, rarely, or without dates.
POLLED: Mapping[str, Callable[[Regime], Regime]] = {
    "irregularly": lambda regime: regime,
    "regularly": lambda regime: replace(regime, jitter_s=0.0),
    "each second": lambda regime: replace(regime, every_s=1.0, jitter_s=0.0),
    "undated": lambda regime: replace(regime, damage=_undated),
}
ANY = "any"
#: So far from uniform may p be: the mean of several draws lies rather in the middle.
_ABOUT = 0.1
KINDS = (*REGIMES, *FOREIGN)
#: Of the foreign kinds that differ, the check that it takes.
TELLING = {"halved": "halves", "diurnal": "order", "AR(1)": "order", "random stalls": "times",
           "changing failures": "failure_halves"}  # fmt: skip


class Row(NamedTuple):
    """One line: of so many fits, how often a check rejects, and how its p is spread.

    Parameters
    ----------
    imports, polled : str
        Of `REGIMES` and `POLLED`, or of `FOREIGN`.
    check : str
        Of the frame `checks`; ``any`` is whether any rejects.
    fits : int
        Of which it is known.
    rejected : float
    below : float
        The share of p up to 0.05.
    distance : float
        The largest distance of the shares of p from uniform.
    """

    imports: str
    polled: str
    check: str
    fits: int
    rejected: float
    below: float
    distance: float


def table(seeds: int = 200, kinds: Sequence[str] = KINDS) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        if kind in FOREIGN:
            rows += rows_of_foreign(kind, range(seeds))
            continue
        for way in POLLED if kind == "steady" else tuple(POLLED)[:1]:
            rows += rows_of_own(kind, way, range(seeds))
    return rows


def rows_of_foreign(kind: str, seeds: Sequence[int]) -> list[Row]:
    """Return the rows of one foreign kind."""
    return _rows(kind, "regularly", [fit(foreign(kind, seed)[0]).check() for seed in seeds])


def rows_of_own(regime: str, way: str, seeds: Sequence[int]) -> list[Row]:
    """Return the rows of one regime of the model's own, polled in one way."""
    kind = POLLED[way](REGIMES[regime])
    several = [range(seed * kind.nights, (seed + 1) * kind.nights) for seed in seeds]
    return _rows(regime, way, [fitted(kind, group).check() for group in several])


def _rows(imports: str, polled: str, tables: Sequence[pd.DataFrame]) -> list[Row]:
    p: dict[str, list[float]] = defaultdict(list)
    rejected: dict[str, list[bool]] = defaultdict(list)
    for found in tables:
        known = found[found["p"].notna()]
        for name, row in known.iterrows():
            p[str(name)].append(float(row["p"]))
            rejected[str(name)].append(row["verdict"] == "does not fit")
        if len(known):
            p[ANY].append(float(known["p"].min() * len(known)))
            rejected[ANY].append(bool((known["verdict"] == "does not fit").any()))
    return [_row((imports, polled, check), p[check], rejected[check]) for check in p]


def _row(names: tuple[str, str, str], p: list[float], rejected: list[bool]) -> Row:
    ordered, n = np.sort(p), len(p)
    steps = np.arange(n + 1) / n
    distance = float(np.maximum(steps[1:] - ordered, ordered - steps[:-1]).max())
    distance = np.nan if names[2] == ANY else distance
    return Row(*names, n, float(np.mean(rejected)), float((ordered <= 0.05).mean()), distance)


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised, by more than chance.

    Of the model's own imports 5 % are rejected, and the shares of p are within a tenth of uniform; of those
    that differ, 80 % are rejected, and 70 % by the check that it takes.
    """
    return [row for row in rows if not (_is_foreign if row.imports in FOREIGN else _is_own)(row)]


def _is_own(row: Row) -> bool:
    if stats.binom(row.fits, 0.05).sf(round(row.rejected * row.fits) - 1) <= 1e-3:
        return False
    # where neighbours err by opposite amounts, sums stray less
    beyond = max(row.distance - _ABOUT, 0.0)
    is_uniform = row.polled == "undated" or stats.kstwo(row.fits).sf(beyond) > 1e-3
    return row.check == ANY or (
        is_uniform and bool(stats.binom(row.fits, 0.06).sf(round(row.below * row.fits) - 1) > 1e-4)
    )


def _is_foreign(row: Row) -> bool:
    if row.imports not in DIFFERENT or row.check not in (ANY, TELLING[row.imports]):
        return True
    least = 0.8 if row.check == ANY else 0.7
    return bool(stats.binom(row.fits, least).cdf(round(row.rejected * row.fits)) > 1e-3)
