"""Works out how often what is said holds: python -m tests.validity [PART ...] [--seeds N] [--save].

Each part is a module beside this one, which says what it tells and what is promised of it; with a promise
that is broken it ends with 1. With --save the whole goes into data/validity.md; it takes an hour or so on two
cores.
"""

from __future__ import annotations

import argparse
import importlib
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tqdm import tqdm

PARTS = ("intervals", "forecasts", "strangers", "silences", "checks", "etas", "batch_sizes", "summaries")
PATH = Path(__file__).parents[2] / "data" / "validity.md"
INTRODUCTION = """\
# How often what is said holds

Made by `python -m tests.validity --save`; seeds are given, so that it comes out the same.
"""
#: Parts that ask about the fits of another one are worked out beside it.
SHARING = {"checks": "intervals", "silences": "forecasts"}
#: What each part calls the number of its repetitions.
REPETITIONS = {"batch_sizes": "traces", "etas": "runs", "summaries": "cells"}


def section(part: str, rows: Iterable[NamedTuple]) -> str:
    """Return a part's rows as a table of Markdown, under what it tells."""
    first, _, rest = (_module(part).__doc__ or "").strip().partition("\n")
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
    rows: list[NamedTuple] = _module(part).table(kinds=[kind], **asked)
    return rows


def _module(part: str) -> ModuleType:
    return importlib.import_module(f"tests.validity.{part}")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def main() -> None:
    """Print the parts that are asked for, or save all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; else all of them")
    parser.add_argument("--seeds", type=int, help="how many repetitions; else as many as the tests have")
    parser.add_argument("--save", action="store_true", help=f"write all of them to {PATH.name}")
    asked = parser.parse_args()
    parts = asked.parts or PARTS
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"no part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for part in parts:
        for kind in _module(part).KINDS:
            together[SHARING.get(part, part), kind].append(part)
    # processes of which none inherits what another has loaded
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        kinds = [kind for _, kind in together]
        several = pool.map(rows_of_parts, together.values(), kinds, repeat(asked.seeds))
        found = list(tqdm(several, total=len(kinds), unit="kind", file=sys.stderr))
    rows: dict[str, list[NamedTuple]] = {part: [] for part in parts}
    for of_kind in found:
        for part, some in of_kind.items():
            rows[part] += some
    broken = [(part, row) for part in parts for row in _module(part).broken(rows[part])]
    whole = INTRODUCTION + "".join(f"\n{section(part, rows[part])}" for part in parts)
    print(whole)
    if asked.save:
        PATH.write_text(whole, encoding="utf-8")
    for part, row in broken:
        print(f"{part} breaks what it promises: {row}", file=sys.stderr)
    if broken:
        sys.exit(1)


if __name__ == "__main__":
    main()
