"""The pytest plugin: what it adds to a session that does not use it, which has no test at all."""

from __future__ import annotations

import subprocess
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from tests.bench.table import Row, alternate, duration
from tests.testing.installed import environment, install, pytest_command

LIMIT_S = 0.020


def rows(quick: bool = False) -> list[Row]:
    """Return the row: pytest with the package installed, and without."""
    # other plugins would add the same to both, and their noise
    others = {found.name for found in entry_points(group="pytest11")} - {"simimport"}
    plain = ["--collect-only", "-q", *(f"-pno:{name}" for name in sorted(others))]
    with tempfile.TemporaryDirectory() as folder:
        site, project = install(Path(folder) / "site"), Path(folder) / "project"
        project.mkdir()
        ours_s, bare_s = alternate(
            lambda: _session(project, plain, site),
            # where the checkout is installed so that it can be edited, its plugin is known all the same
            lambda: _session(project, [*plain, "-pno:simimport"]),
            9 if quick else 31,
        )
    added_s = max(ours_s - bare_s, 1e-6)
    limit = f"limit +{duration(LIMIT_S)} over pytest's {duration(bare_s)}"
    return [Row("a pytest session without its use", f"+{duration(added_s)}", limit, LIMIT_S / added_s, 1)]


def _session(project: Path, arguments: list[str], *folders: Path) -> None:
    command = pytest_command(*arguments)
    done = subprocess.run(command, cwd=project, env=environment(*folders), capture_output=True, check=False)
    # that it found no tests
    assert done.returncode == 5, done.stderr or done.stdout
