"""`simimport states`: the table of states and moves, for people and for machines.

Prints what the model has. Decides nothing.
"""

from __future__ import annotations

import click

from simimport.cli.options import form_given
from simimport.cli.output.columns import columns
from simimport.cli.output.json_text import shown_json
from simimport.cli.output.terminal import give

__all__ = ["states"]

_HEAD = ("state", "operation", "next_state")


@click.command()
@click.option("--format", "form", metavar="NAME", default="text", show_default=True,
              help="text (a table), mermaid (a diagram), csv or json (a row per move).")
def states(form: str) -> None:
    """Show what each operation does in each state."""
    from simimport.model.states import mermaid

    written = form_given(form, {"text": _as_table, "mermaid": mermaid, "csv": _as_csv, "json": _as_json})
    give(written())


def _moves() -> list[tuple[str, str, str]]:
    """Return each move: the state, the operation, and the state that follows."""
    from simimport.model.states import TABLE

    rows = TABLE.items()
    return [(str(state), str(move), str(after)) for state, row in rows for move, after in row.items()]


def _as_table() -> str:
    from simimport.model.states import TABLE, Move

    rows = [("state", *map(str, Move))]
    for state, moves in TABLE.items():
        rows.append((str(state), *(str(moves.get(move, "·")) for move in Move)))
    return "\n".join(columns(rows)) + "\n"


def _as_csv() -> str:
    # no word of the table has a comma or a quote
    return "".join(",".join(row) + "\n" for row in [_HEAD, *_moves()])


def _as_json() -> str:
    return shown_json([dict(zip(_HEAD, row, strict=True)) for row in _moves()])
