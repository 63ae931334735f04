"""The density and the tail of the Gamma distribution, by mean and variance: numpy has neither.

Formulas with their sources; no parameters of imports.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["gamma_sf", "log_gamma_pdf"]

Floats = NDArray[np.float64]


def log_gamma_pdf(x: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the logarithm of the density of a Gamma variable of that mean and variance; -1e6 below 0."""
    shape = mean * mean / variance
    ok = x > 0
    x = np.where(ok, x, 1.0)
    ratio = x / mean
    # around the mean, so that large shapes lose no digits
    log = shape * (np.log(ratio) - ratio + 1) + 0.5 * np.log(shape / (2 * math.pi))
    log = log - np.log(x) - _stirling(shape)
    told: Floats = np.where(ok, log, -1e6)
    return told


def _stirling(k: Floats) -> Floats:
    """Return lgamma(k) less Stirling's (k - 1/2)·log k - k + log(2π)/2."""
    small = k < 8
    if not small.any():
        return _series(k)
    shifted = np.where(small, k + 8, k)
    correction = np.zeros_like(k)
    part = k[small]
    logs = np.zeros_like(part)
    for step in range(8):
        logs += np.log(part + step)
    full = (part + 7.5) * np.log(part + 8) - (part + 8) + _series(part + 8) - logs
    correction[small] = full - ((part - 0.5) * np.log(part) - part)
    correction[~small] = _series(shifted[~small])
    return correction


def _series(k: Floats) -> Floats:
    inverse = 1 / k
    square = inverse * inverse
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))


def gamma_sf(x: float, mean: float, variance: float) -> float:
    """Return the probability that a Gamma variable of that mean and variance exceeds x.

    The series and the continued fraction of the incomplete Gamma function (DLMF 8.11.4 and 8.9.2).
    """
    shape = mean * mean / variance
    z = x * mean / variance
    if z <= 0:
        return 1.0
    front = math.exp(min(shape * math.log(z) - z - math.lgamma(shape), 700.0))
    if z < shape + 1:
        term = total = 1 / shape
        k = shape
        while term > total * 1e-14:
            k += 1
            term *= z / k
            total += term
        return max(0.0, 1 - front * total)
    c, d, b = 1e300, 1 / (z + 1 - shape), z + 1 - shape
    fraction = d
    for step in range(1, 100_000):
        a = -step * (step - shape)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-13:
            break
    return min(1.0, front * fraction)
