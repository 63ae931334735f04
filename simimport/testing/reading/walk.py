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
from simimport.testing.reading.own_lines import refusal_of_json

__all__ = ["END", "Value", "is_array", "values_in"]

# a line may begin with a date in brackets, which is no array
_ARRAY = re.compile(r"\s*\[\s*(?=[\[{\]\"]|$)")
_BETWEEN = re.compile(r"\s*([,\]]?)\s*")


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

    The text behind the last comes with `END`.

    Raises
    ------
    TraceError
        If one is cut, or an array is no array.
    """
    return _elements(text, path) if is_array(text) else _objects(text, path)


def _objects(text: str, path: Path) -> Iterator[Value]:
    begin, line = 0, 1
    while (place := text.find("{", begin)) >= 0:
        label, label_line = text[begin:place], line
        line += label.count("\n")
        content, end = _value_at(text, place, path, line)
        yield Value(line, content, label, label_line)
        line += text.count("\n", place, end)
        begin = end
    yield Value(line, END, text[begin:], line)


def _elements(text: str, path: Path) -> Iterator[Value]:
    begin = _ARRAY.match(text).end()  # type: ignore[union-attr]  # it was seen to be one
    line = 1 + text.count("\n", 0, begin)
    mark = "]" if text.startswith("]", begin) else ","
    begin += mark == "]"
    while mark == ",":
        content, end = _value_at(text, begin, path, line)
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
