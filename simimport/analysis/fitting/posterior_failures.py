"""What counts of failures leave likely of their rate and clustering: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.draws import DRAWS

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


class _Kind(NamedTuple):
    """Stretches of one make: their full batches and rest, and how often how many of their users failed."""

    full: int
    rest: int
    failed: Ints
    times: Ints


def posterior_failures(data: Failures, rng: np.random.Generator) -> Floats:
    """Return draws of ``failure_rate, failure_clustering``.

    On a grid, laid twice: over all, then where the mass is. Priors: Beta(1/2, 1/2) for the rate, and
    Beta(1/2, 3/2) for the clustering.
    """
    users = int((data.full * data.size + data.rest).sum())
    kinds = _kinds_of_stretches(data)
    # The axes are those in which the posterior is broad: the logit of the rate, around that of the share that
    # failed, as wide as few users leave it uncertain; and for ρ the angle x of ρ = sin²(πx/2), from 0 to 1.
    share = (data.failed.sum() + 0.5) / (users + 1)
    wide = math.log(30) + 2 / math.sqrt(users * min(share, 1 - share) + 1)
    centre = math.log(share / (1 - share))
    low, high, angle_low, angle_high = centre - wide, centre + wide, 0.0, 1.0
    for points in (32, 48):
        logit = low + (high - low) * (np.arange(points) + 0.5) / points
        angle = angle_low + (angle_high - angle_low) * (np.arange(points) + 0.5) / points
        rate, rho = (1 / (1 + np.exp(-logit)))[:, None], np.sin(angle * math.pi / 2)[None, :] ** 2
        log = _log_failures(kinds, data.size, rate, rho)
        # The priors as densities of the axes: Beta(1/2, 1/2) has √(p(1-p)) in the logit. Beta(1/2, 3/2) is
        # ρ^(-1/2)·(1-ρ)^(1/2), and dρ/dx goes with √(ρ(1-ρ)), which leaves 1-ρ: flat near 0.
        log = log + 0.5 * np.log(rate * (1 - rate)) + np.log(1 - rho)
        mass = np.exp(log - log.max())
        mass /= mass.sum()
        low, high = _narrowed_range(mass.sum(axis=1), low, high)
        angle_low, angle_high = _narrowed_range(mass.sum(axis=0), angle_low, angle_high)
    # cells of the grid at equal steps through their cumulated mass, and in each cell any place
    chosen = np.searchsorted(np.cumsum(mass), (np.arange(DRAWS) + 0.5) / DRAWS).clip(max=mass.size - 1)
    rows, columns = np.unravel_index(chosen, mass.shape)
    drawn_logit = logit[rows] + (logit[1] - logit[0]) * (rng.random(DRAWS) - 0.5)
    drawn_angle = angle[columns] + (angle[1] - angle[0]) * (rng.random(DRAWS) - 0.5)
    drawn_rho = np.sin(np.clip(drawn_angle, 0, 1) * math.pi / 2) ** 2
    draws: Floats = np.column_stack([1 / (1 + np.exp(-drawn_logit)), drawn_rho])
    return draws[rng.permutation(DRAWS)]


def _narrowed_range(mass: Floats, low: float, high: float) -> tuple[float, float]:
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
    of_batch = _beta_binomial(size, rate, rho)
    total = np.zeros(np.broadcast_shapes(rate.shape, rho.shape))
    for full, rest, failed, times in kinds:
        length = 1 << (full * size + rest).bit_length()
        transform = np.fft.rfft(of_batch, length) ** full if full else 1.0
        if rest:
            transform = transform * np.fft.rfft(_beta_binomial(rest, rate, rho), length)
        chance = np.fft.irfft(transform, length)[..., failed]
        # the transform leaves noise of about 1e-16 where there is next to nothing
        total += np.log(np.maximum(chance, 1e-15)) @ times
    return total


def _beta_binomial(n: int, rate: Floats, rho: Floats) -> Floats:
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
