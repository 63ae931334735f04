"""What counts of failures leave likely of their rate and clustering: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.draws import DRAWS

__all__ = [
    "FAILURE_DEVIATION", "Failures", "FailuresDrawn", "beta_binomial", "first_range", "log_failures_of",
    "narrowed_range", "posterior_failures",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: The logits of the rates of imports differ by so much, before more than one is seen.
FAILURE_DEVIATION = 0.5
# that failures do not cluster, before anything is seen
_NO_CLUSTERS = 0.5
# how far apart they may lie that is looked at, and how likely that is under a half-normal
_DEVIATIONS = np.array([0.02, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2])
_LOG_WEIGHTS = np.log(np.gradient(_DEVIATIONS)) - (_DEVIATIONS / FAILURE_DEVIATION) ** 2 / 2


@dataclass(frozen=True, eq=False)
class Failures:
    """How many failed of the users of each stretch: `full` batches of `size`, and one of `rest` users."""

    size: int
    full: Ints
    rest: Ints
    failed: Ints


_lgamma_of = np.frompyfunc(math.lgamma, 1, 1)
# of so many batches and more, only mean and variance of the failures count
_MANY = 40


def _lgamma(x: Floats) -> Floats:
    return np.asarray(_lgamma_of(x), dtype=np.float64)


class _Kind(NamedTuple):
    """Stretches of one make: their full batches and rest, and how often how many of their users failed."""

    full: int
    rest: int
    failed: Ints
    times: Ints


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

    On a grid, laid twice: over all that each import leaves likely, then where the mass is. Priors:
    Beta(1/2, 1/2) for the rate; no clustering with the probability 1/2, else Beta(1/2, 3/2); and for how the
    logits of the rates of imports differ a half-normal of the scale 1/2.
    """
    # The axes are those in which the posterior is broad: the logit of the rate, and for ρ the angle x of
    # ρ = sin²(πx/2), from 0 to 1. Before the first column stands that of no clustering at all.
    kinds = [_kinds_of_stretches(data) for data in nights]
    ends = np.array([first_range(data) for data in nights])
    low, high, angle_low, angle_high = float(ends[:, 0].min()), float(ends[:, 1].max()), 0.0, 1.0
    for points in (32, 48 if len(nights) == 1 else 72):
        logit = low + (high - low) * (np.arange(points) + 0.5) / points
        angle = angle_low + (angle_high - angle_low) * (np.arange(points) + 0.5) / points
        rate = (1 / (1 + np.exp(-logit)))[:, None]
        rho = np.sin(np.append(0.0, angle) * math.pi / 2)[None, :] ** 2
        logs = np.array([
            _log_failures(kind, data.size, rate, rho) for kind, data in zip(kinds, nights, strict=True)
        ])  # fmt: skip
        # The priors as densities of the axes: Beta(1/2, 1/2) has √(p(1-p)) in the logit. Beta(1/2, 3/2) is
        # ρ^(-1/2)·(1-ρ)^(1/2), and dρ/dx goes with √(ρ(1-ρ)), which leaves 2·(1-ρ): flat near 0.
        clusters = 2 * (1 - rho[:, 1:]) * (angle[1] - angle[0])
        odds = np.concatenate([[[_NO_CLUSTERS]], (1 - _NO_CLUSTERS) * clusters], axis=1)
        prior = 0.5 * np.log(rate * (1 - rate)) + np.log(odds)
        level = _Level(logit, logs, prior)
        # each import is somewhere on the grid, and so is their middle
        masses = [level.mass.sum(axis=0), *(level.of_imports if len(nights) > 1 else [])]
        ranges = np.array([narrowed_range(mass.sum(axis=1), low, high) for mass in masses])
        angles = narrowed_range(level.mass.sum(axis=(0, 1))[1:], angle_low, angle_high)
        low, high = float(ranges[:, 0].min()), float(ranges[:, 1].max())
        angle_low, angle_high = angles
    return level.drawn(angle, rng)


def log_failures_of(data: Failures, logit: Floats, rho: Floats) -> Floats:
    """Return the log likelihood of counts at each logit of the rate (row) and clustering (column)."""
    rate = 1 / (1 + np.exp(-logit))
    return _log_failures(_kinds_of_stretches(data), data.size, rate[:, None], rho[None, :])


def first_range(data: Failures) -> tuple[float, float]:
    """Return a range of the logit around that of the share that failed, as wide as few users leave it."""
    users = int((data.full * data.size + data.rest).sum())
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

    def __init__(self, logit: Floats, logs: Floats, prior: Floats) -> None:
        self._logit = logit
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

    def drawn(self, angle: Floats, rng: np.random.Generator) -> FailuresDrawn:
        """Return draws: cells at equal steps through their cumulated mass, and in each cell any place."""
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
    """Return the range of the cells with more than 1e-5 of the highest mass, and a cell more on each side."""
    step = (high - low) / len(mass)
    inside = np.flatnonzero(mass > 1e-5 * mass.max())
    return max(low, low + (inside[0] - 1) * step), min(high, low + (inside[-1] + 2) * step)


def _kinds_of_stretches(data: Failures) -> list[_Kind]:
    """Return the stretches by their make: thousands of them have few, and each is worked out once."""
    makes: dict[tuple[int, int], list[int]] = {}
    for full, rest, failed in zip(data.full.tolist(), data.rest.tolist(), data.failed.tolist(), strict=True):
        makes.setdefault((full, rest), []).append(failed)
    return [_Kind(*make, *np.unique(failed, return_counts=True)) for make, failed in makes.items()]


def _log_failures(kinds: list[_Kind], size: int, rate: Floats, rho: Floats) -> Floats:
    """Return the log likelihood of the counts, at each point of the grid."""
    # The failures of a stretch are a sum of independent beta-binomials, one per batch. The chances of a sum
    # are the convolution of theirs, and a Fourier transform makes a product of that: of k batches alike the
    # k-th power. The transform is taken as a circle, so it must be longer than all users of the stretch, or
    # the ends would run into each other; a power of two is fastest.
    of_batch = beta_binomial(size, rate, rho)
    total = np.zeros(np.broadcast_shapes(rate.shape, rho.shape))
    for full, rest, failed, times in kinds:
        if full >= _MANY:
            total += _log_of_many(full * size + rest, size, rate, rho, failed) @ times
            continue
        length = 1 << (full * size + rest).bit_length()
        transform = np.fft.rfft(of_batch, length) ** full if full else 1.0
        if rest:
            transform = transform * np.fft.rfft(beta_binomial(rest, rate, rho), length)
        chance = np.fft.irfft(transform, length)[..., failed]
        # the transform leaves noise of about 1e-16 where there is next to nothing
        total += np.log(np.maximum(chance, 1e-15)) @ times
    return total


def _log_of_many(users: int, size: int, rate: Floats, rho: Floats, failed: Ints) -> Floats:
    """Return the log chances of so many failures in many batches, by the beta-binomial of their variance."""
    # In batches the variance is users·p·(1-p)·(1 + (size - 1)·ρ), in one it has users - 1 for size - 1.
    rate, rho = np.broadcast_arrays(rate, np.minimum(rho, 0.9999))
    whole = np.maximum(rho * (size - 1) / (users - 1), 1e-9)
    alpha, beta = rate * (1 - whole) / whole, (1 - rate) * (1 - whole) / whole
    none, all_of_them = _lgamma(alpha), _lgamma(beta)
    both = _lgamma(alpha + beta) - _lgamma(alpha + beta + users)
    logs = []
    for many in failed.tolist():
        ways = math.lgamma(users + 1) - math.lgamma(many + 1) - math.lgamma(users - many + 1)
        logs.append(ways + both + _lgamma(alpha + many) - none + _lgamma(beta + users - many) - all_of_them)
    return np.stack(logs, axis=-1)


def beta_binomial(n: int, rate: Floats, rho: Floats) -> Floats:
    """Return the probabilities of 0 to n failures of n users with that intraclass correlation."""
    # With α = rate·M, β = (1-rate)·M and M = (1-ρ)/ρ, as Scenario has it: nobody fails with the probability
    # ∏ (β+j)/(M+j), j from 0 to n-1, and from k failures to k+1 it changes by the factor
    # (n-k)/(k+1) · (α+k)/(β+n-k-1). All is multiplied by ρ, so that ρ = 0 is the Binomial and divides by
    # nothing; at ρ = 1 it would be 0/0, so that is kept a little below.
    rate, rho = np.broadcast_arrays(rate, np.minimum(rho, 0.9999))
    alpha, beta = (rate * (1 - rho))[..., None], ((1 - rate) * (1 - rho))[..., None]
    rho = rho[..., None]
    steps = np.arange(n)
    none = np.log((beta + steps * rho) / (1 - rho + steps * rho)).sum(axis=-1, keepdims=True)
    ratio = (n - steps) / (steps + 1) * (alpha + steps * rho) / (beta + (n - steps - 1) * rho)
    chances: Floats = np.exp(np.concatenate([none, none + np.cumsum(np.log(ratio), axis=-1)], axis=-1))
    return chances
