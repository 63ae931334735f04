"""curl, as in a shell: forms and JSON, from login to logout."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

import pytest

from simimport import ImportService, PollClock, Scenario
from tests.clients.whole_import import PASSWORD, PEOPLE, USER, at_end, served
from tests.service.http.clients import ACCOUNTS, DIALECTS


def curl(*words: str, body: Any = None) -> Any:
    """Return what curl gets, as JSON; it fails where the status is one of refusal."""
    sent = [] if body is None else ["-H", "Content-Type: application/json", "--data-binary", "@-"]
    done = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--max-time", "20", *sent, *words],
        input=None if body is None else json.dumps(body).encode(), capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_import(dialect: str) -> None:
    with served(dialect) as server:
        base = f"{server.url}/api/v1"
        assert curl(f"{server.url}/api/info")["success"] is True
        data = curl("-d", f"user={USER}", "-d", f"password={PASSWORD}", f"{base}/login")["data"]
        assert data["me"]["username"] == USER
        mine = ["-H", f"X-User-Id: {data['userId']}", "-H", f"X-Auth-Token: {data['authToken']}"]
        assert curl(*mine, f"{base}/me")["username"] == USER
        curl(*mine, "-X", "POST", f"{base}/import.new")
        curl(*mine, f"{base}/import.addUsers", body={"users": PEOPLE})
        states = [curl(*mine, f"{base}/import.status")["state"]]
        curl(*mine, "-X", "POST", f"{base}/import.run")
        for _ in range(100):
            status = curl(*mine, f"{base}/import.status")
            states.append(status["state"])
            if status["state"] == "done":
                break
        at_end(states, status["operation"]["count"])
        assert curl(*mine, "-X", "POST", f"{base}/logout")["status"] == "success"
        with pytest.raises(subprocess.CalledProcessError) as refused:
            curl(*mine, f"{base}/me")
        assert "You must be logged in to do this." in refused.value.stdout.decode()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file(dialect: str) -> None:
    rows = "".join(f"user{n},user{n}@example.com,User {n}\n" for n in range(60))
    file = {
        "binaryContent": base64.b64encode(rows.encode()).decode(), "contentType": "text/csv",
        "fileName": "users.csv", "importerKey": "csv",
    }  # fmt: skip
    scenario = Scenario(importer="csv", loading_s=3.0, failure_rate=0.0)
    service = ImportService(scenario, seed=1, dialect=dialect, clock=PollClock(0.7))
    with service.serve(accounts=ACCOUNTS) as server:
        base = f"{server.url}/api/v1"
        mine = [word for name, value in server.headers.items() for word in ("-H", f"{name}: {value}")]
        curl(*mine, f"{base}/uploadImportFile", body=file)
        states = [curl(*mine, f"{base}/import.status")["state"]]
        for _ in range(100):
            data = curl(*mine, f"{base}/getImportFileData")
            if "users" in data:
                break
        assert [user["username"] for user in data["users"]] == [f"user{n}" for n in range(60)]
        states.append(curl(*mine, f"{base}/import.status")["state"])
        # those with an even number
        chosen = [user["user_id"] for user in data["users"][::2]]
        curl(*mine, f"{base}/startImport", body={"input": {"users": {"list": chosen}}})
        for _ in range(100):
            status = curl(*mine, f"{base}/import.status")
            states.append(status["state"])
            if status["state"] == "done":
                break
    assert list(dict.fromkeys(states)) == ["loading", "ready", "importing", "done"]
    assert (status["operation"]["count"]["total"], status["operation"]["count"]["completed"]) == (60, 30)
