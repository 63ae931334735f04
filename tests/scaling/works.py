"""What is measured: a line of code for each work, and of how much it is done.

Each measurement is a process of its own, so that memory is that of this much and no more.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

__all__ = ["WORKS", "Measured", "Work", "measured"]


class Work(NamedTuple):
    """A work: what is counted, how much of it, what is prepared beforehand, and the line that is timed.

    In both, ``n`` is how much, and ``folder`` a folder that is thrown away.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    before: str
    timed: str


class Measured(NamedTuple):
    """What so much of a work took: seconds, and the bytes beyond those that little of it takes."""

    size: int
    seconds: float
    added_bytes: int


_TRACE = """
run = simulate(users=max(50 * n, 50), seed=1)
path = Trace([(at_s, body) for at_s, body in islice(run.responses(), n)]).save(Path(folder) / "trace.jsonl")
"""

WORKS = (
    Work("one import", "users", (10**3, 10**4, 10**5, 10**6, 10**7, 10**8), "",
         "run = simulate(users=n, seed=1); run.final, run.duration_s"),
    Work("one import, and all that it published", "users", (10**3, 10**4, 10**5, 10**6, 10**7), "",
         "simulate(users=n, seed=1).snapshots"),
    Work("people staged to disk, as Parquet", "users", (10**4, 10**5, 10**6, 10**7), "",
         "for part, people in enumerate(iter_users(Scenario(users=n), seed=1)): "
         "people.to_parquet(Path(folder) / f'{part}.parquet')"),
    Work("a sweep into a store, on one core", "runs", (10**2, 10**3, 10**4, 10**5, 10**6, 10**7), "",
         "sweep(over={'failure_rate': [0.02]}, replicates=n, store=Path(folder) / 'store', progress=False)"),
    Work("a trace read", "answers", (10**2, 10**3, 10**4, 10**5, 10**6), _TRACE, "read_trace(path)"),
    Work("a trace linted", "answers", (10**2, 10**3, 10**4, 10**5, 10**6),
         f"{_TRACE}trace = read_trace(path)\n", "lint(trace)"),
    Work("a trace fitted", "answers", (10**2, 10**3, 10**4, 10**5, 10**6),
         f"{_TRACE}trace = read_trace(path)\n", "fit(trace)"),
)  # fmt: skip

_PROGRAM = """
import json, sys, tempfile, time
from itertools import islice
from pathlib import Path
from simimport import Scenario, Trace, fit, iter_users, lint, read_trace, simulate, sweep

def peak():
    # of this program: what the system calls the resource use has that of whoever started it, too
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024

def done(n, folder):
    names = {**globals(), "n": n, "folder": folder}
    exec(BEFORE, names)
    began, before = time.perf_counter(), peak()
    exec(TIMED, names)
    return time.perf_counter() - began, peak() - before

with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as folder:
    done(100, small)  # all that is loaded and made once
    seconds, added = done(N, folder)
print(json.dumps([seconds, added]))
"""


def measured(work: Work, size: int) -> Measured:
    """Return what so much of a work takes: the shortest of three times, where it is short."""
    program = f"N, BEFORE, TIMED = {size}, {work.before!r}, {work.timed!r}\n{_PROGRAM}"
    found: list[tuple[float, int]] = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{work.name} of {size}: {done.stderr.strip().splitlines()[-1:]}")
        seconds, added = json.loads(done.stdout)
        found.append((seconds, added))
        if seconds > 10:
            break
    return Measured(size, min(seconds for seconds, _ in found), max(added for _, added in found))
