"""The upper tail of the Gamma distribution, for whole arrays: NumPy has none of it.

Formulas with their sources, tested against SciPy, which is therefore not needed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["gamma_sf"]

Floats = NDArray[np.float64]

# from this shape on the expansion for large shapes is right to 1e-6
_LARGE = 25.0
# of series and fraction; for small shapes they need far fewer
_MOST_STEPS = 500
_TINY = 1e-300

_erfc = np.frompyfunc(math.erfc, 1, 1)
_lgamma = np.frompyfunc(math.lgamma, 1, 1)


def gamma_sf(x: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the probability that Gamma variables of some means and variances exceed x; of any shape alike.

    Examples
    --------
    Of a mean and a variance of 1 it is the exponential's, exp(-x).

    >>> one = np.ones(3)
    >>> gamma_sf(np.array([-1.0, 1.0, 2.5]), one, one).round(12).tolist()
    [1.0, 0.367879441171, 0.082084998624]
    """
    x, mean, variance = np.broadcast_arrays(x, mean, variance)
    shape, z = mean * mean / variance, x * mean / variance
    tail = np.ones(z.shape)
    for chosen, of_kind in (
        ((z > 0) & (shape >= _LARGE), _of_large_shapes),
        ((z > 0) & (shape < _LARGE) & (z < shape + 1), _by_series),
        ((z > 0) & (shape < _LARGE) & (z >= shape + 1), _by_fraction),
    ):
        if chosen.any():
            tail[chosen] = of_kind(shape[chosen], z[chosen])
    return np.clip(tail, 0.0, 1.0)


def _of_large_shapes(k: Floats, z: Floats) -> Floats:
    """Return Q(k, z) by Temme's uniform expansion (DLMF 8.12.4 and 8.12.8 to 10), of two terms."""
    ratio = z / k
    mu = ratio - 1
    # ½η² = μ - log(1 + μ), and η has the sign of μ
    eta = np.sign(mu) * np.sqrt(np.maximum(2 * (mu - np.log1p(mu)), 0.0))
    near = np.abs(eta) < 0.02
    away = np.where(near, 1.0, eta)
    inverse = 1 / np.where(near, 1.0, mu)
    first = inverse - 1 / away
    second = 1 / away**3 - inverse**3 - inverse**2 - inverse / 12
    # near 0 the differences lose their digits, and their series take over (DLMF 8.12.12)
    first = np.where(near, -1 / 3 + eta * (1 / 12 - eta * (2 / 135 - eta / 864)), first)
    second = np.where(near, -1 / 540 - eta * (1 / 288 - eta / 378), second)
    rest = np.exp(-k * eta**2 / 2) / np.sqrt(2 * math.pi * k) * (first + second / k)
    tail: Floats = 0.5 * np.asarray(_erfc(eta * np.sqrt(k / 2)), dtype=np.float64) + rest
    return tail


def _front(k: Floats, z: Floats) -> Floats:
    front: Floats = np.exp(np.minimum(k * np.log(z) - z - np.asarray(_lgamma(k), dtype=np.float64), 700.0))
    return front


def _by_series(k: Floats, z: Floats) -> Floats:
    """Return Q(k, z) below the mean, by the series of P (DLMF 8.11.4)."""
    term = 1 / k
    total = term.copy()
    for step in range(1, _MOST_STEPS):
        term = term * z / (k + step)
        total += term
        if (term < total * 1e-15).all():
            break
    return 1 - _front(k, z) * total


def _by_fraction(k: Floats, z: Floats) -> Floats:
    """Return Q(k, z) above the mean, by the continued fraction (DLMF 8.9.2), as Lentz evaluates it."""
    b = z + 1 - k
    c, d = np.full_like(z, 1 / _TINY), 1 / b
    fraction = d.copy()
    for step in range(1, _MOST_STEPS):
        a = -step * (step - k)
        b = b + 2
        d = a * d + b
        c = b + a / c
        d = 1 / np.where(d == 0, _TINY, d)
        c = np.where(c == 0, _TINY, c)
        fraction *= c * d
        if (np.abs(c * d - 1) < 1e-14).all():
            break
    return _front(k, z) * fraction
