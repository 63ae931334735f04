"""The public names in annotated use. Nobody runs this file: mypy and pyright read it, strictly, as a user's.

That every public name is in it is held by `test_types`.
"""

# pyright: strict

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, assert_type

import httpx
import pandas as pd
import requests
from matplotlib.axes import Axes

from simimport import (
    PRESETS,
    ClockError,
    Counts,
    Dashboard,
    Fault,
    Faults,
    FetchError,
    Fit,
    Forecast,
    ImportService,
    Journal,
    ManualClock,
    MissingExtraError,
    OperationError,
    ParameterError,
    PollClock,
    Recorded,
    RecordError,
    Run,
    Scenario,
    ScenarioError,
    Serving,
    Silence,
    SimimportError,
    Snapshot,
    State,
    Stay,
    Step,
    SweepError,
    Trace,
    TraceError,
    UsersError,
    WallClock,
    __version__,
    assert_passed,
    check_client,
    check_poller,
    columns,
    compare,
    compare_etas,
    create_app,
    estimate_eta,
    explore,
    fit,
    import_status,
    interval_for,
    iter_users,
    lint,
    observe,
    openapi,
    plots,
    polling_tradeoff,
    read_trace,
    read_users,
    record,
    response_schema,
    simulate,
    stage,
    summarize,
    sweep,
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
    assert_type(run.counts, Counts)
    assert_type(run.counts.imported + run.counts.failed + run.counts.unreached, int)
    stays: tuple[Stay, ...] = run.stays
    assert_type(stays[0].lasted_s, float)
    for frame in (run.users, run.outcomes, run.snapshots, run.staging, transitions(), columns("users")):
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
    assert_type(trace[0], Recorded)
    assert_type(trace[0].at_s, float)
    assert_type(trace.path, str | None)
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
    verdicts = check_client(client_poller, presets=["calm"])
    assert_passed(verdicts)
    return pd.concat([findings, verdicts, check_poller(lambda fetch, clock: State.DONE, presets="calm")])


def client_poller(client: httpx.Client) -> str:
    return str(client.get("/api/v1/import.status").json()["state"])


def service(people: pd.DataFrame) -> ImportService:
    faults = Faults([Fault("503", at_poll=3, seconds=2), {"kind": "reset", "every": 10}])
    assert_type(Faults.random(0.1, seed=1), Faults)
    assert_type(faults.unstruck, tuple[Fault, ...])
    assert_type(faults.schedule[0].kind, str)
    made = ImportService(
        PRESETS["calm"], seed=1, clock=PollClock(step_s=2), dialect="docs", faults=faults, existing=people,
        roles=["user"], autostart=True,
    )  # fmt: skip
    for body in (made.new(), made.add_users(people), made.run(), made.status(), made.clear()):
        assert_type(body, dict[str, Any])
    assert_type(made["import.status"], Callable[..., Any])
    assert_type(made.state, State)
    assert_type(made.run_until("done"), float)
    assert_type(made.current, Run | None)
    for frame in (made.staging, made.imported, made.journal):
        assert_type(frame, pd.DataFrame)
    assert_type(made.scenario.users + made.seed, int)
    assert_type(made.clock.now() + WallClock(rate=60).rate, float)
    made.advance(5)
    made.reset(scenario=Scenario(), seed=2, dialect="server-8.3", faults=Faults(), autostart=people)
    made.reset(scenario="calm", faults=[Fault("503", at_poll=3), {"kind": "reset", "every": 10}])
    made.faults = [Fault("503", at_poll=3)]
    assert_type(made.faults, Faults)
    made.reset()
    return ImportService(clock=ManualClock(start_s=3))


def asked(service: ImportService, accounts: dict[str, dict[str, Any]]) -> int:
    log: Journal = service.log
    with service.serve(accounts=accounts) as serving:
        assert_type(serving, Serving)
        assert_type(serving.url + serving.host, str)
        assert_type(serving.port, int)
        assert_type(serving.headers, dict[str, str])
    with service.client(accounts=accounts) as client, service.session() as session:
        assert_type(client, httpx.Client)
        assert_type(session, requests.Session)
    assert_type(service.async_client(), httpx.AsyncClient)
    assert_type(create_app(service).headers, dict[str, str])
    assert_type(openapi("docs", flavour="generators"), dict[str, Any])
    schema: dict[str, Any] = response_schema("server-8.3")
    assert_type(log.shortest_poll_s, float)
    return log.calls + log.polls + log.polls_after_end + len(schema) + len(__version__)


def analysis(runs: list[Run], trace: Trace) -> pd.DataFrame:
    observed = observe(runs[0], every_s=5, jitter_s=0.1)
    assert_type(observed, pd.DataFrame)
    assert_type(estimate_eta(observed, method="anchored"), "pd.Series[float]")
    assert_type(compare_etas(runs, every_s=[1, 5]), pd.DataFrame)
    fitted = fit([trace], batch_size=None)
    assert_type(fitted, Fit)
    assert_type(fitted.batch_size, tuple[int, ...])
    assert_type(fitted.check(), pd.DataFrame)
    assert_type(plots.check(fitted), Axes)
    assert_type(fitted.scenario, Scenario)
    assert_type(fitted.estimates, pd.DataFrame)
    assert_type(fitted.forecast(trace), Forecast)
    assert_type(fitted.stall(trace), Silence)
    try:
        swept = sweep(Scenario(), over={"failure_rate": [0, 0.5]}, replicates=5, store="sweep.csv")
    except SweepError:
        swept = sweep(over=[PRESETS["calm"]])
    ax = plots.progress(runs[0], label="tonight", color="tab:red", zoom=False, linewidth=2.5)
    assert_type(ax, Axes)
    assert_type(plots.progress(runs[1], ax, legend="upper left", title=""), Axes)
    assert_type(plots.staleness(observed, ax=ax, zoom=False, alpha=0.3), Axes)
    assert_type(plots.state_machine(ax=ax, legend=False), Axes)
    assert_type(plots.heatmap(swept, "users_per_s", "failure_rate"), Axes)
    board = Dashboard(PRESETS["calm"], seed=3)
    assert_type(board.widget, Any)
    explore(seed=None)
    found = compare(PRESETS["calm"], PRESETS["flaky"], replicates=50, seed=1, level=0.9)
    assert_type(found.sentence("failed"), str)
    assert_type(found.in_words(), pd.DataFrame)
    assert_type(compare(swept[:5], runs).pairs, int)
    bought = polling_tradeoff(Scenario(), every_s=[1, 5], progress=False)
    assert_type(interval_for(bought, "staleness_s_max", wanted=5), float)
    cells = summarize(swept)
    assert_type(cells.in_words(), pd.DataFrame)
    return pd.concat([cells, bought, found])


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


def extras(service: ImportService) -> str:
    try:
        service.session().close()
    except MissingExtraError as error:
        return error.extra + error.command
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
    ImportService().client("boss")  # type: ignore[call-arg]
    Fault(503, at_poll=3)  # type: ignore[arg-type]
