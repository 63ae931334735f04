"""`simimport states`: the table of the model, in four forms."""

from __future__ import annotations

import csv
import io

from simimport import transitions
from simimport.cli.output.columns import width_of
from simimport.model.states import TABLE, Move, mermaid
from tests.cli.command import call


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
