"""What `summarize` promises of its intervals, against how often they hold the truth."""

from __future__ import annotations

import pytest

from simimport.analysis.distributions import quantile_ranks
from tests.validity.summaries import KINDS, MEASURES, broken, everything, table


def test_the_intervals_cover_as_often_as_they_say() -> None:
    assert broken(table(150, (2, 5, 20))) == []


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
