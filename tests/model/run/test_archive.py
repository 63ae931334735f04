"""Saved runs: the same again in every respect, whole or not at all, and damage is refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simimport import RecordError, Run, simulate
from simimport.model.run.saved import archive
from tests.model.run.test_laws import FRAMES, everything
from tests.model.strategies import SEEDS, frame_of, instants, people, runs, scenarios

# tmp_path is one folder for all examples: each overwrites the file of the one before
overwriting = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(loaded: Run, run: Run) -> None:
    assert everything(loaded) == everything(run)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(run, name))
    assert (loaded.scenario, loaded.seed, loaded.code) == (run.scenario, run.seed, run.code)
    assert json.dumps(loaded.provenance) == json.dumps(run.provenance)
    assert repr(loaded) == repr(run)
    assert np.isnan(loaded.importing_s) == np.isnan(run.importing_s)
    for at_s in np.linspace(-1, run.duration_s + 1, 7):
        assert str(loaded.at(at_s)) == str(run.at(at_s))


@overwriting
@given(run=runs(max_users=60))
def test_a_loaded_run_is_the_run(tmp_path: Path, run: Run) -> None:
    same(Run.load(run.save(tmp_path / "one.run")), run)


@overwriting
@given(data=st.data(), run=runs(max_users=60))
def test_so_are_cancels_and_branches(tmp_path: Path, data: st.DataObject, run: Run) -> None:
    cut = run.cancel(data.draw(instants(run)))
    loaded = Run.load(cut.save(tmp_path / "one.run"))
    same(loaded, cut)
    same(Run.load(loaded.cancel(0).save(tmp_path / "two.run")), cut.cancel(0))


@overwriting
@given(data=st.data(), scenario=scenarios(max_users=12), seed=SEEDS)
def test_so_are_given_people(tmp_path: Path, data: st.DataObject, scenario: Any, seed: int) -> None:
    staged, existing = data.draw(people(scenario.users)), data.draw(people(3, first=5))
    run = simulate(scenario, seed=seed, staged=frame_of(staged), existing=frame_of(existing))
    same(Run.load(run.save(tmp_path / "one.run")), run)


@pytest.fixture(scope="module")
def branched() -> Run:
    run = simulate(users=230, failure_rate=0.2, importer="csv", loading_s=1, seed=3)
    return run.branch(10.0, seed=4, failure_rate=np.float32(0.5), users_per_s=np.int64(20), stall_rate=0.2)


def test_a_branch_that_numpy_chose(branched: Run, tmp_path: Path) -> None:
    loaded = Run.load(branched.save(tmp_path / "one.run"))
    same(loaded, branched)
    assert branched.code.endswith(".branch(10.0, seed=4, failure_rate=0.5, users_per_s=20.0, stall_rate=0.2)")
    same(loaded.branch(12.0, seed=9, crash_rate=0.5), branched.branch(12.0, seed=9, crash_rate=0.5))
    again = loaded.branch(12.0, seed=9).cancel(14.0)
    same(Run.load(again.save(tmp_path / "two.run")), again)


def test_missing_cells_and_empty_texts_stay_missing(tmp_path: Path) -> None:
    staged = pd.DataFrame({
        "username": [None, "", "ü,\"\n", "x"], "email": ["a@example.org", None, "b@example.org", ""],
        "utc_offset": [None, 5.5, -3.0, 0.0], "deleted": [True, None, False, None],
    })  # fmt: skip
    loaded = Run.load(simulate(staged=staged, seed=1).save(tmp_path / "one.run")).users
    assert loaded["username"].isna().tolist() == [True, True, False, False]
    assert loaded["username"].tolist()[2:] == ["ü,\"\n", "x"]
    assert loaded["utc_offset"].isna().tolist() == [True, False, False, False]
    assert loaded["deleted"].isna().tolist() == [False, True, False, True]
    assert loaded["name"].isna().all()


def test_a_loaded_run_keeps_its_versions(branched: Run, tmp_path: Path, monkeypatch: Any) -> None:
    path = branched.save(tmp_path / "one.run")
    monkeypatch.setattr(np, "__version__", "99.0")
    loaded = Run.load(path)
    assert loaded.provenance["numpy"] == branched.provenance["numpy"] != "99.0"


def test_nothing_is_drawn_again(branched: Run, tmp_path: Path, monkeypatch: Any) -> None:
    expected = everything(branched)
    path = branched.save(tmp_path / "one.run")

    def refuse(*_: Any) -> None:
        raise AssertionError("something was drawn")

    for room in ("run.course", "run.sampling", "seeds"):
        monkeypatch.setattr(f"simimport.model.{room}.stream", refuse)
    assert everything(Run.load(path)) == expected


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    def made() -> Run:
        return simulate(users=120, failure_rate=0.3, seed=5).cancel(9.0)

    read = made()
    for name in FRAMES:
        getattr(read, name)
    first, second = made().save(tmp_path / "a.run"), read.save(tmp_path / "b.run")
    assert first.read_bytes() == second.read_bytes()
    assert Run.load(first).save(tmp_path / "c.run").read_bytes() == first.read_bytes()


# whole or not at all ---------------------------------------------------------------------------------


@pytest.mark.parametrize("breaks", ["_users_bytes", "_seal"])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: Any, breaks: str) -> None:
    path = tmp_path / "one.run"
    simulate(users=5, seed=1).save(path)
    old = path.read_bytes()

    def full(_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, breaks, full)
    with pytest.raises(OSError, match="No space left"):
        simulate(users=6, seed=2).save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["one.run"]
    assert path.read_bytes() == old


def test_a_save_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "one.run"
    simulate(users=5, seed=1).save(path)
    assert simulate(users=6, seed=2).save(str(path)) == path
    assert Run.load(path).scenario.users == 6
    assert [entry.name for entry in tmp_path.iterdir()] == ["one.run"]


# damage ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content(branched: Run, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return branched.save(tmp_path_factory.mktemp("saved") / "one.run").read_bytes()


def refused(path: Path, content: bytes) -> RecordError:
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        Run.load(path)
    assert str(path) in str(caught.value)
    assert caught.value.reason
    return caught.value


def test_every_truncation_is_refused(content: bytes, tmp_path: Path) -> None:
    for length in [*range(0, len(content), 100), len(content) - 1]:
        refused(tmp_path / "cut.run", content[:length])


def test_every_flipped_byte_is_refused(content: bytes, tmp_path: Path) -> None:
    # headers, where a zip's own checksums do not look, stand at the beginning, at the end and in between
    places = [*range(64), *range(64, len(content), 37), *range(len(content) - 64, len(content))]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 0x21
        refused(tmp_path / "flipped.run", bytes(flipped))


@pytest.mark.long
def test_every_single_flipped_bit_is_refused(content: bytes, tmp_path: Path) -> None:
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        refused(tmp_path / "flipped.run", bytes(flipped))


def test_what_follows_the_end_is_refused(content: bytes, tmp_path: Path) -> None:
    refused(tmp_path / "longer.run", content + b"\0")
    refused(tmp_path / "twice.run", content + content[:-1])


def zipped(members: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as bundle:
        for name, text in members.items():
            bundle.writestr(name, text)
    return raw.getvalue()


def test_another_format_is_refused_by_its_number(content: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    meta = json.loads(members["run.json"])
    newer = json.dumps({**meta, "format": 7}).encode()
    error = refused(tmp_path / "new.run", zipped({**members, "run.json": newer}))
    assert error.reason == "its format is 7, and this version reads 1"
    # whatever was written into it by somebody else
    error = refused(tmp_path / "own.run", zipped(members))
    assert error.reason == "damaged: its bytes are not those that were saved"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "lacks 'run.json'"),
        ({"word/document.xml": b"<w/>"}, "lacks 'run.json'"),
        ({"run.json": b"[]"}, "not a saved run"),
        ({"run.json": b'{"kind": "holiday"}'}, "not a saved run"),
        ({"run.json": b'{"kind": "simimport run"}'}, "lacks 'format'"),
        ({"run.json": b"{"}, "damaged"),
        ({"run.json": b"\xff"}, "damaged"),
    ],
)
def test_another_zip_is_refused(members: dict[str, bytes], reason: str, tmp_path: Path) -> None:
    assert reason in refused(tmp_path / "other.run", zipped(members)).reason


@pytest.mark.parametrize("other", [b"", b"PK", b"users: 5\n", "användare".encode("utf-16")])
def test_what_is_no_zip_is_refused(other: bytes, tmp_path: Path) -> None:
    assert "not a saved run" in refused(tmp_path / "other.run", other).reason


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file"):
        Run.load(tmp_path / "none.run")
    with pytest.raises(RecordError, match="this is a folder, not a file"):
        Run.load(tmp_path)
