"""What is promised of intervals, bands, waits and checks: that a table of few is whole, and kept."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.validity import forecasts, intervals, silences, strangers
from tests.validity.tables import PARTS, rows_of, section


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_its_rows_under_what_they_are_called(part: str) -> None:
    module = importlib.import_module(f"tests.validity.{part}")
    rows = rows_of(part, next(iter(module.KINDS)), 2)
    lines = section(part, rows).splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith("|"))
    assert lines[0].startswith("## ")
    assert len({line.count("|") for line in lines[head:]}) == 1
    assert len(lines) == head + 2 + len(rows)
    assert set(module.broken(rows)) <= set(rows)


def test_what_carries_no_note_holds() -> None:
    for kind in strangers.KINDS[:1]:
        assert strangers.broken(strangers.table(2, [kind])) == []


def test_what_breaks_a_promise_is_found() -> None:
    interval = intervals.Row("steady", "users_per_s", 200, 0.95, 0.5)
    for wrong in ({"held_95": 0.89}, {"held_50": 0.39}, {"held_50": 0.63}):
        assert intervals.broken([interval, interval._replace(**wrong)]) == [interval._replace(**wrong)]
    slow = interval._replace(parameter="slowdown", held_50=1.0)
    few = interval._replace(told=20, held_95=0.5)
    assert intervals.broken([slow, few]) == []
    band = forecasts.Row("stalling", 0, 0.5, 200, 0.95, 0.95, 0.5, 0.95, 0.95, 0.02)
    for wrong in ({"end": 0.87}, {"failed": 0.87}, {"seen": 0.87}, {"unseen": 0.87}):
        assert forecasts.broken([band, band._replace(**wrong)]) == [band._replace(**wrong)]
    assert forecasts.broken([band._replace(stalled=0.05, seen=0.8)]) == []
    stranger = strangers.Row("halved", 0, 0.5, 0.0, 200, 0.95, 0.5, 0.9)
    assert strangers.broken([stranger, stranger._replace(held=0.8)]) == [stranger._replace(held=0.8)]
    quiet = silences.Row("steady", 3, 0.01, 0.012, 3.0)
    for found in (0.003, 0.04):
        assert silences.broken([quiet, quiet._replace(found=found)]) == [quiet._replace(found=found)]


def test_the_command_prints_the_parts_that_are_asked_for() -> None:
    command = [sys.executable, "-m", "tests.validity", "batch_sizes", "--seeds", "2"]
    folder = Path(__file__).parents[2]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    # of two traces a share may well be what no promise allows
    assert found.returncode in (0, 1)
    assert "Traceback" not in found.stderr
    assert found.stdout.count("\n## ") == 1
    assert "| 50 |" in found.stdout
