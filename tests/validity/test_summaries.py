"""What `summarize` promises of its intervals, against how often they hold the truth."""

from __future__ import annotations

import pytest
from scipy import stats

from simimport.analysis.distributions import quantile_ranks
from tests.validity.summaries import KINDS, MEASURES, RUNS, Row, everything, table

FEW = [pytest.param(150, (2, 5, 20), id="everyday"), pytest.param(2000, RUNS, marks=pytest.mark.long)]


def at_least(row: Row, share: float) -> bool:
    """Return whether so many cells covering is no surprise, if that share of all would."""
    return bool(stats.binom(row.cells, share).cdf(round(row.covered * row.cells)) > 1e-4)


@pytest.mark.parametrize(("cells", "runs"), FEW)
def test_the_intervals_cover_as_often_as_they_say(cells: int, runs: tuple[int, ...]) -> None:
    for row in table(cells, runs):
        if row.measure != "mean":
            # whatever the law
            assert at_least(row, 0.95), row
        elif row.kind in ("steady", "slowing"):
            assert at_least(row, 0.94), row
            assert stats.binom(row.cells, 0.965).sf(round(row.covered * row.cells) - 1) > 1e-4, row
        elif row.runs > 2:
            # of what is rare the runs of a cell must have seen one
            calm_s = everything("steady").max()
            seen = 1 - (everything(row.kind) < calm_s).mean() ** row.runs
            assert at_least(row, min(seen - 0.01, 0.94)), row


def test_open_ends_are_where_no_rank_is_far_enough_out() -> None:
    for row in table(20, (5, 6, 71, 72), ["steady"]):
        share = MEASURES[row.measure]
        if share is not None:
            low, high = quantile_ranks(row.runs, share)
            assert row.open == float(low < 1 or high > row.runs), row


def test_kinds_differ_as_their_names_say() -> None:
    calm_s = everything("steady").max()
    stalled = {kind: float((everything(kind) > calm_s).mean()) for kind in KINDS if "stalls" in kind}
    assert list(stalled.values()) == pytest.approx([1 - 0.98**20, 1 - 0.995**20], abs=0.02)
