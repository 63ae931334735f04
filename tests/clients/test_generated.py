"""Clients that generators of code make from the documents: typed down to the counters, and able to import."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from simimport import openapi, response_schema
from tests.clients.tools import HERE, needs_node, node_folder, python_with, ran
from tests.clients.whole_import import PEOPLE, at_end, served
from tests.service.http.clients import DIALECTS

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return python_with("openapi-python-client==0.29.1", tmp_path_factory.mktemp("generator"))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node_folder("typescript", tmp_path_factory.mktemp("typescript"))


def written(dialect: str, flavour: str, folder: Path) -> Path:
    path = folder / "openapi.json"
    path.write_text(json.dumps(openapi(dialect, flavour=flavour)), encoding="utf-8")
    return path


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_client_in_python(dialect: str, python: Path, tmp_path: Path) -> None:
    source = written(dialect, "generators", tmp_path)
    generate = [python.parent / "openapi-python-client", "generate", "--path", source]
    done = ran([*generate, "--meta", "none", "--output-path", tmp_path / "chat"], tmp_path, beside=True)
    # of what it cannot read it makes nothing, and warns
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout
    shutil.copy(HERE / "generated/drive.py", tmp_path)
    # what the generator's own parts say to a checker is its own business
    check = [sys.executable, "-m", "mypy", "--strict", "--follow-imports", "silent"]
    ran([*check, "--python-executable", python, "drive.py"], tmp_path)
    with served(dialect) as server:
        seen = json.loads(ran([python, "drive.py", server.url], tmp_path, json.dumps(PEOPLE)).stdout)
    at_end(seen["states"], seen["count"])


@needs_node
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_client_in_typescript(dialect: str, node: Path) -> None:
    written(dialect, "generators", node)
    ran(["npx", "--no", "openapi-typescript", "openapi.json", "--output", "schema.d.ts"], node)
    ran(["npx", "--no", "tsc"], node)
    with served(dialect) as server:
        seen = json.loads(ran(["node", "drive.js", server.url], node, json.dumps(PEOPLE)).stdout)
    at_end(seen["states"], seen["count"])


@needs_node
@pytest.mark.parametrize("flavour", ["exact", "generators"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_linters_have_nothing_to_say(dialect: str, flavour: str, node: Path) -> None:
    written(dialect, flavour, node)
    (node / ".spectral.json").write_text('{"extends": "spectral:oas"}', encoding="utf-8")
    spectral = ["npx", "--no", "spectral", "lint", "openapi.json", "--fail-severity", "hint"]
    assert "No results with a severity of 'hint' or higher found!" in ran(spectral, node).stdout
    done = ran(["npx", "--no", "redocly", "lint", "openapi.json", "--extends", "recommended"], node)
    # before that it may have to say something of the machine
    said = done.stderr[done.stderr.index("validating") :]
    assert "is valid" in said
    assert "warning" not in said.lower(), said


@needs_node
def test_a_strict_validator_has_nothing_to_say(node: Path) -> None:
    schemas = [response_schema(dialect) for dialect in DIALECTS]
    done = ran(["node", "strict.mjs"], node, json.dumps(schemas))
    assert done.stdout + done.stderr == ""
