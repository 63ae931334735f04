"""What stretches of work leave likely of speed, variability, slowdown and stalls: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of failures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.distributions import log_gamma_pdf
from simimport.analysis.fitting.draws import DRAWS, population

__all__ = ["LEAST_STRETCHES", "Times", "posterior_times"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: With fewer stretches than this, neither variability nor slowdown can be told.
LEAST_STRETCHES = 5
# of one stretch
_MOST_STALLS = 6
# the logit of a rate that stands for no stalls
_NEVER = -30.0
# by how much, in log likelihood, stalls must explain better what else is variability
_CLEARLY = 5.0
# numbers that are worked on at once
_AT_ONCE = 16_384
# the least and the greatest variability, and the least slowdown
_CV_LOW, _CV_HIGH, _SLOW_LOW = 1e-3, 10.0, -0.9


@dataclass(frozen=True, eq=False)
class Times:
    """Stretches of work: `a`, `b` and `c` are the sums over their users of 1, x and x².

    x goes from 0, the first user, to 1, the last. `seconds` is how long each took, stalls included, with an
    error of the variance `noise_s2`; `batches` is how many batches it has, each of which may have stalled.
    """

    a: Floats
    b: Floats
    c: Floats
    batches: Ints
    seconds: Floats
    noise_s2: Floats


def posterior_times(data: Times, rng: np.random.Generator) -> tuple[Floats, bool]:
    """Return draws of ``users_per_s latency_cv slowdown stall_rate stall_s``, and whether stalls were seen.

    By Population Monte Carlo (see `draws`). Priors: flat in log v and in log cv (from 1e-3 to 10); Cauchy of
    scale 1 for the slowdown, above -0.9; Beta(1/2, 1/2) for the stall rate; flat in log stall_s between what
    stands out and the longest stretch. Where nothing stands out there were no stalls, and their length is
    NaN. With fewer than `LEAST_STRETCHES` stretches the slowdown is taken as 0, and log cv as normal around
    log 0.5 with deviation 1.
    """
    start, seen, least_s = _first_look(data)
    few = len(data.a) < LEAST_STRETCHES
    seen &= not few
    # Only what the stretches can tell is drawn: log v and log cv; the slowdown, unless they are few; and of
    # stalls the logit of the rate and the log of the length, if some were seen.
    free = 5 if seen else 3 - few
    if few:
        start[1] = math.log(0.5)
    # what is not drawn stands for no slowdown and no stalls
    fixed = (*([0.0] * few), _NEVER, 0.0)
    wide = math.sqrt(1 + 20 / len(data.a))

    def log_density(draws: Floats) -> Floats:
        full = draws if seen else np.column_stack([draws, np.tile(fixed, (len(draws), 1))])
        log = _log_posterior(data, full, least_s if seen else math.inf)
        return log - (draws[:, 1] - math.log(0.5)) ** 2 / 2 if few else log

    spread = np.array([0.1, 0.3, 0.3, 0.8, 0.05])[:free] * wide
    draws = population(log_density, start[:free], spread, rng)
    parameters = np.zeros((DRAWS, 5))
    parameters[:, :2] = np.exp(draws[:, :2])
    if not few:
        parameters[:, 2] = draws[:, 2]
    if seen:
        parameters[:, 3], parameters[:, 4] = 1 / (1 + np.exp(-draws[:, 3])), np.exp(draws[:, 4])
    else:
        # none in so many batches: the posterior of the rate is a Beta, and is drawn from directly
        parameters[:, 3], parameters[:, 4] = rng.beta(0.5, data.batches.sum() + 0.5, DRAWS), np.nan
    return parameters, seen


# where to look first --------------------------------------------------------------------------------


def _first_look(data: Times) -> tuple[Floats, bool, float]:
    """Return where to look first, whether stalls stand out, and how long the least of them is."""
    # Stalls and a slowdown can explain each other: stalls draw a line through the seconds per user upwards,
    # and what stands out as a stall depends on the line. So three lines are tried: one that hardly minds what
    # stands out, one that takes everything as work, and a flat one. From each the likeliest stalls are looked
    # for, and the likeliest of the three wins.
    y, x = data.seconds / data.a, data.b / data.a
    lines = (_robust_line(y, x, data.a), _straight_line(y, x, data.a), (float(np.median(y)), 0.0))
    found = [_likeliest_stalls(data, *line) for line in lines]
    logs = [_likeliest_cv(data, trial, least_s)[0] for trial, least_s in found]
    trial, least_s = found[int(np.argmax(logs))]
    # stalls are believed if they explain the stretches clearly better than the same line without any
    never = trial.copy()
    never[3] = _NEVER
    log, best = _likeliest_cv(data, trial, least_s)
    log_never, never = _likeliest_cv(data, never, least_s)
    seen = bool(data.seconds.max() > least_s) and log > log_never + _CLEARLY
    return (best if seen else never), seen, least_s


def _likeliest_stalls(data: Times, per_user: float, slope: float) -> tuple[Floats, float]:
    """Return the likeliest stalls beside a line of seconds per user, and the least length that counts.

    As one trial: log v, log cv, slowdown, the logit of the stall rate, and log stall_s.
    """
    slow = min(max(slope / per_user, -0.5), 50.0)
    mean = (data.a + slow * data.b) * per_user
    # the deviation per root of a user, from the median of what is left: 1.4826 times that is a normal's σ
    scale = max(1.4826 * float(np.median(np.abs(data.seconds - mean) / np.sqrt(data.a))), 1e-4 * per_user)
    # a line through few points leaves less than there is
    cv = min(max(scale / per_user * math.sqrt(1 + 8 / len(data.a)), 2e-3), 8.0)
    # What is shorter than a batch, than six deviations of the work, or than four of the error is no stall:
    # variability explains it as well.
    batch_s = float(np.sum(mean) / np.sum(data.batches))
    noise_s = math.sqrt(float(np.median(data.noise_s2)))
    least_s = max(batch_s, 6 * scale * math.sqrt(float(np.median(data.a))), 4 * noise_s)
    longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
    # Candidates for the length: a ladder from the least to the longest, and what stands out itself, also
    # halved, as two stalls may lie in one stretch.
    over = (data.seconds - mean)[(data.seconds - mean) > least_s]
    over = np.quantile(over, np.linspace(0, 1, min(len(over), 20))) if len(over) else over
    candidates = np.exp(np.linspace(math.log(least_s * 1.01), math.log(longest_s), 30))
    candidates = np.concatenate([candidates, over, over[over > 2 * least_s] / 2])
    trial = np.tile([-math.log(per_user), math.log(cv), slow, 0.0, 0.0], (len(candidates), 1))
    trial[:, 4] = np.log(candidates)
    # of each length, the rate is that of as many stalls as fit into what stands out
    counted = np.rint((data.seconds - mean)[:, None] / candidates)
    expected = np.clip(counted, 0, data.batches[:, None]).sum(axis=0)
    batches = float(data.batches.sum())
    trial[:, 3] = np.log((expected + 0.5) / (batches - np.minimum(expected, batches - 0.5) + 0.5))
    return trial[np.argmax(_log_posterior(data, trial, least_s))], least_s


def _likeliest_cv(data: Times, trial: Floats, least_s: float) -> tuple[float, Floats]:
    """Return the log density with the likeliest variability, the stall rate's prior apart, and the trial."""
    several = np.tile(trial, (9, 1))
    several[:, 1] = np.clip(several[:, 1] + np.linspace(-1, 3, 9), math.log(2e-3), math.log(8))
    log = _log_posterior(data, several, least_s)
    place = int(np.argmax(log))
    # a trial without stalls has next to none of that prior, and must not lose by it
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
    # Least squares with each point weighted by 1/|what is left of it| makes a square an absolute value; done
    # again and again, it arrives at the least sum of those (iteratively reweighted least squares).
    inverse = np.full(len(y), 1.0)
    line = np.array([np.median(y), 0.0])
    for _ in range(30):
        root = np.sqrt(weight * inverse)
        line = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
        inverse = 1 / np.maximum(np.abs(y - design @ line), 1e-3 * np.median(y))
    if line[0] <= 0:
        return float(np.median(y)), 0.0
    return float(line[0]), float(line[1])


# the density -----------------------------------------------------------------------------------------


def _log_posterior(data: Times, draws: Floats, least_s: float) -> Floats:
    """Return log prior plus log likelihood, for each row of log v, log cv, slowdown, logit p, log s.

    Stalls are at least `least_s` long; where that is infinite, there are none.
    """
    # so few at once that what is worked on stays in the processor's cache: several times as fast
    rows = max(1, _AT_ONCE // len(data.a))
    parts = [_log_posterior_of_few(data, draws[at : at + rows], least_s) for at in range(0, len(draws), rows)]
    return np.concatenate(parts)


def _log_posterior_of_few(data: Times, draws: Floats, least_s: float) -> Floats:
    """Return the same of draws that are few enough to be worked on at once."""
    # One row per draw, one column per stretch. The users of a stretch take independent Gamma times, of mean
    # (1 + slow·x)/v and coefficient of variation cv each. So the work of a stretch has
    #   the mean (a + slow·b)/v, and the variance cv²/v²·(a + 2·slow·b + slow²·c),
    # and is taken as Gamma of these: exactly so without a slowdown, and else nearly. The error of the
    # instants adds its variance.
    log_v, log_cv, slow, logit, log_s = draws.T[:, :, None]
    slow_enough = np.maximum(slow, _SLOW_LOW)
    mean = (data.a + slow_enough * data.b) * np.exp(-log_v)
    variance = np.exp(2 * (log_cv - log_v)) * (data.a + slow_enough * (2 * data.b + slow_enough * data.c))
    variance = variance + data.noise_s2
    # Each of the m batches stalls with probability p, so k do with that of a Binomial, and the rest of the
    # seconds is work: the likelihood of a stretch is the sum, over k, of
    #   (m over k)·p^k·(1-p)^(m-k) · Gamma density at (seconds - k·stall).
    # It begins with k = 0, and goes on as long as some stretch is long enough for k stalls.
    stall = np.exp(np.clip(log_s, -20, 30))
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
    # of the slowdown: Cauchy; of the stall rate: Beta(1/2, 1/2), in its logit; the others are flat
    prior = -np.log1p(slow_enough**2) + (log_p + log_q) / 2
    log = total.sum(axis=1, keepdims=True) + prior
    possible: Floats = np.where(_inside_priors(data, draws, least_s), log[:, 0], -np.inf)
    return possible


def _inside_priors(data: Times, draws: Floats, least_s: float) -> NDArray[np.bool_]:
    """Return which draws lie where the priors allow them."""
    _, log_cv, slow, logit, log_s = draws.T
    inside: NDArray[np.bool_] = (log_cv > math.log(_CV_LOW)) & (log_cv < math.log(_CV_HIGH))
    inside &= slow > _SLOW_LOW
    if math.isfinite(least_s):
        longest_s = max(float(data.seconds.max(initial=0.0)), 2 * least_s)
        inside &= (log_s > math.log(least_s)) & (log_s < math.log(longest_s) + 0.1) & (abs(logit) <= -_NEVER)
    return inside
