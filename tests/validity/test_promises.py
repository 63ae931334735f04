"""What forecasts of foreign imports and waits in silence promise, against how often it holds."""

from __future__ import annotations

import importlib

import pytest
from scipy import stats

from tests.validity import silences, strangers
from tests.validity.__main__ import PARTS, rows_of, section


@pytest.mark.parametrize("seeds", [pytest.param(2, id="everyday"), pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", strangers.KINDS)
def test_what_carries_no_note_holds(kind: str, seeds: int) -> None:
    for row in strangers.table(seeds, [kind]):
        without = seeds - round(row.noted * seeds)
        if without:
            # of few, what 85 % would give in all but one of a thousand
            assert round(row.held * without) >= stats.binom.ppf(1e-3, without, 0.85), row


@pytest.mark.long
@pytest.mark.parametrize("kind", silences.KINDS)
def test_healthy_imports_are_given_up_on_as_often_as_was_asked(kind: str) -> None:
    for row in silences.table(200, [kind]):
        assert row.asked / 3 <= row.found <= 3 * row.asked, row


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_its_rows_under_what_they_are_called(part: str) -> None:
    first, *_ = importlib.import_module(f"tests.validity.{part}").KINDS
    lines = section(part, rows_of(part, first, 2)).splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith("|"))
    assert lines[0].startswith("## ")
    assert len({line.count("|") for line in lines[head:]}) == 1
    assert len(lines) > head + 2
