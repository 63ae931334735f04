"""Processes of a soak: the server and whoever polls it, and what the system says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Process:
    """A module of the soak in a process of its own; it is told to end by the end of its input."""

    def __init__(self, module: str, *words: object) -> None:
        command = [sys.executable, "-m", f"tests.soak.{module}", *map(str, words)]
        # a file, which is never full as a pipe that nobody reads would be
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - as long as it
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, text=True,
            cwd=Path(__file__).parents[2], env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        self.first: dict[str, Any] = self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.complaints()
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def complaints(self) -> str:
        """Return what it has written to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read()

    def end(self) -> str:
        """Tell it to end, and return what it printed after its first line."""
        return self._process.communicate(timeout=60)[0]

    def close(self) -> None:
        """End it, however it is, and leave nothing open."""
        try:
            if self.runs:
                self.end()
        finally:
            if self.runs:
                self._process.kill()
                self._process.communicate()
            self._complaints.close()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()


@contextmanager
def process(module: str, *words: object) -> Iterator[Process]:
    made = Process(module, *words)
    try:
        yield made
    finally:
        made.close()


def memory_of(pid: int) -> float:
    """Return the megabytes of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"no VmRSS of {pid}")


def descriptors_of(pid: int) -> int:
    """Return how many files and sockets a process holds open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
