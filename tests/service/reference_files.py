"""The oracle of file imports: what uploads, their data and downloads do, told from the rules."""

from __future__ import annotations

from typing import Any

from tests.service.reference import NAMES, Answer, Person, Server, ok, refused

#: What a test uploads: the importer, and the people that are in the file.
Upload = tuple[str, list[Person]]
#: Whom a test chooses: everybody, or those of some import ids.
Chosen = tuple[bool, frozenset[str]]

_LOADING = ("importer_uploading", "importer_file_loaded", "importer_preparing_users")


def not_found(method: str) -> Answer:
    return method_error("error-operation-not-found", "Import Operation Not Found", method)


def method_error(code: str, reason: str, method: str) -> Answer:
    error = f"{reason} [{code}]"
    return 400, [("success", False), ("error", error), ("errorType", code), ("details", method)]


class FileServer(Server):
    """An import server with all its endpoints."""

    def uploadImportFile(self, upload: Upload) -> Answer:
        importer, people = upload
        operation = self.begin(importer)
        operation.staged = people
        loading_us = round(self.scenario.loading_s * 1e6)
        if self.dialect != "docs":
            operation.steps = [(0, "importer_file_loaded", 0)]
        else:
            operation.steps = [(round(third * loading_us / 3), step, 0) for third, step in enumerate(_LOADING)
                               if loading_us]  # fmt: skip
            operation.steps.append((loading_us, "importer_user_selection", len(people)))
        return ok(("success", True))

    def getImportFileData(self, _: Any) -> Answer:
        present, version = self.present, self.version
        if present is None or version is None:
            return not_found("getImportFileData")
        age_us = self.now_us - present.created_us
        if self.dialect != "docs" and present.plan is None and present.cleared_us is None:
            selection = "importer_user_selection"
            earlier = [step for step in present.steps if step[0] < age_us]
            if version["step"] == "importer_file_loaded":
                loading_us = round(self.scenario.loading_s * 1e6)
                preparing = [(age_us, "importer_preparing_users", 0)] if loading_us else []
                ready = (age_us + loading_us, selection, len(present.staged))
                present.steps = [*earlier, *preparing, ready]
            elif version["step"] == "importer_new":
                present.steps = [*earlier, (age_us, selection, 0)]
        version = present.version(self.now_us, self.dialect)
        if version["step"] in (*_LOADING, "importer_downloading_file"):
            if not version["valid"]:
                return method_error(
                    "error-import-operation-invalid", "Invalid Import Operation", "getImportFileData"
                )
            return ok(("waiting", True), ("success", True))
        return self._selection(present.importer)

    def _selection(self, importer: str) -> Answer:
        users = []
        for person in self.staging():
            shown: list[tuple[str, Any]] = [("user_id", person["import_id"].split(",")[0])]
            shown += [(name, person[name]) for name in ("username", "email") if person[name]]
            shown += [("is_deleted", bool(person["deleted"])), ("is_bot", person["type"] == "bot")]
            users.append([*shown, ("do_import", True), ("is_email_taken", False)])
        contacts = [("contacts", [])] if self.dialect in ("server-7.4", "server-8.3") else []
        return ok(
            ("name", NAMES[importer]), ("users", users), ("channels", []), ("message_count", 0), *contacts,
            ("success", True),
        )  # fmt: skip

    def startImport(self, chosen: Chosen) -> Answer:
        present, version = self.present, self.version
        if present is None or version is None:
            return not_found("startImport")
        if version["state"] in ("new", "loading", "ready"):
            everybody, ids = chosen
            staged = present.staged if version["total"] else []
            present.steps = [step for step in present.steps if step[0] <= self.now_us - present.created_us]
            some = [person for person in staged if everybody or person["import_id"].split(",")[0] in ids]
            self.start(present, some)
        return ok(("success", True))

    def downloadPublicImportFile(self, url: str) -> Answer:
        if not url.startswith("http"):
            return method_error("error-import-file-missing", url, "downloadPublicImportFile")
        operation = self.begin("csv")
        if self.dialect == "server-8.3" and "//127." in url:
            operation.steps = [(0, "importer_import_failed", 0)]
            return refused("error-ssrf-validation-failed")
        operation.steps = [(0, "importer_downloading_file", 0)]
        return ok(("success", True))

    def downloadPendingFiles(self, _: Any) -> Answer:
        return self._pending("pending-files", 0)

    def downloadPendingAvatars(self, _: Any) -> Answer:
        return self._pending("pending-avatars", sum(bool(person["avatar_url"]) for person in self.imported()))

    def _pending(self, importer: str, count: int) -> Answer:
        self.begin(importer).steps = [(0, "importer_done", count)]
        pairs = [("count", count), ("success", True)]
        return ok(*(pairs if self.dialect in ("server-7.4", "server-8.3") else reversed(pairs)))

    def getLatestImportOperations(self, _: Any) -> Answer:
        def updated_ms(number: int) -> int:
            operation = self.imports[number]
            version = operation.version(self.now_us, self.dialect)
            return (operation.created_us + version["at_us"]) // 1000  # type: ignore[no-any-return]

        numbers = sorted(range(len(self.imports)), key=lambda n: (updated_ms(n), n), reverse=True)
        return 200, [self.shown(self.imports[number]) for number in numbers[:20]]
