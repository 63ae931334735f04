"""What the calls around a file import do, and those that look at all operations.

Nothing is ever fetched: a download hangs, as one from a server that never answers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simimport.model.people.staged import Staged
from simimport.model.run import wire
from simimport.model.states import Move, State, Step, follow, possible
from simimport.service import refusals
from simimport.service.calls.bodies import DOWNLOAD, nothing_in, selection_in, texts_in
from simimport.service.calls.downloads import is_private
from simimport.service.calls.held import Held, RefusedError
from simimport.service.calls.selection import Shown, Started, chosen, selection_answer, shown, shown_frame
from simimport.service.calls.uploads import FILE_IMPORTERS, Upload, undefined_importer, upload_of
from simimport.service.operation import Operation
from simimport.service.people.add_users_body import InvalidBodyError

__all__ = ["FileCalls", "misfit_of"]

# while a file is on its way into the operation
_LOADING = (Step.UPLOADING, Step.FILE_LOADED, Step.PREPARING_USERS)
# at these steps it is answered that the file is being read (getImportFileData.ts @ 11654319)
_WAITING = (*_LOADING, Step.DOWNLOADING_FILE)


class FileCalls(Held):
    """The calls around a file import; each is given its payload, who calls, and the instant."""

    # a file -----------------------------------------------------------------------------------------

    def _upload(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        upload = payload if isinstance(payload, Upload) else upload_of(payload, self._roles)
        self._refuse_misfit(upload.misfit)
        if upload.refusal:
            raise RefusedError(upload.refusal)
        operation = self._made(account, now_us, upload.importer)
        loading = self._led_on(operation, Move.LOAD)
        users = Staged().add(upload.body.people)
        if self._dialect.server:
            # nothing happens until somebody asks for the data (uploadImportFile.ts @ 0906635a)
            operation = operation.uploaded(users, loading)
        else:
            states = (loading, self._follow(Move.LOAD, now_us, loading))
            operation = replace(operation, users=users)
            operation = operation.load(_LOADING, operation.created_us, self._loading_us, states)
        self._take(operation, now_us)
        return wire.success()

    def _file_data(self, payload: Any, account: str, now_us: int) -> Any:
        """Answer who can be chosen; of a server's file that is there, begin to read it.

        A server that is asked about an import that has ended makes it ready once more, with nobody in it;
        that is left out.
        """
        if self.present is None:
            raise RefusedError(refusals.no_operation("getImportFileData"))
        self._begin_to_load(self.present, now_us)
        operation = self._there()
        change = operation.change(now_us, self._dialect)
        if change.step in _WAITING:
            if not change.valid:
                reason = "Invalid Import Operation"
                code = "error-import-operation-invalid"
                raise RefusedError(refusals.method_error(code, reason, "getImportFileData"))
            return {"waiting": True, "success": True}
        if isinstance(payload, Shown) and operation.is_draft and payload.users is operation.users:
            users = payload.raw
        else:
            users = shown_frame(operation.left(now_us, self._dialect))
        return selection_answer(self._dialect, wire.IMPORTERS[operation.document.importer], users)

    def _begin_to_load(self, operation: Operation, now_us: int) -> None:
        """Begin to read a server's file that is there; an import by the API is at its selection at once."""
        change = operation.change(now_us, self._dialect)
        if (
            not self._dialect.server
            or not operation.is_draft
            or change.step not in (Step.NEW, Step.FILE_LOADED)
        ):
            return
        state, steps, loading_us = change.state, [Step.PREPARING_USERS], self._loading_us
        if change.step is Step.NEW:
            state, steps, loading_us = self._follow(Move.LOAD, now_us), [], 0
        states = (state, self._follow(Move.LOAD, now_us, state))
        self.present = operation.load(steps, now_us, loading_us, states)

    @property
    def _loading_us(self) -> int:
        return round(self._scenario.loading_s * 1e6)

    def _start(self, payload: Any, account: str, now_us: int) -> dict[str, Any]:
        """Run the operation with those who are chosen, whatever its state: of a file, as much as is loaded.

        What runs goes on, and of what has ended nobody is left: there the call does nothing. (A server
        would begin a second time beside the first, or walk its steps once more for nobody.)
        """
        started = payload if isinstance(payload, Started) else self._selected(payload)
        self._refuse_misfit(started.misfit)
        if self.present is None:
            raise RefusedError(refusals.no_operation("startImport"))
        if not self._comes_to_run(now_us):
            return wire.success()
        operation = self.present
        users = operation.staged_by(now_us)
        some, decided = started.chosen, started.decided
        if started.users is not users or some is None:
            some, decided = chosen(users, started.selection), None
        if decided is None or not self._on_server.holds(decided, some):
            decided = self._on_server.decide(some)
        self.present = operation.start(some, decided.people, decided.existing, now_us)
        self._on_server.settle(decided)
        return wire.success()

    def _comes_to_run(self, now_us: int) -> bool:
        """Return whether the operation can be run, if it were loaded already."""
        state = self.state(now_us)
        for _ in State:
            if Move.RUN in possible(state) or Move.LOAD not in possible(state):
                break
            state = follow(state, Move.LOAD)
        return Move.RUN in possible(state)

    def _started(self, started: Started) -> Started:
        """Return what a body of ``startImport`` comes to, with all that can be known before its instant."""
        operation = self.present
        if started.misfit or operation is None or not operation.to_be_run:
            return started
        if started.decided is not None and started.users is operation.users:
            return started
        some = chosen(operation.users, started.selection)
        return started._replace(users=operation.users, chosen=some, decided=self._on_server.decide(some))

    def _selected(self, payload: Any) -> Started:
        """Return what a body of ``startImport`` comes to by itself."""
        try:
            return Started(selection_in(payload, self._dialect))
        except InvalidBodyError as error:
            return Started(misfit=str(error))

    def _shown(self) -> Shown | None:
        """Return the people of the present operation as they are shown; the same as long as it is they."""
        operation = self.present
        if operation is None or not operation.to_be_run:
            return None
        if self._last_shown is None or self._last_shown.users is not operation.users:
            self._last_shown = shown(operation.users)
        return self._last_shown

    _last_shown: Shown | None = None

    # what is fetched, or would be ---------------------------------------------------------------------

    def _download(self, payload: Any, account: str, now_us: int) -> Any:
        """Answer as a server that begins to download a file; it never comes."""
        given = texts_in(payload, DOWNLOAD)
        url, importer = given["fileUrl"], given["importerKey"]
        if importer not in FILE_IMPORTERS:
            raise RefusedError(undefined_importer(importer, "downloadImportFile"))
        if not url.startswith("http"):
            # a path on the server, and there is no file (downloadPublicImportFile.ts @ 0906635a)
            code = "error-import-file-missing"
            raise RefusedError(refusals.method_error(code, url, "downloadPublicImportFile"))
        operation = self._made(account, now_us, importer)
        state = self._led_on(operation, Move.LOAD)
        if self._dialect.typed_routes and is_private(url):
            # the operation is there by then, and fails (downloadPublicImportFile.ts @ 269944d2)
            failed = self._follow(Move.CRASH, now_us, state)
            self._take(operation.waiting(Step.FAILED, failed), now_us)
            return refusals.service_error("error-ssrf-validation-failed")
        self._take(operation.waiting(Step.DOWNLOADING_FILE, state), now_us)
        return wire.success()

    def _pending_files(self, payload: Any, account: str, now_us: int) -> Any:
        # they are those of messages, of which there are none
        return self._pending(payload, account, now_us, "pending-files", 0)

    def _pending_avatars(self, payload: Any, account: str, now_us: int) -> Any:
        nothing_in(payload)
        pending = int(self.imported(now_us)["avatar_url"].notna().sum())
        return self._pending(payload, account, now_us, "pending-avatars", pending)

    def _pending(self, payload: Any, account: str, now_us: int, importer: str, count: int) -> Any:
        """Make the operation that fetches what is pending: it is done at once.

        None of it is fetched, and all of it stays pending. A server counts avatars that it cannot have as
        completed all the same (PendingAvatarImporter.ts @ 11654319).
        """
        nothing_in(payload)
        operation = self._made(account, now_us, importer)
        state = operation.drafts[0].state
        for move in (Move.LOAD, Move.LOAD, Move.RUN, Move.FINISH):
            state = self._follow(move, now_us, state)
        self._take(operation.waiting(Step.DONE, state, count), now_us)
        # older handlers have `success` in their own body
        if self._dialect.router == "restivus":
            return {**wire.success(), "count": count}
        return {"count": count, **wire.success()}

    # all operations -----------------------------------------------------------------------------------

    def _latest(self, payload: Any, account: str, now_us: int) -> list[dict[str, Any]]:
        return [
            wire.operation(self._dialect, operation.document, change)
            for operation, change in self.latest(now_us)
        ]

    # what they share ----------------------------------------------------------------------------------

    def _led_on(self, operation: Operation, move: Move) -> State:
        """Return the state to which a move leads from that of a new operation."""
        return self._follow(move, operation.created_us, operation.drafts[0].state)

    def _refuse_misfit(self, misfit: str) -> None:
        if misfit:
            raise RefusedError(refusals.invalid_params(self._dialect, misfit))


def misfit_of(endpoint: str, payload: Any) -> str:
    """Return what the validator says of a body of the endpoints whose bodies are read at once."""
    try:
        if endpoint == "downloadPublicImportFile":
            texts_in(payload, DOWNLOAD)
        elif endpoint in ("downloadPendingFiles", "downloadPendingAvatars"):
            nothing_in(payload)
    except InvalidBodyError as error:
        return str(error)
    return ""
