"""The poller kit: what it tells apart, which cases it has, and that each can be played again."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simimport import PRESETS, ParameterError, Scenario, check_poller
from simimport.model.columns import names
from simimport.testing.pollers.cases import TROUBLES
from tests.everyday import thinned
from tests.testing.pollers.loops import knowing, naive, patient, retrying
from tests.testing.pollers.verdicts import failed, only_row

ERRORS = {"500", "503", "reset", "html", "garbage", "truncated", "outage"}
NOISE = {("noise", preset) for preset in ("calm", "canceled_midway", "crash_midway")}
FETCHING = {(fault, "calm") for fault in ERRORS | {"429"}} | NOISE | {("rate_limit", "slows_down")}
OTHERS = {("replaced", "calm"), ("replaced-8.3", "calm"), ("stuck", "calm")}
#: A server's `error` that is not the end.
HASTY = {("server-8.3", "canceled_midway"), ("moves_on", "canceled_midway")}
UNENDING = {
    ("none", "canceled_early"), ("none", "canceled_midway"), ("none", "crash_midway"),
    ("none", "restless_admin"), ("server-8.3", "crash_midway"),
}  # fmt: skip


def test_the_kit_ranks_four_pollers_as_a_reader_would() -> None:
    tried = [check_poller(poller) for poller in (naive, knowing, retrying, patient)]
    passed = [int(verdicts["passed"].sum()) for verdicts in tried]
    assert passed == sorted(set(passed)), passed
    assert passed[-1] == len(tried[-1])
    assert [failed(verdicts) for verdicts in tried] == [
        FETCHING | OTHERS | UNENDING,
        FETCHING | OTHERS | HASTY,
        OTHERS | HASTY | {("429", "calm"), ("rate_limit", "slows_down")},
        set(),
    ]


def test_the_whole_kit_is_every_preset_undisturbed_and_every_fault() -> None:
    verdicts = check_poller(patient)
    assert list(verdicts.columns) == names("verdicts")
    assert set(verdicts["preset"][verdicts["fault"] == "none"]) == set(PRESETS)
    assert set(verdicts["fault"]) == {name for name, trouble in TROUBLES.items() if not trouble.on_request}
    assert not verdicts.duplicated(["preset", "fault"]).any()
    assert verdicts["why"].str.len().gt(0).all()


@pytest.mark.parametrize(
    ("every_s", "seed"), thinned(product((1, 5, 30, 60), range(4)), {(1, 0), (5, 1), (60, 2)})
)
def test_whoever_is_patient_passes_at_any_usual_pace_with_any_seed(every_s: float, seed: int) -> None:
    verdicts = check_poller(partial(patient, every_s=every_s), seed=seed)
    assert verdicts[~verdicts["passed"]].to_dict("records") == []


@pytest.mark.parametrize("every", thinned([8, 1], {8}))
def test_the_same_again_and_a_row_is_its_own_replay(every: int) -> None:
    verdicts = check_poller(retrying, seed=7)
    pd.testing.assert_frame_equal(check_poller(retrying, seed=7), verdicts)
    for row in verdicts[::every].itertuples():
        again = check_poller(retrying, presets=row.preset, faults=row.fault, seed=row.seed)
        expected = verdicts.loc[[row.Index]].reset_index(drop=True)
        pd.testing.assert_frame_equal(again, expected)


def test_a_drawn_seed_is_told_and_repeats() -> None:
    first = check_poller(patient, presets="restless_admin", seed=None)
    again = check_poller(patient, presets="restless_admin", seed=int(first["seed"][0]))
    pd.testing.assert_frame_equal(again, first)


def test_a_seed_may_be_of_any_type_of_integer() -> None:
    seed: Any = np.int64(3)
    verdicts = check_poller(naive, presets="one_user", faults="none", seed=seed)
    assert verdicts["seed"].tolist() == [3]


def test_presets_and_faults_choose_the_cases() -> None:
    def chosen(**given: Any) -> list[tuple[str, str]]:
        verdicts = check_poller(patient, **given)
        return list(zip(verdicts["fault"], verdicts["preset"], strict=True))

    assert chosen(presets=["big"]) == [("none", "big")]
    assert chosen(faults=["noise"]) == [
        ("noise", preset) for preset in ("calm", "canceled_midway", "crash_midway")
    ]
    assert chosen(presets="slows_down") == [("none", "slows_down"), ("rate_limit", "slows_down")]
    both = chosen(presets=["one_user", "empty", "one_user"], faults=("503", "replaced"))
    assert both == [(fault, preset) for fault in ("503", "replaced") for preset in ("one_user", "empty")]


def test_every_fault_can_be_tried_at_any_import() -> None:
    several = ("empty", "one_user", "csv_upload", "crash_midway", "canceled_early")
    for fault in TROUBLES:
        presets = [preset for preset in several if (preset, fault) != ("empty", "stuck")]
        verdicts = check_poller(partial(patient, every_s=2.0), presets=presets, faults=fault)
        assert failed(verdicts) == set(), fault


def test_scenarios_of_ones_own() -> None:
    mine = {"slow": Scenario(users=100, users_per_s=0.1, failure_rate=0)}
    row = only_row(check_poller(patient, presets=mine))
    assert row.preset == "slow"
    assert row.passed
    assert 900 < row.ended_s < 1200


def test_ctrl_c_ends_the_kit() -> None:
    def interrupted(fetch: Any, clock: Any) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_poller(interrupted)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"presets": "calmm"}, "preset is 'calmm'; .* Did you mean 'calm'"),
        ({"faults": ["none", "504"]}, "fault is '504'; allowed: none, 500"),
        ({"presets": 3}, "presets is 3"),
        ({"presets": []}, r"presets is \[\]; allowed: at least one"),
        ({"faults": []}, "at least one"),
        ({"presets": "empty", "faults": "stuck"}, "at least one user"),
        ({"presets": {"mine": 3}}, r"presets\['mine'\] is 3; allowed: a Scenario"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**63}, r"2\*\*63 - 1"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_what_cannot_be_tried_is_refused(given: dict[str, Any], match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        check_poller(patient, **given)


@pytest.mark.parametrize("poller", [None, "app:poll", lambda: None, lambda fetch: None, print.__self__])
def test_what_is_no_poller_is_refused_at_once(poller: Any) -> None:
    with pytest.raises(ParameterError, match="fetch and clock"):
        check_poller(poller)
