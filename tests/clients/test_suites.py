"""Test suites that are not in Python, as people write them: each starts a server of its own and ends it."""

from __future__ import annotations

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
