"""`python -m tests.bench [--quick] [--save] [NAMES]`: run the benchmarks and print the table.

NAMES are parts of file names, such as `import`; `--quick` runs fewer rounds and smaller peers; `--save`
writes data/benchmarks.md. Exits with 1 if anything that was promised is missed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.bench.table import Row, aligned, markdown, verdict

FOLDER = Path(__file__).parent
REPORT = FOLDER.parent.parent / "data" / "benchmarks.md"
PEERS = ("simpy", "mimesis", "pytest_httpserver")
LIBRARIES = ("simimport", "numpy", "pandas", "faker", *PEERS)
INTRODUCTION = """\
# Benchmarks

Made by `python -m tests.bench --save`. Each row is ours beside a peer, or beside a limit, run alternately on
the same machine; times are medians. A ratio above 1 means that ours is faster; *wanted* is what was promised,
and a dash means that the row is for information.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAMES", help="parts of file names, such as 'import'")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller peers")
    parser.add_argument("--save", action="store_true", help=f"write {REPORT.name}")
    options = parser.parse_args(arguments)
    known = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    chosen = [name for name in known if not options.names or any(part in name for part in options.names)]
    if not chosen:
        parser.error(f"no benchmark is named so; there are {', '.join(known)}")
    if options.save and chosen != known:
        parser.error("--save wants all benchmarks: leave out the names")

    rows: list[Row] = []
    for name in chosen:
        rows += measured(name, quick=options.quick)
    print(aligned(rows))
    if options.save:
        REPORT.write_text(report(rows, quick=options.quick), encoding="utf-8")
        print(f"written: {REPORT.relative_to(FOLDER.parent.parent)}", file=sys.stderr)
    missed = [row.work for row in rows if verdict(row) == "MISSED"]
    if missed:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def measured(name: str, *, quick: bool) -> list[Row]:
    """Return the rows of one file; where its peer is not installed, one row that says so."""
    print(f"measuring {name} …", file=sys.stderr, flush=True)
    try:
        found: list[Row] = importlib.import_module(f"tests.bench.bench_{name}").rows(quick=quick)
    except ModuleNotFoundError as error:
        if error.name not in PEERS:
            raise
        return [Row(name, "not measured", f"{error.name} is not installed", 0.0, 0)]
    return found


def report(rows: list[Row], *, quick: bool) -> str:
    """Return the text of the report."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    made = f"{day}, {'quick, ' if quick else ''}Python {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{INTRODUCTION}\n{made}, {machine}; {', '.join(map(installed, LIBRARIES))}.\n\n{markdown(rows)}\n"


def installed(library: str) -> str:
    """Return a library and its version, or that it is missing."""
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"{library} (not installed)"


if __name__ == "__main__":
    sys.exit(main())
