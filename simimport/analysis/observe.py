"""What a poller sees of a run: a row per poll, to the first answer that tells the end.

Asks the record, not a server; a client that is to be tested belongs to `check_poller`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simimport.checks import real
from simimport.errors import ParameterError
from simimport.memory import OBSERVED, check_room
from simimport.model.columns import frame, worded
from simimport.model.dialects import dialect_of
from simimport.model.run.run import Run
from simimport.model.run.timeline import WORDS
from simimport.model.seeds import resolve
from simimport.model.states import State
from simimport.show.words import counted

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["intervals_of", "observe", "phase_of"]

_MOST_POLLS = 10_000_000
#: The shortest and the longest interval between polls, in seconds.
_SHORTEST_S, _LONGEST_S = 1e-3, 1e9
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
        If an argument is out of range, or there would be more than ten million polls, or more than
        fit into memory.

    Notes
    -----
    `staleness_users` counts inside a batch, where that users finish one by one is an assumption: a server
    hashes a batch in parallel. At any instant between two flushes of 50 it is uniform over 0 to 49 with
    constant times, 24.5 in the mean. As instants are whole microseconds, that holds up to 100,000 users per
    second.

    One phase is one client. Polls every 5 s meet batches of 1.67 s at the same place each time, and where an
    import begins and ends is the same to the poll in all runs of a scenario. For means over clients draw a
    `phase_s` for each run, uniform over `every_s`; `polling_tradeoff` and `compare_etas` do.

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

    words = dialect_of(dialect)
    rows = _checked_run(run).timeline(words).rows
    interval_s = _checked_interval(every_s)
    asked_us, answered_us = _poll_instants(
        int(rows["at_us"][-1]),
        interval_s,
        real("jitter_s", jitter_s, 0.0, interval_s),
        real("latency_s", latency_s, 0.0, _LONGEST_S),
        real("phase_s", phase_s, -_LONGEST_S, _LONGEST_S),
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
        "state": worded(WORDS["state"], np.where(none, WORDS["state"].index(State.NONE), seen["state"])),
        "step": worded((*WORDS["step"], None), np.where(none, len(WORDS["step"]), seen["step"])),
        **{name: np.where(none, 0, seen[name]) for name in ("completed", "error", "total")},
        "updated_at_s": updated_s,
        "changed": np.diff(change, prepend=-2) != 0,
        "staleness_s": answered_s - updated_s,
        "staleness_users": _unpublished_users(run, answered_us, np.where(none, 0, seen["batch"])),
    })  # fmt: skip


def intervals_of(every_s: Any, allowed: str = "several intervals, such as [1, 2, 5]") -> list[float]:
    """Return intervals between polls, in seconds, each as `observe` takes it.

    Raises
    ------
    ParameterError
        If they are not several, or one is out of range.
    """
    if isinstance(every_s, (str, bytes)) or not isinstance(every_s, Iterable):
        raise ParameterError("every_s", every_s, allowed)
    return [_checked_interval(interval_s) for interval_s in every_s]


def phase_of(run: Run, every_s: float) -> float:
    """Return when a client that does not know the run first polls, in seconds: uniform over the interval.

    It is drawn from the run's seed, and is the same share of every interval: a paired comparison of them.

    Raises
    ------
    ParameterError
        If `run` is no Run.
    """
    import numpy as np

    return float(np.random.default_rng([_checked_run(run).seed, _PHASES]).random()) * every_s


def _checked_run(run: Any) -> Run:
    if not isinstance(run, Run):
        raise ParameterError("run", run, "a Run, as simulate() returns it")
    return run


def _checked_interval(every_s: Any) -> float:
    return real("every_s", every_s, _SHORTEST_S, _LONGEST_S)


def _poll_instants(  # noqa: PLR0917 - as they come from the signature of `observe`
    end_us: int, every_s: float, jitter_s: float, latency_s: float, phase_s: float, seed: int
) -> tuple[Ints, Ints]:
    """Return when each poll is asked and answered, to the first answer at the end or later."""
    import numpy as np

    # as many as could be due by the end
    polls = max(math.ceil((end_us / 1e6 - phase_s) / every_s), 0) + 1
    if polls > _MOST_POLLS:
        raise ParameterError("every_s", every_s, f"an interval of at most {counted(_MOST_POLLS, 'poll')}")
    check_room("every_s", every_s, OBSERVED * polls)
    place = np.arange(polls)
    due_s = phase_s + place * every_s
    if jitter_s:
        due_s = due_s + np.random.default_rng(seed).random(polls) * jitter_s
    # One question at a time: a poll is asked when it is due, or when the answer before has come, so
    # asked[k] = max(due[k], asked[k-1] + latency). Less k latencies each, that is a running maximum.
    asked_s = np.maximum.accumulate(due_s - place * latency_s) + place * latency_s if latency_s else due_s
    asked_us = np.rint(asked_s * 1e6).astype(np.int64)
    answered_us = asked_us + round(latency_s * 1e6)
    last = int(np.searchsorted(answered_us, end_us)) + 1
    return asked_us[:last], answered_us[:last]


def _unpublished_users(run: Run, at_us: Ints, batch: Ints) -> Ints:
    """Return how many users were processed in truth by each instant and not published."""
    import numpy as np

    processed = run.truth.processed
    finished = np.searchsorted(run.truth.finished_us, at_us, side="right")
    return finished - np.minimum(batch * run.scenario.batch_size, processed)
