"""The bodies of success, per dialect: the only file that knows the order of JSON keys.

Turns one change of a timeline into the object that the server would answer. Refusals are not here.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simimport.model.instants import instant

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.run.timeline import Change, Timeline
    from simimport.model.scenario import Scenario

__all__ = [
    "IMPORTERS",
    "PAGE_USER",
    "Document",
    "Lookup",
    "created",
    "current_operation",
    "encoded",
    "importers",
    "iso",
    "nothing",
    "operation",
    "progress",
    "status",
    "success",
]

#: The user id of the documentation page's example.
PAGE_USER = "aobEdbYhXfu5hkeqG"

#: The name of each importer by its key, in the order in which they are listed.
IMPORTERS = {
    "csv": "CSV", "slack": "Slack", "slack-users": "Slack_Users", "api": "API",
    "pending-files": "Pending Files", "pending-avatars": "Pending Avatars",
}  # fmt: skip
# those of files are offered to people, the others are not
_LISTED = ("csv", "slack", "slack-users")
# those that fetch what others left pending
_FETCHING = ("pending-files", "pending-avatars")
# the REST API passes its key as the type; all others, their name
_TYPE = {**IMPORTERS, "api": "api"}

# so many bodies of a timeline are kept: about a megabyte
_MOST_KEPT = 1024

# made once, since json.dumps would make it anew at each call; bodies are trees, so circles are not looked for
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Document:
    """What never changes in an operation's document.

    Parameters
    ----------
    id : str
        24 hexadecimal digits, as servers make them: seconds since 1970, then what tells operations apart.
    importer : str
        A key of `IMPORTERS`.
    epoch : datetime
        The instant of time 0, in UTC and without a time zone: `iso` takes half as long then.
    ts : str
        The same, as the wire shows it.
    user : str
        The id of the user who created the operation.
    """

    id: str
    importer: str
    epoch: datetime
    ts: str
    user: str

    @classmethod
    def of(cls, scenario: Scenario, seed: int, user: str = PAGE_USER) -> Document:
        """Return the document of a scenario's import; its id follows from the seed."""
        moment = instant(scenario.epoch)
        rest = hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()
        seconds = math.floor(moment.timestamp()) % 2**32
        epoch = moment.replace(tzinfo=None)
        return cls(f"{seconds:08x}{rest}", scenario.importer, epoch, iso(epoch, 0), user)


def iso(epoch: datetime, at_us: int) -> str:
    """Return an instant as the wire shows it, cut to milliseconds: ``2016-09-13T14:57:56.037Z``."""
    return (epoch + timedelta(0, 0, at_us)).isoformat("T", "milliseconds") + "Z"


def nothing(dialect: Dialect) -> dict[str, Any]:
    """Return the body of ``import.status`` before any operation."""
    if dialect.server:
        return {"state": "none", "success": True}
    return {"success": True, "state": "none"}


def status(dialect: Dialect, document: Document, change: Change) -> dict[str, Any]:
    """Return the body of ``import.status`` after a change."""
    shown = operation(dialect, document, change)
    if dialect.server:
        return {"state": change.state.value, "operation": shown, "success": True}
    return {"success": True, "state": change.state.value, "operation": shown}


class Lookup:
    """The bodies of `status` along a timeline, by instant: each is built once, and handed out as a copy.

    To copy one takes a sixth of the time, and who asks again and again mostly gets one that was asked for.

    Parameters
    ----------
    dialect : Dialect
    document : Document
    timeline : Timeline
        What that dialect publishes.
    """

    def __init__(self, dialect: Dialect, document: Document, timeline: Timeline) -> None:
        self._dialect, self._document, self._timeline = dialect, document, timeline
        self._kept: dict[int, dict[str, Any]] = {}

    def at(self, at_us: int) -> dict[str, Any]:
        """Return the body at an instant, which is its receiver's own."""
        index = self._timeline.index(at_us)
        if index < 0:
            return nothing(self._dialect)
        kept = self._kept.get(index)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[index] = status(self._dialect, self._document, self._timeline.change(index))
        body = kept.copy()
        shown = body["operation"] = kept["operation"].copy()
        if "count" in shown:
            shown["count"] = shown["count"].copy()
        return body


def operation(dialect: Dialect, document: Document, change: Change) -> dict[str, Any]:
    """Return the operation's document, as the bodies show it, after a change."""
    shown: dict[str, Any] = {"_id": document.id} if dialect.server else {}
    shown |= {
        "type": _TYPE[document.importer],
        "importerKey": document.importer,
        "ts": document.ts,
        "status": change.step.value,
        "valid": change.valid,
        "user": document.user,
        "_updatedAt": iso(document.epoch, change.at_us),
    }
    fetches = document.importer in _FETCHING
    if not dialect.server:
        shown["count"] = _page_count(change, fetches=fetches)
    elif change.total if fetches else change.staged:
        shown["count"] = _server_count(change, fetches=fetches)
    return shown


def created(dialect: Dialect, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the body of ``import.new``, given the `operation` that it made."""
    if dialect.server:
        return {"operation": shown, "success": True}
    return {"success": True, "operation": shown}


def success() -> dict[str, Any]:
    """Return the body of ``import.addUsers``, ``import.run`` and ``import.clear``."""
    return {"success": True}


def importers() -> list[dict[str, str]]:
    """Return the body of ``importers.list``: a bare list; the API's own importer is not in it."""
    return [{"key": key, "name": IMPORTERS[key]} for key in _LISTED]


def progress(document: Document, change: Change) -> dict[str, Any]:
    """Return the body of ``getImportProgress``."""
    # `error` is there from the start (Importer.ts @ 156540a3: the constructor loads the counts, 0 for none)
    count = {"completed": change.completed, "total": change.total, "error": change.error}
    key = document.importer
    return {"key": key, "name": IMPORTERS[key], "step": change.step.value, "count": count, "success": True}


def current_operation(shown: dict[str, Any] | None) -> dict[str, Any]:
    """Return the body of ``getCurrentImportOperation``, given an `operation`; None stands for none."""
    # before the first there is no key, and no null (Imports.ts @ 14e8bb02 finds undefined, which JSON drops)
    return {"success": True} if shown is None else {"success": True, "operation": shown}


def encoded(body: Any) -> bytes:
    """Return a body as it goes over the wire: compact JSON in UTF-8."""
    return _compact(body).encode()


def _page_count(change: Change, *, fetches: bool) -> dict[str, int]:
    return {
        "total": change.total,
        "users": 0 if fetches else change.total,
        "messages": change.total if fetches else 0,
        "channels": 0,
        "completed": change.completed,
        "error": change.error,
    }


def _server_count(change: Change, *, fetches: bool) -> dict[str, int]:
    """Return the counters that exist by then: ``completed`` and ``error`` appear at the first flush."""
    count = {"total": change.total, "users": change.total}
    if fetches:
        # what is fetched is counted as messages, avatars too (PendingAvatarImporter.ts @ 11654319)
        count = {"messages": change.total, "total": change.total}
    if change.batch:
        count |= {"completed": change.completed, "error": change.error}
    return count
