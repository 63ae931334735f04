"""What a run comes to, as one object for machines: `simimport run --json` and summary.json.

Reads the record only; no frame is made for it, so that pandas is loaded by those who need it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simimport.model.run.stays import stays

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run

__all__ = ["answer_of", "facts_of", "failed_users"]


def facts_of(run: Run, dialect: Dialect, at_s: float | None, command: str) -> dict[str, Any]:
    """Return a run's end, counters, states and answer, as JSON can say them.

    ``final`` and ``truth`` are the record's own; ``published``, ``states`` and ``answer`` are in the words of
    the dialect. ``answer`` is that at `at_s`, or the last.
    """
    timeline = run.timeline(dialect)
    last = timeline.change(len(timeline) - 1)
    answer = answer_of(run, dialect, at_s)
    return {
        "final": str(run.final),
        "duration_s": run.duration_s,
        "importing_s": None if math.isnan(run.importing_s) else run.importing_s,
        "seed": run.seed,
        "scenario": run.scenario.to_dict(),
        "dialect": dialect.name,
        "published": {
            "completed": last.completed,
            "error": last.error,
            "total": last.total,
            "remaining": last.total - last.completed - last.error,
        },
        "truth": run.counts._asdict(),
        "reasons": run.truth.reason_counts,
        "states": [
            {
                "state": str(stay.state),
                "at_s": stay.from_s,
                "lasted_s": stay.lasted_s if math.isfinite(stay.to_s) else None,
            }
            for stay in stays(timeline)
        ],
        "at_s": at_s,
        "answer": answer,
        "command": command,
        "code": run.code,
        "versions": dict(run.versions),
    }


def answer_of(run: Run, dialect: Dialect, at_s: float | None) -> dict[str, Any]:
    """Return what ``import.status`` answers at an instant; None stands for the end."""
    return run.status(run.duration_s + 1 if at_s is None else at_s, dialect=dialect.name)


def failed_users(run: Run) -> list[dict[str, Any]]:
    """Return each user that failed, and why, in the order of the import."""
    outcomes, users = run.outcomes, run.users
    failed = (outcomes["outcome"] == "failed").to_numpy()
    kept = users.loc[failed, ["import_id", "username", "email", "name"]]
    kept = kept.assign(reason=outcomes["reason"][failed])
    kept = kept.astype(object).where(kept.notna(), None)
    names = list(kept.columns)
    cells = zip((failed.nonzero()[0] + 1).tolist(), *(kept[name].tolist() for name in names), strict=True)
    return [dict(zip(("row", *names), row, strict=True)) for row in cells]
