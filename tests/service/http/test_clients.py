"""Clients that nobody here wrote: each logs in, stages people, runs the import and polls it to its end."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import requests

from simimport import ImportService, PollClock
from simimport.service.http.server import Serving
from tests.service.http.clients import ACCOUNTS, DIALECTS, people

#: What a client does: method, URL, headers, body; gives back status, content type and body.
Ask = Callable[[str, str, dict[str, str], Any], tuple[int, str, bytes]]

PEOPLE = people(120)
FINAL = {"total": 120, "users": 120, "completed": 120, "error": 0}


def with_curl(method: str, url: str, headers: dict[str, str], body: Any) -> tuple[int, str, bytes]:
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    if body is not None:
        words += ["-H", "Content-type:application/json", "--data-binary", "@-"]
    form = "\n%{http_code} %{content_type}"
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "10", "-X", method, "-w", form, *words, url],
        input=json.dumps(body).encode(), capture_output=True, check=True,
    )  # fmt: skip
    content, _, last = done.stdout.rpartition(b"\n")
    status, _, kind = last.decode().partition(" ")
    return int(status), kind, content


def with_httpx(method: str, url: str, headers: dict[str, str], body: Any) -> tuple[int, str, bytes]:
    response = httpx.request(method, url, headers=headers, json=body)
    return response.status_code, response.headers["content-type"], response.content


def with_session(client: Any) -> Iterator[Ask]:
    def ask(method: str, url: str, headers: dict[str, str], body: Any) -> tuple[int, str, bytes]:
        response = client.request(method, url, headers=headers, json=body)
        return response.status_code, response.headers["content-type"], response.content

    with client:
        yield ask


@pytest.fixture(params=["curl", "httpx", "httpx in a session", "requests in a session"])
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Return how a client asks."""
    match request.param:
        case "curl":
            assert shutil.which("curl"), "the tests want curl"
            yield with_curl
        case "httpx":
            yield with_httpx
        case "httpx in a session":
            yield from with_session(httpx.Client())
        case _:
            yield from with_session(requests.Session())


def served(dialect: str) -> Serving:
    """Serve with a clock that goes on with each answer: these clients can only poll."""
    service = ImportService(seed=1, dialect=dialect, clock=PollClock(0.7))
    return service.serve(accounts=ACCOUNTS)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_import_from_login_to_done(ask: Ask, dialect: str) -> None:
    with served(dialect) as server:
        base = f"{server.url}/api/v1"
        inside = ImportService(seed=1, dialect=dialect, clock=PollClock(0.7))

        def step(method: str, endpoint: str, headers: dict[str, str], body: Any = None) -> Any:
            status, kind, content = ask(method, f"{base}/{endpoint}", headers, body)
            expected = inside.answer(endpoint, body, account="boss")
            # what comes over the wire is what the service says in process, byte for byte
            assert (status, kind, content) == (200, expected.content_type, expected.raw)
            return json.loads(content)

        _, _, content = ask("POST", f"{base}/login", {}, {"user": "boss", "password": "pw"})
        data = json.loads(content)["data"]
        headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
        step("GET", "import.status", headers)
        step("POST", "import.new", headers, {})
        step("POST", "import.addUsers", headers, PEOPLE)
        step("POST", "import.run", headers, {})
        states = []
        while "done" not in states:
            body = step("GET", "import.status", headers)
            states.append(body["state"])
        count = body["operation"]["count"]
        assert {"importing"} < set(states) == {"importing", "done"}
        assert count["total"] == 120
        assert count["completed"] + count["error"] == 120
        step("GET", "getImportProgress", headers)
        step("POST", "import.clear", headers, {})
        assert ask("GET", f"{base}/import.status", {}, None)[0] == 401


def test_a_large_body_is_refused_politely(ask: Ask) -> None:
    # clients read the answer only after they have sent everything
    body = {"users": ["x" * 17_000_000]}
    with served("docs") as server:
        url = f"{server.url}/api/v1/import.addUsers"
        assert ask("POST", url, server.headers, body)[0] == 413
        assert ask("GET", f"{server.url}/api/v1/import.status", server.headers, None)[0] == 200
