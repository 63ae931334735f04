"""Golden numbers: what presets and seeds gave when they were last looked at, as integers and digests.

No text of Faker's is in them, so they hold for every version of it. `python -m tests.golden` writes them
anew; `python -m tests.golden digest` prints one digest of all that a few runs say, texts included.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport import PRESETS, Run, Scenario, simulate
from simimport.model.dialects import DIALECTS

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).parent
SEEDS = (1, 7, 2**53 - 1)
# of 0 to 100 % of an import's time
PER_CENT = (0, 1, 10, 25, 50, 75, 90, 99, 100)
#: Beside the presets: what none of them has, so that every stream and branch of the engine is here.
OTHERS = {
    "restless": Scenario(users=1000, cancel_rate=0.7, crash_rate=0.5, stall_rate=0.2, failure_clustering=0.3),
    "constant_times": Scenario(users=333, batch_size=7, latency_cv=0, slowdown=0.5),
    "heavy_tails": Scenario(users=2000, latency_cv=10, users_per_s=500),
}
_CUT = "cut_and_branched"
#: The name of every golden file.
NAMES = (*PRESETS, *OTHERS, _CUT)
_DIGESTED = ("page_example", "flaky", "canceled_midway", "crash_midway", "csv_upload")


def content(name: str) -> dict[str, Any]:
    """Return what the golden file of that name should say."""
    if name == _CUT:
        return _cut_and_branched()
    scenario = OTHERS[name] if name in OTHERS else PRESETS[name]
    return {f"seed {seed}": numbers(simulate(scenario, seed=seed)) for seed in SEEDS}


def _cut_and_branched() -> dict[str, Any]:
    run = simulate(PRESETS["flaky"], seed=1)
    half_s = run.duration_s / 2
    return {
        "cancel in the first batch": numbers(run.cancel(8.0)),
        "cancel halfway": numbers(run.cancel(half_s)),
        "cancel before the run": numbers(run.cancel(3.0)),
        "branch halfway": numbers(run.branch(half_s, seed=2, failure_rate=0.5, users_per_s=10.0)),
        "branch with the same seed": numbers(run.branch(half_s, seed=1, latency_cv=0.0)),
    }


def numbers(run: Run) -> dict[str, Any]:
    """Return a run in whole numbers and digests of whole numbers."""
    instants = [run.duration_s * per_cent / 100 for per_cent in PER_CENT]
    return {
        "final": str(run.final),
        "duration_us": round(run.duration_s * 1e6),
        "published": [list(counters(run, at_s)) for at_s in instants],
        "timelines": {name: digest(run.timeline(dialect).rows) for name, dialect in DIALECTS.items()},
        "finished": digest(run.course.finished_us),
        "failed": digest(run.course.failed),
        "reasons": digest(run.course.reasons),
    }


def counters(run: Run, at_s: float) -> tuple[int, int, int, int]:
    """Return what is published at an instant, and the truth."""
    moment = run.at(at_s)
    return moment.completed, moment.error, moment.imported, moment.failed


def digest(array: np.ndarray) -> str:
    """Return a digest of the values of an array, whatever its type and the machine's order of bytes."""
    columns = [array[name] for name in array.dtype.names] if array.dtype.names else [array]
    content = b"".join(column.astype("<i8").tobytes() for column in columns)
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def text(numbers_of_runs: dict[str, Any]) -> str:
    """Return the text of a golden file: JSON with the innermost lists on one line each."""
    spread = json.dumps(numbers_of_runs, indent=1)
    return re.sub(r"\[[\d,\s]+\]", lambda found: "".join(found[0].split()).replace(",", ", "), spread) + "\n"


def digest_of_everything() -> str:
    """Return a digest of every answer in every dialect, and of the users, of a few runs."""
    hashed = hashlib.blake2b(digest_size=16)
    for name in _DIGESTED:
        whole = simulate(PRESETS[name].replace(users=500), seed=11)
        for run in (whole, whole.cancel(9.5)):
            for dialect in DIALECTS:
                hashed.update(json.dumps(list(run.responses(dialect=dialect))).encode())
            for frame in (run.users, run.outcomes, run.snapshots, run.staging):
                hashed.update(frame.to_csv(index=False).encode())
    return hashed.hexdigest()
