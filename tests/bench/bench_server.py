"""A server in a test: started, asked once and closed; and fifty tests with one, beside pytest-httpserver.

Of fifty tests that poll once, what is loaded is most: an importer needs numpy, a canned answer does not. So
there are fifty that poll a whole import too, which is what such tests are for.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest_httpserver  # noqa: F401 - the peer; where it is missing, the table says so

from simimport import ImportService
from tests.bench.table import Row, alternate, duration

LIMIT_S = 0.020
_TESTS = 50
_PATH = "/api/v1/import.status"
_ACCOUNTS = {"boss": {"token": "secret", "permissions": ["run-import", "api-bypass-rate-limit"]}}
#: The default import takes 275 s, and its client polls each five seconds.
_WHOLE = 55
_ASKING = f"""
import http.client
import pytest
def ask(host, port, headers, polls):
    client = http.client.HTTPConnection(host, port)
    for _ in range(polls):
        client.request("GET", "{_PATH}", headers=headers)
        body = client.getresponse().read()
    client.close()
    return body
"""
_OURS = f"""{_ASKING}
from simimport import PollClock
@pytest.mark.parametrize("number", range({_TESTS}))
@pytest.mark.simimport(autostart=True, clock=PollClock(5.0))
def test_ours(number, import_server):
    body = ask(import_server.host, import_server.port, import_server.headers, POLLS)
    assert (b"importer_done" in body) == (POLLS == {_WHOLE})
"""
_THEIRS = f"""{_ASKING}
@pytest.mark.parametrize("number", range({_TESTS}))
def test_theirs(number, httpserver):
    httpserver.expect_request("{_PATH}").respond_with_json({{"success": True, "state": "importing"}})
    assert b"importing" in ask(httpserver.host, httpserver.port, {{}}, POLLS)
"""


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: one server against its limit, and sessions of fifty tests beside the peer's."""
    one_s, _ = alternate(_served, lambda: None, 5 if quick else 9)
    work = "a server in a test: start, one poll, close"
    found = [Row(work, duration(one_s), f"limit {duration(LIMIT_S)}", LIMIT_S / one_s, 1)]
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "test_ours.py", Path(folder) / "test_theirs.py"
        for polls, least in ((1, 0.0), (_WHOLE, 1.0)):
            for path, text in ((ours, _OURS), (theirs, _THEIRS)):
                path.write_text(text.replace("POLLS", str(polls)), encoding="utf-8")
            ours_s, peer_s = alternate(
                lambda: _session(ours, "simimport"), lambda: _session(theirs, "pytest_httpserver"),
                3 if quick else 7,
            )  # fmt: skip
            what = f"a whole import of {polls} polls" if polls == _WHOLE else "one poll"
            work = f"a session of {_TESTS} tests with servers, {what} each"
            peer = f"pytest-httpserver {duration(peer_s)}"
            found.append(Row(work, duration(ours_s), peer, peer_s / ours_s, least))
    return found


def _served() -> None:
    with ImportService(seed=1, autostart=True).serve(accounts=_ACCOUNTS) as server:
        client = http.client.HTTPConnection(server.host, server.port)
        client.request("GET", _PATH, headers=server.headers)
        assert b"importing" in client.getresponse().read()
        client.close()


def _session(tests: Path, plugin: str) -> None:
    # as who has only this one
    others = {found.name for found in entry_points(group="pytest11")} - {plugin}
    options = ["-q", "-pno:cacheprovider", *(f"-pno:{name}" for name in sorted(others))]
    command = [sys.executable, "-m", "pytest", *options, tests.name]
    # an installed package is compiled already; so is ours, after the first start
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=tests.parent, capture_output=True, check=True, env=compiled)
