"""Imports that no scenario makes: their times and failures come from other laws than the model's.

Each kind gives the seconds of each batch and how many of its users fail; a trace is what a client that polls
every 5 s from a random instant on was answered. All are of 8,000 users in batches of 50, at about 30/s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simimport import Trace

__all__ = ["DIFFERENT", "FOREIGN", "foreign", "gamma_seconds", "own"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

USERS, SIZE = 8000, 50
BATCHES = USERS // SIZE
BATCH_S = SIZE / 30
_RUN_S, _STEP_S, _EVERY_S = 5.0, 0.01, 5.0

Law = Callable[[np.random.Generator], Floats]


def gamma_seconds(rng: np.random.Generator) -> Floats:
    """Return the seconds of batches as the model has them, with cv 0.5 of users' times."""
    shape = SIZE / 0.25
    return rng.gamma(shape, BATCH_S / shape, BATCHES)


def _lognormal_in_parallel(rng: np.random.Generator) -> Floats:
    """Ten workers each take the next user; a batch lasts until the last of them is ready."""
    times = rng.lognormal(0.0, 1.0, (BATCHES, SIZE))
    free = np.zeros((BATCHES, 10))
    rows = np.arange(BATCHES)
    for place in range(SIZE):
        worker = free.argmin(axis=1)
        free[rows, worker] += times[:, place]
    seconds: Floats = free.max(axis=1)
    # which is 13.9 in the mean
    return seconds * BATCH_S / 13.9


def _pareto(rng: np.random.Generator) -> Floats:
    """Users one after the other, of which few take most of the time: the tail index is 1.7."""
    index = 1.7
    times = 1 + rng.pareto(index, (BATCHES, SIZE))
    return times.sum(axis=1) * BATCH_S / SIZE * (index - 1) / index


def _halved(rng: np.random.Generator) -> Floats:
    """From the middle of the users on, everything takes twice as long."""
    return gamma_seconds(rng) * np.where(np.arange(BATCHES) < BATCHES / 2, 2 / 3, 4 / 3)


def _diurnal(rng: np.random.Generator) -> Floats:
    """The speed swings by 40 %, one and a half times during the import, from anywhere on."""
    work, phase = gamma_seconds(rng), rng.random() * 2 * np.pi
    period_s = BATCHES * BATCH_S / 1.5
    seconds, now_s = np.zeros(BATCHES), 0.0
    for place, work_s in enumerate(work):
        seconds[place] = work_s / (1 + 0.4 * np.sin(2 * np.pi * now_s / period_s + phase))
        now_s += seconds[place]
    return seconds


def _wandering(rng: np.random.Generator) -> Floats:
    """The logarithm of the seconds of a batch is an AR(1), of coefficient 0.9 and deviation 0.3."""
    logs = np.zeros(BATCHES)
    logs[0] = rng.standard_normal()
    for place in range(1, BATCHES):
        logs[place] = 0.9 * logs[place - 1] + np.sqrt(1 - 0.9**2) * rng.standard_normal()
    seconds: Floats = BATCH_S * np.exp(0.3 * logs - 0.3**2 / 2)
    return seconds


def _random_stalls(rng: np.random.Generator) -> Floats:
    """Of the batches 5 to 10 % stall, for exponential times of 20 s in the mean: no two alike."""
    stalled = rng.random(BATCHES) < rng.uniform(0.05, 0.1)
    return gamma_seconds(rng) + stalled * rng.exponential(20.0, BATCHES)


#: How long batches take, by kind.
FOREIGN: Mapping[str, Law] = {
    "lognormal in parallel": _lognormal_in_parallel,
    "Pareto": _pareto,
    "halved": _halved,
    "diurnal": _diurnal,
    "AR(1)": _wandering,
    "random stalls": _random_stalls,
    "changing failures": gamma_seconds,
}
#: Those that must be rejected. The last of several workers, and sums of times of which a few are long, are
#: spread about as Gamma work with a few stalls is: what is forecast of them holds.
DIFFERENT = tuple(kind for kind in FOREIGN if kind not in ("lognormal in parallel", "Pareto"))


def foreign(kind: str, seed: int) -> tuple[Trace, float, int]:
    """Return the whole trace of an import of a kind, when it ended on the trace's clock, and its failures."""
    rng = np.random.default_rng([list(FOREIGN).index(kind), seed, 15])
    seconds = FOREIGN[kind](rng)
    rate = np.full(BATCHES, 0.02)
    if kind == "changing failures":
        rate = np.where(np.arange(BATCHES) < BATCHES / 2, 0.01, 0.1)
    failed = rng.binomial(SIZE, rate)
    end_s = _RUN_S + _STEP_S + float(seconds.sum()) + 3 * _STEP_S
    return _polled(seconds, failed, rng.random() * _EVERY_S), end_s, int(failed.sum())


def own(seed: int) -> Trace:
    """Return a trace of the model's own, made as the foreign ones are."""
    rng = np.random.default_rng([99, seed, 15])
    return _polled(gamma_seconds(rng), rng.binomial(SIZE, np.full(BATCHES, 0.02)), rng.random() * _EVERY_S)


def _polled(seconds: Floats, failed: Ints, phase_s: float) -> Trace:
    """Return the answers to a client that polls regularly, dated by ``_updatedAt``."""
    flushed_s = _RUN_S + _STEP_S + np.cumsum(seconds)
    error = np.cumsum(failed)
    processed = np.arange(1, BATCHES + 1) * SIZE
    # the last flush is followed by the steps of the end, each a moment later
    changes = [(0.0, "new", "importer_new", 0, 0), (2.0, "ready", "importer_user_selection", 0, 0)]
    changes.append((_RUN_S + _STEP_S, "importing", "importer_importing_users", 0, 0))
    rows = zip(flushed_s, processed - error, error, strict=True)
    changes += [(at_s, "importing", "importer_importing_users", done, bad) for at_s, done, bad in rows]
    end_s, done, bad = float(flushed_s[-1]), *changes[-1][3:]
    changes.append((end_s + _STEP_S, "importing", "importer_importing_messages", done, bad))
    changes.append((end_s + 2 * _STEP_S, "importing", "importer_finishing", done, bad))
    changes.append((end_s + 3 * _STEP_S, "done", "importer_done", done, bad))
    published_s = np.array([change[0] for change in changes])
    asked_s = np.arange(phase_s, published_s[-1] + _EVERY_S, _EVERY_S)
    frame = pd.DataFrame(
        [changes[place] for place in np.searchsorted(published_s, asked_s, side="right") - 1],
        columns=["updated_at_s", "state", "step", "completed", "error"],
    )
    total = np.where(frame["state"] == "new", 0, USERS)
    return Trace(frame.assign(answered_s=asked_s, total=total))
