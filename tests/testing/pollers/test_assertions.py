"""assert_passed: what a test says that fails."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import simimport
from simimport import ParameterError, Scenario, assert_passed, check_client, check_poller
from tests.testing.pollers import people
from tests.testing.pollers.loops import knowing, patient


def test_nothing_is_said_where_all_passed() -> None:
    assert_passed(check_poller(patient, faults=["none", "503"]))


@pytest.mark.parametrize(("door", "poller"), [(check_poller, knowing), (check_client, people.naive)])
def test_each_failed_case_has_its_line_and_the_call_that_plays_it_again(door: Any, poller: Any) -> None:
    verdicts = door(poller, presets="calm", faults=["none", "500", "replaced"], seed=3)
    with pytest.raises(AssertionError) as raised:
        assert_passed(verdicts)
    head, *lines = str(raised.value).splitlines()
    bad = verdicts[~verdicts["passed"]]
    assert head == f"{len(bad)} of {len(verdicts)} cases failed"
    assert lines[::2] == [f"{row.preset}, {row.fault}: {row.why}" for row in bad.itertuples()]
    for line, row in zip(lines[1::2], bad.itertuples(), strict=True):
        again = line.removeprefix("  again: ")
        played = eval(again, {**vars(simimport), door.__name__: door, "poller": poller})  # noqa: S307 - ours
        pd.testing.assert_frame_equal(played, verdicts.loc[[row.Index]].reset_index(drop=True))


def test_scenarios_of_one_s_own_are_named() -> None:
    verdicts = check_poller(knowing, presets={"slow\n": Scenario(users=10)}, faults="stuck")
    with pytest.raises(AssertionError) as raised:
        assert_passed(verdicts)
    assert "again: check_poller(poller, presets={'slow\\n': …}, faults='stuck', seed=0)" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 3


def test_rows_that_were_chosen_and_kept_as_a_file_still_tell() -> None:
    verdicts = check_client(people.naive, presets="calm", faults=["503", "none", "500"])
    with pytest.raises(AssertionError, match=r"1 of 1 case failed\ncalm, 503: (.|\n)*check_client"):
        assert_passed(verdicts[verdicts["fault"] == "503"])
    again = pd.DataFrame(verdicts.to_dict("records"))
    with pytest.raises(AssertionError, match="2 of 3 cases failed"):
        assert_passed(again)


@pytest.mark.parametrize("verdicts", [None, [], True, pd.DataFrame({"passed": [True]})])
def test_what_is_no_verdict_passes_no_test(verdicts: Any) -> None:
    with pytest.raises(ParameterError, match="what check_poller or check_client returns"):
        assert_passed(verdicts)


def test_no_case_is_no_proof() -> None:
    verdicts = check_poller(patient, presets="calm", faults="none")
    with pytest.raises(ParameterError, match="at least one verdict"):
        assert_passed(verdicts[:0])
