"""What a poller sees of a run, and what polling more often buys.

Asks the record, not a server; a client that is to be tested belongs to `check_poller`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.columns import frame, names
from simimport.model.dialects import Dialect, dialect_of
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.model.seeds import derive, resolve
from simimport.model.states import State

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["interval_for", "number_in", "observe", "polling_tradeoff"]

_MOST_POLLS = 10_000_000
# keeps the phases apart from whatever else is drawn from a run's seed
_PHASES = 1 << 17


def observe(
    run: Run,
    *,
    every_s: float = 5.0,
    jitter_s: float = 0.0,
    latency_s: float = 0.0,
    phase_s: float = 0.0,
    seed: int = 0,
    dialect: str = "docs",
) -> pd.DataFrame:
    """Return what a client saw of a run: one row per poll, to the first answer that tells the end.

    Parameters
    ----------
    run : Run
        The import.
    every_s : float, default 5.0
        Seconds from one poll to the next, above 0. A client that is still waiting for its answer asks as soon
        as it has it.
    jitter_s : float, default 0.0
        Each poll is late by up to this many seconds, uniformly; at most `every_s`.
    latency_s : float, default 0.0
        Seconds from question to answer. The answer tells what is published when it arrives.
    phase_s : float, default 0.0
        When the first poll is due, in seconds after the creation of the operation; it may be negative.
    seed : int, default 0
        Of the jitter.
    dialect : {"docs", "server-6.3", "server-7.4", "server-8.3"}
        Whose answers. A server's ``error`` that still moves on to ``done`` ends nothing.

    Returns
    -------
    DataFrame
        The frame `observed`: ``poll`` from 1, ``asked_s answered_s``, the answer's ``state step completed
        error total updated_at_s`` (its ``_updatedAt`` on the run's own clock), ``changed`` (whether it
        differs from the answer before), ``staleness_s`` (the age of the document shown) and
        ``staleness_users`` (users processed in truth by then and not yet published).

    Raises
    ------
    ParameterError
        If an argument is out of range, or there would be more than ten million polls.

    Notes
    -----
    `staleness_users` counts inside a batch, where that users finish one by one is an assumption: a server
    hashes a batch in parallel. With constant times it is uniform over 0 to 49 between two flushes of 50,
    24.5 in the mean.

    Examples
    --------
    >>> from simimport import simulate
    >>> observe(simulate(users=100, seed=1), every_s=5)[["poll", "state", "completed", "staleness_users"]]
       poll      state  completed  staleness_users
    0     1        new          0                0
    1     2      ready          0                0
    2     3  importing         49               49
    3     4       done         97                0
    """
    import numpy as np

    if not isinstance(run, Run):
        raise ParameterError("run", run, "a Run, as simulate() returns it")
    told = dialect_of(dialect)
    rows = run.timeline(told).rows
    asked_us, answered_us = _polls(
        int(rows["at_us"][-1]),
        number_in("every_s", every_s, 1e-3, 1e9),
        number_in("jitter_s", jitter_s, 0.0, every_s),
        number_in("latency_s", latency_s, 0.0, 1e9),
        number_in("phase_s", phase_s, -1e9, 1e9),
        resolve(seed),
    )
    change = np.searchsorted(rows["at_us"], answered_us, side="right") - 1
    none, seen = change < 0, rows[np.maximum(change, 0)]
    updated_s = np.where(none, np.nan, seen["at_us"] / 1e6)
    answered_s = answered_us / 1e6
    return frame("observed", {
        "poll": np.arange(1, len(change) + 1),
        "asked_s": asked_us / 1e6,
        "answered_s": answered_s,
        "state": _words(run, told, "state", change),
        "step": _words(run, told, "step", change),
        **{name: np.where(none, 0, seen[name]) for name in ("completed", "error", "total")},
        "updated_at_s": updated_s,
        "changed": np.diff(change, prepend=-2) != 0,
        "staleness_s": answered_s - updated_s,
        "staleness_users": _unpublished(run, answered_us, np.where(none, 0, seen["batch"])),
    })  # fmt: skip


def polling_tradeoff(
    scenario: Scenario, *, every_s: Iterable[float], replicates: int = 100, seed: int = 0
) -> pd.DataFrame:
    """Return what polling more often costs and what it buys: one row per interval, means over replicates.

    Parameters
    ----------
    scenario : Scenario
        The import.
    every_s : iterable of float
        The intervals to compare, in seconds.
    replicates : int, default 100
        Runs of the scenario, at least 1; the same for all intervals. Each interval meets each run at a phase
        that is uniform over the interval.
    seed : int, default 0
        Replicate k is ``simulate(scenario, seed=derive(seed, k))``.

    Returns
    -------
    DataFrame
        The frame `tradeoff`, shortest interval first: ``every_s``; ``polls`` per import; ``nothing_new``, the
        share of polls that told nothing new; ``staleness_s`` and ``staleness_users``, how far what the
        client shows lags behind the work, averaged over the time of importing; ``delay_s`` and
        ``delay_p95_s``, from the end of the import until the client knows, mean and 95th percentile.

    Raises
    ------
    ParameterError
        If there are no intervals or replicates, or one is out of range.

    Notes
    -----
    Between two polls a client shows the older answer, so staleness grows with the interval; `observe` tells
    it at the instants of the answers alone. With phases that are uniform, the delay is uniform over
    (0, every_s).

    Examples
    --------
    >>> from simimport import Scenario
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 10], replicates=20)
    >>> bought.round(1)[["every_s", "polls", "staleness_users", "delay_s"]]
       every_s  polls  staleness_users  delay_s
    0      1.0   41.5             39.0      0.6
    1     10.0    5.0            154.8      4.5
    """
    import numpy as np

    if not isinstance(scenario, Scenario):
        raise ParameterError("scenario", scenario, "a Scenario, such as PRESETS['calm']")
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 1:
        raise ParameterError("replicates", replicates, "a whole number from 1")
    intervals = sorted({number_in("every_s", each, 1e-3, 1e9) for each in _several(every_s)})
    if not intervals:
        raise ParameterError("every_s", [], "at least one interval, in seconds")
    told = np.empty((len(intervals), replicates, 5))
    for replicate in range(replicates):
        run = simulate(scenario, seed=derive(resolve(seed), replicate))
        # one phase for all intervals, as a share of each: a paired comparison
        share = float(np.random.default_rng([run.seed, _PHASES]).random())
        for place, each in enumerate(intervals):
            told[place, replicate] = _bought(run, observe(run, every_s=each, phase_s=share * each))
    polls, nothing_new, staleness_s, staleness_users, delay_s = np.moveaxis(told, 2, 0)
    with np.errstate(invalid="ignore"):
        return frame("tradeoff", {
            "every_s": intervals, "polls": polls.mean(axis=1), "nothing_new": nothing_new.mean(axis=1),
            "staleness_s": staleness_s.mean(axis=1), "staleness_users": staleness_users.mean(axis=1),
            "delay_s": delay_s.mean(axis=1), "delay_p95_s": np.quantile(delay_s, 0.95, axis=1),
        })  # fmt: skip


def interval_for(tradeoff: pd.DataFrame, column: str, most: float) -> float:
    """Return the longest interval that keeps a column of a `tradeoff` at or below a value, in seconds.

    Between the intervals that were tried it is interpolated; NaN if none of them is fresh enough.

    Raises
    ------
    ParameterError
        If the column is none that grows with the interval.

    Examples
    --------
    >>> from simimport import Scenario
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 2, 5, 10], replicates=20)
    >>> round(interval_for(bought, "staleness_users", 100))
    5
    """
    import numpy as np

    growing = [name for name in names("tradeoff") if name.startswith(("staleness", "delay"))]
    if column not in growing or column not in tradeoff:
        raise ParameterError("column", column, ", ".join(growing))
    every_s, values = tradeoff["every_s"].to_numpy(), tradeoff[column].to_numpy()
    if values[0] > most:
        return math.nan
    # a mean over replicates may dip where it should grow
    return float(np.interp(most, np.maximum.accumulate(values), every_s))


def _several(given: Any) -> list[Any]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ParameterError("every_s", given, "several intervals, such as [1, 2, 5]")
    return list(given)


def _bought(run: Run, seen: pd.DataFrame) -> tuple[float, float, float, float, float]:
    """Return polls, share without news, mean staleness in seconds and users while importing, and delay."""
    import numpy as np

    begin_s, end_s = run.duration_s - run.importing_s, run.duration_s
    answered_s = seen["answered_s"].to_numpy()
    edges_s = np.clip([*answered_s, np.inf], begin_s, end_s)
    shown_s = np.diff(edges_s)
    before_s = edges_s[0] - begin_s
    polls, delay_s = len(seen), answered_s[-1] - end_s
    nothing_new = 1 - seen["changed"].mean()
    length_s = end_s - begin_s
    if not length_s > 0:
        return polls, nothing_new, math.nan, math.nan, delay_s
    # age: the integral of t - updated over each piece; nothing seen yet counts from the run
    since_s = np.maximum(seen["updated_at_s"].fillna(begin_s).to_numpy(), begin_s)
    ages = (edges_s[1:] - since_s) ** 2 - (edges_s[:-1] - since_s) ** 2
    staleness_s = (ages.sum() + before_s**2) / 2 / length_s
    finished_s = run.truth.finished_us / 1e6
    truth = np.clip(end_s - finished_s, 0, None).sum()
    shown = ((seen["completed"] + seen["error"]).to_numpy() * shown_s).sum()
    return polls, nothing_new, staleness_s, (truth - shown) / length_s, delay_s


def number_in(name: str, value: Any, low: float, high: float) -> float:
    """Return a number that lies in a range.

    Raises
    ------
    ParameterError
        If it is none, or does not.
    """
    fine = not isinstance(value, bool) and hasattr(value, "__float__") and low <= value <= high
    if not fine:
        raise ParameterError(name, value, f"a number from {low:g} to {high:g}")
    return float(value)


def _polls(  # noqa: PLR0917 - as they come from the signature of `observe`
    end_us: int, every_s: float, jitter_s: float, latency_s: float, phase_s: float, seed: int
) -> tuple[Ints, Ints]:
    """Return when each poll is asked and answered, to the first answer at the end or later."""
    import numpy as np

    # as many as could be due by the end
    number = max(math.ceil((end_us / 1e6 - phase_s) / every_s), 0) + 1
    if number > _MOST_POLLS:
        raise ParameterError("every_s", every_s, f"an interval of at most {_MOST_POLLS:,} polls")
    place = np.arange(number)
    due_s = phase_s + place * every_s
    if jitter_s:
        due_s = due_s + np.random.default_rng(seed).random(number) * jitter_s
    # one question at a time: each waits for the answer before
    asked_s = np.maximum.accumulate(due_s - place * latency_s) + place * latency_s if latency_s else due_s
    asked_us = np.rint(asked_s * 1e6).astype(np.int64)
    answered_us = asked_us + round(latency_s * 1e6)
    last = int(np.searchsorted(answered_us, end_us)) + 1
    return asked_us[:last], answered_us[:last]


def _words(run: Run, dialect: Dialect, column: str, change: Ints) -> list[Any]:
    import numpy as np

    words = np.array([*run.timeline(dialect).words(column), State.NONE.value if column == "state" else None],
                     dtype=object)  # fmt: skip
    return words[change].tolist()  # type: ignore[no-any-return]


def _unpublished(run: Run, at_us: Ints, batch: Ints) -> Ints:
    """Return how many users were processed in truth by each instant and not published."""
    import numpy as np

    processed = run.truth.processed
    finished = np.searchsorted(run.truth.finished_us, at_us, side="right")
    return finished - np.minimum(batch * run.scenario.batch_size, processed)
