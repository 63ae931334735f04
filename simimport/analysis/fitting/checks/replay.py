"""What the model makes of an import when it is watched as that one was: stretches at the same polls.

Of two batches the longer is more likely to be at work when a poll comes, so stretches between the flushes
that polls show are not as batches taken at random. Where a batch varies little that is nothing; else it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.checks.law import chances_of_less, work_of
from simimport.analysis.fitting.checks.scores import normal_scores
from simimport.analysis.fitting.likely.stretches import Shared, Stretches
from simimport.analysis.fitting.shown.dating import at_work
from simimport.analysis.fitting.shown.evidence import Evidence, moments

__all__ = ["watched_scores"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# numbers that are drawn at most, a batch each
_MOST = 400_000
# fewer scores than this are none to rank others among
_FEWEST = 200
_FIRST = np.zeros(1, dtype=np.int64)


def watched_scores(parts: Sequence[Evidence], shared: Shared, speeds: Floats, seed: int) -> Floats:
    """Return the scores of stretches that the model makes under each draw, watched at the polls of the parts.

    `speeds` has a row per draw, and a column per part.
    """
    rng = np.random.default_rng([seed, 7])
    found = [_of_part(part, shared, speeds[:, place], rng) for place, part in enumerate(parts)]
    scores = np.concatenate([*found, np.zeros(0)])
    return scores if len(scores) >= _FEWEST else np.zeros(0)


def _of_part(part: Evidence, shared: Shared, speed: Floats, rng: np.random.Generator) -> Floats:
    polls_s = np.array([answer.at_s for answer in part.seen if at_work(answer)])
    edges = np.append(np.arange(int(part.first[0]), part.users, part.batch_size), part.users)
    if len(polls_s) < 2 or not 2 < len(edges) < _MOST:
        return np.zeros(0)
    few = slice(0, max(_MOST // len(edges), 1))
    shared, speed = shared.rows(few), speed[few]
    alone = np.ones(len(edges) - 1)
    batches = _exact(*moments(part, edges[:-1], edges[1:]), alone.astype(np.int64), alone)
    flushed_s = _flushed_s(batches, shared, speed, rng)
    # it may have begun at any instant before the first poll
    flushed_s += polls_s[0] - (polls_s[1] - polls_s[0]) * rng.random((len(speed), 1))
    rows, low, high = [], [], []
    for draw, instants in enumerate(flushed_s):
        # beside the first instant, when the work began, stands none of a flush
        seen = np.unique(np.searchsorted(instants, polls_s, "right") - 1)
        seen = seen[seen >= 0]
        rows.append(np.full(len(seen[1:]), draw))
        low.append(seen[:-1])
        high.append(seen[1:])
    row, first, last = np.concatenate(rows), np.concatenate(low), np.concatenate(high)
    if not len(row):
        return np.zeros(0)
    sums = (np.concatenate([[0.0], np.cumsum(moment)]) for moment in (batches.a, batches.b, batches.c))
    a, b, c = (total[last] - total[first] for total in sums)
    stretches = _exact(a, b, c, last - first, flushed_s[row, last] - flushed_s[row, first])
    return normal_scores(chances_of_less(stretches, shared.rows(row), speed[row])[0])


def _exact(a: Floats, b: Floats, c: Floats, batches: Ints, seconds: Floats) -> Stretches:
    return Stretches(_FIRST, a, b, c, batches, seconds, np.zeros(len(a)))


def _flushed_s(batches: Stretches, shared: Shared, speed: Floats, rng: np.random.Generator) -> Floats:
    """Return when the work begins, which is at 0, and each batch is flushed, a row per draw."""
    draws = Shared(*(column[:, None] for column in shared))
    mean, variance = work_of(batches, draws, speed[:, None])
    seconds = rng.standard_gamma(mean**2 / variance) * variance / mean
    seconds += (rng.random(seconds.shape) < draws.stall_rate) * draws.stall_s
    flushed: Floats = np.cumsum(np.concatenate([np.zeros((len(speed), 1)), seconds], axis=1), axis=1)
    return flushed
