"""The newcomers' client against imports that go well, and against a server in trouble."""

from __future__ import annotations

import json

import httpx
import pytest
from newcomers import Chat, ImportFailed, Login, Watch, wait, wait_async

from simimport import Fault, Faults, ImportService, PollClock

QUICK = PollClock(step_s=5)
People = list[dict[str, object]]
Accounts = dict[str, dict[str, object]]


@pytest.mark.simimport(clock=QUICK, dialect="server-8.3")
def test_newcomers_are_brought(
    import_service: ImportService, import_client: httpx.Client, people: People
) -> None:
    assert Chat(import_client).bring(people, Watch(every_s=0)) == "done"
    assert sorted(import_service.imported["username"]) == ["ann", "ben", "cleo"]


@pytest.mark.simimport(clock=QUICK)
def test_what_was_sent(import_service: ImportService, import_client: httpx.Client, people: People) -> None:
    Chat(import_client).bring(people, Watch(every_s=0))
    journal = import_service.journal
    assert list(journal["endpoint"])[:3] == ["import.new", "import.addUsers", "import.run"]
    sent = json.loads(journal.loc[journal["endpoint"] == "import.addUsers", "payload"].item())["users"]
    assert [person["importIds"] for person in sent] == [["hr-ann"], ["hr-ben"], ["hr-cleo"]]
    assert "ann-1234" not in journal.to_string()
    assert import_service.log.polls_after_end == 0


@pytest.mark.simimport(preset="crash_midway", autostart=True, clock=QUICK)
def test_a_crash_is_told(import_client: httpx.Client) -> None:
    seen = []
    watch = Watch(every_s=0, tell=lambda state, processed, total: seen.append((state, processed, total)))
    assert wait(import_client, watch) == "error"
    assert seen[-1][0] == "error"
    assert 0 < seen[-1][1] < seen[-1][2]


@pytest.mark.simimport(preset="calm", autostart=True, clock=QUICK)
@pytest.mark.anyio
async def test_beside_other_work(import_async_client: httpx.AsyncClient) -> None:
    assert await wait_async(import_async_client, Watch(every_s=0)) == "done"


@pytest.mark.simimport(
    preset="calm", autostart=True, clock=QUICK,
    faults=[Fault(kind, at_poll=1 + place) for place, kind in enumerate(["503", "reset", "html", "latency"])],
)  # fmt: skip
def test_a_bad_line(import_service: ImportService, import_client: httpx.Client) -> None:
    assert wait(import_client, Watch(every_s=0)) == "done"
    assert import_service.faults.unstruck == ()


@pytest.mark.parametrize("endpoint", ["import.new", "import.addUsers", "import.run"])
@pytest.mark.simimport(clock=QUICK)
def test_trouble_elsewhere(
    endpoint: str, import_service: ImportService, import_client: httpx.Client, people
) -> None:
    import_service.reset(faults=Faults([Fault("503", at_poll=1, endpoint=endpoint)]))
    with pytest.raises(ImportFailed, match=f"{endpoint}: HTTP 503"):
        Chat(import_client).bring(people)
    # it was not done, so it can be done again
    assert Chat(import_client).bring(people, Watch(every_s=0)) == "done"


def test_logging_in_and_again(shared_service: ImportService, chat_url: str, people: People) -> None:
    login = Login("hr", "secret")
    with httpx.Client(base_url=chat_url, auth=login) as client:
        chat = Chat(client)
        chat.call("import.new")
        first = dict(login.headers)
        # somebody ends our session
        httpx.post(f"{chat_url}/api/v1/logout", headers=first).raise_for_status()
        chat.call("import.addUsers", {"users": people})
        chat.call("import.run")
        assert wait(client, Watch(every_s=0)) == "done"
    assert login.headers != first
    assert len(shared_service.imported) == len(people)


@pytest.mark.simimport(preset="calm", autostart=True, clock=QUICK)
def test_a_session_that_ends_mid_way(import_service: ImportService, accounts: Accounts) -> None:
    def leave_once(state: str, processed: int, total: int) -> None:
        if 0 < processed < total and len(seen) == 1:
            client.post("/api/v1/logout", headers=login.headers, auth=None).raise_for_status()
        seen.append(dict(login.headers))

    login, seen = Login("hr", "secret"), list[dict[str, str]]()
    with import_service.client(accounts=accounts) as client:
        client.auth = login
        assert wait(client, Watch(every_s=0, tell=leave_once)) == "done"
    assert seen[0] != seen[-1]


@pytest.mark.parametrize("trouble", ["503", "429"])
def test_a_login_in_trouble(trouble: str, shared_service: ImportService, chat_url: str) -> None:
    shared_service.reset(faults=Faults([Fault(trouble, at_poll=1, endpoint="login")]))
    with httpx.Client(base_url=chat_url, auth=Login("hr", "secret")) as client:
        with pytest.raises(ImportFailed, match=f"login: HTTP {trouble}"):
            wait(client)
        assert client.get("/api/v1/import.status").json()["state"] == "none"


def test_a_server_that_was_shared_is_as_new(shared_service: ImportService, chat_url: str) -> None:
    assert (shared_service.state, len(shared_service.journal), len(shared_service.faults)) == ("none", 0, 0)
    crash = shared_service.scenario.replace(crash_rate=1.0, crash_at=0.5)
    shared_service.reset(scenario=crash, autostart=True)
    with httpx.Client(base_url=chat_url, auth=Login("hr", "secret")) as client:
        assert wait(client, Watch(every_s=0)) == "error"
        shared_service.reset()
        shared_service.start()
        assert wait(client, Watch(every_s=0)) == "done"
