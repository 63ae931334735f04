"""What counts of failures leave likely of their rate and clustering: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.posterior_times import DRAWS

__all__ = ["Failures", "posterior_failures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Failures:
    """How many failed of the users of each stretch: `full` batches of `size`, and one of `rest` users."""

    size: int
    full: Ints
    rest: Ints
    failed: Ints


def posterior_failures(data: Failures, rng: np.random.Generator) -> Floats:
    """Return draws of ``failure_rate, failure_clustering``.

    On a grid, laid twice: over all, then where the mass is. Priors: Beta(1/2, 1/2) for the rate, and
    Beta(1/2, 3/2) for the clustering.
    """
    users = int((data.full * data.size + data.rest).sum())
    counted = _counted(data)
    rate = (data.failed.sum() + 0.5) / (users + 1)
    wide = math.log(30) + 2 / math.sqrt(users * min(rate, 1 - rate) + 1)
    centre = math.log(rate / (1 - rate))
    low, high, rho_low, rho_high = centre - wide, centre + wide, 0.0, 1.0
    for points in (32, 48):
        logit = low + (high - low) * (np.arange(points) + 0.5) / points
        # the angle in which the prior of ρ is flat near 0
        angle = rho_low + (rho_high - rho_low) * (np.arange(points) + 0.5) / points
        grid_rate, grid_rho = (1 / (1 + np.exp(-logit)))[:, None], np.sin(angle * math.pi / 2)[None, :] ** 2
        log = _log_failures(counted, data.size, grid_rate, grid_rho)
        log = log + 0.5 * np.log(grid_rate * (1 - grid_rate)) + np.log(1 - grid_rho)
        mass = np.exp(log - log.max())
        mass /= mass.sum()
        low, high = _where(mass.sum(axis=1), low, high)
        rho_low, rho_high = _where(mass.sum(axis=0), rho_low, rho_high)
    chosen = np.searchsorted(np.cumsum(mass), (np.arange(DRAWS) + 0.5) / DRAWS).clip(max=mass.size - 1)
    rows, columns = np.unravel_index(chosen, mass.shape)
    drawn_logit = logit[rows] + (logit[1] - logit[0]) * (rng.random(DRAWS) - 0.5)
    drawn_angle = angle[columns] + (angle[1] - angle[0]) * (rng.random(DRAWS) - 0.5)
    drawn_rho = np.sin(np.clip(drawn_angle, 0, 1) * math.pi / 2) ** 2
    told: Floats = np.column_stack([1 / (1 + np.exp(-drawn_logit)), drawn_rho])
    return told[rng.permutation(DRAWS)]


def _where(mass: Floats, low: float, high: float) -> tuple[float, float]:
    """Return the narrower range that holds all but a ten-thousandth of the mass, and two cells more."""
    step = (high - low) / len(mass)
    inside = np.flatnonzero(mass > 1e-5 * mass.max())
    return max(low, low + (inside[0] - 1) * step), min(high, low + (inside[-1] + 2) * step)


def _counted(data: Failures) -> list[tuple[int, int, Ints, Ints]]:
    """Return, for each kind of stretch, its full batches and rest, and how often how many failed."""
    kinds: dict[tuple[int, int], list[int]] = {}
    for full, rest, failed in zip(data.full.tolist(), data.rest.tolist(), data.failed.tolist(), strict=True):
        kinds.setdefault((full, rest), []).append(failed)
    return [(full, rest, *np.unique(failed, return_counts=True)) for (full, rest), failed in kinds.items()]


def _log_failures(counted: list[tuple[int, int, Ints, Ints]], size: int, rate: Floats, rho: Floats) -> Floats:
    whole = _beta_binomial(size, rate, rho)
    total = np.zeros(np.broadcast_shapes(rate.shape, rho.shape))
    for full, rest, failed, often in counted:
        length = 1 << (full * size + rest).bit_length()
        told = np.fft.rfft(whole, length) ** full if full else 1.0
        if rest:
            told = told * np.fft.rfft(_beta_binomial(rest, rate, rho), length)
        chance = np.fft.irfft(told, length)[..., failed]
        # the transform leaves noise of about 1e-16 where there is next to nothing
        total += np.log(np.maximum(chance, 1e-15)) @ often
    return total


def _beta_binomial(n: int, rate: Floats, rho: Floats) -> Floats:
    """Return the probabilities of 0 to n failures of n users with that intraclass correlation."""
    rate, rho = np.broadcast_arrays(rate, np.minimum(rho, 0.9999))
    one, other = rate * (1 - rho), (1 - rate) * (1 - rho)
    steps = np.arange(n)
    one, other, rho = one[..., None], other[..., None], rho[..., None]
    none = np.log((other + steps * rho) / (1 - rho + steps * rho)).sum(axis=-1, keepdims=True)
    ratio = (n - steps) / (steps + 1) * (one + steps * rho) / (other + (n - steps - 1) * rho)
    told: Floats = np.exp(np.concatenate([none, none + np.cumsum(np.log(ratio), axis=-1)], axis=-1))
    return told
