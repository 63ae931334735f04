"""The one table of every frame's columns: name, kind, unit and meaning.

`data/columns.csv` is made from it, and a test holds every frame against it. Builds nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["COLUMNS", "Column", "frame", "names", "table"]


class Column(NamedTuple):
    """One column: the kind is ``int64``, ``float64``, ``bool``, ``boolean`` (with gaps) or ``string``."""

    name: str
    kind: str
    unit: str
    missing: bool
    meaning: str


def _c(name: str, kind: str, unit: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, kind, unit, missing, meaning)


_USERS = (
    _c("import_id", "string", "", "its id in the source; several are comma-separated", missing=True),
    _c("username", "string", "", "the name to log in with", missing=True),
    _c("email", "string", "", "the first e-mail address", missing=True),
    _c("extra_emails", "string", "", "further addresses, comma-separated", missing=True),
    _c("name", "string", "", "the person's full name", missing=True),
    _c("roles", "string", "", "role ids, comma-separated", missing=True),
    _c("type", "string", "", "user or bot", missing=True),
    _c("utc_offset", "float64", "hours", "the person's offset from UTC", missing=True),
    _c("bio", "string", "", "a line about the person", missing=True),
    _c("avatar_url", "string", "", "where the picture is", missing=True),
    _c("deleted", "boolean", "", "whether the account is to be inactive", missing=True),
    _c("status_text", "string", "", "what the person says it is doing", missing=True),
)

#: Per frame, its columns in order. Strings are whatever the installed pandas calls a string.
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "transitions": (
        _c("state", "string", "", "the state in which it happens"),
        _c("operation", "string", "", "of the API (new, addUsers, run, clear) or of the job itself"),
        _c("next_state", "string", "", "the state that follows"),
    ),
    "users": _USERS,
    "outcomes": (
        _c("import_id", "string", "", "as in users", missing=True),
        _c("batch", "int64", "", "the batch that the user is in, from 1"),
        _c("finished_s", "float64", "s", "when its processing ended; missing if unreached", missing=True),
        _c("outcome", "string", "", "imported, failed or unreached"),
        _c("reason", "string", "", "why it failed; missing otherwise", missing=True),
    ),
    "staging": (
        *_USERS,
        _c("reason", "string", "", "why it failed, or unreached"),
    ),
    "snapshots": (
        _c("at_s", "float64", "s", "when the published document changed"),
        _c("state", "string", "", "as import.status answers it"),
        _c("step", "string", "", "the importer step"),
        _c("completed", "int64", "users", "published as imported"),
        _c("error", "int64", "users", "published as failed"),
        _c("total", "int64", "users", "published as staged; 0 before any are"),
        _c("remaining", "int64", "users", "total less completed and error"),
        _c("progress", "float64", "", "share of the staged users published as processed; 1 of none"),
        _c("batch", "int64", "batches", "flushed by then; the last of them is the one this row adds"),
        _c("imported", "int64", "users", "imported in truth at that instant"),
        _c("failed", "int64", "users", "failed in truth at that instant"),
    ),
    "journal": (
        _c("call", "int64", "", "its number, from 1"),
        _c("at_s", "float64", "s", "when, on the service's clock"),
        _c("account", "string", "", "the caller's user id"),
        _c("endpoint", "string", "", "what was called"),
        _c("http_status", "int64", "", "with what it was answered; 0 where the connection was reset"),
        _c("state", "string", "", "the state after the call"),
    ),
    "observed": (
        _c("poll", "int64", "", "its number, from 1"),
        _c("asked_s", "float64", "s", "when the client asked"),
        _c("answered_s", "float64", "s", "when the answer came; it tells what was published then"),
        _c("state", "string", "", "as import.status answered it"),
        _c("step", "string", "", "the importer step; missing before the creation", missing=True),
        _c("completed", "int64", "users", "published as imported"),
        _c("error", "int64", "users", "published as failed"),
        _c("total", "int64", "users", "published as staged"),
        _c("updated_at_s", "float64", "s", "the answer's _updatedAt, on the run's clock", missing=True),
        _c("changed", "bool", "", "whether it differs from the answer before; true of the first"),
        _c("staleness_s", "float64", "s", "the age of the document shown", missing=True),
        _c("staleness_users", "int64", "users", "processed in truth by then and not yet published"),
    ),
    "tradeoff": (
        _c("every_s", "float64", "s", "the interval between polls"),
        _c("polls", "float64", "polls", "per import, in the mean"),
        _c("nothing_new", "float64", "", "share of polls that told nothing new"),
        _c("staleness_s", "float64", "s", "age of what is shown, averaged over the import", missing=True),
        _c("staleness_users", "float64", "users", "processed and not shown, averaged alike", missing=True),
        _c("delay_s", "float64", "s", "from the end of the import until the client knows, in the mean"),
        _c("delay_p95_s", "float64", "s", "95th percentile of the same"),
    ),
    "etas": (
        _c("method", "string", "", "the estimator"),
        _c("every_s", "float64", "s", "the interval between polls"),
        _c("run", "int64", "", "which of the runs, from 0"),
        _c("median_error", "float64", "", "of the time left, relative to the true one", missing=True),
        _c("rise_share", "float64", "", "share of estimates that are above the one before", missing=True),
        _c("coverage", "float64", "", "share of polls whose interval holds the truth", missing=True),
    ),
    # before these stand the swept fields, or `scenario`
    "sweep": (
        _c("replicate", "int64", "", "its number within the cell, from 0; all cells share its seed"),
        _c("seed", "int64", "", "of the run: simulate(the row's scenario, seed=seed) makes it again"),
        _c("final", "string", "", "the state in which it ended: done, canceled or error"),
        _c("duration_s", "float64", "s", "from the creation of the operation to its end"),
        _c("importing_s", "float64", "s", "from import.run to the end"),
        _c("ended_itself", "bool", "", "whether no administrator interrupted it: done or error"),
        _c("completed", "int64", "users", "published as imported at the end"),
        _c("error", "int64", "users", "published as failed at the end"),
        _c("imported", "int64", "users", "imported in truth"),
        _c("failed", "int64", "users", "failed in truth"),
    ),
    "summary": (
        _c("runs", "int64", "", "replicates of the cell"),
        *(
            _c(f"{state}{end}", "float64", "", f"{about} the share of runs that ended {state}")
            for state in ("done", "canceled", "error")
            for end, about in (("", "estimate of"), ("_low", "lower limit of"), ("_high", "upper limit of"))
        ),
        *(
            _c(f"{name}{end}_s", "float64", "s", f"{about} {meaning} of runs that ended done", missing=True)
            for name, meaning in (
                ("mean", "the mean duration"), ("q05", "the 5 % quantile of durations"),
                ("median", "the median duration"), ("q95", "the 95 % quantile of durations"),
            )
            for end, about in (("", "estimate of"), ("_low", "lower limit of"), ("_high", "upper limit of"))
        ),
        _c("failed_mean", "float64", "users", "failed in truth per run, in the mean"),
    ),
    "findings": (
        _c("rule", "string", "", "the id of the rule that is broken"),
        _c("severity", "string", "", "error or warning"),
        _c("row", "int64", "", "the answer of the trace, from 0"),
        _c("at_s", "float64", "s", "that answer's instant"),
        _c("message", "string", "", "what is wrong, in a line"),
    ),
    "verdicts": (
        _c("preset", "string", "", "the import that was polled"),
        _c("fault", "string", "", "what was done to the polls; none where nothing was"),
        _c("passed", "bool", "", "whether the poller did as it should"),
        _c("why", "string", "", "what it did, in a line"),
        _c("polls", "int64", "", "how many times it asked"),
        _c("ended_s", "float64", "s", "when it came back, from the run of the operation on", missing=True),
        _c("seed", "int64", "", "of the import and its faults, to play the case again"),
    ),
}


def names(frame_name: str) -> list[str]:
    """Return a frame's column names, in order."""
    return [column.name for column in COLUMNS[frame_name]]


def frame(frame_name: str, data: Mapping[str, Any]) -> pd.DataFrame:
    """Return a DataFrame of this table's columns, in its order and kinds, from arrays by name.

    Strings come as lists or object arrays, missing ones as None.
    """
    import numpy as np
    import pandas as pd

    series: dict[str, Any] = {}
    for column in COLUMNS[frame_name]:
        values = data[column.name]
        if column.kind == "string":
            series[column.name] = pd.Series(values, dtype=_string_dtype())
        elif column.kind == "boolean":
            series[column.name] = pd.array(values, dtype="boolean")
        else:
            series[column.name] = np.asarray(values, dtype=column.kind)
    return pd.DataFrame(series, columns=names(frame_name))


def _string_dtype() -> Any:
    """Return what the installed pandas makes of strings: ``str`` from 3 on, ``object`` before."""
    import pandas as pd

    return pd.Series(["a"]).dtype


def handed_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that its receiver may change while the record stays as it is."""
    import pandas as pd

    # from 3 on pandas copies on write, so a shallow copy is safe
    return frame.copy(deep=int(pd.__version__.split(".")[0]) < 3)


def table() -> pd.DataFrame:
    """Return the table itself: frame, column, kind, unit, missing, meaning."""
    import pandas as pd

    rows = [(name, *column) for name, columns in COLUMNS.items() for column in columns]
    return pd.DataFrame(rows, columns=["frame", "column", "kind", "unit", "missing", "meaning"])
