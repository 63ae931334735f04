"""`compare`: is the second better than the first, by how much, and how sure is that? Paired by seed.

Pairs what was simulated; the laws are in `sweeps.intervals` and `sweeps.paired`, the words in `comparison`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simimport.analysis.comparison import Comparison, changes_of
from simimport.analysis.progress import Progress
from simimport.analysis.sweeps.intervals import mean_interval, mean_p
from simimport.analysis.sweeps.paired import difference_interval, difference_p
from simimport.analysis.sweeps.sweep import sweep
from simimport.analysis.sweeps.worker import FINALS
from simimport.checks import real, whole
from simimport.errors import ParameterError
from simimport.model.columns import frame, names
from simimport.model.run.run import Run
from simimport.model.scenario import FIELDS, Scenario
from simimport.show.words import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["compare"]

_MEANS = ("duration_s", "importing_s", "imported", "failed")
_NEEDED = ("seed", "final", *_MEANS)
_ALLOWED = "a Scenario, one cell of what sweep() returned, or Runs"


def compare(
    first: Scenario | pd.DataFrame | Iterable[Run],
    second: Scenario | pd.DataFrame | Iterable[Run],
    *,
    replicates: int = 200,
    seed: int = 0,
    level: float = 0.95,
    progress: bool | Progress | None = None,
) -> Comparison:
    """Return by how much the second differs from the first, and how sure that is: one row per measure.

    Parameters
    ----------
    first, second : Scenario, or DataFrame, or iterable of Run
        Two scenarios, which are simulated on the same seeds; or what was simulated already on the same seeds:
        two cells of a sweep, such as ``frame[frame["failure_rate"] == 0.1]``, or Runs. Of these each seed
        stands once in either.
    replicates : int, default 200
        Of scenarios: pairs to simulate, at least 2.
    seed : int, default 0
        Of scenarios: replicate k of both has the seed ``derive(seed, k)``, as in `sweep`.
    level : float, default 0.95
        Of the intervals, from 0.5 to 0.9999.
    progress : bool or callable, optional
        Of scenarios: as `sweep` takes it.

    Returns
    -------
    DataFrame
        The frame `comparison`, shown as people read it: ``first second difference low high p``, index
        ``measure``. These are ``duration_s importing_s imported failed``, in the mean over the pairs, and the
        shares ``done canceled error`` of how they ended. A difference is that of the second from the first:
        above 0 where it has more. ``sentence()`` says it in words, to be pasted; ``in_words()`` gives the
        texts of the table.

    Raises
    ------
    ParameterError
        If an argument is none of these, or the two have not the same seeds.

    Notes
    -----
    The same seed is the same people, luck and speed on both sides, so that what differs is due to what was
    changed (common random numbers); how much fewer runs it takes than with other seeds is in the guide.

    * Differences of **means**: Student's t of the differences pair by pair, corrected for their skewness
      (Hall 1992), interval and p alike. Where no two differ, the interval is 0 to 0 and p is 1: what is so
      rare that no pair shows it stays unknown.
    * Differences of **shares**: McNemar's exact p (1947), of the pairs that ended otherwise on either side;
      and an interval made of the exact ones of both kinds of such pairs (Clopper and Pearson 1934; Zou and
      Donner 2008).

    An interval leaves out 0 where, and only where, p is at most 1 - level. Seven rows are seven questions:
    who looks for any difference asks for a p below a seventh of what is meant (Bonferroni).

    Durations are of all runs, however they ended: what is interrupted earlier takes less long. A run that was
    never at work has no ``importing_s``; its pair is left out of that row.

    Examples
    --------
    >>> from simimport import Scenario, compare
    >>> steady = Scenario(users=1000)
    >>> found = compare(steady, steady.replace(stall_rate=0.02), replicates=50, seed=1)
    >>> found.loc["duration_s"].round(1).to_dict()
    {'first': 40.3, 'second': 53.5, 'difference': 13.2, 'low': 8.0, 'high': 20.6, 'p': 0.0}
    >>> what, evidence = found.sentence().split(" (")
    >>> what
    'With stall_rate 0.02 instead of 0, an import takes 13.2 s longer in the mean'
    >>> evidence
    '95 % interval 8 s to 20.6 s; p < 0.0001; 50 pairs of the same seeds).'
    """
    width = real("level", level, 0.5, 0.9999)
    if isinstance(first, Scenario) and isinstance(second, Scenario):
        times = whole("replicates", replicates, 2)
        both = sweep(over=[first, second], replicates=times, seed=seed, progress=progress)
        a, b = (both[both["scenario"] == place] for place in (0, 1))
        facts = first.to_dict(), second.to_dict()
    else:
        given = {"first": first, "second": second}
        # what is no scenario is looked at first: the other is blamed only where this one is right
        sides = {
            name: _simulated(name, side)
            for name, side in sorted(given.items(), key=lambda item: isinstance(item[1], Scenario))
        }
        a, b = sides["first"], sides["second"]
        facts = _facts(a), _facts(b)
    a, b = _paired(a, b)
    rows = {name: _mean_row(_numbers(a, name), _numbers(b, name), width) for name in _MEANS}
    rows |= {name: _share_row(_ended(a, name), _ended(b, name), width) for name in FINALS}
    columns = zip(names("comparison"), zip(*rows.values(), strict=True), strict=True)
    table = frame("comparison", dict(columns))
    table.index = pd.Index(list(rows), name="measure")
    return Comparison.of(table, pairs=len(a), level=width, changes=changes_of(*facts))


# what is compared -----------------------------------------------------------------------------------------


def _simulated(name: str, given: Any) -> pd.DataFrame:
    """Return rows of a sweep's columns."""
    if isinstance(given, Scenario):
        raise ParameterError(name, given, "what was simulated, as the other is; or give two Scenarios")
    if isinstance(given, pd.DataFrame):
        return _checked_cell(name, given)
    if isinstance(given, (str, bytes, Run)) or not isinstance(given, Iterable):
        raise ParameterError(name, given, _ALLOWED)
    runs = list(given)
    for place, run in enumerate(runs):
        if not isinstance(run, Run):
            raise ParameterError(f"{name}[{place}]", run, "a Run, as simulate() returns it")
    rows = pd.DataFrame([
        {
            **run.scenario.to_dict(), "seed": run.seed, "final": run.final.value,
            "duration_s": run.duration_s, "importing_s": run.importing_s,
            "imported": run.counts.imported, "failed": run.counts.failed,
        }
        for run in runs
    ])  # fmt: skip
    return _checked_cell(name, rows)


def _checked_cell(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    if not len(rows):
        raise ParameterError("rows", 0, "at least one", where=name)
    missing = [column for column in _NEEDED if column not in rows.columns]
    if missing:
        allowed = f"a sweep's; missing: {', '.join(missing)}"
        raise ParameterError("columns", list(rows.columns), allowed, where=name)
    odd = rows.loc[~rows["final"].isin(FINALS), "final"]
    if len(odd):
        raise ParameterError("final", odd.iloc[0], "done, canceled or error", where=name)
    [(most, times)] = Counter(rows["seed"].tolist()).most_common(1)
    if times > 1:
        allowed = "1 row, as in one cell of a sweep; pick it, as frame[frame['failure_rate'] == 0.1]"
        raise ParameterError(f"seed {most}", f"in {number(times)} rows", allowed, where=name)
    return rows


def _paired(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both in the order of the first's seeds; refuse what are no pairs."""
    a, b = first.set_index("seed"), second.set_index("seed")
    common = int(a.index.isin(b.index).sum())
    if common < max(len(a), len(b)):
        allowed = (
            f"all {number(len(a))} of first, and all {number(len(b))} of second, as pairs are of one seed: "
            "sweep both in one sweep, or with one seed"
        )
        raise ParameterError("seeds in common", common, allowed, where="second")
    return a, b.loc[a.index]


def _facts(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what all rows of a cell have in common: its fields, or the name of its scenario."""
    fields = [name for name in rows.columns if name == "scenario" or (name in FIELDS and name not in _NEEDED)]
    return {name: rows[name].iloc[0] for name in fields if rows[name].nunique(dropna=False) == 1}


# rows -----------------------------------------------------------------------------------------------------


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    numbers: Floats = rows[name].to_numpy(dtype=float)
    return numbers


def _ended(rows: pd.DataFrame, name: str) -> Bools:
    ended: Bools = (rows["final"] == name).to_numpy(dtype=bool)
    return ended


def _mean_row(first: Floats, second: Floats, level: float) -> tuple[float, ...]:
    """Return first, second, difference, low, high and p of means over the pairs that have both."""
    both = np.isfinite(first) & np.isfinite(second)
    if not both.any():
        return (math.nan,) * 6
    # instants are whole microseconds: what differs by the same in all pairs is to differ by nothing else
    differences = np.rint((second - first)[both] * 1e6) / 1e6
    interval = mean_interval(differences, level, least=-math.inf)
    means = (float(side[both].mean()) for side in (first, second))
    return (*means, float(differences.mean()), *interval, mean_p(differences))


def _share_row(first: Bools, second: Bools, level: float) -> tuple[float, ...]:
    """Return the same of shares."""
    only_second, only_first = int((second & ~first).sum()), int((first & ~second).sum())
    pairs = len(first)
    interval = difference_interval(only_second, only_first, pairs, level)
    difference = (only_second - only_first) / pairs
    shares = (float(side.mean()) for side in (first, second))
    return (*shares, difference, *interval, difference_p(only_second, only_first))
