"""What markers ask for together; how pytest collects them is shown in `test_plugin_installed`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simimport import PRESETS, Fault, Faults, Scenario, SimimportError
from simimport.testing.marker import Asked, asked_by


def asked(*keywords: dict[str, Any]) -> Asked:
    return asked_by(((), each) for each in keywords)


def test_a_test_without_markers_asks_for_the_default() -> None:
    assert asked() == Asked(Scenario(), "docs", Faults(), None, autostart=False, clock=None)


def test_markers_add_up_and_the_closest_wins() -> None:
    found = asked({"users": 60, "dialect": "server-7.4", "seed": 1}, {"users": 70, "failure_rate": 0.5})
    assert found == Asked(Scenario(users=70, failure_rate=0.5), "server-7.4", Faults(), 1)


def test_a_preset_replaces_the_fields_of_markers_farther_away_and_no_closer_ones() -> None:
    found = asked({"users": 60, "failure_rate": 0.5}, {"preset": "calm"}, {"users": 70})
    assert found.scenario == PRESETS["calm"].replace(users=70)


def test_faults_may_be_a_schedule_or_what_makes_one() -> None:
    schedule = Faults([Fault("503", at_poll=1)])
    assert asked({"faults": schedule}).faults is schedule
    assert asked({"faults": [Fault("503", at_poll=1)]}).faults == schedule


@pytest.mark.parametrize("seed", [5, np.int64(5)])
def test_a_seed_may_be_of_any_type_of_integer(seed: Any) -> None:
    assert asked({"seed": seed}).seed == 5
    assert type(asked({"seed": seed}).seed) is int


@pytest.mark.parametrize(
    ("keywords", "message"),
    [({"user": 3}, "the keyword 'user' is 3; .*Did you mean 'users'"), ({"users": -3}, "users is -3"),
     ({"preset": "clam"}, "Did you mean 'calm'"), ({"seed": True}, "seed is True"),
     ({"dialect": "doc"}, "dialect is 'doc'"), ({"faults": "503"}, "faults is '503'")],
)  # fmt: skip
def test_what_cannot_be_is_refused(keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(SimimportError, match=message):
        asked(keywords)


def test_an_argument_without_a_name_is_refused() -> None:
    with pytest.raises(SimimportError, match=r"an argument without a name is 'calm'; allowed: by name"):
        asked_by([(("calm",), {})])
