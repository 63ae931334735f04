"""When bodies without a date were given: the earliest instant that their documents allow.

Reads no files, and no dates beside a body: those are in `reading`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simimport.show.words import number
from simimport.testing.answer import facts_of, parsed_instant

__all__ = ["Dating", "instant_beside"]

_INSTANTS = ("at_s", "at", "time", "timestamp", "date", "polled_at")


def instant_beside(body: Any) -> str | None:
    """Return the key under which somebody wrote an instant into a body, beside its state; servers have none.

    Who dates the body otherwise would pass over it.
    """
    return next((name for name in _INSTANTS if name in body), None) if isinstance(body, dict) else None


class Dating:
    """Dates the bodies of a trace, one after another.

    A body cannot have been given before its document's ``_updatedAt``, nor before the body in front of it.
    Instants count from the ``ts`` of the first document.
    """

    def __init__(self) -> None:
        self.bodies = 0
        self._without = 0
        self._begin: datetime | None = None
        self._last_s = 0.0

    def after(self, at_s: float) -> None:
        """Take note of an answer that has an instant of its own."""
        self._last_s = at_s

    def at_s(self, body: Any) -> float:
        """Return the earliest instant at which the next body can have been given, in seconds."""
        self.bodies += 1
        facts = facts_of(body)
        updated = parsed_instant(facts.updated)
        if updated is None:
            self._without += 1
            return self._last_s
        if self._begin is None:
            self._begin = parsed_instant(facts.ts) or updated
        self._last_s = max(self._last_s, (updated - self._begin).total_seconds())
        return self._last_s

    @property
    def words(self) -> str:
        """How the bodies were dated; nothing without any."""
        if not self.bodies:
            return ""
        if self._without == self.bodies:
            return "not dated: no dates, and no _updatedAt"
        without = f", {number(self._without)} without it by the one before" if self._without else ""
        return f"dated by _updatedAt{without}"
