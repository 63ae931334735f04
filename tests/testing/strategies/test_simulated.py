"""Strategies of scenarios and runs: what they draw is sound, and shrinks to what one would write by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import __version_info__, find, given
from hypothesis import strategies as st

from simimport import ParameterError, Run, Scenario, ScenarioError, simulate
from simimport.testing.strategies import runs, scenarios, seeds
from tests.testing.strategies.drawing import some


@pytest.mark.skipif(__version_info__ < (6, 135), reason="older versions of Hypothesis shrink less far")
@pytest.mark.parametrize(
    ("wanted", "fields"),
    [(lambda run: run.final == "error", {"users": 1, "crash_rate": 1.0}),
     (lambda run: run.final == "done", {"users": 0}),
     pytest.param(lambda run: run.final == "canceled", {"users": 1, "cancel_rate": 1.0},
                  marks=pytest.mark.long),
     pytest.param(lambda run: any(body["state"] == "loading" for _, body in run.responses()),
                  {"users": 0, "importer": "csv", "loading_s": 2.0}, marks=pytest.mark.long)],
)  # fmt: skip
def test_runs_shrink_to_few_users_and_default_fields(
    wanted: Callable[[Run], bool], fields: dict[str, Any]
) -> None:
    found = find(runs(), wanted)
    assert (found.scenario.changed(), found.seed) == (fields, 0)


def test_a_field_shrinks_to_its_default() -> None:
    assert find(scenarios(), lambda scenario: True).changed() == {"users": 0}
    small = find(scenarios(), lambda scenario: scenario.batch_size < 50)
    assert small.changed() == {"users": 0, "batch_size": 1}


@given(scenarios(max_users=20, calm=True, locale="de_DE", failure_rate=st.sampled_from([0.25, 0.75])))
def test_what_is_fixed_is_so(scenario: Scenario) -> None:
    assert scenario.users <= 20
    assert (scenario.cancel_rate, scenario.crash_rate, scenario.locale) == (0, 0, "de_DE")
    assert scenario.failure_rate in (0.25, 0.75)


@given(scenarios(calm=True, crash_rate=1.0), scenarios(importer="csv", loading_s=st.just(3.0)))
def test_a_field_that_is_given_outranks_the_rest(crashing: Scenario, loading: Scenario) -> None:
    assert (crashing.cancel_rate, crashing.crash_rate) == (0, 1)
    assert (loading.importer, loading.loading_s) == ("csv", 3)


@given(scenarios(loading_s=st.just(3.0)))
def test_only_csv_loads(scenario: Scenario) -> None:
    assert scenario.loading_s == (3 if scenario.importer == "csv" else 0)


@pytest.mark.parametrize(
    ("fixed", "message"),
    [({"user": 3}, "the field 'user' is 3; allowed: one of users, .* Did you mean 'users'"),
     ({"user": st.just(3)}, "the field 'user' is just"),
     ({"users": -1}, "users is -1"),
     ({"loading_s": 3.0}, "only 'csv' loads")],
)  # fmt: skip
def test_fields_that_are_none_are_refused_at_once(fixed: dict[str, Any], message: str) -> None:
    for strategy in (scenarios, runs):
        with pytest.raises(ScenarioError, match=message):
            strategy(**fixed)


@given(runs(seed=5, users=7), runs(seed=st.just(6)), seeds())
def test_a_seed_may_be_given(of_number: Run, of_strategy: Run, any_seed: int) -> None:
    assert (of_number.seed, len(of_number.users), of_strategy.seed) == (5, 7, 6)
    assert simulate(users=3, seed=any_seed).seed == any_seed


@pytest.mark.parametrize("seed", [5, np.int64(5), np.uint64(5)])
def test_a_seed_may_be_of_any_type_of_integer(seed: Any) -> None:
    assert some(runs(users=1, seed=seed, max_users=np.int64(3)), lambda run: True).seed == 5


@pytest.mark.parametrize("wrong", [{"seed": True}, {"seed": -1}, {"max_users": True}, {"max_users": -1}])
def test_numbers_that_are_none_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        runs(**wrong)
