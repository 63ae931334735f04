"""Presets: all there, each what its name says, and the same as the files."""

from __future__ import annotations

import tomllib

import pytest

from simimport import PRESETS, Run, Scenario, ScenarioError, State, simulate
from simimport.errors import ParameterError
from tests.make_data import DATA

NAMES = [
    "page_example", "calm", "flaky", "all_fail", "empty", "one_user", "exact_batch", "batch_plus_one",
    "canceled_early", "canceled_midway", "crash_midway", "stuck_at_zero", "stalls_at_99", "slows_down",
    "done_but_nobody_imported", "clustered_failures", "csv_upload", "big",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {name: simulate(scenario, seed=1) for name, scenario in PRESETS.items()}


def test_all_are_there() -> None:
    assert set(NAMES) <= set(PRESETS)
    assert len(PRESETS) == len(list(PRESETS)) >= len(NAMES)


def test_together_they_reach_the_eight_states(runs: dict[str, Run]) -> None:
    reached = {body["state"] for run in runs.values() for _, body in run.responses()}
    assert reached == set(State) - {State.NONE}
    # the eighth is what there is before the creation
    assert {run.status(-1)["state"] for run in runs.values()} == {"none"}


@pytest.mark.parametrize("name", PRESETS)
def test_the_files_say_the_same(name: str) -> None:
    path = DATA / "scenarios" / f"{name}.toml"
    scenario = PRESETS[name]
    assert Scenario.load(path) == scenario
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    assert fields == {field: value for field, value in scenario.to_dict().items() if value is not None}
    assert path.read_text(encoding="utf-8").startswith(f"# {PRESETS.about(name)}\n")


def test_there_are_no_other_files() -> None:
    assert {path.name for path in (DATA / "scenarios").iterdir()} == {f"{name}.toml" for name in PRESETS}


def test_an_unknown_one() -> None:
    with pytest.raises(ParameterError) as caught:
        PRESETS["cancelled_early"]
    message = str(caught.value)
    assert message.startswith("preset is 'cancelled_early'; allowed: page_example, calm, ")
    assert message.endswith("Did you mean 'canceled_early'?")
    assert all(name in message for name in PRESETS)
    # so that get() and `in` work as they do for every mapping
    assert isinstance(caught.value, KeyError)
    assert PRESETS.get("cancelled_early") is None
    assert "cancelled_early" not in PRESETS
    with pytest.raises(ParameterError, match="preset is 'zzz'"):
        PRESETS.about("zzz")


def test_they_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["calm"] = Scenario()  # type: ignore[index]
    with pytest.raises(ScenarioError):
        PRESETS["calm"].replace(failure_rate=2)


def test_each_is_about_something() -> None:
    lines = [PRESETS.about(name) for name in PRESETS]
    assert len(set(lines)) == len(lines)
    shown = repr(PRESETS)
    assert all(f"  {name} " in shown and line in shown for name, line in zip(PRESETS, lines, strict=True))


def test_what_their_names_say(runs: dict[str, Run]) -> None:
    finals = {name: run.final for name, run in runs.items()}
    assert {name for name, final in finals.items() if final is State.ERROR} >= {"crash_midway"}
    canceled = {name for name, final in finals.items() if final is State.CANCELED}
    assert canceled >= {"canceled_early", "canceled_midway"}
    assert all(finals[name] is State.DONE for name in NAMES if "cancel" not in name and "crash" not in name)


def test_the_small_ones(runs: dict[str, Run]) -> None:
    names = ("empty", "one_user", "exact_batch", "batch_plus_one")
    assert [runs[name].snapshots["batch"].max() for name in names] == [0, 1, 1, 2]
    assert len(runs["empty"].users) == 0
    for name in ("all_fail", "done_but_nobody_imported"):
        assert (runs[name].outcomes["outcome"] == "failed").all()
        assert len(runs[name].staging) == len(runs[name].users)


def test_the_interrupted_ones(runs: dict[str, Run]) -> None:
    early, midway, crash = (runs[name] for name in ("canceled_early", "canceled_midway", "crash_midway"))
    assert early.at(early.duration_s).batch == 1
    assert 0.5 <= midway.at(midway.duration_s).progress < 0.55
    end = crash.at(crash.duration_s)
    assert 0.45 < end.progress <= 0.51
    assert end.imported + end.failed > end.completed + end.error


def test_the_waiting_ones(runs: dict[str, Run]) -> None:
    stuck, late = runs["stuck_at_zero"], runs["stalls_at_99"]
    assert stuck.at(600).completed == stuck.at(600).error == 0
    pauses = late.snapshots["at_s"].diff()
    assert pauses.max() > 600
    assert late.snapshots["progress"][pauses.idxmax() - 1] == pytest.approx(0.99, abs=0.011)
    assert {"loading"} <= {body["state"] for _, body in runs["csv_upload"].responses()}


def test_the_uneven_ones(runs: dict[str, Run]) -> None:
    slow = runs["slows_down"].snapshots.query("batch > 0")["at_s"].diff()
    assert slow.iloc[-14:-4].mean() > 3 * slow.iloc[1:11].mean()
    outcomes = runs["clustered_failures"].outcomes
    failures = (outcomes["outcome"] == "failed").groupby(outcomes["batch"]).mean()
    assert ((failures < 0.1) | (failures > 0.9)).mean() > 0.8
    assert (failures > 0.9).any()
