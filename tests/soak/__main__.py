"""`python -m tests.soak [--size full|small] [--seed N] [--part NAME]`: an hour's attacks, and their figures.

Three parts: hostile requests against a server, random sequences of operations against the oracle, and kills
of commands that write. What fails names the seed, and what broke it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from simimport.show.words import counted, duration
from tests.soak import hostile, sequences
from tests.soak.processes import process


def _kills(seed: int, kills: int) -> dict[str, Any]:
    # forks, so it needs a process without threads
    with process("kills", seed, kills) as killer:
        return killer.first


class Part(NamedTuple):
    """A part, and how much of it there is in each size."""

    run: Callable[[int, int], dict[str, Any]]
    unit: str
    full: int
    small: int


PARTS = {
    "hostile": Part(hostile.run, "hostile request", 1_000_000, 5_000),
    "sequences": Part(sequences.run, "random sequence", 100_000, 250),
    "kills": Part(_kills, "kill", 200, 4),
}


def run(name: str, size: str, seed: int) -> dict[str, Any]:
    """Do a part in one of its sizes, and return its figures."""
    part = PARTS[name]
    return part.run(seed, part.full if size == "full" else part.small)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--size", choices=("full", "small"), default="small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--part", choices=tuple(PARTS), help="only this one")
    given = parser.parse_args()
    for name in [given.part] if given.part else PARTS:
        part, begin_s = PARTS[name], perf_counter()
        print(f"{counted(getattr(part, given.size), part.unit)}, seed {given.seed}", flush=True)
        figures = run(name, given.size, given.seed)
        for what, value in figures.items():
            print(f"    {what:<28}{_shown(value)}")
        print(f"    all well after {duration(perf_counter() - begin_s)}", flush=True)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_shown, value))
    return f"{value:,}" if isinstance(value, int) else json.dumps(value)


if __name__ == "__main__":
    main()
