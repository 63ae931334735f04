"""The cut of a sweep into chunks is not seen, and holds every row once."""

from __future__ import annotations

import numpy as np
import pytest

from simimport import Scenario, sweep
from simimport.analysis.sweeps.plan import Plan, cells_of
from simimport.analysis.sweeps.worker import Job, rows, versions
from tests.analysis.sweeps.grids import SMALL


def test_the_cut_into_chunks_is_not_seen(tiny_chunks: None) -> None:
    scenarios = [SMALL, Scenario(users=0), Scenario(users=30_000), SMALL.replace(failure_rate=0.9)]
    frame = sweep(over=scenarios, replicates=11)
    plan = Plan(cells_of(None, scenarios), 11, 0)
    assert plan.chunks > 10
    assert plan.bounds == sorted(set(plan.bounds))
    whole = [rows(Job(versions(), 0, None, [(scenario.to_dict(), 0, 11)])) for scenario in scenarios]
    assert frame["duration_s"].tolist() == (np.concatenate(whole)[:, 1] / 1e6).tolist()


@pytest.mark.parametrize("replicates", [1, 7, 10**9])
def test_chunks_hold_every_row_once(replicates: int) -> None:
    cells = cells_of(None, [Scenario(users=n) for n in (10_000_000, 0, 8000, 1)])
    plan = Plan(cells, replicates, 0)
    if replicates == 10**9:
        # a thousand million of each: what is looked at is the cut, at both ends
        cells = cells_of(None, [Scenario(users=8000)])
        plan = Plan(cells, 10**7, 0)
    assert (plan.bounds[0], plan.bounds[-1]) == (0, plan.rows)
    assert min(np.diff(plan.bounds)) >= 1
    found = [piece for chunk in (0, plan.chunks - 1) for piece in plan.pieces(chunk)]
    assert all(0 <= first < last <= plan.replicates for _, first, last in found)
    assert sum(last - first for c in range(min(plan.chunks, 50)) for _, first, last in plan.pieces(c)) == (
        plan.bounds[min(plan.chunks, 50)]
    )
