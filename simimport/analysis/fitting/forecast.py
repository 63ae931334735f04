"""What lies ahead of a running import, given what is likely of its parameters: end, failures, silence.

Draws the future as the engine would; estimates nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import gamma_sf
from simimport.analysis.fitting.evidence import Evidence, moments
from simimport.model.run.timeline import STEP_US
from simimport.model.states import State
from simimport.show.words import duration, number, percent, ranged

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Forecast", "Silence", "forecast", "no_silence", "past", "silence", "unknown"]

Floats = NDArray[np.float64]

_COLUMNS = ("processed", "at_s", "low_s", "high_s", "error", "error_low", "error_high")
_SHOWN_BATCHES = 200
# for each draw of the parameters, so many of the batch in flight; those that a silence rules out are dropped
_CANDIDATES = 8
_FEWEST = 50


@dataclass(frozen=True, repr=False)
class Forecast:
    """When an import will end and with how many failures, if nobody interrupts it.

    Parameters
    ----------
    end_s, end_low_s, end_high_s : float
        Median and band of the end, on the trace's own clock, in seconds.
    error, error_low, error_high : float
        Median and band of the published failures at the end, in users.
    level : float
        The probability that a band covers what happens: 0.95.
    now_s : float
        The instant from which it looks ahead: that of the last answer.
    bands : DataFrame
        ``processed`` (users), ``at_s low_s high_s`` (when so many will be published), ``error error_low
        error_high`` (failures by then); from now to the end, at most 201 rows.
    notes : tuple of str
        What it takes for granted, and what it cannot tell; ``end_s`` is infinite where no end is in sight.
    """

    end_s: float
    end_low_s: float
    end_high_s: float
    error: float
    error_low: float
    error_high: float
    level: float
    now_s: float
    bands: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if not len(self.bands):
            return f"<Forecast: {'; '.join(self.notes)}>"
        left_s, low_s, high_s = (at_s - self.now_s for at_s in (self.end_s, self.end_low_s, self.end_high_s))
        end = f"ends in {duration(left_s)} ({ranged(low_s, high_s, duration)})"
        if math.isinf(left_s):
            end = f"no end is in sight, and none within {duration(low_s)}"
        failed = f"{number(self.error)} failed ({ranged(self.error_low, self.error_high)})"
        return f"<Forecast: {end}, {failed}, {percent(self.level)} bands; {'; '.join(self.notes)}>"


@dataclass(frozen=True, repr=False)
class Silence:
    """How odd it is that a trace's counters stand still.

    Parameters
    ----------
    silence_s : float
        Seconds since the last flush, at the last answer; NaN where no import is at work.
    probability : float
        That a healthy import is silent for so long at this point, or longer.
    wait_s : float
        How long a silence to wait out before giving up: a healthy import is silent for longer, before
        any of its flushes, with the probability `false_alarms`. Asked for anew at each flush, it still holds.
    false_alarms : float
        Per import.
    notes : tuple of str
        What it takes for granted.
    """

    silence_s: float
    probability: float
    wait_s: float
    false_alarms: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if math.isnan(self.silence_s):
            return f"<Silence: {'; '.join(self.notes)}>"
        odd = f"as long or longer in {percent(self.probability)} of healthy imports"
        patience = f"wait {duration(self.wait_s)} for {percent(self.false_alarms)} false alarms"
        return f"<Silence of {duration(self.silence_s)}: {odd}; {patience}>"


def forecast(
    part: Evidence, times: Floats, failures: Floats, level: float, rng: np.random.Generator
) -> Forecast:
    """Return when an import ends, and with how many failures.

    `times` and `failures` are draws of what is likely, one per row, as `posterior` gives them.
    """
    import pandas as pd

    last, working = part.seen[-1], part.state is State.IMPORTING
    notes = ["nobody interrupts it"] if working else ["nobody interrupts it", "it is run at the last answer"]
    groups = _groups_of_users(part)
    params, first_s = _in_flight(part, times, rng)
    rest_s = [_seconds_of_users(part, low, high, params, rng) for low, high in groups[1:]]
    since_s = part.since_s if working and math.isfinite(part.since_s) else part.now_s
    at_s = since_s + np.cumsum(np.column_stack([first_s, *rest_s]), axis=1)
    when_s = _median_and_band(at_s, level)
    if not np.isfinite(first_s).all():
        notes.append("the silence is longer than any that the fit explains: when it ends cannot be told")
        # but no sooner than what is left takes from now on
        soonest_s = np.cumsum(np.column_stack([np.zeros(len(params)), *rest_s]), axis=1)
        when_s[1] = _median_and_band(part.now_s + soonest_s, level)[1]
    failing = [_failures_of_users(part, low, high, failures, rng) for low, high in groups]
    error = last.error + np.cumsum(np.column_stack(failing), axis=1)
    many = _median_and_band(error, level)
    bands = pd.DataFrame({"processed": [last.processed, *(high for _, high in groups)]})
    for place, (instant, failures_by_then) in enumerate(zip(_COLUMNS[1:4], _COLUMNS[4:], strict=True)):
        bands[instant] = [since_s, *when_s[place]]
        bands[failures_by_then] = np.array([last.error, *many[place]], dtype=np.float64)
    end_s, low_s, high_s = (when_s[:, -1] + 3 * STEP_US / 1e6).tolist()
    failed, fewest, most = many[:, -1].tolist()
    bands = bands[list(_COLUMNS)]
    return Forecast(end_s, low_s, high_s, failed, fewest, most, level, part.now_s, bands, tuple(notes))


def past(part: Evidence, level: float) -> Forecast:
    """Return what the answers say of an import that has ended."""
    error = float(part.seen[-1].error) if part.seen else math.nan
    return _without_bands(part, part.ended_s, error, level, f"it has ended: {part.state}")


def unknown(part: Evidence, level: float, note: str) -> Forecast:
    """Return the forecast of which nothing can be said."""
    return _without_bands(part, math.nan, math.nan, level, note)


def silence(part: Evidence, times: Floats, false_alarms: float) -> Silence:
    """Return how odd the present silence is, given draws of what is likely."""
    stalls = bool(np.isfinite(times[:, 4]).all())
    notes = () if stalls else ("no stall was seen, so that none is expected",)
    # a hundred of the draws tell their mean well enough
    params = times[:: max(1, len(times) // 100)].tolist()
    silence_s = max(part.now_s - part.since_s, 0.0)
    # If a healthy import is given up before any one of its n flushes with the probability p, it is before
    # some with 1 - (1-p)^n, which is to be `false_alarms`; from there p. How long a silence has it is found
    # by bisection, between none and one that is long enough.
    flushes = max(1, -(-part.users // part.batch_size))
    once = -math.expm1(math.log1p(-false_alarms) / flushes)
    low, high = 0.0, max(1.0, silence_s)
    while _chance_of_longer(part, params, high) > once:
        high *= 2
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _chance_of_longer(part, params, middle) > once else (low, middle)
    return Silence(silence_s, _chance_of_longer(part, params, silence_s), high, false_alarms, notes)


def no_silence(false_alarms: float, note: str) -> Silence:
    """Return the silence of an import that is not at work, or of which nothing is known."""
    return Silence(math.nan, math.nan, math.nan, false_alarms, (note,))


def _median_and_band(draws: Floats, level: float) -> Floats:
    """Return the median and both ends of the band of each column."""
    # what is infinite cannot be interpolated
    band: Floats = np.quantile(draws, [0.5, (1 - level) / 2, (1 + level) / 2], axis=0, method="nearest")
    return band


def _without_bands(part: Evidence, end_s: float, error: float, level: float, note: str) -> Forecast:
    import pandas as pd

    bands = pd.DataFrame({name: np.zeros(0) for name in _COLUMNS})
    return Forecast(end_s, end_s, end_s, error, error, error, level, part.now_s, bands, (note,))


def _groups_of_users(part: Evidence) -> list[tuple[int, int]]:
    """Return the batches to come as ranges of users: the one in flight alone, the others in 200 groups."""
    size, n = part.batch_size, part.users
    edges = [*range(part.processed, n, size), n]
    step = max(1, -(-(len(edges) - 2) // _SHOWN_BATCHES))
    return list(pairwise([edges[0], *edges[1:-1:step], n]))


def _in_flight(part: Evidence, times: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return likely parameters, and with each how long the batch in flight lasts, its silence included.

    Those that the silence contradicts are dropped. If it contradicts nearly all, it is infinite.
    """
    silence_s = part.now_s - part.since_s if part.state is State.IMPORTING else 0.0
    # What is likely, given the silence: draws of the parameters, each with several of the batch's length, and
    # of all of them those that outlast the silence. So they count as often as they foresee it.
    params = np.tile(times, (_CANDIDATES, 1))
    lasts_s = _seconds_of_users(part, *_groups_of_users(part)[0], params, rng)
    # where nobody knows since when, nothing is contradicted
    kept = np.flatnonzero(~(lasts_s <= silence_s))
    if len(kept) < _FEWEST:
        return times, np.full(len(times), np.inf)
    chosen = rng.choice(kept, len(times))
    return params[chosen], lasts_s[chosen]


def _seconds_of_users(
    part: Evidence, low: int, high: int, params: Floats, rng: np.random.Generator
) -> Floats:
    """Return how long users `low` to `high` take, with each draw of the parameters."""
    a, b, c = (float(moment) for moment in moments(part, low, high))
    speed, cv, slow, rate, stall_s = params.T
    mean = np.maximum((a + slow * b) / speed, 1e-9)
    variance = (cv / speed) ** 2 * np.maximum(a + slow * (2 * b + slow * c), 1e-12)
    # the Gamma of that mean and variance, as the fit takes it
    lasts: Floats = rng.standard_gamma(mean**2 / variance) * variance / mean
    batches = -(-high // part.batch_size) - -(-low // part.batch_size)
    lasts += rng.binomial(max(batches, 1), rate) * np.nan_to_num(stall_s)
    return lasts


def _failures_of_users(
    part: Evidence, low: int, high: int, failures: Floats, rng: np.random.Generator
) -> Floats:
    """Return how many of users `low` to `high` fail, with each draw: beta-binomials, batch by batch."""
    sizes = np.array([min(at + part.batch_size, high) - at for at in range(low, high, part.batch_size)])
    rate, rho = failures.T[:, :, None]
    # each batch has a rate of its own, a Beta variable with the mean `rate` and M = (1-ρ)/ρ as its weight
    many = (1 - rho) / np.maximum(rho, 1e-9)
    share = rng.beta(rate * many + 1e-12, (1 - rate) * many + 1e-12, (len(failures), len(sizes)))
    failing: Floats = rng.binomial(sizes, share).sum(axis=1).astype(np.float64)
    return failing


def _chance_of_longer(part: Evidence, params: list[list[float]], x: float) -> float:
    """Return the probability that the batch in flight lasts longer than x seconds."""
    # the mean over the draws; a batch that may stall is a mixture of one that does and one that does not
    users = min(part.batch_size, part.users - part.processed) or part.batch_size
    place = min(part.processed + users / 2, part.users) / max(part.users, 1)
    total = 0.0
    for speed, cv, slow, rate, stall_s in params:
        factor = (1 + slow * place) / speed
        mean, variance = users * factor, users * (cv * factor) ** 2
        chance = gamma_sf(x, mean, variance)
        if math.isfinite(stall_s):
            chance += rate * (gamma_sf(x - stall_s, mean, variance) - chance)
        total += chance
    return total / len(params)
