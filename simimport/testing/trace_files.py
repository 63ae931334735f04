"""read_trace: a trace from a file of lines, a fixture pack or a folder of bodies; right, or not at all.

What cannot be read is refused with its file and its line. Nothing is written here.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simimport.errors import ParameterError, TraceError, brief
from simimport.memory import uncollected
from simimport.model.files import content_of, read_text
from simimport.testing.answer import facts_of
from simimport.testing.json_lines import parsed
from simimport.testing.traces import Recorded, Trace, recorded

__all__ = ["SEQUENCE", "places", "read_trace"]

#: The file of a fixture pack that holds its answers with their instants.
SEQUENCE = "sequence.jsonl"

_KEYS = ("at_s", "http_status", "body")
_KEYS_ALLOWED = frozenset(_KEYS)
# a folder with one of these is read by it: a fixture pack, and what `simimport run --out` writes
_SEQUENCES = (SEQUENCE, "answers.jsonl")


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Return the trace in a file or a folder.

    Parameters
    ----------
    path : path
        UTF-8, one of:

        * JSONL, an answer per line: ``at_s`` (seconds) and ``body``; ``http_status`` where it is not 200.
          As `Trace.save`, `record` and ``simimport run --out`` write it. Blank lines are left out.
        * The folder of a fixture pack, or of ``simimport run --out``: its timed sequence.
        * A folder of ``.json`` files in the natural order of their names, each such an answer, or the body of
          one with 200 alone. Such a body is dated by the earliest instant at which it could have been given:
          its ``_updatedAt`` after its ``ts``, or the instant before where that is later.

    Raises
    ------
    TraceError
        If it cannot be read as a trace: no answers, a line that is cut, other JSON, another encoding. Its
        `line` says where.

    Examples
    --------
    >>> import tempfile
    >>> from simimport import Trace, simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = Trace(simulate(users=60, seed=1).responses()).save(folder + "/night.jsonl")
    ...     read_trace(saved)
    Trace(9 answers in 8.7 s: new → ready → importing → done)
    """
    source = Path(path)
    file = _file_of_all(source)
    answers = _of_bodies(source) if file is None else _of_lines(file)
    return Trace(answers, path=source)


def places(path: str | os.PathLike[str]) -> list[tuple[Path, int]]:
    """Return for each answer of `read_trace` its file, and its line there, from 1.

    Raises
    ------
    TraceError
        If it cannot be read.
    """
    file = _file_of_all(Path(path))
    if file is None:
        return [(body_file, 1) for body_file in _body_files(Path(path))]
    return [(file, number) for number, _ in _numbered_lines(_file_text(file))]


def _file_of_all(source: Path) -> Path | None:
    """Return the file that has all answers; None for a folder that has one each."""
    if not source.is_dir():
        return source
    return next((source / name for name in _SEQUENCES if (source / name).is_file()), None)


# a file with a line for each answer -------------------------------------------------------------------


def _of_lines(path: Path) -> list[Recorded]:
    with uncollected():
        lines = _numbered_lines(_file_text(path))
        answers = [_answer_of(_parsed_json(line, path, number), path, number) for number, line in lines]
    if not answers:
        raise TraceError(path, 0, 'there are no answers in it; wanted: one {"at_s": …, "body": …} per line')
    return answers


def _numbered_lines(content: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, each with its number from 1."""
    return ((number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip())


# a folder with a file for each answer -----------------------------------------------------------------


def _of_bodies(folder: Path) -> list[Recorded]:
    answers: list[Recorded] = []
    for file in _body_files(folder):
        content = _parsed_json(_file_text(file, stream=False), file, 0)
        if isinstance(content, dict) and "at_s" in content:
            answers.append(_answer_of(content, file, 0))
        elif isinstance(content, dict) and "state" in content:
            before_s = answers[-1].at_s if answers else 0.0
            answers.append(Recorded(max(before_s, _earliest_s(content)), 200, content))
        else:
            wanted = 'wanted: a body with a state, or {"at_s": …, "http_status": …, "body": …}'
            raise TraceError(file, 0, f"this is no answer of import.status, but {brief(content)}; {wanted}")
    return answers


def _body_files(folder: Path) -> list[Path]:
    files = sorted((file for file in content_of(folder) if file.match("*.json")), key=_natural_key)
    if not files:
        raise TraceError(folder, 0, "there are no .json files in this folder")
    return files


def _natural_key(path: Path) -> list[tuple[int, str]]:
    """Return a key by which ``answer-10`` comes after ``answer-9``."""
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", path.name)]


def _earliest_s(body: dict[str, Any]) -> float:
    """Return when a body can have been given, in seconds after the creation of its operation."""
    updated_s = facts_of(body).updated_s
    return 0.0 if math.isnan(updated_s) else updated_s


# what both have ---------------------------------------------------------------------------------------


def _file_text(path: Path, *, stream: bool = True) -> str:
    try:
        return read_text(path, stream=stream)
    except ValueError as error:
        found = re.match(r"(?:line (\d+): )?(.*)", str(error), re.DOTALL)
        line, problem = found.groups() if found else (None, str(error))
        raise TraceError(path, int(line or 0), problem) from None


def _parsed_json(text: str, path: Path, number: int) -> Any:
    """Return the JSON of a line, or of a file where its number is 0."""
    try:
        return parsed(text)
    except (ValueError, RecursionError) as error:
        problem = str(error)
        if isinstance(error, json.JSONDecodeError):
            problem = f"column {error.colno}: {error.msg}"
        what = "a line may be cut, or not belong here" if number else "it may be cut, or not belong here"
        raise TraceError(path, number, f"this is no JSON ({problem}); {what}") from None


def _answer_of(content: Any, path: Path, number: int) -> Recorded:
    """Return the answer that the JSON of a line stands for."""
    if not isinstance(content, dict) or "at_s" not in content or "body" not in content:
        raise TraceError(path, number, f'this is no answer, {{"at_s": …, "body": …}}, but {brief(content)}')
    if not content.keys() <= _KEYS_ALLOWED:
        strange = next(name for name in content if name not in _KEYS_ALLOWED)
        raise TraceError(path, number, f"the key {brief(strange)} is unknown; known: {', '.join(_KEYS)}")
    try:
        return recorded(content["at_s"], content.get("http_status", 200), content["body"])
    except ParameterError as error:
        raise TraceError(path, number, str(error)) from None
