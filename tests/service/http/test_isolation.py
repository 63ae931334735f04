"""An import server per account: each is as if it were alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from simimport import Fault, Faults, ImportService, PollClock, Scenario, create_app, stage

NAMES = ("ann", "ben", "cid")
ACCOUNTS = {
    name: {"token": f"{name}-token", "permissions": ["run-import", "api-bypass-rate-limit"],
           "username": name, "password": "sesame"}
    for name in NAMES
}  # fmt: skip
USERS = {"users": [{"importIds": ["1"], "emails": ["ann@example.com"], "name": "Ann"}]}


def made(**more: Any) -> ImportService:
    return ImportService(Scenario(users=60), seed=7, clock=PollClock(5.0), **more)


@pytest.fixture
def clients() -> Iterator[dict[str, httpx.Client]]:
    """Return a client per account of one isolated server."""
    with ExitStack() as stack:
        server = stack.enter_context(made().serve(accounts=ACCOUNTS, isolate=True))
        yield {
            name: stack.enter_context(httpx.Client(
                base_url=server.url, trust_env=False,
                headers={"X-User-Id": name, "X-Auth-Token": f"{name}-token"},
            ))
            for name in NAMES
        }  # fmt: skip


def whole_import(client: httpx.Client) -> list[str]:
    """Return every answer of an import from its beginning to its end, whoever made it."""
    answers = [client.post("/api/v1/import.new").text]
    answers.append(client.post("/api/v1/import.addUsers", json=USERS).text)
    answers.append(client.post("/api/v1/import.run").text)
    answers += [client.get("/api/v1/import.status").text for _ in range(10)]
    user = client.headers["X-User-Id"]
    return [answer.replace(f'"user":"{user}"', '"user":"somebody"') for answer in answers]


def test_each_account_sees_its_own_import_as_if_it_were_alone(clients: dict[str, httpx.Client]) -> None:
    found = {}

    def work(name: str) -> None:
        found[name] = whole_import(clients[name])

    threads = [threading.Thread(target=work, args=(name,)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with made().serve(accounts={"ann": ACCOUNTS["ann"]}) as alone, httpx.Client(
        base_url=alone.url, headers=alone.headers, trust_env=False
    ) as client:  # fmt: skip
        expected = whole_import(client)
    assert found["ann"] == found["ben"] == found["cid"] == expected
    assert '"somebody"' in expected[0]
    assert json.loads(expected[-1])["state"] == "done"


def test_a_reset_and_a_clock_are_the_caller_s_alone(clients: dict[str, httpx.Client]) -> None:
    for client in clients.values():
        client.post("/api/v1/import.new")
    # no account needs a permission for what is its own
    assert clients["ben"].post("/_simimport/reset").status_code == 200
    assert clients["cid"].post("/_simimport/clock", json={"advance_s": 100}).status_code == 200
    states = {name: client.get("/_simimport/health").json() for name, client in clients.items()}
    assert [states[name]["state"] for name in NAMES] == ["new", "none", "new"]
    assert [states[name]["now_s"] for name in NAMES] == [5.0, 0.0, 105.0]
    assert {state["seed"] for state in states.values()} == {7}
    faults = [{"kind": "503", "at_poll": 1}]
    assert clients["ben"].put("/_simimport/faults", json=faults).status_code == 200
    polled = {name: client.get("/api/v1/import.status").status_code for name, client in clients.items()}
    assert polled == {"ann": 200, "ben": 503, "cid": 200}
    journals = {name: client.get("/_simimport/journal").json()["calls"] for name, client in clients.items()}
    assert journals == {"ann": 2, "ben": 1, "cid": 2}


def test_who_logs_in_has_the_import_of_his_account(clients: dict[str, httpx.Client]) -> None:
    clients["ben"].post("/api/v1/import.new")
    body = {"user": "ben", "password": "sesame"}
    data = clients["ann"].post("/api/v1/login", json=body).json()["data"]
    mine = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
    assert clients["cid"].get("/api/v1/import.status", headers=mine).json()["state"] == "new"
    nobody = {"X-User-Id": "ben", "X-Auth-Token": "x"}
    assert clients["cid"].get("/api/v1/import.status", headers=nobody).status_code == 401
    assert clients["cid"].get("/api/v1/import.status").json()["state"] == "none"


def test_each_account_has_a_limit_of_its_own() -> None:
    accounts = {name: {"token": name, "permissions": ["run-import"]} for name in NAMES}
    with made().serve(accounts=accounts, isolate=True) as server, httpx.Client(trust_env=False) as client:
        url = f"{server.url}/api/v1/import.status"
        headers = {name: {"X-User-Id": name, "X-Auth-Token": name} for name in NAMES}
        first = [client.get(url, headers=headers["ann"]).status_code for _ in range(11)]
        assert first == [200] * 10 + [429]
        assert [client.get(url, headers=headers[name]).status_code for name in NAMES] == [429, 200, 200]


def test_in_python_the_service_of_each_account_is_at_hand() -> None:
    service = made(faults=Faults([Fault("503", at_poll=1)]))
    app = create_app(service, accounts=ACCOUNTS, isolate=True)
    assert list(app.services) == list(NAMES)
    assert app.services["ann"] is service
    assert len({id(each) for each in app.services.values()}) == 3
    assert {each.seed for each in app.services.values()} == {7}
    assert {each.faults for each in app.services.values()} == {service.faults}
    # what one is struck by, the others are not
    app.services["ben"].answer("import.status")
    assert service.faults.unstruck == (Fault("503", at_poll=1),)
    assert create_app(service, accounts=ACCOUNTS).services["ben"] is service


def test_an_import_that_runs_already_runs_for_each() -> None:
    people = stage(Scenario(users=3000), seed=1)
    app = create_app(made(autostart=people), accounts=ACCOUNTS, isolate=True)
    app.services["ann"].run_until("done")
    assert [str(each.state) for each in app.services.values()] == ["done", "importing", "importing"]
