"""The help of the group and of each command, and the version."""

from __future__ import annotations

import click
import pytest

import simimport
from simimport.cli import COMMANDS, main
from simimport.model.scenario import FIELDS
from tests.cli.command import call


def test_the_version() -> None:
    assert call("--version").out == f"simimport {simimport.__version__}\n"


def test_the_help_names_each_subcommand_as_it_names_itself() -> None:
    text = call("--help").out
    context = click.Context(main)
    for name, about in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert str(command.help).splitlines()[0] == about
        assert about in text


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_subcommand_has_help(name: str) -> None:
    printed = call(name, "--help")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith(f"Usage: simimport {name} ")


def test_the_help_of_run_has_every_field() -> None:
    text = call("run", "--help").out
    for field in FIELDS:
        assert f"--{field.replace('_', '-')} " in text
