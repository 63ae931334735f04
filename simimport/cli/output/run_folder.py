"""The folder of `simimport run --out`: frames as CSV, answers as JSONL, the users, the scenario, the run.

Written aside and renamed, so that there is the whole folder or none. What is in it is made elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport.cli.output.columns import wrapped
from simimport.cli.output.spreadsheets import without_formulas
from simimport.model.files import content_of, folder_written_aside
from simimport.show.words import printable

if TYPE_CHECKING:
    import pandas as pd

    from simimport.cli.output.terminal import Bar, Talk
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run

__all__ = ["FILES", "foreign_to_runs", "write_run"]

FRAMES = ("snapshots", "outcomes", "staging")
#: What the folder holds.
FILES = (
    *(f"{name}.csv" for name in FRAMES),
    "users.csv", "answers.jsonl", "scenario.toml", "run.simimport", "summary.json",
)  # fmt: skip
_ROWS_AT_ONCE = 20_000


def foreign_to_runs(folder: Path) -> str | None:
    """Return the name of something in a folder that `write_run` does not write, or None."""
    return next((entry.name for entry in content_of(folder) if entry.name not in FILES), None)


def write_run(
    talk: Talk, run: Run, dialect: Dialect, facts: Mapping[str, Any], folder: Path, *, replace: bool,
    csv_safe: bool = False,
) -> None:  # fmt: skip
    """Write everything about a run into a folder, whole or not at all."""
    from simimport.model.people.files import user_lines

    answers = len(run.timeline(dialect))
    guard = without_formulas if csv_safe else iter
    total = sum(len(getattr(run, name)) for name in FRAMES) + len(run.users) + answers
    with folder_written_aside(folder, replace=replace) as aside, talk.bar(total, "rows") as bar:
        for name in FRAMES:
            _write_pieces(aside / f"{name}.csv", guard(_csv_pieces(getattr(run, name), bar)))
        _write_pieces(aside / "users.csv", guard(user_lines(_frame_pieces(run.users, bar), "csv")))
        _write_pieces(aside / "answers.jsonl", _answer_lines(run, dialect, bar))
        run.scenario.save(aside / "scenario.toml")
        run.save(aside / "run.simimport")
        summary = json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
        _write_pieces(aside / "summary.json", iter([summary]))
    talk.say()
    talk.say(talk.style(f"Saved in {printable(folder)}", bold=True))
    talk.say("\n".join(wrapped("  ".join(FILES), talk.width - 4)), indent=4)


def _frame_pieces(frame: pd.DataFrame, bar: Bar) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(frame), 1), _ROWS_AT_ONCE):
        piece = frame.iloc[start : start + _ROWS_AT_ONCE]
        yield piece
        bar(len(piece))


def _csv_pieces(frame: pd.DataFrame, bar: Bar) -> Iterator[str]:
    for place, piece in enumerate(_frame_pieces(frame, bar)):
        yield piece.to_csv(index=False, header=place == 0, lineterminator="\n")


def _answer_lines(run: Run, dialect: Dialect, bar: Bar) -> Iterator[str]:
    for at_s, body in run.responses(dialect=dialect.name):
        yield json.dumps({"at_s": at_s, "body": body}, separators=(",", ":")) + "\n"
        bar(1)


def _write_pieces(path: Path, texts: Iterator[str]) -> None:
    # what is written is exactly what is yielded: no translation of line ends
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
