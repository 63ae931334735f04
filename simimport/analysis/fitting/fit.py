"""A recorded trace in, a Scenario out: estimates with intervals, a forecast, and how odd a silence is.

What is likely is worked out in `posterior`, and what a trace shows in `evidence`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simimport.analysis.fitting import posterior_failures, posterior_times
from simimport.analysis.fitting.evidence import Evidence, evidence, moments, timed, together
from simimport.analysis.fitting.forecast import (
    Forecast,
    Silence,
    forecast,
    no_silence,
    past,
    silence,
    unknown,
)
from simimport.checks import real, whole
from simimport.errors import ParameterError
from simimport.model.scenario import Scenario
from simimport.model.seeds import resolve
from simimport.model.states import State
from simimport.testing.traces import Trace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fit", "Forecast", "Silence", "fit"]

Floats = NDArray[np.float64]

TIMES = ("users_per_s", "latency_cv", "slowdown", "stall_rate", "stall_s")
FAILURES = ("failure_rate", "failure_clustering")
_BOUNDED = ("stall_rate", "failure_clustering")


def fit(traces: Any, *, batch_size: int = 50, level: float = 0.95, seed: int = 0) -> Fit:
    """Return what traces say about the import: the scenario behind them, with intervals.

    Parameters
    ----------
    traces : Trace, or iterable of Trace
        Answers polled at any instants, regular or not; several are taken as imports of one kind. A frame
        `observed` will do as a trace.
    batch_size : int, default 50
        How many users are published together. Where counters contradict it, their greatest common divisor
        is taken.
    level : float, default 0.95
        Of the intervals, between 0 and 1.
    seed : int, default 0
        Of the draws that stand for what is likely; the same gives the same figures.

    Returns
    -------
    Fit
        Its `estimates`, `notes`, `scenario`, `forecast` and `stall`.

    Raises
    ------
    TraceError
        If a trace mixes operations, or its time or counters go back.
    ParameterError
        If an argument is none of these, or the traces' counters show different batch sizes.

    Notes
    -----
    A count is known only at a poll, but ``_updatedAt`` dates the last flush, to the millisecond; so the time
    between two dated flushes is a sum of Gamma variables, exactly one where nothing slows down, and else one
    of the same mean and variance. Without dates a flush lies anywhere between two polls, and the intervals,
    which take these errors as independent, are wider than need be; stretches are joined then, and stalls
    shorter than some polls count as slowness. Stalls are a mixture; failures of a
    stretch are a sum of beta-binomials, worked out by Fourier transform. Priors are weak and named in
    `posterior_times` and `posterior_failures`; intervals are equal-tailed (that of the stall rate as
    Clopper and Pearson's), and reach to the bound of a parameter where the bound is not clearly less
    likely than the rest. Interruptions tell nothing of the rates at which they come, so ``cancel_rate`` and
    ``crash_rate`` are not estimated.

    Examples
    --------
    >>> from simimport import Trace, simulate
    >>> run = simulate(users=4000, failure_rate=0.05, seed=3)
    >>> found = fit(Trace(run.responses()))
    >>> found.estimates.loc["failure_rate"].round(3).to_dict()
    {'estimate': 0.046, 'low': 0.039, 'high': 0.053}
    """
    several = _several(traces)
    size = whole("batch_size", batch_size, 1)
    share = real("level", level, 0.5, 0.9999)
    parts = tuple(evidence(trace, size) for trace in several)
    sizes = sorted({part.batch_size for part in parts if len(part.last)})
    if len(sizes) > 1:
        raise ParameterError("traces", sizes, "imports of one batch size; fit those of each apart")
    return Fit(parts, share, resolve(seed))


def _several(traces: Any) -> list[Trace]:
    if isinstance(traces, Trace) or hasattr(traces, "columns"):
        traces = [traces]
    if isinstance(traces, (str, bytes)) or not isinstance(traces, Iterable):
        raise ParameterError("traces", traces, "a Trace, or several; read_trace(path) reads one")
    return [trace if isinstance(trace, Trace) else Trace(trace) for trace in traces]


class Fit:
    """What traces say: estimates with intervals, the scenario, forecasts. Made by `fit`.

    Attributes
    ----------
    level : float
        Of the intervals.
    notes : dict of str to str
        By parameter, what the traces cannot tell, and what is assumed instead.
    """

    def __init__(self, parts: Sequence[Evidence], level: float, seed: int) -> None:
        self._parts = tuple(parts)
        self.level = level
        self._seed = seed
        self.notes: dict[str, str] = {}
        self._times, self._stalls = self._draw_times()
        self._failures = self._draw_failures()

    def _rng(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, purpose])

    def _draw_times(self) -> tuple[Floats | None, bool]:
        data = _times(self._parts)
        if not len(data.a):
            for name in TIMES:
                self.notes[name] = "no stretch between two flushes was seen"
            return None, False
        draws, seen = posterior_times.posterior_times(data, self._rng(1))
        if len(data.a) < posterior_times.LEAST_STRETCHES:
            wanted = posterior_times.LEAST_STRETCHES
            few = f"too few stretches between flushes were seen: {len(data.a)}, not {wanted}"
            self.notes["latency_cv"] = few
            self.notes["slowdown"] = f"{few}; it is taken as 0"
        elif not any(part.dated for part in self._parts):
            process = np.median(draws[:, 1]) ** 2 / np.median(draws[:, 0]) ** 2 * np.median(data.a)
            if process < np.median(data.noise_s2):
                self.notes["latency_cv"] = "without _updatedAt, polls are too far apart to tell it"
        if not seen:
            dated = any(part.dated for part in self._parts)
            hidden = "" if dated else "; without _updatedAt, those that last less than some polls are not"
            self.notes["stall_s"] = f"no stall was seen{hidden}"
        return draws, seen

    def _draw_failures(self) -> Floats | None:
        parts = self._parts
        first, last, failed = (together(parts, name).astype(np.int64) for name in ("first", "last", "failed"))
        size = parts[0].batch_size if parts else 50
        if not len(last):
            for name in FAILURES:
                self.notes[name] = "no users were seen to be processed"
            return None
        full = last // size - first // size
        rest = last - first - full * size
        kept = rest >= 0
        data = posterior_failures.Failures(size, full[kept], rest[kept], failed[kept])
        if failed.sum() in (0, (last - first).sum()):
            which = "nobody" if not failed.sum() else "everybody"
            self.notes["failure_clustering"] = f"{which} failed, so that nothing can be told of clusters"
        return posterior_failures.posterior_failures(data, self._rng(2))

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The estimates: index ``parameter``; ``estimate low high``; NaN where the traces cannot tell.

        The estimate is the median of what is likely. `notes` says why one is missing.
        """
        import pandas as pd

        rows = dict.fromkeys((*TIMES, *FAILURES), (math.nan,) * 3)
        for names, draws in ((TIMES, self._times), (FAILURES, self._failures)):
            for place, name in enumerate(names):
                if draws is not None and name not in self.notes:
                    rows[name] = self._estimate(name, draws[:, place])
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
        return table.rename_axis("parameter")

    def _estimate(self, name: str, draws: Floats) -> tuple[float, float, float]:
        middle = float(np.median(draws))
        low, high = posterior_times.interval(draws, self.level, 0.0 if name in _BOUNDED else None)
        if name == "stall_rate" and self._stalls:
            low, high = posterior_times.counted_interval(draws, self.level)
        if name == "slowdown":
            # fitted on both sides of 0, so that the speed is not biased, and told where it means something
            middle, low, high = max(middle, 0.0), max(low, 0.0), max(high, 0.0)
        if name == "stall_rate" and not self._stalls:
            middle = 0.0
        return middle, low, high

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario to simulate on: the estimates, and the default where the traces cannot tell.

        Of several traces, the users of the last that tells them.
        """
        told = self.estimates["estimate"]
        known = {str(name): float(value) for name, value in told.items() if name not in self.notes}
        fields: dict[str, Any] = {name: value for name, value in known.items() if not math.isnan(value)}
        fields["latency_cv"] = min(max(fields.get("latency_cv", 0.5), 1e-6), 10.0)
        users = [part.users for part in self._parts if part.users]
        sizes = [part.batch_size for part in self._parts]
        return Scenario(users=users[-1] if users else 8000, batch_size=sizes[-1] if sizes else 50,
                        **{name: round(value, 9) for name, value in fields.items()})  # fmt: skip

    def __repr__(self) -> str:
        number = len(self._parts)
        lines = [f"Fit of {number} trace{'s' if number != 1 else ''}, {self.level:.0%} intervals"]
        for name, row in self.estimates.iterrows():
            if str(name) in self.notes:
                lines.append(f"  {name:18} not known: {self.notes[str(name)]}")
            else:
                lines.append(f"  {name:18} {row['estimate']:.4g} ({row['low']:.4g} to {row['high']:.4g})")
        return "\n".join(lines)

    # looking ahead ------------------------------------------------------------------------------------

    def forecast(self, trace: Any, *, seed: int = 0) -> Forecast:
        """Return when the import of a trace will end, and with how many failures.

        Parameters
        ----------
        trace : Trace
            What is known so far. Of an import that was not run yet, it is told as if it were run now.
        seed : int, default 0
            Of the draws behind the bands.

        Returns
        -------
        Forecast
            Of an import that has ended, what the answers say. NaN where nothing can be said; its `notes`
            say why.

        Raises
        ------
        TraceError
            If the trace mixes operations, or its time or counters go back.
        ParameterError
            If it is no trace, or `seed` no seed.
        """
        rng = np.random.default_rng([resolve(seed), 3])
        part = self._part(trace)
        if part.state.terminal:
            return past(part, self.level)
        if self._times is None or self._failures is None:
            return unknown(part, self.level, "no speed is known")
        if not part.users:
            return unknown(part, self.level, "the trace does not tell how many users there are")
        return forecast(part, self._times, self._failures, self.level, rng)

    def stall(self, trace: Any, *, false_alarms: float = 0.01) -> Silence:
        """Return how improbable a trace's present silence is, and how long to wait before giving up.

        Parameters
        ----------
        trace : Trace
            What is known so far.
        false_alarms : float, default 0.01
            The wanted probability, per import, of giving up on a healthy one; from 1e-9 to 0.5.

        Returns
        -------
        Silence
            NaN where no import is at work, or no speed is known; its `notes` say why.

        Raises
        ------
        TraceError, ParameterError
            As `forecast`; if `false_alarms` is out of range.
        """
        alarms = real("false_alarms", false_alarms, 1e-9, 0.5)
        part = self._part(trace)
        if part.state is not State.IMPORTING:
            return no_silence(alarms, f"the last state is {part.state}")
        if self._times is None or not math.isfinite(part.since_s):
            return no_silence(alarms, "no speed is known")
        return silence(part, self._times, alarms)

    def _part(self, trace: Any) -> Evidence:
        return evidence(_several(trace)[0], self._parts[0].batch_size if self._parts else 50)


def _times(parts: Sequence[Evidence]) -> posterior_times.Times:
    """Return the stretches whose length is known, with the sums over their users that the mean needs."""
    rows = [timed(part) for part in parts]
    columns = [moments(part, row.first, row.last) for part, row in zip(parts, rows, strict=True)]
    a, b, c = (np.concatenate([column[place] for column in columns] or [np.zeros(0)]) for place in range(3))
    batches, seconds, noise = (together(rows, name) for name in ("batches", "seconds", "noise_s2"))
    return posterior_times.Times(a, b, c, batches.astype(np.int64), seconds, noise)
