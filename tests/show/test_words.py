"""How things are said to people: rounded, never to a lie, and harmless whoever wrote the text."""

from __future__ import annotations

import math
import re
import unicodedata

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from simimport.show.words import (
    counted,
    duration,
    estimated,
    in_seconds,
    number,
    percent,
    printable,
    ranged,
)

SIZES_S = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
NO_NUMBERS = [(math.nan, "n/a"), (math.inf, "∞"), (-math.inf, "-∞")]
any_seconds = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12).map(lambda at_us: at_us / 1e6)
shares = st.floats(0, 1) | st.floats(0, 1e-5) | st.floats(0, 1e-5).map(lambda missing: 1 - missing)


def parts(words: str) -> list[tuple[float, str]]:
    """Return the amounts of a duration, and the unit of each."""
    found = words.removeprefix("-").replace(",", "").split()
    return [(float(amount), unit) for amount, unit in zip(found[::2], found[1::2], strict=True)]


def seconds_of(words: str) -> float:
    sign = -1 if words.startswith("-") else 1
    return sign * sum(amount * SIZES_S[unit] for amount, unit in parts(words))


def share_of(words: str) -> float:
    """Return the share that a percentage names; what is under or over one lies just beyond it."""
    amount = float(words.removesuffix(" %").replace(",", "").removeprefix("under ").removeprefix("over "))
    beyond = {"under": -1e-5, "over ": 1e-5}.get(words[:5], 0.0)
    return (amount + beyond) / 100


# estimates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (0.17, 0.14, 0.2, "0.17 (0.14 to 0.20)"), (0.56, 0.457, 0.659, "0.56 (0.46 to 0.66)"),
        (1, 0.9638, 1, "1.000 (0.964 to 1.000)"), (272.54, 271.9, 273.18, "272.5 (271.9 to 273.2)"),
        (12345.6, 11000, 14000, "12,346 (11,000 to 14,000)"), (-0.001, -0.3, 0.3, "0.0 (-0.3 to 0.3)"),
        (-1.7, -12.1, 0.27, "-2 (-12 to 0)"), (0, 0, 0, "0 (0 to 0)"), (5, 5, math.inf, "5 (5 to ∞)"),
        (4.25, math.nan, math.nan, "4.25"), (math.nan, math.nan, math.nan, "n/a"),
        (1e-9, 0, 3e-9, "0.0000000010 (0.0000000000 to 0.0000000030)"),
    ],
)  # fmt: skip
def test_estimates(value: float, low: float, high: float, words: str) -> None:
    assert estimated(value, low, high) == words


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_limits_are_told_apart(value: float, below: float, above: float) -> None:
    middle, low, high = re.findall(
        r"-?[0-9.]+", estimated(value, value - below, value + above).replace(",", "")
    )
    assert float(low) <= float(middle) <= float(high)
    assert float(low) < float(high) or below + above < 2.5
    assert len({part.partition(".")[2].__len__() for part in (middle, low, high)}) == 1


# durations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (-0.0, "0 s"), (1e-6, "0.001 ms"), (1e-9, "0 s"), (-1e-9, "0 s"), (0.0005, "0.5 ms"),
        (0.01, "10 ms"), (0.04, "40 ms"), (0.949, "949 ms"), (0.9994, "999.4 ms"), (0.9996, "1 s"),
        (33.46, "33.5 s"), (59.94, "59.9 s"), (59.96, "1 min"), (273.456, "4 min 33.5 s"), (3599.96, "1 h"),
        (3661, "1 h 1 min"), (7199.99, "2 h"), (86_399, "1 d"), (200_000, "2 d 8 h"), (-90, "-1 min 30 s"),
        (31_557_600_000, "365,250 d"), (np.float32(0.5), "500 ms"), (np.int64(61), "1 min 1 s"),
        (math.nan, "n/a"), (math.inf, "∞"), (-math.inf, "-∞"),
    ],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(any_seconds, st.booleans())
@example(59.99999, False)
@example(59.99999, True)
@example(3599.99, False)
@example(86_399.999999, True)
@example(0.999999, True)
def test_a_duration_has_each_unit_once_and_never_a_full_one(seconds: float, exact: bool) -> None:
    found = parts(duration(seconds, exact=exact))
    units = [unit for _, unit in found]
    assert units == sorted(set(units), key=lambda unit: -SIZES_S[unit])
    assert len(units) <= (4 if exact else 2)
    full = {"ms": 1000, "s": 60, "min": 60, "h": 24, "d": math.inf}
    assert all(amount < full[unit] for amount, unit in found)
    assert all(amount for amount, _ in found) or found == [(0.0, "s")]


@given(any_seconds)
def test_a_duration_says_what_it_is_but_for_the_smaller_of_its_units(seconds: float) -> None:
    size = abs(seconds)
    steps = [(86_399.5, 3600), (3599.5, 60), (0.9995, 0.1), (5e-5, 1e-4), (0, 1e-6)]
    step = next(step for begin, step in steps if size >= begin)
    # whole milliseconds first, then the step
    assert abs(seconds_of(duration(seconds)) - seconds) <= step / 2 + 0.000501 * (size > 0.9) + size * 1e-9


@given(any_seconds)
def test_an_exact_duration_says_it_to_the_millisecond_and_a_short_one_to_the_microsecond(
    seconds: float,
) -> None:
    half_s = 0.0005001 if abs(seconds) >= 0.9995 else 0.0000005001
    assert abs(seconds_of(duration(seconds, exact=True)) - seconds) <= half_s + abs(seconds) * 1e-9


@given(st.integers(-(10**15), 10**15))
def test_seconds_alone_can_be_pasted_back(at_us: int) -> None:
    words = in_seconds(at_us / 1e6)
    assert re.fullmatch(r"-?\d+(\.\d+)? s", words)
    assert round(float(words.removesuffix(" s")) * 1e6) == at_us
    assert "-0 " not in words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(12, "12 s"), (1273.5, "1273.5 s"), (1e300, "1e+300 s"), (-1e-9, "0 s"), *NO_NUMBERS],
)
def test_seconds_alone(seconds: float, words: str) -> None:
    assert in_seconds(seconds) == words


# shares -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"), (1, "100 %"), (0.125, "12.5 %"), (1 / 3, "33.3 %"), (0.001, "0.1 %"), (0.00051, "0.05 %"),
        (0.0005, "0.05 %"), (0.00001, "0.001 %"), (1e-6, "0.0001 %"), (9e-7, "under 0.0001 %"),
        (5e-324, "under 0.0001 %"), (0.999, "99.9 %"), (0.9996, "99.96 %"), (0.99999, "99.999 %"),
        (1 - 1e-6, "99.9999 %"), (0.9999999, "over 99.9999 %"), (np.nextafter(1, 0), "over 99.9999 %"),
        (-0.05, "-5 %"), (-0.0, "0 %"), (1.2, "120 %"), (25, "2,500 %"), (np.float32(0.5), "50 %"),
        (math.nan, "n/a"), (math.inf, "∞ %"), (-math.inf, "-∞ %"),
    ],
)  # fmt: skip
def test_shares(share: float, words: str) -> None:
    assert percent(share) == words


@given(shares, shares)
def test_a_larger_share_is_never_said_to_be_smaller(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert share_of(percent(low)) <= share_of(percent(high))


@given(shares)
@example(0.0)
@example(1.0)
def test_only_nothing_is_none_and_only_all_are_all(share: float) -> None:
    assert (percent(share) == "0 %") == (share == 0)
    assert (percent(share) == "100 %") == (share == 1)
    assert abs(share_of(percent(share)) - share) <= 0.000501


# numbers, counts and ranges ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"), (8000, "8,000"), (1e9, "1,000,000,000"), (0.05, "0.05"), (0.002, "0.002"),
        (1e-6, "0.000001"), (34.02749, "34.03"), (773.2381, "773.2"), (99.9999, "100"), (0.99999, "1"),
        (12345.678, "12,345.7"), (-0.5, "-0.5"), (-0.0, "0"), (10**30, "1" + ",000" * 10),
        (1e300, "1e+300"), (1e-300, "1e-300"), (np.int64(8000), "8,000"), (np.float32(0.25), "0.25"),
        *NO_NUMBERS,
    ],
)  # fmt: skip
def test_numbers(value: float, words: str) -> None:
    assert number(value) == words


@given(st.floats(-1e14, 1e14))
def test_a_number_is_said_to_four_digits_at_least(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.0006, abs=0.0)
    assert len(number(value)) < 24


@given(st.integers(0, 10**12))
def test_a_count_is_of_one_thing_or_of_things(amount: int) -> None:
    words = counted(amount, "flush", "flushes")
    assert words == f"{amount:,} {'flush' if amount == 1 else 'flushes'}"
    assert counted(amount, "user") == f"{amount:,} user{'s' * (amount != 1)}"


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_range_says_its_ends_each_as_it_is_said_alone(low: float, high: float) -> None:
    assert ranged(low, high) == f"{number(low)} to {number(high)}"
    assert ranged(low, high, percent) == f"{percent(low)} to {percent(high)}"


# texts of others --------------------------------------------------------------------------------------


@given(st.text(st.characters(codec=None)))
@example("\u202eevil\u2066\u2069\u200f\u061c")
@example("\x1b[2J\x9b31m\x07\x85\x00")
@example("one\ntwo\r\u2028\u2029\t")
@example("\ud800")
def test_anybodys_text_moves_no_cursor_and_turns_no_words_round(text: str) -> None:
    shown = printable(text)
    # controls (C0 and C1), what formats or overrides the direction, halves of pairs, ends of lines
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(shown) == len(text)
    assert all(new in (old, "\N{REPLACEMENT CHARACTER}") for old, new in zip(text, shown, strict=True))
    assert printable(shown) == shown


@given(st.text())
def test_what_does_no_harm_stays(text: str) -> None:
    assume(text.isprintable())
    assert printable(text) == text


def test_what_is_no_text_is_said_as_one() -> None:
    assert printable(5) == "5"
    assert printable(ValueError("a\nb")) == "a\N{REPLACEMENT CHARACTER}b"


def test_what_no_import_says_is_said_shortly_and_raises_nothing() -> None:
    assert [number(value) for value in (10**39, 10**400, -(10**5_000))] == [
        f"{10**39:,}", "1.000e+400", "-1.000e+5000",
    ]  # fmt: skip
    assert [duration(seconds) for seconds in (1e15, -1e306)] == ["1e+15 s", "-1e+306 s"]
