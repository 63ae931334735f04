"""The folder of `simimport run --out`: frames as CSV, answers as JSONL, the users, the scenario, the run.

Written aside and renamed, so that there is the whole folder or none. What is in it is made elsewhere.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError
from simimport.model.files import folder_written_aside

if TYPE_CHECKING:
    import pandas as pd

    from simimport.cli.output.terminal import Bar, Talk
    from simimport.model.dialects import Dialect
    from simimport.model.run.run import Run

__all__ = ["FILES", "check_folder", "write_run"]

FRAMES = ("snapshots", "outcomes", "staging")
#: What the folder holds.
FILES = (
    *(f"{name}.csv" for name in FRAMES),
    "users.csv", "answers.jsonl", "scenario.toml", "run.simimport", "summary.json",
)  # fmt: skip
_ROWS_AT_ONCE = 20_000


def check_folder(
    path: str, *, force: bool, kind: str = "run", foreign: Callable[[Path], str | None] | None = None
) -> None:
    """Refuse a folder that cannot be written to, before any work is done.

    Parameters
    ----------
    path : str
    force : bool
        Whether the folder of an earlier one may be replaced.
    kind : str
        What is written, for messages.
    foreign : callable, optional
        Returns what is in a folder and was not written by us, or None; unless given, that of a run.

    Raises
    ------
    ParameterError
        If something is there that is no empty folder; with `force`, if it holds what is foreign.
    """
    target = Path(path)
    if not path or (target.exists() and not target.is_dir()):
        raise ParameterError("--out", path, "a folder; this is none")
    if not target.resolve().parent.is_dir():
        raise ParameterError("--out", path, "a folder inside one that exists")
    if not target.is_dir():
        return
    if Path.cwd().is_relative_to(target.resolve()):
        raise ParameterError("--out", path, "a folder beside or below the current one, such as --out result")
    if any(target.iterdir()) and not force:
        allowed = f"a folder that is new or empty; --force replaces that of an earlier {kind}"
        raise ParameterError("--out", path, allowed)
    name = (foreign or _foreign)(target)
    if name is not None:
        allowed = f"the folder of an earlier {kind}; this one holds other things, such as {name}"
        raise ParameterError("--out", path, allowed)


def _foreign(folder: Path) -> str | None:
    there = sorted(entry.name for entry in folder.iterdir())
    return next((name for name in there if name not in FILES), None)


def write_run(
    talk: Talk, run: Run, dialect: Dialect, told: Mapping[str, Any], folder: Path, *, replace: bool
) -> None:
    """Write everything about a run into a folder, whole or not at all."""
    from simimport.model.people.files import user_lines

    answers = len(run.timeline(dialect))
    total = sum(len(getattr(run, name)) for name in FRAMES) + len(run.users) + answers
    with folder_written_aside(folder, replace=replace) as aside, talk.bar(total, "rows") as bar:
        for name in FRAMES:
            _write_frame(getattr(run, name), aside / f"{name}.csv", bar)
        _write_text(aside / "users.csv", user_lines(_pieces(run.users, bar), "csv"))
        _write_text(aside / "answers.jsonl", _answers(run, dialect, bar))
        run.scenario.save(aside / "scenario.toml")
        run.save(aside / "run.simimport")
        _write_text(aside / "summary.json", iter([json.dumps(told, ensure_ascii=False, indent=2) + "\n"]))
    talk.say()
    talk.say(talk.style(f"Saved in {folder}", bold=True))
    talk.say("\n".join(textwrap.wrap("  ".join(FILES), talk.width - 4)), indent=4)


def _pieces(frame: pd.DataFrame, bar: Bar) -> Iterator[pd.DataFrame]:
    for start in range(0, max(len(frame), 1), _ROWS_AT_ONCE):
        piece = frame.iloc[start : start + _ROWS_AT_ONCE]
        yield piece
        bar(len(piece))


def _write_frame(frame: pd.DataFrame, path: Path, bar: Bar) -> None:
    texts = (
        piece.to_csv(index=False, header=place == 0, lineterminator="\n")
        for place, piece in enumerate(_pieces(frame, bar))
    )
    _write_text(path, texts)


def _answers(run: Run, dialect: Dialect, bar: Bar) -> Iterator[str]:
    for at_s, body in run.responses(dialect=dialect.name):
        yield json.dumps({"at_s": at_s, "body": body}, separators=(",", ":")) + "\n"
        bar(1)


def _write_text(path: Path, texts: Iterator[str]) -> None:
    # what is written is exactly what is yielded: no translation of line ends
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(texts)
