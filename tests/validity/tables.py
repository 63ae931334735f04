"""The parts of what is said, and their rows and tables: worked out by kind, so that processes can share it.

Apart from the command, since what a process is to call cannot stand in the module that is run.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import NamedTuple

__all__ = ["PARTS", "SHARING", "module_of", "rows_of", "rows_of_parts", "section"]

PARTS = (
    "intervals", "forecasts", "strangers", "silences", "checks", "etas", "batch_sizes", "summaries",
    "comparisons",
)  # fmt: skip
#: Parts that ask about the fits of another one are worked out beside it.
SHARING = {"checks": "intervals", "silences": "forecasts"}
#: What each part calls the number of its repetitions.
REPETITIONS = {"batch_sizes": "traces", "etas": "runs", "summaries": "cells"}


def section(part: str, rows: Iterable[NamedTuple]) -> str:
    """Return a part's rows as a table of Markdown, under what it tells."""
    first, _, rest = (module_of(part).__doc__ or "").strip().partition("\n")
    rows = list(rows)
    names = [name.replace("_", " ") for name in rows[0]._fields]
    lines = [f"## {first}", rest.rstrip(), "", _line(names), _line("---" for _ in names)]
    return "\n".join([*lines, *(_line(map(_cell, row)) for row in rows)]) + "\n"


def rows_of_parts(parts: Sequence[str], kind: str, number: int | None) -> dict[str, list[NamedTuple]]:
    """Return the rows of some parts for one kind, by part."""
    return {part: rows_of(part, kind, number) for part in parts}


def rows_of(part: str, kind: str, number: int | None) -> list[NamedTuple]:
    """Return the rows of a part for one kind of what it is about."""
    asked = {} if number is None else {REPETITIONS.get(part, "seeds"): number}
    rows: list[NamedTuple] = module_of(part).table(kinds=[kind], **asked)
    return rows


def module_of(part: str) -> ModuleType:
    """Return the module of a part."""
    return importlib.import_module(f"tests.validity.{part}")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    return str(value)
