"""A headless Chromium of the system's, a JupyterLab and a Voilà, each with a home of its own.

Nothing of a user's configuration matters, and nothing is downloaded.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "03_dashboard.ipynb"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: How long a page, a kernel or a server may take.
PATIENCE_S = 60
expect.set_options(timeout=PATIENCE_S * 1000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser without a window."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def profile(browser: Browser) -> BrowserContext:
    """Return a fresh profile, whose screen has twice the pixels."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1100}, device_scale_factor=2,
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_S * 1000)
    return context


@contextmanager
def lab(home: Path) -> Iterator[Callable[[], str]]:
    """Serve a JupyterLab; give what puts a fresh copy of notebook 03 into it and returns its address."""
    work, token, port = home / "work", "for-the-test", free_port()
    # the notebook and its picture, as in the repository
    shutil.copytree(ROOT / "data" / "pictures", work / "data" / "pictures")
    (work / "notebooks").mkdir()
    # it would ask whether it may fetch news, and its debugger complains about pages that are closed early
    settings = home / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8"
    )
    (home / "labconfig").mkdir()
    (home / "labconfig" / "page_config.json").write_text(
        '{"disabledExtensions": {"@jupyterlab/debugger-extension": true}}', encoding="utf-8"
    )
    number = count(1)

    def fresh() -> str:
        name = f"{NOTEBOOK.stem}_{next(number)}.ipynb"
        shutil.copy(NOTEBOOK, work / "notebooks" / name)
        return f"http://127.0.0.1:{port}/doc/tree/notebooks/{name}?token={token}"

    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={work}", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    with serving(command, home, f"http://127.0.0.1:{port}/api/status?token={token}"):
        yield fresh


@contextmanager
def page(home: Path, *options: str) -> Iterator[str]:
    """Run `simimport dashboard`; give the address that it shows."""
    port = free_port()
    command = [sys.executable, "-m", "simimport", "dashboard", "--no-browser", f"--port={port}", *options]
    with serving(command, home, f"http://127.0.0.1:{port}/") as output:
        yield output.read_text(encoding="utf-8").strip()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(command: list[str], home: Path, address: str) -> Iterator[Path]:
    """Run a server in a home of its own until the block ends; give the file with its standard output."""
    output, log = home / f"{command[2]}.txt", home / f"{command[2]}.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    environment |= {name: str(home) for name in ("HOME", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    with output.open("wb") as out, log.open("wb") as err:
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=out, stderr=err)
    try:
        wait_for(address, server, log)
        yield output
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an address answers."""
    for _ in range(PATIENCE_S * 10):
        assert server.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)  # noqa: TID251 - a server of another process starts in real time
    raise AssertionError(log.read_text(encoding="utf-8"))
