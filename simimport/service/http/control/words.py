"""What is said of wrong calls of the control plane: to people who write JSON, and never saw Python.

Decides nothing: what is wrong was found by what was asked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simimport.errors import OperationError, ParameterError, SimimportError, brief

__all__ = ["in_json", "naming"]

_SHOWN = 80
_PYTHON = {"None": "null", "True": "true", "False": "false"}
_WORD = re.compile(r"\b(None|True|False)\b")
# what an entry of a schedule may be, to who cannot have a Fault
_ENTRY = ("an entry of the schedule", "an object with a kind and one of at_poll, every, at_s")


def in_json(error: SimimportError) -> str:
    """Return the message of an error with its value as JSON has it.

    Examples
    --------
    >>> in_json(ParameterError("seed", None, "a whole number, or None"))
    'seed is null; allowed: a whole number, or null.'
    """
    message = str(error)
    if isinstance(error, OperationError) or not isinstance(error, ParameterError):
        return message
    # the value is the caller's, all else ours
    before, is_value, after = message.partition(f"{error.field} is {brief(error.value)};")
    if not is_value:
        return _of_json(message)
    if error.field == _ENTRY[0]:
        after = f" allowed: {_ENTRY[1]}."
    return f"{before}{_of_json(error.field)} is {_shown(error.value)};{_of_json(after)}"


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Make an error of an argument one of the key of a body that it came from."""
    try:
        yield
    except ParameterError as error:
        hint = str(error).partition(f"allowed: {error.allowed}.")[2]
        raise ParameterError(key, error.value, error.allowed, hint=hint) from None


def _of_json(text: str) -> str:
    return _WORD.sub(lambda word: _PYTHON[word[0]], text)


def _shown(value: Any) -> str:
    """Return what was given, as JSON in one line, cut as messages are."""
    try:
        pieces, letters = [], 0
        for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            pieces.append(piece)
            letters += len(piece)
            if letters > _SHOWN:
                break
        text = "".join(pieces)
    except (TypeError, ValueError, RecursionError):  # infinite numbers are none of JSON's, but are shown
        text = brief(value)
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
