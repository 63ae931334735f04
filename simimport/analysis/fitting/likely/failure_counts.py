"""Counts of failures of stretches, and how likely they are over a grid of rates and clusterings.

Knows no priors and draws nothing: that is `posterior_failures`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.failure_law import (
    COARSER,
    MANY,
    Make,
    Sums,
    beta_binomial,
    log_beta_binomial,
)

__all__ = ["Alike", "Failures", "Rows", "alike", "log_failures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Numbers that are worked on at most for the counts of one import: a tenth of a second.
_NUMBERS = 3_000_000
# a chance in closed form takes as long as so many of a transform
_CLOSED = 8
# so many makes of many batches are added up as those of few are
_FEW = 8
# of each axis of the grid, where counts are looked at that take too long at every point, and more of
# rows that are not evenly apart; and what is deep below the highest logarithm
_NODES, _MORE_NODES, _DEEP = 16, 24, 300.0
# of the lattices that are taken then
_FEWEST_CELLS, _MOST_CELLS = 256, 4096


@dataclass(frozen=True, eq=False)
class Failures:
    """How many failed of the users of each stretch: `full` batches of `size`, and one of `rest` users."""

    size: int
    full: Ints
    rest: Ints
    failed: Ints

    @property
    def users(self) -> Ints:
        """The users of each stretch."""
        return self.full * self.size + self.rest


class Alike(NamedTuple):
    """Stretches of one make, and how often how many of their users failed.

    `as_one` if they are taken as one batch of the same mean and variance.
    """

    make: Make
    failed: Ints
    times: Ints
    as_one: bool


def alike(data: Failures) -> list[Alike]:
    """Return the stretches by their make: thousands of them have few, and each is worked out once."""
    makes: dict[Make, list[int]] = {}
    for full, rest, failed in zip(data.full.tolist(), data.rest.tolist(), data.failed.tolist(), strict=True):
        makes.setdefault(Make(data.size, full, rest), []).append(failed)
    # Such stretches may be of hundreds of makes, and each is a sum of its own; while they are few, as that of
    # all that came before the first answer, they are added up like others.
    as_one = sum(make.batches >= MANY for make in makes) > _FEW
    return [
        Alike(make, *np.unique(failed, return_counts=True), as_one and make.batches >= MANY)
        for make, failed in makes.items()
    ]


class Rows(NamedTuple):
    """Rows of a grid from one place to another: logits of the rate, or logits around a centre.

    With a scale, they are the closer together the nearer they are to the centre, down to as little as that.
    """

    low: float
    high: float
    centre: float = 0.0
    scale: float = 0.0

    def logits(self, places: Floats) -> Floats:
        """Return the logits at places."""
        return self.centre + self.scale * np.sinh(places) if self.scale else places

    def steps(self, places: Floats) -> Floats:
        """Return how wide the cells around places are, in logits."""
        step = places[1] - places[0]
        if not self.scale:
            return np.full(len(places), step)
        return self.logits(places + step / 2) - self.logits(places - step / 2)


def log_failures(stretches: list[Alike], places: Floats, rho: Floats, rows: Rows | None = None) -> Floats:
    """Return the log likelihood of the counts at each place of rows, and clustering (column)."""
    rows = rows or Rows(float(places[0]), float(places[-1]))
    points = len(places) * len(rho)
    if points * sum(map(_numbers, stretches)) <= _NUMBERS:
        rate = 1 / (1 + np.exp(-rows.logits(places)))
        return _by_full_laws(stretches, *np.broadcast_arrays(rate[:, None], rho[None, :]))
    # Between the nodes the logarithm is smooth, along the rows and in the angle of ρ = sin²(πx/2).
    angle = np.arcsin(np.sqrt(rho)) * 2 / math.pi
    nodes, along = _nodes(places, _MORE_NODES if rows.scale else _NODES)
    some = angle > 0
    columns, along_columns = _nodes(np.log(angle[some]) - np.log(np.maximum(1 - angle[some], 1e-4)), _NODES)
    at_nodes = _by_sums(stretches, rows.logits(nodes), np.append(0.0, 1 / (1 + np.exp(-columns))))
    highest = float(at_nodes.max()) + _DEEP
    if rows.scale:
        # far from the centre it falls by factors, which cubics would overshoot
        at_nodes = np.log(highest - at_nodes)
    # that of no clustering, at the angle 0, stands for itself
    found = np.empty((len(places), len(angle)))
    found[:, ~some] = along @ at_nodes[:, :1]
    found[:, some] = along @ at_nodes[:, 1:] @ along_columns.T
    return highest - np.exp(found) if rows.scale else found


def _numbers(found: Alike) -> int:
    """Return how many numbers the full law of a stretch takes at each point."""
    if found.as_one:
        return _CLOSED * len(found.failed)
    return 1 << found.make.users.bit_length()


def _by_full_laws(stretches: list[Alike], rate: Floats, rho: Floats) -> Floats:
    """Return the log likelihood at each point of a grid, from the whole laws of stretches of few users."""
    # The failures of a stretch are a sum of independent beta-binomials, one per batch. The chances of a sum
    # are the convolution of theirs, and a Fourier transform makes a product of that: of k batches alike the
    # k-th power. The transform is taken as a circle, so it must be longer than all users of the stretch, or
    # the ends would run into each other; a power of two is fastest.
    total = np.zeros(rate.shape)
    of_batches: dict[int, Floats] = {}

    def of_batch(users: int) -> Floats:
        if users not in of_batches:
            of_batches[users] = beta_binomial(users, rate, rho)
        return of_batches[users]

    for make, failed, times, as_one in stretches:
        if as_one:
            log = log_beta_binomial(make.users, rate.ravel(), make.one_batch(rho.ravel()), failed)
            total += (log @ times).reshape(rate.shape)
            continue
        length = 1 << make.users.bit_length()
        transform = np.fft.rfft(of_batch(make.size), length) ** make.full if make.full else 1.0
        if make.rest:
            transform = transform * np.fft.rfft(of_batch(make.rest), length)
        chance = np.fft.irfft(transform, length)[..., failed]
        # the transform leaves noise of about 1e-16 where there is next to nothing
        total += np.log(np.maximum(chance, 1e-15)) @ times
    return total


def _by_sums(stretches: list[Alike], logit: Floats, angle: Floats) -> Floats:
    """Return the log likelihood at each point of a grid, whatever users the stretches have."""
    many = sum(int(found.failed @ found.times) for found in stretches)
    if 2 * many > sum(found.make.users * int(found.times.sum()) for found in stretches):
        # fewer counts are looked at if those of who did not fail are
        logit = -logit
        stretches = [found._replace(failed=found.make.users - found.failed) for found in stretches]
    rate, rho = 1 / (1 + np.exp(-logit)), np.sin(angle * math.pi / 2) ** 2
    rates, rhos = (axis.ravel() for axis in np.broadcast_arrays(rate[:, None], rho[None, :]))
    sums = Sums(stretches[0].make.size, rates, rhos, _cells(stretches, len(rates)))
    total = np.zeros(len(rates))
    for make, failed, times, as_one in stretches:
        if as_one:
            total += log_beta_binomial(make.users, rates, make.one_batch(rhos), failed) @ times
        else:
            total += sums.log_chances(make, failed) @ times
    return total.reshape(len(logit), len(angle))


def _cells(stretches: list[Alike], points: int) -> int:
    """Return how fine lattices may be: as fine as the counts, if that does not take too long."""
    several = [found for found in stretches if found.make.batches > 1 and not found.as_one]
    most = max((int(found.failed.max()) for found in several), default=0)
    cells = _FEWEST_CELLS
    while cells <= most + 1 and cells < _MOST_CELLS:
        # the law of a batch is chances in closed form, and sums of it are transforms
        lattices = 2 + int(math.log(max(most / cells, 1.0), COARSER))
        if points * (len(several) + lattices * _CLOSED) * cells > _NUMBERS:
            break
        cells *= 2
    return cells


def _nodes(axis: Floats, count: int) -> tuple[Floats, Floats]:
    """Return places of an axis, and the matrix that leads from there to all of it: cubics through four each.

    Few places stay as they are.
    """
    if 2 * len(axis) <= 3 * count:
        return axis, np.eye(len(axis))
    nodes = np.linspace(axis[0], axis[-1], count)
    place = (axis - axis[0]) / (nodes[1] - nodes[0])
    first = np.clip(np.floor(place).astype(np.int64) - 1, 0, count - 4)
    matrix = np.zeros((len(axis), count))
    for step in range(4):
        others = [other for other in range(4) if other != step]
        share = np.prod([(place - first - other) / (step - other) for other in others], axis=0)
        matrix[np.arange(len(axis)), first + step] = share
    return nodes, matrix
