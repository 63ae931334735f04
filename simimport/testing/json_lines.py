"""An answer as a line of a trace file, and JSON read strictly: a number that JSON does not have is no JSON.

Opens no files: that is `trace_files`, and while recording `line_file`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from simimport.errors import ParameterError, brief
from simimport.show.words import in_seconds

if TYPE_CHECKING:
    from simimport.testing.traces import Recorded

__all__ = ["body_of", "line_of", "parsed", "parsed_strictly", "strictly_from"]


def line_of(answer: Recorded) -> bytes:
    """Return an answer as a line of a trace file, line feed included.

    Raises
    ------
    ParameterError
        If its body cannot be said in JSON.
    """
    content = {"at_s": answer.at_s, "http_status": answer.http_status, "body": answer.body}
    try:
        # ASCII: what a broken proxy sent may be text that UTF-8 cannot say
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        allowed, where = f"what JSON can say ({error})", f"the answer at {in_seconds(answer.at_s)}"
        raise ParameterError("body", answer.body, allowed, where=where) from None


def parsed(text: str | bytes) -> Any:
    """Return what a JSON text says; numbers beyond JSON's, such as NaN or 1e999, are no JSON.

    Raises
    ------
    ValueError, RecursionError
        If it is none, or nested too deeply to be read.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    return _decode(text)


def parsed_strictly(text: str) -> Any:
    """Return what a JSON text says, as `parsed` does; a key that stands twice in an object is no JSON either.

    Raises
    ------
    ValueError, RecursionError
        If it is none, or nested too deeply to be read.
    """
    try:
        content, end = _scan(text, 0)
    except StopIteration:
        end = -1
    # the decoder does the same, and looks for white space first, which takes a tenth of the time
    return content if end == len(text) else _strict.decode(text)


def strictly_from(text: str, begin: int) -> tuple[Any, int]:
    """Return the JSON value that begins at a place of a text, as strictly, and where it ends."""
    return _strict.raw_decode(text, begin)


def body_of(raw: bytes) -> Any:
    """Return what a client makes of a raw body: its JSON, or the text where it is none."""
    try:
        return parsed(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def _refuse_number(digits: str) -> Any:
    raise ValueError(f"{digits} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse_number(brief(digits))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        # set.add returns None, which is false
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {brief(twice)} stands twice in one object")
    return content


# made once, since json.loads would make it anew for each line
_decode = json.JSONDecoder(parse_constant=_refuse_number, parse_float=_finite).decode
_strict = json.JSONDecoder(parse_constant=_refuse_number, parse_float=_finite, object_pairs_hook=_unique)
_scan = _strict.scan_once  # type: ignore[attr-defined]  # where the decoder keeps what it decodes with
