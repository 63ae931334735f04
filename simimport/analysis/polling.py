"""What polling more often buys: the trade-off between the load of polls and the age of what a client shows.

Asks `observe` what a poller sees; judges no client, which is for `check_poller`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from simimport.analysis.ages import age_exceeded, ages_of, shown_of
from simimport.analysis.estimates import Estimates
from simimport.analysis.observe import intervals_of, observe, phase_of
from simimport.analysis.progress import Progress, progress_shown
from simimport.analysis.sweeps.intervals import mean_interval, quantile_interval
from simimport.checks import real, whole
from simimport.errors import ParameterError
from simimport.memory import check_room
from simimport.model.columns import frame, names
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario, scenario_of
from simimport.model.seeds import derive, resolve
from simimport.show.words import duration, number, ranged

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Tradeoff", "interval_for", "polling_tradeoff"]

# of each piece of time over which an age rises: two floats, and as much while they are put together
_AGE = 32


class Tradeoff(Estimates):
    """What `polling_tradeoff` returns: an ordinary frame, shown as people read it."""

    _kind = "Trade-off"
    _first = ("every_s", "polls", "staleness_s", "staleness_s_max", "staleness_users", "delay_s")


def polling_tradeoff(
    scenario: Scenario,
    *,
    every_s: Iterable[float],
    replicates: int = 100,
    seed: int = 0,
    progress: bool | Progress | None = None,
) -> Tradeoff:
    """Return what polling more often costs and what it buys: one row per interval.

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
    progress : bool or callable, optional
        As `sweep` takes it; it counts runs.

    Returns
    -------
    DataFrame
        The frame `tradeoff`, shortest interval first, shown as people read it; ``in_words()`` gives these
        texts, and ``columns("tradeoff")`` says each column. ``every_s``, and then, each with ``_low`` and
        ``_high``:

        * ``polls`` per import, and ``nothing_new``, the share of them that told nothing new: means.
        * ``staleness_s``: the age of what the client shows, the mean over the time of importing;
          ``staleness_s_p95``: what it exceeds for a twentieth of that time; ``staleness_s_max``: the largest
          of all instants of all these imports.
        * ``staleness_users``: users processed and not shown, the mean over the time of importing.
        * ``delay_s`` and ``delay_p95_s``: from the end of an import until the client knows, mean and 95th
          percentile over imports.

    Raises
    ------
    ParameterError
        If there are no intervals or replicates, or one is out of range.

    Notes
    -----
    Between two polls a client shows the older answer, so staleness grows with the interval; `observe` tells
    it at the instants of the answers alone. With phases that are uniform, the delay is uniform over
    (0, every_s). A mean promises nothing of single instants: ages swing about theirs by half an interval and
    more. Who must never show what is older than 5 s looks at ``staleness_s_max``.

    The intervals are of 95 %, over imports. Those of means are Student's, corrected for skewness, as in
    `summarize`; that of ``staleness_s_p95`` is Woodruff's (1952), with imports as clusters; that of
    ``delay_p95_s`` lies between two delays that occurred, and has open ends with fewer than 72 replicates.
    No sample bounds what it has not seen, so ``staleness_s_max_high`` is infinite: more replicates will find
    a larger one.

    Examples
    --------
    >>> from simimport import Scenario
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 10], replicates=20)
    >>> bought.round(1)[["every_s", "polls", "staleness_users", "staleness_s", "staleness_s_max"]]
       every_s  polls  staleness_users  staleness_s  staleness_s_max
    0      1.0   41.5             39.0          1.3              2.9
    1     10.0    5.0            154.8          5.2             11.9
    >>> bought.in_words()["staleness_users"].tolist()
    ['39.0 (38.4 to 39.5)', '155 (149 to 160)']
    """
    scenario = scenario_of(scenario)
    runs = whole("replicates", replicates, 1)
    intervals = sorted(set(intervals_of(every_s)))
    if not intervals:
        raise ParameterError("every_s", [], "at least one interval, in seconds")
    seeded = resolve(seed)
    check_room("replicates", runs, 40 * len(intervals) * runs)
    measured: list[list[_Measured]] = [[] for _ in intervals]
    with progress_shown(progress) as tell:
        tell(0, runs)
        for replicate in range(runs):
            run = simulate(scenario, seed=derive(seeded, replicate))
            for interval_s, place in zip(intervals, measured, strict=True):
                observed = observe(run, every_s=interval_s, phase_s=phase_of(run, interval_s))
                place.append(_measured(run, observed))
            if not replicate:
                pieces = sum(len(place[0].ages) for place in measured)
                check_room("replicates", runs, _AGE * pieces * runs)
            tell(replicate + 1, runs)
    rows = [_row(some) for some in measured]
    columns = {name: [row[name] for row in rows] for name in names("tradeoff")[1:]}
    return Tradeoff(frame("tradeoff", {"every_s": intervals, **columns}))


class _Measured(NamedTuple):
    """What one run tells of one interval.

    These are polls, the share of them without news, staleness in seconds and users in the mean while
    importing, and the delay; and the ages of what is shown.
    """

    means: tuple[float, float, float, float, float]
    ages: Floats


def _row(measured: Sequence[_Measured]) -> dict[str, float]:
    """Return the estimates of one interval, each with its limits."""
    import numpy as np

    polls, nothing_new, staleness_s, staleness_users, delay_s = np.array([one.means for one in measured]).T
    ages = [one.ages for one in measured]
    largest = max((float(pieces[:, 1].max()) for pieces in ages if len(pieces)), default=math.nan)
    estimates = {
        "polls": _mean(polls),
        "nothing_new": _mean(nothing_new, 1.0),
        "staleness_s": _mean(staleness_s),
        "staleness_s_p95": age_exceeded(ages, 0.05),
        # what was seen is no less than that, and what was not seen nobody knows
        "staleness_s_max": (largest, largest, math.nan if math.isnan(largest) else math.inf),
        "staleness_users": _mean(staleness_users),
        "delay_s": _mean(delay_s),
        "delay_p95_s": (float(np.quantile(delay_s, 0.95)), *quantile_interval(np.sort(delay_s), 0.95)),
    }
    return {
        f"{name}{end}": value
        for name, values in estimates.items()
        for end, value in zip(("", "_low", "_high"), values, strict=True)
    }


def _mean(values: Floats, most: float = math.inf) -> tuple[float, float, float]:
    low, high = mean_interval(values)
    return float(values.mean()), low, min(high, most)


def interval_for(tradeoff: pd.DataFrame, column: str, wanted: float) -> float:
    """Return the longest interval that keeps a column of a `tradeoff` at or below a value, in seconds.

    Between the intervals that were tried it is interpolated; NaN where the column has no values, as of
    imports that are never at work.

    Parameters
    ----------
    tradeoff : DataFrame
        What `polling_tradeoff` returned.
    column : str
        Which measure is to be kept: ``staleness_s`` keeps a mean, which is no promise of single instants,
        ``staleness_s_max`` the largest age. Limits are columns too, as ``staleness_s_p95_high``.
    wanted : float
        What it is to keep to, in the unit of the column.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If it is no trade-off, the column none that grows with the interval, or `wanted` no number, or beyond
        what was tried: below what the shortest interval gave, or above what the longest did.

    Examples
    --------
    >>> from simimport import Scenario, polling_tradeoff
    >>> bought = polling_tradeoff(Scenario(users=1000), every_s=[1, 2, 5, 10], replicates=20)
    >>> [round(interval_for(bought, column, 5), 1) for column in ("staleness_s", "staleness_s_max")]
    [9.5, 3.2]
    """
    import numpy as np

    growing = [name for name in names("tradeoff") if name.startswith(("staleness", "delay"))]
    if "every_s" not in getattr(tradeoff, "columns", ()):
        raise ParameterError("tradeoff", tradeoff, "what polling_tradeoff returned")
    if column not in growing or column not in tradeoff:
        measures = [name for name in growing if not name.endswith(("_low", "_high"))]
        raise ParameterError("column", column, f"{', '.join(measures)}, or a limit of one")
    limit = real("wanted", wanted, allowed="a number")
    try:
        tried = tradeoff[["every_s", column]].astype(float).sort_values("every_s")
    except (TypeError, ValueError):
        raise ParameterError("tradeoff", tradeoff[column].tolist(), f"numbers as its {column}") from None
    tried = tried[np.isfinite(tried[column])]
    if not len(tried):
        return math.nan
    every_s, values = (tried[name].to_numpy() for name in tried)
    # an estimate may dip where it should grow
    values = np.maximum.accumulate(values)
    if not values[0] <= limit <= values[-1]:
        form = number if column.startswith("staleness_users") else partial(duration, exact=True)
        gave = ranged(values[0], values[-1], form)
        allowed = f"{gave}, which is what intervals of {ranged(every_s[0], every_s[-1], duration)} gave"
        raise ParameterError(
            "wanted", wanted, f"{allowed}; try {'shorter' if limit < values[0] else 'longer'} ones"
        )
    return float(np.interp(limit, values, every_s))


def _measured(run: Run, observed: pd.DataFrame) -> _Measured:
    import numpy as np

    end_s, length_s = run.duration_s, run.importing_s
    polls, delay_s = len(observed), float(observed["answered_s"].iloc[-1]) - end_s
    nothing_new = 1 - observed["changed"].mean()
    if not length_s > 0:
        return _Measured((polls, nothing_new, math.nan, math.nan, delay_s), np.empty((0, 2)))
    shown = shown_of(run, observed)
    ages = ages_of(shown)
    # At t the age of what is shown is t - since; over a piece from one age to another that adds up to half
    # the difference of their squares.
    starts, ends = ages.T
    staleness_s = float((ends**2 - starts**2).sum()) / 2 / length_s
    # A user counts as processed from its finish to the end of the import, so the integral of their number is
    # the sum of these times; that of the number shown is taken piece by piece.
    processed = np.clip(end_s - run.truth.finished_us / 1e6, 0, None).sum()
    published = (observed["completed"] + observed["error"]).to_numpy()
    behind = (processed - (published * np.diff(shown.edges_s)).sum()) / length_s
    return _Measured((polls, nothing_new, staleness_s, behind, delay_s), ages)
