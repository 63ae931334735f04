"""Works out how often what is said holds: python -m tests.validity [PART ...] [--seeds N] [--save].

Each part is a module beside this one, which says what it tells and what is promised of it; with a promise
that is broken it ends with 1. With --save the whole goes into data/validity.md; it takes an hour or so on two
cores.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from tests.validity.tables import PARTS, SHARING, module_of, rows_of_parts, section

PATH = Path(__file__).parents[2] / "data" / "validity.md"
INTRODUCTION = """\
# How often what is said holds

Made by `python -m tests.validity --save`; seeds are given, so that it comes out the same.
"""


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
        for kind in module_of(part).KINDS:
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
    broken = [(part, row) for part in parts for row in module_of(part).broken(rows[part])]
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
