"""How imports of one kind differ in speed: a level over them, of which one import says next to nothing.

Of each import it is known how likely its speed is, as a normal in the logarithm; closed forms throughout.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.stretches import Speeds

__all__ = ["NIGHT_CV", "Levels", "drawn_levels", "log_marginal"]

Floats = NDArray[np.float64]

#: By how much imports of one kind differ in speed before any is seen: the scale of a half-normal.
NIGHT_CV = 0.2
# how far apart the speeds may lie that are looked at, from none to more than any prior allows
_GRID = np.concatenate([[1e-5], np.geomspace(1e-3, 1.2, 31)])


class Levels(NamedTuple):
    """Draws of how imports differ, a row each.

    Parameters
    ----------
    log_speed, deviation : ndarray of float64
        The middle of the logarithms of speeds of all imports of the kind, and their standard deviation.
    log_speeds : ndarray of float64
        Of the imports that were seen, a column each.
    """

    log_speed: Floats
    deviation: Floats
    log_speeds: Floats


def _log_prior() -> Floats:
    """Return the weights of the grid under a half-normal of the scale `NIGHT_CV`."""
    edges = np.concatenate([[0.0, 5e-4], np.sqrt(_GRID[1:-1] * _GRID[2:]), [np.inf]])
    below = np.array([math.erf(edge / NIGHT_CV / math.sqrt(2)) for edge in edges])
    logs: Floats = np.log(np.diff(below) + 1e-300)
    return logs


_LOG_PRIOR = _log_prior()


def _at_each_deviation(speeds: Speeds) -> tuple[Floats, Floats, Floats]:
    """Return, per draw and deviation of the grid, its log density, and mean and precision of the middle."""
    # With u_t normal around m with the variance τ² + 1/h_t, and m flat, m has the precision
    # P = Σ 1/(τ² + 1/h_t) and the mean Σ u_t/(τ² + 1/h_t)/P, and τ the likelihood
    # Π(τ² + 1/h_t)^(-1/2) · P^(-1/2) · exp(-Σ (u_t - m)²/(τ² + 1/h_t)/2)
    # (Gelman et al., Bayesian Data Analysis, 3rd edition, 5.4).
    likeliest, precision, _ = (column[:, :, None] for column in speeds)
    weight = 1 / (_GRID**2 + 1 / precision)
    total = weight.sum(axis=1)
    middle = (weight * likeliest).sum(axis=1) / total
    away = (weight * (likeliest - middle[:, None, :]) ** 2).sum(axis=1)
    log = (np.log(weight).sum(axis=1) - np.log(total) - away) / 2 + _LOG_PRIOR
    return log, middle, total


def log_marginal(speeds: Speeds) -> Floats:
    """Return the log likelihood of each draw, whatever the speeds are, up to a constant."""
    # the integral over a normal's place of the peak times exp(-h (u - û)²/2)
    width = 0.5 * np.log(2 * math.pi / speeds.precision)
    if speeds.log_speed.shape[1] == 1:
        # of one, all deviations are as likely as before, and the middle is flat
        return (speeds.peak + width)[:, 0]
    log, _, _ = _at_each_deviation(speeds)
    of_imports = (speeds.peak + width).sum(axis=1)
    together: Floats = of_imports + np.logaddexp.reduce(log, axis=1)
    return together


def drawn_levels(speeds: Speeds, rng: np.random.Generator) -> Levels:
    """Return the level over the imports and the speed of each, drawn for each draw of what they share."""
    log, middle, total = _at_each_deviation(speeds)
    chance = np.exp(log - log.max(axis=1, keepdims=True)).cumsum(axis=1)
    rows = np.arange(len(log))
    place = (chance < rng.random((len(log), 1)) * chance[:, -1:]).sum(axis=1)
    deviation = _GRID[place]
    log_speed = middle[rows, place] + rng.standard_normal(len(log)) / np.sqrt(total[rows, place])
    precision = speeds.precision + 1 / deviation[:, None] ** 2
    mean = (speeds.precision * speeds.log_speed + (log_speed / deviation**2)[:, None]) / precision
    own = mean + rng.standard_normal(mean.shape) / np.sqrt(precision)
    return Levels(log_speed, deviation, own)
