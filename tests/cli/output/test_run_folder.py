"""`simimport run --out`: a folder that is whole, says what the run says, and can be read back."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pytest

from simimport import Run, Scenario, read_users, simulate
from simimport.cli.output.run_folder import FILES
from simimport.errors import ParameterError
from simimport.model import aside
from simimport.model.files import folder_written_aside
from tests.cli.command import call

FIELDS = ["--users", "300", "--failure-rate", "0.2", "--crash-rate", "1", "--crash-at", "0.9"]
WORDS = ["run", *FIELDS, "--seed", "5"]


@pytest.fixture
def run() -> Run:
    return simulate(users=300, failure_rate=0.2, crash_rate=1, crash_at=0.9, seed=5)


def same_cells(read: pd.DataFrame, made: pd.DataFrame) -> None:
    assert list(read) == list(made)
    for name, kind in made.dtypes.items():
        if str(kind) == "boolean":
            words = made[name].map({True: "True", False: "False"}, na_action="ignore")
            assert read[name].dropna().tolist() == words.dropna().tolist()
            assert read[name].isna().tolist() == words.isna().tolist()
        else:
            # through Python's float, which reads back what its repr wrote
            cells = read[name].map(float) if str(kind) in ("float64", "int64") else read[name]
            # what is missing may be None or NaN
            assert cells.isna().tolist() == made[name].isna().tolist()
            pd.testing.assert_series_equal(cells.astype(kind).dropna(), made[name].dropna())


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def test_everything_is_there_and_says_what_the_run_says(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "result"
    printed = call(*WORDS, "--out", out)
    assert printed.code == 0
    assert f"Saved in {out}" in printed.err
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
    for name in ("snapshots", "outcomes", "staging"):
        same_cells(read_csv(out / f"{name}.csv"), getattr(run, name))
    pd.testing.assert_frame_equal(read_users(out / "users.csv"), run.users)
    assert Scenario.load(out / "scenario.toml") == run.scenario
    loaded = Run.load(out / "run.simimport")
    assert (loaded.scenario, loaded.seed, loaded.final) == (run.scenario, run.seed, run.final)
    pd.testing.assert_frame_equal(loaded.outcomes, run.outcomes)
    assert json.loads(printed.out) == run.status(1e6)


@pytest.mark.parametrize("dialect", ["docs", "server-8.3"])
def test_answers_are_told_in_the_dialect(tmp_path: Path, run: Run, dialect: str) -> None:
    call(*WORDS, "--out", tmp_path / "result", "--dialect", dialect)
    lines = (tmp_path / "result" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [(row["at_s"], row["body"]) for row in map(json.loads, lines)]
    assert answers == list(run.responses(dialect=dialect))
    # keys in the order of the wire
    assert [list(body) for _, body in answers] == [list(body) for _, body in run.responses(dialect=dialect)]


def test_the_summary_is_that_of_json(tmp_path: Path) -> None:
    printed = call(*WORDS, "--json", "--out", tmp_path / "result")
    assert printed.err == ""
    assert (tmp_path / "result" / "summary.json").read_text(encoding="utf-8") == printed.out


def test_two_folders_of_one_run_are_equal_to_the_byte(tmp_path: Path) -> None:
    for name in ("a", "b"):
        call(*WORDS, "--out", tmp_path / name)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_users_of_a_file_come_back_with_their_reasons(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people = 'ann,ann@example.com,"Null, ""the"" First"\nbob,,Zoë\nNaN,n@example.com,NA\n'
    path.write_text(people, encoding="utf-8")
    call("run", "--staged", path, "--failure-rate", 0, "--seed", 1, "--out", tmp_path / "result")
    pd.testing.assert_frame_equal(read_users(tmp_path / "result" / "users.csv"), read_users(path))
    staging = read_csv(tmp_path / "result" / "staging.csv")
    assert staging[["username", "reason"]].values.tolist() == [["bob", "missing-email"]]


def test_an_empty_import_has_all_files_too(tmp_path: Path) -> None:
    assert call("run", "--preset", "empty", "--seed", 1, "--out", tmp_path / "result").code == 0
    assert sorted(path.name for path in (tmp_path / "result").iterdir()) == sorted(FILES)
    assert len(read_csv(tmp_path / "result" / "outcomes.csv")) == 0


def test_an_empty_folder_is_filled_and_an_earlier_run_is_replaced_by_force_only(tmp_path: Path) -> None:
    out = tmp_path / "result"
    out.mkdir()
    assert call(*WORDS, "--out", out).code == 0
    before = (out / "summary.json").read_bytes()
    refused = call("run", "--users", 3, "--out", out)
    assert (refused.code, (out / "summary.json").read_bytes()) == (2, before)
    assert call("run", "--users", 3, "--seed", 1, "--out", out, "--force").code == 0
    assert len(read_csv(out / "outcomes.csv")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "Error: cannot write: No space left on device"),
        (OSError(errno.EACCES, "Permission denied", "/x/y"), 1, "Error: /x/y: Permission denied"),
        (MemoryError(), 1, "Error: there is not enough memory"),
        (KeyboardInterrupt(), 1, "Aborted!"),
    ],
)
def test_what_goes_wrong_halfway_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def fail(self: Run, path: Any) -> NoReturn:
        assert Path(path).with_name("users.csv").stat().st_size > 0  # others are written by now
        raise error

    monkeypatch.setattr(Run, "save", fail)
    out = tmp_path / "result"
    printed = call(*WORDS, "--out", out)
    assert (printed.code, printed.out) == (code, "")
    assert words in printed.err
    assert "Traceback" not in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_folder_survives_what_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "result"
    call(*WORDS, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fail(self: Run, path: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Run, "save", fail)
    assert call("run", "--users", 5, "--out", out, "--force").code == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert list(tmp_path.iterdir()) == [out]


# the folder itself ------------------------------------------------------------------------------------


def test_a_folder_appears_whole_and_as_readable_as_others(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    with folder_written_aside(tmp_path / "new") as made:
        (made / "inner").mkdir()
        (made / "inner" / "file").write_text("x", encoding="utf-8")
        assert not (tmp_path / "new").exists()
    assert (tmp_path / "new" / "inner" / "file").read_text(encoding="utf-8") == "x"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "plain"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with folder_written_aside(tmp_path / "link") as made:
        (made / "file").touch()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").exists()


def test_what_comes_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    def write() -> None:
        with folder_written_aside(tmp_path / "new") as made:
            (made / "mine").touch()
            (tmp_path / "new").mkdir()
            (tmp_path / "new" / "theirs").touch()

    with pytest.raises(ParameterError, match="new or empty"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["theirs"]


def test_what_was_there_returns_if_the_new_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "kept").touch()
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(aside, "_exchange", lambda *_: False)
    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="error"), folder_written_aside(tmp_path / "old", replace=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["kept"]


def test_what_a_kill_took_from_its_place_is_put_back_and_told(tmp_path: Path) -> None:
    out = tmp_path / "result"
    call(*WORDS, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    out.rename(tmp_path / ".result.a1b2c3d4.old")
    (tmp_path / ".result.a1b2c3d4.part").mkdir()
    refused = call("run", "--users", 3, "--out", out, "--quiet")
    assert refused.code == 2
    assert f"{out} was missing" in refused.err
    assert "--force replaces that of an earlier run" in refused.err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    again = call("run", "--users", 3, "--out", out, "--force")
    assert (again.code, "was missing" in again.err) == (0, False)
    assert len(read_csv(out / "outcomes.csv")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "._summary.json", ".run.simimport.a1b2c3d4.part"])
def test_what_systems_and_kills_leave_does_not_protect_a_folder(tmp_path: Path, name: str) -> None:
    out = tmp_path / "result"
    out.mkdir()
    for words in ([], ["--force"]):
        (out / name).write_bytes(b"x")
        assert call("run", "--users", 3, "--out", out, *words).code == 0
        assert sorted(path.name for path in out.iterdir()) == sorted(FILES)
