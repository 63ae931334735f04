"""The oracle of the service: an import server told slowly and plainly, from the rules and not from the code.

What becomes of a run is told by the model's own oracle, event by event. Shared with the code under test are
the raw draws only: the seeds of operations, and the generated people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simimport.model.people.generated import stage
from simimport.model.scenario import Scenario
from simimport.model.seeds import derive
from tests.model.run import reference as model
from tests.model.run import reference_truth as truth

TERMINAL = ("done", "canceled", "error")
ROLES = {
    "admin", "moderator", "leader", "owner", "user", "bot", "app", "guest", "anonymous", "livechat-agent",
    "livechat-manager", "livechat-monitor", "auditor", "auditor-log",
}  # fmt: skip
NOT_INITIALIZED = "Import operation not initialized."
NO_NEW_DATA = "The current import operation can not receive new data."
FINISHED = "The current import operation is already finished."
MISSING = "Users are missing required data."
BAD_ROLES = "One or more of the users have been assigned invalid roles."

NAMES = {
    "csv": "CSV", "slack": "Slack", "slack-users": "Slack_Users", "api": "API",
    "pending-files": "Pending Files", "pending-avatars": "Pending Avatars",
}  # fmt: skip
CREATE = (
    "import.new", "uploadImportFile", "downloadPublicImportFile", "downloadPendingFiles",
    "downloadPendingAvatars",
)  # fmt: skip

Person = dict[str, Any]
Answer = tuple[int, Any]  # the status, and the body as pairs, so that the order of the keys counts


def ok(*pairs: tuple[str, Any]) -> Answer:
    return 200, list(pairs)


def refused(error: str) -> Answer:
    return 400, [("success", False), ("error", error)]


def misshapen(dialect: str, message: str) -> Answer:
    """The refusal of a body by the server's schema."""
    if dialect == "server-8.3":
        return 400, [("success", False), ("errorType", "invalid-params"), ("error", message)]
    return 400, [
        ("success", False), ("error", f"{message} [invalid-params]"), ("errorType", "invalid-params"),
    ]  # fmt: skip


@dataclass
class Import:
    """One operation."""

    seed: int
    scenario: Scenario
    created_us: int
    importer: str = "api"
    staged: list[Person] = field(default_factory=list)
    # its steps before it is run, with the number of those who are staged, by its own age
    steps: list[tuple[int, str, int]] = field(default_factory=lambda: [(0, "importer_new", 0)])
    cleared_us: int | None = None
    plan: truth.Plan | None = None
    # who is run: of a selection, not everybody who is staged
    running: list[Person] = field(default_factory=list)
    documents: dict[tuple[int | None, str], model.Document] = field(default_factory=dict)

    def versions(self, dialect: str) -> list[dict[str, Any]]:
        """Every version of its document that can be read from its last call on, by its own age."""
        if self.plan is not None:
            left_out = self.total - len(self.running)
            return [
                {**version, "total": version["total"] + left_out}
                for version in self.document(dialect).versions
            ]
        drafts = [draft_of(at_us, step, total) for at_us, step, total in self.steps]
        if self.cleared_us is None:
            return drafts
        drafts = [draft for draft in drafts if draft["at_us"] <= self.cleared_us]
        last = {**drafts[-1], "at_us": self.cleared_us, "valid": False}
        if dialect == "docs":
            if last["state"] in TERMINAL:
                return drafts
            last |= {"state": "canceled", "step": "importer_import_cancelled"}
        elif last["state"] != "done":
            last["state"] = "error"
        return [*drafts, last]

    @property
    def total(self) -> int:
        return max(total for at_us, _, total in self.steps)

    def document(self, dialect: str) -> model.Document:
        """What its plan comes to, read out once for each clear, since it is asked for again and again."""
        assert self.plan is not None
        key = (self.cleared_us, dialect)
        if key not in self.documents:
            self.documents[key] = model.tell(self.plan, self.cleared_us, dialect)
        return self.documents[key]

    def version(self, now_us: int, dialect: str) -> dict[str, Any]:
        age_us = now_us - self.created_us
        return [version for version in self.versions(dialect) if version["at_us"] <= age_us][-1]

    def reached(self, dialect: str) -> list[tuple[Person, str | None, int]]:
        """Who was processed in the end: the person, why it failed, and when on the service's clock."""
        if self.plan is None:
            return []
        users = self.plan.users[: self.document(dialect).processed]
        return [(person, user.reason, user.finish_us + self.created_us)
                for person, user in zip(self.running, users, strict=False)]  # fmt: skip


LOADING = (
    "importer_uploading", "importer_downloading_file", "importer_file_loaded", "importer_preparing_users",
)  # fmt: skip
STATES = {
    **dict.fromkeys(LOADING, "loading"), "importer_new": "new", "importer_user_selection": "ready",
    "importer_done": "done", "importer_import_failed": "error",
}  # fmt: skip


def draft_of(at_us: int, step: str, total: int) -> dict[str, Any]:
    """What is published at a step of an operation that is not run; what is done by then has fetched all."""
    fetched = total if step == "importer_done" else 0
    counters = {"total": total, "completed": fetched, "error": 0, "batch": int(fetched > 0)}
    return {"at_us": at_us, "step": step, "state": STATES[step], "valid": True, **counters}


class Server:
    """An import server; each call gives the status and the body that it must answer."""

    def __init__(self, scenario: Scenario, seed: int, dialect: str, existing: list[Person]) -> None:
        self.scenario, self.seed, self.dialect = scenario, seed, dialect
        self.existing = existing
        self.now_us = 0
        self.imports: list[Import] = []
        self.calls = self.polls = self.polls_after_end = 0
        self.end_seen = False

    @property
    def present(self) -> Import | None:
        return self.imports[-1] if self.imports else None

    @property
    def version(self) -> dict[str, Any] | None:
        return self.present.version(self.now_us, self.dialect) if self.present else None

    @property
    def state(self) -> str:
        return self.version["state"] if self.version else "none"

    def call(self, endpoint: str, payload: Any = None) -> Answer:
        """Answer a call, and count it."""
        self.calls += 1
        polled = endpoint in ("import.status", "getImportProgress", "getCurrentImportOperation")
        self.polls += polled
        self.polls_after_end += polled and self.end_seen
        answer: Answer = getattr(self, endpoint.replace("import.", "import_").replace(".", "_"))(payload)
        if answer[0] == 200 and (polled or endpoint in CREATE):
            self.end_seen = (self.end_seen or self.state in TERMINAL) and endpoint not in CREATE
        return answer

    # the endpoints

    def import_status(self, _: Any) -> Answer:
        return 200, self._body()

    def import_new(self, _: Any) -> Answer:
        self.begin("api")
        operation = ("operation", self._operation())
        success = ("success", True)
        return ok(success, operation) if self.dialect == "docs" else ok(operation, success)

    def begin(self, importer: str) -> Import:
        """Clear what is there, and begin another operation."""
        self.import_clear(None)
        created_us = self.now_us // 1000 * 1000  # as fine as timestamps tell
        epoch = datetime.fromisoformat(self.scenario.epoch) + timedelta(microseconds=created_us)
        kind = "api" if importer == "api" else "csv"
        scenario = self.scenario.replace(epoch=epoch.isoformat(), importer=kind, loading_s=0.0)
        self.imports.append(Import(derive(self.seed, len(self.imports)), scenario, created_us, importer))
        return self.imports[-1]

    def import_addUsers(self, payload: Any) -> Answer:
        """Take users, nobody before anything is looked at; None stands for the generated ones."""
        if payload == [] or (payload is None and not self.scenario.users):
            return ok(("success", True))
        present, version = self.present, self.version
        if present is None or version is None or not version["valid"]:
            return refused(NOT_INITIALIZED)
        if version["state"] not in ("new", "ready"):
            return refused(FINISHED if version["state"] == "done" else NO_NEW_DATA)
        people = self._generated(present) if payload is None else [person_of(user) for user in payload]
        if not all(person["email"] and person["import_id"] for person in people):
            return refused(MISSING)
        if any(set(person["roles"].split(",")) - ROLES for person in people):
            return refused(BAD_ROLES)
        if self.dialect == "server-7.4":
            # it takes the first role for a list of roles
            people = [{**person, "roles": ",".join(dict.fromkeys(person["roles"].split(",")[0]))}
                      for person in people]  # fmt: skip
        present.staged += people
        age_us = self.now_us - present.created_us
        present.steps = [(age_us, "importer_user_selection", len(present.staged))]
        return ok(("success", True))

    def import_run(self, _: Any) -> Answer:
        version, present = self.version, self.present
        if version is None or present is None or not version["valid"]:
            return refused("error-operation-not-found")
        if version["state"] != "ready":
            return refused("error-invalid-operation-status")
        self.start(present, present.staged)
        return ok(("success", True))

    def start(self, present: Import, running: list[Person]) -> None:
        age_s = (self.now_us - present.created_us) / 1e6
        waits = {"new_s": age_s, "loading_s": 0.0, "ready_s": 0.0}
        there = [*self.existing, *self._ever_imported()]
        people = truth.people_of(running, there)
        scenario = present.scenario.replace(users=len(people), **waits)
        present.running = running
        present.plan = truth.plan([(0, scenario, present.seed)], people)

    def import_clear(self, _: Any) -> Answer:
        if self.present and self.present.cleared_us is None:
            self.present.cleared_us = self.now_us - self.present.created_us
        return ok(("success", True))

    def importers_list(self, _: Any) -> Answer:
        importers = [("csv", "CSV"), ("slack", "Slack"), ("slack-users", "Slack_Users")]
        return 200, [[("key", key), ("name", name)] for key, name in importers]

    def getImportProgress(self, _: Any) -> Answer:
        version = self.version
        if version is None:
            code = "error-operation-not-found"
            return 400, [("success", False), ("error", f"Import Operation Not Found [{code}]"),
                         ("errorType", code), ("details", "getImportProgress")]  # fmt: skip
        count = [(name, version[name]) for name in ("completed", "total", "error")]
        return ok(
            ("key", self.imports[-1].importer), ("name", NAMES[self.imports[-1].importer]),
            ("step", version["step"]), ("count", count), ("success", True),
        )  # fmt: skip

    def getCurrentImportOperation(self, _: Any) -> Answer:
        return ok(("success", True), *([("operation", self._operation())] if self.present else []))

    def _body(self) -> list[Any]:
        present = self.present
        if present is None:
            return model.body(self.scenario, 0, None, self.dialect)
        body = model.body(present.scenario, present.seed, self.version, self.dialect)
        shown = self.shown(present)
        return [(key, shown if key == "operation" else value) for key, value in body]

    def _operation(self) -> Any:
        return dict(self._body())["operation"]

    def shown(self, operation: Import) -> list[tuple[str, Any]]:
        """The document of an operation, as its importer has it."""
        version = operation.version(self.now_us, self.dialect)
        body = model.body(operation.scenario, operation.seed, version, self.dialect)
        pairs = dict(dict(body)["operation"])
        key, total = operation.importer, version["total"]
        pairs |= {"type": "api" if key == "api" else NAMES[key], "importerKey": key}
        if self.dialect == "docs":
            if key.startswith("pending"):
                pairs["count"] = [(name, 0 if name == "users" else total if name == "messages" else value)
                                  for name, value in pairs["count"]]  # fmt: skip
        elif version["step"] in (*LOADING, "importer_import_failed") and not total:
            pairs.pop("count", None)
        elif key.startswith("pending"):
            count = [(name, total) for name in ("messages", "total", "completed")] + [("error", 0)]
            pairs |= {"count": count} if total else {}
            if not total:
                pairs.pop("count", None)
        return list(pairs.items())

    def _generated(self, operation: Import) -> list[Person]:
        before = len(operation.staged)
        frame = stage(self.scenario.replace(users=before + self.scenario.users), seed=operation.seed)
        return [{**person, "roles": with_default(person["roles"])} for person in rows(frame)[before:]]

    # what there is

    def staging(self) -> list[Person]:
        """Who is in the staging area; after the end with the reason."""
        present = self.present
        if present is None or present.cleared_us is not None:
            return []
        if present.plan is None:
            return present.staged if self.version and self.version["total"] else []
        if self.state not in TERMINAL:
            return present.running
        if self.dialect != "docs":
            return []
        reached = present.reached(self.dialect)
        reasons = [reason for _, reason, _ in reached]
        reasons += ["unreached"] * (len(present.running) - len(reached))
        return [{**person, "reason": reason}
                for person, reason in zip(present.running, reasons, strict=True) if reason]  # fmt: skip

    def imported(self) -> list[Person]:
        return [person for operation in self.imports
                for person, reason, at_us in operation.reached(self.dialect)
                if reason is None and at_us <= self.now_us]  # fmt: skip

    def _ever_imported(self) -> list[Person]:
        return [person for operation in self.imports
                for person, reason, _ in operation.reached(self.dialect) if reason is None]  # fmt: skip

    def when(self, state: str) -> int | None:
        """When, from now on, a state is there if nobody calls."""
        if self.state == state:
            return self.now_us
        return next((at_us for at_us, version in self.to_come() if version["state"] == state), None)

    def to_come(self) -> list[tuple[int, dict[str, Any]]]:
        """What will be published if nobody calls, and when."""
        if self.present is None:
            return []
        versions = [(version["at_us"] + self.present.created_us, version)
                    for version in self.present.versions(self.dialect)]  # fmt: skip
        return [(at_us, version) for at_us, version in versions if at_us > self.now_us]


COLUMNS = (
    "import_id", "username", "email", "extra_emails", "name", "roles", "type", "utc_offset", "bio",
    "avatar_url", "deleted", "status_text",
)  # fmt: skip


def person_of(user: dict[str, Any]) -> Person:
    """Return a user of a body as the row that it becomes: what is empty is missing, and all are users."""
    emails = [email for email in user["emails"] if email]
    ids = [str(import_id) for import_id in user["importIds"] if import_id]
    return {
        **dict.fromkeys(COLUMNS),
        "import_id": ",".join(ids) or None,
        "username": user.get("username") or None,
        "email": emails[0] if emails else None,
        "extra_emails": ",".join(emails[1:]) or None,
        "name": user.get("name") or None,
        "roles": with_default(",".join(user.get("roles", []))),
    }


def with_default(roles: str | None) -> str:
    return ",".join(dict.fromkeys([*(roles.split(",") if roles else []), "user"]))


def rows(frame: Any) -> list[Person]:
    """Return a frame as plain rows, None where something is missing."""
    names, missing = list(frame.columns), frame.isna().to_numpy().tolist()
    values = zip(*(frame[name].tolist() for name in names), strict=True)
    return [
        {name: None if gap else value for name, value, gap in zip(names, row, gaps, strict=True)}
        for row, gaps in zip(values, missing, strict=True)
    ]


def pairs(value: Any) -> Any:
    """Return a decoded body with every object in it as its list of pairs."""
    if isinstance(value, list):
        return [pairs(inner) for inner in value]
    if isinstance(value, dict):
        return [(key, pairs(inner)) for key, inner in value.items()]
    return value


def decoded(raw: bytes) -> Any:
    return pairs(json.loads(raw))
