"""The frames of a run, each made once, when somebody asks; and what counts as a frame of users.

Column names and kinds come from `columns`; nothing is drawn here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.errors import UsersError, brief
from simimport.model import columns
from simimport.model.decisions import REASONS
from simimport.model.states import State

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.run import Run

__all__ = ["as_users", "handed_out", "outcomes", "snapshots", "staging", "users"]


def handed_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that its receiver may change while the record stays as it is."""
    import pandas as pd

    # from 3 on pandas copies on write, so a shallow copy is safe
    return frame.copy(deep=int(pd.__version__.split(".")[0]) < 3)


def as_users(frame: Any, name: str) -> pd.DataFrame:
    """Return a frame with every column of users, in order, from one that may lack optional ones.

    Raises
    ------
    UsersError
        If it is no DataFrame, lacks ``email`` or ``username``, or has columns that users do not have.
    """
    import pandas as pd

    known = columns.names("users")
    if not isinstance(frame, pd.DataFrame):
        raise UsersError(name, [(0, "", f"a DataFrame of users is wanted, not {brief(frame)}")])
    bad = [(0, str(column), "no column of users") for column in frame.columns if column not in known]
    bad += [(0, column, "the column is missing") for column in ("username", "email") if column not in frame]
    if bad:
        wanted = (0, "", "columns of users are " + " ".join(known))
        raise UsersError(name, [*bad, wanted])
    nothing = [None] * len(frame)
    # missing cells of any kind become None, so that one check for a missing cell is enough
    data = {
        column: frame[column].astype(object).where(frame[column].notna(), None).tolist()
        if column in frame
        else nothing
        for column in known
    }
    return columns.frame("users", data)


def users(run: Run) -> pd.DataFrame:
    """Return the staged users."""
    from simimport.model.users import stage

    if run.given is not None:
        return run.given
    first = run.course.segments[0]
    return stage(first.scenario, seed=first.seed)


def outcomes(run: Run) -> pd.DataFrame:
    """Return what became of each staged user."""
    import numpy as np

    course, processed = run.course, run.ending.processed
    n = course.users
    kinds = np.array(["imported", "failed", "unreached"], dtype=object)
    why = np.array([None, *REASONS], dtype=object)
    reached = np.arange(n) < processed
    return columns.frame(
        "outcomes",
        {
            "import_id": run.users["import_id"],
            "batch": np.arange(n) // run.scenario.batch_size + 1,
            "finished_s": np.where(reached, course.finished_us / 1e6, np.nan),
            "outcome": kinds[np.where(reached, course.failed.astype(np.int8), 2)],
            "reason": why[np.where(reached, course.reasons, 0)],
        },
    )


def staging(run: Run) -> pd.DataFrame:
    """Return who is left in the staging area at the end."""
    outcome = run.outcomes
    left = outcome["outcome"] != "imported"
    if run.clear_us is not None:
        left[:] = False
    kept = run.users[left]
    reason = outcome["reason"].fillna("unreached")[left]
    return kept.assign(reason=reason).reset_index(drop=True)


def snapshots(run: Run) -> pd.DataFrame:
    """Return what was published, one row per change, beside the truth."""
    import numpy as np

    story = run.timeline()
    rows, n = story.rows, run.course.users
    processed = rows["completed"] + rows["error"]
    imported, failed = rows["completed"].copy(), rows["error"].copy()
    if run.final is State.ERROR:
        # a crash hides what was processed since the last flush
        failed[-1] = run.course.failed[: run.ending.processed].sum()
        imported[-1] = run.ending.processed - failed[-1]
    return columns.frame(
        "snapshots",
        {
            "at_s": rows["at_us"] / 1e6,
            "state": story.words("state"),
            "step": story.words("step"),
            "completed": rows["completed"],
            "error": rows["error"],
            "total": rows["total"],
            "remaining": rows["total"] - processed,
            "progress": processed / n if n else np.ones(len(rows)),
            "batch": rows["batch"],
            "imported": imported,
            "failed": failed,
        },
    )
