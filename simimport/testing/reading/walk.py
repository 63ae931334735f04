"""JSON values that stand one after another: on lines, over many, in an array, or without anything between.

Knows where values begin and end, and gives the text between them to `labels`; what they mean is known in
`bodies`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from simimport.errors import TraceError
from simimport.testing.json_lines import strictly_from
from simimport.testing.reading.budget import SMALL, Budget
from simimport.testing.reading.own_lines import is_answer, refusal_of_json

__all__ = ["END", "Value", "is_array", "values_in"]

# a line may begin with a date in brackets, which is no array
_ARRAY = re.compile(r"\s*\[\s*(?=[\[{\]\"]|$)")
_BETWEEN = re.compile(r"\s*([,\]]?)\s*")
# what is no longer is shared with equal neighbours
_SHORT = 64


#: What stands behind the last value: nothing, or a text alone.
END: Any = object()


class Value(NamedTuple):
    """A JSON value, the line that it begins in, and the text before it, which begins in `label_line`.

    Behind the last stands `END`.
    """

    line: int
    content: Any
    label: str
    label_line: int


def is_array(text: str) -> bool:
    """Return whether a text is one array."""
    return _ARRAY.match(text) is not None


def values_in(text: str, path: Path) -> Iterator[Value]:
    """Yield the objects of a text, each with what stands before it; of an array, its elements.

    The text behind the last comes with `END`. Short neighbours that are equal are one and the same.

    Raises
    ------
    TraceError
        If one is cut, or an array is no array, or the values would take too much memory.
    """
    values = _Values(text, path)
    return _elements(text, path, values) if is_array(text) else _objects(text, values)


class _Values:
    """The values of a text, within what its size allows."""

    def __init__(self, text: str, path: Path) -> None:
        self._text, self._path = text, path
        budget = Budget(len(text), path)
        self._budget, self._is_tight = budget, not budget.holds(text)
        self._source = ""
        self._content: Any = None

    def at(self, place: int, line: int) -> tuple[Any, int]:
        """Return the value at a place, and where it ends."""
        # an object or a list ends with itself: where its text stands again, it is there again
        if self._source and self._text.startswith(self._source, place):
            if self._is_tight:
                self._budget.take_answer(line)
            return self._content, place + len(self._source)
        read = self._within_budget if self._is_tight else self._read
        content, end = read(place, line)
        self._source = ""
        if end - place < _SHORT and isinstance(content, dict | list):
            self._source, self._content = self._text[place:end], content
        return content, end

    def _within_budget(self, place: int, line: int) -> tuple[Any, int]:
        budget = self._budget
        piece = self._text[place : place + SMALL]
        if piece[:1] in ("{", "["):
            try:
                content, length = strictly_from(piece, 0)
            except (ValueError, RecursionError):
                pass  # it is longer than that, or none
            else:
                take = budget.take_line if is_answer(content) else budget.take
                take(piece[:length], line)
                return content, place + length
        # nobody knows where it ends before it is read
        budget.take_recording(self._text[place:] if len(piece) == SMALL else piece, line)
        return self._read(place, line)

    def _read(self, place: int, line: int) -> tuple[Any, int]:
        return _value_at(self._text, place, self._path, line)


def _objects(text: str, values: _Values) -> Iterator[Value]:
    begin, line = 0, 1
    while (place := text.find("{", begin)) >= 0:
        label, label_line = text[begin:place], line
        line += label.count("\n")
        content, end = values.at(place, line)
        yield Value(line, content, label, label_line)
        line += text.count("\n", place, end)
        begin = end
    yield Value(line, END, text[begin:], line)


def _elements(text: str, path: Path, values: _Values) -> Iterator[Value]:
    begin = _ARRAY.match(text).end()  # type: ignore[union-attr]  # it was seen to be one
    line = 1 + text.count("\n", 0, begin)
    mark = "]" if text.startswith("]", begin) else ","
    begin += mark == "]"
    while mark == ",":
        content, end = values.at(begin, line)
        yield Value(line, content, "", line)
        between = _BETWEEN.match(text, end)
        mark, behind = between.group(1), between.end()  # type: ignore[union-attr]  # it matches nothing too
        line += text.count("\n", begin, behind)
        begin = behind
    if not mark:
        raise TraceError(path, line, "this array is cut, or a comma is missing in it")
    yield Value(line, END, text[begin:], line)


def _value_at(text: str, place: int, path: Path, line: int) -> tuple[Any, int]:
    try:
        return strictly_from(text, place)
    except (ValueError, RecursionError) as error:
        hint = "it may be cut, or not belong here"
        if text[place : place + 2] == "{'":
            hint = "this looks like a dict that Python printed: write json.dumps(body)"
        # of a body on many lines, the line that is broken
        line = error.lineno if isinstance(error, json.JSONDecodeError) else line
        raise refusal_of_json(error, path, line, hint) from None
