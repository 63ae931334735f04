"""A recorded trace in, a Scenario out: estimates with intervals, a forecast, and how odd a silence is.

What is likely is worked out in `posterior`, and what a trace shows in `evidence`.
Kept whole: it is one class and what makes it, and half of it are docstrings with their examples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simimport.analysis.fitting.forecast import Forecast, forecast, past, unknown
from simimport.analysis.fitting.given import as_given, evidence_of, only
from simimport.analysis.fitting.kind import Kind
from simimport.analysis.fitting.likely.draws import counted_interval, interval
from simimport.analysis.fitting.likely.posterior import FAILURES, TIMES
from simimport.analysis.fitting.shown.evidence import Evidence, evidence, notes_on_sizes
from simimport.analysis.fitting.silence import Silence, no_silence, silence
from simimport.analysis.fitting.wording import form_of
from simimport.analysis.progress import Progress, progress_shown
from simimport.checks import real, whole
from simimport.model.columns import handed_out
from simimport.model.scenario import FIELDS, Scenario
from simimport.model.seeds import resolve
from simimport.model.states import State
from simimport.show.shown import Shown
from simimport.show.words import counted, number, percent, ranged

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fit", "Forecast", "Silence", "fit"]

# the batch size where no trace tells one
_SIZE = 50


def fit(
    traces: Any, *, batch_size: int | None = None, level: float = 0.95, seed: int = 0,
    progress: bool | Progress | None = None,
) -> Fit:  # fmt: skip
    """Return what traces say about the import: the scenario behind them, with intervals.

    Parameters
    ----------
    traces : Trace, path, or iterable of Trace or path
        Answers polled at any instants, regular or not; several are taken as imports of one kind. A path is
        that of what `read_trace` reads. A frame `observed` will do as a trace.
    batch_size : int, optional
        How many users are published together. Left out, it is found from the counters of each trace by
        itself; where the counters contradict it, their greatest common divisor is taken.
    level : float, default 0.95
        Of the intervals, between 0 and 1.
    seed : int, default 0
        Of the draws that stand for what is likely; the same gives the same figures.
    progress : bool or callable, optional
        As `sweep` takes it; it counts traces as they are read, before all are fitted together.

    Returns
    -------
    Fit
        Its `estimates`, `notes`, `scenario`, `check`, `forecast` and `stall`.

    Raises
    ------
    TraceError
        If a trace mixes operations, its time or counters go back, or it cannot be read.
    ParameterError
        If an argument is none of these.

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
    {'estimate': 0.046, 'low': 0.039, 'high': 0.052}
    """
    given = as_given(traces)
    size = None if batch_size is None else whole("batch_size", batch_size, 1)
    share, seeded = real("level", level, 0.5, 0.9999), resolve(seed)
    with progress_shown(progress, "traces read") as tell:
        return Fit(evidence_of(given, size, tell), share, seeded, size)


class Fit(Shown):
    """What traces say: estimates with intervals, the scenario, forecasts. Made by `fit`.

    Attributes
    ----------
    level : float
        Of the intervals.
    batch_size : tuple of int
        How many users are published together, in each trace.

    Examples
    --------
    >>> from simimport import Trace, simulate
    >>> found = fit(Trace(simulate(users=1000, failure_rate=0.05, seed=3).responses()))
    >>> found.level, found.batch_size
    (0.95, (50,))
    >>> found.estimates.loc["users_per_s"].round(1).to_dict()
    {'estimate': 29.9, 'low': 29.0, 'high': 31.1}
    >>> found.scenario.users, round(found.scenario.failure_rate, 3)
    (1000, 0.052)
    >>> sorted(found.notes)
    ['batch_size', 'night_cv', 'stall_s']
    """

    _card: ClassVar[str] = "simimport.analysis.fitting.cards:fit"

    def __init__(self, parts: Sequence[Evidence], level: float, seed: int, size: int | None = None) -> None:
        self.level = level
        self.batch_size: tuple[int, ...] = tuple(part.batch_size for part in parts)
        self._size = size
        self._seed = seed
        self._kind = Kind(parts, seed)
        # fitted now, so that whoever cannot be is told at once
        self._posterior = self._kind.posterior

    @cached_property
    def notes(self) -> dict[str, str]:
        """By parameter, what the traces cannot tell, and what is assumed instead; the rest by its name.

        ``batch_size`` says what else it may be, and ``check`` which checks the fit does not pass.
        """
        notes = self._posterior.notes | notes_on_sizes(self._kind.parts, self._size)
        return notes | ({"check": self._kind.check.note} if self._kind.check.rejected else {})

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The estimates: index ``parameter``; ``estimate low high``; NaN where the traces cannot tell.

        The estimate is the median of what is likely. `notes` says why one is missing.
        """
        import pandas as pd

        rows = {name: self._estimate_of(name) for name in (*TIMES, *FAILURES)}
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
        return table.rename_axis("parameter")

    def _estimate_of(self, name: str) -> tuple[float, float, float]:
        draws, times = self._posterior.draws_of(name), self._posterior.times
        if draws is None:
            return math.nan, math.nan, math.nan
        middle = float(np.median(draws))
        if name == "stall_rate" and times is not None:
            if self._posterior.stalls:
                return middle, *counted_interval(draws, self.level)
            # to the estimate, also where some are likely, and then hardly few
            return 0.0, 0.0, interval(times.if_it_stalls, self.level, 0.0)[1]
        if name == "slowdown" and times is not None:
            # That there is none is one possibility, and the interval says what is possible else; fitted on
            # both sides of 0, so that the speed is not biased, and told where it means something.
            low, high = interval(times.if_it_slows, self.level)
            return max(middle, 0.0), max(min(low, middle), 0.0), max(high, middle, 0.0)
        failures = self._posterior.failures
        if name == "failure_clustering" and failures is not None:
            low, high = interval(failures.if_it_clusters, self.level, 0.0)
            return middle, min(low, middle), max(high, middle)
        return middle, *interval(draws, self.level, 0.0 if name == "night_cv" else None)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario to simulate on: the estimates, and the default where the traces cannot tell.

        Of several traces, the users of the last that tells them.
        """
        estimates = self.estimates["estimate"].dropna()
        fields: dict[str, Any] = {
            str(name): round(float(value), 9) for name, value in estimates.items() if name in FIELDS
        }
        fields["latency_cv"] = min(max(fields.get("latency_cv", 0.5), 1e-6), 10.0)
        users = [part.users for part in self._kind.parts if part.users]
        fields["users"] = users[-1] if users else 8000
        fields["batch_size"] = self.batch_size[-1] if self.batch_size else _SIZE
        return Scenario(**fields)

    def __repr__(self) -> str:
        sizes = sorted(set(self.batch_size))
        of = f", batches of {' and '.join(map(number, sizes))}" if sizes else ""
        lines = [f"Fit of {counted(len(self._kind.parts), 'trace')}{of}, {percent(self.level)} intervals"]
        for name, (estimate, low, high) in zip(self.estimates.index, self.estimates.to_numpy(), strict=True):
            form = form_of(name)
            words = f"{form(estimate)} ({ranged(low, high, form)})"
            lines.append(f"  {name:18} {f'not known: {self.notes[name]}' if name in self.notes else words}")
        for name, words in (("batch_size", "not certain: "), ("check", "")):
            lines += [f"  {name:18} {words}{self.notes[name]}"] if name in self.notes else []
        return "\n".join(lines)

    # whether it holds ---------------------------------------------------------------------------------

    def check(self) -> pd.DataFrame:
        """Return whether the traces look like the model that was fitted to them: a row per check.

        Over all rows a fit of imports such as `simulate` makes is rejected in 5 % of cases. What is rejected
        stands in `notes` and in those of forecasts.

        Returns
        -------
        DataFrame
            The frame ``checks``: ``statistic p verdict meaning``, index ``check``. Checked are the ``times``
            of stretches, whether their ``order`` tells nothing and the ``halves`` and their ``spread`` are
            alike, ``failures`` and ``failure_halves``. NaN where the verdict is ``not known``.

        Examples
        --------
        >>> from simimport import Trace, simulate
        >>> found = fit(Trace(simulate(users=4000, failure_rate=0.05, seed=3).responses()))
        >>> found.check().loc[["times", "failures"], "verdict"].to_dict()
        {'times': 'fits', 'failures': 'fits'}
        """
        return handed_out(self._kind.check.table)

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

        Examples
        --------
        >>> from simimport import Trace, simulate
        >>> last_night = Trace(simulate(users=1000, seed=3).responses())
        >>> tonight = simulate(users=1000, seed=4)
        >>> ahead = fit(last_night).forecast(Trace(tonight.responses())[:8])
        >>> ahead.now_s, round(ahead.end_s), ahead.error
        (13.393261, 39, 8.0)
        >>> ahead.end_low_s < tonight.duration_s < ahead.end_high_s
        True
        """
        rng = np.random.default_rng([resolve(seed), 3])
        part = self._evidence_of(trace)
        if part.state.terminal:
            return past(part, self.level)
        likely = self._kind.likely_of(part, rng)
        if likely is None:
            return unknown(part, self.level, "no speed is known")
        if not part.users:
            return unknown(part, self.level, "the trace does not tell how many users there are")
        checks = self._kind.checks_of(part, likely)
        alone, note = self._kind.is_alone(part), self._kind.note_on(part)
        return forecast(part, likely, self.level, rng, checks, alone=alone, note=note)

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

        Examples
        --------
        >>> from simimport import Trace, simulate
        >>> last_night = Trace(simulate(users=1000, seed=3).responses())
        >>> tonight = simulate(users=1000, stall_at=0.5, stall_s=600, seed=4)
        >>> seen = Trace([(at_s, tonight.status(at_s)) for at_s in range(0, 61, 5)])
        >>> odd = fit(last_night).stall(seen)
        >>> round(odd.silence_s), round(odd.wait_s)
        (37, 36)
        """
        alarms = real("false_alarms", false_alarms, 1e-9, 0.5)
        part = self._evidence_of(trace)
        if part.state is not State.IMPORTING:
            return no_silence(alarms, f"the last state is {part.state}")
        likely = self._kind.likely_in_silence(part)
        if likely is None or not math.isfinite(part.since_s):
            return no_silence(alarms, "no speed is known")
        return silence(part, likely, alarms, self._kind.checks_of(part, likely, failures_too=False))

    def _evidence_of(self, trace: Any) -> Evidence:
        return evidence(only(trace), self._size, set(self.batch_size))
