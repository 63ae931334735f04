"""The package as somebody has it who installed it: built from this checkout, far from it, and its pytest."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import simimport

CHECKOUT = Path(simimport.__file__).parent.parent


def install(folder: Path) -> Path:
    """Build and install the package into a folder, and return it.

    With the environment's own hatchling where there is one; else pip fetches one to build with.
    """
    isolation = [] if importlib.util.find_spec("hatchling") is None else ["--no-build-isolation"]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
    command = [sys.executable, "-m", "pip", "install", *options, *isolation, str(CHECKOUT)]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def environment(*folders: Path) -> dict[str, str]:
    """Return an environment whose Python knows these folders and what is installed, but no checkout.

    For Python with ``-S``: so it reads no .pth files, by which an editable install leads to a checkout.
    """
    installed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    # neither options nor plugins of the session that is running now
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    return {**kept, "PYTHONPATH": os.pathsep.join([*map(str, folders), *installed])}


def pytest_command(*arguments: str) -> list[str]:
    """Return the command that runs pytest there."""
    return [sys.executable, "-S", "-m", "pytest", *arguments]
