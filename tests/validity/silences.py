"""How often healthy imports would be given up on, who waits as long as `stall` says.

Asked at four places of an import, and between them in proportion; the rate is worked out from the truth, not
counted.
After three nights of the kind, and, as there no wait can be right for every import, alone over imports as
they are thought of beforehand: eleven of twenty never stall, the others as `unseen` states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport import Scenario, fit
from simimport.analysis.fitting.likely.unseen import drawn_lengths
from simimport.analysis.gamma_tail import gamma_sf
from tests.analysis.fitting.regimes import PAST_NIGHTS, REGIMES, Regime, cut, fitted, nights_before

Floats = NDArray[np.float64]

#: Imports as they are thought of beforehand, of which nothing is known but what they show.
BEFOREHAND = "as thought of beforehand"
KINDS = ("steady", "slowing", "stalling", "half-stalled", "short-stalls", "nights-5", "nights-20", BEFOREHAND)
_SHARES = (0.03, 0.3, 0.7, 0.97)


class Row(NamedTuple):
    """One line.

    Parameters
    ----------
    imports : str
        Of `REGIMES`, or as thought of beforehand.
    before : int
        How many other imports were known.
    asked : float
        The rate of false alarms that was asked for, per import.
    found : float
        The rate that the waits would have led to, in the mean.
    wait_s : float
        The wait, in the median.
    """

    imports: str
    before: int
    asked: float
    found: float
    wait_s: float


def table(
    seeds: int = 200, kinds: Sequence[str] = KINDS, asked: Sequence[float] = (0.1, 0.01)
) -> list[Row]:
    """Return the rows, of the seeds 0, 1, 2 and so on."""
    rows = []
    for kind in kinds:
        before = 0 if kind == BEFOREHAND else PAST_NIGHTS
        found = np.array([_rates(kind, asked, before, seed) for seed in range(seeds)])
        for place, rate in enumerate(asked):
            rates, waits = found[:, place].T
            rows.append(Row(kind, before, rate, float(np.mean(rates)), float(np.median(waits))))
    return rows


def _rates(kind: str, asked: Sequence[float], before: int, seed: int) -> list[tuple[float, float]]:
    """Return the rates of false alarms that the waits for one import lead to, and their medians, by rate."""
    regime = _thought_of(seed) if kind == BEFOREHAND else REGIMES[kind]
    run = regime.run(seed)
    trace = regime.watched(run, seed)
    found = fitted(regime, nights_before(seed)) if before else fit([])
    parts = [cut(trace, run, share) for share in _SHARES]
    rows = []
    for rate in asked:
        waits = np.array([found.stall(part, false_alarms=rate).wait_s for part in parts])
        rows.append((_given_up(run.scenario, waits), float(np.median(waits))))
    return rows


def _given_up(scenario: Scenario, waits: Floats) -> float:
    """Return how likely any batch of an import lasts longer than the wait at its place."""
    batches = -(-scenario.users // scenario.batch_size)
    middle = (np.arange(batches) + 0.5) / batches
    factor = (1 + scenario.slowdown * middle) / scenario.users_per_s
    mean = scenario.batch_size * factor
    variance = scenario.batch_size * (scenario.latency_cv * factor) ** 2
    wait_s = np.interp(middle, _SHARES, waits)
    longer = gamma_sf(wait_s, mean, variance)
    if scenario.stall_rate:
        stalled = gamma_sf(wait_s - scenario.stall_s, mean, variance)
        longer = (1 - scenario.stall_rate) * longer + scenario.stall_rate * stalled
    return float(-np.expm1(np.log1p(-longer).sum()))


def _thought_of(seed: int) -> Regime:
    rng = np.random.default_rng([seed, 7])
    if rng.random() < 0.55:
        return Regime()
    batch_s = 50 / 30
    length_s = float(drawn_lengths(6 * batch_s, rng.random(1))[0])
    return Regime(Scenario(stall_rate=float(rng.beta(0.5, 1.5)), stall_s=round(min(length_s, 3600.0), 3)))


def broken(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that break what is promised: a rate within a factor of 3 of what was asked."""
    return [row for row in rows if not row.asked / 3 <= row.found <= 3 * row.asked]
