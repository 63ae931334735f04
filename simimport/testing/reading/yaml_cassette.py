"""A cassette in YAML, exchange by exchange.

Goes by the events of its parser: the loader would first take a hundred times the file in memory, and would
make dates of texts. Only what cassettes have is understood: texts, numbers, nothing, bytes, and repetitions.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simimport.errors import MissingExtraError, TraceError, brief
from simimport.show.words import number

__all__ = ["CASSETTES", "yaml_exchanges"]

#: The keys under which cassettes keep their exchanges: of vcrpy and Go, and of Ruby.
CASSETTES = ("interactions", "http_interactions")
_MOST = 2**26
_BINARY = "tag:yaml.org,2002:binary"
_NOTHING = ("", "~", "null", "Null", "NULL")


def yaml_exchanges(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the exchanges of a cassette, each with its line from 1.

    Raises
    ------
    MissingExtraError
        If PyYAML is not there.
    TraceError
        If it is no YAML, or too large.
    """
    if len(text) > _MOST:
        problem = f"a cassette of more than {number(_MOST)} characters; write it in JSON, or split it"
        raise TraceError(path, 0, problem)
    try:
        import yaml  # whoever reads no cassettes does without it
    except ImportError:
        raise MissingExtraError("Reading a cassette in YAML", "yaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _exchanges(yaml.parse(text, loader))
    except yaml.MarkedYAMLError as error:
        # where more was wanted, it marks a line behind the last
        line = min(error.problem_mark.line, text.count("\n")) + 1 if error.problem_mark else 0
        raise TraceError(path, line, f"this is no YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, StopIteration) as error:
        raise TraceError(path, 0, f"this is no cassette ({brief(str(error))})") from None


def _exchanges(events: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    anchored: dict[str, Any] = {}
    kind = ""
    while kind != "MappingStartEvent":
        kind = type(next(events)).__name__
        if kind in ("ScalarEvent", "SequenceStartEvent"):
            raise ValueError("it begins with no mapping")
    while type(event := next(events)).__name__ != "MappingEndEvent":
        name = _built(event, events, anchored)
        event = next(events)
        if name not in CASSETTES or type(event).__name__ != "SequenceStartEvent":
            _built(event, events, anchored)
            continue
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            yield event.start_mark.line + 1, _built(event, events, anchored)


def _built(event: Any, events: Iterator[Any], anchored: dict[str, Any]) -> Any:
    """Return what an event begins, and take its events."""
    kind = type(event).__name__
    if kind == "AliasEvent":
        return anchored.get(event.anchor)
    content: Any
    if kind == "MappingStartEvent":
        content = {}
        while type(inner := next(events)).__name__ != "MappingEndEvent":
            name = _built(inner, events, anchored)
            content[name if isinstance(name, str) else str(name)] = _built(next(events), events, anchored)
    elif kind == "SequenceStartEvent":
        content = []
        while type(inner := next(events)).__name__ != "SequenceEndEvent":
            content.append(_built(inner, events, anchored))
    else:
        content = _scalar(event)
    if event.anchor:
        anchored[event.anchor] = content
    return content


def _scalar(event: Any) -> Any:
    if event.tag == _BINARY:
        return base64.b64decode(event.value)
    # what stands in quotes is a text, whatever it looks like
    if not event.implicit[0]:
        return event.value
    if event.value in _NOTHING:
        return None
    return int(event.value) if event.value.isdecimal() and len(event.value) < 20 else event.value
