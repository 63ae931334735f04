"""Our own lines, an answer with its instant in each, as `Trace.save` and `record` write them.

Read fast, and line by line: of a file that was cut while it was written, the line is named.
"""

from __future__ import annotations

import contextlib
import json
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simimport.errors import ParameterError, TraceError, brief
from simimport.testing.json_lines import parsed_strictly, strictly_from
from simimport.testing.reading.budget import SMALL, Budget
from simimport.testing.reading.places import Reading
from simimport.testing.traces import Recorded, recorded

__all__ = ["answer_of", "is_answer", "own_lines", "refusal_of_json"]

_KEYS = ("at_s", "http_status", "body")


def is_answer(content: Any) -> bool:
    """Return whether a JSON value is an answer with its instant."""
    return isinstance(content, dict) and "at_s" in content and "body" in content


def own_lines(text: str, path: Path) -> Reading:
    """Return the answers of a text that has one per line, and the lines; blank ones are left out.

    Raises
    ------
    TraceError
        If a line is no answer, or the answers would take too much memory.
    """
    answers: list[Recorded] = []
    budget = Budget(len(text), path)
    numbers = array("L")
    for number, begin, end in _numbered(text):
        try:
            content = _content(text, begin, end, budget, number)
        except TraceError:
            raise
        except (ValueError, RecursionError) as error:
            raise refusal_of_json(error, path, number, "a line may be cut, or not belong here") from None
        answers.append(answer_of(content, path, number))
        numbers.append(number)
    return Reading(answers, numbers)


def _numbered(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the number from 1 of each line that is not blank, and where it begins and ends."""
    number, begin = 0, 0
    while begin < len(text):
        number += 1
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        # a line that begins with a brace is not blank, and need not be looked through
        if end > begin and (text[begin] == "{" or not text[begin:end].isspace()):
            yield number, begin, end
        begin = end + 1


def _content(text: str, begin: int, end: int, budget: Budget, number: int) -> Any:
    """Return what a line says; a long one is read where it stands: a copy may take four times the file."""
    line = text[begin:end]
    budget.take_line(line, number)
    if len(line) > SMALL and line.startswith("{"):
        del line
        with contextlib.suppress(ValueError, RecursionError):
            content, behind = strictly_from(text, begin)
            if behind == end:
                return content
        line = text[begin:end]
    return parsed_strictly(line)


def refusal_of_json(error: Exception, path: Path, line: int, hint: str) -> TraceError:
    """Return the refusal of a text that is no JSON."""
    problem = str(error)
    if isinstance(error, json.JSONDecodeError):
        problem = f"column {error.colno}: {error.msg}"
    elif isinstance(error, RecursionError):
        problem = "it is nested too deeply"
    return TraceError(path, line, f"this is no JSON ({problem}); {hint}")


def answer_of(content: Any, path: Path, line: int) -> Recorded:
    """Return the answer with its instant that a JSON value stands for.

    Raises
    ------
    TraceError
        If it stands for none.
    """
    if not is_answer(content):
        raise TraceError(path, line, f'this is no answer, {{"at_s": …, "body": …}}, but {brief(content)}')
    # the two are there, so that only the third may be
    if len(content) != 2 + ("http_status" in content):
        strange = next(name for name in content if name not in _KEYS)
        raise TraceError(path, line, f"the key {brief(strange)} is unknown; known: {', '.join(_KEYS)}")
    try:
        return recorded(content["at_s"], content.get("http_status", 200), content["body"])
    except ParameterError as error:
        raise TraceError(path, line, str(error)) from None
