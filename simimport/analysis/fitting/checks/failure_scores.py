"""Where the failures of each stretch lie in what draws of the posterior expect: as a normal variable.

Counts are discrete, so each is put at random within the step that it has (Dunn and Smyth 1996).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.scores import Scores, normal_scores
from simimport.analysis.fitting.likely.posterior_failures import Failures, beta_binomial
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["scores_of_failures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# of so many batches and more, only mean and variance of the failures count, as in `posterior_failures`
_MANY = 40
# failures, and with them numbers per draw, up to which each count has its chance
_EACH = 5000

_lgamma = np.frompyfunc(math.lgamma, 1, 1)


def scores_of_failures(imports: Sequence[Failures], rates: Floats, rho: Floats, seed: int) -> Scores:
    """Return how many failed of each stretch beside what was expected, under each draw of the clustering.

    `rates` has a row per draw, and a column per import.
    """
    # the counts belong to the seed: or else all imports would be put at the same places in their steps
    counts = [int(count) for data in imports for count in data.failed]
    rng = np.random.default_rng([seed, 5, *counts])
    lengths = [len(data.failed) for data in imports]
    begins = np.cumsum([0, *lengths])[:-1]
    u = np.empty((len(rho), sum(lengths)))
    # the same for all draws, so that they differ by nothing else
    within = rng.random(u.shape[1])
    for place, (data, begin) in enumerate(zip(imports, begins.tolist(), strict=True)):
        rate = rates[:, place]
        for make in set(zip(data.full.tolist(), data.rest.tolist(), strict=True)):
            alike = np.flatnonzero((data.full == make[0]) & (data.rest == make[1]))
            fewer, as_many = _chances(data.size, make, rate, rho, data.failed[alike])
            columns = begin + alike
            u[:, columns] = fewer + within[columns] * as_many
    return Scores(normal_scores(u), begins, np.zeros(len(begins), dtype=np.bool_))


def _chances(
    size: int, make: tuple[int, int], rate: Floats, rho: Floats, failed: Ints
) -> tuple[Floats, Floats]:
    """Return the chances of fewer failures than these, and of as many, a row per draw.

    The make of a stretch is how many full batches it has, and how many users beside.
    """
    full, rest = make
    users, most = full * size + rest, int(failed.max())
    if full < _MANY:
        length = 1 << users.bit_length()
        transform = np.fft.rfft(beta_binomial(size, rate, rho), length) ** full if full else 1.0
        if rest:
            transform = transform * np.fft.rfft(beta_binomial(rest, rate, rho), length)
        chances = np.maximum(np.fft.irfft(transform, length), 0.0)
    elif most <= _EACH:
        # the beta-binomial of as many users that has the variance of the sum
        chances = _first_of_beta_binomial(users, rate, rho * (size - 1) / (users - 1), most)
    else:
        mean, variance = users * rate, users * rate * (1 - rate) * (1 + (size - 1) * rho)
        ends = failed[:, None] + np.array([-0.5, 0.5])
        below, upto = 1 - gamma_sf(ends.T[:, None, :], mean[:, None], variance[:, None])
        return below, upto - below
    below = np.concatenate([np.zeros((len(rate), 1)), np.cumsum(chances, axis=1)], axis=1)
    return below[:, failed], chances[:, failed]


def _first_of_beta_binomial(users: int, rate: Floats, rho: Floats, most: int) -> Floats:
    """Return the probabilities of 0 to `most` failures of many users."""
    many = (1 - rho) / np.maximum(rho, 1e-9)
    alpha, beta = (rate * many)[:, None], ((1 - rate) * many)[:, None]
    ends = _lgamma(beta + users) - _lgamma(beta) - _lgamma(alpha + beta + users) + _lgamma(alpha + beta)
    steps = np.arange(most)
    ratio = (users - steps) / (steps + 1) * (alpha + steps) / (beta + (users - steps - 1))
    logs = np.cumsum(np.log(ratio), axis=1)
    none = np.asarray(ends, dtype=np.float64)
    chances: Floats = np.exp(np.concatenate([none, none + logs], axis=1))
    return chances
