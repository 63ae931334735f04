"""What `simimport run` says to a person, and what it gives to a pipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simimport import PRESETS, simulate
from simimport.cli.output.columns import width_of
from simimport.show.words import percent
from tests.cli.command import call


def test_data_goes_to_one_stream_and_talk_to_the_other() -> None:
    printed = call("run", "--users", 200, "--seed", 7)
    assert printed.code == 0
    assert printed.json == simulate(users=200, seed=7).status(1e6)
    assert "200 users" in printed.err


def test_the_default_is_the_import_of_the_page() -> None:
    assert call("run", "-q").json["operation"]["count"]["total"] == 8000


def test_the_answer_is_that_of_the_instant_and_the_dialect() -> None:
    run = simulate(users=200, seed=7)
    printed = call("run", "--users", 200, "--seed", 7, "--at", 9, "--dialect", "server-8.3")
    assert printed.json == run.status(9, dialect="server-8.3")
    moment = run.at(9)
    assert "At 9 s: importing" in printed.err
    assert f"{moment.completed + moment.error} of 200 published" in printed.err
    assert f"in truth {moment.imported + moment.failed}" in printed.err


@pytest.mark.parametrize(
    ("at_s", "heading"), [("7.031", "At 7.031 s"), ("3000", "At 50 min"), ("90.25", "At 1 min 30.25 s")]
)
def test_an_instant_is_the_one_that_was_asked_for(at_s: str, heading: str) -> None:
    assert f"  {heading}: " in call("run", "--users", 5, "--seed", 1, "--at", at_s).err


def test_before_the_creation_there_is_no_operation() -> None:
    printed = call("run", "--users", 5, "--seed", 1, "--at", -3)
    assert printed.json == {"success": True, "state": "none"}
    assert "At -3 s: none" in printed.err


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_every_preset_is_told_within_the_width(preset: str, columns: int) -> None:
    printed = call("run", "--preset", preset, "--seed", 7, columns=columns)
    run = simulate(PRESETS[preset], seed=7)
    assert printed.code == 0
    assert printed.err.splitlines()[1].split()[1] == str(run.final)
    # only what is to be copied may be longer: cut in two it would be of no use
    talk = printed.err.split("To have it again")[0]
    assert max(map(width_of, talk.splitlines())) <= columns
    assert not any(line != line.rstrip() for line in printed.err.splitlines())


def test_states_come_with_their_times() -> None:
    printed = call("run", "--preset", "csv_upload", "--seed", 7)
    assert re.search(r"^  new +0 s +2 s\b", printed.err, re.MULTILINE)
    assert re.search(r"^  loading +2 s +12 s\b", printed.err, re.MULTILINE)
    assert re.search(r"^  ready +14 s +5 s\b", printed.err, re.MULTILINE)
    assert re.search(r"^  importing +19 s +[\d.]+ s\b", printed.err, re.MULTILINE)
    assert re.search(r"^  done +[\d.]+ s$", printed.err, re.MULTILINE)


def test_counters_are_those_published_and_those_in_truth() -> None:
    run = simulate(PRESETS["crash_midway"], seed=7)
    printed = call("run", "--preset", "crash_midway", "--seed", 7)
    end = run.snapshots.iloc[-1]
    for name, published, truth in [
        ("imported", end["completed"], end["imported"]),
        ("failed", end["error"], end["failed"]),
        ("not reached", end["remaining"], 2000 - end["imported"] - end["failed"]),
    ]:
        assert re.search(rf" {name} +{published:,} +{truth:,}$", printed.err, re.MULTILINE)
    hidden = end["imported"] + end["failed"] - end["completed"] - end["error"]
    assert hidden > 0
    assert f"{hidden} users were processed after the last flush and never published." in printed.err


def test_failures_are_counted_by_reason() -> None:
    counts = simulate(users=500, failure_rate=0.2, seed=7).outcomes["reason"].value_counts()
    printed = call("run", "--users", 500, "--failure-rate", 0.2, "--seed", 7)
    for reason, number in counts.items():
        share = percent(number / counts.sum())
        assert re.search(rf"^  {reason} +{number} +{share}", printed.err, re.MULTILINE)
    assert "missing-email" not in printed.err


def test_a_stall_a_crash_and_a_cancel_are_named() -> None:
    assert "stalled for 10 min, from" in call("run", "--preset", "stalls_at_99", "--seed", 7).err
    assert re.search(r"✖ crashed at [\d.]+ s", call("run", "--preset", "crash_midway", "--seed", 7).err)
    canceled = call("run", "--preset", "canceled_midway", "--seed", 7).err
    assert re.search(r"■ canceled at [\d.]+ s, asked at [\d.]+ s", canceled)


def test_users_of_a_file_are_named_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "username,email,name\nann,ann@example.com,Ann\nbob,,Bob\nann,ann2@example.com,Ann the Second\n"
        "cid,ann@example.com,Cid\n李,li@example.com,李小龍\neve,fail.server-error@example.com,Eve\n",
        encoding="utf-8",
    )
    printed = call("run", "--staged", path, "--failure-rate", 0, "--seed", 1)
    table = printed.err.split("Users that failed")[1].split("\n\n")[0].splitlines()[2:]
    assert [line.split() for line in table] == [
        ["3", "bob", "–", "missing-email"],
        ["4", "ann", "ann2@example.com", "duplicate-username"],
        ["5", "cid", "ann@example.com", "duplicate-email"],
        ["7", "eve", "fail.server-error@example.com", "server-error"],
    ]
    assert f"users = read_users({str(path)!r})" in printed.err


def test_a_long_list_of_failed_users_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("".join(f"u{number},,\n" for number in range(100)), encoding="utf-8")
    printed = call("run", "--staged", path, "--seed", 1)
    assert printed.err.count("missing-email") == 41  # and once among the reasons
    assert "… and 60 more, all of them in staging.csv with --out" in printed.err


def test_names_of_others_cannot_move_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\x1b[2Jeve,,Eve\n", encoding="utf-8")
    printed = call("run", "--staged", path, "--seed", 1)
    assert "\x1b" not in printed.err
    assert "�[2Jeve" in printed.err


def test_who_is_on_the_server_already_fails(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"username":"a","emails":["a@example.com"],"importIds":["1"]}\n', encoding="utf-8")
    printed = call("run", "--staged", path, "--existing", path, "--seed", 1, "--json").json
    assert [user["reason"] for user in printed["failed_users"]] == ["duplicate-email"]


@pytest.mark.parametrize(
    "words",
    [
        ["--preset", "flaky", "--failure-rate", "0.3"],
        ["--preset", "crash_midway", "--crash-at", "none"],
        ["--users", "300", "--epoch", "now", "--dialect", "server-7.4"],
    ],
)
def test_the_command_that_is_shown_makes_the_same_run(words: list[str]) -> None:
    first = call("run", *words)
    command = next(line.strip() for line in first.err.splitlines() if line.startswith("    simimport run"))
    again = call(*command.split()[1:])
    assert again.out == first.out
    # the talk too, but for the command itself, in which `now` has become an instant
    assert again.err.split("To have it again")[0] == first.err.split("To have it again")[0]


def test_the_line_of_python_makes_the_same_run() -> None:
    printed = call("run", "--preset", "flaky", "--users", 300)
    line = printed.err.strip().splitlines()[-1].strip()
    assert eval(line, {"simulate": simulate}).status(1e6) == printed.json  # noqa: S307 - our own line


def test_quiet_is_quiet() -> None:
    printed = call("run", "--users", 50, "--seed", 1, "--quiet")
    assert printed.err == ""
    assert printed.json["state"] == "done"


def test_two_calls_say_the_same_to_the_byte() -> None:
    words = ("run", "--preset", "flaky", "--seed", 11)
    assert call(*words) == call(*words)
    assert call(*words, "--json") == call(*words, "--json")


def test_without_a_seed_one_is_drawn_and_shown() -> None:
    seeds = {call("run", "--users", 1, "--json").json["seed"] for _ in range(3)}
    assert len(seeds) > 1


def test_fields_go_before_presets_and_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("users = 70\nfailure_rate = 1\n", encoding="utf-8")
    from_file = call("run", "--scenario", path, "--users", 60, "--seed", 1, "--json").json
    assert (from_file["scenario"]["users"], from_file["truth"]["failed"]) == (60, 60)
    preset = call("run", "--preset", "all_fail", "--users", 60, "--seed", 1, "--json").json
    assert (preset["scenario"]["users"], preset["truth"]["failed"]) == (60, 60)


def test_every_field_has_an_option() -> None:
    words = {
        "users": "120", "batch_size": "10", "failure_rate": "0.1", "failure_clustering": "0.2",
        "cancel_rate": "0.3", "cancel_at": "0.4", "crash_rate": "0.5", "crash_at": "0.6", "users_per_s": "7",
        "latency_cv": "0.8", "slowdown": "0.9", "stall_rate": "0.11", "stall_at": "0.12", "stall_s": "13",
        "importer": "csv", "new_s": "14", "loading_s": "15", "ready_s": "16", "locale": "de_DE",
        "epoch": "2020-01-02T03:04:05.006Z",
    }  # fmt: skip
    options = [word for name, value in words.items() for word in ("--" + name.replace("_", "-"), value)]
    kept = call("run", *options, "--seed", 1, "--json").json["scenario"]
    assert {name: str(value).removesuffix(".0") for name, value in kept.items()} == words
