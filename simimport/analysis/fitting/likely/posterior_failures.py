"""What counts of failures leave likely of their rate and clustering: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.draws import DRAWS
from simimport.analysis.fitting.likely.failure_counts import Alike, Failures, alike, log_failures

__all__ = [
    "FAILURE_DEVIATION", "Failures", "FailuresDrawn", "first_range", "narrowed_range", "posterior_failures",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The logits of the rates of imports differ by so much, before more than one is seen.
FAILURE_DEVIATION = 0.5
# that failures do not cluster, before anything is seen
_NO_CLUSTERS = 0.5
# how far apart they may lie that is looked at, and how likely that is under a half-normal
_DEVIATIONS = np.array([0.02, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2])
_LOG_WEIGHTS = np.log(np.gradient(_DEVIATIONS)) - (_DEVIATIONS / FAILURE_DEVIATION) ** 2 / 2


# of the grid: how often it is laid at most before the last time, of how many points by as many; and at last
_GRIDS, _FIRST_POINTS, _POINTS_OF_ONE, _POINTS = 5, 32, 48, 72
# of the highest mass; and how many cells must have more, for the grid to show what lies between
_NEXT_TO_NOTHING, _LEAST_CELLS = 1e-5, 3


class FailuresDrawn(NamedTuple):
    """Draws of what is likely, a row each.

    Parameters
    ----------
    logit_rate, deviation : ndarray of float64
        The middle of the logits of failure rates of all imports of the kind, and their standard deviation.
    logit_rates : ndarray of float64
        Of the imports that were seen, a column each.
    clustering, if_it_clusters : ndarray of float64
        The clustering, and that of the imports that have some.
    """

    logit_rate: Floats
    deviation: Floats
    logit_rates: Floats
    clustering: Floats
    if_it_clusters: Floats


def posterior_failures(nights: Sequence[Failures], rng: np.random.Generator) -> FailuresDrawn:
    """Return draws of what is likely, given some stretches of each import.

    On a grid, laid over all that each import leaves likely, and then where the mass is. Priors:
    Beta(1/2, 1/2) for the rate; no clustering with the probability 1/2, else Beta(1/2, 3/2); and for how the
    logits of the rates of imports differ a half-normal of the scale 1/2.
    """
    stretches = [alike(data) for data in nights]
    first = np.array([first_range(data) for data in nights])
    logits, angles = (float(first[:, 0].min()), float(first[:, 1].max())), (0.0, 1.0)
    for _ in range(_GRIDS):
        level = _Level(stretches, logits, angles, _FIRST_POINTS)
        before = logits[1] - logits[0]
        logits, resolved = level.narrowed_logits()
        # Clusterings that leave the rate broad would seem the likelier ones while its cells are so wide that
        # under the others it falls between two.
        if resolved or logits[1] - logits[0] > before / 2:
            angles = level.narrowed_angles()
            break
    points = _POINTS_OF_ONE if len(nights) == 1 else _POINTS
    return _Level(stretches, logits, angles, points).drawn(rng)


def first_range(data: Failures) -> tuple[float, float]:
    """Return a range of the logit around that of the share that failed, as wide as few users leave it."""
    users = int(data.users.sum())
    share = (data.failed.sum() + 0.5) / (users + 1)
    wide = math.log(30) + 2 / math.sqrt(users * min(share, 1 - share) + 1)
    centre = math.log(share / (1 - share))
    return centre - wide, centre + wide


class _Level:
    """What is likely of the middle of the rates, how they differ, and clustering, on a grid.

    Attributes
    ----------
    mass : ndarray of float64
        By deviation, logit of the middle, and angle of the clustering, the first column being none; its sum
        is 1.
    of_imports : list of ndarray of float64
        Of each import, the likelihood by logit and angle, its highest being 1.
    """

    # The axes are those in which the posterior is broad: the logit of the rate, and for ρ the angle x of
    # ρ = sin²(πx/2), from 0 to 1. Before the first column stands that of no clustering at all.
    def __init__(
        self, stretches: Sequence[list[Alike]], logits: tuple[float, float], angles: tuple[float, float],
        points: int,
    ) -> None:  # fmt: skip
        self._logits, self._angles = logits, angles
        places = (np.arange(points) + 0.5) / points
        self._logit = logit = logits[0] + (logits[1] - logits[0]) * places
        self._angle = angle = angles[0] + (angles[1] - angles[0]) * places
        rate = (1 / (1 + np.exp(-logit)))[:, None]
        rho = np.sin(np.append(0.0, angle) * math.pi / 2) ** 2
        logs = np.array([log_failures(of_night, logit, rho) for of_night in stretches])
        # The priors as densities of the axes: Beta(1/2, 1/2) has √(p(1-p)) in the logit. Beta(1/2, 3/2) is
        # ρ^(-1/2)·(1-ρ)^(1/2), and dρ/dx goes with √(ρ(1-ρ)), which leaves 2·(1-ρ): flat near 0.
        clusters = 2 * (1 - rho[None, 1:]) * (angle[1] - angle[0])
        odds = np.concatenate([[[_NO_CLUSTERS]], (1 - _NO_CLUSTERS) * clusters], axis=1)
        prior = 0.5 * np.log(rate * (1 - rate)) + np.log(odds)
        self.of_imports = [np.exp(log - log.max()) for log in logs]
        if len(logs) == 1:
            # one import tells nothing of how they differ, and its rate stands for itself
            mass = np.exp(logs[0] + prior - (logs[0] + prior).max())[None]
            self.mass = mass / mass.sum()
            return
        away = (logit[:, None] - logit[None, :]) ** 2
        self._kernels = [np.exp(-away / (2 * sd**2)) for sd in _DEVIATIONS]
        self._kernels = [kernel / kernel.sum(axis=1, keepdims=True) for kernel in self._kernels]
        log = np.array([
            sum(np.log(kernel @ likelihood + 1e-300) for likelihood in self.of_imports) + prior
            for kernel in self._kernels
        ])  # fmt: skip
        log += _LOG_WEIGHTS[:, None, None]
        mass = np.exp(log - log.max())
        self.mass = mass / mass.sum()

    def narrowed_logits(self) -> tuple[tuple[float, float], bool]:
        """Return the range of logits that have mass, and whether they are more than a cell and its like."""
        # each import is somewhere on the grid, and so is their middle
        masses = [self.mass.sum(axis=0), *(self.of_imports if len(self.of_imports) > 1 else [])]
        of_logits = [mass.sum(axis=1) for mass in masses]
        ranges = np.array([narrowed_range(mass, *self._logits) for mass in of_logits])
        least = min(int(np.count_nonzero(mass > _NEXT_TO_NOTHING * mass.max())) for mass in of_logits)
        return (float(ranges[:, 0].min()), float(ranges[:, 1].max())), least >= _LEAST_CELLS

    def narrowed_angles(self) -> tuple[float, float]:
        """Return the range of angles that have mass."""
        return narrowed_range(self.mass.sum(axis=(0, 1))[1:], *self._angles)

    def drawn(self, rng: np.random.Generator) -> FailuresDrawn:
        """Return draws: cells at equal steps through their cumulated mass, and in each cell any place."""
        angle = self._angle
        chosen = np.searchsorted(np.cumsum(self.mass), (np.arange(DRAWS) + 0.5) / DRAWS)
        chosen = chosen.clip(max=self.mass.size - 1)[rng.permutation(DRAWS)]
        widths, rows, columns = np.unravel_index(chosen, self.mass.shape)
        step = self._logit[1] - self._logit[0]
        middle = self._logit[rows] + step * (rng.random(DRAWS) - 0.5)
        rho = np.where(columns > 0, _clusterings(angle, columns - 1, rng), 0.0)
        some = np.cumsum(self.mass.sum(axis=(0, 1))[1:])
        which = np.searchsorted(some, (np.arange(DRAWS) + 0.5) / DRAWS * some[-1]).clip(max=len(some) - 1)
        if_some = _clusterings(angle, which, rng)
        if len(self.of_imports) == 1:
            deviation = np.abs(rng.standard_normal(DRAWS)) * FAILURE_DEVIATION
            # where the middle lies about, if the one import lies where it was seen
            around = middle + deviation * rng.standard_normal(DRAWS)
            return FailuresDrawn(around, deviation, middle[:, None], rho, if_some)
        kernels = np.array(self._kernels)[widths, rows]
        rates = []
        for likelihood in self.of_imports:
            odds = np.cumsum(kernels * likelihood[:, columns].T, axis=1)
            place = (odds < rng.random((DRAWS, 1)) * odds[:, -1:]).sum(axis=1).clip(max=len(self._logit) - 1)
            rates.append(self._logit[place] + step * (rng.random(DRAWS) - 0.5))
        return FailuresDrawn(middle, _DEVIATIONS[widths], np.column_stack(rates), rho, if_some)


def _clusterings(angle: Floats, columns: Ints, rng: np.random.Generator) -> Floats:
    """Return clusterings anywhere in the chosen columns of the grid."""
    drawn = angle[columns] + (angle[1] - angle[0]) * (rng.random(len(columns)) - 0.5)
    clusterings: Floats = np.sin(np.clip(drawn, 0, 1) * math.pi / 2) ** 2
    return clusterings


def narrowed_range(mass: Floats, low: float, high: float) -> tuple[float, float]:
    """Return the range of the cells with more than next to nothing, and a cell more on each side."""
    step = (high - low) / len(mass)
    inside = np.flatnonzero(mass > _NEXT_TO_NOTHING * mass.max())
    return max(low, low + (inside[0] - 1) * step), min(high, low + (inside[-1] + 2) * step)
