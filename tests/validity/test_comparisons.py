"""What `compare` promises of its intervals, against how often they hold; and what pairs are worth."""

from __future__ import annotations

import pytest

from tests.validity.comparisons import KINDS, PAIRS, SHARES, Row, broken, table

FEW = ("more varied", "more interrupted")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return table(40, FEW, (50,))


def test_the_intervals_cover_as_often_as_they_say(rows: list[Row]) -> None:
    assert {row.kind for row in rows} == set(FEW)
    assert broken(rows) == []


def test_where_nothing_differs_in_the_mean_little_is_found(rows: list[Row]) -> None:
    # who varies more takes as long in the mean
    [found] = [row.found for row in rows if row.kind == "more varied"]
    assert found <= 0.2


def test_pairs_are_worth_several_times_as_many_imports(rows: list[Row]) -> None:
    gains = {(row.kind, row.measure): row.gain for row in rows}
    assert gains["more varied", "duration_s"] > 3
    assert gains["more interrupted", "failed"] > 6
    assert min(gains.values()) > 2


def test_what_breaks_a_promise_is_found() -> None:
    mean = Row("slower", "duration_s", 200, 400, 1.0, 0.95, 1.0, 9.0)
    share = mean._replace(measure="done", differ=0.02, covered=0.97)
    wrong = [mean._replace(covered=0.87), share._replace(covered=0.9)]
    assert broken([mean, share, *wrong]) == wrong
    # nobody can tell what hardly any pair shows
    assert broken([mean._replace(differ=0.05, covered=0.6)]) == []


def test_kinds_are_of_all_measures() -> None:
    assert len(KINDS) == 8
    assert PAIRS == (20, 200)
    assert set(SHARES) == {"done", "canceled", "error"}
