"""The oracle of one import: what is published of what happens to its users, event by event, as bodies.

Written from the rules, as `reference_truth`, the half that tells what happens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from simimport.model.scenario import Scenario
from tests.model.run.reference_truth import TICK, Plan

STATES = {
    "importer_new": "new",
    "importer_uploading": "loading",
    "importer_file_loaded": "loading",
    "importer_preparing_users": "loading",
    "importer_user_selection": "ready",
    "importer_done": "done",
}


# what is published -----------------------------------------------------------------------------------


@dataclass
class Document:
    """The operation's document, as one dialect has it, and every version of it that could be read."""

    plan: Plan
    server: bool
    contacts: bool
    step: str = "importer_new"
    completed: int = 0
    error: int = 0
    total: int = 0
    batch: int = 0
    valid: bool = True
    canceled: bool = False
    asked: bool = False
    ended_us: int | None = None
    processed: int = 0
    versions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.canceled:
            return "canceled"
        if self.step == "importer_import_failed" or (not self.valid and self.step != "importer_done"):
            return "error"
        return STATES.get(self.step, "importing")

    def publish(self, at_us: int, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        if self.versions and self.versions[-1]["at_us"] == at_us:
            self.versions.pop()  # nobody could read it
        names = ("step", "state", "completed", "error", "total", "batch", "valid")
        self.versions.append({"at_us": at_us, **{name: getattr(self, name) for name in names}})

    # events

    def begin_step(self, at_us: int, step: str) -> None:
        self.publish(at_us, step=step)
        if step == "importer_done":
            self.ended_us = at_us

    def select(self, at_us: int) -> None:
        self.publish(at_us, step="importer_user_selection", total=self.plan.scenario.users)

    def start(self, at_us: int, user: int) -> None:
        if user == self.plan.cancel:
            self.ask(at_us)

    def ask(self, at_us: int) -> None:
        self.asked = True
        if self.server:
            self.invalidate(at_us)

    def invalidate(self, at_us: int) -> None:
        if self.valid:
            self.publish(at_us, valid=False)

    def finish(self, at_us: int, user: int) -> None:
        if user != self.plan.crash:
            self.processed += 1
            return
        if self.server:
            self.invalidate(at_us)
        else:
            self.publish(at_us, step="importer_import_failed", valid=False)
        self.ended_us = at_us

    def flush(self, at_us: int, batch: int) -> None:
        members = [user for user in self.plan.users if user.batch == batch]
        failures = sum(user.reason is not None for user in members)
        counters = {
            "completed": self.completed + len(members) - failures,
            "error": self.error + failures,
            "batch": batch + 1,
        }
        if not self.asked:
            self.publish(at_us, **counters)
        elif not self.server:
            self.publish(at_us, **counters, step="importer_import_cancelled", valid=False, canceled=True)
            self.ended_us = at_us
        else:
            counters["error"] += len(members)
            if len(members) == self.plan.scenario.batch_size:
                self.publish(at_us, **counters)
                for later_us, step in walk(at_us, self.contacts):
                    self.begin_step(later_us, step)
            else:
                self.publish(at_us, **counters, step="importer_import_failed")
                self.ended_us = at_us

    def clear(self, at_us: int) -> None:
        """An administrator clears, in whatever state it is."""
        if self.server:
            if self.ended_us is None and self.state in ("new", "loading", "ready"):
                self.ended_us = at_us
            self.ask(at_us)
        elif self.ended_us is None:
            if self.state == "importing" and self.batch < len(self.plan.flush_us):
                self.asked = True
            else:
                self.publish(at_us, step="importer_import_cancelled", valid=False, canceled=True)
                self.ended_us = at_us


def walk(from_us: int, contacts: bool) -> list[tuple[int, str]]:
    """Return the steps after the last flush and when each begins."""
    first = [(from_us, "importer_importing_channels")]
    if contacts:
        first = [(from_us, "importer_importing_contacts"), (from_us + TICK // 2, first[0][1])]
    return [
        *first,
        (from_us + TICK, "importer_importing_messages"),
        (from_us + 2 * TICK, "importer_finishing"),
        (from_us + 3 * TICK, "importer_done"),
    ]


def tell(plan: Plan, clear_us: int | None, dialect: str) -> Document:
    """Let everything happen in order, and return the document with all its versions."""
    document = Document(plan, server=dialect != "docs", contacts=dialect in ("server-7.4", "server-8.3"))
    events = events_of(plan, document)
    times = [at_us for at_us, _, _ in events]
    assert times == sorted(times), "the plan goes back in time"
    if clear_us is not None:
        # whatever happens at the very instant of a clear has happened
        place = sum(at_us <= clear_us for at_us in times)
        events.insert(place, (clear_us, document.clear, ()))
    for at_us, event, arguments in events:
        if document.ended_us is None or event == document.clear:
            event(at_us, *arguments)
    return document


def events_of(plan: Plan, document: Document) -> list[tuple[int, Any, tuple[Any, ...]]]:
    scenario = plan.scenario
    events: list[tuple[int, Any, tuple[Any, ...]]] = [(0, document.begin_step, ("importer_new",))]
    new_us, ready_us = round(scenario.new_s * 1e6), round((scenario.new_s + scenario.loading_s) * 1e6)
    if ready_us > new_us:
        steps = ("importer_uploading", "importer_file_loaded", "importer_preparing_users")
        for third, step in enumerate(steps):
            at_us = new_us + round((ready_us - new_us) * third / 3)
            events.append((at_us, document.begin_step, (step,)))
    events.append((ready_us, document.select, ()))
    events.append((plan.run_us, document.begin_step, ("importer_importing_started",)))
    events.append((plan.run_us + TICK, document.begin_step, ("importer_importing_users",)))
    for number, user in enumerate(plan.users):
        events.append((user.start_us, document.start, (number,)))
        events.append((user.finish_us, document.finish, (number,)))
        if number + 1 == len(plan.users) or plan.users[number + 1].batch > user.batch:
            events.append((plan.flush_us[user.batch], document.flush, (user.batch,)))
    worked_us = plan.flush_us[-1] if plan.flush_us else plan.run_us + TICK
    events += [(at_us, document.begin_step, (step,)) for at_us, step in walk(worked_us, document.contacts)]
    return events


# bodies ----------------------------------------------------------------------------------------------


def body(scenario: Scenario, seed: int, version: dict[str, Any] | None, dialect: str) -> list[Any]:
    """Return the body as pairs, so that the order of the keys counts."""
    server = dialect != "docs"
    if version is None:
        return [("state", "none"), ("success", True)] if server else [("success", True), ("state", "none")]
    epoch = datetime.fromisoformat(scenario.epoch)
    operation: list[Any] = [
        ("type", {"api": "api", "csv": "CSV"}[scenario.importer]),
        ("importerKey", scenario.importer),
        ("ts", _wire_time(epoch, 0)),
        ("status", version["step"]),
        ("valid", version["valid"]),
        ("user", "aobEdbYhXfu5hkeqG"),
        ("_updatedAt", _wire_time(epoch, version["at_us"])),
    ]
    total, counted = version["total"], [("completed", version["completed"]), ("error", version["error"])]
    if not server:
        count = [("total", total), ("users", total), ("messages", 0), ("channels", 0), *counted]
        operation.append(("count", count))
        return [("success", True), ("state", version["state"]), ("operation", operation)]
    operation.insert(0, ("_id", _id(epoch, seed)))
    staged = ("importer_new", "importer_uploading", "importer_file_loaded", "importer_preparing_users")
    if version["step"] not in staged:
        staged_count = [("total", total), ("users", total)]
        operation.append(("count", staged_count + (counted if version["batch"] else [])))
    return [("state", version["state"]), ("operation", operation), ("success", True)]


def _wire_time(epoch: datetime, at_us: int) -> str:
    moment = epoch + timedelta(microseconds=at_us)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _id(epoch: datetime, seed: int) -> str:
    seconds = int((epoch - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1) % 2**32
    return f"{seconds:08x}" + hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()


def pairs(value: Any) -> Any:
    """Return a body with every object as its list of pairs."""
    if isinstance(value, dict):
        return [(key, pairs(inner)) for key, inner in value.items()]
    return value
