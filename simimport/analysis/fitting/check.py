"""Whether stretches and failures look like the model that was fitted to them: a verdict per check, in words.

Puts together what `checks` works out; estimates nothing, and forecasts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simimport.analysis.fitting.checks.failure_scores import scores_of_failures
from simimport.analysis.fitting.checks.scores import Scores, scores_of_times
from simimport.analysis.fitting.checks.statistics import (
    LEAST,
    Outcome,
    drift,
    drift_of_spread,
    order,
    shape,
)
from simimport.analysis.fitting.likely.draws import DRAWS
from simimport.analysis.fitting.likely.posterior import Posterior, failures_of, timed_stretches
from simimport.analysis.fitting.shown.evidence import Evidence
from simimport.model.columns import frame
from simimport.show.words import number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKS", "FITS", "NOT", "UNKNOWN", "Checked", "checked"]

#: The verdicts.
FITS, NOT, UNKNOWN = "fits", "does not fit", "not known"
#: So often is a fit of the model's own imports rejected.
ERROR_RATE = 0.05

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
        "know; forecasts are too narrow",
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
        "counts of failures are not spread as the model has them; the band of failures is too narrow",
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

    @property
    def rejected(self) -> tuple[str, ...]:
        """The checks that the fit does not pass, the clearest first."""
        table = self.table[self.table["verdict"] == NOT]
        return tuple(map(str, table.sort_values("p", kind="stable").index))

    @property
    def note(self) -> str:
        """The checks that the fit does not pass, with what that means; nothing where it passes all."""
        if not self.rejected:
            return ""
        meanings = "; ".join(dict.fromkeys(self.table.loc[name, "meaning"] for name in self.rejected))
        return f"the model does not fit ({', '.join(self.rejected)}): {meanings}"


def checked(parts: Sequence[Evidence], posterior: Posterior, seed: int) -> Checked:
    """Return how a fit compares with the traces that it was made of.

    `posterior` is of `parts`. At some draws of it, each stretch has a probability of being shorter; where the
    model is right these are as if drawn uniformly, though the parameters were estimated: for the draw and
    the stretches are together as likely as the truth and the stretches. So every test has the p that it has
    without estimation, and those of the draws are combined (see `statistics`).
    """
    import pandas as pd

    rng = np.random.default_rng([seed, 5])
    times, why_times = _scores_of_times(parts, posterior)
    failures, why_failures = _scores_of_failures(parts, posterior, rng)
    tested = {
        name: (check.test(scores) if (scores := failures if check.of_failures else times) else None)
        for name, check in CHECKS.items()
    }
    many = max(1, sum(found is not None for found in tested.values()))
    rows = []
    for name, check in CHECKS.items():
        found = tested[name]
        if found is None:
            why = why_failures if check.of_failures else why_times
            rows.append((math.nan, math.nan, UNKNOWN, why or _TOO_FEW))
            continue
        # Bonferroni: over all checks a fit of the model's own is rejected at most that often
        fits = found.p >= ERROR_RATE / many
        rows.append((*found, FITS if fits else NOT, check.passes if fits else check.fails))
    columns = dict(zip(("statistic", "p", "verdict", "meaning"), zip(*rows, strict=True), strict=True))
    table = frame("checks", {name: list(column) for name, column in columns.items()})
    table.index = pd.Index(CHECKS, name="check")
    return Checked(table, times, failures)


def _scores_of_times(parts: Sequence[Evidence], posterior: Posterior) -> tuple[Scores | None, str]:
    if posterior.times is None:
        return None, "no stretch between two flushes was seen"
    stretches, _ = timed_stretches(parts)
    return scores_of_times(stretches, posterior.times, _rows(len(stretches))), ""


def _scores_of_failures(
    parts: Sequence[Evidence], posterior: Posterior, rng: np.random.Generator
) -> tuple[Scores | None, str]:
    imports = [failures_of(parts[place]) for place in posterior.counted]
    if posterior.failures is None or not imports:
        return None, "no users were seen to be processed"
    if note := posterior.notes.get("failure_clustering"):
        return None, note
    stretches = sum(len(data.failed) for data in imports)
    rows = _rows(stretches)
    return scores_of_failures(imports, posterior.failures, rows, rng), ""


def _rows(stretches: int) -> np.ndarray:
    """Return which of the draws are looked at; they are in no order."""
    many = min(max(_NUMBERS // max(stretches, 1), _LEAST_DRAWS), _MOST_DRAWS)
    return np.linspace(0, DRAWS - 1, many).astype(np.int64)
