"""What was sent with a call, as the journal keeps it: the beginning of a text, without its passwords.

Reads no body: what a call does with one is decided elsewhere, and nothing of this is looked at for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

__all__ = ["LONGEST", "in_process", "kept"]

#: How many characters of a body are kept.
LONGEST = 10_000

_HIDDEN = "***"
# what nobody should read later: what is logged in with, and what that makes
_SECRETS = frozenset({"digest", "resume", "token", "authtoken", "pass", "passwd", "pwd", "code"})
# A text of JSON and, where it is a key, what stands for its value: a text, an object or a list without others
# in it, or a word. Each may end with what is kept. A text that is no key is matched too, so that nothing is
# looked at again and again, whatever somebody sends who is nobody yet.
_TEXT = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_PAIR = re.compile(
    rf'({_TEXT})(?:(\s*+:\s*+)({_TEXT}|\{{[^{{}}]*+(?:\}}|\Z)|\[[^\[\]]*+(?:\]|\Z)|[^\s,{{}}\[\]"]++))?',
    re.DOTALL,
)
# something that looks like a password in spite of that: of quotes that are none, or inside of a text
_LEFT = re.compile(r"""pass(?:word|wd)?\\*["']?\s*[:=](?!\s*"\*\*\*"\s*(?:[,}\]]|\Z))""", re.IGNORECASE)


def kept(raw: bytes) -> str | None:
    """Return what is kept of a body; None of an empty one.

    Examples
    --------
    >>> kept(b'{"user": "ada", "password": "secret"}')
    '{"user": "ada", "password": "***"}'
    >>> kept(b"user=ada&password=secret")
    'user=ada&password=***'
    """
    # a letter has at most four bytes
    return _masked(raw[: 4 * LONGEST].decode("utf-8", "replace")[:LONGEST]) if raw else None


def in_process(payload: Any) -> str | None:
    """Return what is kept of a payload that is sent as no text: as JSON has it; None where it is none."""
    if not isinstance(payload, (Mapping, list)) or not payload:
        return None
    pieces, letters = [], 0
    try:
        # piece by piece: most of a long one is never looked at
        for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(payload):
            pieces.append(piece)
            letters += len(piece)
            if letters > LONGEST:
                break
    except (TypeError, ValueError, RecursionError):  # whether it can be answered is not decided here
        return None
    return _masked("".join(pieces)[:LONGEST])


def _masked(text: str) -> str:
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"'):
        masked = _PAIR.sub(_masked_pair, text)
        return _HIDDEN if _LEFT.search(masked) else masked[:LONGEST]
    if "=" in text and not re.search(r"\s", text):
        return "&".join(map(_masked_field, text.split("&")))[:LONGEST]
    # of any other kind: where the password is, if there is one, nobody knows
    return _HIDDEN if "pass" in text.replace("\0", "").lower() else text


def _masked_pair(pair: re.Match[str]) -> str:
    key, colon, value = pair.groups()
    if colon is None:
        return str(key)
    if _is_secret(_decoded(key)):
        return f'{key}{colon}"{_HIDDEN}"'
    # there may be pairs in it
    return key + colon + (_PAIR.sub(_masked_pair, value) if value[:1] in "{[" else value)


def _masked_field(field: str) -> str:
    name, equals, _ = field.partition("=")
    return f"{name}={_HIDDEN}" if equals and _is_secret(unquote_plus(name)) else field


def _decoded(key: str) -> str:
    try:
        return str(json.loads(key)) if "\\" in key else key[1:-1]
    except ValueError:
        return key


def _is_secret(name: str) -> bool:
    name = name.strip().lower()
    return "password" in name or name in _SECRETS
