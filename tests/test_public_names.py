"""The public names: those promised, each there, documented, and with the signature that was promised."""

from __future__ import annotations

import ast
import inspect
import re
from enum import Enum
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import DynamicClassAttribute, FunctionType
from typing import Any

import pytest

import simimport
from simimport import State, Step, errors

MODEL = {
    "PRESETS", "Counts", "Run", "Scenario", "Snapshot", "State", "Stay", "Step", "columns",
    "import_status", "iter_users", "read_users", "simulate", "stage", "to_payload", "transitions",
}  # fmt: skip
SERVICE = {
    "Fault", "Faults", "ImportService", "Journal", "ManualClock", "PollClock", "Serving", "WallClock",
    "create_app", "openapi", "response_schema",
}  # fmt: skip
TESTING = {
    "Recorded", "Trace", "assert_passed", "check_client", "check_poller", "lint", "read_trace", "record",
    "write_fixtures",
}  # fmt: skip
ANALYSIS = {
    "Dashboard", "Fit", "Forecast", "Silence", "compare", "compare_etas", "estimate_eta", "explore", "fit",
    "interval_for", "observe", "plots", "polling_tradeoff", "summarize", "sweep",
}  # fmt: skip
# read by Python's own grammar, unlike the door, which goes by lines
STUB = ast.parse((Path(simimport.__file__).parent / "__init__.pyi").read_text(encoding="utf-8"))
ROOMS = {
    alias.name: str(node.module)
    for node in STUB.body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}
PROMISED = MODEL | SERVICE | TESTING | ANALYSIS | set(errors.__all__)
#: What every plot takes for its look.
LOOK = "label=None, color=None, legend=True, title=None, **kwargs)"
SIGNATURES = {
    "simulate": "(scenario=None, *, seed=None, staged=None, existing=None, **fields)",
    "stage": "(scenario, *, seed=None)",
    "iter_users": "(scenario, *, seed=None, chunk=100000)",
    "read_users": "(path, *, encoding=None)",
    "to_payload": "(users)",
    "transitions": "()",
    "columns": "(frame=None)",
    "import_status": "(run_or_service, at_s=None, *, dialect=None)",
    "Run.at": "(self, at_s)",
    "Run.status": "(self, at_s, *, dialect='docs')",
    "Run.responses": "(self, *, dialect='docs')",
    "Run.cancel": "(self, at_s)",
    "Run.branch": "(self, at_s, *, seed=None, **changes)",
    "Run.save": "(self, path)",
    "Run.load": "(path)",
    "Scenario.replace": "(self, **changes)",
    "Scenario.to_dict": "(self)",
    "Scenario.from_dict": "(fields)",
    "Scenario.load": "(path)",
    "Scenario.save": "(self, path)",
    "sweep": "(base=None, *, over, replicates=100, seed=0, staged=None, executor=None, store=None, "
    "progress=None)",
    "observe": "(run, *, every_s=5.0, jitter_s=0.0, latency_s=0.0, phase_s=0.0, seed=0, dialect='docs')",
    "polling_tradeoff": "(scenario, *, every_s, replicates=100, seed=0, progress=None)",
    "interval_for": "(tradeoff, column, wanted)",
    "compare": "(first, second, *, replicates=200, seed=0, level=0.95, progress=None)",
    "summarize": "(frame)",
    "estimate_eta": "(observed, *, method='anchored')",
    "compare_etas": "(runs, *, every_s, methods=None, progress=None)",
    "fit": "(traces, *, batch_size=None, level=0.95, seed=0, progress=None)",
    "Fit.check": "(self)",
    "Fit.forecast": "(self, trace, *, seed=0)",
    "Fit.stall": "(self, trace, *, false_alarms=0.01)",
    "plots.batches": f"(run, ax=None, *, {LOOK}",
    "plots.check": f"(fit, ax=None, *, {LOOK}",
    "plots.eta": f"(run, ax=None, *, every_s=5.0, methods=None, {LOOK}",
    "plots.fan": f"(runs, ax=None, *, {LOOK}",
    "plots.forecast": f"(fit, trace, ax=None, *, actual=None, {LOOK}",
    "plots.heatmap": f"(frame, x, y, value='duration_s', ax=None, *, {LOOK}",
    "plots.outcomes": f"(run, ax=None, *, {LOOK}",
    "plots.progress": f"(run, ax=None, *, dialect='docs', at_s=None, zoom=True, {LOOK}",
    "plots.staleness": f"(run, ax=None, *, every_s=5.0, zoom=True, {LOOK}",
    "plots.state_machine": f"(ax=None, *, {LOOK}",
    "plots.states": f"(run, ax=None, *, dialect='docs', {LOOK}",
    "plots.sweep": f"(frame, x, y='duration_s', ax=None, *, by=None, {LOOK}",
    "response_schema": "(dialect='docs')",
    "openapi": "(dialect='docs', *, flavour='exact')",
    "Trace": "(answers, *, path=None)",
    "Trace.save": "(self, path)",
    "read_trace": "(path)",
    "record": "(url, *, headers, every_s=5.0, path=None, until_s=None, max_polls=None, wait=False, "
    "settle_s=60.0, patience_s=600.0, timeout_s=30.0, force=False, tell=None)",
    "lint": "(trace, *, dialect='auto', batch_size=50, still_s=120.0)",
    "write_fixtures": "(source, folder, *, dialect='docs', formats=('json',), seed=None, every_s=None, "
    "start=None, faults=None, replace=False)",
    "check_poller": "(poller, *, presets=None, faults=None, seed=0)",
    "check_client": "(poller, *, presets=None, faults=None, seed=0)",
    "assert_passed": "(verdicts)",
    "ImportService.serve": "(self, *, host='127.0.0.1', port=0, accounts=None, allow_hosts=(), "
    "cors=False, isolate=False)",
    "Scenario": "(*, users=8000, batch_size=50, failure_rate=0.02, failure_clustering=0.0, cancel_rate=0.0, "
    "cancel_at=None, crash_rate=0.0, crash_at=None, users_per_s=30.0, latency_cv=0.5, slowdown=0.0, "
    "stall_rate=0.0, stall_at=None, stall_s=30.0, importer='api', new_s=2.0, loading_s=0.0, ready_s=5.0, "
    "locale='en_US', epoch='2016-09-13T14:57:56.037Z')",
}


def find(dotted: str) -> Any:
    found: Any = simimport
    for name in dotted.split("."):
        found = getattr(found, name)
    return found


def test_all_is_what_was_promised() -> None:
    assert set(simimport.__all__) == PROMISED
    assert len(simimport.__all__) == len(PROMISED)


def test_the_door_knows_the_names_that_type_checkers_see() -> None:
    assert set(ROOMS) == {*simimport.__all__, "__version__"}
    assert all(f"{name} as {name}" in ast.unparse(STUB) for name in ROOMS)


def test_dir_shows_the_public_names_and_no_more() -> None:
    assert dir(simimport) == sorted(PROMISED)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_each_name_is_there_public_in_its_room_and_documented(name: str) -> None:
    value = getattr(simimport, name)
    room = __import__(ROOMS[name], fromlist=["__all__"])
    assert name in room.__all__
    assert getattr(room, name) is value
    # not inspect.getdoc, which would take the words of a base class
    assert value.__doc__


def test_a_star_import_brings_them_all() -> None:
    names: dict[str, object] = {}
    exec("from simimport import *", names)  # noqa: S102 - the statement is what is tested
    assert names.keys() - {"__builtins__"} == PROMISED


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'simimport' has no attribute 'simulat'"):
        simimport.simulat  # noqa: B018 - looking it up is what is tested


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signature_is_the_promised_one(name: str) -> None:
    signature = inspect.signature(find(name))
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    shown = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    assert str(shown) == SIGNATURES[name]


@pytest.fixture(scope="module")
def things() -> dict[str, object]:
    """One thing of each public class, but for errors, and `Serving`, which needs an extra: see its tests."""
    run = simimport.simulate(users=200, seed=1)
    service = simimport.ImportService(seed=1)
    trace = simimport.Trace(run.responses())
    fitted = simimport.fit(trace)
    made = [
        run, run.scenario, run.counts, run.stays[0], run.at(5), State.DONE, Step.DONE, simimport.PRESETS,
        service, service.log, simimport.Fault("500", at_poll=1), simimport.Faults(),
        simimport.ManualClock(), simimport.WallClock(), simimport.PollClock(),
        trace, trace[0], fitted, fitted.forecast(trace), fitted.stall(trace),
        simimport.Dashboard(run.scenario),
    ]  # fmt: skip
    return {type(thing).__name__: thing for thing in made}


CLASSES = sorted(
    name
    for name in PROMISED - set(errors.__all__) - {"Serving"}
    if isinstance(getattr(simimport, name), type) or name == "PRESETS"
)


@pytest.mark.parametrize("name", CLASSES)
def test_dir_shows_only_what_is_documented(name: str, things: dict[str, object]) -> None:
    thing = things["Presets" if name == "PRESETS" else name]
    assert undocumented(thing) == []


def undocumented(thing: object) -> list[str]:
    """Return what `dir` shows of a thing and nobody explains; it must show something."""
    shown = [member for member in dir(thing) if not member.startswith("_")]
    assert shown
    return [member for member in shown if not documented(type(thing), member)]


def documented(kind: type, member: str) -> bool:
    """Return whether a member has a docstring of its own, or stands in that of its class, as fields do."""
    found = inspect.getattr_static(kind, member, None)
    described = (
        property, cached_property, staticmethod, classmethod, FunctionType, DynamicClassAttribute,
    )  # fmt: skip
    if isinstance(found, described) or inspect.ismethoddescriptor(found):
        return bool(found.__doc__)
    if isinstance(found, Enum):  # a word of the wire, which says itself
        return True
    return bool(re.search(rf"^ *([\w]+, )*{member}(, [\w]+)*( :|$)", kind.__doc__ or "", re.MULTILINE))


def test_a_run_shows_its_record_and_no_more(things: dict[str, object]) -> None:
    assert {name for name in dir(things["Run"]) if not name.startswith("_")} == {
        "at", "branch", "cancel", "code", "counts", "duration_s", "final", "importing_s", "load", "outcomes",
        "provenance", "responses", "save", "scenario", "seed", "snapshots", "staging", "status", "stays",
        "users",
    }  # fmt: skip


def test_the_tour_uses_only_what_exists() -> None:
    tour = simimport.__doc__
    used = set(re.findall(r"run\.(\w+)", tour))
    run = simimport.simulate(users=100, seed=1)
    assert used
    assert {name for name in used if not hasattr(run, name)} == set()


def test_the_version_is_that_of_the_package() -> None:
    assert simimport.__version__ == version("simimport")
