"""Every frame that something public gives, found by its annotation: its columns, types and docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import pandas as pd
import pytest

import simimport
from simimport import (
    ImportService,
    ManualClock,
    ParameterError,
    Scenario,
    Trace,
    columns,
    compare,
    fit,
    lint,
    simulate,
    summarize,
    sweep,
)
from simimport.analysis.comparison import Comparison
from simimport.analysis.polling import Tradeoff
from simimport.analysis.sweeps.summarize import Summary
from simimport.model.columns import COLUMNS, INDEXES, string_dtype
from tests.testing.pollers.loops import naive
from tests.testing.pollers.people import naive as naive_client

SMALL = Scenario(users=400, failure_rate=0.1)
RUN = simulate(SMALL, seed=1)
TRACE = Trace(RUN.responses())
# what keeps the users that were given, and what returns the table of all frames
NONE_OF_THEM = {"Run.given", "columns"}
SHOWN = (Tradeoff, Summary, Comparison)
SWEPT = sweep(SMALL, over={"failure_rate": [0.1], "importer": ["api"]}, replicates=3)
TRADEOFF = simimport.polling_tradeoff(SMALL, every_s=[5], replicates=3)
FIT = fit(TRACE)


def served(after_s: float = 60.0) -> ImportService:
    service = ImportService(SMALL.replace(failure_rate=0.5), seed=1, clock=ManualClock())
    service.new()
    service.add_users()
    service.run()
    service.advance(after_s)
    return service


# a frame's name, and what gives it; where a record knows nothing, it has as many columns
FRAMES: dict[str, list[tuple[str, Callable[[], pd.DataFrame]]]] = {
    "transitions": [("transitions", simimport.transitions)],
    "stage": [("users", lambda: simimport.stage(SMALL, seed=1))],
    "iter_users": [("users", lambda: next(simimport.iter_users(SMALL, seed=1, chunk=50)))],
    "Run.users": [("users", lambda: RUN.users)],
    "Run.outcomes": [("outcomes", lambda: RUN.outcomes)],
    "Run.snapshots": [("snapshots", lambda: RUN.snapshots)],
    "Run.staging": [("staging", lambda: RUN.staging)],
    "ImportService.imported": [("users", lambda: served(7.0).imported), ("users", lambda: served().imported)],
    "ImportService.staging": [("users", lambda: served(7.0).staging), ("staging", lambda: served().staging)],
    "ImportService.journal": [("journal", lambda: served().journal)],
    "Journal.frame": [("journal", served(0.0).log.frame)],
    "Trace.to_frame": [("answers", TRACE.to_frame), ("answers", Trace([]).to_frame)],
    "observe": [("observed", lambda: simimport.observe(RUN))],
    "polling_tradeoff": [("tradeoff", lambda: TRADEOFF)],
    "compare_etas": [("etas", lambda: simimport.compare_etas([RUN], every_s=5))],
    "Fit.estimates": [("estimates", lambda: FIT.estimates), ("estimates", lambda: fit([]).estimates)],
    "Fit.check": [("checks", FIT.check), ("checks", lambda: fit([]).check())],
    "Forecast.bands": [
        ("bands", lambda: FIT.forecast(TRACE[:8]).bands),
        ("bands", lambda: FIT.forecast(TRACE).bands),
        ("bands", lambda: FIT.forecast(TRACE[:1]).bands),
    ],
    "sweep": [("sweep", lambda: SWEPT.drop(columns=["failure_rate", "importer"]))],
    "summarize": [("summary", lambda: summarize(SWEPT))],
    "compare": [("comparison", lambda: compare(SMALL, SMALL, replicates=3))],
    "lint": [("findings", lambda: simimport.lint(TRACE)), ("findings", lambda: simimport.lint(TRACE[5:]))],
    "check_poller": [("verdicts", lambda: simimport.check_poller(naive, presets=["calm"], faults=["stale"]))],
    "check_client": [
        ("verdicts", lambda: simimport.check_client(naive_client, presets=["calm"], faults=["stale"]))
    ],
}


def public() -> Iterator[tuple[str, Any]]:
    """Find all public functions, and all that public classes have, each with what it is said to give."""
    for name in dir(simimport):
        found = getattr(simimport, name)
        if inspect.isfunction(found):
            yield name, found
        elif inspect.isclass(found):
            for kind in reversed([kind for kind in found.__mro__ if kind.__module__.startswith("simimport")]):
                for own, value in vars(kind).items():
                    if not own.startswith("_"):
                        yield f"{name}.{own}", value
                for own, annotation in vars(kind).get("__annotations__", {}).items():
                    if not own.startswith("_"):
                        yield f"{name}.{own}", annotation


def annotation_of(found: Any) -> str:
    if isinstance(found, str):
        return found
    function = found.func if isinstance(found, cached_property) else found
    function = function.fget if isinstance(function, property) else getattr(function, "__func__", function)
    return str(getattr(function, "__annotations__", {}).get("return", ""))


def giving_frames() -> dict[str, Any]:
    words = "|".join(["DataFrame", *(kind.__name__ for kind in SHOWN)])
    return {
        name: found for name, found in public()
        if re.search(rf"\b({words})\b", annotation_of(found)) and name not in NONE_OF_THEM
    }  # fmt: skip


def docstring_of(name: str, found: Any) -> str:
    owner = getattr(simimport, name.split(".", maxsplit=1)[0])
    return inspect.getdoc(owner if isinstance(found, str) else found) or ""


def test_each_that_gives_a_frame_is_known() -> None:
    # read_users reads files, which have tests of their own
    assert set(giving_frames()) == {*FRAMES, "read_users"}
    assert {name for made in FRAMES.values() for name, _ in made} == set(COLUMNS)


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_as_declared(name: str) -> None:
    for frame_name, make in FRAMES[name]:
        given, declared = make(), columns(frame_name).loc[frame_name]
        if frame_name in INDEXES:
            given = given.reset_index()
        assert given.columns.tolist() == declared.index.tolist()
        assert list(map(str, given.dtypes)) == declared["dtype"].tolist()
        for column in COLUMNS[frame_name]:
            assert column.missing or given[column.name].notna().all(), column.name


@pytest.mark.parametrize("name", giving_frames())
def test_a_docstring_says_each_column_or_where_it_stands(name: str) -> None:
    docstring = docstring_of(name, giving_frames()[name])
    for frame_name, _ in FRAMES.get(name, [("users", None)]):
        listed = all(re.search(rf"\b{column.name}\b", docstring) for column in COLUMNS[frame_name])
        assert listed or f'columns("{frame_name}")' in docstring, frame_name


def test_a_frame_whose_columns_are_named_leaves_others_as_they_are() -> None:
    trace = Trace(simulate(users=60, seed=1).responses())
    for made in (lambda: lint(trace), lambda: simulate(users=60, seed=1).snapshots):
        made().columns.name = "mine"
        assert made().columns.name is None


def test_texts_have_the_same_columns() -> None:
    for made, frame_name in (
        (TRADEOFF, "tradeoff"),
        (summarize(SWEPT), "summary"),
        (compare(SMALL, SMALL, replicates=3), "comparison"),
    ):
        words = made.in_words()
        assert set(words.columns) <= set(columns(frame_name).loc[frame_name].index)
        assert set(map(str, words.dtypes)) == {str(string_dtype())}


def test_columns_of_all_frames_and_of_one() -> None:
    every = columns()
    assert every.index.names == ["frame", "column"]
    assert every.columns.tolist() == ["dtype", "unit", "meaning"]
    assert every.index.is_unique
    assert every.index.get_level_values("frame").unique().tolist() == list(COLUMNS)
    for frame_name in COLUMNS:
        pd.testing.assert_frame_equal(columns(frame_name), every.loc[[frame_name]])


@pytest.mark.parametrize("frame", ["user", "", 3, [], ["users"], pd.DataFrame()])
def test_a_frame_that_is_none_of_ours(frame: Any) -> None:
    with pytest.raises(ParameterError, match=r"^frame is .*; allowed: transitions, users, outcomes"):
        columns(frame)
