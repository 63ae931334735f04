"""What stretches of work leave likely of speed, variability, slowdown and stalls: draws from the posterior.

Plain Bayes with weak priors, which are named here; knows no traces and no frames, and nothing of failures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting.likely.draws import DRAWS, Drawn, Source, Student, closed_in, weighted
from simimport.analysis.fitting.likely.nights import Levels, drawn_levels, log_marginal
from simimport.analysis.fitting.likely.speeds import likeliest_speeds
from simimport.analysis.fitting.likely.stretches import Shared, Speeds, Stretches
from simimport.analysis.fitting.likely.unseen import RATE, Unseen, log_length, log_rate, stall_scale_s

__all__ = ["LEAST_STRETCHES", "TimesDrawn", "posterior_times"]

Floats = NDArray[np.float64]

#: With fewer stretches than this, neither variability nor slowdown can be told.
LEAST_STRETCHES = 5
# the logarithm of cv is normal around that of this, with the deviation 1
_CV = 0.5
_SLOW_LOW = -0.9
# of what is likely before anything is seen: that there is no slowdown, and that there are no stalls
_STEADY, _NEVER_STALLS = 0.5, 0.55
# so much less likely is not looked at any further, in logarithms
_HOPELESS = 14.0
#: Slowdowns that are looked at first, of which no work is far in its variability.
_SLOWS = (-0.5, 0.0, 0.5, 1.5, 4.0, 12.0, 40.0, 120.0, 400.0)
#: The same beside many stalls, which are looked for at each.
_SLOWS_WITH_STALLS = (0.0, 1.5, 4.0, 12.0, 40.0)
# how far around the first place to look for log cv and the slowdown
_WIDE = np.array([0.4, 0.4])
# of lengths of stalls, as many as may be at one slowdown
_LENGTHS = 20
# of each source of draws
_COUNT = 1400


class TimesDrawn(NamedTuple):
    """Draws of what is likely, a row each.

    Parameters
    ----------
    shared : Shared
        What the imports have in common; the rate and length of stalls are 0 where none is assumed.
    levels : Levels
        Their speeds.
    if_it_slows, if_it_stalls : ndarray of float64
        Of the slowdown, if there is one, and of the rate of stalls, if there are some; NaN where that was not
        looked at.
    """

    shared: Shared
    levels: Levels
    if_it_slows: Floats
    if_it_stalls: Floats


class _Kind(NamedTuple):
    """What is left free: whether work slows down, and whether batches stall."""

    slows: bool
    stalls: bool


@dataclass(frozen=True, eq=False)
class _Model:
    """Stretches under one kind of import; a draw is log cv, the slowdown, logit of the rate, log stall_s."""

    data: Stretches
    kind: _Kind

    @property
    def scale_s(self) -> float:
        return stall_scale_s(self.data)

    def shared(self, draws: Floats) -> Shared:
        slow = np.maximum(draws[:, 1], _SLOW_LOW) if self.kind.slows else np.zeros(len(draws))
        cv = np.exp(np.clip(draws[:, 0], -14, 4))
        if not self.kind.stalls:
            return Shared(cv, slow, np.zeros(len(draws)), np.zeros(len(draws)))
        rate = 1 / (1 + np.exp(-np.clip(draws[:, -2], -30, 30)))
        return Shared(cv, slow, rate, np.exp(np.clip(draws[:, -1], -20, 30)))

    def log_posterior(self, draws: Floats) -> Floats:
        """Return log prior plus log likelihood, whatever the speeds are."""
        return self.log_prior(draws) + log_marginal(likeliest_speeds(self.data, self.shared(draws)))

    def log_prior(self, draws: Floats) -> Floats:
        log: Floats = -((draws[:, 0] - math.log(_CV)) ** 2) / 2 - 0.5 * math.log(2 * math.pi)
        log = log + math.log(1 - _STEADY if self.kind.slows else _STEADY)
        log = log + math.log(1 - _NEVER_STALLS if self.kind.stalls else _NEVER_STALLS)
        if self.kind.slows:
            # Cauchy of scale 1, above -0.9
            mass = 0.5 - math.atan(_SLOW_LOW) / math.pi
            cauchy = -np.log1p(draws[:, 1] ** 2) - math.log(math.pi * mass)
            log = np.where(draws[:, 1] > _SLOW_LOW, log + cauchy, -np.inf)
        if self.kind.stalls:
            log = log + log_rate(draws[:, -2], *RATE) + log_length(draws[:, -1], self.scale_s)
        return log


def posterior_times(data: Stretches, rng: np.random.Generator) -> TimesDrawn:
    """Return draws of what is likely, given at least one stretch of each import.

    By importance sampling around where Population Monte Carlo leads (see `draws`), for each kind of import
    apart; the kinds then have the share of the draws that they explain. Priors: each speed flat in its
    logarithm, around a level (see `nights`); log cv normal around log 0.5 with deviation 1; no slowdown with
    the probability 1/2, else Cauchy of scale 1 above -0.9; no stalls with the probability 11/20, else
    Beta(1/2, 3/2) for their rate, and for their length what `share_of_longer` says, of six batches as scale.
    """
    found = _of_all_kinds(data, rng)
    parts = []
    for (kind, drawn), count in zip(found, _shares(found, DRAWS), strict=True):
        if count:
            shared = _Model(data, kind).shared(drawn.draws[:count])
            parts.append((shared, likeliest_speeds(data, shared)))
    order = rng.permutation(DRAWS)
    shared = Shared(*(np.concatenate([part[0][place] for part in parts])[order] for place in range(4)))
    speeds = Speeds(*(np.concatenate([part[1][place] for part in parts])[order] for place in range(3)))
    slowdown = _given([pair for pair in found if pair[0].slows], 1)
    logit = _given([pair for pair in found if pair[0].stalls], -2)
    return TimesDrawn(shared, drawn_levels(speeds, rng), slowdown, 1 / (1 + np.exp(-logit)))


def _shares(found: Sequence[tuple[_Kind, Drawn]], of: int) -> list[int]:
    """Return how many of so many draws are each kind's."""
    evidence = np.array([drawn.log_evidence for _, drawn in found])
    shares = np.cumsum(np.exp(evidence - evidence.max()))
    ends = np.rint(shares / shares[-1] * of).astype(int).tolist()
    return [high - low for low, high in zip([0, *ends[:-1]], ends, strict=True)]


def _given(found: Sequence[tuple[_Kind, Drawn]], column: int) -> Floats:
    """Return draws of a column under some kinds alone."""
    if not found:
        return np.full(DRAWS, np.nan)
    counts = _shares(found, DRAWS)
    return np.concatenate(
        [drawn.draws[:count, column] for (_, drawn), count in zip(found, counts, strict=True)]
    )


class _Candidate(NamedTuple):
    """A model, what draws for it are taken from with the share of each, and its evidence, about."""

    model: _Model
    sources: list[tuple[Source, float]]
    log_evidence: float


def _of_all_kinds(data: Stretches, rng: np.random.Generator) -> list[tuple[_Kind, Drawn]]:
    """Return draws under each kind that is not hopeless, the more the likelier it is."""
    candidates = _candidates(data, rng)
    logs = np.array([candidate.log_evidence for candidate in candidates])
    shares = np.exp(logs - np.logaddexp.reduce(logs))
    found = []
    for candidate, share in zip(candidates, shares.tolist(), strict=True):
        count = _COUNT * min(max(share, 0.15), 1.0)
        sources = [(source, round(count * part)) for source, part in candidate.sources]
        found.append((candidate.model.kind, weighted(candidate.model.log_posterior, sources, rng)))
    return found


def _candidates(data: Stretches, rng: np.random.Generator) -> list[_Candidate]:
    works: dict[bool, tuple[Student, float]] = {}
    found = []
    # with few stretches nothing can be told of a slowdown
    for slows in (True, False) if len(data) >= LEAST_STRETCHES else (False,):
        model = _Model(data, _Kind(slows, stalls=False))
        works[slows] = closed_in(model.log_posterior, _start_of_work(model), _WIDE[: 1 + slows], rng)
        found.append(_Candidate(model, [(works[slows][0], 1.0)], works[slows][1]))
    for slows, (work, log_evidence) in works.items():
        model = _Model(data, _Kind(slows, stalls=True))
        found.append(_with_stalls(model, work, log_evidence, rng))
    return found


def _start_of_work(model: _Model) -> Floats:
    """Return where to look first for log cv and the slowdown: the likeliest of a few places."""
    spreads = np.log(np.geomspace(0.003, 8.0, 12))
    if not model.kind.slows:
        trials = spreads[:, None]
    else:
        trials = np.array([(spread, slow) for spread in spreads for slow in _SLOWS])
    start: Floats = trials[int(np.argmax(model.log_posterior(trials)))]
    return start


def _with_stalls(
    model: _Model, work: Student, log_evidence: float, rng: np.random.Generator
) -> _Candidate:
    """Return the model with stalls, given likely work without any and the evidence of that."""
    unseen = Unseen(work.wider(1.5), float(model.data.batches.sum()), model.scale_s)
    short = Unseen(work.wider(4.0), 0.0, 0.2 * model.data.batch_s)
    start, gain = _likeliest_stalls(model, work)
    # of stalls that are plainly there, what is thought of others counts for little
    rest = 0.1 if gain > 2 * _HOPELESS else 0.5
    sources: list[tuple[Source, float]] = [(unseen, rest), (short, rest / 2)]
    if gain > 0:
        spread = np.concatenate([np.sqrt(np.diag(work.shape)), [0.8, 0.05]])
        seen, of_seen = closed_in(model.log_posterior, start, spread, rng)
        sources.append((seen, 1.0))
        log_evidence = max(log_evidence, of_seen)
    return _Candidate(model, sources, log_evidence)


def _likeliest_stalls(model: _Model, work: Student) -> tuple[Floats, float]:
    """Return the likeliest of many places to look at, and by how much it explains more than no stalls."""
    # the slowdown without stalls, which may be far from that with them, and others
    slows = sorted({float(work.place[1]), *_SLOWS_WITH_STALLS}) if model.kind.slows else [0.0]
    trials = np.concatenate([_stalls_to_try(model.data, slow) for slow in slows])
    if not model.kind.slows:
        trials = np.delete(trials, 1, axis=1)
    log = model.log_posterior(trials)
    best = int(np.argmax(log))
    without = _Model(model.data, _Kind(model.kind.slows, stalls=False))
    never = without.log_posterior(work.place[None, :])
    return trials[best], float(log[best] - never[0])


def _stalls_to_try(data: Stretches, slow: float) -> Floats:
    """Return log cv, the slowdown, logit of the rate and log stall_s of stalls beside a slowdown."""
    users = data.a + slow * data.b
    # what is longer than the quickest, for its users, may be stalls
    over = data.seconds - float(((data.seconds + 2 * np.sqrt(data.noise_s2)) / users).min()) * users
    longest_s = max(float(data.seconds.max()), 1e-9)
    lengths = np.geomspace(min(0.1 * data.batch_s, longest_s / 2), longest_s, _LENGTHS)
    above = over[over > 0.5 * data.batch_s]
    if len(above):
        outer = np.quantile(above, np.linspace(0, 1, min(len(above), _LENGTHS // 2)))
        lengths = np.concatenate([lengths, outer, outer / 2])
    counted = np.clip(np.rint(over / lengths[:, None]), 0, data.batches).sum(axis=1)
    rate = (counted + 0.5) / (float(data.batches.sum()) + 1)
    columns = np.column_stack([np.full(len(lengths), slow), np.log(rate / (1 - rate)), np.log(lengths)])
    spreads = np.log([0.1, 0.5, 1.5])
    return np.column_stack([np.repeat(spreads, len(lengths)), np.tile(columns, (len(spreads), 1))])
