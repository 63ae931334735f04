"""What the tests of real clients share: a server whose clock moves with each answer, what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simimport import ImportService, PollClock, Scenario
from simimport.service.http.server import Serving
from tests.service.http.clients import ACCOUNTS, people

__all__ = ["PASSWORD", "PEOPLE", "USER", "at_end", "served"]

USER, PASSWORD = "boss", "pw"
#: What every client stages: three batches, the last of them not full.
PEOPLE: list[dict[str, Any]] = people(120)["users"]


def served(dialect: str) -> Serving:
    """Serve an import that goes on while it is polled: these clients can do nothing else."""
    service = ImportService(Scenario(failure_rate=0.1), seed=1, dialect=dialect, clock=PollClock(0.7))
    return service.serve(accounts=ACCOUNTS)


def at_end(states: Sequence[str], count: dict[str, int]) -> None:
    """Hold what a client saw against what must be: each state in its turn, and everybody processed."""
    assert list(dict.fromkeys(states)) == ["ready", "importing", "done"]
    assert count["total"] == count["users"] == len(PEOPLE)
    assert count["completed"] + count["error"] == len(PEOPLE)
    assert count["error"] > 0
