"""What the numbers of a trace leave likely of the parameters: likelihoods, and draws from the posteriors.

Plain Bayes with weak priors, which are named here; knows no traces and no frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS", "LEAST_STRETCHES", "Failures", "Times", "gamma_sf", "interval", "posterior_failures", "posterior_times"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: How many draws stand for a posterior.
DRAWS = 2000
_MOST_STALLS = 6
_LEAST_RATE = 1e-7


# speed, variability, slowdown, stalls ---------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Times:
    """Stretches of work: `a`, `b` and `c` are the sums over their users of 1, x and x², x from 0 (first) to 1 (last).

    With that, a slowdown s makes the mean of a stretch (a + s·b)/v, and its variance cv²/v²·(a + 2s·b + s²·c).
    """

    a: Floats
    b: Floats
    c: Floats
    batches: Ints
    seconds: Floats
    noise_s2: Floats


#: With fewer stretches than this, neither variability nor slowdown can be told.
LEAST_STRETCHES = 5


def posterior_times(data: Times, rng: np.random.Generator) -> tuple[Floats, bool]:
    """Return draws of ``users_per_s, latency_cv, slowdown, stall_rate, stall_s``, and whether stalls were seen.

    Population Monte Carlo (Cappé et al. 2004): weighted draws from a Student t whose place and shape follow
    the draws before. Priors: flat in log v and in log cv (from 1e-3 to 10); Cauchy of scale 1 for the
    slowdown, above -0.9; Beta(1/2, 1/2) for the stall rate; flat in log stall_s between what stands out and the longest
    stretch. Where nothing stands out there were no stalls, and their length is NaN. With fewer than
    `LEAST_STRETCHES` stretches the slowdown is taken as 0, and log cv as normal around log 0.5 with deviation 1.
    """
    start, seen, least_s = _start(data)
    few = len(data.a) < LEAST_STRETCHES
    seen &= not few
    known = 5 if seen else 3 - few
    if few:
        start[1] = math.log(0.5)
    never = (*([0.0] * few), -30.0, 0.0)
    wide = math.sqrt(1 + 20 / len(data.a))

    def log_density(draws: Floats) -> Floats:
        full = draws if seen else np.column_stack([draws, np.tile(never, (len(draws), 1))])
        log = _log_times(data, full, least_s if seen else math.inf)
        return log - (draws[:, 1] - math.log(0.5)) ** 2 / 2 if few else log

    draws = _population(log_density, start[:known], np.array([0.1, 0.3, 0.3, 0.8, 0.05])[:known] * wide, rng)
    told = np.zeros((DRAWS, 5))
    told[:, :2] = np.exp(draws[:, :2])
    if not few:
        told[:, 2] = draws[:, 2]
    if seen:
        told[:, 3], told[:, 4] = 1 / (1 + np.exp(-draws[:, 3])), np.exp(draws[:, 4])
    else:
        told[:, 3], told[:, 4] = rng.beta(0.5, data.batches.sum() + 0.5, DRAWS), np.nan
    return told, seen


def _population(
    log_density: Callable[[Floats], Floats], place: Floats, spread: Floats, rng: np.random.Generator
) -> Floats:
    """Return equally likely draws from a density that is known up to a factor."""
    shape = np.diag(spread**2)
    for step, count in enumerate((1000, 1000, 1000, 1500, 1500, 2000, 6000)):
        draws = _student(rng, place, shape, count)
        log = log_density(draws) - _log_student(draws, place, shape)
        weight = np.exp(log - log.max())
        # flattened at first, so that a poor start does not hang on one draw
        flat = weight ** min(1.0, (step + 1) / 5)
        flat /= flat.sum()
        place = flat @ draws
        away = draws - place
        shape = (away * flat[:, None]).T @ away * 1.1 + np.diag(spread**2 * 1e-8)
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), (np.arange(DRAWS) + rng.random()) / DRAWS)
    return draws[chosen.clip(max=len(draws) - 1)][rng.permutation(DRAWS)]


def _start(data: Times) -> tuple[Floats, bool, float]:
    """Return where to look first, whether stalls stand out, and from how long on a silence counts as a stall."""
    per_user, slope = _robust_line(data.seconds / data.a, data.b / data.a, data.a)
    slow = min(max(slope / per_user, -0.5), 50.0)
    mean = (data.a + slow * data.b) * per_user
    spread = (data.seconds - mean) / np.sqrt(data.a)
    scale = max(1.4826 * float(np.median(np.abs(spread))), 1e-4 * per_user)
    # a line through few points leaves less than there is
    cv = min(max(scale / per_user * math.sqrt(1 + 8 / len(data.a)), 2e-3), 8.0)
    batch_s = float(np.sum(mean) / np.sum(data.batches))
    noise_s = math.sqrt(float(np.median(data.noise_s2)))
    least_s = max(batch_s, 6 * scale * math.sqrt(float(np.median(data.a))), 4 * noise_s)
    longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
    candidates = np.exp(np.linspace(math.log(least_s * 1.01), math.log(longest_s), 60))
    over = (data.seconds - mean)[(data.seconds - mean) > least_s]
    candidates = np.concatenate([candidates, over, over / 2])
    trial = np.tile([-math.log(per_user), math.log(cv), slow, 0.0, 0.0], (len(candidates), 1))
    trial[:, 4] = np.log(candidates)
    expected = np.clip(np.rint((data.seconds - mean)[:, None] / candidates), 0, data.batches[:, None]).sum(axis=0)
    batches = float(data.batches.sum())
    trial[:, 3] = np.log((expected + 0.5) / (batches - np.minimum(expected, batches - 0.5) + 0.5))
    best = trial[np.argmax(_log_times(data, trial, least_s))]
    never = best.copy()
    never[3] = math.log(0.2 / (batches + 1))
    told = _log_times(data, np.array([best, never]), least_s)
    seen = bool(len(over)) and bool(told[0] > told[1] + 3)
    return (best if seen else never), seen, least_s


def _robust_line(y: Floats, x: Floats, weight: Floats) -> tuple[float, float]:
    """Return intercept and slope of the line with the least absolute deviations, by reweighting."""
    if len(y) < 3 or np.ptp(x) < 1e-9:
        return float(np.average(y, weights=weight)), 0.0
    design = np.column_stack([np.ones_like(x), x])
    inverse = np.full(len(y), 1.0)
    line = np.array([np.median(y), 0.0])
    for _ in range(30):
        root = np.sqrt(weight * inverse)
        line = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        inverse = 1 / np.maximum(np.abs(y - design @ line), 1e-3 * np.median(y))
    if line[0] <= 0:
        return float(np.median(y)), 0.0
    return float(line[0]), float(line[1])


def _log_times(data: Times, draws: Floats, least_s: float) -> Floats:
    """Return the logarithm of prior times likelihood, for each row of log v, log cv, slowdown, logit p, log s."""
    log_v, log_cv, slow, logit, log_s = draws.T[:, :, None]
    inside = (log_cv > math.log(1e-3)) & (log_cv < math.log(10)) & (slow > -0.9)
    if math.isfinite(least_s):
        longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
        inside &= (log_s > math.log(least_s)) & (log_s < math.log(longest_s) + 0.1) & (abs(logit) < 25)
    slow = np.maximum(slow, -0.9)
    stall = np.exp(np.clip(log_s, -20, 30))
    mean = (data.a + slow * data.b) * np.exp(-log_v)
    variance = np.exp(2 * (log_cv - log_v)) * (data.a + slow * (2 * data.b + slow * data.c)) + data.noise_s2
    log_p, log_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    total = data.batches * log_q + _log_gamma_pdf(data.seconds, mean, variance)
    for stalls in range(1, _MOST_STALLS + 1):
        rows = (data.batches >= stalls) & (data.seconds > stalls * least_s)
        if not rows.any():
            break
        m = data.batches[rows]
        ways = np.array([math.lgamma(k + 1) - math.lgamma(stalls + 1) - math.lgamma(k - stalls + 1) for k in m.tolist()])
        term = ways + stalls * log_p + (m - stalls) * log_q
        term = term + _log_gamma_pdf(data.seconds[rows] - stalls * stall, mean[:, rows], variance[:, rows])
        total[:, rows] = np.logaddexp(total[:, rows], term)
    # of the stall rate: Beta(1/2, 1/2), in its logit
    prior = -np.log1p(slow**2) + (log_p + log_q) / 2
    return np.where(inside, total.sum(axis=1, keepdims=True) + prior, -np.inf)[:, 0]


def _log_gamma_pdf(x: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the logarithm of the density of a Gamma variable of that mean and variance; -1e6 below 0."""
    shape = mean * mean / variance
    ok = x > 0
    x = np.where(ok, x, 1.0)
    ratio = x / mean
    # around the mean, so that large shapes lose no digits
    log = shape * (np.log(ratio) - ratio + 1) - np.log(x) + 0.5 * np.log(shape / (2 * math.pi)) - _stirling(shape)
    return np.where(ok, log, -1e6)


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


_FREEDOM = 6.0


def _student(rng: np.random.Generator, place: Floats, shape: Floats, count: int) -> Floats:
    root = np.linalg.cholesky(shape)
    normal = rng.standard_normal((count, len(place))) @ root.T
    return place + normal / np.sqrt(rng.chisquare(_FREEDOM, (count, 1)) / _FREEDOM)


def _log_student(draws: Floats, place: Floats, shape: Floats) -> Floats:
    root = np.linalg.cholesky(shape)
    away = np.linalg.solve(root, (draws - place).T)
    power = -(_FREEDOM + len(place)) / 2
    return power * np.log1p((away**2).sum(axis=0) / _FREEDOM) - np.log(np.diag(root)).sum()


# failures -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Failures:
    """How many failed of the users of each stretch: of `full` batches of `size`, and of one of `rest` users."""

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
    told = np.column_stack([1 / (1 + np.exp(-drawn_logit)), np.sin(np.clip(drawn_angle, 0, 1) * math.pi / 2) ** 2])
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
    none = np.log((other[..., None] + steps * rho[..., None]) / (1 - rho[..., None] + steps * rho[..., None])).sum(axis=-1)
    ratio = (n - steps) / (steps + 1) * (one[..., None] + steps * rho[..., None])
    ratio = ratio / (other[..., None] + (n - steps - 1) * rho[..., None])
    log = none[..., None] + np.concatenate([np.zeros((*rate.shape, 1)), np.cumsum(np.log(ratio), axis=-1)], axis=-1)
    return np.exp(log)


# intervals and tails --------------------------------------------------------------------------------


def interval(draws: Floats, level: float, bound: float | None = None) -> tuple[float, float]:
    """Return an equal-tailed interval of draws; from the bound on where that is not clearly less likely.

    Clearly: the density there is below 0.147 of its maximum, which is where a likelihood ratio test at 5 %
    would tell the two apart (exp(-3.84/2)).
    """
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    if bound is not None:
        width = max(float(np.quantile(draws, 0.99) - bound), 1e-300)
        density = np.histogram(draws, bins=20, range=(bound, bound + width))[0]
        if density[0] > 0.147 * density.max():
            return bound, float(np.quantile(draws, level))
    return float(low), float(high)


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
