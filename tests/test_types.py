"""What type checkers see: every public name in annotated use, and none of them of an unknown type."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house import ROOT
from tests.test_public_names import ROOMS

CHECKOUT = ROOT.parent
IN_USE = CHECKOUT / "tests" / "typing_check.py"

needs_pyright = pytest.mark.skipif(
    importlib.util.find_spec("pyright") is None, reason="pyright is not installed: pip install pyright"
)


def pyright(*arguments: str) -> dict[str, Any]:
    """Return what pyright finds where this Python is the one of the path, whose packages it reads."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "pyright", "--outputjson", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_public_name_is_in_annotated_use() -> None:
    tree = ast.parse(IN_USE.read_text(encoding="utf-8"))
    used = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "simimport"
        for alias in node.names
    }
    assert used == set(ROOMS)


@needs_pyright
@pytest.mark.long
def test_pyright_agrees_with_what_mypy_is_told() -> None:
    found = pyright(str(IN_USE))
    assert found["summary"]["filesAnalyzed"] == 1
    wrong = [(each["range"]["start"]["line"] + 1, each["message"]) for each in found["generalDiagnostics"]]
    assert wrong == []


@needs_pyright
@pytest.mark.long
def test_no_public_name_is_of_an_unknown_type() -> None:
    symbols = pyright("--verifytypes", "simimport", "--ignoreexternal")["typeCompleteness"]["symbols"]
    types = {each["name"]: each for each in symbols}
    # a class is of an unknown type if an attribute of it is; what begins with an underscore it leaves out
    public = [f"simimport.{name}" for name in ROOMS if name != "__version__"]
    public += [name for name in types if name.startswith("simimport.analysis.plots.")]
    assert [name for name in public if not types[name]["isTypeKnown"] or types[name]["isTypeAmbiguous"]] == []
