"""A browser, and the page in it, served from another origin than the chat."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simimport import ImportService

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    here = partial(Quiet, directory=str(Path(__file__).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), here) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/progress.html"
        server.shutdown()


@pytest.fixture
def chat(import_service: ImportService) -> Iterator[Any]:
    with import_service.serve(cors=True) as server:
        yield server


@pytest.fixture
def watched(browser: Browser, site: str, chat: Any) -> Iterator[Callable[..., Page]]:
    """Open the page, log in and press Watch; the page's errors fail the test."""
    context = browser.new_context()
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))

    def watch(token: str | None = None, place: str = site) -> Page:
        page = context.new_page()
        page.goto(f"{place}?chat={chat.url}&every=0.02")
        page.get_by_label("User id").fill(chat.headers["X-User-Id"])
        page.get_by_label("Token").fill(token or chat.headers["X-Auth-Token"])
        page.get_by_role("button", name="Watch").click()
        return page

    yield watch
    context.close()
    assert problems == []
