"""What the tests share: people, and one chat server for all that want a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simimport import ImportService, PollClock, Scenario


@pytest.fixture
def people() -> list[dict[str, object]]:
    names = ["ann", "ben", "cleo"]
    return [
        {"importIds": [f"hr-{name}"], "username": name, "name": name.title(), "password": f"{name}-1234",
         "emails": [f"{name}@example.com"]}
        for name in names
    ]  # fmt: skip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_service() -> ImportService:
    return ImportService(Scenario(users=500), seed=1, clock=PollClock(step_s=5))


@pytest.fixture(scope="session")
def accounts() -> dict[str, dict[str, object]]:
    # each poll makes time pass, but one that is refused because there were too many does not
    permissions = ["run-import", "api-bypass-rate-limit"]
    return {"hr": {"token": "unused", "username": "hr", "password": "secret", "permissions": permissions}}


@pytest.fixture(scope="session")
def shared_url(shared_service: ImportService, accounts: dict[str, dict[str, object]]) -> Iterator[str]:
    with shared_service.serve(accounts=accounts) as server:
        yield server.url


@pytest.fixture
def chat_url(shared_service: ImportService, shared_url: str) -> str:
    shared_service.reset()
    return shared_url
