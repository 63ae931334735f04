"""What an answer of ``import.status`` says: the one reader of its state, step, counters and instants.

Reads bodies, right or not at all. Judges nothing (that is `lint`), and keeps no answers (that is `traces`).
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, NamedTuple

__all__ = ["Facts", "facts_of", "operation_of", "parsed_instant", "state_of"]

# what stands between the digits; those are for datetime to read, but for an hour 24, which newer ones take
_INSTANT = re.compile(r"....-..-..T(?!24)..:..:..\....Z").fullmatch


class Facts(NamedTuple):
    """What an answer says, in plain values; None where there is nothing of the right kind.

    Parameters
    ----------
    state, step : str or None
        Words; those of a broken server may be none of `State` and `Step`.
    valid : bool or None
    completed, error, total : int or None
        Users. 0 where they are not counted yet: a server's document has no counters before users are added,
        and counts the processed from the first flush on.
    updated : str or None
        ``_updatedAt``, in the one form that servers write: of two such texts the later is the greater.
    id, ts : str or None
        The operation's ``_id`` and ``ts``, whatever they say: they tell one operation from another.
    counts_staged, counts_processed : bool
        Whether the document itself has ``total``, and one of ``completed`` and ``error``.
    """

    state: str | None = None
    step: str | None = None
    valid: bool | None = None
    completed: int | None = None
    error: int | None = None
    total: int | None = None
    updated: str | None = None
    id: str | None = None
    ts: str | None = None
    counts_staged: bool = False
    counts_processed: bool = False

    @property
    def processed(self) -> int | None:
        """The users published as processed."""
        return None if self.completed is None or self.error is None else self.completed + self.error

    @property
    def identity(self) -> tuple[str | None, str | None]:
        """What tells this operation from others."""
        return self.id, self.ts

    @property
    def updated_s(self) -> float:
        """When the document was last changed, in seconds after its creation; NaN where either is not said."""
        updated, created = parsed_instant(self.updated), parsed_instant(self.ts)
        return (updated - created).total_seconds() if updated and created else math.nan


_NOTHING = Facts()


def facts_of(body: Any, http_status: int = 200) -> Facts:
    """Return what an answer says; nothing with another status than 200, or if its body is no JSON object."""
    if http_status != 200 or not isinstance(body, dict):
        return _NOTHING
    state = body.get("state")
    word = state if isinstance(state, str) else None
    operation = body.get("operation")
    if not isinstance(operation, dict):
        return Facts(word)
    get = operation.get
    step, valid, updated, id_, ts = get("status"), get("valid"), get("_updatedAt"), get("_id"), get("ts")
    completed, error, total, counts_staged, counts_processed = _counters_in(get("count"))
    return Facts(
        word,
        step if isinstance(step, str) else None,
        valid if isinstance(valid, bool) else None,
        completed, error, total,
        updated if parsed_instant(updated) is not None else None,
        id_ if isinstance(id_, str) else None,
        ts if isinstance(ts, str) else None,
        counts_staged, counts_processed,
    )  # fmt: skip


def _counters_in(count: Any) -> tuple[int | None, int | None, int | None, bool, bool]:
    """Return ``completed``, ``error``, ``total``, and whether there is the last, and one of the others."""
    if not count and (count is None or isinstance(count, dict)):
        return 0, 0, 0, False, False
    if not isinstance(count, dict):
        return None, None, None, False, False
    completed, error, total = count.get("completed"), count.get("error"), count.get("total")
    counts_processed = "completed" in count or "error" in count
    return (
        # by type, since to Python true is a number
        (completed if type(completed) is int else None) if counts_processed else 0,
        (error if type(error) is int else None) if counts_processed else 0,
        total if type(total) is int else None,
        "total" in count,
        counts_processed,
    )


def state_of(body: Any, http_status: int = 200) -> str | None:
    """Return the state that an answer tells; None where it tells none."""
    state = body.get("state") if http_status == 200 and isinstance(body, dict) else None
    return state if isinstance(state, str) else None


def operation_of(body: Any) -> dict[str, Any] | None:
    """Return the operation's document in a body; None where there is none."""
    operation = body.get("operation") if isinstance(body, dict) else None
    return operation if isinstance(operation, dict) else None


def parsed_instant(text: object) -> datetime | None:
    """Return the instant of a wire's timestamp; None where it is none.

    Only the form that servers write, ``2016-09-13T14:57:56.037Z``.
    """
    if not isinstance(text, str) or not _INSTANT(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
