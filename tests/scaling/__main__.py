"""Works out how cost grows: python -m tests.scaling [WORK ...] [--most N] [--save].

WORK is a part of a name; --most leaves out what is more than so much of it. With --save the whole goes into
data/scaling.md and its picture; it takes three quarters of an hour. An exponent is the slope of the
logarithms of the seconds, where a work takes at least 5 ms: 1 is linear.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from simimport.show.words import duration, number, size
from tests.scaling.served import Polled, polled
from tests.scaling.works import WORKS, Measured, Work, measured

DATA = Path(__file__).parents[2] / "data"
REPORT, PICTURE = DATA / "scaling.md", DATA / "pictures" / "scaling.png"
INTRODUCTION = """\
# How cost grows

Made by `python -m tests.scaling --save`. Each line is a process of its own; times are the shortest of three
where they are short. Memory is how far its peak rises while the line runs, beyond that of a hundred of the
same: 0 B is within what was taken before. The exponent is the slope of the logarithms of the times from
{least} on: 1 is linear, less is better.

![Seconds over how much, for each work](pictures/scaling.png)
"""
#: Shorter ones are mostly what a call costs whatever it does.
_LEAST_S = 0.005
#: More than the most of any work.
_ALL = 10**9


def main() -> None:
    """Measure what is asked for, print it, and save the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help="a part of a name; else all, and the server")
    parser.add_argument("--most", type=int, default=_ALL, help="leave out what is more than so much")
    parser.add_argument("--save", action="store_true", help=f"write all of it to {REPORT.name}")
    asked = parser.parse_args()
    for part in asked.works:
        if not any(part in work.name for work in WORKS):
            parser.error(f"no work is named {part!r}; there are: {'; '.join(work.name for work in WORKS)}")
    chosen = [work for work in WORKS if not asked.works or any(part in work.name for part in asked.works)]
    if asked.save and (asked.works or asked.most < _ALL):
        parser.error("--save wants all of them: leave out the names and --most")
    found: dict[Work, list[Measured]] = {}
    for work in chosen:
        found[work] = []
        for much in work.sizes:
            if much <= asked.most:
                print(f"{work.name}: {number(much)} {work.unit} …", file=sys.stderr, flush=True)
                found[work].append(measured(work, much))
    served = [] if asked.works else polled()
    text = report(found, served)
    print(text)
    if asked.save:
        REPORT.write_text(text, encoding="utf-8")
        draw(found)


def exponent(rows: Sequence[Measured]) -> float:
    """Return the slope of the logarithms of the times that are long enough; NaN of fewer than two."""
    long = [(row.size, row.seconds) for row in rows if row.seconds >= _LEAST_S]
    if len(long) < 2:
        return float("nan")
    sizes, seconds = np.log(np.array(long, dtype=float)).T
    return float(np.polyfit(sizes, seconds, 1)[0])


def in_words(rows: Sequence[Measured]) -> str:
    """Return the exponent in words."""
    slope = exponent(rows)
    return "too short to tell" if np.isnan(slope) else f"exponent {slope:.2f}"


def report(found: dict[Work, list[Measured]], served: Sequence[Polled]) -> str:
    """Return the text of the report."""
    made = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    parts = [f"{INTRODUCTION.format(least=duration(_LEAST_S))}\n{made}.\n"]
    for work, rows in found.items():
        lines = [f"\n## {work.name[0].upper()}{work.name[1:]}: {in_words(rows)}\n"]
        lines += [f"| {work.unit} | time | each | memory |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {number(row.size)} | {duration(row.seconds)} | {row.seconds / row.size * 1e6:.3g} µs "
            f"| {size(row.added_bytes)} |"
            for row in rows
        ]
        parts.append("\n".join(lines) + "\n")
    if served:
        lines = [
            "\n## A server, and its connections\n",
            "| connections | polls a second | p99 | a plain application on the same uvicorn |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {row.connections} | {row.per_s:,.0f} | {row.p99_ms:.1f} ms | {row.plain_per_s:,.0f} |"
            for row in served
        ]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def draw(found: dict[Work, list[Measured]]) -> None:
    """Draw all works, seconds over how much, both in logarithms."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    ax = figure.subplots()
    for work, rows in found.items():
        label = f"{work.name} ({work.unit}): {in_words(rows)}"
        ax.loglog([row.size for row in rows], [row.seconds for row in rows], marker="o", label=label)
    ax.loglog([1e2, 1e8], [1e-4, 1e2], color="0.5", linestyle=":", label="linear: 1 µs each")
    ax.set(xlabel="how much", ylabel="seconds")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize="small")
    figure.savefig(PICTURE, dpi=120)


if __name__ == "__main__":
    main()
