"""The chart: heights, axes, stalls and widths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.cli.output.chart import Curve, chart
from simimport.cli.output.columns import width_of

FLAT = Curve(at_s=[0], completed=[0.0], error=[0.0], end_s=100, run_s=0, stalls=[], mark="✔", colour="green")
EIGHTHS = " ▁▂▃▄▅▆▇█"


def heights(lines: list[str]) -> list[int]:
    """Return the level of each column, from the lines of a chart without colours."""
    width = len(lines[8]) - 7
    rows = [line[7:].ljust(width) for line in lines[:8]]
    return [sum(_level(row[column]) for row in rows) for column in range(width)]


def _level(letter: str) -> int:
    return 8 if letter == "▒" else EIGHTHS.index(letter)


def test_a_step_is_where_it_happened() -> None:
    # 70 columns for 100 seconds: at 50 s half of them
    lines = chart(replace(FLAT, at_s=[0, 50], completed=[0, 0.5], error=[0, 0]), 80)
    assert heights(lines) == [0] * 34 + [32] * 36


def test_the_last_column_is_the_end() -> None:
    assert heights(chart(replace(FLAT, at_s=[0, 100], completed=[0, 1], error=[0, 0]), 80)) == [0] * 69 + [64]


@pytest.mark.parametrize(
    ("share", "level"), [(0, 0), (1e-9, 1), (0.25, 16), (0.99999, 63), (1, 64), (1.01, 64)]
)
def test_something_is_never_nothing_and_nearly_all_never_all(share: float, level: int) -> None:
    assert set(heights(chart(replace(FLAT, completed=[share]), 80))) == {level}


def test_the_failed_stand_below_the_completed() -> None:
    lines = chart(replace(FLAT, completed=[0.5], error=[0.25]), 80)
    assert [line[7:8].strip() for line in lines[:8]] == ["", "", *"████▒▒"]
    painted = chart(replace(FLAT, completed=[0.5], error=[0.1]), 80, lambda text, look: f"<{look}{text}>")
    assert painted[7].count("<red█>") == 0
    assert painted[7].count("<red on green▆>") == 70


def test_a_stall_is_thick_where_it_was() -> None:
    axis = chart(replace(FLAT, stalls=[(50, 60)]), 80)[8]
    assert [place for place, letter in enumerate(axis[7:]) if letter in "━┯"] == list(range(35, 43))


def test_before_the_run_the_axis_is_thin() -> None:
    axis = chart(replace(FLAT, run_s=50), 80)[8][7:]
    assert set(axis[:35]) == {"╌", "┬"}
    assert set(axis[35:]) == {"─", "┬"}


def test_the_end_is_marked_at_its_height() -> None:
    lines = chart(replace(FLAT, completed=[0.5], mark="✖"), 80)
    assert [place for place, line in enumerate(lines) if "✖" in line] == [4]


@pytest.mark.parametrize(
    ("end_s", "labels"),
    [
        (0.04, ["0", "10 ms", "20 ms", "30 ms", "40 ms"]),
        (90, ["0", "20 s", "40 s", "1 min", "1 min 20 s"]),
        (3600, ["0", "20 min", "40 min", "1 h"]),
        (86400 * 400, ["0", "100 d", "200 d", "300 d", "400 d"]),
    ],
)
def test_labels_are_round(end_s: float, labels: list[str]) -> None:
    line = chart(replace(FLAT, end_s=end_s), 80)[9]
    assert [label.strip() for label in line.split("  ") if label.strip()] == labels


SHARE = st.floats(0, 1)


@given(st.floats(1e-3, 1e12), st.integers(60, 120), st.tuples(SHARE, SHARE), st.tuples(SHARE, SHARE))
def test_no_line_is_wider_than_asked(
    end_s: float, width: int, failing: tuple[float, float], stalling: tuple[float, float]
) -> None:
    (share, failed), (begin, length) = failing, stalling
    curve = replace(
        FLAT,
        end_s=end_s,
        at_s=[0, end_s / 3],
        completed=[0, share * (1 - failed)],
        error=[0, share * failed],
        stalls=[(begin * end_s, min(begin + length, 1) * end_s)],
        run_s=end_s / 5,
    )
    lines = chart(curve, width)
    assert len(lines) == 10
    assert max(map(width_of, lines)) <= width
    assert lines[8].count("┼") == 1
    assert lines[9].strip()[0] == "0"
