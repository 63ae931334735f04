"""A client that a generator of code makes from the document of the control plane: typed, and it steers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from simimport import ImportService, Scenario
from simimport.service.http.control.document import document
from tests.clients.tools import HERE, python_with, ran

pytestmark = pytest.mark.long


def test_a_client_in_python_steers(tmp_path: Path) -> None:
    python = python_with("openapi-python-client==0.29.1", tmp_path / "generator")
    source = tmp_path / "openapi.json"
    source.write_text(json.dumps(document()), encoding="utf-8")
    generate = [python.parent / "openapi-python-client", "generate", "--path", source]
    done = ran([*generate, "--meta", "none", "--output-path", tmp_path / "steer"], tmp_path, beside=True)
    # of what it cannot read it makes nothing, and warns
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout
    shutil.copy(HERE / "generated/steer_suite.py", tmp_path)
    check = [sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent"]
    ran([*check, "--python-executable", python, "steer_suite.py"], tmp_path)
    accounts = {"boss": {"token": "t", "permissions": []}}
    with ImportService(Scenario(users=60), seed=1).serve(accounts=accounts) as server:
        seen = json.loads(ran([python, "steer_suite.py", server.url, "boss", "t"], tmp_path).stdout)
    assert seen.pop("now_s") > 0
    assert seen.pop("refused").startswith("advance_s is -1; allowed: a number of seconds")
    assert seen == {
        "faults": [{"kind": "reset", "every": 3, "endpoint": "login"}],
        "last": ["import.addUsers", "import.run"], "seed": 1, "state": "importing", "users": 60,
    }  # fmt: skip
