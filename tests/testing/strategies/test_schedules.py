"""Strategies of schedules: faults that a client gets through, and polls one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from simimport import Fault, Faults, ParameterError
from simimport.service.faults import KINDS
from simimport.testing.strategies import fault_schedules, poll_schedules
from tests.testing.strategies.drawing import some


@pytest.mark.parametrize("number", [2, 3, 4])
def test_poll_schedules_shrink_to_few_polls_at_whole_seconds(number: int) -> None:
    found = find(poll_schedules(), lambda polls: len(polls) >= number)
    assert (len(found), found[0], found[-1]) == (number, 0, 60)
    assert all(poll.is_integer() for poll in found)


def test_polls_that_must_be_close_stand_alone() -> None:
    found = find(poll_schedules(), lambda polls: polls[1] - polls[0] < 0.5)
    assert len(found) == 3
    assert found[2] == 60


@pytest.mark.parametrize(
    ("wanted", "schedule"),
    [(lambda faults: len(faults) == 0, []),
     (lambda faults: any(fault.kind == "503" for fault in faults), [Fault("503", at_poll=1)]),
     (lambda faults: any(fault.every for fault in faults), [Fault("latency", every=2, seconds=0.1)]),
     (lambda faults: any(fault.at_s for fault in faults), [Fault("latency", at_s=1.0, seconds=0.1)])],
)  # fmt: skip
def test_fault_schedules_shrink_to_one_fault(
    wanted: Callable[[Faults], bool], schedule: list[Fault]
) -> None:
    assert find(fault_schedules(), wanted) == Faults(schedule)


@given(fault_schedules())
def test_a_client_that_polls_on_gets_through_the_faults(faults: Faults) -> None:
    # 2,520 is a multiple of each number from 2 to 10
    assert any(faults.strike(poll, 99.0, 99.0) is None for poll in range(21, 21 + 2520))
    assert all(fault.wait_s <= 0.1 for fault in faults if fault.kind == "latency")


@given(fault_schedules(kinds="reset", max_faults=1, max_polls=2))
def test_a_schedule_of_faults_can_be_bounded(faults: Faults) -> None:
    assert len(faults) <= 1
    assert all(fault.kind == "reset" and (fault.at_poll or 1) <= 2 for fault in faults)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_drawn(kind: str) -> None:
    assert some(fault_schedules(), lambda faults: any(fault.kind == kind for fault in faults))


@pytest.mark.parametrize("kinds", ["504", ["reset", "504"], []])
def test_kinds_of_faults_that_are_none(kinds: Any) -> None:
    with pytest.raises(ParameterError, match=r"allowed: .*latency, 429"):
        fault_schedules(kinds=kinds)


@given(st.data(), st.floats(0, 1e6) | st.integers(0, 100), st.integers(3, 30))
def test_polls_come_one_after_the_other_until_the_end(
    data: st.DataObject, until_s: float, max_polls: int
) -> None:
    polls = data.draw(poll_schedules(until_s=until_s, max_polls=max_polls))
    assert 1 <= len(polls) <= max_polls
    assert all(before < after for before, after in pairwise(polls))
    assert polls[0] >= 0
    assert polls[-1] >= until_s
    assert all(poll < until_s for poll in polls[:-1])
    assert [round(poll, 3) for poll in polls] == polls


@pytest.mark.parametrize("wrong", [{"until_s": -1}, {"until_s": math.inf}, {"until_s": math.nan},
                                   {"until_s": "60"}, {"until_s": True}, {"max_polls": 2}, {"max_polls": 3.0},
                                   {"max_polls": True}])  # fmt: skip
def test_polls_that_are_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        poll_schedules(**wrong)


@pytest.mark.parametrize("number", [np.int64(3), np.int8(3)])
def test_numbers_of_any_type_are_taken(number: Any) -> None:
    assert 2 <= len(some(poll_schedules(until_s=np.float32(9), max_polls=number), lambda polls: True)) <= 3
    faults = some(fault_schedules(max_faults=number, max_polls=number), lambda faults: len(faults) == 3)
    assert {fault.at_poll for fault in faults} <= {1, 2, 3, None}


@pytest.mark.parametrize("wrong", [{"max_faults": -1}, {"max_faults": True}, {"max_polls": 0}])
def test_schedules_of_faults_that_are_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        fault_schedules(**wrong)
