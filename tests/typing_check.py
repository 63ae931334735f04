"""The public names in annotated use. Nobody runs this file: mypy reads it, strictly, as a user's code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import pandas as pd

from simimport import (
    PRESETS,
    ClockError,
    OperationError,
    ParameterError,
    RecordError,
    Run,
    Scenario,
    ScenarioError,
    SimimportError,
    Snapshot,
    State,
    Step,
    UsersError,
    import_status,
    iter_users,
    read_users,
    simulate,
    stage,
    to_payload,
    transitions,
)


def scenarios(path: Path) -> Scenario:
    preset = PRESETS["flaky"]
    assert_type(preset, Scenario)
    presets: Mapping[str, Scenario] = PRESETS
    assert_type(preset.replace(users=500, failure_rate=0.05), Scenario)
    assert_type(preset.to_dict(), dict[str, Any])
    assert_type(Scenario.from_dict({"users": 5}), Scenario)
    assert_type(Scenario.load(path), Scenario)
    assert_type(Scenario.load(str(path)), Scenario)
    assert_type(preset.save(path), Path)
    assert_type(preset.users, int)
    assert_type(preset.cancel_at, float | None)
    return presets.get("calm", Scenario(users=500, failure_rate=0, importer="csv", loading_s=3))


def people(scenario: Scenario, path: str) -> pd.DataFrame:
    assert_type(stage(scenario, seed=1), pd.DataFrame)
    frames: Iterator[pd.DataFrame] = iter_users(scenario, seed=None, chunk=1000)
    body: dict[str, Any] = to_payload(next(frames))
    assert_type(body["users"], Any)
    return read_users(path)


def runs(users: pd.DataFrame, path: Path) -> Run:
    run = simulate(Scenario(), seed=7, staged=users, existing=users, failure_rate=0.5)
    assert_type(run, Run)
    assert_type(run.scenario, Scenario)
    assert_type(run.seed, int)
    assert_type(run.final, State)
    assert_type(run.provenance, dict[str, Any])
    assert_type(run.duration_s, float)
    assert_type(run.importing_s, float)
    for frame in (run.users, run.outcomes, run.snapshots, run.staging, transitions()):
        assert_type(frame, pd.DataFrame)
    assert_type(run.status(5, dialect="server-8.3"), dict[str, Any])
    assert_type(import_status(run, 5.0), dict[str, Any])
    answers: Iterator[tuple[float, dict[str, Any]]] = run.responses(dialect="docs")
    assert_type(next(answers), tuple[float, dict[str, Any]])
    assert_type(run.save(path), Path)
    assert_type(Run.load(path), Run)
    return run.cancel(12.0).branch(3, seed=1, users_per_s=3.0)


def moments(run: Run) -> tuple[State, Step | None, int]:
    moment = run.at(5)
    assert_type(moment, Snapshot)
    assert_type(moment.progress, float)
    assert_type(moment.state.terminal, bool)
    assert_type(moment.imported + moment.failed + moment.remaining + moment.batch, int)
    return moment.state, moment.step, moment.completed + moment.error + moment.total


def errors(run: Run) -> str:
    try:
        run.branch(1e9)
    except OperationError as error:
        assert_type(error.http_status, int)
        return f"{error.operation} {error.state} {error.allowed} {error.body}"
    except (ClockError, ScenarioError) as error:
        parameter: ParameterError = error
        return parameter.field + parameter.allowed
    except UsersError as error:
        assert_type(error.rows, list[tuple[int, str, str]])
        return error.path
    except RecordError as error:
        return error.reason
    except SimimportError as error:
        return str(error)
    return ""


def refused(run: Run) -> None:
    # each is a mistake that mypy must see: an ignore that is not needed is an error
    run.status("5")  # type: ignore[arg-type]
    run.status(5, "docs")  # type: ignore[call-arg]
    run.seed = 3  # type: ignore[misc]
    Scenario(500)  # type: ignore[call-arg]
    simulate(seed="7")  # type: ignore[arg-type]
    simulate(Scenario(), 7)  # type: ignore[call-arg]
    import_status(run, at="5")  # type: ignore[call-arg]
