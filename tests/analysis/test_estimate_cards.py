"""Summaries, trade-offs and comparisons in a notebook: as on all cards, and nobody's text is markup."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simimport import Scenario, compare, polling_tradeoff, summarize, sweep
from simimport.analysis.sweeps.summarize import Summary
from simimport.show.words import duration, estimated, number
from tests.foreign import HOSTILE, LETTERS, moves
from tests.markup import Page, read

SMALL = Scenario(users=300, failure_rate=0.05)
SWEPT = sweep(SMALL, over={"cancel_rate": [0.0, 0.5], "stall_at": [None, 0.5]}, replicates=30)


def shown(frame: Any) -> Page:
    # where it does not wrap is not what it says
    return read(str(frame._repr_html_()).replace("\N{NO-BREAK SPACE}", " "))


def test_a_summary_is_a_card_with_a_row_a_cell() -> None:
    summary = summarize(SWEPT)
    page = shown(summary)
    assert page.elements[0][1]["aria-label"] == "Summary, 4 rows"
    assert [table["aria-label"] for table in page.all("table")] == ["Summary"]
    head, *rows = page.rows
    assert head == ["cancel_rate", "stall_at", *summary.in_words().columns]
    assert [row[:2] for row in rows] == [["0", "none"], ["0", "0.5"], ["0.5", "none"], ["0.5", "0.5"]]
    first = summary.iloc[0].to_dict()
    cells = dict(zip(head, rows[0], strict=True))
    assert cells["done"] == estimated(first["done"], first["done_low"], first["done_high"])
    low, high = (duration(first[f"mean_{end}_s"]) for end in ("low", "high"))
    assert cells["mean_s"] == f"{duration(first['mean_s'])} ({low} to {high})"
    assert cells["failed_mean"] == number(first["failed_mean"])


def test_long_ranges_are_broken_between_their_numbers_alone() -> None:
    slow = summarize(sweep(SMALL, over={"users_per_s": [0.7]}, replicates=5))
    html = str(slow._repr_html_())
    kept = "\N{NO-BREAK SPACE}"
    assert re.search(
        rf">\([\d.]+{kept}min{kept}[\d.]+{kept}s to{kept}[\d.]+{kept}min{kept}[\d.]+{kept}s\)<", html
    )
    assert re.search(rf">\([\d.]+{kept}to{kept}[\d.]+\)<", html)


def test_who_moves_by_keys_can_scroll() -> None:
    assert shown(summarize(SWEPT)).elements[0][1]["tabindex"] == "0"


def test_times_are_durations_on_the_card_and_numbers_in_the_frame() -> None:
    slow = summarize(sweep(SMALL, over={"users_per_s": [0.01]}, replicates=5))
    cells = dict(zip(*shown(slow).rows, strict=True))
    assert "h" in cells["mean_s"].split()
    assert slow.in_words()["mean_s"].iloc[0].split()[0].replace(",", "").isdigit()


def test_a_trade_off_has_its_intervals_first() -> None:
    tradeoff = polling_tradeoff(SMALL, every_s=[1, 90], replicates=5)
    page = shown(tradeoff)
    assert page.elements[0][1]["aria-label"] == "Trade-off, 2 rows"
    # its index only counts
    assert page.rows[0][0] == "every_s"
    assert [row[0] for row in page.rows[1:]] == ["1 s", "1 min 30 s"]
    names = page.rows[0]
    largest = page.rows[1][names.index("staleness_s_max")]
    assert largest.startswith(f"{duration(tradeoff['staleness_s_max'].iloc[0])} (")


def test_a_comparison_says_pairs_level_and_what_was_found() -> None:
    found = compare(SMALL, SMALL.replace(stall_at=0.5, stall_s=100), replicates=20)
    page = shown(found)
    assert "Comparison 20 pairs of the same seeds 95 % intervals" in page.text
    assert page.text.endswith(found.sentence())
    rows = {row[0]: row[1:] for row in page.rows}
    assert rows["measure"] == ["first", "second", "difference", "p"]
    # stalls come out of nowhere, and all last as long
    assert rows["duration_s"][2:] == ["1 min 40 s (1 min 40 s to 1 min 40 s)", "< 0.0001"]
    assert rows["imported"][0] == number(float(found.loc["imported", "first"]))  # type: ignore[arg-type]


def test_what_is_missing_is_not_available() -> None:
    never = summarize(sweep(SMALL, over={"crash_rate": [1.0]}, replicates=3))
    cells = dict(zip(*shown(never).rows, strict=True))
    assert cells["mean_s"] == "n/a"


@given(st.text(st.sampled_from(LETTERS), min_size=1, max_size=12))
@example(HOSTILE)
def test_names_of_scenarios_are_texts(name: str) -> None:
    made = Summary(summarize(SWEPT).iloc[:2].set_axis(pd.Index([name, "b"], name="scenario")))
    page = shown(made)
    assert moves(page.text.replace("\n", "")) == ""
    plain = Summary(summarize(SWEPT).iloc[:2].set_axis(pd.Index(["x" * len(name), "b"], name="scenario")))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in shown(plain).elements]
    assert moves(repr(made)) == ""
    # the frame itself keeps what it was given
    assert made.index[0] == name


def test_names_in_several_columns_are_printable_too() -> None:
    index = pd.MultiIndex.from_tuples([("a\x1b[2J", 1), ("b", 2)], names=["first", "second"])
    made = Summary(summarize(SWEPT).iloc[:2].set_axis(index))
    assert moves(repr(made)) == ""
    assert [row[:2] for row in shown(made).rows] == [
        ["first", "second"], ["a\N{REPLACEMENT CHARACTER}[2J", "1"], ["b", "2"],
    ]  # fmt: skip


@pytest.mark.parametrize(("cells", "rows"), [(30, 30), (31, 31), (200, 31)])
def test_of_many_rows_the_first_and_the_last_are_shown(cells: int, rows: int) -> None:
    one = summarize(SWEPT).iloc[:1]
    many = Summary(pd.concat([one] * cells).set_axis(pd.Index(range(cells), name="place")))
    page = shown(many)
    assert len(page.rows) == 1 + rows
    assert f"Summary {cells} rows" in page.text
    places = [row[0] for row in page.rows[1:]]
    assert (places[0], places[-1]) == ("0", str(cells - 1))
    assert ("…" in places) == (cells > 30)
    assert len(str(many._repr_html_())) < 60_000
