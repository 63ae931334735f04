"""Calling the command in process, and in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from simimport.cli import main


class Printed(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def call(*words: object, columns: int = 80, **environment: str) -> Printed:
    """Run the command in this process; an exception that it does not turn into words is raised."""
    # before click 8.2 they are mixed unless one says so
    apart = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    runner = CliRunner(env={"COLUMNS": str(columns), **environment}, **apart)
    result = runner.invoke(main, [str(word) for word in words], prog_name="simimport")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    # the runner's own text has no carriage returns any more
    return Printed(result.exit_code, result.stdout_bytes.decode(), result.stderr)


def process(command: str, folder: Path, **environment: str) -> Printed:
    """Run a shell's command line, with `simimport` on the path, in a process of its own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    variables = {**os.environ, "PATH": path, "COLUMNS": "80", **environment}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=variables, capture_output=True, check=False, timeout=60
    )
    return Printed(done.returncode, done.stdout.decode(), done.stderr.decode())
