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
from simimport.analysis.fitting.likely.failure_counts import Alike, Failures, Rows, alike, log_failures

__all__ = [
    "ALIKE", "FAILURE_DEVIATION", "Failures", "FailuresDrawn", "first_range", "narrowed_range",
    "posterior_failures",
]  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: By how much the logits of the rates of imports differ, before more than one is seen: the scale of a
#: half-normal; but for those that are alike, and how likely these are.
FAILURE_DEVIATION, ALIKE = 0.5, 0.5
# that failures do not cluster, before anything is seen
_NO_CLUSTERS = 0.6
# how far apart rates may lie that is looked at, the first of it being next to nothing, and how likely that is
_DEVIATIONS = np.array([0.02, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2])
_OTHERS = np.gradient(_DEVIATIONS) * np.exp(-((_DEVIATIONS / FAILURE_DEVIATION) ** 2) / 2)
_LOG_WEIGHTS = np.log((1 - ALIKE) * _OTHERS / _OTHERS.sum() + ALIKE * (np.arange(len(_OTHERS)) == 0))


# of the grid: how often it is laid at most for several imports; of how many points by as many, first and last
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
    Beta(1/2, 1/2) for the rate; no clustering with the probability 3/5, else Beta(1/2, 1); and the
    rates of imports are alike with the probability 1/2, else their logits differ by a half-normal of the
    scale 1/2.
    """
    stretches = [alike(data) for data in nights]
    first = np.array([first_range(data) for data in nights])
    rows, angles = Rows(float(first[:, 0].min()), float(first[:, 1].max())), (0.0, 1.0)
    level = _Level(stretches, rows, angles, _FIRST_POINTS)
    # Clusterings that leave the rate broad would seem the likelier ones while cells are so wide that under
    # others it falls between two. One import has a centre around which they can be as narrow as it needs; of
    # several, that have one each, the grid is laid again.
    if len(nights) == 1:
        (data,) = nights
        if not level.shows_all(1 / _scale(data) ** 2):
            rows = _around_centre(data)
            level = _Level(stretches, rows, angles, 2 * _FIRST_POINTS)
        rows = level.narrowed_rows()
        return _Level(stretches, rows, level.narrowed_angles(), _POINTS_OF_ONE).drawn(rng)
    for _ in range(_GRIDS):
        narrower = level.narrowed_rows()
        if level.shows_its_own() or narrower.high - narrower.low > (rows.high - rows.low) / 2:
            break
        rows = narrower
        level = _Level(stretches, rows, angles, _FIRST_POINTS)
    return _Level(stretches, level.narrowed_rows(), level.narrowed_angles(), _POINTS).drawn(rng)


def _scale(data: Failures) -> float:
    """Return how well the counts tell the logit of the rate if nothing clusters."""
    users, share = _users_and_share(data)
    return 1 / math.sqrt(users * share * (1 - share) + 1)


def _around_centre(data: Failures) -> Rows:
    """Return rows over the first range, the closer together the nearer to its middle."""
    low, high = first_range(data)
    centre, scale = (low + high) / 2, _scale(data)
    place = math.asinh((high - centre) / scale)
    return Rows(-place, place, centre, scale)


def _users_and_share(data: Failures) -> tuple[int, float]:
    users = int(data.users.sum())
    return users, float((data.failed.sum() + 0.5) / (users + 1))


def first_range(data: Failures) -> tuple[float, float]:
    """Return a range of the logit around that of the share that failed, as wide as few users leave it."""
    users, share = _users_and_share(data)
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
        self, stretches: Sequence[list[Alike]], rows: Rows, angles: tuple[float, float], points: int
    ) -> None:
        self._rows, self._angles = rows, angles
        shares = (np.arange(points) + 0.5) / points
        places = rows.low + (rows.high - rows.low) * shares
        self._logit = logit = rows.logits(places)
        self._steps = rows.steps(places)
        self._angle = angle = angles[0] + (angles[1] - angles[0]) * shares
        rate = (1 / (1 + np.exp(-logit)))[:, None]
        rho = np.sin(np.append(0.0, angle) * math.pi / 2) ** 2
        logs = np.array([log_failures(of_night, places, rho, rows) for of_night in stretches])
        # The priors as densities of the axes: Beta(1/2, 1/2) has √(p(1-p)) in the logit. Beta(1/2, 1) is
        # ρ^(-1/2)/2, and dρ/dx is π·√(ρ(1-ρ)), which leaves π/2·√(1-ρ): flat near 0.
        clusters = math.pi / 2 * np.sqrt(1 - rho[None, 1:]) * (angle[1] - angle[0])
        odds = np.concatenate([[[_NO_CLUSTERS]], (1 - _NO_CLUSTERS) * clusters], axis=1)
        prior = 0.5 * np.log(rate * (1 - rate)) + np.log(odds)
        if rows.scale:
            prior = prior + np.log(self._steps)[:, None]
        self._logs = logs
        self.of_imports = [np.exp(log - log.max()) for log in logs]
        if len(logs) == 1:
            # one import tells nothing of how they differ, and its rate stands for itself
            self._take((logs[0] + prior)[None])
            return
        away = (logit[:, None] - logit[None, :]) ** 2
        self._kernels = [np.exp(-away / (2 * sd**2)) for sd in _DEVIATIONS]
        self._kernels = [kernel / kernel.sum(axis=1, keepdims=True) for kernel in self._kernels]
        log = np.array([
            sum(np.log(kernel @ likelihood + 1e-300) for likelihood in self.of_imports) + prior
            for kernel in self._kernels
        ])  # fmt: skip
        log += _LOG_WEIGHTS[:, None, None]
        self._take(log)

    def _take(self, log: Floats) -> None:
        mass = np.exp(log - log.max())
        self.mass = mass / mass.sum()
        # of those that cluster alone, also where that is so unlikely that nothing is left of it
        clustered = log[:, :, 1:]
        self._clustered = np.exp(clustered - clustered.max()).sum(axis=(0, 1))

    def shows_all(self, precision: float) -> bool:
        """Return whether no clustering that may be likely leaves the rate of one import to a cell or two.

        The precision is that of the logit if nothing clusters: nothing tells it better.
        """
        log, step = self._logs[0], float(self._steps.max())
        highest = log.max(axis=0)
        # so much higher it may be between two cells
        missed = precision * step**2 / 8
        likely = highest > highest.max() + math.log(_NEXT_TO_NOTHING) - missed
        cells = (log > highest + math.log(_NEXT_TO_NOTHING)).sum(axis=0)
        return bool((cells[likely] >= _LEAST_CELLS).all())

    def shows_its_own(self) -> bool:
        """Return whether the mass of each import lies in more than a cell or two."""
        of_rows = [mass.sum(axis=1) for mass in self.of_imports]
        return all(np.count_nonzero(row > _NEXT_TO_NOTHING * row.max()) >= _LEAST_CELLS for row in of_rows)

    def narrowed_rows(self) -> Rows:
        """Return the range of rows that have mass."""
        # each import is somewhere on the grid, and so is their middle
        masses = [self.mass.sum(axis=0), *(self.of_imports if len(self.of_imports) > 1 else [])]
        rows = self._rows
        ranges = np.array([narrowed_range(mass.sum(axis=1), rows.low, rows.high) for mass in masses])
        return rows._replace(low=float(ranges[:, 0].min()), high=float(ranges[:, 1].max()))

    def narrowed_angles(self) -> tuple[float, float]:
        """Return the range of angles that have mass."""
        return narrowed_range(self._clustered, *self._angles)

    def drawn(self, rng: np.random.Generator) -> FailuresDrawn:
        """Return draws: cells at equal steps through their cumulated mass, and in each cell any place."""
        angle = self._angle
        chosen = np.searchsorted(np.cumsum(self.mass), (np.arange(DRAWS) + 0.5) / DRAWS)
        chosen = chosen.clip(max=self.mass.size - 1)[rng.permutation(DRAWS)]
        widths, rows, columns = np.unravel_index(chosen, self.mass.shape)
        middle = self._logit[rows] + self._steps[rows] * (rng.random(DRAWS) - 0.5)
        rho = np.where(columns > 0, _clusterings(angle, columns - 1, rng), 0.0)
        some = np.cumsum(self._clustered)
        which = np.searchsorted(some, (np.arange(DRAWS) + 0.5) / DRAWS * some[-1]).clip(max=len(some) - 1)
        if_some = _clusterings(angle, which, rng)
        if len(self.of_imports) == 1:
            deviation = np.abs(rng.standard_normal(DRAWS)) * FAILURE_DEVIATION
            # draws are in no order, so any half of them will do
            deviation[: round(ALIKE * DRAWS)] = _DEVIATIONS[0]
            # where the middle lies about, if the one import lies where it was seen
            around = middle + deviation * rng.standard_normal(DRAWS)
            return FailuresDrawn(around, deviation, middle[:, None], rho, if_some)
        kernels = np.array(self._kernels)[widths, rows]
        rates = []
        for likelihood in self.of_imports:
            odds = np.cumsum(kernels * likelihood[:, columns].T, axis=1)
            place = (odds < rng.random((DRAWS, 1)) * odds[:, -1:]).sum(axis=1).clip(max=len(self._logit) - 1)
            rates.append(self._logit[place] + self._steps[place] * (rng.random(DRAWS) - 0.5))
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
