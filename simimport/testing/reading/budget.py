"""How much memory the values of a text may take: ten times the file, and no more.

A text of tiny values, such as ``[],[],[]``, would take many times its size. What a piece takes is estimated
from its marks before it is kept; the figures are those of CPython, and no answer of a server comes near.
"""

from __future__ import annotations

import re
from pathlib import Path

from simimport.errors import TraceError

__all__ = ["SMALL", "Budget", "estimate"]

#: Bytes for each object, list, comma and quote, and for an answer that is kept.
_OBJECT, _LIST, _COMMA, _QUOTE, _ANSWER = 184, 72, 37, 26, 90
_NOT_IN_EMPTY = 120
_EXCHANGE = 320
# no object of a recording has two of one
_KEYS = (
    "startedDateTime", "time", "request", "response", "method", "url", "uri", "headers", "body", "status",
    "content", "text", "string", "code", "message",
)  # fmt: skip
# an object with at_s and body takes that much, and not less is needed by the answer that comes of it
_AROUND = _OBJECT + _COMMA + 4 * _QUOTE - _ANSWER
# a key and its value in an object of very many take more than in small ones
_LARGE, _MORE_IN_LARGE = 50_000, 110
_TIMES, _SPARE = 10, 2 * 2**20
_STRING, _LONG = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL), 64
#: In so many characters any honest answer ends.
SMALL = 2**14


def estimate(piece: str | bytes) -> int:
    """Return about how many bytes the values of a piece of JSON take, when they are read."""
    if isinstance(piece, bytes):
        # bytes of one character each make no other text of the marks
        piece = piece.decode("latin-1")
    most = _of_marks(piece) + len(piece)
    if most <= _TIMES * len(piece):
        # of this none will be too much: it need not be looked at more closely
        return most
    # a page or a script that came as a text is one value, however many marks are in it
    values = _without_long_strings(piece)
    return _of_marks(values) - _NOT_IN_EMPTY * values.count("{}") + len(piece)


def _of_marks(text: str) -> int:
    """Return what the values take, at the most, that the marks in a text tell of."""
    count = text.count
    marks = _OBJECT * count("{") + _LIST * count("[") + _COMMA * count(",") + _QUOTE * count('"')
    return marks if len(text) <= _LARGE else marks + _MORE_IN_LARGE * _commas_in_large_objects(text)


def _without_long_strings(text: str) -> str:
    parts, begin = [], 0
    for found in _STRING.finditer(text):
        if found.end() - found.start() > _LONG:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return '""'.join([*parts, text[begin:]])


def _commas_in_large_objects(text: str) -> int:
    """Return how many commas are in stretches so long, without a new object, that one may hold all."""
    begin = commas = 0
    while len(text) - begin > _LARGE:
        end = text.find("{", begin + 1)
        end = len(text) if end < 0 else end
        if end - begin > _LARGE:
            commas += text.count(",", begin, end)
        begin = end
    return commas


class Budget:
    """What is left of ten times a file.

    Parameters
    ----------
    size : int
        Of the file, in characters.
    path : path
        For the refusal.
    """

    def __init__(self, size: int, path: Path) -> None:
        self._left, self._path = _TIMES * size + _SPARE, path

    def holds(self, text: str) -> bool:
        """Return whether a whole text fits, whatever is in it."""
        return estimate(text) <= self._left

    def take(self, piece: str | bytes, line: int) -> None:
        """Take what an answer of a piece of JSON needs.

        Raises
        ------
        TraceError
            If so much is not left.
        """
        self._take_bytes(estimate(piece) + _ANSWER, line)

    def take_recording(self, text: str, line: int = 1) -> None:
        """Take what a whole recording in JSON needs, in which the same keys stand again and again.

        Raises
        ------
        TraceError
            If so much is not left.
        """
        # a key is kept once, and an object counts for several
        keys = sum(text.count(f'"{key}":') for key in _KEYS)
        self._take_bytes(estimate(text) - (2 * _QUOTE + _COMMA) * keys, line)

    def take_exchange(self, raw: bytes | None, line: int) -> None:
        """Take what an exchange needs, and its raw body, if nobody has counted it yet.

        Raises
        ------
        TraceError
            If so much is not left.
        """
        self._take_bytes(_EXCHANGE + (0 if raw is None else estimate(raw)), line)

    def take_line(self, line: str, number: int) -> None:
        """Take what an answer with its instant needs; the object around its body is not kept.

        Raises
        ------
        TraceError
            If so much is not left.
        """
        self._take_bytes(estimate(line) - _AROUND, number)

    def take_answer(self, line: int) -> None:
        """Take what an answer needs whose body is kept already.

        Raises
        ------
        TraceError
            If so much is not left.
        """
        self._take_bytes(_ANSWER, line)

    def _take_bytes(self, size: int, line: int) -> None:
        self._left -= size
        if self._left < 0:
            problem = "it holds too many small values to be answers of import.status"
            raise TraceError(self._path, line, problem)
