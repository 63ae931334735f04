"""How odd a running import's present silence is, and how long to wait before giving it up.

Judges healthy imports alone, as they are likely to be; estimates nothing and draws no future.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.ahead import work_of_users
from simimport.analysis.fitting.check import Checked
from simimport.analysis.fitting.likely.posterior import Likely
from simimport.analysis.fitting.likely.unseen import share_of_longer
from simimport.analysis.fitting.shown.evidence import Evidence
from simimport.analysis.fitting.wording import chance
from simimport.analysis.gamma_tail import gamma_sf
from simimport.show.shown import Shown
from simimport.show.words import duration, percent

__all__ = ["Silence", "no_silence", "silence"]

Floats = NDArray[np.float64]

# so many draws tell a mean well enough
_ENOUGH = 500


@dataclass(frozen=True, repr=False)
class Silence(Shown):
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

    Examples
    --------
    >>> from simimport import Trace, fit, simulate
    >>> stuck = simulate(users=1000, stall_at=0.5, stall_s=600, seed=4)
    >>> seen = Trace([(at_s, stuck.status(at_s)) for at_s in range(0, 61, 5)])
    >>> odd = fit(Trace(simulate(users=1000, seed=3).responses())).stall(seen)
    >>> round(odd.silence_s), round(odd.wait_s), odd.probability < 0.01
    (37, 36, True)
    """

    _card: ClassVar[str] = "simimport.analysis.fitting.cards:silence"

    silence_s: float
    probability: float
    wait_s: float
    false_alarms: float
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if math.isnan(self.silence_s):
            return f"<Silence: {'; '.join(self.notes)}>"
        odd = f"as long or longer in {chance(self.probability)} of healthy imports"
        patience = f"wait {duration(self.wait_s)} for {percent(self.false_alarms)} false alarms"
        return f"<Silence of {duration(self.silence_s)}: {'; '.join([odd, patience, *self.notes])}>"


def silence(
    part: Evidence, likely: Likely, false_alarms: float, checks: Sequence[Checked] = ()
) -> Silence:
    """Return how odd the present silence is, given draws of what is likely, and whether the model fits."""
    notes = ["no stall was seen; that some may come counts"] if likely.scale_s else []
    notes += dict.fromkeys(found.note for found in checks if found.rejected)
    likely = likely.rows(np.arange(0, len(likely.speed), max(1, len(likely.speed) // _ENOUGH)))
    silence_s = max(part.now_s - part.since_s, 0.0)
    flushes = max(1, -(-part.users // part.batch_size))
    batch = _Batch(part, likely)
    # how long a silence is so rare is found by bisection, between none and one that is long enough
    low, high = 0.0, max(1.0, silence_s)
    while batch.chance_in_any(high, flushes) > false_alarms:
        high *= 2
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if batch.chance_in_any(middle, flushes) > false_alarms else (low, middle)
    return Silence(silence_s, batch.chance_of_longer(silence_s), high, false_alarms, tuple(notes))


def no_silence(false_alarms: float, note: str) -> Silence:
    """Return the silence of an import that is not at work, or of which nothing is known."""
    return Silence(math.nan, math.nan, math.nan, false_alarms, (note,))


class _Batch:
    """The batch in flight, as a healthy import has it."""

    def __init__(self, part: Evidence, likely: Likely) -> None:
        high = min(part.processed + part.batch_size, part.users) if part.processed < part.users else 0
        low = part.processed if high else max(part.users - part.batch_size, 0)
        self._mean, self._variance = work_of_users(part, low, high or part.users, likely)
        self._likely = likely

    def _usual(self, x: float) -> Floats:
        """Return how likely the batch lasts longer than x seconds, but for stalls that were not seen."""
        works = gamma_sf(np.array(x), self._mean, self._variance)
        stalls = gamma_sf(x - self._likely.stall_s, self._mean, self._variance)
        short, long = self._likely.short_rate, self._likely.long_rate
        usual: Floats = (1 - long) * ((1 - short) * works + short * stalls)
        return usual

    def _longer(self, x: float) -> Floats | float:
        """Return how likely a stall that was not seen is longer than that, if there are such."""
        scale_s = self._likely.scale_s
        return share_of_longer(np.maximum(x - self._mean, 0.0), scale_s) if scale_s else 0.0

    def chance_of_longer(self, x: float) -> float:
        """Return the probability that the batch lasts longer than x seconds."""
        return float((self._usual(x) + self._likely.long_rate * self._longer(x)).mean())

    def chance_in_any(self, x: float, flushes: int) -> float:
        """Return the probability that any of so many batches like it does."""
        none_of_usual = np.exp(flushes * np.log1p(-np.minimum(self._usual(x), 1 - 1e-12)))
        # all stalls of an import are of one length, which is not known: if one is too long, all are
        any_stall = -np.expm1(flushes * np.log1p(-np.minimum(self._likely.long_rate, 1 - 1e-12)))
        return float((1 - none_of_usual * (1 - any_stall * self._longer(x))).mean())
