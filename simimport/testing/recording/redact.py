"""What keeps secrets out of a recording: the values of a caller's headers, wherever a server sends them back.

Knows no server and no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["REDACTED", "Redactor"]

#: What stands for a secret.
REDACTED = "[redacted]"

_SHORTEST = 4
# an id that every answer shows as the operation's `user`, and what says nothing about the caller
_OPEN = frozenset({"x-user-id", "accept", "accept-encoding", "accept-language", "content-type", "user-agent"})


class Redactor:
    """What replaces the secrets of some headers wherever they come back; its repr does not tell them."""

    __slots__ = ("_long", "_short")

    def __init__(self, headers: Mapping[str, str]) -> None:
        closed = [(name.lower(), value) for name, value in headers.items() if name.lower() not in _OPEN]
        secrets = {part for name, value in closed for part in _secrets_in(name, value)}
        # the longest first: one may be part of another
        self._long = sorted((text for text in secrets if len(text) >= _SHORTEST), key=len, reverse=True)
        # in pieces of other words these would destroy what is told: "a" is in every "state"
        self._short = frozenset(text for text in secrets if 0 < len(text) < _SHORTEST)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in self._long:
            text = text.replace(secret, REDACTED)
        return REDACTED if text in self._short else text

    def __call__(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self(inner) for inner in value]
        if isinstance(value, (int, float)) and self.text(str(value)) != str(value):
            return REDACTED
        return value


def _secrets_in(name: str, value: str) -> Iterator[str]:
    """Yield what is secret of a header's value: all of it, and what of it is a secret on its own."""
    yield value
    if name in ("authorization", "proxy-authorization"):
        yield value.partition(" ")[2]
    if name == "cookie":
        for part in value.split(";"):
            yield part.partition("=")[2].strip()
