"""Whether stretches and failures look like the model that was fitted to them: a verdict per check, in words.

Puts together what `checks` works out; estimates nothing, and forecasts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simimport.analysis.fitting.checks.failure_scores import scores_of_failures
from simimport.analysis.fitting.checks.replay import watched_scores
from simimport.analysis.fitting.checks.scores import Scores, scores_of_times
from simimport.analysis.fitting.checks.statistics import (
    LEAST,
    Outcome,
    drift,
    drift_of_spread,
    order,
    shape,
    widening,
)
from simimport.analysis.fitting.likely.posterior import Likely, Posterior, counted_failures, timed_stretches
from simimport.analysis.fitting.likely.stretches import Shared
from simimport.analysis.fitting.shown.evidence import Evidence
from simimport.model.columns import frame, names
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["CHECKS", "FITS", "NOT", "UNKNOWN", "Checked", "checked", "checked_running"]

#: The verdicts.
FITS, NOT, UNKNOWN = "fits", "does not fit", "not known"
#: So often is a fit of the model's own imports rejected.
ERROR_RATE = 0.05

_UNDATED = "without _updatedAt, a poll errs by as much in one stretch as in the next, which hides it"
#: What is to be known first, as the others follow from it.
_MIDWAY = ("halves", "failure_halves")
_TOO_FEW = f"too few stretches between flushes of one import were seen: {number(LEAST)} are needed"
# draws of the posterior that are looked at: so many, or fewer where there are many stretches
_MOST_DRAWS, _LEAST_DRAWS, _NUMBERS = 40, 10, 6000


class _Check(NamedTuple):
    """One check: its test, whether it is of failures, and what it means if it passes and if not."""

    test: Callable[[Scores], Outcome | None]
    of_failures: bool
    passes: str
    fails: str


CHECKS = {
    "times": _Check(
        shape, False, "stretches between flushes last as the model says",
        "times of stretches between flushes are not spread as the model has them: stalls may be of many "
        "lengths, or a few users take most of the time; longer delays than are forecast may come",
    ),
    "order": _Check(
        order, False, "neighbouring stretches have nothing in common",
        "times of neighbouring stretches are alike: the speed wanders over minutes, which the model does not "
        "know; its own bands would be too narrow",
    ),
    "halves": _Check(
        drift, False, "the speed keeps to the course that was fitted",
        "the speed leaves the course that was fitted and stays away: something changed midway; fit the part "
        "since then alone",
    ),
    "spread": _Check(
        drift_of_spread, False, "times are as spread throughout",
        "times are more spread in one part than in another: something changed midway; fit the part since "
        "then alone",
    ),
    "failures": _Check(
        shape, True, "as many fail in each stretch as the model says",
        "counts of failures are not spread as the model has them; its own band would be too narrow",
    ),
    "failure_halves": _Check(
        drift, True, "failures are as frequent throughout",
        "failures are more frequent in one part than in another: something changed midway; fit the part "
        "since then alone",
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Checked:
    """What was checked.

    Parameters
    ----------
    table : DataFrame
        The frame `checks`.
    times, failures : Scores or None
        What was tested.
    """

    table: pd.DataFrame
    times: Scores | None
    failures: Scores | None

    @cached_property
    def rejected(self) -> tuple[str, ...]:
        """The checks that the fit does not pass: first that something changed midway, then the clearest."""
        table = self.table[self.table["verdict"] == NOT].sort_values("p", kind="stable")
        return tuple(sorted(map(str, table.index), key=lambda name: name not in _MIDWAY))

    @property
    def widen_times(self) -> float:
        """By how much a band of instants is to be wider than the model has it; 1 where the model fits."""
        rejected = any(name in self.rejected for name, check in CHECKS.items() if not check.of_failures)
        return widening(self.times) if rejected and self.times is not None else 1.0

    @property
    def widen_failures(self) -> float:
        """The same of a band of failures."""
        rejected = any(name in self.rejected for name, check in CHECKS.items() if check.of_failures)
        return widening(self.failures) if rejected and self.failures is not None else 1.0

    @property
    def note(self) -> str:
        """The checks that the fit does not pass, with what that means; nothing where it passes all."""
        if not self.rejected:
            return ""
        # what several mean is said once
        meanings = [str(self.table.loc[name, "meaning"]) for name in self.rejected]
        clauses = [clause for meaning in meanings for clause in meaning.split("; ")]
        return f"the model does not fit ({', '.join(self.rejected)}): {'; '.join(dict.fromkeys(clauses))}"


def checked(parts: Sequence[Evidence], posterior: Posterior, seed: int) -> Checked:
    """Return how a fit compares with the traces that it was made of; `posterior` is of these.

    At some draws of it, each stretch has a probability of being shorter; where the model is right these are
    as if drawn uniformly, though the parameters were estimated: for the draw and the stretches are together
    as likely as the truth and the stretches. So every test has the p that it has without estimation, and
    those of the draws are combined (see `statistics`).
    """
    times = failures = None
    if posterior.times is not None:
        stretches, places = timed_stretches(parts)
        rows = _rows(len(stretches), len(posterior.times.shared.cv))
        shared, speeds = posterior.times.shared.rows(rows), np.exp(posterior.times.levels.log_speeds[rows])
        watched = watched_scores([parts[place] for place in places], shared, speeds, seed)
        times = scores_of_times(stretches, shared, speeds, watched)
    counted = [counted_failures(parts[place]) for place in posterior.counted]
    imports = [found for found in counted if found is not None]
    if posterior.failures is not None and "failure_clustering" not in posterior.notes:
        many = sum(len(found.failed) for found in imports)
        rows = _rows(many, len(posterior.failures.clustering))
        rates = 1 / (1 + np.exp(-posterior.failures.logit_rates[rows]))
        failures = scores_of_failures(imports, rates, posterior.failures.clustering[rows], seed)
    return _judged(times, failures, posterior.notes)


def checked_running(part: Evidence, likely: Likely, seed: int, *, failures_too: bool = True) -> Checked:
    """Return how a running import compares with what is likely of it, which it was taken into account for."""
    times = failures = None
    stretches, _ = timed_stretches([part])
    if len(stretches):
        few = likely.rows(_rows(len(stretches), len(likely.speed)))
        shared = Shared(few.cv, few.slowdown, few.stall_rate, few.stall_s)
        watched = watched_scores([part], shared, few.speed[:, None], seed)
        times = scores_of_times(stretches, shared, few.speed[:, None], watched)
    counted = counted_failures(part) if failures_too else None
    if counted is not None and counted.failed.any():
        few = likely.rows(_rows(len(counted.failed), len(likely.speed)))
        failures = scores_of_failures([counted], few.failure_rate[:, None], few.clustering, seed)
    return _judged(times, failures, {})


def _judged(times: Scores | None, failures: Scores | None, notes: Mapping[str, str]) -> Checked:
    """Return the table of all checks; the notes say why there is nothing to test."""
    import pandas as pd

    tested = {}
    for name, check in CHECKS.items():
        scores = failures if check.of_failures else times
        tested[name] = None if scores is None else check.test(scores)
    many = max(1, sum(found is not None for found in tested.values()))
    rows: list[tuple[float, float, str, str]] = []
    for name, check in CHECKS.items():
        found = tested[name]
        if found is None:
            rows.append((math.nan, math.nan, UNKNOWN, _why_unknown(check, times, failures, notes)))
            continue
        # Bonferroni: over all checks a fit of the model's own is rejected at most that often
        fits = found.p >= ERROR_RATE / many
        rows.append((*found, FITS if fits else NOT, check.passes if fits else check.fails))
    columns = zip(*rows, strict=True)
    table = frame("checks", dict(zip(names("checks"), map(list, columns), strict=True)))
    table.index = pd.Index(CHECKS, name="check")
    return Checked(table, times, failures)


def _why_unknown(
    check: _Check, times: Scores | None, failures: Scores | None, notes: Mapping[str, str]
) -> str:
    if not check.of_failures and times is not None and times.chained.all():
        return _UNDATED
    if (failures if check.of_failures else times) is not None:
        return _TOO_FEW
    return notes.get("failure_clustering" if check.of_failures else "users_per_s", _TOO_FEW)


def _rows(stretches: int, draws: int) -> NDArray[np.int64]:
    """Return which of so many draws are looked at; they are in no order."""
    many = min(max(_NUMBERS // max(stretches, 1), _LEAST_DRAWS), _MOST_DRAWS)
    return np.linspace(0, draws - 1, many).astype(np.int64)
