"""What stretches of work leave likely of speed, variability, slowdown and stalls: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of failures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import log_gamma_pdf

__all__ = ["DRAWS", "LEAST_STRETCHES", "Times", "counted_interval", "interval", "posterior_times"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: How many draws stand for a posterior.
DRAWS = 2000
_MOST_STALLS = 6
# the rounds in which draws close in, and the logit of a rate that stands for no stalls
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 15
_NEVER = -30.0
# by how much, in log likelihood, stalls must explain better what else is variability
_CLEARLY = 5.0
_AT_ONCE = 16_384
# of the Student t that is drawn from: its tails are heavier than the posterior's
_FREEDOM = 6.0


@dataclass(frozen=True, eq=False)
class Times:
    """Stretches of work: `a`, `b` and `c` are the sums over their users of 1, x and x².

    x goes from 0, the first user, to 1, the last. With that, a slowdown s makes the mean of a stretch
    (a + s·b)/v, and its variance cv²/v²·(a + 2s·b + s²·c).
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
    """Return draws of ``users_per_s latency_cv slowdown stall_rate stall_s``, and whether stalls were seen.

    Population Monte Carlo (Cappé et al. 2004): weighted draws from a Student t whose place and shape follow
    the draws before. Priors: flat in log v and in log cv (from 1e-3 to 10); Cauchy of scale 1 for the
    slowdown, above -0.9; Beta(1/2, 1/2) for the stall rate; flat in log stall_s between what stands out and
    the longest stretch. Where nothing stands out there were no stalls, and their length is NaN. With fewer
    than `LEAST_STRETCHES` stretches the slowdown is taken as 0, and log cv as normal around log 0.5 with
    deviation 1.
    """
    start, seen, least_s = _start(data)
    few = len(data.a) < LEAST_STRETCHES
    seen &= not few
    known = 5 if seen else 3 - few
    if few:
        start[1] = math.log(0.5)
    never = (*([0.0] * few), _NEVER, 0.0)
    wide = math.sqrt(1 + 20 / len(data.a))

    def log_density(draws: Floats) -> Floats:
        full = draws if seen else np.column_stack([draws, np.tile(never, (len(draws), 1))])
        log = _log_times(data, full, least_s if seen else math.inf)
        return log - (draws[:, 1] - math.log(0.5)) ** 2 / 2 if few else log

    spread = np.array([0.1, 0.3, 0.3, 0.8, 0.05])[:known] * wide
    draws = _population(log_density, start[:known], spread, rng)
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
    for step in range(_MOST_ROUNDS + 1):
        draws = _student(rng, place, shape, 1000)
        log = log_density(draws) - _log_student(draws, place, shape)
        flat, power, often = _flattened(log)
        place = flat @ draws
        away = draws - place
        shape = (away * flat[:, None]).T @ away * 1.1 + np.diag(spread**2 * 1e-8)
        if step >= _LEAST_ROUNDS and power == 1 and often > 300:
            break
    draws = _student(rng, place, shape, 4000)
    log = log_density(draws) - _log_student(draws, place, shape)
    weight = np.exp(log - log.max())
    steps = (np.arange(DRAWS) + rng.random()) / DRAWS
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), steps).clip(max=len(draws) - 1)
    told: Floats = draws[chosen][rng.permutation(DRAWS)]
    return told


def _flattened(log: Floats) -> tuple[Floats, float, float]:
    """Return weights, the power to which they are raised, and how many draws they are worth.

    The power is below 1 where else a few draws would have all the weight: so a poor start finds its way.
    """
    for power in (1.0, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01):
        flat = np.exp((log - log.max()) * power)
        flat /= flat.sum()
        often = 1 / float((flat**2).sum())
        if often > 60:
            break
    return flat, power, often


def _start(data: Times) -> tuple[Floats, bool, float]:
    """Return where to look first, whether stalls stand out, and from how long on a silence counts as a stall.

    From each of several lines of seconds per user, the likeliest.
    """
    y, x = data.seconds / data.a, data.b / data.a
    lines = (_robust_line(y, x, data.a), _straight_line(y, x, data.a), (float(np.median(y)), 0.0))
    found = [_stalling(data, *line) for line in lines]
    trial, least_s = found[int(np.argmax([_best(data, trial, least_s)[0] for trial, least_s in found]))]
    never = trial.copy()
    never[3] = _NEVER
    log, best = _best(data, trial, least_s)
    log_never, never = _best(data, never, least_s)
    seen = bool(data.seconds.max() > least_s) and log > log_never + _CLEARLY
    return (best if seen else never), seen, least_s


def _stalling(data: Times, per_user: float, slope: float) -> tuple[Floats, float]:
    """Return the likeliest stalls beside a line of seconds per user, and the least length that counts."""
    slow = min(max(slope / per_user, -0.5), 50.0)
    mean = (data.a + slow * data.b) * per_user
    scale = max(1.4826 * float(np.median(np.abs(data.seconds - mean) / np.sqrt(data.a))), 1e-4 * per_user)
    # a line through few points leaves less than there is
    cv = min(max(scale / per_user * math.sqrt(1 + 8 / len(data.a)), 2e-3), 8.0)
    batch_s = float(np.sum(mean) / np.sum(data.batches))
    noise_s = math.sqrt(float(np.median(data.noise_s2)))
    least_s = max(batch_s, 6 * scale * math.sqrt(float(np.median(data.a))), 4 * noise_s)
    longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
    over = (data.seconds - mean)[(data.seconds - mean) > least_s]
    over = np.quantile(over, np.linspace(0, 1, min(len(over), 20))) if len(over) else over
    candidates = np.exp(np.linspace(math.log(least_s * 1.01), math.log(longest_s), 30))
    candidates = np.concatenate([candidates, over, over[over > 2 * least_s] / 2])
    trial = np.tile([-math.log(per_user), math.log(cv), slow, 0.0, 0.0], (len(candidates), 1))
    trial[:, 4] = np.log(candidates)
    counted = np.rint((data.seconds - mean)[:, None] / candidates)
    expected = np.clip(counted, 0, data.batches[:, None]).sum(axis=0)
    batches = float(data.batches.sum())
    trial[:, 3] = np.log((expected + 0.5) / (batches - np.minimum(expected, batches - 0.5) + 0.5))
    return trial[np.argmax(_log_times(data, trial, least_s))], least_s


def _best(data: Times, trial: Floats, least_s: float) -> tuple[float, Floats]:
    """Return the likelihood with the likeliest variability, the stall rate's prior apart, and the trial."""
    several = np.tile(trial, (9, 1))
    several[:, 1] = np.clip(several[:, 1] + np.linspace(-1, 3, 9), math.log(2e-3), math.log(8))
    log = _log_times(data, several, least_s)
    place = int(np.argmax(log))
    prior = -(np.logaddexp(0, trial[3]) + np.logaddexp(0, -trial[3])) / 2
    return float(log[place] - prior), several[place]


def _straight_line(y: Floats, x: Floats, weight: Floats) -> tuple[float, float]:
    """Return intercept and slope of the line of least squares."""
    if len(y) < 3 or np.ptp(x) < 1e-9:
        return float(np.average(y, weights=weight)), 0.0
    middle, mean = np.average(x, weights=weight), float(np.average(y, weights=weight))
    slope = float((weight * (x - middle)) @ (y - mean) / (weight @ (x - middle) ** 2))
    level = mean - slope * float(middle)
    return (level, slope) if level > 0 else (mean, 0.0)


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
    """Return log prior plus log likelihood, for each row of log v, log cv, slowdown, logit p, log s."""
    # so few at once that what is worked on stays in the processor's cache: several times as fast
    rows = max(1, _AT_ONCE // len(data.a))
    parts = [_log_few(data, draws[at : at + rows], least_s) for at in range(0, len(draws), rows)]
    return np.concatenate(parts)


def _log_few(data: Times, draws: Floats, least_s: float) -> Floats:
    log_v, log_cv, slow, logit, log_s = draws.T[:, :, None]
    inside = (log_cv > math.log(1e-3)) & (log_cv < math.log(10)) & (slow > -0.9)
    if math.isfinite(least_s):
        longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
        inside &= (log_s > math.log(least_s)) & (log_s < math.log(longest_s) + 0.1) & (abs(logit) <= -_NEVER)
    slow = np.maximum(slow, -0.9)
    stall = np.exp(np.clip(log_s, -20, 30))
    mean = (data.a + slow * data.b) * np.exp(-log_v)
    variance = np.exp(2 * (log_cv - log_v)) * (data.a + slow * (2 * data.b + slow * data.c)) + data.noise_s2
    log_p, log_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    total = data.batches * log_q + log_gamma_pdf(data.seconds, mean, variance)
    for stalls in range(1, _MOST_STALLS + 1):
        rows = (data.batches >= stalls) & (data.seconds > stalls * least_s)
        if not rows.any():
            break
        m = data.batches[rows]
        ways = np.log([math.comb(k, stalls) for k in m.tolist()])
        term = ways + stalls * log_p + (m - stalls) * log_q
        term = term + log_gamma_pdf(data.seconds[rows] - stalls * stall, mean[:, rows], variance[:, rows])
        total[:, rows] = np.logaddexp(total[:, rows], term)
    # of the stall rate: Beta(1/2, 1/2), in its logit
    prior = -np.log1p(slow**2) + (log_p + log_q) / 2
    log: Floats = np.where(inside, total.sum(axis=1, keepdims=True) + prior, -np.inf)[:, 0]
    return log


def _student(rng: np.random.Generator, place: Floats, shape: Floats, count: int) -> Floats:
    root = np.linalg.cholesky(shape)
    normal = rng.standard_normal((count, len(place))) @ root.T
    return place + normal / np.sqrt(rng.chisquare(_FREEDOM, (count, 1)) / _FREEDOM)


def _log_student(draws: Floats, place: Floats, shape: Floats) -> Floats:
    root = np.linalg.cholesky(shape)
    away = np.linalg.solve(root, (draws - place).T)
    power = -(_FREEDOM + len(place)) / 2
    log: Floats = power * np.log1p((away**2).sum(axis=0) / _FREEDOM) - np.log(np.diag(root)).sum()
    return log


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


def counted_interval(draws: Floats, level: float) -> tuple[float, float]:
    """Return an interval of a rate of which few events were counted, from draws under Beta(1/2, 1/2).

    Each end under the prior that moves it outward, Beta(0, 1) and Beta(1, 0): where the events are certain
    that is the exact interval of Clopper and Pearson (1934). Of 160 batches of which 5 % stall, an
    equal-tailed one would cover the truth in only 93 %.
    """
    ordered = np.sort(draws)
    odds = np.sqrt(ordered / (1 - ordered))
    below, above = np.cumsum(1 / odds), np.cumsum(odds)
    tail = (1 - level) / 2
    low = ordered[np.searchsorted(below, tail * below[-1])]
    high = ordered[min(np.searchsorted(above, (1 - tail) * above[-1]), len(ordered) - 1)]
    return float(low), float(high)
