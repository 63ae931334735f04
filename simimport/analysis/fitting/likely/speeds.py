"""How likely stretches of work are, as a function of each import's speed: the peak, and how wide it is.

The density alone: no priors (`posterior_times` has them), no traces, no frames, nothing of failures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.mixture import Mixture, Stalls
from simimport.analysis.fitting.likely.stretches import Shared, Speeds, Stretches, Work, work_on_users

__all__ = ["likeliest_speeds"]

Floats = NDArray[np.float64]

#: Numbers that are worked on at once: they stay in the processor's cache, which is several times as fast.
_AT_ONCE = 16_384
#: How often the speeds are brought nearer to the likeliest before their density is taken.
_STEPS = 3
_NEAR = 1e-4


def likeliest_speeds(data: Stretches, shared: Shared) -> Speeds:
    """Return how likely the stretches are at each draw, as a function of each import's speed."""
    # draws with stalls of about one length together: those that are longer than any stretch are not looked at
    order = np.argsort(shared.stall_s, kind="stable")
    # a draw has a number for each stretch and each stall in it
    rows = max(1, _AT_ONCE // len(data))
    parts = [_of_few(data, shared.rows(order[at : at + rows])) for at in range(0, len(order), rows)]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return Speeds(*(np.concatenate(columns)[back] for columns in zip(*parts, strict=True)))


def _of_few(data: Stretches, shared: Shared) -> Speeds:
    # One row per draw, one column per stretch. The work of a stretch is taken as Gamma of its mean and
    # variance: exactly so without a slowdown, and else nearly. The error of the instants adds its variance;
    # for the shape, at a speed that is near.
    cv = shared.cv[:, None]
    users, spread = work_on_users(data.a, data.b, data.c, shared.slowdown[:, None])
    work = Work(data, users, cv * cv * spread)
    if not shared.stall_rate.any():
        return work.speeds(work.settled(data.seconds))
    return _with_stalls(data, work, Stalls(shared.stall_rate[:, None], shared.stall_s[:, None]))


def _with_stalls(data: Stretches, work: Work, stalls: Stalls) -> Speeds:
    """Return the speeds where each batch may stall."""
    # Each of the m batches stalls with probability p, so k do with that of a Binomial, and the rest of the
    # seconds is work: the likelihood of a stretch is the sum, over k, of
    #   (m over k)·p^k·(1-p)^(m-k) · Gamma density at (seconds - k·stall).
    # The speed is found as in expectation maximisation: how many stalls are likely at some speed says how
    # many seconds were work, and these say the speed.
    total = work.by_import(np.broadcast_to(data.seconds, work.users.shape))
    batches = work.by_import(np.broadcast_to(data.batches, work.users.shape))
    quick = data.quickest_s * work.by_import(work.users)
    left = np.clip(total - stalls.rate * stalls.stall_s * batches, np.minimum(0.8 * quick, total), total)
    left = np.where(stalls.stall_s > data.seconds.max(), total, left)
    log_speed = np.log(work.by_import(work.users) / left)
    for _ in range(_STEPS):
        work.set_noise(log_speed)
        settled = work.settled(Mixture(data, work, stalls, log_speed, in_full=False).work_s)
        moved, log_speed = float(np.abs(settled - log_speed).max()), settled
        if moved < _NEAR:
            break
    work.set_noise(log_speed)
    mixture = Mixture(data, work, stalls, log_speed)
    gradient, precision = work.by_import(mixture.gradient), work.by_import(mixture.precision)
    # where it is no hill, as flat as the work alone would make it
    precision = np.maximum(precision, 0.05 * work.by_import(work.shape))
    # what is not at its peak by now is not taken to be a peak further off
    width = 1 / np.sqrt(precision)
    step = np.clip(gradient / precision, -width, width)
    gained = np.minimum(gradient * step - precision * step * step / 2, 0.5)
    return Speeds(log_speed + step, precision, work.by_import(mixture.log) + gained)
