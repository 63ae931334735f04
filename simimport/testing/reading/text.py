"""The text of a file or of standard input, whatever it is encoded in; what is no text is refused by name.

Knows no forms of traces.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from simimport.errors import TraceError
from simimport.model.files import read_bytes, text_of
from simimport.model.people.exports.other_kinds import UNPACK, kind_of_no_text
from simimport.model.people.packed import is_packed
from simimport.show.words import number

__all__ = ["named", "trace_text"]

# the path that stands for standard input, and what messages call it
_STANDARD_INPUT, _NAME = Path("-"), Path("standard input")

_MOST_OF_INPUT = 2**28


def named(path: Path) -> Path:
    """Return a path as messages have it."""
    return _NAME if path == _STANDARD_INPUT else path


def trace_text(path: Path, *, stream: bool = True) -> str:
    """Return the text of a file, or of standard input where the path is ``-``.

    UTF-8, or UTF-16 or UTF-32 as shells and editors of Windows write it. Line ends are those of any system.

    Raises
    ------
    TraceError
        If it cannot be read, is packed, or is no text.
    """
    raw = _input() if path == _STANDARD_INPUT else _content(path, stream=stream)
    if is_packed(raw):
        problem = f"this is a zip archive; {UNPACK}, and give the file or the folder that is in it"
        raise TraceError(named(path), 0, problem)
    if kind := kind_of_no_text(raw):
        # the file may be read from a pipe: `gunzip -c FILE | simimport lint -`
        advice = kind.advice if kind.advice == UNPACK else "a trace is a text, such as JSON"
        raise TraceError(named(path), 0, f"this is {kind.name}; {advice}")
    text = _decoded(raw, named(path))
    # an old Mac's lines end in a carriage return alone
    return text if "\n" in text else text.replace("\r", "\n")


def _content(path: Path, *, stream: bool) -> bytes:
    try:
        return read_bytes(path, stream=stream)
    except ValueError as error:
        raise TraceError(path, 0, str(error)) from None


def _input() -> bytes:
    """Return what standard input holds, within the bound of any stream."""
    if sys.stdin is None or sys.stdin.closed:
        raise TraceError(_NAME, 0, "standard input is closed")
    stream = getattr(sys.stdin, "buffer", None)
    raw = sys.stdin.read(_MOST_OF_INPUT).encode("utf-8", "surrogateescape") if stream is None else b""
    raw = raw if stream is None else stream.read(_MOST_OF_INPUT + 1)
    if len(raw) > _MOST_OF_INPUT:
        problem = f"standard input holds more than {number(_MOST_OF_INPUT)} bytes; give a file"
        raise TraceError(_NAME, 0, problem)
    return bytes(raw)


def _decoded(raw: bytes, path: Path) -> str:
    # JSON, and a date, begin with letters of ASCII: where their zeros are tells the encoding
    encoding = json.detect_encoding(raw)
    try:
        return text_of(raw) if encoding.startswith("utf-8") else raw.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.upper()
        raise TraceError(path, 0, f"byte {number(error.start)} is not {name}; save it as UTF-8") from None
    except ValueError as error:
        found = re.match(r"(?:line (\d+): )?(.*)", str(error), re.DOTALL)
        line, problem = found.groups() if found else (None, str(error))
        raise TraceError(path, int(line or 0), problem) from None
