"""The command line: every command and every option, as click has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

import click

from simimport.cli import COMMANDS, main
from simimport.cli.options import Option
from simimport.model.scenario import FIELDS

from .markdown import PLACE, code, page, table

__all__ = ["EXAMPLES", "SCENARIO", "commands", "pages"]

_ABOUT = """\
`simimport COMMAND --help` says the same. Data goes to standard output and talk to standard error, so that
it pipes; `--quiet` leaves the data alone. Every command takes `-h` and `--help`, and `simimport --version`
tells the version."""

_CODES = (
    ("0", "it worked; of `lint` and `check-poller`: nothing is wrong"),
    ("1", "something failed, such as a full disk; of `lint` and `check-poller`: something was found"),
    ("2", "the input is bad: the message says what, where and what is allowed"),
)

#: The section of the help whose options several commands have, and that is described once.
SCENARIO = "The scenario"
_SHARED = """\
`run`, `sweep`, `serve` and `fixtures` take an option per parameter of an import. They change what
`--preset` or `--scenario` gives; without either, the default scenario. [Parameters](parameters.md) says
what each means and may be. Where the default is `none`, the word `none` is allowed."""

#: A line to begin with, of each command.
EXAMPLES = {
    "run": "simimport run --preset stalls_at_99 --seed 7 --at 200 --quiet",
    "sweep": "simimport sweep --over failure_rate=0,0.1 --over users=500,2000 --summary",
    "serve": (
        "simimport serve --preset crash_midway --autostart --clock poll --step 5 --port 8080 --token secret"
    ),
    "dashboard": "simimport dashboard --preset slows_down",
    "fixtures": "simimport fixtures --preset crash_midway --format json --format wiremock --out crash",
    "record": "SIMIMPORT_TOKEN=… simimport record http://localhost:3000 --user-id … --out night.jsonl",
    "lint": "simimport lint --strict night.jsonl",
    "check-poller": "simimport check-poller --client --fault 503 my_loop:wait_for_import",
    "users": "simimport users --users 100000 --format csv --out people.csv",
    "schema": "simimport schema --dialect server-8.3 --openapi",
    "presets": "simimport presets --json",
    "states": "simimport states --format mermaid",
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its name."""
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        if command is None:
            raise LookupError(name)
        yield name, command


def pages() -> dict[str, str]:
    """Return the page of the command line."""
    overview = [(f"[`simimport {name}`](#simimport-{name})", about) for name, about in COMMANDS.items()]
    parts = [_ABOUT, table(["command", "what it does"], overview)]
    parts += ["## Exit codes", table(["code", "means"], _CODES)]
    parts += [f"## {SCENARIO}", _SHARED, _options([p for p in _of_run() if _shared(p)])]
    for name, command in commands():
        parts += _command(name, command)
    return {f"{PLACE}/cli.md": page("Command line", *parts)}


def _of_run() -> list[click.Parameter]:
    return dict(commands())["run"].params


def _shared(parameter: click.Parameter) -> bool:
    return getattr(parameter, "section", "") == SCENARIO


def _command(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=f"simimport {name}")
    usage = command.get_usage(context).removeprefix("Usage: ")
    parts = [f"## simimport {name}", _text(command.help or ""), code("text", " ".join(usage.split()))]
    parts += ["For example:", code("text", EXAMPLES[name])]
    prefix = command.context_settings.get("auto_envvar_prefix")
    sections: dict[str, list[click.Parameter]] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            sections.setdefault(getattr(parameter, "section", "Options"), []).append(parameter)
    for section, options in sections.items():
        if section == SCENARIO and len(options) > len(FIELDS) / 2:
            parts.append(_as_shared(options, prefix))
        else:
            parts += [f"**{section}**", _options(options, prefix)]
    return parts


def _as_shared(options: list[click.Parameter], prefix: str | None) -> str:
    names = {option.name for option in options}
    absent = [
        f"`{parameter.opts[0]}`"
        for parameter in _of_run()
        if _shared(parameter) and parameter.name not in names
    ]
    text = f"Beside these, the options of [the scenario](#{SCENARIO.lower().replace(' ', '-')})"
    text += f", but not {' and '.join(absent)}, which the calls decide" if absent else ""
    return text + (f"; from the environment `{prefix}_USERS` and so on." if prefix else ".")


def _options(options: list[click.Parameter], prefix: str | None = None) -> str:
    rows = [_row(option, prefix) for option in options if isinstance(option, click.Option)]
    if any(variable for *_, variable in rows):
        return table(["option", "default", "meaning", "environment"], rows)
    return table(["option", "default", "meaning"], [row[:3] for row in rows])


def _row(option: click.Option, prefix: str | None) -> tuple[str, str, str, str]:
    meaning, default = _default(option)
    value = "" if option.is_flag else f" {_value(option)}"
    names = ", ".join(f"`{name}{value}`" for name in sorted(option.opts, key=len, reverse=True))
    again = (
        " May come again." if option.multiple and "again" not in meaning and "several" not in meaning else ""
    )
    return (
        names,
        default,
        meaning + again + (" Required." if option.required else ""),
        _variable(option, prefix),
    )


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "[" + "/".join(map(str, option.type.choices)) + "]"
    return option.metavar or "TEXT"


def _default(option: click.Option) -> tuple[str, str]:
    """Return what an option means, and its default; it stands in the help where it is no plain value."""
    text = " ".join(_text(option.help or "").split())
    if found := re.fullmatch(r"(.*?) *\[default: (.+)\]", text):
        is_value = isinstance(option, Option) and getattr(option, "section", "") == SCENARIO
        return found[1], f"`{found[2]}`" if is_value else found[2]
    if option.is_flag or option.default is None or "UNSET" in repr(option.default):
        return text, ""
    value = option.default
    return text, f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _variable(option: click.Option, prefix: str | None) -> str:
    if isinstance(option.envvar, str):
        return f"`{option.envvar}`"
    return f"`{prefix}_{option.name.upper()}`" if prefix and option.name else ""


def _text(text: str) -> str:
    """Return words of the help as Markdown: options and what a shell would take are code."""
    return re.sub(r"(?<![\w`-])(--[a-z][\w-]*|'(?= before))", lambda found: f"`{found[0]}`", cleandoc(text))
