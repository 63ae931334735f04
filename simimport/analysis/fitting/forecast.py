"""What lies ahead of a running import, given what is likely of its parameters: end and failures.

Draws the future as the engine would; estimates nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.ahead import failures_of_users, in_flight, seconds_of_users
from simimport.analysis.fitting.check import Checked
from simimport.analysis.fitting.likely.posterior import Likely
from simimport.analysis.fitting.shown.evidence import Evidence
from simimport.model.columns import frame
from simimport.model.run.timeline import STEP_US
from simimport.model.states import State
from simimport.show.shown import Shown
from simimport.show.words import duration, number, percent, ranged

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Forecast", "forecast", "past", "unknown"]

Floats = NDArray[np.float64]

_COLUMNS = ("processed", "at_s", "low_s", "high_s", "error", "error_low", "error_high")
_SHOWN_BATCHES = 50
_LEAST_S = 1e-6


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
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
        error_high`` (failures by then); from now to the end, at most 52 rows.
    notes : tuple of str
        What it takes for granted, and what it cannot tell; ``end_s`` is infinite where no end is in sight.

    Examples
    --------
    >>> from simimport import Trace, fit, simulate
    >>> tonight = simulate(users=1000, seed=4)
    >>> seen = Trace(tonight.responses())[:12]
    >>> ahead = fit(seen).forecast(seen)
    >>> ahead.now_s < ahead.end_low_s < ahead.end_s < ahead.end_high_s
    True
    >>> ahead.level, ahead.notes
    (0.95, ('nobody interrupts it', 'what is to come is taken to be as what came so far'))
    >>> ahead.bands[["processed", "at_s", "error"]].round(1).tail(2)
        processed  at_s  error
    11        950  38.3   10.0
    12       1000  40.0   10.0
    """

    _card: ClassVar[str] = "simimport.analysis.fitting.cards:forecast"

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


def forecast(
    part: Evidence, likely: Likely, level: float, rng: np.random.Generator,
    checks: Sequence[Checked] = (), *, alone: bool = False, note: str = "",
) -> Forecast:  # fmt: skip
    """Return when an import ends, and with how many failures, given draws of what is likely of it.

    Where the import, or those before, do not look like the model, the bands are wider, and it is noted; also
    if the import is `alone`, so that nothing but itself tells what is likely; and so is a further `note`.
    """
    import pandas as pd

    last, working = part.seen[-1], part.state is State.IMPORTING
    notes = ["nobody interrupts it"] if working else ["nobody interrupts it", "it is run at the last answer"]
    if alone and working:
        slows = ", slowing down as steadily" if np.median(likely.slowdown) > 0 else ""
        notes.append(f"what is to come is taken to be as what came so far{slows}")
    notes += [note] if note else []
    notes += dict.fromkeys(found.note for found in checks if found.rejected)
    since_s = part.since_s if working and math.isfinite(part.since_s) else part.now_s
    groups = _groups_of_users(part)
    likely, first_s = in_flight(part, groups[0][1], likely, part.now_s - since_s, rng)
    future = _Future(part, groups, level, rng)
    wider = max((found.widen_times for found in checks), default=1.0)
    when_s = future.instants(likely, since_s, first_s, wider)
    if not np.isfinite(first_s).all():
        notes.append("the silence is longer than any that the fit explains: when it ends cannot be told")
    many = future.failures(likely, max((found.widen_failures for found in checks), default=1.0))
    bands = pd.DataFrame({"processed": [last.processed, *(high for _, high in groups)]})
    for place, (instant, failures_by_then) in enumerate(zip(_COLUMNS[1:4], _COLUMNS[4:], strict=True)):
        bands[instant] = [since_s, *when_s[place]]
        bands[failures_by_then] = np.array([last.error, *many[place]], dtype=np.float64)
    end_s, low_s, high_s = (when_s[:, -1] + 3 * STEP_US / 1e6).tolist()
    failed, fewest, most = many[:, -1].tolist()
    bands = bands[list(_COLUMNS)]
    return Forecast(end_s, low_s, high_s, failed, fewest, most, level, part.now_s, bands, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Future:
    """What comes of an import, group by group of its batches; the first is the batch in flight."""

    part: Evidence
    groups: list[tuple[int, int]]
    level: float
    rng: np.random.Generator

    def instants(self, likely: Likely, since_s: float, first_s: Floats, wider: float) -> Floats:
        """Return median and band of when each group is done, the first having begun at an instant."""
        when_s = self._by_then(likely, since_s, first_s)
        if not np.isfinite(first_s).all():
            # when it ends is not known, but no sooner than what is left takes from now on
            when_s[1] = self._by_then(likely, self.part.now_s, np.zeros(len(first_s)))[1]
        elif wider > 1:
            # stalls of any length that may come are in the band already, and need no widening
            calm = likely._replace(stall_rate=0 * likely.stall_rate) if likely.scale_s else likely
            left_s = np.maximum(self._by_then(calm, since_s, first_s) - since_s, _LEAST_S)
            # by factors, so that the band begins later than now, and ends the later
            when_s = _covering(when_s, since_s + np.exp(_wider(np.log(left_s), wider)))
        return np.maximum(when_s, self.part.now_s)

    def _by_then(self, likely: Likely, since_s: float, first_s: Floats) -> Floats:
        lasts_s = [seconds_of_users(self.part, low, high, likely, self.rng) for low, high in self.groups[1:]]
        return _median_and_band(since_s + np.cumsum(np.column_stack([first_s, *lasts_s]), axis=1), self.level)

    def failures(self, likely: Likely, wider: float) -> Floats:
        """Return median and band of how many have failed by then."""
        error = self.part.seen[-1].error
        failing = [failures_of_users(self.part, low, high, likely, self.rng) for low, high in self.groups]
        many = _median_and_band(error + np.cumsum(np.column_stack(failing), axis=1), self.level)
        many = _covering(many, _wider(many, wider))
        possible = error + np.array([high for _, high in self.groups]) - self.part.processed
        whole: Floats = np.rint(np.clip(many, error, possible))
        return whole


def past(part: Evidence, level: float) -> Forecast:
    """Return what the answers say of an import that has ended."""
    error = float(part.seen[-1].error) if part.seen else math.nan
    return _without_bands(part, part.ended_s, error, level, f"it has ended: {part.state}")


def unknown(part: Evidence, level: float, note: str) -> Forecast:
    """Return the forecast of which nothing can be said."""
    return _without_bands(part, math.nan, math.nan, level, note)


def _median_and_band(draws: Floats, level: float) -> Floats:
    """Return the median and both ends of the band of each column."""
    # what is infinite cannot be interpolated
    band: Floats = np.quantile(draws, [0.5, (1 - level) / 2, (1 + level) / 2], axis=0, method="nearest")
    return band


def _covering(band: Floats, other: Floats) -> Floats:
    """Return the median of a band, with ends that are as far out as those of either."""
    return np.stack([band[0], np.minimum(band[1], other[1]), np.maximum(band[2], other[2])])


def _wider(band: Floats, times: float) -> Floats:
    """Return a median and its band, whose ends are so many times as far from it, and rise as before."""
    rising: Floats = np.maximum.accumulate(band[0] + times * (band - band[0]), axis=1)
    return rising


def _without_bands(part: Evidence, end_s: float, error: float, level: float, note: str) -> Forecast:
    bands = frame("bands", {name: np.zeros(0) for name in _COLUMNS})
    return Forecast(end_s, end_s, end_s, error, error, error, level, part.now_s, bands, (note,))


def _groups_of_users(part: Evidence) -> list[tuple[int, int]]:
    """Return the batches to come as ranges of users: the one in flight alone, the others in 50 groups."""
    size, n = part.batch_size, part.users
    edges = [*range(part.processed, n, size), n]
    step = max(1, -(-(len(edges) - 2) // _SHOWN_BATCHES))
    return list(pairwise([edges[0], *edges[1:-1:step], n]))
