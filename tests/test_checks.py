"""What arguments may be: every type of integer and number counts, and what only looks like one does not."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport.checks import is_bool, is_number, is_whole, positive, real, unit_interval, whole
from simimport.errors import ClockError, ParameterError, ScenarioError


class Fifty:
    """An integer of somebody's own."""

    def __index__(self) -> int:
        return 50


KINDS = [
    np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.intp, np.longlong,
]  # fmt: skip
FIFTIES: list[Any] = [
    50, Fifty(), *(kind(50) for kind in KINDS), np.array(50), np.array(50, dtype=np.uint8),
    pd.array([50, None], dtype="Int64")[0], pd.Series([50])[0], pd.Index([50])[0],
]  # fmt: skip
HALVES: list[Any] = [
    0.5, np.float16(0.5), np.float32(0.5), np.float64(0.5), np.longdouble(0.5), np.array(0.5), Decimal("0.5"),
    Fraction(1, 2), pd.array([0.5, None], dtype="Float64")[0],
]  # fmt: skip
BOOLS: list[Any] = [
    True, False, np.True_, np.False_, np.array(True), pd.array([True, None], dtype="boolean")[0],
]  # fmt: skip
#: What float() would read, and what it would not.
NO_NUMBERS: list[Any] = [
    *BOOLS, None, "5", b"5", "", bytearray(b"5"), memoryview(b"5"), np.str_("5"), np.array("5"),
    np.array("5", dtype=object), 1j, np.complex64(1), np.array(1j), [5], (5,), {5}, {}, np.array([5]),
    np.array([0.5]), np.array([5, 6]), pd.Series([5]), pd.NA, pd.NaT, np.datetime64("2026-01-01"),
    np.timedelta64(5, "s"), pd.Timedelta(5, "s"), object(), int, Decimal("sNaN"),
]  # fmt: skip


def shown(value: object) -> str:
    # no address, which is another in each process
    return f"{type(value).__name__} {value!r}"[:40].partition(" at 0x")[0]


no_numbers = pytest.mark.parametrize("value", NO_NUMBERS, ids=shown)


@pytest.mark.parametrize("value", FIFTIES, ids=shown)
def test_every_type_of_integer_is_whole(value: Any) -> None:
    assert is_whole(value)
    assert is_number(value)
    found = whole("polls", value, 1, 100)
    assert (found, type(found)) == (50, int)
    assert (real("polls", value), type(real("polls", value))) == (50.0, float)


@pytest.mark.parametrize("value", HALVES, ids=shown)
def test_every_type_of_number_is_one_and_not_whole(value: Any) -> None:
    assert is_number(value)
    assert not is_whole(value)
    for check in (real, positive, unit_interval):
        found = check("share", value)
        assert (found, type(found)) == (0.5, float)
    with pytest.raises(ParameterError, match="a whole number from 0"):
        whole("polls", value)


@pytest.mark.parametrize("value", BOOLS, ids=shown)
def test_a_bool_is_one(value: Any) -> None:
    assert is_bool(value)


@pytest.mark.parametrize("value", [0, 1, 1.0, "True", None, np.int64(1), np.array(1), object()], ids=shown)
def test_nothing_else_is_a_bool(value: Any) -> None:
    assert not is_bool(value)


@no_numbers
def test_what_only_looks_like_a_number(value: Any) -> None:
    assert not is_number(value)
    for check in (real, positive, unit_interval):
        with pytest.raises(ParameterError, match=r"^share is ") as caught:
            check("share", value)
        assert caught.value.value is value


@no_numbers
def test_and_what_is_not_whole(value: Any) -> None:
    assert not is_whole(value)
    with pytest.raises(ParameterError, match=r"^polls is .*; allowed: a whole number from 1 to 100\.$"):
        whole("polls", value, 1, 100)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), Decimal("Infinity")])
def test_what_is_not_finite_is_a_number_and_never_allowed(value: Any) -> None:
    assert is_number(value)
    for check in (real, positive, unit_interval, whole):
        with pytest.raises(ParameterError):
            check("every_s", value)


def test_an_integer_beyond_all_floats_is_whole_and_no_number_to_reckon_with() -> None:
    assert whole("polls", 10**400) == 10**400
    assert not is_number(10**400)
    with pytest.raises(ParameterError, match="a finite number"):
        real("every_s", 10**400)


@given(st.integers(), st.integers(), st.integers())
def test_the_ends_of_a_whole_range_are_allowed_and_nothing_beyond(value: int, low: int, high: int) -> None:
    if low <= value <= high:
        assert whole("polls", value, low, high) == value
    else:
        with pytest.raises(ParameterError):
            whole("polls", value, low, high)


@given(st.floats(), st.floats(), st.floats())
def test_the_ends_of_a_range_are_allowed_and_nothing_beyond(value: float, low: float, high: float) -> None:
    if math.isfinite(value) and low <= value <= high:
        assert real("every_s", value, low, high) == value
    else:
        with pytest.raises(ParameterError):
            real("every_s", value, low, high)


@given(st.floats())
def test_positive_begins_above_zero(value: float) -> None:
    if 0 < value <= 10:
        assert positive("rate", value, 10) == value
    else:
        with pytest.raises(ParameterError):
            positive("rate", value, 10)


@pytest.mark.parametrize(("check", "limits", "allowed"), [
    (whole, (), "a whole number from 0"), (whole, (1,), "a whole number from 1"),
    (whole, (1, 100), "a whole number from 1 to 100"),
    (real, (), "a finite number"), (real, (0,), "a number from 0"), (real, (-math.inf, 5), "a number to 5"),
    (real, (1e-3, 1e9), "a number from 0.001 to 1e+09"),
    (positive, (), "a number above 0"), (positive, (1e6,), "a number above 0, to 1e+06"),
    (unit_interval, (), "a number from 0 to 1"),
])  # fmt: skip
def test_the_message_says_what_was_given_and_what_is_allowed(check: Any, limits: Any, allowed: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check("every_s", "5", *limits)
    assert str(caught.value) == f"every_s is '5'; allowed: {allowed}."
    assert (caught.value.field, caught.value.value, caught.value.allowed) == ("every_s", "5", allowed)


@pytest.mark.parametrize("check", [whole, real, positive])
def test_words_of_the_callers_own(check: Any) -> None:
    with pytest.raises(ClockError, match=r"^row 3: at_s is -1; allowed: a time\. Did you mean 1\?$"):
        check("at_s", -1, 0, allowed="a time", error=ClockError, where="row 3", hint=" Did you mean 1?")


def test_an_error_of_the_callers_own() -> None:
    with pytest.raises(ScenarioError, match="a number from 0 to 1"):
        unit_interval("failure_rate", 2, error=ScenarioError)
