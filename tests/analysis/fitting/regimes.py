"""Imports of many kinds with known parameters, and how often what `fit` says of them holds."""

from __future__ import annotations

import copy
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from simimport import Run, Scenario, Trace, fit, observe, simulate
from simimport.analysis.fitting.fit import Fit

#: How a trace is spoilt or cut: from it, its run and a seed.
Damage = Callable[[Trace, Run, int], Trace]


def _as_it_is(trace: Trace, run: Run, seed: int) -> Trace:
    return trace


@dataclass(frozen=True)
class Regime:
    """A kind of import, and how it is watched.

    Parameters
    ----------
    scenario : Scenario
    nights : int
        How many imports are fitted together.
    spread : float
        The standard deviation of the logarithms of their speeds.
    every_s, jitter_s : float
        Of the polls.
    dialect : str
    damage : function
        What becomes of each trace.
    stream : int
        Regimes of different streams have nothing in common by chance.
    """

    scenario: Scenario = field(default_factory=Scenario)
    nights: int = 1
    spread: float = 0.0
    every_s: float = 5.0
    jitter_s: float = 2.0
    dialect: str = "docs"
    damage: Damage = _as_it_is
    stream: int = 0

    def truth(self) -> dict[str, float]:
        """Return the true parameters; NaN where there is nothing to know."""
        names = ("users_per_s", "latency_cv", "slowdown", "stall_rate", "stall_s", "failure_rate",
                 "failure_clustering")  # fmt: skip
        values = {name: float(getattr(self.scenario, name)) for name in names}
        values["night_cv"] = self.spread if self.nights > 1 else math.nan
        return values if self.scenario.stall_rate else values | {"stall_s": math.nan}

    def run(self, seed: int) -> Run:
        """Return one import of the kind."""
        away = float(self._rng(seed, 4).standard_normal()) * self.spread
        speed = self.scenario.users_per_s * math.exp(away)
        return simulate(self.scenario.replace(users_per_s=speed), seed=self._rng(seed, 2).integers(2**53))

    def watched(self, run: Run, seed: int) -> Trace:
        """Return what a client was answered that polled it, irregularly and from a random instant on."""
        phase_s = float(self._rng(seed, 1).random() * self.every_s)
        polls = observe(run, every_s=self.every_s, jitter_s=self.jitter_s, phase_s=phase_s, seed=seed,
                        dialect=self.dialect)  # fmt: skip
        if self.dialect == "docs":
            return self.damage(Trace(polls), run, seed)
        answers = ((at_s, run.status(at_s, dialect=self.dialect)) for at_s in polls["answered_s"])
        return self.damage(Trace(answers), run, seed)

    def _rng(self, seed: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([seed, purpose, self.stream])


def _from_midway(trace: Trace, run: Run, seed: int) -> Trace:
    """Return the second half of a trace."""
    begun_s = run.duration_s - run.importing_s / 2
    return trace[sum(answer.at_s < begun_s for answer in trace) :]


def _with_gaps(trace: Trace, run: Run, seed: int) -> Trace:
    """Return a trace in which a fifth of the answers are 503s, and one long stretch is missing."""
    rng = np.random.default_rng([seed, 5])
    gap = int(rng.integers(len(trace) // 4, len(trace) // 2))
    answers: list[Any] = []
    for place, answer in enumerate(trace):
        if gap <= place < gap + len(trace) // 8:
            continue
        if rng.random() < 0.2:
            answers.append((answer.at_s, 503, "<html>Service Unavailable</html>"))
        else:
            answers.append((answer.at_s, copy.deepcopy(answer.body)))
    return Trace(answers)


_KINDS = {
    "steady": Regime(),
    "slowing": Regime(Scenario(slowdown=1.5)),
    "stalling": Regime(Scenario(stall_rate=0.05, stall_s=20.0)),
    "clustered": Regime(Scenario(failure_rate=0.1, failure_clustering=0.5)),
    "few-failures": Regime(Scenario(failure_rate=0.0005)),
    "short": Regime(Scenario(users=1000)),
    "combined": Regime(Scenario(slowdown=1.5, stall_rate=0.05, stall_s=20.0, failure_rate=0.1,
                                failure_clustering=0.3)),
    "half-stalled": Regime(Scenario(stall_rate=0.5, stall_s=20.0)),
    "short-stalls": Regime(Scenario(stall_rate=0.1, stall_s=1.2)),
    "three-polls": Regime(every_s=110.0, jitter_s=10.0),
    "batches-of-20": Regime(Scenario(batch_size=20)),
    "batches-of-200": Regime(Scenario(batch_size=200, stall_rate=0.1, stall_s=20.0, failure_rate=0.1,
                                      failure_clustering=0.1)),
    "batches-of-1000": Regime(Scenario(users=20_000, batch_size=1000)),
    "from-midway": Regime(Scenario(slowdown=1.5), damage=_from_midway),
    "with-gaps": Regime(damage=_with_gaps),
    "server-8.3": Regime(Scenario(stall_rate=0.05, stall_s=20.0), dialect="server-8.3"),
    "canceled": Regime(Scenario(cancel_rate=1.0)),
    "crashed": Regime(Scenario(crash_rate=1.0), dialect="server-7.4"),
    "nights-5": Regime(nights=5, spread=0.05),
    "nights-20": Regime(nights=5, spread=0.2),
}  # fmt: skip
REGIMES: Mapping[str, Regime] = {
    name: replace(regime, stream=zlib.crc32(name.encode())) for name, regime in _KINDS.items()
}


def half_as_long(regime: Regime) -> Regime:
    """Return the same kind with half of the users, for a proof that is to be quick."""
    return replace(regime, scenario=regime.scenario.replace(users=regime.scenario.users // 2))


#: What may be held always: a bound that is the truth, and that there is nothing to know.
ALWAYS = ("slowdown", "stall_rate", "failure_clustering", "night_cv", "no stall_s", "no night_cv")


def watched(run: Run, every_s: float = 5.0) -> Trace:
    """Return what a client that polls regularly was answered."""
    return Trace(observe(run, every_s=every_s))


def cut(trace: Trace, run: Run, share: float) -> Trace:
    """Return the answers of a trace until a share of the users is processed."""
    most = share * run.scenario.users
    shown = (run.at(answer.at_s) for answer in trace)
    return trace[: sum(now.completed + now.error <= most for now in shown)]


def at_level(found: Fit, level: float) -> Fit:
    """Return the same fit with intervals of another level."""
    other = copy.copy(found)
    other.__dict__.pop("estimates", None)
    other.level = level
    return other


# several tables ask about the same fits, one after the other
@lru_cache(maxsize=200)
def fitted(regime: Regime, seeds: Sequence[int]) -> Fit:
    """Return the fit of the imports of some seeds."""
    return fit([regime.watched(regime.run(seed), seed) for seed in seeds])


def coverage(regime: Regime, seeds: Iterable[int]) -> dict[tuple[str, float], list[bool]]:
    """Return which intervals held the truth, by parameter and level, of those that were told."""
    held: dict[tuple[str, float], list[bool]] = defaultdict(list)
    true = regime.truth()
    for seed in seeds:
        found = fitted(regime, range(seed * regime.nights, (seed + 1) * regime.nights))
        for level in (0.95, 0.5):
            for name, row in at_level(found, level).estimates.iterrows():
                value = true[str(name)]
                if math.isnan(value):
                    # that nothing is known of stalls is right where there are none
                    held[f"no {name}", level].append(math.isnan(row["estimate"]))
                elif not math.isnan(row["estimate"]):
                    held[str(name), level].append(bool(row["low"] <= value <= row["high"]))
    return dict(held)


#: How many nights before are known where a forecast learns from them.
PAST_NIGHTS = 3


def nights_before(seed: int) -> Sequence[int]:
    """Return the seeds of the nights before the one of a seed."""
    return range(100_000 + seed * PAST_NIGHTS, 100_000 + (seed + 1) * PAST_NIGHTS)


def forecasts(
    regime: Regime, seeds: Iterable[int], shares: Sequence[float], past: int
) -> dict[float, dict[str, list[Any]]]:
    """Return how forecasts of running imports did at shares of the users, with so many nights before.

    For each share by name, a value per seed: ``end`` and ``error``, whether the bands held them; ``stalled``,
    whether a stall was over by then; ``left``, by what share of the time left its median was wrong, the sign
    apart.
    """
    rows: dict[float, dict[str, list[Any]]] = {share: defaultdict(list) for share in shares}
    for seed in seeds:
        run = regime.run(seed)
        trace = regime.watched(run, seed)
        found = fitted(regime, nights_before(seed)[:past]) if past else None
        for share in shares:
            part = cut(trace, run, share)
            for name, value in _forecast(found or fit(part), part, run).items():
                rows[share][name].append(value)
    return {share: dict(found) for share, found in rows.items()}


def _forecast(found: Fit, part: Trace, run: Run) -> dict[str, Any]:
    """Return how one forecast did."""
    ahead = found.forecast(part)
    now = run.at(part[-1].at_s)
    batches = (now.completed + now.error) // run.scenario.batch_size
    return {
        "end": ahead.end_low_s <= run.duration_s <= ahead.end_high_s,
        "error": ahead.error_low <= run.at(run.duration_s).error <= ahead.error_high,
        "stalled": bool(run.truth.stall_s[:batches].any()),
        "left": abs(ahead.end_s - run.duration_s) / (run.duration_s - ahead.now_s),
    }
