"""Every frame against the one table of columns, and the file made from it."""

from __future__ import annotations

import csv
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from simimport import Run, Scenario, iter_users, simulate, stage, transitions
from simimport.model import columns
from tests.make_data import DATA, files
from tests.model.strategies import frame_of, runs

RUN_FRAMES = ("users", "outcomes", "staging", "snapshots")
KINDS = {"int64": "int64", "float64": "float64", "boolean": "boolean", "bool": "bool",
         "string": str(pd.Series(["a"]).dtype)}  # fmt: skip


def agree(frame: pd.DataFrame, name: str) -> None:
    """Hold a frame against the table: names, order, types, and what may be missing."""
    table = columns.COLUMNS[name]
    assert list(frame.columns) == [column.name for column in table]
    for column in table:
        assert str(frame[column.name].dtype) == KINDS[column.kind], column.name
        assert column.missing or frame[column.name].notna().all(), column.name
    assert list(frame.index) == list(range(len(frame)))


@given(runs(max_users=60))
def test_the_frames_of_a_run(run: Run) -> None:
    for name in RUN_FRAMES:
        agree(getattr(run, name), name)


@pytest.mark.parametrize("changes", [{}, {"users": 0}, {"crash_rate": 1.0}, {"failure_rate": 1.0}])
def test_the_frames_of_edge_cases(changes: dict[str, Any]) -> None:
    run = simulate(Scenario(users=60).replace(**changes), seed=1)
    for one in (run, run.cancel(0), run.cancel(1e6)):
        for name in RUN_FRAMES:
            agree(getattr(one, name), name)


def test_the_frames_of_given_people() -> None:
    given_people = frame_of([
        {"import_id": None, "username": None, "email": None, "extra_emails": None},
        {"import_id": 7, "username": "a", "email": "a@example.org", "extra_emails": None},
    ])  # fmt: skip
    without = given_people.drop(columns="import_id")
    for people in (given_people, given_people.iloc[::-1], given_people.iloc[:0], without):
        run = simulate(staged=people, seed=1)
        for name in RUN_FRAMES:
            agree(getattr(run, name), name)


def test_staged_users_and_transitions() -> None:
    agree(stage(Scenario(users=100), seed=1), "users")
    agree(stage(Scenario(users=0), seed=1), "users")
    agree(pd.concat(list(iter_users(Scenario(users=100), seed=1, chunk=33))), "users")
    agree(transitions(), "transitions")


def test_what_may_be_missing_sometimes_is() -> None:
    # or the table would promise less than it could
    run = simulate(users=3000, failure_rate=0.3, crash_rate=1.0, crash_at=0.5, seed=1)
    given_people = frame_of([{"import_id": None, "username": None, "email": None, "extra_emails": None}])
    other = simulate(staged=given_people, seed=1)
    for name in RUN_FRAMES:
        frames = [getattr(run, name), getattr(other, name)]
        for column in columns.COLUMNS[name]:
            missing = any(frame[column.name].isna().any() for frame in frames)
            assert missing == column.missing, (name, column.name)


def test_what_the_values_may_be() -> None:
    run = simulate(users=3000, failure_rate=0.3, crash_rate=1.0, crash_at=0.5, seed=1)
    outcomes = run.outcomes
    assert set(outcomes["outcome"]) == {"imported", "failed", "unreached"}
    failed, unreached = outcomes["outcome"] == "failed", outcomes["outcome"] == "unreached"
    assert (outcomes["reason"].notna() == failed).all()
    assert (outcomes["finished_s"].isna() == unreached).all()
    assert outcomes["batch"].tolist() == [1 + n // 50 for n in range(3000)]
    assert (run.staging["reason"] == "unreached").sum() == unreached.sum()
    assert run.staging["import_id"].tolist() == outcomes["import_id"][failed | unreached].tolist()
    snapshots = run.snapshots
    assert (snapshots["remaining"] == snapshots["total"] - snapshots["completed"] - snapshots["error"]).all()
    assert (simulate(users=0, seed=1).snapshots["progress"] == 1).all()


def test_every_column_has_a_meaning() -> None:
    table = columns.table()
    assert list(table.columns) == ["frame", "column", "kind", "unit", "missing", "meaning"]
    assert set(table["kind"]) <= set(KINDS)
    assert (table["meaning"].str.len() > 3).all()
    assert not table.duplicated(["frame", "column"]).any()
    seconds = table["column"].str.endswith("_s")
    assert (table["unit"][seconds] == "s").all()


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_the_files_made_from_the_code(path: Any) -> None:
    assert path.read_text(encoding="utf-8") == files()[path], "run: python -m tests.make_data"


def test_the_file_of_columns_says_what_the_table_says() -> None:
    with (DATA / "columns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["column"], row["kind"], row["missing"]) for row in rows] == [
        (name, column.name, column.kind, str(column.missing))
        for name, table in columns.COLUMNS.items()
        for column in ([columns.INDEXES[name], *table] if name in columns.INDEXES else table)
    ]  # fmt: skip
