"""`summarize`: a sweep's cells in a line each, with intervals.

Reads frames and stores, runs nothing; what an interval is, is for `intervals`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simimport.analysis.distributions import share_interval
from simimport.analysis.estimates import Estimates
from simimport.analysis.sweeps.intervals import mean_interval, quantile_interval
from simimport.analysis.sweeps.store import read_store
from simimport.analysis.sweeps.worker import FINALS, NUMBERS
from simimport.errors import ParameterError
from simimport.model.columns import frame as frame_of
from simimport.model.columns import names
from simimport.model.scenario import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Summary", "summarize"]

_QUANTILES = {"q05": 0.05, "median": 0.5, "q95": 0.95}
# cells of one sweep have as many runs each, and few numbers of those that ended so
_share_limits = lru_cache(maxsize=4096)(share_interval)


class Summary(Estimates):
    """What `summarize` returns: an ordinary frame, shown as people read it."""

    _kind = "Summary"
    _first = ("runs", "done", "mean_s", "failed_mean", "canceled", "error", "median_s", "q95_s", "q05_s")


def summarize(frame: pd.DataFrame | str | os.PathLike[str]) -> Summary:
    """Return a sweep's cells, one row each: how often it ended how, how long it took, and how many failed.

    Parameters
    ----------
    frame : DataFrame or path
        What `sweep` returned; rows and columns may have been left out or added, as long as those of
        ``final``, ``duration_s`` and ``failed`` are there. Or the folder of a finished sweep's store, which
        is read one cell at a time: for sweeps whose frame would not fit into memory.

    Returns
    -------
    DataFrame
        The frame `summary`, shown as people read it: as "0.17 (0.14 to 0.20)", and no wider than the screen;
        ``in_words()`` gives these texts, and a selection is an ordinary DataFrame of numbers. The swept
        fields (or ``scenario``) are the index, in the order of the sweep. ``columns("summary")`` says each
        column:

        * ``runs``: replicates.
        * ``done canceled error``: shares of the runs that ended so, each with ``_low`` and ``_high``.
        * ``mean_s q05_s median_s q95_s``: of ``duration_s``, over the runs that ended done; each with
          limits such as ``mean_low_s`` and ``mean_high_s``. NaN where none did.
        * ``failed_mean``: users failed in truth, per run of any end.

    Raises
    ------
    ParameterError
        If it is no sweep's frame, or has no rows.
    RecordError
        If the store is not finished, or damaged.

    Notes
    -----
    All intervals are of 95 %, and all but the mean's cover at least as often, from one run on:

    * Those of shares are exact (Clopper and Pearson 1934).
    * Those of quantiles lie between two durations that occurred, of the ranks that the Binomial tells
      (David and Nagaraja 2003), whatever the law of the durations. The median has two ends from 6 runs on,
      the outer quantiles from 72 on: with fewer, the lower limit is 0 or the upper one infinite.
    * That of the mean is Student's t, corrected for the skewness of the sample (Hall 1992); NaN of one run.

    The mean's was measured, on 2,000 cells each. Of imports that are steady, or slow down, it covers 94 to
    96 % from 2 runs on. Of what is rare and long a cell must have seen one: where one import in three stalls
    it covers 49 % with 2 runs, 69 % with 3, 86 % with 5, and 95 % or more from 10 on; where one in ten
    stalls, for seven times as long as an import else takes, 16 % with 2 runs, 39 % with 5, 62 % with 10, 85 %
    with 20, and 95 % or more from 50 on. That is about as often as a cell has seen a stall.

    Cells are no independent samples: replicate k has the same seed in all cells of a sweep, so that their
    errors go together, and how two cells differ is known better than their intervals suggest: `compare` tells
    it, replicate by replicate.

    An interruption falls at a share of the run's own work, so a long run is interrupted as often as a short
    one, and its duration is cut in proportion. Taking it as censoring (Kaplan and Meier) would bias the
    durations, since the time of the interruption tells how long the run would have been. What ended done is
    an unbiased sample: whether a run is interrupted does not depend on its speed.

    Examples
    --------
    >>> from simimport import summarize, sweep
    >>> frame = sweep(over={"cancel_rate": [0.0, 0.5]}, replicates=100)
    >>> summarize(frame).reset_index()[["cancel_rate", "done", "done_low", "done_high"]].round(3)
       cancel_rate  done  done_low  done_high
    0          0.0  1.00     0.964      1.000
    1          0.5  0.56     0.457      0.659
    >>> summarize(frame).in_words()["done"].tolist()
    ['1.000 (0.964 to 1.000)', '0.56 (0.46 to 0.66)']
    """
    if isinstance(frame, (str, os.PathLike)):
        store = read_store(frame)
        keys = [store.plan.cells.column(place) for place in range(len(store.plan.cells.names))]
        index = pd.MultiIndex.from_arrays(keys, names=store.plan.cells.names)
        return _table_of_cells(_cells_of_store(store.numbers_of_cells()), index)
    swept = _swept_columns(frame)
    # groups in the order of their first row, which is that of the sweep
    groups = frame.groupby(swept, sort=False, dropna=False)
    index = pd.MultiIndex.from_frame(frame.loc[~frame.duplicated(swept), swept])
    return _table_of_cells(_cells_of_frame(frame, groups.ngroup().to_numpy(), len(index)), index)


def _swept_columns(frame: Any) -> list[str]:
    """Return the columns that tell cells apart."""
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError("frame", frame, "what sweep() returned, or the path of its store")
    missing = [name for name in ("final", "duration_s", "failed") if name not in frame.columns]
    if missing:
        allowed = f"a sweep's columns; missing: {', '.join(missing)}"
        raise ParameterError("frame", list(frame.columns), allowed)
    results = set(names("sweep"))
    swept = [name for name in frame.columns if name not in results and (name in FIELDS or name == "scenario")]
    odd = frame.loc[~frame["final"].isin(FINALS), "final"]
    if len(odd):
        raise ParameterError("final", odd.iloc[0], "done, canceled or error", where="frame")
    if not swept or not len(frame):
        raise ParameterError("frame", frame, "a sweep's frame, with its swept fields and at least one row")
    return swept


def _cells_of_frame(frame: pd.DataFrame, cell: Any, cells: int) -> Iterator[tuple[Ints, Floats, Ints]]:
    order = np.argsort(cell, kind="stable")
    place_of = {name: place for place, name in enumerate(FINALS)}
    final = np.asarray(frame["final"].map(place_of), dtype=np.int64)[order]
    seconds: Floats = frame["duration_s"].to_numpy()[order]
    failed = np.asarray(frame["failed"], dtype=np.int64)[order]
    ends = np.cumsum(np.bincount(cell, minlength=cells))
    for low, high in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        yield final[low:high], seconds[low:high], failed[low:high]


def _cells_of_store(cells: Iterator[Ints]) -> Iterator[tuple[Ints, Floats, Ints]]:
    for numbers in cells:
        yield numbers[:, 0], numbers[:, 1] / 1e6, numbers[:, NUMBERS.index("failed")]


def _table_of_cells(cells: Iterator[tuple[Ints, Floats, Ints]], index: pd.MultiIndex) -> Summary:
    lines = [_line_of_cell(*cell) for cell in cells]
    made = frame_of("summary", {name: [line[name] for line in lines] for name in names("summary")})
    made.index = index.get_level_values(0) if index.nlevels == 1 else index
    return Summary(made)


def _line_of_cell(final: Ints, seconds: Floats, failed: Ints) -> dict[str, float]:
    """Return one cell's row."""
    runs = len(final)
    line: dict[str, float] = {"runs": runs, "failed_mean": float(failed.mean())}
    for place, name in enumerate(FINALS):
        count = int(np.count_nonzero(final == place))
        line[name] = count / runs
        line[f"{name}_low"], line[f"{name}_high"] = _share_limits(count, runs)
    done = np.sort(seconds[final == FINALS.index("done")])
    n = len(done)
    line["mean_s"] = float(done.mean()) if n else math.nan
    line["mean_low_s"], line["mean_high_s"] = mean_interval(done)
    for name, share in _QUANTILES.items():
        # the least duration that so large a share of the runs do not exceed: 0.95 · 20 is 19, not 20
        rank = max(math.ceil(round(share * n, 9)), 1)
        line[f"{name}_s"] = float(done[rank - 1]) if n else math.nan
        line[f"{name}_low_s"], line[f"{name}_high_s"] = quantile_interval(done, share)
    return line
