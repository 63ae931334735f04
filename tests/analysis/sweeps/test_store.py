"""A sweep's store survives what happens to it, and refuses what is not its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simimport import ParameterError, RecordError, Scenario, stage, summarize, sweep
from simimport.analysis.sweeps import store
from simimport.analysis.sweeps.plan import Plan, cells_of
from simimport.analysis.sweeps.store import open_store
from simimport.analysis.sweeps.worker import rows, versions
from tests.analysis.sweeps.grids import GRID, SMALL


def test_a_store_changes_nothing_and_is_used(tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40)
    reports: list[tuple[int, int]] = []
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    for _ in range(2):
        stored = again(progress=lambda done, total: reports.append((done, total)))
        pd.testing.assert_frame_equal(stored, frame)
    assert reports[0] == (0, 240)
    # the second time nothing was left to do
    assert reports[-2:] == [(240, 240), (240, 240)]
    assert len(reports) == len(list((tmp_path / "s").glob("*.rows"))) + 2


class StoppedError(RuntimeError):
    """The test's own interruption."""


@pytest.mark.parametrize("kind", [StoppedError, KeyboardInterrupt])
def test_a_sweep_that_is_stopped_goes_on(kind: Any, tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40)

    def stop(done: int, total: int) -> None:
        if done > total / 2:
            raise kind

    with pytest.raises(kind):
        sweep(SMALL, over=GRID, replicates=40, store=tmp_path / "s", progress=stop)
    kept = sorted((tmp_path / "s").glob("*.rows"))
    assert len(kept) > 5
    before = {path: path.stat().st_mtime_ns for path in kept}
    reports: list[int] = []
    with pytest.raises(RecordError, match="run the sweep to its end"):
        summarize(tmp_path / "s")
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    resumed = again(progress=lambda done, _: reports.append(done))
    pd.testing.assert_frame_equal(resumed, frame)
    assert reports[0] > 120
    assert {path: path.stat().st_mtime_ns for path in kept} == before


def test_an_interruption_says_what_is_kept(tiny_chunks: None, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"of 240 runs are finished and lost: a store="):
        sweep(SMALL, over=GRID, replicates=40, progress=stop)
    with pytest.raises(KeyboardInterrupt, match=r"kept in '.*s': the same call goes on"):
        sweep(SMALL, over=GRID, replicates=40, progress=stop, store=tmp_path / "s")


def test_a_killed_sweep_goes_on(tmp_path: Path) -> None:
    # 200 runs of a hundred thousand users take seconds: long enough to be killed within
    code = f"""
        from simimport import Scenario, sweep
        scenario, over = Scenario(users=100_000), {{"failure_rate": [0.1, 0.2]}}
        sweep(scenario, over=over, replicates=1000, store={str(tmp_path / "s")!r})
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment) as process:
        for _ in range(3000):
            if len(list((tmp_path / "s").glob("*.rows"))) >= 2:
                break
            assert process.poll() is None
            time.sleep(0.01)  # noqa: TID251 - another process is waited for
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    cells = cells_of(Scenario(users=100_000), {"failure_rate": [0.1, 0.2]})
    plan = Plan(cells, 1000, 0)
    opened = open_store(tmp_path / "s", plan)
    kept = opened.finished()
    assert 2 <= len(kept) < plan.chunks
    # what is kept is what an uninterrupted sweep has there
    chunk = kept[-1]
    assert (opened.read(chunk) == rows(plan.job(chunk))).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1}, "another sweep, with other seed"),
        ({"replicates": 5}, "another sweep, with other replicates"),
        ({"base": SMALL.replace(users=121)}, "another sweep, with other scenarios"),
        ({"over": {"failure_rate": [0.1, 0.5]}}, "another sweep, with other swept fields, scenarios"),
        ({"staged": stage(Scenario(users=120), seed=1)}, "another sweep, with other staged people"),
    ],
)
def test_another_sweeps_store_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"base": SMALL, "over": GRID, "replicates": 4}
    sweep(**asked, store=tmp_path / "s")
    before = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    with pytest.raises(RecordError, match=words):
        sweep(**{**asked, **changes}, store=tmp_path / "s")
    assert {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()} == before


def test_another_versions_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("simimport.analysis.sweeps.plan.versions", lambda: {**versions(), "numpy": "1.0"})
        plan = Plan(cells_of(SMALL, GRID), 4, 0)
        open_store(tmp_path / "s", plan)
    with pytest.raises(RecordError, match=r"begun with simimport .*, numpy 1.0: go on with these"):
        sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")


@pytest.mark.parametrize("damage", ["short", "flipped", "swapped", "other"])
def test_a_damaged_chunk_is_refused_and_can_go(damage: str, tiny_chunks: None, tmp_path: Path) -> None:
    frame = sweep(SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    sweep(SMALL, over=GRID, replicates=40, seed=1, store=tmp_path / "t")
    victim, other = sorted((tmp_path / "s").glob("*.rows"))[3:5]
    content = bytearray(victim.read_bytes())
    if damage == "short":
        content = content[:-8]
    elif damage == "flipped":
        content[60] ^= 1
    else:
        content = bytearray((other if damage == "swapped" else tmp_path / "t" / victim.name).read_bytes())
    victim.write_bytes(content)
    again = partial(sweep, SMALL, over=GRID, replicates=40, store=tmp_path / "s")
    for ask in (again, lambda: summarize(tmp_path / "s")):
        with pytest.raises(RecordError, match=rf"{victim.name}: the file is damaged; delete it") as info:
            ask()
        assert info.value.path == str(victim)
    victim.unlink()
    pd.testing.assert_frame_equal(again(), frame)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "digest": ""}', '{"format": 1, "seed": 5}']
)
def test_a_damaged_manifest_is_refused(text: str, tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    (tmp_path / "s" / "sweep.json").write_text(text, encoding="utf-8")
    again = partial(sweep, SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    for ask in (again, lambda: summarize(tmp_path / "s")):
        with pytest.raises(RecordError, match="manifest cannot be used"):
            ask()


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    path = tmp_path / "s" / "sweep.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["seed"] = 7
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(RecordError, match="digest does not fit"):
        sweep(SMALL, over=GRID, replicates=4, seed=7, store=tmp_path / "s")


def test_folders_that_are_no_store_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x", encoding="utf-8")
    for folder, words in [
        (tmp_path, "new, empty"), (tmp_path / "mine", "path of a folder"), ("", "path of a folder"),
        (tmp_path / "no" / "such", "inside one that exists"), (5, "path of a folder"),
    ]:  # fmt: skip
        with pytest.raises(ParameterError, match=words):
            sweep(SMALL, over=GRID, replicates=1, store=folder)  # type: ignore[arg-type]  # what is wrong
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    with pytest.raises(RecordError, match="no sweep's store"):
        summarize(tmp_path)


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", ".sweep.json.a1b2c3d4.part"])
def test_what_systems_and_kills_leave_is_no_reason_to_refuse(name: str, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / name).write_bytes(b"{")
    frame = sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    pd.testing.assert_frame_equal(sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s"), frame)
    assert not list((tmp_path / "s").glob("*.part"))


@pytest.mark.parametrize(
    "changes",
    [
        {"replicates": 0}, {"replicates": "4"}, {"replicates": 2**60}, {"seed": "<b>"}, {"seed": -1},
        {"over": "x"}, {"over": []}, {"over": ["scenario"]}, {"over": [["failure_rate"]]},
        {"versions": ["1"]}, {"versions": {"numpy": 2}}, {"staged": 5}, {"chunks": "1"},
        {"cells": []}, {"cells": [1]}, {"cells": {}},
    ],
)  # fmt: skip
def test_a_manifest_of_somebody_else_is_no_plan(changes: dict[str, Any], tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    path = tmp_path / "s" / "sweep.json"
    facts = json.loads(path.read_text(encoding="utf-8")) | changes
    facts["digest"] = store._digest_of(facts).hex()
    path.write_text(json.dumps(facts), encoding="utf-8")
    for ask in (partial(sweep, SMALL, over=GRID, replicates=4, store=tmp_path / "s"),
                lambda: summarize(tmp_path / "s")):  # fmt: skip
        with pytest.raises(RecordError, match=r"manifest cannot be used|other chunks"):
            ask()


JUNK: list[Any] = [
    None, True, "", "<b>", "\ud800", -1, 3, 2**63, 10**30, 0.5, 1e300, float("nan"), [], [[]], {}, {"a": 1},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    listed = enumerate(value) if isinstance(value, list) else ()
    for name, inner in value.items() if isinstance(value, dict) else listed:
        yield (*path, name)
        yield from places(inner, (*path, name))


# a step that divides no number of junk, so that each of it is used
@pytest.mark.parametrize("step", [17, pytest.param(1, marks=pytest.mark.long)])
def test_whatever_a_manifest_holds_it_is_refused_or_works(step: int, tmp_path: Path) -> None:
    ask = partial(sweep, Scenario(users=5), over={"failure_rate": [0.1, 0.2]}, replicates=3)
    ask(store=tmp_path / "s")
    text = (tmp_path / "s" / "sweep.json").read_text(encoding="utf-8")
    pairs = [(path, junk) for path in places(json.loads(text)) for junk in JUNK]
    refused = 0
    for path, junk in pairs[::step]:
        facts = json.loads(text)
        place = facts
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = junk
        if path != ("digest",):
            facts["digest"] = store._digest_of(facts).hex()
        (tmp_path / "s" / "sweep.json").write_text(json.dumps(facts), encoding="utf-8")
        for use in (partial(summarize, tmp_path / "s"), partial(ask, store=tmp_path / "s")):
            try:
                use()
            except RecordError:
                refused += 1
    assert refused > 100 / step


def test_a_chunk_of_somebody_else_is_no_rows(tmp_path: Path) -> None:
    sweep(SMALL, over=GRID, replicates=4, store=tmp_path / "s")
    kept = store.read_store(tmp_path / "s")
    numbers = kept.read(0).copy()
    for number in (-1, 3):
        numbers[0, 0] = number
        kept.write(0, numbers)
        with pytest.raises(RecordError, match="the file is damaged"):
            summarize(tmp_path / "s")


# runs of nobody: what rows of theirs would take is what any others take
MEMORY = """
import resource, tempfile
from simimport import Scenario
from simimport.analysis.sweeps import plan, store, sweep
cells = plan.cells_of(Scenario(users=0), {"failure_rate": [0.1, 0.2]})
peaks = []
for replicates in (1_000, %d):
    made = plan.Plan(cells, replicates, 0)
    with tempfile.TemporaryDirectory() as folder:
        kept = store.open_store(folder + "/s", made)
        sweep._run_what_is_left(made, kept, None, lambda *_: None, kept.write)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*peaks)
"""


def test_a_sweep_into_a_store_takes_no_more_memory_for_more_replicates() -> None:
    # 2 x 40,000 rows are 4.4 MB of numbers and 8 MB of frame; a few chunks are 0.2 MB
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", MEMORY % 40_000]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    small, large = map(int, done.stdout.split())
    assert large - small < 2_000
