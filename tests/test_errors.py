"""What goes into messages: short, and had without a look at all of what somebody sent."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simimport import ImportService, ParameterError, Scenario
from simimport.errors import brief, suggestion
from simimport.service.faults import Faults

KEYS = st.text(max_size=100) | st.integers() | st.booleans() | st.none()
VALUES: st.SearchStrategy[Any] = st.recursive(
    KEYS | st.floats() | st.binary(max_size=100),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner) | st.frozensets(KEYS)
    ),
)
LARGE = "x" * 10_000_000


@given(VALUES)
def test_what_is_shown_is_the_beginning_of_the_repr(value: Any) -> None:
    whole = repr(value).replace("\n", " ")
    if len(whole) <= 80:
        # a set that is made again may have another order
        same = sorted if "frozenset" in whole else str
        assert same(brief(value)) == same(whole)
    else:
        assert len(brief(value)) == 80
        assert brief(value).endswith("…")
        # but for the quotes, which depend on what a text holds to its end, and so on the order of a set
        if not any(sign in whole for sign in ("'", '"', "frozenset")):
            assert brief(value)[:-1] == whole[:79]


class Counted:
    """What counts how often it is shown."""

    times = 0

    def __repr__(self) -> str:
        Counted.times += 1
        return "0"


@pytest.mark.parametrize("make", [list, tuple, set, lambda items: [[items]], lambda items: {1: list(items)}])
def test_no_more_is_looked_at_than_is_shown(make: Any) -> None:
    Counted.times = 0
    shown = brief(make([Counted() for _ in range(1000)]))
    assert shown.endswith(("0, …", "0,…", "0…"))
    assert Counted.times <= 81


@pytest.mark.parametrize(
    "value",
    [LARGE, LARGE.encode(), bytearray(LARGE, "ascii"), [LARGE], {LARGE: LARGE}, {"a": {"b": (LARGE,)}}],
    ids=["text", "bytes", "bytearray", "list", "key", "deep"],
)
def test_a_large_value_takes_no_memory_in_a_message(value: Any) -> None:
    tracemalloc.start()
    try:
        ParameterError("field", value, "less", hint=suggestion(value, ["users"]))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_of_what_is_nested_deeply_the_outside_is_shown() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert brief(nested) == "[" * 79 + "…"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Scenario.from_dict({LARGE: 1}),
        lambda: Scenario(locale=LARGE),
        lambda: Scenario(epoch=LARGE),
        lambda: Scenario.from_dict({"users": [LARGE] * 1000}),
        lambda: Faults([{"kind": LARGE, "at_poll": 1}]),
        lambda: Faults([{"kind": [LARGE] * 1000, "at_poll": 1}]),
        lambda: Faults([{"kind": "503", LARGE: 1}]),
        lambda: Faults([[LARGE]]),  # type: ignore[list-item]  # what is wrong
        lambda: ImportService(seed=1).run_until(LARGE),
        lambda: ImportService(seed=1).call(LARGE),
    ],
)
def test_every_refusal_of_a_large_text_is_short(ask: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        ask()
    assert len(str(caught.value)) < 1000


def test_what_is_far_too_long_to_be_meant_is_not_compared() -> None:
    assert suggestion("user", ["users"]) == " Did you mean 'users'?"
    assert suggestion(503, ["500", "503"]) == " Did you mean '503'?"
    assert suggestion("users" * 13, ["users" * 13]) == ""
