"""`simimport fixtures`: packs from the command line, what is said of them, and what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from simimport import PRESETS, Scenario, write_fixtures
from tests.cli.command import call, process


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_preset_gives_the_pack_that_python_gives(tmp_path: Path) -> None:
    words = ["--preset", "crash_midway", "--seed", 5, "--dialect", "server-8.3"]
    printed = call("fixtures", *words, "--format", "wiremock", "--format", "json", "--out", tmp_path / "a")
    assert (printed.code, printed.out) == (0, "")
    formats = ("json", "wiremock")
    write_fixtures("crash_midway", tmp_path / "b", seed=5, dialect="server-8.3", formats=formats)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_what_it_says_of_a_pack(tmp_path: Path) -> None:
    out = tmp_path / "pack"
    words = ("--preset", "one_user", "--format", "json", "--format", "wiremock")
    printed = call("fixtures", *words, "--out", out)
    assert printed.err == f"""\
  pack      answers  files  ends after  state
  one_user        8     35       7.1 s  done

    answers/          8 bodies, up to 0008-done-completed-0001-error-0000.json
    states/           none new ready importing done
    errors/           19 refusals: 400 401 403 404 405 429
    sequence.jsonl    the same answers with their instants
    wiremock/         the root folder for WireMock: each GET moves on
    manifest.json     scenario, seed, versions, SHA-256 of each file

  Saved in {out}

  To have the same bytes again
    simimport fixtures --preset one_user --seed 0 --format json --format wiremock --out {out}
"""
    assert len(contents(out)) == 35


def test_the_line_to_have_it_again_gives_the_same_bytes(tmp_path: Path) -> None:
    words = ["--users", 120, "--cancel-rate", 1, "--seed", 3, "--dialect", "server-6.3"]
    printed = call("fixtures", *words, "--out", tmp_path / "my pack")
    line = printed.err.splitlines()[-1].strip()
    before = contents(tmp_path / "my pack")
    assert process(f"{line} --force --quiet", tmp_path) == (0, "", "")
    assert contents(tmp_path / "my pack") == before
    assert shlex.split(line)[-1] == str(tmp_path / "my pack")


def test_all_presets_have_a_pack_of_their_own(tmp_path: Path) -> None:
    printed = call("fixtures", "--all", "--out", tmp_path / "packs")
    assert printed.code == 0
    assert {path.name for path in (tmp_path / "packs").iterdir()} == set(PRESETS)
    for name in ("calm", "stalls_at_99"):
        write_fixtures(name, tmp_path / name)
        assert contents(tmp_path / "packs" / name) == contents(tmp_path / name)
    lines = printed.err.splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(PRESETS)]] == list(PRESETS)
    assert max(map(len, lines[: 1 + len(PRESETS)])) <= 80
    assert lines[-1].strip() == f"simimport fixtures --seed 0 --all --out {tmp_path / 'packs'}"


def test_a_scenario_file_and_fields_are_taken_as_run_takes_them(tmp_path: Path) -> None:
    path = Scenario(users=70, crash_rate=1.0).save(tmp_path / "night.toml")
    printed = call("fixtures", "--scenario", path, "--users", 60, "--out", tmp_path / "pack")
    assert printed.err.splitlines()[1].split()[0] == "night.toml"
    manifest = manifest_of(tmp_path / "pack")
    assert Scenario.from_dict(manifest["scenario"]) == Scenario(users=60, crash_rate=1.0)
    assert (manifest["source"], manifest["seed"]) == ("scenario", 0)


def test_a_preset_with_other_fields_is_a_scenario_of_its_own(tmp_path: Path) -> None:
    assert call("fixtures", "--preset", "calm", "--users", 60, "--out", tmp_path / "pack").code == 0
    manifest = manifest_of(tmp_path / "pack")
    assert "preset" not in manifest
    assert Scenario.from_dict(manifest["scenario"]) == PRESETS["calm"].replace(users=60)


def test_force_replaces_a_pack_and_a_set_of_packs_and_nothing_else(tmp_path: Path) -> None:
    single, every = tmp_path / "one", tmp_path / "every"
    assert call("fixtures", "--preset", "one_user", "--out", single).code == 0
    assert call("fixtures", "--all", "--out", every).code == 0
    printed = call("fixtures", "--preset", "exact_batch", "--out", single)
    assert printed.code == 2
    assert "new or empty; --force replaces that of an earlier pack" in printed.err
    assert call("fixtures", "--preset", "exact_batch", "--out", single, "--force").code == 0
    assert manifest_of(single)["preset"] == "exact_batch"
    assert call("fixtures", "--all", "--out", every, "--force", "--seed", 1).code == 0
    assert manifest_of(every / "calm")["seed"] == 1

    (every / "notes").mkdir()
    before = contents(tmp_path)
    for words in (["--all", "--out", every], ["--all", "--out", single], ["--out", every]):
        printed = call("fixtures", *words, "--force")
        assert printed.code == 2
        assert "holds other things, such as" in printed.err
    (every / "notes").rmdir()
    (every / "calm" / "states" / "mine.json").write_text("{}", encoding="utf-8")
    assert "such as calm/states/mine.json" in call("fixtures", "--all", "--out", every, "--force").err
    (every / "calm" / "states" / "mine.json").unlink()
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--preset", "calmer"], "preset is 'calmer'"),
        (["--preset", "calm", "--scenario", "x.toml"], "give one of them"),
        (["--all", "--preset", "calm"], "--all takes the presets as they are"),
        (["--all", "--users", "7"], "--all takes the presets as they are"),
        (["--format", "xml"], "--format is 'xml'; allowed: json, wiremock."),
        (["--dialect", "server-9"], "dialect is 'server-9'"),
        (["--seed", "none"], "seed is 'none'"),
        (["--users", "-1"], "users is -1"),
        (["--scenario", "missing.toml"], "there is no such file"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_line(tmp_path: Path, words: list[str], message: str) -> None:
    printed = call("fixtures", *words, "--out", tmp_path / "pack")
    assert printed.code == 2
    assert message in printed.err
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_the_folder_has_to_be_named(tmp_path: Path) -> None:
    printed = call("fixtures", "--preset", "calm")
    assert printed.code == 2
    assert "Missing option '--out'" in printed.err
    assert call("fixtures", "--out", tmp_path / "no" / "pack").code == 2


def test_a_folder_that_the_command_stands_in_is_not_replaced(tmp_path: Path) -> None:
    call("fixtures", "--preset", "one_user", "--out", tmp_path / "pack")
    printed = process("simimport fixtures --preset one_user --out . --force", tmp_path / "pack")
    assert printed.code == 2
    assert "beside or below the current one" in printed.err
