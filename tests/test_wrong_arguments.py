"""What is given where a run, a scenario, a trace or a frame is wanted: our errors, none from the inside."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import simimport
from simimport import (
    ImportService,
    ManualClock,
    ParameterError,
    Run,
    Scenario,
    SimimportError,
    Trace,
    errors,
    fit,
    plots,
    simulate,
)

#: What nobody should give, by the name that a test has.
JUNK: dict[str, Any] = {
    "none": None, "number": 3, "text": "x", "list": [], "object": object(), "frame": pd.DataFrame(),
}  # fmt: skip
#: What is no function: records that others make, enumerations, and modules and mappings.
RECORDS = {
    "Counts", "Fit", "Forecast", "Journal", "PRESETS", "Recorded", "Run", "Serving", "Silence", "Snapshot",
    "State", "Stay", "Step", "__version__", "plots",
}  # fmt: skip
#: What is taken after all, beside None where it is the default: a path that is a text is looked for.
TAKEN = {
    "Faults": {"list"}, "ManualClock": {"number"}, "PollClock": {"number"}, "Trace": {"list"},
    "WallClock": {"number"}, "compare_etas": {"list"}, "fit": {"list"}, "lint": {"list"},
    "to_payload": {"frame"},
}  # fmt: skip
#: What else a function must be given.
MORE: dict[str, Any] = {
    "every_s": [5.0], "over": {"users": [5]}, "headers": {}, "column": "staleness_s", "wanted": 5,
    "x": "users", "y": "users", "folder": "pack", "trace": None, "second": Scenario(users=10),
}  # fmt: skip
RUN = simulate(users=400, seed=1)
TRACE = Trace(RUN.responses())
METHODS: dict[str, Callable[[Any], object]] = {
    "Run.at": RUN.at,
    "Run.status": RUN.status,
    "Run.cancel": RUN.cancel,
    "Run.branch": RUN.branch,
    "Run.load": Run.load,
    "Run.save": RUN.save,
    "Scenario.from_dict": Scenario.from_dict,
    "Scenario.load": Scenario.load,
    "Scenario.save": RUN.scenario.save,
    "Trace.save": TRACE.save,
    "ManualClock.advance": lambda given: ManualClock().advance(given),
    "ManualClock.jump": lambda given: ManualClock().jump(given),
    "ImportService.add_users": lambda given: started().add_users(given),
    "ImportService.advance": lambda given: started().advance(given),
    "ImportService.call": lambda given: started().call(given),
    "ImportService.run_until": lambda given: started().run_until(given),
    "Faults.random": simimport.Faults.random,
    "PRESETS": simimport.PRESETS.__getitem__,
    "PRESETS.about": simimport.PRESETS.about,
    "Fit.forecast": fit(TRACE).forecast,
    "Fit.stall": fit(TRACE).stall,
}
TAKEN_BY_METHODS = {
    "Run.at": {"number"}, "Run.status": {"number"}, "Run.cancel": {"number"}, "Run.branch": {"number"},
    "ManualClock.advance": {"number"}, "ManualClock.jump": {"number"}, "ImportService.advance": {"number"},
    "ImportService.add_users": {"none", "list"}, "Run.save": {"text"}, "Scenario.save": {"text"},
    "Trace.save": {"text"},
}  # fmt: skip


def started() -> ImportService:
    service = ImportService(Scenario(users=60), seed=1, clock=ManualClock())
    service.new()
    return service


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Find every public function, class and plot that takes something without a name."""
    public = {name: getattr(simimport, name) for name in dir(simimport)}
    drawn = {f"plots.{name}": getattr(plots, name) for name in plots.__all__}
    for name, found in (public | drawn).items():
        if name not in RECORDS and name not in errors.__all__ and _first(found) is not None:
            yield name, found


def _first(function: Any) -> inspect.Parameter | None:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return None if first is None or first.kind is first.KEYWORD_ONLY else first


FUNCTIONS = dict(functions())


def _is_taken(name: str, function: Any, kind: str) -> bool:
    first = _first(function)
    return kind in TAKEN.get(name, ()) or (kind == "none" and first is not None and first.default is None)


def _called(function: Callable[..., Any], given: Any) -> None:
    _, *others = inspect.signature(function).parameters.values()
    wanted = [one.name for one in others if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    found = function(given, **{argument: MORE[argument] for argument in wanted})
    if inspect.isgenerator(found):
        list(found)


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_first_argument_that_is_none(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    function = FUNCTIONS[name]
    if _is_taken(name, function, kind):
        _called(function, JUNK[kind])
        return
    with pytest.raises(SimimportError) as caught:
        _called(function, JUNK[kind])
    # a text may be the path of what is not there
    assert kind == "text" or isinstance(caught.value, ParameterError)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", METHODS)
def test_a_first_argument_of_a_method_that_is_none(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind in TAKEN_BY_METHODS.get(name, ()):
        METHODS[name](JUNK[kind])
        return
    with pytest.raises((SimimportError, OSError)) as caught:
        METHODS[name](JUNK[kind])
    assert isinstance(caught.value, SimimportError) or kind == "text"


def test_a_number_of_users_is_told_what_to_give() -> None:
    for function in (simimport.iter_users, simimport.stage, simulate, simimport.polling_tradeoff):
        with pytest.raises(ParameterError, match=r"For so many users give Scenario\(users=200000\)\.$"):
            _called(function, 200_000)
    # what has no number of letters that fits
    with pytest.raises(ParameterError, match="scenario is <int>"):
        simimport.stage(10**5000)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [3, [], object(), b"pack"])
def test_a_path_that_is_none(path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match=r"folder is .*; allowed: a path: a text"):
        simimport.write_fixtures(TRACE, path)
    for call in (
        lambda: simimport.record("http://localhost:9", headers={}, path=path),
        lambda: simimport.Trace(TRACE, path=path),
    ):
        with pytest.raises(ParameterError, match=r"path is .*; allowed: a path: a text"):
            call()


def test_a_forecast_is_of_one_trace() -> None:
    found = fit(TRACE)
    for several in ([], [TRACE, TRACE]):
        with pytest.raises(ParameterError, match="one Trace"):
            found.forecast(several)
    assert found.forecast([TRACE]).end_s == found.forecast(TRACE).end_s
