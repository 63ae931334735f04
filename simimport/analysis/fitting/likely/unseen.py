"""Stalls that were not seen: what is thought of them beforehand, and where batches without any leave it.

The priors of their rate and length, and draws of both; works out no likelihood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.draws import Student
from simimport.analysis.fitting.likely.stretches import Shared, Stretches

__all__ = [
    "RATE", "Unseen", "drawn_lengths", "log_length", "log_rate", "rates_of_long", "share_of_longer",
    "stall_scale_s",
]

Floats = NDArray[np.float64]

#: The Beta of their rate: what happens in every batch would be no stall.
RATE = (0.5, 1.5)
#: How long stalls are before any is seen, in batches: half of them are longer than 1.7 times that.
_STALL_BATCHES = 6.0


def stall_scale_s(data: Stretches) -> float:
    """Return the scale of the lengths of stalls before any is seen."""
    return _STALL_BATCHES * data.batch_s


def log_rate(logit: Floats, a: float, b: float) -> Floats:
    """Return the log density of the logit of a Beta(a, b) variable."""
    constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return constant - a * np.logaddexp(0, -logit) - b * np.logaddexp(0, logit)


def log_length(log_s: Floats, scale_s: float) -> Floats:
    """Return the log density of the logarithm of stall_s, of which `share_of_longer` is the tail."""
    # of short stalls, which nothing tells from work, there are few, and the tail is a Cauchy's
    ratio = log_s - math.log(scale_s)
    log: Floats = 2 * ratio - 1.5 * np.logaddexp(0, 2 * ratio)
    return log


def share_of_longer(length_s: Floats, scale_s: float) -> Floats:
    """Return how likely a stall is longer than that, before any is seen."""
    share: Floats = 1 / np.sqrt(1 + (length_s / scale_s) ** 2)
    return share


def drawn_lengths(scale_s: float, uniform: Floats, least_s: Floats | float = 0.0) -> Floats:
    """Return lengths of stalls as before any is seen, of those that are longer than `least_s`."""
    share = share_of_longer(np.asarray(least_s), scale_s) * (1 - uniform)
    lengths: Floats = scale_s * np.sqrt(np.maximum(share**-2.0 - 1, 1e-24))
    return lengths


def rates_of_long(shared: Shared, scale_s: float, batches: float, rng: np.random.Generator) -> Floats:
    """Return how likely a batch stalls for longer than it takes, if none of so many did; 0 where none stalls.

    Draws of stalls as short as the work varies may have many of them, and say nothing of longer ones.
    """
    is_short = shared.stall_s < scale_s / _STALL_BATCHES
    rare = rng.beta(RATE[0], RATE[1] + batches, len(is_short))
    return np.where(shared.stall_rate > 0, np.where(is_short, rare, shared.stall_rate), 0.0)


@dataclass(frozen=True, eq=False)
class Unseen:
    """Stalls of which nothing was seen, or which are as short as the work varies, beside likely work.

    The rate is Beta with one more half and so many batches, the length as before anything is seen.
    """

    work: Student
    batches: float
    scale_s: float

    def draw(self, rng: np.random.Generator, count: int) -> Floats:
        """Return so many draws, one per row."""
        rate = np.clip(rng.beta(RATE[0], RATE[1] + self.batches, count), 1e-12, 1 - 1e-12)
        lengths = drawn_lengths(self.scale_s, rng.random(count))
        return np.column_stack([self.work.draw(rng, count), np.log(rate / (1 - rate)), np.log(lengths)])

    def log_density(self, draws: Floats) -> Floats:
        """Return the logarithm of the density of its draws at some places."""
        log = log_rate(draws[:, -2], RATE[0], RATE[1] + self.batches)
        return log + log_length(draws[:, -1], self.scale_s) + self.work.log_density(draws[:, :-2])
