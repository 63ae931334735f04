"""`simimport presets`: the named scenarios, for people and for machines.

Prints what the model has. Decides nothing.
"""

from __future__ import annotations

from typing import Any

import click

from simimport.cli.options import flags
from simimport.cli.output.columns import NO_BREAK, wrapped
from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import Talk, give

__all__ = ["presets"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, by name.")
def presets(as_json: bool) -> None:
    """List the scenarios that are named for what people see."""
    from simimport.model.presets import PRESETS

    if as_json:
        entries: dict[str, Any] = {
            name: {
                "about": PRESETS.about(name),
                "differs": scenario.changed(),
                "scenario": scenario.to_dict(),
            }
            for name, scenario in PRESETS.items()
        }
        give(shown_json(entries))
        return
    begin = max(map(len, PRESETS)) + 2
    width = Talk().width
    lines = []
    for name, scenario in PRESETS.items():
        lines.append(f"{name:{begin}}{PRESETS.about(name)}")
        # an option stays on one line with its value
        options = " ".join(flag.replace(" ", NO_BREAK) for flag in flags(scenario.changed()))
        lines += wrapped(options, width, first=" " * begin, rest=" " * begin)
    give("\n".join(lines) + "\n")
