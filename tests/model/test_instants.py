"""Instants: texts, datetimes and microseconds, one into the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import ClockError
from simimport.model.instants import instant, microseconds, timestamp

moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001 - Hypothesis wants them so


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_in_every_zone_and_cut_to_milliseconds(moment: datetime, minutes: int) -> None:
    cut = moment - timedelta(microseconds=moment.microsecond % 1000)
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(there.isoformat()) == instant(moment.replace(tzinfo=None).isoformat()) == cut
    assert timestamp(there) == timestamp(cut)
    assert instant(timestamp(moment)) == cut


def test_a_timestamp_is_as_the_page_has_it() -> None:
    assert timestamp(datetime(2016, 9, 13, 14, 57, 56, 37_999, tzinfo=UTC)) == "2016-09-13T14:57:56.037Z"
    assert timestamp(datetime(2016, 9, 13, tzinfo=UTC)) == "2016-09-13T00:00:00.000Z"


@given(st.integers(-(10**15), 10**15))
def test_whole_microseconds_come_back(at_us: int) -> None:
    assert microseconds(at_us / 1e6) == at_us


@pytest.mark.parametrize("at_s", [
    2, 2.0, np.int8(2), np.float32(2), np.float64(2), Decimal(2), Fraction(2), np.array(2), np.array(2.0),
], ids=lambda at_s: type(at_s).__name__)  # fmt: skip
def test_any_number_is_a_time(at_s: Any) -> None:
    assert microseconds(at_s) == 2_000_000
    assert type(microseconds(at_s)) is int


@pytest.mark.parametrize("at_s", [True, np.False_, "2", None, float("nan"), float("inf"), 1e305, 10**400, 1j])
def test_and_nothing_else_is(at_s: Any) -> None:
    with pytest.raises(ClockError, match=r"^--at is .*; allowed: a finite number of seconds\.$") as caught:
        microseconds(at_s, "--at")
    assert caught.value.value is at_s
