"""Bodies to hold against the schemas: of every kind, in every dialect, and the contract's own examples."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from hypothesis import settings

from simimport import ImportService, Run, response_schema, simulate
from simimport.model.states import Step
from tests.model.strategies import DIALECTS

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Body = dict[str, Any]

# as many as ever in the everyday run, and more of them where more is asked for
EVERY = settings(max_examples=max(60, settings.default.max_examples))
SERVERS = DIALECTS[1:]
PAGE: Body = {
    "success": True,
    "state": "ready",
    "operation": {
        "type": "api",
        "importerKey": "api",
        "ts": "2016-09-13T14:57:56.037Z",
        "status": "importer_user_selection",
        "valid": True,
        "user": "aobEdbYhXfu5hkeqG",
        "_updatedAt": "2016-09-13T14:57:56.037Z",
        "count": {"total": 8000, "users": 8000, "messages": 0, "channels": 0, "completed": 0, "error": 0},
    },
}
SERVER_PAGE: Body = {
    "state": "ready",
    "operation": {
        "_id": "64d51ea91558939980aab371",
        "type": "api",
        "importerKey": "api",
        "ts": "2023-08-10T17:30:17.519Z",
        "status": "importer_user_selection",
        "valid": True,
        "user": "7TY57bBj3xQXvf2i2",
        "_updatedAt": "2023-08-10T17:41:20.052Z",
        "count": {"total": 2, "users": 2},
    },
    "success": True,
}


@cache
def validator(dialect: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator in Rust, hundreds of times as fast as the one in Python."""
    return jsonschema_rs.Draft202012Validator(response_schema(dialect))


@cache
def validator_in_python(dialect: str) -> Draft202012Validator:
    """Return the validator that most will use; it takes a second to load, which few tests need."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(response_schema(dialect))


def check_schema(schema: Any) -> None:
    """Refuse what is no JSON Schema."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema)


def fits(body: Any, dialect: str) -> bool:
    return validator(dialect).is_valid(body)


def verdicts(body: Any, dialect: str) -> set[bool]:
    """Return what both validators say of a body, which had better be one thing."""
    return {fits(body, dialect), bool(validator_in_python(dialect).is_valid(body))}


def misfits(run: Run, dialect: str) -> list[Body]:
    return [body for _, body in run.responses(dialect=dialect) if not fits(body, dialect)]


@cache
def pool(dialect: str) -> list[Body]:
    """Return distinct bodies of every kind: whole runs, canceled and crashed ones, of nobody and of files."""
    base = [
        simulate(users=120, failure_rate=0.3, seed=1),
        simulate(users=120, failure_rate=1, seed=2),
        simulate(users=0, seed=3),
        simulate(users=60, importer="csv", loading_s=3.0, failure_rate=0, seed=4),
        simulate(users=120, crash_rate=1, crash_at=0.1, seed=5),
        simulate(users=120, crash_rate=1, crash_at=0.9, seed=6),
        simulate(users=60, importer="csv", loading_s=3.0, crash_rate=1, seed=7),
    ]
    # at each change, so that every step is interrupted in some
    canceled = [run.cancel(at_s) for run in base for at_s, _ in run.responses(dialect=DIALECTS[-1])]
    bodies = [run.status(-1, dialect=dialect) for run in base[:1]]
    bodies += [body for run in [*base, *canceled] for _, body in run.responses(dialect=dialect)]
    return distinct([*bodies, *_downloading(dialect)])


def _downloading(dialect: str) -> list[Body]:
    """Return the bodies while a file is downloaded, and once that is cleared: no run has them."""
    service = ImportService(seed=8, dialect=dialect)
    url = "https://example.com/a.zip"
    service.answer("downloadPublicImportFile", {"fileUrl": url, "importerKey": "slack"})
    downloading = service.status()
    service.clear()
    return [downloading, service.status()]


def distinct(bodies: list[Body]) -> list[Body]:
    return list({json.dumps(body): body for body in bodies}.values())


def known_steps(dialect: str) -> list[Step]:
    """Return the steps that the contract gives a dialect."""
    absent = {Step.IMPORTING_CONTACTS} if dialect in ("docs", "server-6.3") else set()
    return [step for step in Step if step not in absent | (set() if dialect == "docs" else {Step.CANCELLED})]


def objects(body: Body) -> list[Body]:
    operation = body.get("operation", {})
    return [each for each in (body, operation, operation.get("count")) if each]
