"""The container in which people serve an import: its health check is run as a supervisor runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

DOCKERFILE = Path(__file__).parent / "container" / "Dockerfile"


def test_its_health_check_tells_whether_it_serves() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
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
