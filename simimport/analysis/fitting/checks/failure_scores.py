"""Where the failures of each stretch lie in what draws of the posterior expect: as a normal variable.

Counts are discrete, so each is put at random within the step that it has (Dunn and Smyth 1996).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.scores import Scores, normal_scores
from simimport.analysis.fitting.likely.failure_counts import Failures
from simimport.analysis.fitting.likely.failure_law import (
    MANY,
    Lattice,
    Make,
    log_beta_binomial,
    log_chances_of_ends,
    widths,
)
from simimport.analysis.gamma_tail import gamma_sf

__all__ = ["scores_of_failures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# failures, and with them numbers per draw, up to which each count has its chance
_EACH = 5000
# of the lattices on which failures of few batches are added up
_CELLS = 1024


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
        law = _Law(data, rates[:, place], rho)
        for full, rest in set(zip(data.full.tolist(), data.rest.tolist(), strict=True)):
            same = np.flatnonzero((data.full == full) & (data.rest == rest))
            fewer, as_many = law.chances(Make(data.size, full, rest), data.failed[same])
            columns = begin + same
            u[:, columns] = fewer + within[columns] * as_many
    return Scores(normal_scores(u), begins, np.zeros(len(begins), dtype=np.bool_))


class _Law:
    """The failures of stretches of one import, under each draw."""

    def __init__(self, data: Failures, rate: Floats, rho: Floats) -> None:
        self._rate, self._rho = rate, rho
        # as fine as the counts are, if there are not too many
        self._cells = min(1 << (int(data.failed.max(initial=0)) + 1).bit_length(), _CELLS)
        self._size = data.size
        self._lattices: dict[int, Lattice] = {}

    def chances(self, make: Make, failed: Ints) -> tuple[Floats, Floats]:
        """Return the chances of fewer failures than these, and of as many, a row per draw."""
        if make.batches >= MANY:
            return self._of_many(make, failed)
        fewer, as_many = np.empty((2, len(self._rate), len(failed)))
        wide = widths(failed, self._cells)
        for width in np.unique(wide).tolist():
            if width not in self._lattices:
                self._lattices[width] = Lattice(self._size, self._rate, self._rho, width, self._cells)
            lattice, chosen = self._lattices[width], np.flatnonzero(wide == width)
            fewer[:, chosen], as_many[:, chosen] = self._on_lattice(lattice, make, failed[chosen])
            if not lattice.resolved.all():
                of_many = self._of_many(make, failed[chosen])
                for kept, other in zip((fewer, as_many), of_many, strict=True):
                    kept[:, chosen] = np.where(lattice.resolved[:, None], kept[:, chosen], other)
        return fewer, as_many

    def _on_lattice(self, lattice: Lattice, make: Make, failed: Ints) -> tuple[Floats, Floats]:
        masses = np.maximum(lattice.masses(make) if lattice.width == 1 else lattice.masses_of_parts(make), 0)
        fewer, as_many = lattice.chances_of_fewer(masses, failed), lattice.chances(masses, failed)
        if lattice.width > 1:
            counts: Ints = np.unique(np.add.outer(make.size * np.arange(make.full + 1), [0, make.rest]))
            ends = np.exp(log_chances_of_ends(make, self._rate, self._rho, counts))
            fewer += ends @ (counts[:, None] < failed)
            as_many += ends @ (counts[:, None] == failed)
        return fewer, as_many

    def _of_many(self, make: Make, failed: Ints) -> tuple[Floats, Floats]:
        """Return the same from mean and variance."""
        rate, rho, most = self._rate, make.one_batch(self._rho), int(failed.max())
        if most <= _EACH:
            chances = np.exp(log_beta_binomial(make.users, rate, rho, np.arange(most + 1)))
            below = np.concatenate([np.zeros((len(rate), 1)), np.cumsum(chances, axis=1)], axis=1)
            return below[:, failed], chances[:, failed]
        mean, variance = make.users * rate, make.users * rate * (1 - rate) * (1 + (make.users - 1) * rho)
        ends = failed[:, None] + np.array([-0.5, 0.5])
        below, upto = 1 - gamma_sf(ends.T[:, None, :], mean[:, None], variance[:, None])
        return below, upto - below
