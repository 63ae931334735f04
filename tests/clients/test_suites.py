"""Test suites that are not in Python, as people write them: each starts a server of its own and ends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITES = Path(__file__).parent / "suites"


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def ran(*words: str) -> str:
    """Return what a suite prints that finds the command on its path; it has to pass."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        words, cwd=SUITES, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs("curl", "jq")
def test_a_shell_script() -> None:
    assert ran("sh", "import.sh") == "an import, and a reset\n"


@needs("node")
def test_node_s_own_runner() -> None:
    printed = ran("node", "--test", "--test-reporter=tap", "import.test.mjs")
    assert "# pass 2\n" in printed


def test_docker_s_health_check() -> None:
    lines = (SUITES / "Dockerfile").read_text(encoding="utf-8").splitlines()
    [check] = [json.loads(line.partition(" CMD ")[2]) for line in lines if line.startswith("HEALTHCHECK ")]
    settings = next(line.split()[1:] for line in lines if line.startswith("ENV "))
    entry = next(json.loads(line.partition(" ")[2]) for line in lines if line.startswith("ENTRYPOINT "))
    given = {**dict(setting.split("=", 1) for setting in settings), "SIMIMPORT_PORT": "0"}
    assert entry == ["simimport", "serve"]
    with subprocess.Popen(
        [sys.executable, "-m", *entry, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, env={**os.environ, **given},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["url"].rpartition(":")[2]
        words = [sys.executable, *(word.replace("8080", port) for word in check[1:])]
        healthy = subprocess.run(words, check=False, capture_output=True, text=True)
        server.terminate()
        server.wait()
        gone = subprocess.run(words, check=False, capture_output=True)
    assert (healthy.returncode, gone.returncode) == (0, 1), healthy.stderr
