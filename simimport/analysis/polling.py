"""What polling more often buys: the trade-off between the load of polls and the age of what a client shows.

Asks `observe` what a poller sees; judges no client, which is for `check_poller`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from simimport.analysis.observe import intervals_of, observe, phase_of
from simimport.checks import real, whole
from simimport.errors import ParameterError
from simimport.memory import check_room
from simimport.model.columns import frame, names
from simimport.model.run.run import Run
from simimport.model.run.simulate import simulate
from simimport.model.scenario import Scenario
from simimport.model.seeds import derive, resolve
from simimport.show.words import duration, number, ranged

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["interval_for", "polling_tradeoff"]


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
    runs = whole("replicates", replicates, 1)
    intervals = sorted(set(intervals_of(every_s)))
    if not intervals:
        raise ParameterError("every_s", [], "at least one interval, in seconds")
    check_room("replicates", runs, 40 * len(intervals) * runs)
    measured = np.empty((len(intervals), runs, 5))
    for replicate in range(runs):
        run = simulate(scenario, seed=derive(resolve(seed), replicate))
        for place, interval_s in enumerate(intervals):
            observed = observe(run, every_s=interval_s, phase_s=phase_of(run, interval_s))
            measured[place, replicate] = _cost_and_gain(run, observed)
    polls, nothing_new, staleness_s, staleness_users, delay_s = np.moveaxis(measured, 2, 0)
    with np.errstate(invalid="ignore"):
        return frame("tradeoff", {
            "every_s": intervals, "polls": polls.mean(axis=1), "nothing_new": nothing_new.mean(axis=1),
            "staleness_s": staleness_s.mean(axis=1), "staleness_users": staleness_users.mean(axis=1),
            "delay_s": delay_s.mean(axis=1), "delay_p95_s": np.quantile(delay_s, 0.95, axis=1),
        })  # fmt: skip


def interval_for(tradeoff: pd.DataFrame, column: str, most: float) -> float:
    """Return the longest interval that keeps a column of a `tradeoff` at or below a value, in seconds.

    Between the intervals that were tried it is interpolated; NaN where the column has no values, as of
    imports that are never at work.

    Raises
    ------
    ParameterError
        If the column is none that grows with the interval, or `most` is no number, or beyond what was tried:
        below what the shortest interval gave, or above what the longest did.

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
    limit = real("most", most, allowed="a number")
    tried = tradeoff[["every_s", column]].dropna().sort_values("every_s")
    if not len(tried):
        return math.nan
    every_s, values = (tried[name].to_numpy(dtype=float) for name in tried)
    # a mean over replicates may dip where it should grow
    values = np.maximum.accumulate(values)
    if not values[0] <= limit <= values[-1]:
        form = number if column == "staleness_users" else partial(duration, exact=True)
        gave = ranged(values[0], values[-1], form)
        allowed = f"{gave}, which is what intervals of {ranged(every_s[0], every_s[-1], duration)} gave"
        raise ParameterError(
            "most", most, f"{allowed}; try {'shorter' if limit < values[0] else 'longer'} ones"
        )
    return float(np.interp(limit, values, every_s))


def _cost_and_gain(run: Run, observed: pd.DataFrame) -> tuple[float, float, float, float, float]:
    """Return polls, share without news, mean staleness in seconds and users while importing, and delay."""
    import numpy as np

    begin_s, end_s = run.duration_s - run.importing_s, run.duration_s
    answered_s = observed["answered_s"].to_numpy()
    polls, delay_s = len(observed), answered_s[-1] - end_s
    nothing_new = 1 - observed["changed"].mean()
    length_s = end_s - begin_s
    if not length_s > 0:
        return polls, nothing_new, math.nan, math.nan, delay_s
    # Each answer is shown from its own instant to the next one's, of which what lies in the import counts;
    # before the first nothing is shown.
    edges_s = np.clip([*answered_s, np.inf], begin_s, end_s)
    shown_s = np.diff(edges_s)
    before_s = edges_s[0] - begin_s
    # At t the age of what is shown is t - since; over a piece from a to b that adds up to
    # ((b - since)² - (a - since)²)/2. Nobody can have seen what is older than the import, so ages count from
    # its beginning, before the first answer too.
    since_s = np.maximum(observed["updated_at_s"].fillna(begin_s).to_numpy(), begin_s)
    ages = (edges_s[1:] - since_s) ** 2 - (edges_s[:-1] - since_s) ** 2
    staleness_s = (ages.sum() + before_s**2) / 2 / length_s
    # A user counts as processed from its finish to the end of the import, so the integral of their number is
    # the sum of these times; that of the number shown is taken piece by piece.
    finished_s = run.truth.finished_us / 1e6
    processed = np.clip(end_s - finished_s, 0, None).sum()
    shown = ((observed["completed"] + observed["error"]).to_numpy() * shown_s).sum()
    return polls, nothing_new, staleness_s, (processed - shown) / length_s, delay_s
