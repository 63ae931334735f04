"""A folder of answers, a file for each, in the natural order of their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simimport.errors import TraceError
from simimport.model.files import content_of
from simimport.testing.json_lines import parsed_strictly
from simimport.testing.reading.bodies import Bodies, is_body
from simimport.testing.reading.names import what_it_is
from simimport.testing.reading.own_lines import answer_of, refusal_of_json
from simimport.testing.reading.places import Reading
from simimport.testing.reading.text import trace_text

__all__ = ["answers_of_folder", "body_files"]


def answers_of_folder(folder: Path) -> Reading:
    """Return the answers in the ``.json`` files of a folder: with their instants, or bodies alone.

    Raises
    ------
    TraceError
        If a file is no answer, or there is none.
    """
    bodies = Bodies(folder, "a folder of bodies")
    for file, content in _contents(folder):
        if isinstance(content, dict) and "at_s" in content:
            bodies.add_answer(answer_of(content, file, 0), 1)
        elif is_body(content):
            bodies.add_body(content, 1)
        elif _is_manifest(content):
            about = "a fixture pack without the format 'json', which is the one that is read"
            raise TraceError(folder, 0, f"this is {about}; write it again with that among its formats")
        else:
            raise TraceError(file, 0, f"this is {what_it_is(content)}")
    return bodies.reading()


def _contents(folder: Path) -> Iterator[tuple[Path, Any]]:
    for file in body_files(folder):
        try:
            yield file, parsed_strictly(trace_text(file, stream=False))
        except (ValueError, RecursionError) as error:
            if isinstance(error, TraceError):
                raise
            raise refusal_of_json(error, file, 0, "it may be cut, or not belong here") from None


def _is_manifest(content: Any) -> bool:
    """Return whether this says what is in a fixture pack."""
    return isinstance(content, dict) and {"layout", "files"} <= content.keys()


def body_files(folder: Path) -> list[Path]:
    """Return the files of a folder that have answers, in order.

    Raises
    ------
    TraceError
        If there are none.
    """
    files = sorted((file for file in content_of(folder) if file.match("*.json")), key=_natural_key)
    if not files:
        raise TraceError(folder, 0, "there are no .json files in this folder")
    return files


def _natural_key(path: Path) -> list[tuple[int, str]]:
    """Return a key by which ``answer-10`` comes after ``answer-9``."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", path.name)]
