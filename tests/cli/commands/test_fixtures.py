"""`simimport fixtures`: packs from the command line, what is said of them, and what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from simimport import PRESETS, Scenario, Trace, read_users, simulate, write_fixtures
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


def test_force_replaces_a_pack_and_a_set_of_packs_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {name: PRESETS[name] for name in ("calm", "one_user", "exact_batch")}
    monkeypatch.setattr("simimport.model.presets.PRESETS", few)
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
        (["--format", "xml"], "--format is 'xml'; allowed: json, wiremock, msw, vcr."),
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


# how it is polled, and what else it comes from --------------------------------------------------------


def test_it_is_polled_as_the_library_polls_it(tmp_path: Path) -> None:
    words = ["--preset", "crash_midway", "--every", 5, "--start", "importing", "--seed", 2]
    words += ["--faults", '[{"kind": "503", "at_poll": 2}, {"kind": "reset", "every": 4}]']
    words += [word for name in ("json", "wiremock", "msw", "vcr") for word in ("--format", name)]
    printed = call("fixtures", *words, "--out", tmp_path / "a")
    assert (printed.code, printed.out) == (0, "")
    write_fixtures(
        "crash_midway", tmp_path / "b", seed=2, every_s=5, start="importing",
        faults=[{"kind": "503", "at_poll": 2}, {"kind": "reset", "every": 4}],
        formats=("json", "wiremock", "msw", "vcr"),
    )  # fmt: skip
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    for place in ("wiremock/", "msw/", "vcr/"):
        assert f"\n    {place} " in printed.err
    line = printed.err.splitlines()[-1].strip()
    assert process(f"{line} --force --quiet", tmp_path) == (0, "", "")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_faults_may_be_drawn_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('[{"kind": "html", "at_poll": 3}]', encoding="utf-8")
    for name, wish in (("a", tmp_path / "faults.json"), ("b", "rate=1,seed=2,polls=3,kinds=html")):
        assert call("fixtures", "--users", 60, "--faults", wish, "--out", tmp_path / name).code == 0
    assert [fault["at_poll"] for fault in manifest_of(tmp_path / "a")["faults"]] == [3]
    assert [fault["at_poll"] for fault in manifest_of(tmp_path / "b")["faults"]] == [1, 2, 3]


def test_your_own_people_and_who_is_there_already(tmp_path: Path) -> None:
    people, there = tmp_path / "people.csv", tmp_path / "there.csv"
    people.write_text("import_id,email\n1,a@example.com\n2,b@example.com\n", encoding="utf-8")
    there.write_text("import_id,email\n9,b@example.com\n", encoding="utf-8")
    words = ["--staged", people, "--existing", there, "--failure-rate", 0, "--seed", 3]
    printed = call("fixtures", *words, "--out", tmp_path / "a")
    assert printed.code == 0
    taken, taken_too, _, row = printed.err.splitlines()[:4]
    assert taken.endswith("people.csv, read as: commas, header, 2 people")
    assert taken_too.endswith("there.csv, read as: commas, header, 1 person")
    assert row.split()[0] == "people.csv"
    run = simulate(staged=read_users(people), existing=read_users(there), failure_rate=0, seed=3)
    write_fixtures(run, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    done = json.loads((tmp_path / "a" / "states" / "done.json").read_text(encoding="utf-8"))
    assert (done["operation"]["count"]["completed"], done["operation"]["count"]["error"]) == (1, 1)
    line = printed.err.splitlines()[-1].strip()
    assert process(f"{line} --force --quiet", tmp_path) == (0, "", "")


def test_a_recorded_trace(tmp_path: Path) -> None:
    body = simulate(users=60, seed=1).status(8)
    trace = Trace([(0, body), (5, 503, {"error": "busy"}), (10, 0, None), (15, body)])
    path = trace.save(tmp_path / "night.jsonl")
    printed = call("fixtures", "--trace", path, "--every", 2.5, "--format", "msw", "--out", tmp_path / "a")
    assert printed.code == 0
    write_fixtures(trace, tmp_path / "b", every_s=2.5, formats=("msw",))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    line = printed.err.splitlines()[-1].strip()
    assert "--seed" not in line
    assert process(f"{line} --force --quiet", tmp_path) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--trace x.jsonl --preset calm", "--trace is a whole import"),
        ("--trace x.jsonl --users 5", "--trace is a whole import"),
        ("--trace x.jsonl --seed 5", "--trace is a whole import"),
        ("--trace nowhere.jsonl", "nowhere.jsonl"),
        ("--all --staged x.csv", "--all takes the presets as they are"),
        ("--staged x.csv --users 5", "--users and --staged both say"),
        ("--staged nowhere.csv", "nowhere.csv"),
        ("--every 0", "every_s is 0"),
        ("--every x", "every_s is 'x'"),
        ("--start importin", "Did you mean 'importing'?"),
        ("--start loading", "a state that it tells"),
        ("--faults [1", "a list in JSON"),
        ("--faults rate=2", "rate is 2.0"),
    ],
)
def test_what_goes_together_is_checked_before_anything_is_written(
    tmp_path: Path, words: str, message: str
) -> None:
    printed = call("fixtures", *shlex.split(words), "--out", tmp_path / "pack")
    assert (printed.code, printed.out) == (2, "")
    assert message in printed.err
    assert list(tmp_path.iterdir()) == []
