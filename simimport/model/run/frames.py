"""The frames of a run, each made once, when somebody asks; and what counts as a frame of users.

Column names and kinds come from `columns`; nothing is drawn here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.errors import UsersError, brief
from simimport.model import columns
from simimport.model.people.api_body import cells
from simimport.model.people.decisions import REASONS
from simimport.model.states import State

if TYPE_CHECKING:
    import pandas as pd

    from simimport.model.run.run import Run

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
    there = list(frame.columns)
    bad += [(0, column, "the column is there twice") for column in known if there.count(column) > 1]
    if bad:
        wanted = (0, "", "columns of users are " + " ".join(known))
        raise UsersError(name, [*bad, wanted])
    if wrong := _wrong_cells(frame):
        raise UsersError(name, wrong)
    return columns.frame("users", {column: cells(frame, column) for column in known})


def _wrong_cells(frame: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Return every cell that its column cannot hold: row from 1, column, what is wrong."""
    import numpy as np
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    kinds: dict[str, tuple[tuple[type, ...], str]] = {
        # numbers are read as texts: ids often are numbers
        "string": ((str, int, float, np.number), "a text"),
        "float64": ((int, float, np.number), "a number"),
        "boolean": ((bool, np.bool_), "true or false"),
    }
    wrong = []
    for column in columns.COLUMNS["users"]:
        if column.name not in frame:
            continue
        dtype = frame[column.name].dtype
        # what a frame of ours has needs no look at each cell
        if column.kind == "string" and isinstance(dtype, pd.StringDtype):
            continue
        is_bool = is_bool_dtype(dtype)
        if column.kind == "boolean" and is_bool:
            continue
        if column.kind == "float64" and is_numeric_dtype(dtype) and not is_bool:
            continue
        allowed, wanted = kinds[column.kind]
        cells = frame[column.name].astype(object).where(frame[column.name].notna(), None).tolist()
        for row, cell in enumerate(cells, start=1):
            fits = isinstance(cell, allowed) and (column.kind == "boolean" or not isinstance(cell, bool))
            if cell is not None and not fits:
                wrong.append((row, column.name, f"{brief(cell)} is not {wanted}"))
    return sorted(wrong, key=lambda cell: cell[0])


def users(run: Run) -> pd.DataFrame:
    """Return the staged users."""
    from simimport.model.people.generated import stage

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
