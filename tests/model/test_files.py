"""Writing whole or not at all, whenever the writer is killed; and what the next one finds, and repairs."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from simimport import ParameterError, Scenario, ScenarioError, simulate
from simimport.model import aside, files
from simimport.model.files import content_of, folder_written_aside, put_back, read_bytes, written_aside

posix = pytest.mark.skipif(os.name == "nt", reason="no forks, no modes, no pipes with names")


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))  # noqa: PTH208 - names


# killed ----------------------------------------------------------------------------------------------


def every_kill(case: str, folder: Path) -> list[dict[str, Any]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "tests.model.kills", case, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@posix
@pytest.mark.parametrize(
    "case",
    [
        "file-new-plain", "file-new-links", "file-replaced-plain", "folder-new-plain",
        "folder-replaced-plain", "folder-replaced-steps",
        *(pytest.param(f"{kind}-replaced-{how}", marks=pytest.mark.long)
          for kind in ("pack", "run") for how in ("plain", "steps")),
    ],
)  # fmt: skip
def test_a_kill_before_any_call_leaves_one_result_whole_and_the_next_run_repairs(
    case: str, tmp_path: Path
) -> None:
    reports = every_kill(case, tmp_path)
    before = "old" if "replaced" in case else None
    # where the disk cannot exchange names, or has no links, there is an instant in which it is neither
    torn = [None] if case.endswith("steps") else ["torn"] if case.endswith("links") else []
    assert len(reports) > 5
    for report in reports:
        assert report["there"] in [before, "new", *torn]
        assert (report["repaired"], bool(report["says"])) == (
            ("old", True) if case.endswith("steps") and report["there"] is None
            else (report["there"], False)
        )  # fmt: skip
        assert (report["next"], report["beside"]) == ("next", ["name"])
    # the kills came both before and after the instant that counts
    assert {report["there"] for report in reports} == {before, "new", *torn}
    assert reports[-1]["there"] == "new"


@posix
@pytest.mark.long
def test_a_sweep_that_is_killed_before_any_call_goes_on_and_leaves_nothing(tmp_path: Path) -> None:
    reports = every_kill("store-new-plain", tmp_path)
    assert {report["there"] for report in reports} == {None, "torn", "old"}
    assert {(report["next"], *report["beside"]) for report in reports} == {("old", "name")}


# what is beside it -----------------------------------------------------------------------------------


@posix
def test_what_a_living_process_writes_is_never_touched(tmp_path: Path) -> None:
    with written_aside(tmp_path / "name") as file:
        (left,) = names(tmp_path)
        file.write("first")
        Scenario().save(tmp_path / "name")
        assert left in names(tmp_path)
        with pytest.raises(ParameterError, match="new or empty"), folder_written_aside(tmp_path):
            raise AssertionError("the folder holds what somebody writes")
    assert (tmp_path / "name").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["name"]


@posix
def test_what_a_living_process_replaces_is_not_put_back(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "old").touch()
    rename, seen = Path.rename, []

    def look(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            seen.append((put_back(tmp_path / "name"), (tmp_path / "name").exists()))
        return rename(self, target)

    monkeypatch.setattr(aside, "_exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", look)
    with folder_written_aside(tmp_path / "name", replace=True) as made:
        (made / "new").touch()
    assert seen == [("", False)]
    assert (names(tmp_path), names(tmp_path / "name")) == (["name"], ["new"])


def test_the_earlier_result_is_put_back_and_then_replaced(tmp_path: Path) -> None:
    for place, age_s in enumerate((100, 0)):
        (tmp_path / f".name.a1b2c3d{place}.old").mkdir()
        (tmp_path / f".name.a1b2c3d{place}.old" / str(place)).touch()
        moment = tmp_path.stat().st_mtime - age_s
        os.utime(tmp_path / f".name.a1b2c3d{place}.old", (moment, moment))
    assert put_back(tmp_path / "name").endswith("cut short: the earlier one is back there.")
    assert names(tmp_path / "name") == ["1"]  # the younger of the two
    assert put_back(tmp_path / "name") == put_back("") == ""
    (tmp_path / "name").rename(tmp_path / ".name.a1b2c3d1.old")
    with (
        pytest.warns(UserWarning, match="is back there"),
        folder_written_aside(tmp_path / "name", replace=True),
    ):
        assert names(tmp_path / "name") == ["1"]
    assert (names(tmp_path), names(tmp_path / "name")) == (["name"], [])


@pytest.mark.parametrize(("age_s", "stays"), [(3600, True), (100_000, False)])
def test_without_locks_only_what_is_old_is_a_leftover(
    age_s: int, stays: bool, tmp_path: Path, monkeypatch: Any
) -> None:
    left = tmp_path / ".name.a1b2c3d4.part"
    left.touch()
    moment = left.stat().st_mtime - age_s
    os.utime(left, (moment, moment))
    monkeypatch.setattr(aside, "fcntl", None)
    with written_aside(tmp_path / "name") as file:
        file.write("x")
    assert left.exists() == stays


def test_only_what_is_named_as_ours_is_cleared(tmp_path: Path) -> None:
    others = [
        ".name.part", ".name.abc.part", ".name.a1b2c3d4.parts", ".other.a1b2c3d4.part", "name.a1b2c3d4.part",
        ".name.more.a1b2c3d4.part", ".name.A1B2C3D4.part", ".name.a1b2c3d4.old.txt",
    ]  # fmt: skip
    for name in [*others, ".name.a1b2c3d4.part"]:
        (tmp_path / name).touch()
    Scenario().save(tmp_path / "name")
    assert names(tmp_path) == sorted([*others, "name"])


def test_of_two_who_write_a_new_file_one_is_told_that_it_is_there(tmp_path: Path) -> None:
    def write(words: str, *more: str) -> None:
        with written_aside(tmp_path / "name", replace=False) as file:
            file.write(words)
            if more:
                write(*more)

    with pytest.raises(ParameterError, match="a new file; something has that name"):
        write("late", "early")
    assert names(tmp_path) == ["name"]
    assert (tmp_path / "name").read_text(encoding="utf-8") == "early"
    with pytest.raises(ParameterError, match="a new file"), written_aside(tmp_path / "name", replace=False):
        raise AssertionError("it is refused at once")


@pytest.mark.parametrize("exchange", [True, False])
def test_of_two_who_replace_a_folder_the_last_one_stays(
    exchange: bool, tmp_path: Path, monkeypatch: Any
) -> None:
    if not exchange:
        monkeypatch.setattr(aside, "_exchange", lambda *_: False)
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "old").touch()
    with folder_written_aside(tmp_path / "name", replace=True) as last:
        (last / "last").touch()
        with folder_written_aside(tmp_path / "name", replace=True) as first:
            (first / "first").touch()
        assert names(tmp_path / "name") == ["first"]
    assert (names(tmp_path), names(tmp_path / "name")) == (["name"], ["last"])


def test_what_systems_and_kills_leave_in_a_folder_is_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "name"
    folder.mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._file", ".file.a1b2c3d4.part"):
        (folder / name).touch()
    assert content_of(folder) == []
    with folder_written_aside(folder) as made:
        (made / "new").touch()
    assert names(folder) == ["new"]
    # a folder, or a link, of such a name is somebody's; so is a whole earlier result
    (folder / "new").rename(folder / ".new.a1b2c3d4.old")
    (folder / ".DS_Store").mkdir()
    (folder / "Thumbs.db").symlink_to(folder)
    assert [path.name for path in content_of(folder)] == [".DS_Store", ".new.a1b2c3d4.old", "Thumbs.db"]


# what is there already -------------------------------------------------------------------------------


def save(path: Path) -> None:
    (simulate(users=3, seed=1) if path.suffix == ".run" else Scenario(users=3)).save(path)


@posix
@pytest.mark.parametrize("name", ["one.run", "one.toml", "one.json"])
def test_a_link_stays_and_a_mode_too(name: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "there" / name)
    save(tmp_path / name)  # a link to nothing yet
    (tmp_path / "there" / name).chmod(0o600)
    save(tmp_path / name)
    assert (tmp_path / name).is_symlink()
    assert stat.S_IMODE((tmp_path / "there" / name).stat().st_mode) == 0o600
    assert (names(tmp_path), names(tmp_path / "there")) == ([name, "there"], [name])


@posix
@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_keeps_its_mode(exchange: bool, tmp_path: Path, monkeypatch: Any) -> None:
    if not exchange:
        monkeypatch.setattr(aside, "_exchange", lambda *_: False)
    (tmp_path / "name").mkdir()
    (tmp_path / "name" / "old").touch()
    (tmp_path / "name").chmod(0o500)
    with folder_written_aside(tmp_path / "name", replace=True) as made:
        (made / "new").touch()
    assert (names(tmp_path), names(tmp_path / "name")) == (["name"], ["new"])
    assert stat.S_IMODE((tmp_path / "name").stat().st_mode) == 0o500


@posix
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    for name in ("one.run", "one.toml"):
        save(tmp_path / name)
        pipe = tmp_path / f"pipe.{name}"
        os.mkfifo(pipe)
        read: list[bytes] = []
        reader = threading.Thread(target=lambda pipe=pipe, read=read: read.append(pipe.read_bytes()))
        reader.start()
        save(pipe)
        reader.join(10)
        assert read == [(tmp_path / name).read_bytes()]
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    Scenario().save(Path("/dev/null"))
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@posix
def test_what_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path, tmp_path / "loop", tmp_path / "no" / "such"):
        with pytest.raises(OSError, match=r"folder|leads to itself"):
            Scenario().save(path)
    assert names(tmp_path) == ["loop"]


# reading within bounds -------------------------------------------------------------------------------


@posix
def test_what_never_ends_is_refused(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "_MOST_OF_A_STREAM", 100_000)
    for most in (None, 10**9):
        with pytest.raises(ValueError, match="too large: more than 100,000 bytes"):
            read_bytes("/dev/zero", most=most)
    with pytest.raises(ValueError, match="this is no file"):
        read_bytes("/dev/zero", stream=False)
    assert read_bytes("/dev/null", most=0) == b""
    with pytest.raises(ScenarioError, match="too large"):
        Scenario.load("/dev/zero")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(10**12)  # with holes
    with pytest.raises(ScenarioError, match=r"too large: more than 65,536 bytes"):
        Scenario.load(path)


def test_a_file_that_takes_long_to_parse_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dots.toml"
    path.write_text("users = 5\n# " + "é" * 400 + "\n" + "x." * 10_000 + "y = 1\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="line 3 has more than 300 characters"):
        Scenario.load(path)
