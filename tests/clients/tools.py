"""Environments of tools and clients that are not the project's own, each installed once for a test run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

__all__ = ["HERE", "needs_node", "node_folder", "python_with", "ran"]

HERE = Path(__file__).parent
needs_node = pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not installed")


def ran(
    command: Sequence[str | Path], folder: Path, given: str = "", *, beside: bool = False
) -> subprocess.CompletedProcess[str]:
    """Return what came of a command; a test that runs it fails where it does.

    With ``beside`` it finds the other commands of its own environment.
    """
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PATH": path} if beside else None,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


def node_folder(source: str, folder: Path) -> Path:
    """Return a folder with the scripts of one of ours beside this, and what its package.json names."""
    shutil.copytree(HERE / source, folder, dirs_exist_ok=True)
    ran(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    return folder


def python_with(requirement: str, folder: Path) -> Path:
    """Return the Python of a new environment that has something, and what it needs."""
    venv.create(folder, with_pip=True, symlinks=sys.platform != "win32")
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    ran([python, "-m", "pip", "install", "--quiet", requirement], folder)
    return python
