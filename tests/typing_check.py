"""The public names in annotated use. Nobody runs this file: mypy reads it, strictly, as a user's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import pandas as pd

from simimport import (
    PRESETS,
    ClockError,
    FetchError,
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
    Trace,
    TraceError,
    UsersError,
    check_poller,
    import_status,
    iter_users,
    lint,
    read_trace,
    read_users,
    record,
    simulate,
    stage,
    to_payload,
    transitions,
    write_fixtures,
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


def testing(run: Run, path: Path) -> pd.DataFrame:
    trace = Trace(run.responses(), path=path)
    assert_type(trace, Trace)
    assert_type(trace[:5], Trace)
    assert_type(trace[0].at_s, float)
    assert_type(trace[0].http_status, int)
    assert_type(trace[0].state, str | None)
    assert_type(trace.dialect, str)
    assert_type(trace.save(path), Path)
    try:
        assert_type(read_trace(str(path)), Trace)
    except TraceError as error:
        assert_type(error.line, int)
        assert_type(error.path, str)
    assert_type(record("http://localhost:3000", headers={"X-User-Id": "jo"}, every_s=1), Trace)
    for source in (run, trace, PRESETS["calm"], "calm"):
        assert_type(write_fixtures(source, path, formats=["json"], seed=7), dict[str, Any])
    findings: pd.DataFrame = lint([(0.0, {"state": "none"})], dialect="auto", still_s=600)
    assert_type(lint(trace), pd.DataFrame)
    assert_type(check_poller(poller, presets={"mine": Scenario()}, faults=["503"], seed=None), pd.DataFrame)
    return pd.concat([findings, check_poller(lambda fetch, clock: State.DONE, presets="calm")])


def poller(fetch: Callable[[], Any], clock: Any) -> str:
    try:
        state: str = fetch()["state"]
    except FetchError as error:
        assert_type(error.http_status, int)
        clock.sleep(float(error.headers["retry-after"]))
        return str(error.body)
    return state


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
    Trace()  # type: ignore[call-arg]
    read_trace(5)  # type: ignore[arg-type]
    record("http://localhost:3000")  # type: ignore[call-arg]
    write_fixtures(run)  # type: ignore[call-arg]
    lint(run)  # type: ignore[arg-type]
    check_poller("app:poll")  # type: ignore[arg-type]
    import_status(run, at="5")  # type: ignore[call-arg]
