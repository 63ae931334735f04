"""`simimport sweep`: the table is what `sweep` gives, wherever it goes, and what is wrong is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simimport import PRESETS, Scenario, stage, summarize, sweep
from simimport.model.people.files import user_lines
from tests.cli.command import Printed, call
from tests.everyday import thinned

OVER = {"failure_rate": [0.0, 0.1], "cancel_at": [None, 0.5]}
WORDS = ("sweep", "--users", 120, "--cancel-rate", 0.5, "--over", "failure_rate=0,0.1",
         "--over", "cancel-at=none, 0.5", "--replicates", 6, "--seed", 4)  # fmt: skip


def frame() -> pd.DataFrame:
    return sweep(Scenario(users=120, cancel_rate=0.5), over=OVER, replicates=6, seed=4)


def text(table: pd.DataFrame) -> str:
    """Return a table as CSV, whose numbers are told to the last digit."""
    return table.to_csv(index=False, lineterminator="\n")


def test_csv_goes_to_standard_output_and_talk_to_standard_error() -> None:
    printed = call(*WORDS)
    assert printed.code == 0
    assert printed.out == text(frame())
    assert "failure_rate" in printed.err
    assert "6 runs each; durations of those that ended done" in printed.err
    assert call(*WORDS, "-q") == Printed(0, printed.out, "")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_files(name: str, tmp_path: Path) -> None:
    printed = call(*WORDS, "--out", tmp_path / name)
    assert (printed.code, printed.out) == (0, "")
    assert f"24 runs in {tmp_path / name}" in printed.err
    path = tmp_path / name
    if name.endswith("parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(path), frame())
    else:
        assert path.read_text(encoding="utf-8") == text(frame())
    assert call(*WORDS, "--out", path).code == 2
    assert call(*WORDS, "--seed", 5, "--out", path, "--force").code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_the_summary_is_a_row_per_cell() -> None:
    assert call(*WORDS, "--summary").out == text(summarize(frame()).reset_index())


def test_presets_a_preset_and_a_scenario_file(tmp_path: Path) -> None:
    assert call("sweep", "--presets", "--replicates", 2).out == text(sweep(over=PRESETS, replicates=2))
    over = {"failure_rate": [0.5]}
    words = ("--over", "failure_rate=0.5", "--replicates", 2)
    wanted = text(sweep(PRESETS["flaky"].replace(slowdown=1.0), over=over, replicates=2))
    path = PRESETS["flaky"].save(tmp_path / "s.toml")
    for source in (("--preset", "flaky"), ("--scenario", path)):
        assert call("sweep", *source, "--slowdown", 1, *words).out == wanted


def test_staged_people(tmp_path: Path) -> None:
    users = stage(Scenario(users=30), seed=1)
    users.loc[4, "email"] = users.loc[5, "email"]
    (tmp_path / "people.csv").write_text("".join(user_lines([users], "csv")), encoding="utf-8", newline="")
    words = ("--over", "failure_rate=0", "--replicates", 2)
    printed = call("sweep", "--staged", tmp_path / "people.csv", *words).out
    assert printed == text(sweep(over={"failure_rate": [0.0]}, replicates=2, staged=users))
    assert [line.split(",")[-2:] for line in printed.splitlines()[1:]] == [["29", "1"]] * 2


def test_workers_and_a_store_change_nothing(tmp_path: Path) -> None:
    whole = call(*WORDS, "-q").out
    for workers in (2, 1):
        assert call(*WORDS, "-q", "--workers", workers, "--store", tmp_path / "s").out == whole
    assert (tmp_path / "s" / "sweep.json").exists()
    printed = call(*WORDS, "--seed", 5, "--store", tmp_path / "s")
    assert printed.code == 2
    assert "another sweep" in printed.err


@pytest.mark.parametrize("workers", thinned([1, 2], {2}))
def test_ctrl_c_keeps_what_is_done(workers: int, tmp_path: Path) -> None:
    store = tmp_path / "s"
    command = "simimport sweep --users 200000 --over failure_rate=0.1,0.2 --replicates 1000"
    words = [sys.executable, "-m", *command.split(), "--workers", str(workers), "--store", str(store)]
    # a group of its own, as a terminal's foreground job is one: all of it gets the signal
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as running:
        for _ in range(3000):
            if list(store.glob("*.rows")):
                break
            assert running.poll() is None
            time.sleep(0.01)  # noqa: TID251 - another process is waited for
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "of 2,000 runs are finished and kept in" in err
    assert "the same call goes on" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Nothing is swept"),
        ("--over failure_rates=1", "Did you mean 'failure_rate'?"),
        ("--over failure_rate", "at least one value"),
        ("--over failure_rate=", "at least one value"),
        ("--over failure_rate=0,many", "cell failure_rate='many'"),
        ("--over failure_rate=0,2", "cell failure_rate=2.0: failure_rate is 2.0"),
        ("--over failure_rate=0,0", "this cell is there twice"),
        ("--over failure_rate=0 --over failure-rate=1", "is there twice"),
        ("--over failure_rate=0 --failure-rate 1", "both an option and swept"),
        ("--over users=5 --replicates 0", "replicates is 0"),
        ("--over users=5 --replicates many", "replicates is 'many'"),
        ("--over users=5 --seed -1", "seed is -1"),
        ("--over users=5 --workers 0", "--workers is 0"),
        ("--over users=5 --workers 1.5", "--workers is 1.5"),
        ("--over users=5 --out table.xlsx", "ends in .csv or .parquet"),
        ("--over users=5 --out no/such.csv", "inside a folder that exists"),
        ("--over users=5 --store no/such", "inside one that exists"),
        ("--over users=5 --preset clam", "Did you mean 'calm'?"),
        ("--over users=5 --preset calm --scenario s.toml", "two scenarios"),
        ("--presets --preset calm", "whole scenarios"),
        ("--presets --users 5", "whole scenarios"),
    ],
)
def test_bad_input(words: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("work was begun")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simimport.analysis.sweeps.dispatch.rows", never)
    printed = call("sweep", *words.split())
    assert printed.code == 2
    assert message in printed.err
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    printed = call("sweep", "--over", "users=5", "--out", tmp_path / "t.parquet")
    assert printed.code == 2
    assert 'pip install "simimport[parquet]"' in printed.err
