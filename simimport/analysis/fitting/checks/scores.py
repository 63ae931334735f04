"""Where the length of each stretch lies in what draws of the posterior expect: as a normal variable.

Given draws that are as likely as the truth, the scores are independent and normal if the model is right, at
any number of stretches and though the parameters are estimated (Johnson 2004, "A Bayesian χ² test for
goodness-of-fit"; Gosselin 2011). Tests nothing: that is `statistics`.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.law import chances_of_less
from simimport.analysis.fitting.likely.stretches import Shared, Stretches

__all__ = ["Scores", "normal_cdf", "normal_scores", "scores_of_times"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# ends beyond which tails are not exact: 5 deviations
_LEAST = 3e-7
# errors do not count that have so small a part of the variance
_APART = 0.02

_inverse = np.frompyfunc(NormalDist().inv_cdf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


class Scores(NamedTuple):
    """Normal scores: a row per draw, a column per stretch.

    Parameters
    ----------
    z : ndarray of float64
    begins : ndarray of int64
        Of each import, the place of its first stretch.
    chained : ndarray of bool
        Of which imports neighbours err together, by opposite amounts.
    """

    z: Floats
    begins: Ints
    chained: NDArray[np.bool_]

    @property
    def u(self) -> Floats:
        """The probabilities of less; uniform if the model is right."""
        return normal_cdf(self.z)


def normal_cdf(z: Floats) -> Floats:
    """Return the probability that a normal variable is below."""
    below: Floats = 0.5 * np.asarray(_erfc(-z / math.sqrt(2)), dtype=np.float64)
    return below


def normal_scores(u: Floats) -> Floats:
    """Return the normal variables below which others are with these probabilities."""
    scores: Floats = np.asarray(_inverse(np.clip(u, _LEAST, 1 - _LEAST)), dtype=np.float64)
    return scores


def scores_of_times(data: Stretches, shared: Shared, speeds: Floats, watched: Floats) -> Scores:
    """Return how long each stretch took beside what it was expected to take, under each draw.

    `speeds` has a row per draw, and a column per import. `watched` are scores that the model makes when it is
    watched in the same way (see `replay`): which batches a poll joins to a stretch depends on how long they
    took, so that these are not quite normal, and those of the data are ranked among them. Without any, or
    where neighbours err together, scores stay as they are.
    """
    draws = Shared(*(column[:, None] for column in shared))
    counts = np.diff(np.append(data.begins, len(data)))
    below, variance = chances_of_less(data, draws, np.repeat(speeds, counts, axis=1))
    chained, z = _chained(data, variance), normal_scores(below)
    if len(watched):
        apart = np.repeat(~chained, counts)
        z[:, apart] = _ranked(z[:, apart], np.sort(watched))
    return Scores(z, data.begins, chained)


def _ranked(z: Floats, among: Floats) -> Floats:
    """Return the scores that normal variables of the same ranks would have."""
    ranks = (np.searchsorted(among, z, "left") + np.searchsorted(among, z, "right")) / 2
    return normal_scores((ranks + 0.5) / (len(among) + 1))


def _chained(data: Stretches, variance: Floats) -> NDArray[np.bool_]:
    """Return of which imports neighbouring stretches err together.

    A poll without a date ends one stretch and begins the next: by what it makes the one too long, it makes
    the other too short.
    """
    noise = np.add.reduceat(data.noise_s2, data.begins)
    chained: NDArray[np.bool_] = noise > _APART * np.add.reduceat(np.median(variance, axis=0), data.begins)
    return chained
