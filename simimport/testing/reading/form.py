"""Which form a text has, and so which room reads it. What is none of them is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from simimport.errors import TraceError, brief
from simimport.testing.json_lines import strictly_from
from simimport.testing.reading.bodies import of_values
from simimport.testing.reading.budget import SMALL, Budget
from simimport.testing.reading.dates import parsed_date
from simimport.testing.reading.exchanges import (
    is_exchanges,
    is_yaml_cassette,
    of_exchanges,
    of_yaml_cassette,
)
from simimport.testing.reading.names import WANTED
from simimport.testing.reading.own_lines import is_answer, own_lines
from simimport.testing.reading.places import Reading
from simimport.testing.reading.walk import Value, is_array, values_in

__all__ = ["answers_in"]

_TITLE = re.compile(r"<title>\s*([^<]{1,60})", re.IGNORECASE)
_LINE = re.compile(rf"\s*([^\n]{{0,{SMALL}}})")


def answers_in(text: str, path: Path) -> Reading:
    """Return the answers in a text of any form that is known.

    Raises
    ------
    TraceError
        If it is none of them, or damaged.
    """
    found: re.Match[str] = _LINE.match(text)  # type: ignore[assignment]  # it matches nothing too
    first = found.group(1)
    if not first:
        raise TraceError(path, 0, f"there are no answers in it; {WANTED}")
    if first.startswith("<") and parsed_date(first) is None:
        raise TraceError(path, 0, _about_page(text))
    if _is_own(text, found.start(1), path):
        return own_lines(text, path)
    if is_yaml_cassette(text):
        return of_yaml_cassette(text, path)
    if "{" not in text:
        line = 1 + text[: len(text) - len(text.lstrip())].count("\n")
        what = "an array without bodies" if is_array(text) else f"no JSON object, but {brief(first)}"
        raise TraceError(path, line, f"this is {what}; {WANTED}")
    return _of_values(values_in(text, path), text, path)


def _is_own(text: str, begin: int, path: Path) -> bool:
    """Return whether the first line is an answer with its instant."""
    if not text.startswith("{", begin):
        return False
    end = text.find("\n", begin)
    end = len(text) if end < 0 else end
    piece = text[begin : min(end, begin + SMALL)]
    try:
        content, length = strictly_from(piece, 0)
        return is_answer(content) and not text[begin + length : end].strip()
    except (ValueError, RecursionError):
        if len(piece) < SMALL:
            return False
    Budget(len(text), path).take_recording(text[begin:end], text.count("\n", 0, begin) + 1)
    try:
        content, behind = strictly_from(text, begin)
    except (ValueError, RecursionError):
        return False
    return is_answer(content) and behind <= end and not text[behind:end].strip()


def _of_values(values: Iterator[Value], text: str, path: Path) -> Reading:
    first = next(values)
    if is_exchanges(first.content) and not first.label.strip():
        for more in values:
            if more.label.strip() or isinstance(more.content, dict):
                raise TraceError(path, more.line, "there is something behind the recording; give it alone")
        return of_exchanges(first.content, text, path)
    return of_values(chain([first], values), path, array=is_array(text))


def _about_page(text: str) -> str:
    title = _TITLE.search(text, 0, 2**14)
    name = f" ({brief(title.group(1).strip())})" if title else ""
    return (
        f"this is an HTML or XML page{name}: a proxy answered, or the address was another than "
        "…/api/v1/import.status"
    )
