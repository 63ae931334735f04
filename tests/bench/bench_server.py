"""A server in a test: started, asked once and closed; and fifty tests with one, beside pytest-httpserver.

Its fixture has one server for a whole session, which every test clears. Ours has one for each test.
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
_ASKING = """
import http.client
import pytest
def asked(host, port, headers):
    client = http.client.HTTPConnection(host, port)
    client.request("GET", "/api/v1/import.status", headers=headers)
    assert client.getresponse().read().startswith(b"{")
    client.close()
"""
_OURS = f"""{_ASKING}
@pytest.mark.parametrize("number", range({_TESTS}))
@pytest.mark.simimport(autostart=True)
def test_ours(number, import_server):
    asked(import_server.host, import_server.port, import_server.headers)
"""
_THEIRS = """{asking}
@pytest.mark.parametrize("number", range({tests}))
def test_theirs(number, {fixture}):
    {fixture}.expect_request("{path}").respond_with_json({{"success": True, "state": "importing"}})
    asked({fixture}.host, {fixture}.port, {{}})
"""
_OF_ITS_OWN = """
from pytest_httpserver import HTTPServer
@pytest.fixture
def own():
    with HTTPServer() as server:
        yield server
"""


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: one server against its limit, and sessions of fifty tests beside the peer's."""
    one_s, _ = alternate(_served, lambda: None, 5 if quick else 9)
    with tempfile.TemporaryDirectory() as folder:
        ours, shared, own = (Path(folder) / f"test_{name}.py" for name in ("ours", "shared", "own"))
        ours.write_text(_OURS, encoding="utf-8")
        shared.write_text(_theirs("httpserver", _ASKING), encoding="utf-8")
        own.write_text(_theirs("own", _ASKING + _OF_ITS_OWN), encoding="utf-8")
        ours_s, shared_s = alternate(lambda: _session(ours), lambda: _session(shared), 3 if quick else 7)
        again_s, own_s = alternate(lambda: _session(ours), lambda: _session(own), 1 if quick else 3)
    work, session = "a server in a test: start, one poll, close", f"a session of {_TESTS} tests with servers"
    peer = "pytest-httpserver, one for {}, {}"
    return [
        Row(work, duration(one_s), f"limit {duration(LIMIT_S)}", LIMIT_S / one_s, 1),
        Row(session, duration(again_s), peer.format("each", duration(own_s)), own_s / again_s, 1),
        Row("…", duration(ours_s), peer.format("all", duration(shared_s)), shared_s / ours_s, 0),
    ]


def _theirs(fixture: str, before: str) -> str:
    return _THEIRS.format(asking=before, fixture=fixture, path=_PATH, tests=_TESTS)


def _served() -> None:
    with ImportService(seed=1, autostart=True).serve(accounts=_ACCOUNTS) as server:
        client = http.client.HTTPConnection(server.host, server.port)
        client.request("GET", _PATH, headers=server.headers)
        assert b"importing" in client.getresponse().read()
        client.close()


def _session(tests: Path) -> None:
    # other plugins would add the same to both, and their noise
    others = {found.name for found in entry_points(group="pytest11")} - {"simimport", "pytest_httpserver"}
    options = ["-q", "-pno:cacheprovider", *(f"-pno:{name}" for name in sorted(others))]
    command = [sys.executable, "-m", "pytest", *options, tests.name]
    # an installed package is compiled already; so is ours, after the first start
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=tests.parent, capture_output=True, check=True, env=compiled)
