"""`simimport presets` and `simimport states`: what there is, for people and for machines.

Prints tables that live in the model. Decides nothing.
"""

from __future__ import annotations

import json
import textwrap
from typing import Any

import click

from simimport.cli.output.columns import columns
from simimport.cli.output.terminal import Talk, give
from simimport.errors import ParameterError, suggestion

__all__ = ["presets", "states"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, by name.")
def presets(as_json: bool) -> None:
    """List the scenarios that are named for what people see."""
    from simimport.cli.options import flags
    from simimport.model.presets import PRESETS

    if as_json:
        known: dict[str, Any] = {
            name: {
                "about": PRESETS.about(name),
                "differs": scenario.changed(),
                "scenario": scenario.to_dict(),
            }
            for name, scenario in PRESETS.items()
        }
        give(json.dumps(known, ensure_ascii=False, indent=2) + "\n")
        return
    width = max(map(len, PRESETS))
    lines = []
    for name, scenario in PRESETS.items():
        # an option stays on one line with its value
        differs = " ".join(flag.replace(" ", "\0") for flag in flags(scenario.changed()))
        shown = textwrap.wrap(differs, Talk().width - width - 2, break_on_hyphens=False)
        lines.append(f"{name:{width}}  {PRESETS.about(name)}")
        lines += [" " * (width + 2) + line.replace("\0", " ") for line in shown]
    give("\n".join(lines) + "\n")


@click.command()
@click.option("--format", "form", metavar="NAME", default="text", show_default=True,
              help="text (a table), mermaid (a diagram), csv or json (a row per move).")
def states(form: str) -> None:
    """Show what each operation does in each state."""
    from simimport.model.states import mermaid

    tell = {"text": _text, "mermaid": mermaid, "csv": _csv, "json": _json}
    if form not in tell:
        raise ParameterError("format", form, ", ".join(tell), hint=suggestion(form, list(tell)))
    give(tell[form]())


def _moves() -> list[tuple[str, str, str]]:
    from simimport.model.states import TABLE

    return [(str(a), str(operation), str(b)) for a, row in TABLE.items() for operation, b in row.items()]


def _text() -> str:
    from simimport.model.states import TABLE, Move

    rows = [("state", *map(str, Move))]
    for state, moves in TABLE.items():
        rows.append((str(state), *(str(moves.get(operation, "·")) for operation in Move)))
    return "\n".join(columns(rows)) + "\n"


def _csv() -> str:
    # no word of the table has a comma or a quote
    return "".join(",".join(row) + "\n" for row in [("state", "operation", "next_state"), *_moves()])


def _json() -> str:
    rows = [dict(zip(("state", "operation", "next_state"), move, strict=True)) for move in _moves()]
    return json.dumps(rows, indent=2) + "\n"
