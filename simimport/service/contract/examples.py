"""Examples for the documents about the API: real answers of the model, per dialect.

Simulates four short imports with a fixed seed; nothing here is made up but two people and a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simimport.model.run import wire
from simimport.model.run.simulate import simulate
from simimport.model.states import State

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect

__all__ = ["Examples"]

_USERS = 500
_TOKEN = "9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq"  # noqa: S105 - the documentation page's
#: ``ann,ann@example.com,Ann Lee``, in base64.
_FILE = "YW5uLGFubkBleGFtcGxlLmNvbSxBbm4gTGVlCg=="
_ACCOUNT = {
    "_id": wire.PAGE_USER,
    "username": "admin",
    "name": "admin",
    "emails": [{"address": "admin@example.com", "verified": True}],
    "roles": ["admin"],
    "status": "offline",
    "active": True,
    "email": "admin@example.com",
    "settings": {"profile": {}, "preferences": {}},
}


class Examples:
    """Bodies of success in a dialect.

    Attributes
    ----------
    states : dict of State to dict
        A body of ``import.status`` for each state that the dialect answers.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        runs = [
            simulate(users=_USERS, failure_rate=0.05, seed=1),
            simulate(users=_USERS, importer="csv", loading_s=3.0, seed=1),
            simulate(users=_USERS, cancel_rate=1.0, cancel_at=0.5, seed=1),
            simulate(users=_USERS, crash_rate=1.0, crash_at=0.5, seed=1),
        ]
        self._run = runs[0]
        found: dict[str, list[dict[str, Any]]] = {}
        for run in runs:
            bodies = [body for _, body in run.responses(dialect=dialect.name)]
            for state in {body["state"] for body in bodies} - set(found):
                found[state] = [body for body in bodies if body["state"] == state]
        # the middle one: while importing, its counters say something
        middles = {state: bodies[len(bodies) // 2] for state, bodies in found.items()}
        middles[State.NONE] = wire.nothing(dialect)
        self.states = {state: middles[state] for state in State if state in middles}

    def answered(self, endpoint: str) -> dict[str, Any]:
        """Return bodies of an endpoint's success, each by a name."""
        document, timeline = self._run.document, self._run.timeline(self._dialect)
        created, halfway = timeline.change(0), timeline.change(len(timeline) // 2)
        shown = wire.operation(self._dialect, document, halfway)
        every: dict[str, dict[str, Any]] = {
            "import.status": {state.value: body for state, body in self.states.items()},
            "import.new": {
                "created": wire.created(self._dialect, wire.operation(self._dialect, document, created))
            },
            "importers.list": {"importers": wire.importers()},
            "getImportProgress": {"importing": wire.progress(document, halfway)},
            "getCurrentImportOperation": {
                "importing": wire.current_operation(shown),
                "none": wire.current_operation(None),
            },
            "getLatestImportOperations": {"importing": [shown], "none": []},
            "getImportFileData": {"waiting": {"waiting": True, "success": True}, "read": self._file_data()},
            "downloadPendingFiles": {"none": {"count": 0, **wire.success()}},
            "downloadPendingAvatars": {"some": {"count": 3, **wire.success()}},
        }
        return every.get(endpoint, {"success": wire.success()})

    def _file_data(self) -> dict[str, Any]:
        ann = {"user_id": "ann", "username": "ann", "email": "ann@example.com"}
        flags = {"is_deleted": False, "is_bot": False, "do_import": True, "is_email_taken": False}
        contacts: dict[str, Any] = {"contacts": []} if self._dialect.contacts else {}
        head = {"name": "CSV", "users": [{**ann, **flags}], "channels": [], "message_count": 0}
        return {**head, **contacts, **wire.success()}

    @staticmethod
    def sent(endpoint: str) -> dict[str, Any]:
        """Return a body for an endpoint that takes one: what is required, and what is usual."""
        ann = {"emails": ["ann@example.com"], "importIds": ["1"], "username": "ann", "name": "Ann Lee"}
        bob = {"emails": ["bob@example.com"], "importIds": ["2"], "roles": ["user"], "utcOffset": 1}
        upload = {"binaryContent": _FILE, "contentType": "text/csv", "fileName": "users.csv"}
        url = "https://example.com/users.zip"
        bodies: dict[str, dict[str, Any]] = {
            "import.addUsers": {"users": [ann, bob]},
            "startImport": {"input": {"users": {"all": True}}},
            "uploadImportFile": {**upload, "importerKey": "csv"},
            "downloadPublicImportFile": {"fileUrl": url, "importerKey": "csv"},
        }
        return bodies.get(endpoint, {})

    def login(self) -> dict[str, Any]:
        """Return a body of ``login``."""
        session = {"userId": wire.PAGE_USER, "authToken": _TOKEN, "me": _ACCOUNT}
        success = {"success": True} if self._dialect.router == "hono" else {}
        return {"status": "success", "data": session, **success}

    @staticmethod
    def logged_out() -> dict[str, Any]:
        """Return a body of ``logout``."""
        return {"status": "success", "data": {"message": "You've been logged out!"}}

    @staticmethod
    def me() -> dict[str, Any]:
        """Return a body of ``me``."""
        return {**_ACCOUNT, "success": True}

    def info(self) -> dict[str, Any]:
        """Return a body of ``info``."""
        version = self._dialect.name.removeprefix("server-") if self._dialect.server else "6.3"
        return {"version": version, "success": True}
