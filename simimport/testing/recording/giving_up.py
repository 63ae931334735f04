"""What is said when a recording cannot go on: what an answer, or several without a state, most likely mean.

Decides nothing: that is `record`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simimport.errors import brief

if TYPE_CHECKING:
    from simimport.testing.recording.fetch import Fetched

__all__ = ["lost", "refused", "shown"]

_LONGEST_SENTENCE = 200


def shown(fetched: Fetched) -> str:
    """Return an answer that told no state, in a few words."""
    content = fetched.body
    if isinstance(content, dict):
        content = content.get("error") or content.get("message") or content
    # a sentence stands as it is; what may be long, or move a cursor, does not
    short = isinstance(content, str) and content.isprintable() and len(content) < _LONGEST_SENTENCE
    words = content if short else brief(content)
    return f"HTTP {fetched.http_status}: {words}" if fetched.http_status else words


def refused(fetched: Fetched, address: str) -> str:
    """Return what an answer means after which there is no use in asking again."""
    answer = shown(fetched)
    if fetched.http_status == 401:
        return f"{address} does not accept these headers: check the user id and the token ({answer})"
    if fetched.http_status == 403:
        return f"this account may not see imports: it needs the permission run-import ({answer})"
    if fetched.http_status < 400:
        target = brief(fetched.headers.get("location", "nowhere"))
        return f"{address} leads on to {target}: give that server's address (HTTP {fetched.http_status})"
    return f"there is no import.status at {address}: is this the address of a server from 6.3 on? ({answer})"


def lost(fetched: Fetched, address: str) -> str:
    """Return what several answers without a state mean, where there never was one with."""
    if not fetched.http_status:
        return f"{address} cannot be reached: {shown(fetched)}"
    return f"{address} does not tell the state of an import: {shown(fetched)}"
