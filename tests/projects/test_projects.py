"""Projects as users write them, each with a suite of its own: it is run in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.clients.tools import python_with, ran

PROJECTS = Path(__file__).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LITTER = shutil.ignore_patterns("__pycache__", ".pytest_cache", "node_modules", "package-lock.json", "pack-*")
#: Plugins of our own environment that no suite here needs: to load them takes longer than all else.
NEEDLESS = tuple(
    f"-pno:{name}" for name in ("faker", "pytest_httpserver", "hypothesispytest", "schemathesis")
)  # fmt: skip
#: Plugins that a suite may have beside ours: they shuffle its tests, own its loop, and close its sockets.
PLUGINS = ("pytest-randomly", "pytest-asyncio", "pytest-timeout", "pytest-socket")
WITH_PLUGINS = (
    "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function",
    "--timeout", "60", "--disable-socket", "--allow-hosts", "127.0.0.1",
)  # fmt: skip


def needs(there: object, missing: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not there, reason=missing)


def node_version() -> int:
    """Return 0 where there is no Node."""
    if shutil.which("node") is None:
        return 0
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", told)[0])


NODE = node_version()
needs_node = needs(NODE >= 20, "Node 20 is not installed")


class Project:
    """A copy of a project, in which its suite is run."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = shutil.copytree(PROJECTS / name, folder / name, ignore=LITTER)

    def passes(self, *words: str | Path) -> str:
        """Return what its suite prints, which finds our command on its path; it has to pass."""
        # not what pytest tells those whom it starts: the suite is nobody's worker
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", check=False,
            timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def pytest_passes(self, *words: str, python: Path | str = sys.executable) -> None:
        printed = self.passes(python, "-m", "pytest", "-q", *NEEDLESS, *words)
        assert re.search(r"^\d+ passed", printed, re.MULTILINE), printed

    def node_passes(self, tests: int) -> None:
        printed = self.passes("node", "--test", "--test-reporter=tap")
        assert f"# pass {tests}\n" in printed, printed


def test_python(tmp_path: Path) -> None:
    Project("python", tmp_path).pytest_passes()


@pytest.mark.long
def test_python_on_two_workers(tmp_path: Path) -> None:
    Project("python", tmp_path).pytest_passes("-n", "2")


@pytest.mark.long
def test_python_beside_other_plugins(tmp_path: Path) -> None:
    python = python_with(PLUGINS[0], tmp_path / "environment")
    ran([python, "-m", "pip", "install", "--quiet", *PLUGINS], tmp_path)
    # whatever is here is there, and ours too where it is only linked
    site = ran([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], tmp_path).stdout
    line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
    Path(site.strip(), "here.pth").write_text(line, encoding="utf-8")
    project = Project("python", tmp_path)
    for seed in "1", "2":
        project.pytest_passes(*WITH_PLUGINS, f"--randomly-seed={seed}", python=python)


@needs_node
def test_node(tmp_path: Path) -> None:
    Project("node", tmp_path).node_passes(8)


@pytest.mark.long
@needs(NODE >= 20 and shutil.which("npm"), "Node 20 or npm is not installed")
def test_node_with_msw(tmp_path: Path) -> None:
    project = Project("node", tmp_path)
    ran(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"], project.folder)
    project.node_passes(10)


@needs(shutil.which("curl") and shutil.which("jq"), "curl or jq is not installed")
def test_shell(tmp_path: Path) -> None:
    assert Project("shell", tmp_path).passes("sh", "test.sh").count("ok: ") == 4


@pytest.mark.browser
@needs(any(map(shutil.which, CHROMIUM)), "Chromium is not installed")
def test_page(tmp_path: Path) -> None:
    Project("page", tmp_path).pytest_passes()
