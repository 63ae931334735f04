"""File imports as HTTP clients make them: every state by calls alone, and large files beside others."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from simimport import ImportService, Scenario, create_app
from simimport.model.dialects import DIALECTS
from simimport.service.contract.answer_shapes import states as states_of
from tests.service.http.clients import PREFIX, ROUTES, Chat
from tests.service.uploads import upload

PEOPLE = upload(b"ann,ann@example.org,Ann\nbob,bob@example.org,Bob")
ALL = {"input": {"users": {"all": True}}}
CRASHING = {"users": [{"emails": ["crash@example.com"], "importIds": ["1"], "username": "joe"}]}
LOADS = Scenario(importer="csv", loading_s=9, failure_rate=0)


class Suite:
    """A suite outside Python: it calls, and moves the clock by the control plane."""

    def __init__(self, dialect: str) -> None:
        app = create_app(ImportService(LOADS, seed=1, dialect=dialect))
        self.headers, self.chat = app.headers, Chat(app, None)
        self.seen: list[str] = []

    def call(self, endpoint: str, body: Any = None) -> Any:
        given = {} if body is None else {"json": body}
        answer = self.chat.call(endpoint, headers=self.headers, **given)
        assert answer.status_code == 200, answer.text
        self.seen.append(self.chat.call("import.status", headers=self.headers).json()["state"])
        return answer.json()

    def wait(self, seconds: float) -> None:
        body = {"advance_s": seconds}
        assert self.chat.ask("POST", "/_simimport/clock", headers=self.headers, json=body).status_code == 200


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_state_by_calls_alone(dialect: str) -> None:
    suite = Suite(dialect)
    suite.call("import.status")  # none
    suite.call("uploadImportFile", PEOPLE)  # loading
    suite.call("getImportFileData")
    suite.wait(9)
    suite.call("getImportFileData")  # ready
    suite.call("startImport", ALL)  # importing
    suite.wait(60)
    assert suite.call("getImportProgress")["step"] == "importer_done"  # done
    suite.call("import.new")  # new
    suite.call("import.clear")  # canceled, or a server's error
    suite.call("import.new")
    suite.call("import.addUsers", CRASHING)
    suite.call("import.run")
    suite.wait(60)
    suite.call("import.status")  # error
    assert set(suite.seen) == {str(state) for state in states_of(DIALECTS[dialect])}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_poller_that_watches_meets_another_operation(dialect: str) -> None:
    suite = Suite(dialect)
    suite.call("import.new")
    before = suite.call("import.status")["operation"]
    suite.call("downloadPendingAvatars")
    after = suite.call("import.status")["operation"]
    assert (before["importerKey"], after["importerKey"]) == ("api", "pending-avatars")
    assert before.get("_id") != after.get("_id") or dialect == "docs"


@pytest.mark.long
def test_a_hundred_thousand_people_hold_nobody_up() -> None:
    rows = b"\n".join(b"user%d,user%d@example.org,User Number %d" % (n, n, n) for n in range(100_000))
    app = create_app(ImportService(Scenario(failure_rate=0), seed=1))
    # no clock is read: how often another client is answered meanwhile tells enough
    polls: list[str] = []

    async def play() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://chat", headers=app.headers
        ) as chat:

            async def poll() -> None:
                while not over.is_set():
                    answer = await chat.get(PREFIX + "import.status")
                    polls.append(answer.json()["state"])
                    await asyncio.sleep(0)

            over = asyncio.Event()
            polling = asyncio.create_task(poll())
            for endpoint, body in (("uploadImportFile", upload(rows)), ("getImportFileData", None),
                                   ("startImport", ALL)):  # fmt: skip
                at = len(polls)
                given = {} if body is None else {"json": body}
                answer = await chat.request(ROUTES[endpoint], PREFIX + endpoint, **given)
                assert answer.status_code == 200
                # others were answered while it was at work
                assert len(polls) - at > 20, endpoint
            over.set()
            await polling

    asyncio.run(play())
    assert polls[-1] == "importing"
