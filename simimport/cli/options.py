"""Options: those made from the scenario's fields, what several commands take, and help in sections.

Texts become values here, but whether a value is allowed is the scenario's own question.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simimport.errors import ParameterError, suggestion
from simimport.model.scenario import FIELDS, Scenario
from simimport.show.words import printable

if TYPE_CHECKING:
    import pandas as pd

    from simimport.cli.output.terminal import Talk

__all__ = [
    "Option",
    "Sections",
    "Value",
    "as_typed",
    "command_line",
    "csv_safe_option",
    "encoding_option",
    "fields_given",
    "flags",
    "form_given",
    "is_typed",
    "people_given",
    "scenario_given",
    "scenario_options",
]

T = TypeVar("T")

_METAVARS = {int: "N", float: "X", str: "TEXT"}


class Value(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """A text as the value that it means; what means none stays a text, for the model to refuse in its words.

    Parameters
    ----------
    kind : type
        int, float or str.
    none : bool
        Whether ``none`` means None.
    """

    name = "value"

    def __init__(self, kind: type, *, none: bool = False) -> None:
        self.kind = kind
        self.none = none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value."""
        if not isinstance(value, str):
            return value
        if self.none and value.lower() == "none":
            return None
        for kind in (self.kind, float):
            try:
                return kind(value)
            except ValueError:
                continue
        return value


class Option(click.Option):
    """An option that belongs to a section of the help."""

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Sections(click.Command):
    """A command whose help lists its options in sections, in the order in which they first appear."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; what has none comes last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            # arguments stand in the line of usage
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, "section", "Other"), []).append(record)
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records)


def scenario_options(names: Sequence[str] = tuple(FIELDS)) -> Callable[[Any], Any]:
    """Return a decorator that gives a command an option per field of the scenario."""
    fields = {field.name: field for field in dataclasses.fields(Scenario)}

    def decorate(command: Any) -> Any:
        for name in reversed(names):
            field = fields[name]
            rule, about = field.metadata["rule"], field.metadata["about"]
            decorator = click.option(
                _option_name(name),
                cls=Option,
                section="The scenario",
                type=Value(rule.kind, none=field.default is None),
                metavar=_METAVARS[rule.kind],
                # what is allowed stands in the error, and in the guide: here it would hide the rest
                help=f"{about[0].upper()}{about[1:]}.  [default: {as_typed(field.default)}]",
            )
            command = decorator(command)
        return command

    return decorate


def encoding_option(section: str) -> Callable[[Any], Any]:
    """Return a decorator that gives a command the option ``--encoding``, for `people_given`."""
    return click.option(
        "--encoding", cls=Option, section=section, metavar="NAME",
        help="How files of users are encoded, where it is not UTF-8: cp1252, for example.",
    )  # fmt: skip


def csv_safe_option(section: str) -> Callable[[Any], Any]:
    """Return a decorator that gives a command the option ``--csv-safe``; see `output.spreadsheets`."""
    return click.option(
        "--csv-safe", cls=Option, section=section, is_flag=True,
        help="In CSV, put ' before each cell that a spreadsheet program would run: what begins with = + - @.",
    )  # fmt: skip


def _option_name(name: str) -> str:
    return "--" + name.replace("_", "-")


def fields_given(ctx: click.Context) -> dict[str, Any]:
    """Return the fields of the scenario that the command line or the environment names, and their values."""
    return {name: ctx.params[name] for name in FIELDS if name in ctx.params and is_typed(ctx, name)}


def is_typed(ctx: click.Context, name: str) -> bool:
    """Return whether the command line names an option, or the environment does."""
    given = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)
    return ctx.get_parameter_source(name) in given


def scenario_given(ctx: click.Context, given: Mapping[str, Any]) -> Scenario:
    """Return the scenario that is asked for: a preset's or a file's, with the fields that are named."""
    if given["preset"] is not None and given["scenario"] is not None:
        raise click.UsageError("--preset and --scenario are two scenarios: give one of them.", ctx)
    fields = fields_given(ctx)
    if given.get("staged") is not None and "users" in fields:
        raise click.UsageError("--users and --staged both say how many there are: give one of them.", ctx)
    if given["preset"] is not None:
        from simimport.model.presets import PRESETS

        return PRESETS[given["preset"]].replace(**fields)
    if given["scenario"] is not None:
        return Scenario.load(given["scenario"]).replace(**fields)
    return Scenario(**fields)


def people_given(given: Mapping[str, Any], name: str, talk: Talk) -> pd.DataFrame | None:
    """Return the users of the file that an option names, if it does; say what the file was taken for."""
    path = given[name]
    if path is None:
        return None
    from simimport.model.people.files import read_users
    from simimport.model.people.understood import read_as

    people = read_users(path, encoding=given["encoding"])
    if words := read_as(people):
        talk.say(f"{printable(path)}, {printable(words)}")
    return people


def form_given(name: str, forms: Mapping[str, T]) -> T:
    """Return what stands for a value of ``--format``.

    Raises
    ------
    ParameterError
        If it is none of them.
    """
    if name not in forms:
        raise ParameterError("--format", name, ", ".join(forms), hint=suggestion(name, list(forms)))
    return forms[name]


def flags(values: Mapping[str, Any]) -> list[str]:
    """Return each option with its value, as a shell takes them."""
    return [f"{_option_name(name)} {as_typed(value)}" for name, value in values.items()]


def as_typed(value: object) -> str:
    """Return a value as one types it in a shell; never rounded, and ``none`` for None."""
    if isinstance(value, float):
        return f"{value:.17g}" if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return "none" if value is None else shlex.quote(str(value))


def command_line(ctx: click.Context, values: Mapping[str, Any]) -> str:
    """Return a command line of these options."""
    return " ".join([ctx.command_path, *flags(values)])
