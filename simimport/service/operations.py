"""The operations of a service, one after another: what the import server does with a call at an instant.

What each call does is in `calls/`. Knows no clock, lock, journal or fault: `service` adds them. How a refusal
reads is in `refusals`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from simimport.errors import ScenarioError
from simimport.model.run import wire
from simimport.model.states import CALLS, State, possible
from simimport.service import refusals
from simimport.service.answers import Answer
from simimport.service.calls.api_calls import GENERATED, ApiCalls
from simimport.service.calls.endpoints import BODIES, ENDPOINTS
from simimport.service.calls.file_calls import FileCalls, misfit_of
from simimport.service.calls.held import ROLES, RefusedError
from simimport.service.calls.selection import Shown, Started
from simimport.service.calls.uploads import Upload, upload_of
from simimport.service.people.add_users_body import Body, InvalidBodyError
from simimport.service.people.on_server import Decided

if TYPE_CHECKING:
    from simimport.model.dialects import Dialect
    from simimport.model.people.staged import Staged
    from simimport.service.operation import Operation

__all__ = ["ENDPOINTS", "GENERATED", "ROLES", "Operations", "Status", "calls"]

#: The method of `Operations` that answers each endpoint, but for the status.
_METHODS: Mapping[str, str] = {
    "import.new": "_new",
    "import.addUsers": "_add_users",
    "import.run": "_run",
    "import.clear": "_clear",
    "importers.list": "_importers",
    "getImportProgress": "_progress",
    "getCurrentImportOperation": "_current_operation",
    "getLatestImportOperations": "_latest",
    "uploadImportFile": "_upload",
    "getImportFileData": "_file_data",
    "startImport": "_start",
    "downloadPublicImportFile": "_download",
    "downloadPendingFiles": "_pending_files",
    "downloadPendingAvatars": "_pending_avatars",
}


class Status(NamedTuple):
    """What the status answers from one instant on, and before another: no change comes between the two.

    Of which operation, in whose words, the state in these, and whether it is one that ends an operation.
    """

    operation: Operation | None
    dialect: Dialect
    from_us: float
    to_us: float
    answer: Answer
    state: str
    is_end: bool


class Operations(ApiCalls, FileCalls):
    """All operations of one import server; the last of them is the present one.

    The parameters are those of `Held`.
    """

    _last_status: Status | None = None

    def perform(
        self, endpoint: str, payload: Any, account: str, now_us: int, dialect: Dialect | None = None
    ) -> Answer:
        """Answer a call at an instant; a refused one leaves everything as it was.

        The status can be told in another dialect than the others are.
        """
        if endpoint == "import.status":
            return self.status(now_us, dialect or self._dialect).answer
        try:
            answer = getattr(self, _METHODS[endpoint])(payload, account, now_us)
        except RefusedError as error:
            return error.refusal
        except InvalidBodyError as error:
            return refusals.invalid_params(self._dialect, str(error))
        except ScenarioError as error:
            # with so many users, or so late, it would not end before the calendar does
            return refusals.service_error(str(error))
        return answer if isinstance(answer, Answer) else Answer.ok(answer)

    def status(self, now_us: int, dialect: Dialect) -> Status:
        """Return what the status answers at an instant; between two changes it is the very same."""
        operation, last = self.present, self._last_status
        # an operation never changes: a call that acts on it leaves another one
        is_same = last and last.operation is operation and last.dialect is dialect
        if last and is_same and last.from_us <= now_us < last.to_us:
            return last
        if operation is None:
            nothing, none = Answer.ok(wire.nothing(dialect)), State.NONE
            last = Status(None, dialect, -math.inf, math.inf, nothing, str(none), none.terminal)
        else:
            change, to_us = operation.change(now_us, dialect), operation.next_change_us(now_us, dialect)
            answer = Answer.ok(wire.status(dialect, operation.document, change))
            state = change.state
            last = Status(operation, dialect, now_us, to_us, answer, str(state), state.terminal)
        self._last_status = last
        return last

    # before a call ----------------------------------------------------------------------------------

    def misfit(self, endpoint: str, payload: Any) -> Answer | None:
        """Return the refusal of a body that does not fit the endpoint's schema, or None where it fits."""
        # the bodies of all others are ignored
        if endpoint not in BODIES:
            return None
        read = self.read(endpoint, payload)
        misfit = read.misfit if isinstance(read, (Body, Upload, Started)) else misfit_of(endpoint, read)
        return refusals.invalid_params(self._dialect, misfit) if misfit else None

    def read(self, endpoint: str, payload: Any) -> Any:
        """Return what a body comes to by itself, whenever it comes; what was read already, as it is."""
        if payload is GENERATED or isinstance(payload, (Body, Upload, Started)):
            return payload
        match endpoint:
            case "import.addUsers":
                return self._read(payload)
            case "uploadImportFile":
                return upload_of(payload, self._roles)
            case "startImport":
                return self._selected(payload)
            case _:
                return payload

    def ahead(self, endpoint: str, payload: Any) -> Any:
        """Return the payload of a call with all that can be known of it before its instant.

        What takes long is here and needs no lock; what has changed by the time of the call is found out then.
        """
        operation, read = self.present, self.read(endpoint, payload)
        if read is GENERATED:
            return self._generated() if operation is not None and operation.is_draft else read
        if endpoint == "getImportFileData":
            return self._shown()
        if isinstance(read, Started):
            return self._started(read)
        if endpoint == "import.run" and operation is not None and operation.to_be_run:
            return self._on_server.decide(operation.users)
        return read

    def still_holds(self, endpoint: str, payload: Any) -> bool:
        """Return whether a payload that `ahead` returned still holds all that takes long."""
        operation = self.present
        if endpoint == "import.addUsers":
            return self._follows(payload)
        if (
            endpoint not in ("import.run", "startImport", "getImportFileData")
            or operation is None
            or not operation.to_be_run
        ):
            return True
        if endpoint == "getImportFileData":
            return isinstance(payload, Shown) and payload.users is operation.users
        if isinstance(payload, Started):
            return bool(payload.misfit) or self._holds(payload, operation.users)
        return isinstance(payload, Decided) and self._on_server.holds(payload, operation.users)

    def _holds(self, started: Started, users: Staged) -> bool:
        """Return whether ``startImport`` was prepared for these people, and for all who are there now."""
        some, decided = started.chosen, started.decided
        if some is None or decided is None or started.users is not users:
            return False
        return self._on_server.holds(decided, some)


def calls(state: State) -> tuple[str, ...]:
    """Return the calls of the API that a state allows; the job's own events are nobody's to call."""
    return tuple(f"import.{move}" for move in possible(state) if move in CALLS)
