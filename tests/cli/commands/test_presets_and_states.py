"""`simimport presets`, `simimport states`, the help and the version."""

from __future__ import annotations

import csv
import io
import json

import click
import pytest

import simimport
from simimport import PRESETS, Scenario, transitions
from simimport.cli import COMMANDS, main
from simimport.cli.output.columns import width_of
from simimport.model.scenario import FIELDS
from simimport.model.states import TABLE, Move, mermaid
from tests.cli.command import call


def test_presets_are_listed_with_what_differs() -> None:
    lines = call("presets").out.splitlines()
    for name in PRESETS:
        assert any(line.split()[0] == name and line.endswith(PRESETS.about(name)) for line in lines)
    assert "--users 5000 --stall-at 0.99 --stall-s 600" in " ".join(" ".join(lines).split())
    assert max(map(width_of, lines)) <= 100


def test_the_options_of_a_preset_are_the_preset() -> None:
    for name, options in zip(PRESETS, _parts(call("presets").out), strict=True):
        said = call("run", *options.split(), "--seed", 1, "--json")
        assert Scenario.from_dict(said.json["scenario"]) == PRESETS[name]


def _parts(text: str) -> list[str]:
    """Return the options under each name."""
    parts: list[str] = []
    for line in text.splitlines():
        if line.startswith(" "):
            parts[-1] += line
        else:
            parts.append("")
    return parts


def test_presets_for_machines() -> None:
    known = call("presets", "--json").json
    assert list(known) == list(PRESETS)
    for name, entry in known.items():
        assert entry["about"] == PRESETS.about(name)
        assert Scenario.from_dict(entry["scenario"]) == Scenario.from_dict(entry["differs"]) == PRESETS[name]


def test_states_as_a_table() -> None:
    lines = call("states").out.splitlines()
    assert lines[0].split() == ["state", *map(str, Move)]
    rows = {line.split()[0]: zip(Move, line.split()[1:], strict=True) for line in lines[1:]}
    assert {state: {of: then for of, then in row if then != "·"} for state, row in rows.items()} == TABLE
    assert max(map(width_of, lines)) <= 80


def test_states_for_machines() -> None:
    rows = transitions().to_dict("records")
    assert call("states", "--format", "json").json == rows
    assert list(csv.DictReader(io.StringIO(call("states", "--format", "csv").out))) == rows
    assert call("states", "--format", "mermaid").out == mermaid()


def test_the_version() -> None:
    assert call("--version").out == f"simimport {simimport.__version__}\n"


def test_the_help_names_each_subcommand_as_it_names_itself() -> None:
    text = call("--help").out
    context = click.Context(main)
    for name, (_, about) in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert str(command.help).splitlines()[0] == about
        assert about in text


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_subcommand_has_help(name: str) -> None:
    said = call(name, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: simimport {name} ")


def test_the_help_of_run_has_every_field() -> None:
    text = call("run", "--help").out
    for field in FIELDS:
        assert f"--{field.replace('_', '-')} " in text


def test_presets_are_json_without_what_json_does_not_have() -> None:
    json.loads(call("presets", "--json").out, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
