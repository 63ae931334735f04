"""The one table of every frame's columns: name, kind, unit and meaning.

`data/columns.csv` is made from it, and a test holds every frame against it. Builds nothing else.
Kept whole: it is one table, and whoever adds a frame finds all of them here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import ParameterError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = [
    "COLUMNS", "INDEXES", "Column", "columns", "dtypes", "frame", "handed_out", "names", "string_dtype",
    "table", "worded",
]  # fmt: skip


class Column(NamedTuple):
    """One column: the kind is ``int64``, ``float64``, ``bool``, ``boolean`` (with gaps) or ``string``."""

    name: str
    kind: str
    unit: str
    meaning: str
    missing: bool = False


_USERS = (
    Column("import_id", "string", "", "its id in the source; several are comma-separated", missing=True),
    Column("username", "string", "", "the name to log in with", missing=True),
    Column("email", "string", "", "the first e-mail address", missing=True),
    Column("extra_emails", "string", "", "further addresses, comma-separated", missing=True),
    Column("name", "string", "", "the person's full name", missing=True),
    Column("roles", "string", "", "role ids, comma-separated", missing=True),
    Column("type", "string", "", "user or bot", missing=True),
    Column("utc_offset", "float64", "hours", "the person's offset from UTC", missing=True),
    Column("bio", "string", "", "a line about the person", missing=True),
    Column("avatar_url", "string", "", "where the picture is", missing=True),
    Column("deleted", "boolean", "", "whether the account is to be inactive", missing=True),
    Column("status_text", "string", "", "what the person says it is doing", missing=True),
)

#: Per frame, its columns in order. Strings are whatever the installed pandas calls a string.
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "transitions": (
        Column("state", "string", "", "the state in which it happens"),
        Column("operation", "string", "", "of the API (new, addUsers, run, clear) or of the job itself"),
        Column("next_state", "string", "", "the state that follows"),
    ),
    "users": _USERS,
    "outcomes": (
        Column("import_id", "string", "", "as in users", missing=True),
        Column("batch", "int64", "", "the batch that the user is in, from 1"),
        Column("finished_s", "float64", "s", "when its processing ended; missing if unreached", missing=True),
        Column("outcome", "string", "", "imported, failed or unreached"),
        Column("reason", "string", "", "why it failed; missing otherwise", missing=True),
    ),
    "staging": (
        *_USERS,
        Column("reason", "string", "", "why it failed, or unreached"),
    ),
    "snapshots": (
        Column("at_s", "float64", "s", "when the published document changed"),
        Column("state", "string", "", "as import.status answers it"),
        Column("step", "string", "", "the importer step"),
        Column("completed", "int64", "users", "published as imported"),
        Column("error", "int64", "users", "published as failed"),
        Column("total", "int64", "users", "published as staged; 0 before any are"),
        Column("remaining", "int64", "users", "total less completed and error"),
        Column("progress", "float64", "", "share of the staged users published as processed; 1 of none"),
        Column("batch", "int64", "batches", "flushed by then; the last of them is the one this row adds"),
        Column("imported", "int64", "users", "imported in truth at that instant"),
        Column("failed", "int64", "users", "failed in truth at that instant"),
    ),
    "journal": (
        Column("call", "int64", "", "its number, from 1"),
        Column("at_s", "float64", "s", "when, on the service's clock"),
        Column("account", "string", "", "the caller's user id"),
        Column("endpoint", "string", "", "what was called"),
        Column("http_status", "int64", "", "with what it was answered; 0 where the connection was reset"),
        Column("state", "string", "", "the state after the call"),
        Column("fault", "string", "", "the kind of the fault that struck it", missing=True),
        Column("payload", "string", "", "what was sent, up to 10,000 characters", missing=True),
    ),
    "answers": (
        Column("answered_s", "float64", "s", "when the answer was received, on the trace's clock"),
        Column("http_status", "int64", "", "with what it was answered; 0 where no answer came"),
        Column("state", "string", "", "as import.status answered it", missing=True),
        Column("step", "string", "", "the importer step", missing=True),
        Column("valid", "boolean", "", "whether the operation is valid, as the body says", missing=True),
        Column("completed", "float64", "users", "published as imported", missing=True),
        Column("error", "float64", "users", "published as failed", missing=True),
        Column("total", "float64", "users", "published as staged", missing=True),
        Column("updated_at_s", "float64", "s", "the body's _updatedAt, after the operation's ts", True),
        Column("ts", "string", "", "the operation's ts: tells one import from another", missing=True),
    ),
    "observed": (
        Column("poll", "int64", "", "its number, from 1"),
        Column("asked_s", "float64", "s", "when the client asked"),
        Column("answered_s", "float64", "s", "when the answer came; it tells what was published then"),
        Column("state", "string", "", "as import.status answered it"),
        Column("step", "string", "", "the importer step; missing before the creation", missing=True),
        Column("completed", "int64", "users", "published as imported"),
        Column("error", "int64", "users", "published as failed"),
        Column("total", "int64", "users", "published as staged"),
        Column("updated_at_s", "float64", "s", "the answer's _updatedAt, on the run's clock", missing=True),
        Column("changed", "bool", "", "whether it differs from the answer before; true of the first"),
        Column("staleness_s", "float64", "s", "the age of the document shown", missing=True),
        Column("staleness_users", "int64", "users", "processed in truth by then and not yet published"),
    ),
    "tradeoff": (
        Column("every_s", "float64", "s", "the interval between polls"),
        *(
            Column(f"{name}{end}", "float64", unit, f"{about}{meaning}", bool(end) or can_miss)
            for name, unit, meaning, can_miss in (
                ("polls", "polls", "the mean of polls per import", False),
                ("nothing_new", "", "the mean share of polls that told nothing new", False),
                ("staleness_s", "s", "the mean age of what is shown, over the time of importing", True),
                ("staleness_s_p95", "s", "the age of what is shown, 95th percentile over that time", True),
                ("staleness_s_max", "s", "the largest age of what is shown, in all imports", True),
                ("staleness_users", "users", "the mean of users processed and not shown, likewise", True),
                ("delay_s", "s", "the mean time from the end until the client knows", False),
                ("delay_p95_s", "s", "the 95th percentile of the same, over imports", False),
            )
            for end, about in (("", ""), ("_low", "lower limit of "), ("_high", "upper limit of "))
        ),
    ),
    "etas": (
        Column("method", "string", "", "the estimator"),
        Column("every_s", "float64", "s", "the interval between polls"),
        Column("run", "int64", "", "which of the runs, from 0"),
        Column("median_error", "float64", "", "of the time left, relative to the true one", missing=True),
        Column("rise_share", "float64", "", "share of estimates that are above the one before", missing=True),
        Column("coverage", "float64", "", "share of polls whose interval holds the truth", missing=True),
    ),
    "estimates": (
        Column("estimate", "float64", "", "the median of what is likely; in the parameter's own unit", True),
        Column("low", "float64", "", "lower limit of it", missing=True),
        Column("high", "float64", "", "upper limit of it", missing=True),
    ),
    "bands": (
        Column("processed", "int64", "users", "published as processed: now, and after each group of batches"),
        Column("at_s", "float64", "s", "when so many will be published, the median; infinite if ever"),
        Column("low_s", "float64", "s", "lower limit of when"),
        Column("high_s", "float64", "s", "upper limit of when"),
        Column("error", "float64", "users", "published as failed by then, the median"),
        Column("error_low", "float64", "users", "lower limit of these"),
        Column("error_high", "float64", "users", "upper limit of these"),
    ),
    "checks": (
        Column("statistic", "float64", "", "of the test: the median over draws", missing=True),
        Column("p", "float64", "", "how often the model's own imports differ as much or more", missing=True),
        Column("verdict", "string", "", "fits, does not fit or not known"),
        Column("meaning", "string", "", "what that means, and what to do about it"),
    ),
    # before these stand the swept fields, or `scenario`
    "sweep": (
        Column("replicate", "int64", "", "its number within the cell, from 0; all cells share its seed"),
        Column("seed", "int64", "", "of the run: simulate(the row's scenario, seed=seed) makes it again"),
        Column("final", "string", "", "the state in which it ended: done, canceled or error"),
        Column("duration_s", "float64", "s", "from the creation of the operation to its end"),
        Column("importing_s", "float64", "s", "from import.run to the end"),
        Column("ended_itself", "bool", "", "whether no administrator interrupted it: done or error"),
        Column("completed", "int64", "users", "published as imported at the end"),
        Column("error", "int64", "users", "published as failed at the end"),
        Column("imported", "int64", "users", "imported in truth"),
        Column("failed", "int64", "users", "failed in truth"),
    ),
    "summary": (
        Column("runs", "int64", "", "replicates of the cell"),
        *(
            Column(f"{state}{end}", "float64", "", f"{about} the share of runs that ended {state}")
            for state in ("done", "canceled", "error")
            for end, about in (("", "estimate of"), ("_low", "lower limit of"), ("_high", "upper limit of"))
        ),
        *(
            Column(
                f"{name}{end}_s", "float64", "s", f"{about} {meaning} of runs that ended done", missing=True
            )
            for name, meaning in (
                ("mean", "the mean duration"),
                ("q05", "the 5 % quantile of durations"),
                ("median", "the median duration"),
                ("q95", "the 95 % quantile of durations"),
            )
            for end, about in (("", "estimate of"), ("_low", "lower limit of"), ("_high", "upper limit of"))
        ),
        Column("failed_mean", "float64", "users", "failed in truth per run, in the mean"),
    ),
    "comparison": (
        Column("first", "float64", "", "its mean over the pairs, or the share of them, in the first", True),
        Column("second", "float64", "", "the same in the second", True),
        Column("difference", "float64", "", "of the second from the first: above 0 where it has more", True),
        Column("low", "float64", "", "lower limit of the difference", True),
        Column("high", "float64", "", "upper limit of the difference", True),
        Column("p", "float64", "", "how often pairs differ as much or more by chance", True),
    ),
    "findings": (
        Column("rule", "string", "", "the id of the rule that is broken"),
        Column("severity", "string", "", "error or warning"),
        Column("row", "int64", "", "the answer of the trace, from 0"),
        Column("at_s", "float64", "s", "that answer's instant"),
        Column("message", "string", "", "what is wrong, in a line"),
    ),
    "verdicts": (
        Column("preset", "string", "", "the import that was polled"),
        Column("fault", "string", "", "what was done to the polls; none where nothing was"),
        Column("passed", "bool", "", "whether the poller did as it should"),
        Column("why", "string", "", "what it did, in a line"),
        Column("polls", "int64", "", "how many times it asked"),
        Column(
            "ended_s", "float64", "s", "when it came back, from the run of the operation on", missing=True
        ),
        Column("seed", "int64", "", "of the import and its faults, to play the case again"),
    ),
}

#: Per frame whose index has a name of its own, that index; that of `summary` are the swept fields.
INDEXES: Mapping[str, Column] = {
    "estimates": Column("parameter", "string", "", "the field of Scenario, or night_cv: how nights differ"),
    "checks": Column("check", "string", "", "what was checked, such as times, halves or failures"),
    "comparison": Column("measure", "string", "", "what is compared; done, canceled and error are shares"),
}


def names(frame_name: str) -> list[str]:
    """Return a frame's column names, in order."""
    return [column.name for column in COLUMNS[frame_name]]


def frame(frame_name: str, data: Mapping[str, Any]) -> pd.DataFrame:
    """Return a DataFrame of this table's columns, in its order and kinds, from arrays by name.

    Strings come as lists or object arrays, missing ones as None, or from `worded`.
    """
    import numpy as np
    import pandas as pd

    # What pandas would come to after a look at each value is given: the kinds of columns, and both indexes.
    # Numbers are copied here, once; pandas would copy them together, which takes longer.
    made: dict[int, Any] = {}
    for place, (name, kind) in enumerate(dtypes(frame_name).items()):
        values = data[name]
        if isinstance(kind, np.dtype) and not kind.hasobject:
            made[place] = np.array(values, dtype=kind)
        elif isinstance(values, pd.api.extensions.ExtensionArray) and values.dtype == kind:
            made[place] = values.copy()
        else:
            made[place] = pd.array(values, dtype=kind)
    index = pd.RangeIndex(max(map(len, made.values())))
    found = pd.DataFrame(made, index, copy=not _copies_on_write())
    # a view: whoever names the columns of one frame names no other's
    found.columns = _names_index(frame_name).view()
    return found


@cache
def _names_index(frame_name: str) -> pd.Index:
    """Return a frame's column names as pandas keeps them."""
    import pandas as pd

    return pd.Index(names(frame_name))


@cache
def dtypes(frame_name: str) -> Mapping[str, Any]:
    """Return the dtype of each column of a table."""
    import numpy as np
    import pandas as pd

    of_pandas = {"string": string_dtype(), "boolean": pd.BooleanDtype()}
    return {
        column.name: of_pandas[column.kind] if column.kind in of_pandas else np.dtype(column.kind)
        for column in COLUMNS[frame_name]
    }


def worded(words: tuple[str | None, ...], codes: Any) -> Any:
    """Return a column of strings, of which each is one of a few: by its place among them."""
    return _array_of(words).take(codes)


@cache
def _array_of(words: tuple[str | None, ...]) -> Any:
    import pandas as pd

    return pd.array(words, dtype=string_dtype())


@cache
def string_dtype() -> Any:
    """Return what the installed pandas makes of strings: ``str`` from 3 on, ``object`` before."""
    import pandas as pd

    return pd.Series(["a"]).dtype


@cache
def _copies_on_write() -> bool:
    """Return whether whoever changes a frame changes no other that shares its columns: from pandas 3 on."""
    import pandas as pd

    return int(pd.__version__.split(".")[0]) >= 3


def handed_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that its receiver may change while the record stays as it is."""
    return frame.copy(deep=not _copies_on_write())


def table() -> pd.DataFrame:
    """Return the table itself: frame, column, kind, unit, missing, meaning; an index before the columns."""
    import pandas as pd

    rows = [
        (name, *column)
        for name, listed in COLUMNS.items()
        for column in ((INDEXES[name], *listed) if name in INDEXES else listed)
    ]
    found = pd.DataFrame(rows, columns=["frame", "column", "kind", "unit", "meaning", "missing"])
    return found[["frame", "column", "kind", "unit", "missing", "meaning"]]


def columns(frame: str | None = None) -> pd.DataFrame:
    """Return what each column of each frame is: its type, its unit, and what it means.

    Parameters
    ----------
    frame : str, optional
        The name of one frame; all of them where it is left out.

    Returns
    -------
    DataFrame
        Index ``frame`` and ``column``; ``dtype`` (its name in the installed pandas), ``unit`` ("" where it
        has none) and ``meaning``. Where a frame's own index has a meaning, it stands before the columns.

    Raises
    ------
    ParameterError
        If there is no such frame.

    Notes
    -----
    ===========================  =======================================================================
    transitions                  of `transitions`
    users                        of `stage`, `iter_users` and `read_users`, a Run, and who is ``imported``
                                 by an ImportService
    outcomes, snapshots          of a Run
    staging                      of a Run, and of an ImportService: while it works, as ``users``
    journal                      of an ImportService
    answers                      of ``Trace.to_frame()``
    observed, tradeoff, etas     of `observe`, `polling_tradeoff` and `compare_etas`
    estimates, checks            of a Fit; ``Fit.check()`` returns its checks
    bands                        of a Forecast
    sweep, summary, comparison   of `sweep`, `summarize` and `compare`
    findings                     of `lint`
    verdicts                     of `check_poller` and `check_client`
    ===========================  =======================================================================

    A sweep's frame begins with the swept fields, and a summary has them as its index: what they mean stands
    in `Scenario`. What ``in_words()`` returns has the same columns, as texts.

    Examples
    --------
    >>> columns("snapshots").loc[("snapshots", "batch")].tolist()
    ['int64', 'batches', 'flushed by then; the last of them is the one this row adds']
    >>> columns().loc["comparison"].index.tolist()
    ['measure', 'first', 'second', 'difference', 'low', 'high', 'p']
    """
    if frame is not None and (not isinstance(frame, str) or frame not in COLUMNS):
        raise ParameterError("frame", frame, ", ".join(COLUMNS), hint=suggestion(frame, list(COLUMNS)))
    found = table()
    if frame is not None:
        found = found[found["frame"] == frame]
    found["dtype"] = found["kind"].replace("string", str(string_dtype()))
    return found.set_index(["frame", "column"])[["dtype", "unit", "meaning"]]
