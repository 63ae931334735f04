"""Every frame and every column, from the one table that frames are made of."""

from __future__ import annotations

from simimport.model.columns import COLUMNS, INDEXES, Column

from .markdown import PLACE, anchor, page, table

__all__ = ["pages"]

_ABOUT = """\
Everything that has many rows is a pandas DataFrame, and each has the columns below, in this order. The same
table is {py:func}`simimport.columns` in Python, and `data/columns.csv` in the repository.

The types are those of NumPy, but for `string`, which is whatever the installed pandas calls a string, and
`boolean`, which is pandas' own, with gaps. Instants and durations are seconds and end in `_s`. What
`in_words()` of a frame returns has the same columns, as texts for people."""

#: Where each frame comes from.
SOURCES = {
    "transitions": "{py:func}`simimport.transitions`: a row per legal move.",
    "users": (
        "{py:func}`simimport.stage`, {py:func}`simimport.iter_users` and {py:func}`simimport.read_users`, "
        "`Run.users`, and `ImportService.imported`: a row per person, in import order."
    ),
    "outcomes": "`Run.outcomes`, the truth: a row per staged user.",
    "staging": "`Run.staging` and `ImportService.staging`: a row per user who is left in the staging area.",
    "snapshots": (
        "`Run.snapshots`: a row per change of the published document, beside the truth at that instant."
    ),
    "journal": "`ImportService.journal`: a row per call, the last 100,000.",
    "answers": "`Trace.to_frame()`: a row per recorded answer.",
    "observed": "{py:func}`simimport.observe`: a row per poll of one client.",
    "tradeoff": "{py:func}`simimport.polling_tradeoff`: a row per polling interval.",
    "etas": "{py:func}`simimport.compare_etas`: a row per method, interval and run.",
    "estimates": "`Fit.estimates`: a row per parameter.",
    "bands": "`Forecast.bands`: a row per group of batches that is still to come.",
    "checks": "`Fit.check()`: a row per question that was put to the recordings.",
    "sweep": (
        "{py:func}`simimport.sweep`: a row per cell and replicate. Before these columns stand the swept "
        "fields, or `scenario` where a list or `PRESETS` was swept."
    ),
    "summary": "{py:func}`simimport.summarize`: a row per cell; the swept fields are its index.",
    "comparison": "{py:func}`simimport.compare`: a row per measure.",
    "findings": "{py:func}`simimport.lint`: a row per broken rule and answer; [every rule](lint-rules.md).",
    "verdicts": (
        "{py:func}`simimport.check_poller` and {py:func}`simimport.check_client`: a row per import and "
        "trouble."
    ),
}


def pages() -> dict[str, str]:
    """Return the page of frames."""
    parts = [_ABOUT, table(["frame", "of"], [(_link(name), SOURCES[name]) for name in COLUMNS])]
    for name, columns in COLUMNS.items():
        parts += [f"## {name}", SOURCES[name], _columns(INDEXES.get(name), columns)]
    return {f"{PLACE}/frames.md": page("Frames and columns", *parts, "## Find a column", _index())}


def _columns(index: Column | None, columns: tuple[Column, ...]) -> str:
    rows = [(f"`{index.name}` (index)", index.kind, index.unit, index.meaning)] if index else []
    rows += [(f"`{column.name}`", column.kind, column.unit, _meaning(column)) for column in columns]
    return table(["column", "type", "unit", "meaning"], rows)


def _meaning(column: Column) -> str:
    return column.meaning + (
        " *(may be missing)*" if column.missing and "missing" not in column.meaning else ""
    )


def _link(frame: str) -> str:
    return f"[`{frame}`]({anchor(frame)})"


def _index() -> str:
    places: dict[str, list[str]] = {}
    for frame, columns in COLUMNS.items():
        for column in columns:
            places.setdefault(column.name, []).append(_link(frame))
    return table(["column", "in"], [(f"`{name}`", ", ".join(places[name])) for name in sorted(places)])
