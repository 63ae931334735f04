"""What traces leave likely of all parameters: draws of each, and notes on what they cannot tell.

Hands what `evidence` found to `posterior_times` and `posterior_failures`. Estimates nothing: that is `fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.nights import NIGHT_CV
from simimport.analysis.fitting.likely.posterior_failures import Failures, FailuresDrawn, posterior_failures
from simimport.analysis.fitting.likely.posterior_times import (
    LEAST_STRETCHES,
    TimesDrawn,
    posterior_times,
)
from simimport.analysis.fitting.likely.stretches import Shared, Stretches
from simimport.analysis.fitting.likely.unseen import rates_of_long, stall_scale_s
from simimport.analysis.fitting.shown.evidence import Evidence, moments, timed
from simimport.show.words import duration, number, percent

__all__ = ["FAILURES", "TIMES", "Likely", "Posterior", "counted_failures", "posterior", "timed_stretches"]

Floats = NDArray[np.float64]

#: The parameters in the order in which they are shown.
TIMES = ("users_per_s", "night_cv", "latency_cv", "slowdown", "stall_rate", "stall_s")
FAILURES = ("failure_rate", "failure_clustering")

# stalls are seen if there are none with at most this probability
_UNSEEN = 0.05
# a stall stands out of the stretches if it is so many of their deviations long
_STANDS_OUT = 3.0


class Likely(NamedTuple):
    """Draws of the parameters of one import, seen or to come; one number per draw.

    Parameters
    ----------
    speed, cv, slowdown, stall_rate, stall_s : ndarray of float64
        As in `Scenario`; both of stalls are 0 where there are none.
    failure_rate, clustering : ndarray of float64
    long_rate : ndarray of float64
        Where no stalls were seen, how likely a batch stalls for longer than batches take; else 0.
    scale_s : float
        Where no stalls were seen, the scale of what is thought of their lengths beforehand; else 0.
    """

    speed: Floats
    cv: Floats
    slowdown: Floats
    stall_rate: Floats
    stall_s: Floats
    failure_rate: Floats
    clustering: Floats
    long_rate: Floats
    scale_s: float

    @property
    def short_rate(self) -> Floats:
        """How likely a batch stalls for `stall_s`, but for the long ones that were not seen."""
        return np.where(self.long_rate == self.stall_rate, 0.0, self.stall_rate)

    def rows(self, chosen: NDArray[np.int64]) -> Likely:
        """Return some of the draws."""
        speed, cv, slowdown, stall_rate, stall_s, rate, clustering, long_rate = (
            column[chosen] for column in self[:-1]
        )
        return Likely(speed, cv, slowdown, stall_rate, stall_s, rate, clustering, long_rate, self.scale_s)


@dataclass(eq=False)
class Posterior:
    """Draws of what is likely, and what they cannot tell.

    Parameters
    ----------
    times, failures : TimesDrawn and FailuresDrawn, or None
        None where there was nothing to go by.
    timed, counted : tuple of int
        Which of the traces have columns there, in their order.
    stalls : bool
        Whether stalls were seen.
    scale_s, batches : float
        Of the lengths of stalls before any is seen; and how many batches were seen in all.
    notes : dict of str to str
        By parameter, what the traces cannot tell, and what is assumed instead.
    """

    times: TimesDrawn | None = None
    failures: FailuresDrawn | None = None
    timed: tuple[int, ...] = ()
    counted: tuple[int, ...] = ()
    stalls: bool = False
    scale_s: float = 0.0
    batches: float = 0.0
    notes: dict[str, str] = field(default_factory=dict)

    def draws_of(self, name: str) -> Floats | None:
        """Return the draws of one parameter; None where the traces cannot tell it.

        Of one import the speed and the failure rate are its own, of several those of their kind.
        """
        if name in self.notes:
            return None
        if self.times is not None and name in TIMES:
            shared, levels = self.times[:2]
            own = levels.log_speeds[:, 0] if len(self.timed) == 1 else levels.log_speed
            if name == "users_per_s":
                return np.exp(own)
            columns = (levels.deviation, shared.cv, shared.slowdown, shared.stall_rate, shared.stall_s)
            return columns[TIMES.index(name) - 1]
        if self.failures is not None and name in FAILURES:
            logit = self.failures.logit_rates[:, 0] if len(self.counted) == 1 else self.failures.logit_rate
            return _share(logit) if name == "failure_rate" else self.failures.clustering
        return None

    def likely(self, place: int | None, rng: np.random.Generator) -> Likely | None:
        """Return the parameters of the import of one of the traces, or of another of their kind."""
        if self.times is None or self.failures is None:
            return None
        shared, levels = self.times[:2]
        if place in self.timed:
            log_speed = levels.log_speeds[:, self.timed.index(place)]
        else:
            log_speed = levels.log_speed + levels.deviation * rng.standard_normal(len(levels.log_speed))
        if place in self.counted:
            logit = self.failures.logit_rates[:, self.counted.index(place)]
        else:
            middle, deviation = self.failures.logit_rate, self.failures.deviation
            logit = middle + deviation * rng.standard_normal(len(middle))
        rate = _share(logit)
        long_rate, scale_s = self.unseen_stalls(shared, self.batches, rng)
        return Likely(np.exp(log_speed), *shared, rate, self.failures.clustering, long_rate, scale_s)

    def unseen_stalls(
        self, shared: Shared, batches: float, rng: np.random.Generator
    ) -> tuple[Floats, float]:
        """Return the rate of long stalls and the scale of their lengths, as `Likely` has them."""
        if self.stalls:
            return np.zeros(len(shared.stall_rate)), 0.0
        return rates_of_long(shared, self.scale_s, batches, rng), self.scale_s


def posterior(parts: Sequence[Evidence], seed: int) -> Posterior:
    """Return what is likely of the parameters behind several traces, taken as imports of one kind."""
    found = Posterior()
    # two streams, so that neither shifts the other
    _add_times(found, parts, np.random.default_rng([seed, 1]))
    _add_failures(found, parts, np.random.default_rng([seed, 2]))
    return found


def _share(logit: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-logit))
    return share


def _add_times(found: Posterior, parts: Sequence[Evidence], rng: np.random.Generator) -> None:
    stretches, found.timed = timed_stretches(parts)
    notes = found.notes
    if not len(stretches):
        notes.update(dict.fromkeys(TIMES, "no stretch between two flushes was seen"))
        return
    found.times = posterior_times(stretches, rng)
    shared, levels = found.times[:2]
    found.scale_s, found.batches = stall_scale_s(stretches), float(stretches.batches.sum())
    found.stalls = float(np.mean(shared.stall_rate == 0)) < _UNSEEN
    dated = any(part.dated for part in parts)
    if len(found.timed) == 1:
        notes["night_cv"] = f"one import cannot tell how others differ; {percent(NIGHT_CV)} is thought usual"
    # the work's own deviation, of a stretch as they are, and that of its ends
    work_s = np.median(shared.cv) / np.exp(np.median(levels.log_speed)) * np.sqrt(np.median(stretches.a))
    noise_s = float(np.sqrt(np.median(stretches.noise_s2)))
    if len(stretches) < LEAST_STRETCHES:
        seen = f"{number(len(stretches))}, not {number(LEAST_STRETCHES)}"
        few = f"too few stretches between flushes were seen: {seen}"
        notes["latency_cv"] = few
        notes["slowdown"] = f"{few}; it is taken as 0"
    elif not dated and work_s < noise_s:
        notes["latency_cv"] = "without _updatedAt, polls are too far apart to tell it"
    if not found.stalls:
        shortest = duration(_STANDS_OUT * float(np.hypot(work_s, noise_s)))
        hidden = "" if dated else ", as there is no _updatedAt"
        notes["stall_s"] = f"no stall was seen; stalls shorter than {shortest} cannot be told{hidden}"


def timed_stretches(parts: Sequence[Evidence]) -> tuple[Stretches, tuple[int, ...]]:
    """Return the stretches whose length is known, with the sums over their users; and whose they are."""
    rows = [timed(part) for part in parts]
    places = tuple(place for place, row in enumerate(rows) if len(row.seconds))
    columns = [
        (*moments(parts[place], rows[place].first, rows[place].last), *rows[place][2:]) for place in places
    ]
    lengths = [len(rows[place].seconds) for place in places]
    begins = np.cumsum([0, *lengths])[:-1]
    a, b, c, seconds, noise, batches = (
        np.concatenate([column[name] for column in columns] or [np.zeros(0)]) for name in range(6)
    )
    return Stretches(begins, a, b, c, batches.astype(np.int64), seconds, noise), places


def counted_failures(part: Evidence) -> Failures | None:
    """Return how many failed of the users of each stretch; None where none were seen to be processed.

    All that came before the first flush that was seen is a stretch as well, whenever that was.
    """
    if not part.processed:
        return None
    first = np.append(0, part.first)
    last, failed = np.append(part.before, part.last), np.append(part.failed_before, part.failed)
    # A stretch begins and ends at a flush, so it is some full batches, and at the end of the import the
    # partial one; where the counters fit no batches, or count more failures than users, it is left out.
    size = part.batch_size
    full = last // size - first // size
    rest = last - first - full * size
    kept = (last > first) & (rest >= 0) & (failed >= 0) & (failed <= last - first)
    return Failures(size, full[kept], rest[kept], failed[kept])


def _add_failures(found: Posterior, parts: Sequence[Evidence], rng: np.random.Generator) -> None:
    counted = [counted_failures(part) for part in parts]
    nights = [failures for failures in counted if failures is not None]
    if not nights:
        found.notes.update(dict.fromkeys(FAILURES, "no users were seen to be processed"))
        return
    failed = sum(int(failures.failed.sum()) for failures in nights)
    if failed in (0, sum(int(failures.users.sum()) for failures in nights)):
        which = "everybody" if failed else "nobody"
        found.notes["failure_clustering"] = f"{which} failed, so that nothing can be told of clusters"
    found.counted = tuple(place for place, failures in enumerate(counted) if failures is not None)
    found.failures = posterior_failures(nights, rng)
