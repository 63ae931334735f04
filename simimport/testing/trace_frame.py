"""The answers of a trace as a frame: a row each, with what its body says and no more.

Reads through `answer`, as everything does; judges nothing (that is `lint`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simimport.memory import uncollected
from simimport.model.columns import frame
from simimport.testing.answer import facts_of

if TYPE_CHECKING:
    import pandas as pd

    from simimport.testing.traces import Recorded

__all__ = ["frame_of"]


def frame_of(answers: Sequence[Recorded]) -> pd.DataFrame:
    """Return the frame `answers`."""
    with uncollected():
        facts = [facts_of(answer.body, answer.http_status) for answer in answers]
    columns = {
        "answered_s": [answer.at_s for answer in answers],
        "http_status": [answer.http_status for answer in answers],
        "state": [_word(fact.state) for fact in facts],
        "step": [_word(fact.step) for fact in facts],
        "valid": [fact.valid for fact in facts],
        # where a document does not count yet, the reader has 0: here it is what the body lacks
        "completed": [_number(fact.completed if fact.counts_processed else None) for fact in facts],
        "error": [_number(fact.error if fact.counts_processed else None) for fact in facts],
        "total": [_number(fact.total if fact.counts_staged else None) for fact in facts],
        "updated_at_s": [fact.updated_s for fact in facts],
        "ts": [_word(fact.ts) for fact in facts],
    }
    return frame("answers", columns)


def _number(count: int | None) -> float:
    """Return a count; NaN where there is none, or one beyond all floats."""
    try:
        return math.nan if count is None else float(count)
    except OverflowError:
        return math.nan


def _word(word: str | None) -> str | None:
    """Return a word as a frame can hold it: half a surrogate pair, which JSON lets through, is replaced."""
    if word is None or word.isascii():
        return word
    return word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
