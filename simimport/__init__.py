"""simimport: simulate Rocket.Chat's bulk user import, and everything ``import.status`` would answer.

The tour::

    from simimport import PRESETS, simulate

    run = simulate(users=500, failure_rate=0.05, seed=7)   # the record of one import
    run.final, run.duration_s                              # how it ended, and when
    run.outcomes                                           # truth: what became of each user
    run.snapshots                                          # published: once per flush of 50
    run.status(10.0)                                       # the body of import.status at 10 s
    run.cancel(12.0), run.branch(12.0, failure_rate=0.5)   # the same past, another future
    simulate(PRESETS["stalls_at_99"], seed=1)              # scenarios named for what people see

Everything here is loaded on first use: importing simimport loads neither pandas, Faker nor Matplotlib.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

#: Each public name, and the room where it lives.
_ROOMS = {
    "PRESETS": "simimport.model.presets",
    "ClockError": "simimport.errors",
    "Dashboard": "simimport.analysis.dashboard.dashboard",
    "Fault": "simimport.service.faults",
    "Faults": "simimport.service.faults",
    "FetchError": "simimport.errors",
    "ImportService": "simimport.service.service",
    "ManualClock": "simimport.service.clock",
    "MissingExtraError": "simimport.errors",
    "OperationError": "simimport.errors",
    "ParameterError": "simimport.errors",
    "PollClock": "simimport.service.clock",
    "RecordError": "simimport.errors",
    "Run": "simimport.model.run.run",
    "Scenario": "simimport.model.scenario",
    "ScenarioError": "simimport.errors",
    "SimimportError": "simimport.errors",
    "Snapshot": "simimport.model.run.run",
    "State": "simimport.model.states",
    "Step": "simimport.model.states",
    "SweepError": "simimport.errors",
    "Trace": "simimport.testing.traces",
    "TraceError": "simimport.errors",
    "UsersError": "simimport.errors",
    "WallClock": "simimport.service.clock",
    "check_poller": "simimport.testing.pollers.check",
    "compare_etas": "simimport.analysis.eta",
    "create_app": "simimport.service.http.app",
    "estimate_eta": "simimport.analysis.eta",
    "explore": "simimport.analysis.dashboard.dashboard",
    "fit": "simimport.analysis.fitting.fit",
    "import_status": "simimport.model.run.simulate",
    "iter_users": "simimport.model.people.generated",
    "lint": "simimport.testing.lint.lint",
    "observe": "simimport.analysis.polling",
    "openapi": "simimport.service.contract.openapi",
    "plots": "simimport.analysis",
    "polling_tradeoff": "simimport.analysis.polling",
    "read_trace": "simimport.testing.traces",
    "read_users": "simimport.model.people.files",
    "record": "simimport.testing.recording.record",
    "response_schema": "simimport.service.contract.json_schema",
    "simulate": "simimport.model.run.simulate",
    "stage": "simimport.model.people.generated",
    "summarize": "simimport.analysis.sweeps.summarize",
    "sweep": "simimport.analysis.sweeps.sweep",
    "to_payload": "simimport.model.people.files",
    "transitions": "simimport.model.states",
    "write_fixtures": "simimport.testing.fixtures.pack",
}

if TYPE_CHECKING:
    from simimport.analysis import plots
    from simimport.analysis.dashboard.dashboard import Dashboard, explore
    from simimport.analysis.eta import compare_etas, estimate_eta
    from simimport.analysis.fitting.fit import fit
    from simimport.analysis.polling import observe, polling_tradeoff
    from simimport.analysis.sweeps.summarize import summarize
    from simimport.analysis.sweeps.sweep import sweep
    from simimport.errors import (
        ClockError,
        FetchError,
        MissingExtraError,
        OperationError,
        ParameterError,
        RecordError,
        ScenarioError,
        SimimportError,
        SweepError,
        TraceError,
        UsersError,
    )
    from simimport.model.people.files import read_users, to_payload
    from simimport.model.people.generated import iter_users, stage
    from simimport.model.presets import PRESETS
    from simimport.model.run.run import Run, Snapshot
    from simimport.model.run.simulate import import_status, simulate
    from simimport.model.scenario import Scenario
    from simimport.model.states import State, Step, transitions
    from simimport.service.clock import ManualClock, PollClock, WallClock
    from simimport.service.contract.json_schema import response_schema
    from simimport.service.contract.openapi import openapi
    from simimport.service.faults import Fault, Faults
    from simimport.service.http.app import create_app
    from simimport.service.service import ImportService
    from simimport.testing.fixtures.pack import write_fixtures
    from simimport.testing.lint.lint import lint
    from simimport.testing.pollers.check import check_poller
    from simimport.testing.recording.record import record
    from simimport.testing.traces import Trace, read_trace

__all__ = [
    "PRESETS",
    "ClockError",
    "Dashboard",
    "Fault",
    "Faults",
    "FetchError",
    "ImportService",
    "ManualClock",
    "MissingExtraError",
    "OperationError",
    "ParameterError",
    "PollClock",
    "RecordError",
    "Run",
    "Scenario",
    "ScenarioError",
    "SimimportError",
    "Snapshot",
    "State",
    "Step",
    "SweepError",
    "Trace",
    "TraceError",
    "UsersError",
    "WallClock",
    "check_poller",
    "compare_etas",
    "create_app",
    "estimate_eta",
    "explore",
    "fit",
    "import_status",
    "iter_users",
    "lint",
    "observe",
    "openapi",
    "plots",
    "polling_tradeoff",
    "read_trace",
    "read_users",
    "record",
    "response_schema",
    "simulate",
    "stage",
    "summarize",
    "sweep",
    "to_payload",
    "transitions",
    "write_fixtures",
]


def __getattr__(name: str) -> Any:
    try:
        room = _ROOMS[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    # this way in, a name may also be a module of the room: `plots` is
    value = getattr(__import__(room, fromlist=[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
