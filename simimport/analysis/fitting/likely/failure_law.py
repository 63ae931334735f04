"""How many fail of some batches: of one batch in closed form, of several on a lattice of counts.

Chances under given parameters only; which of these are likely is `posterior_failures`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import stirling_remainder

__all__ = [
    "COARSER",
    "MANY",
    "Lattice",
    "Make",
    "Sums",
    "beta_binomial",
    "log_beta_binomial",
    "log_chances_of_ends",
    "widths",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Complex = NDArray[np.complex128]

#: Of so many batches and more, only mean and variance of the failures count, where that is much less work.
MANY = 40
# At 1 the beta-binomial would be 0/0, and where users correlate less than that it is the Binomial.
_MOST, _LEAST = 0.9999, 1e-9
#: Each lattice has cells so many times as wide as the one before
COARSER = 8
# what a lattice is damped by over twice its length
_DAMPED = 1e-9
# chances below are noise of the transform
_NOISE = 1e-10
# a lattice shows a law whose batches deviate by so many of its cells
_RESOLVED = 1.0
# pieces of a batch's counts are that small beside their distance from the end
_PIECES = 32


class Make(NamedTuple):
    """What a stretch is made of: `full` batches of `size` users, and one of `rest` if that is not 0."""

    size: int
    full: int
    rest: int

    @property
    def users(self) -> int:
        """All of them."""
        return self.full * self.size + self.rest

    @property
    def batches(self) -> int:
        """How many batches it has."""
        return self.full + (self.rest > 0)

    def one_batch(self, rho: Floats) -> Floats:
        """Return the clustering of one batch of all users whose failures have the same mean and variance."""
        # In a batch of n users the variance is n·p·(1-p)·(1 + (n-1)·ρ).
        pairs = self.full * self.size * (self.size - 1) + self.rest * (self.rest - 1)
        return rho * (pairs / max(self.users * (self.users - 1), 1))


def beta_binomial(n: int, rate: Floats, rho: Floats) -> Floats:
    """Return the probabilities of 0 to n failures of n users with that intraclass correlation."""
    # With α = rate·M, β = (1-rate)·M and M = (1-ρ)/ρ, as Scenario has it: nobody fails with the probability
    # ∏ (β+j)/(M+j), j from 0 to n-1, and from k failures to k+1 it changes by the factor
    # (n-k)/(k+1) · (α+k)/(β+n-k-1). All is multiplied by ρ, so that ρ = 0 is the Binomial and divides by
    # nothing; at ρ = 1 it would be 0/0, so that is kept a little below.
    rate, rho = np.broadcast_arrays(rate, np.minimum(rho, _MOST))
    alpha, beta = (rate * (1 - rho))[..., None], ((1 - rate) * (1 - rho))[..., None]
    rho = rho[..., None]
    steps = np.arange(n)
    none = np.log((beta + steps * rho) / (1 - rho + steps * rho)).sum(axis=-1, keepdims=True)
    ratio = (n - steps) / (steps + 1) * (alpha + steps * rho) / (beta + (n - steps - 1) * rho)
    chances: Floats = np.exp(np.concatenate([none, none + np.cumsum(np.log(ratio), axis=-1)], axis=-1))
    return chances


def log_beta_binomial(n: int, rate: Floats, rho: Floats, failed: NDArray[np.generic]) -> Floats:
    """Return the log probabilities of some counts of failures of n users, a row per rate and clustering.

    Takes as long for many users as for few. Between whole counts it is what the Gamma function makes of it.
    """
    counts = np.asarray(failed, dtype=np.float64)
    ways = _log_gamma(np.array([n + 1.0])) - _log_gamma(counts + 1) - _log_gamma(n - counts + 1)
    log = np.empty((len(rate), len(counts)))
    plain = rho < _LEAST
    log[plain] = counts * np.log(rate[plain, None]) + (n - counts) * np.log1p(-rate[plain, None])
    rate, rho = rate[~plain, None], np.minimum(rho[~plain, None], _MOST)
    many = (1 - rho) / rho
    alpha, beta = rate * many, (1 - rate) * many
    ends = _log_gamma(many) - _log_gamma(alpha) - _log_gamma(beta) - _log_gamma(many + n)
    log[~plain] = ends + _log_gamma(alpha + counts) + _log_gamma(beta + (n - counts))
    return log + ways


def _log_gamma(x: Floats) -> Floats:
    log: Floats = (x - 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi) + stirling_remainder(x)
    return log


class Lattice:
    """The laws of sums of batches at every `width`-th count, `cells` of them, at some rates and clusterings.

    Of counts between two points the mass is put on three such that mean and variance stay (with a width of 1
    all lies where it is). What a lattice says is so what is known where a count is known to within a cell.
    """

    # Sums up to a count need no more of each batch than its chances up to that. A Fourier transform takes the
    # lattice as a circle, on which all sums beyond run into the ones looked for; so the masses are damped by
    # a factor per cell before, and sums by the same after, which leaves of the others a billionth each time
    # round (exponential tilting: Grübel and Hermesmeier 1999).
    def __init__(self, size: int, rate: Floats, rho: Floats, width: int, cells: int) -> None:
        self.width, self.cells = width, cells
        self._rate, self._rho = rate, rho
        self._damping = _DAMPED ** (np.arange(cells) / (2 * cells))
        self._transforms: dict[tuple[int, bool], Complex] = {}
        deviation = np.sqrt(size * rate * (1 - rate) * (1 + (size - 1) * rho))
        #: whether it shows the law of batches at all, or has it in too few cells
        self.resolved = np.full(len(rate), width == 1) | (deviation >= _RESOLVED * width)

    def masses(self, make: Make) -> Floats:
        """Return the probabilities at its points, a row per rate and clustering."""
        return self._sums(make, ends=False)

    def masses_of_parts(self, make: Make) -> Floats:
        """Return the same without the sums of batches of each of which nobody fails, or everybody.

        These are single counts, which may be likelier than all in the cells around.
        """
        return self._sums(make, ends=False) - self._sums(make, ends=True)

    def _sums(self, make: Make, *, ends: bool) -> Floats:
        transform: Complex = np.ones((1, self.cells + 1), dtype=np.complex128)
        if make.full:
            transform = _power(self._of_batch(make.size, ends=ends), make.full)
        if make.rest:
            transform = transform * self._of_batch(make.rest, ends=ends)
        masses: Floats = np.fft.irfft(transform, 2 * self.cells)[:, : self.cells] / self._damping
        return masses

    def chances(self, masses: Floats, failed: Ints) -> Floats:
        """Return the chances of counts that it reaches to, a row per row of masses."""
        return _at(masses, failed / self.width) / self.width

    def chances_of_fewer(self, masses: Floats, failed: Ints) -> Floats:
        """Return the chances of fewer failures than these."""
        # the sum up to a point is the chance of less than where its cell ends
        upto = np.concatenate([np.zeros((len(masses), 1)), np.cumsum(masses, axis=1)], axis=1)
        return _at(upto, np.maximum((failed - 0.5) / self.width + 0.5, 0.0))

    def _of_batch(self, users: int, *, ends: bool) -> Complex:
        """Return the transform of the law of one batch, or of its ends alone: nobody fails, or everybody."""
        if (users, ends) not in self._transforms:
            most = self.width * self.cells
            edges = _edges(users, most, max(self.width // 2, 1))
            pieces = np.diff(edges)
            counts = edges[:-1] + (pieces - 1) / 2
            if ends:
                counts, pieces = np.array([0.0, users][: 1 + (users < most)]), np.ones(1, dtype=np.int64)
            masses = np.exp(log_beta_binomial(users, self._rate, self._rho, counts)) * pieces
            self._transforms[users, ends] = self._transform(counts, masses)
        return self._transforms[users, ends]

    def _transform(self, counts: Floats, masses: Floats) -> Complex:
        # the three points around, so that the parabola through them keeps mass, mean and square
        place = counts / self.width
        middle = np.maximum(np.rint(place), 1)
        off = place - middle
        points, begins = np.unique(middle.astype(np.int64), return_index=True)
        on_points = np.zeros((len(masses), int(points[-1]) + 2 + self.cells))
        for step, share in ((-1, off * (off - 1) / 2), (0, 1 - off**2), (1, off * (off + 1) / 2)):
            on_points[:, points + step] += np.add.reduceat(masses * share, begins, axis=1)
        return np.fft.rfft(on_points[:, : self.cells] * self._damping, 2 * self.cells)


def _edges(users: int, most: int, piece: int) -> Ints:
    """Return where pieces of the counts from 0 to all users begin and end, up to a count.

    Single counts near both ends, where chances may rise steeply, and longer pieces further away.
    """
    half = min((users + 1) // 2, most)
    parts, at, step = [np.arange(min(2 * _PIECES, half))], 2 * _PIECES, 1
    while at < half:
        step = min(2 * step, piece)
        end = half if step == piece else min(2 * at, half)
        parts.append(np.arange(at, end, step))
        at = end
    lower = np.concatenate(parts)
    edges: Ints = np.unique(np.concatenate([lower, [half, users + 1 - half], users + 1 - lower]))
    return edges[: int(np.searchsorted(edges, most)) + 1]


def _power(base: Complex, exponent: int) -> Complex:
    """Return a whole power of at least 1 by squaring, which is several times as fast as `**`."""
    if exponent == 1:
        return base
    half = _power(base, exponent // 2)
    return half * half * base if exponent % 2 else half * half


class Sums:
    """The chances of counts of failures in stretches of any make, at some rates and clusterings.

    One batch has a closed form, and so has that nobody fails, or everybody. The chances of several are their
    convolution, on lattices of which each has wider cells than the one before. Where those are too wide for a
    law, it is so narrow that it is the beta-binomial of the same mean and variance.
    """

    def __init__(self, size: int, rate: Floats, rho: Floats, cells: int) -> None:
        self._size, self._rate, self._rho, self._cells = size, rate, rho, cells
        self._clustered = np.flatnonzero(rho >= _LEAST)
        self._lattices: dict[int, Lattice] = {}

    def log_chances(self, make: Make, failed: Ints) -> Floats:
        """Return the log probabilities of the counts, a row per rate and clustering."""
        log = log_beta_binomial(make.users, self._rate, make.one_batch(self._rho), failed)
        if make.batches == 1 or self._size == 1 or not len(self._clustered):
            return log
        whole = log_chances_of_ends(make, self._rate, self._rho, failed)
        ends = (failed == 0) | (failed == make.users)
        log[:, ends] = whole[:, ends]
        inner = np.flatnonzero(~ends)
        wide = widths(failed[inner], self._cells)
        for width in np.unique(wide).tolist():
            lattice = self.lattice(width)
            columns = inner[wide == width]
            masses = lattice.masses(make) if width == 1 else lattice.masses_of_parts(make)
            chances = lattice.chances(masses, failed[columns])[lattice.resolved]
            rows = np.ix_(self._clustered[lattice.resolved], columns)
            shown = np.log(np.maximum(chances, _NOISE))
            shown = np.where(chances > _NOISE, shown, np.minimum(log[rows], shown))
            log[rows] = shown if width == 1 else np.logaddexp(shown, whole[rows])
        return log

    def lattice(self, width: int) -> Lattice:
        """Return the lattice with cells of a width, of the points that cluster."""
        if width not in self._lattices:
            rate, rho = self._rate[self._clustered], self._rho[self._clustered]
            self._lattices[width] = Lattice(self._size, rate, rho, width, self._cells)
        return self._lattices[width]


def log_chances_of_ends(make: Make, rate: Floats, rho: Floats, failed: Ints) -> Floats:
    """Return the log probabilities that so many fail and of each batch nobody or everybody, row by row."""

    def log_ends(users: int) -> Floats:
        return log_beta_binomial(users, rate, rho, np.array([0, users])).T

    log = np.full((len(rate), len(failed)), -math.inf)
    none, everybody = log_ends(make.size)[:, :, None]
    for of_rest, log_rest in zip(
        (0, make.rest), log_ends(make.rest) if make.rest else (0 * rate,), strict=False
    ):
        batches, beside = np.divmod(failed - of_rest, make.size)
        chosen = np.flatnonzero((beside == 0) & (batches >= 0) & (batches <= make.full))
        many = batches[chosen].astype(np.float64)
        ways = _log_gamma(np.array([make.full + 1.0]))
        ways = ways - _log_gamma(many + 1) - _log_gamma(make.full - many + 1)
        alike = ways + many * everybody + (make.full - many) * none
        log[:, chosen] = np.logaddexp(log[:, chosen], alike + log_rest[:, None])
    return log


def widths(failed: Ints, cells: int) -> Ints:
    """Return the cells of the finest lattice that reaches to each count."""
    wide = np.ones(len(failed), dtype=np.int64)
    # between two points, so there must be one beyond
    while (beyond := failed >= wide * (cells - 1)).any():
        wide[beyond] *= COARSER
    return wide


def _at(masses: Floats, places: Floats) -> Floats:
    """Return the masses between points of a lattice."""
    low = np.floor(places).astype(np.int64)
    off = places - low
    between: Floats = masses[:, low] * (1 - off) + masses[:, np.minimum(low + 1, masses.shape[1] - 1)] * off
    return between
