"""Clients of Node's: its own, and those that the vendor publishes, each from login to logout."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.clients.tools import needs_node, node_folder, ran
from tests.clients.whole_import import PASSWORD, PEOPLE, USER, at_end, served
from tests.service.http.clients import DIALECTS

pytestmark = [pytest.mark.long, needs_node]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node_folder("node", tmp_path_factory.mktemp("node"))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("script", ["http.mjs", "sdk.mjs", "sdk_alpha.mjs", "api_client.mjs"])
def test_a_whole_import(script: str, dialect: str, scripts: Path) -> None:
    with served(dialect) as server:
        done = ran(["node", script, server.url, USER, PASSWORD], scripts, json.dumps(PEOPLE))
        seen = json.loads(done.stdout)
        at_end(seen["states"], seen["count"])
        assert seen["me"] == USER
        # the token that it had is nobody's now
        headers = {"X-User-Id": USER, "X-Auth-Token": seen["token"]}
        assert httpx.get(f"{server.url}/api/v1/me", headers=headers).status_code == 401
