"""For how long a server asks to be left alone: by a header, or by the sentence of its rate limiter.

Waits for nothing: that is `record`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simimport.testing.recording.fetch import Fetched

__all__ = ["LONGEST_WAIT_S", "asked_wait_s"]

#: However long a server asks to be left alone, it is not longer than this.
LONGEST_WAIT_S = 3_600.0


def asked_wait_s(fetched: Fetched, now: datetime) -> float | None:
    """Return for how many seconds an answer asks to be left alone, 0 to an hour; None where it does not say.

    From ``Retry-After``, the sentence of Rocket.Chat's rate limiter, or ``X-RateLimit-Reset`` (milliseconds
    since 1970), in this order: the last is told by the server's clock, and needs `now` to agree with it.
    """
    for wait_s in (_retry_after_s(fetched, now), _sentence_s(fetched), _reset_s(fetched, now)):
        if wait_s is not None and wait_s >= 0:
            return min(wait_s, LONGEST_WAIT_S)
    return None


def _retry_after_s(fetched: Fetched, now: datetime) -> float | None:
    seconds_or_date = fetched.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", seconds_or_date):
        return float(seconds_or_date)
    try:
        moment = parsedate_to_datetime(seconds_or_date)
    except (ValueError, TypeError, IndexError, OverflowError):
        # the ways in which email.utils gives up on what is no date
        return None
    # a date without a zone is in UTC
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _sentence_s(fetched: Fetched) -> float | None:
    sentence = fetched.body.get("error") if isinstance(fetched.body, dict) else None
    found = re.search(r"must wait ([0-9]{1,9}) second", sentence) if isinstance(sentence, str) else None
    return float(found[1]) if found else None


def _reset_s(fetched: Fetched, now: datetime) -> float | None:
    since_1970_ms = fetched.headers.get("x-ratelimit-reset", "").strip()
    if fetched.http_status != 429 or not re.fullmatch(r"[0-9]{1,15}", since_1970_ms):
        return None
    return int(since_1970_ms) / 1000 - now.timestamp()
