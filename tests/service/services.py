"""A small service that fails nobody, and how it imports from new to the end."""

from __future__ import annotations

from typing import Any

from simimport import ImportService, Scenario

SURE = Scenario(users=20, failure_rate=0)
ANN: dict[str, Any] = {"emails": ["ann@example.org"], "importIds": ["1"], "username": "ann"}


def whole(service: ImportService, users: Any = None) -> ImportService:
    """Let it import from new to the end."""
    service.new()
    service.add_users(users)
    service.run()
    service.run_until("done")
    return service
