"""The frames of a run, from the parts of its record; each is made once, when somebody asks.

Column names and kinds come from `columns`; nothing is drawn here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.model import columns
from simimport.model.people.decisions import REASONS
from simimport.model.run.timeline import WORDS
from simimport.model.states import State

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.run.timeline import Timeline
    from simimport.model.run.truth import Truth

__all__ = ["outcomes", "snapshots", "staging"]


def outcomes(users: pd.DataFrame, batch_size: int, truth: Truth) -> pd.DataFrame:
    """Return what became of each staged user."""
    import numpy as np

    reached = truth.processed
    finished_s = np.full(truth.users, np.nan)
    finished_s[:reached] = truth.finished_us / 1e6
    outcome = np.full(truth.users, 2)
    outcome[:reached] = truth.failed
    reason = np.zeros(truth.users, dtype=np.int8)
    reason[:reached] = truth.reasons
    return columns.frame(
        "outcomes",
        {
            "import_id": users["import_id"],
            "batch": np.arange(truth.users) // batch_size + 1,
            "finished_s": finished_s,
            "outcome": columns.worded(("imported", "failed", "unreached"), outcome),
            "reason": columns.worded((None, *REASONS), reason),
        },
    )


def staging(users: pd.DataFrame, outcomes: pd.DataFrame, *, emptied: bool) -> pd.DataFrame:
    """Return who is left in the staging area at the end: nobody where a clear emptied it."""
    left = outcomes["outcome"] != "imported"
    if emptied:
        left[:] = False
    reason = outcomes["reason"].fillna("unreached")[left]
    return users[left].assign(reason=reason).reset_index(drop=True)


def snapshots(timeline: Timeline, final: State, truth: Truth) -> pd.DataFrame:
    """Return what was published, one row per change, beside the truth."""
    import numpy as np

    rows = timeline.rows
    processed = rows["completed"] + rows["error"]
    imported, failed = rows["completed"].copy(), rows["error"].copy()
    if final is State.ERROR:
        # a crash hides what was processed since the last flush
        imported[-1], failed[-1] = truth.counts.imported, truth.counts.failed
    return columns.frame(
        "snapshots",
        {
            "at_s": rows["at_us"] / 1e6,
            **{name: columns.worded(words, rows[name]) for name, words in WORDS.items()},
            "completed": rows["completed"],
            "error": rows["error"],
            "total": rows["total"],
            "remaining": rows["total"] - processed,
            "progress": processed / truth.users if truth.users else np.ones(len(rows)),
            "batch": rows["batch"],
            "imported": imported,
            "failed": failed,
        },
    )
