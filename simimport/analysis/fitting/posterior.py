"""What traces leave likely of all parameters: draws of each, and notes on what they cannot tell.

Hands what `evidence` found to `posterior_times` and `posterior_failures`. Estimates nothing: that is `fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.evidence import Evidence, moments, timed, together
from simimport.analysis.fitting.posterior_failures import Failures, posterior_failures
from simimport.analysis.fitting.posterior_times import LEAST_STRETCHES, Times, posterior_times
from simimport.show.words import number

__all__ = ["FAILURES", "TIMES", "Posterior", "posterior"]

Floats = NDArray[np.float64]

#: The parameters in the order of the columns of draws.
TIMES = ("users_per_s", "latency_cv", "slowdown", "stall_rate", "stall_s")
FAILURES = ("failure_rate", "failure_clustering")


@dataclass(eq=False)
class Posterior:
    """Draws of what is likely, and what they cannot tell.

    Parameters
    ----------
    times, failures : ndarray or None
        One row per draw, one column per name in `TIMES` or `FAILURES`; None where there was nothing to go by.
    stalls : bool
        Whether stalls were seen.
    notes : dict of str to str
        By parameter, what the traces cannot tell, and what is assumed instead.
    """

    times: Floats | None = None
    failures: Floats | None = None
    stalls: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def draws_of(self, name: str) -> Floats | None:
        """Return the draws of one parameter; None where the traces cannot tell it."""
        names, draws = (TIMES, self.times) if name in TIMES else (FAILURES, self.failures)
        return None if draws is None or name in self.notes else draws[:, names.index(name)]


def posterior(parts: Sequence[Evidence], seed: int) -> Posterior:
    """Return what is likely of the parameters behind several traces, taken as imports of one kind."""
    found = Posterior()
    # two streams, so that neither shifts the other
    _add_times(found, parts, np.random.default_rng([seed, 1]))
    _add_failures(found, parts, np.random.default_rng([seed, 2]))
    return found


def _add_times(found: Posterior, parts: Sequence[Evidence], rng: np.random.Generator) -> None:
    stretches, notes = _timed_stretches(parts), found.notes
    if not len(stretches.a):
        notes.update(dict.fromkeys(TIMES, "no stretch between two flushes was seen"))
        return
    found.times, found.stalls = posterior_times(stretches, rng)
    dated = any(part.dated for part in parts)
    if len(stretches.a) < LEAST_STRETCHES:
        seen = f"{number(len(stretches.a))}, not {number(LEAST_STRETCHES)}"
        few = f"too few stretches between flushes were seen: {seen}"
        notes["latency_cv"] = few
        notes["slowdown"] = f"{few}; it is taken as 0"
    elif not dated:
        # the work's own variance, of a stretch as they are, beside that of its ends
        cv, speed = np.median(found.times[:, 1]), np.median(found.times[:, 0])
        if cv**2 / speed**2 * np.median(stretches.a) < np.median(stretches.noise_s2):
            notes["latency_cv"] = "without _updatedAt, polls are too far apart to tell it"
    if not found.stalls:
        hidden = "" if dated else "; without _updatedAt, those that last less than some polls are not"
        notes["stall_s"] = f"no stall was seen{hidden}"


def _timed_stretches(parts: Sequence[Evidence]) -> Times:
    """Return the stretches whose length is known, with the sums over their users that the mean needs."""
    rows = [timed(part) for part in parts]
    columns = [moments(part, row.first, row.last) for part, row in zip(parts, rows, strict=True)]
    a, b, c = (np.concatenate([column[place] for column in columns] or [np.zeros(0)]) for place in range(3))
    batches, seconds, noise = (together(rows, name) for name in ("batches", "seconds", "noise_s2"))
    return Times(a, b, c, batches.astype(np.int64), seconds, noise)


def _add_failures(found: Posterior, parts: Sequence[Evidence], rng: np.random.Generator) -> None:
    first, last, failed = (together(parts, name).astype(np.int64) for name in ("first", "last", "failed"))
    if not len(last):
        found.notes.update(dict.fromkeys(FAILURES, "no users were seen to be processed"))
        return
    # A stretch begins and ends at a flush, so it is some full batches, and at the end of the import the
    # partial one; where the counters fit no batches, it is left out.
    size = parts[0].batch_size
    full = last // size - first // size
    rest = last - first - full * size
    kept = rest >= 0
    if failed.sum() in (0, (last - first).sum()):
        which = "everybody" if failed.sum() else "nobody"
        found.notes["failure_clustering"] = f"{which} failed, so that nothing can be told of clusters"
    found.failures = posterior_failures(Failures(size, full[kept], rest[kept], failed[kept]), rng)
