"""Fixtures: a browser, a fresh profile in it, the addresses of the dashboard, and the dashboard opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import servers
from tests.browser.board import Opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

HERE = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with servers.chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = servers.profile(browser)
    yield context
    context.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def lab(home: Path) -> Iterator[Callable[[], str]]:
    with servers.lab(home) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def voila(home: Path) -> Iterator[str]:
    with servers.page(home) as address:
        yield address


@pytest.fixture
def errors(context: BrowserContext) -> list[str]:
    """What the browser's console says is wrong, and what was asked of other machines."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(f"{message.text} ({message.location.get('url')})")

    context.on("console", heard)
    context.on("weberror", lambda error: found.append(str(error.error)))
    # a page that works without a network asks for nothing elsewhere
    context.on("request", lambda asked: None if HERE.match(asked.url) else found.append(asked.url))
    return found


@pytest.fixture(params=["lab", "voila"])
def opened(request: pytest.FixtureRequest, context: BrowserContext, errors: list[str]) -> Iterator[Opened]:
    page = context.new_page()
    if request.param == "lab":
        page.goto(request.getfixturevalue("lab")())
        page.locator(".jp-Notebook .jp-CodeCell").first.click()
        # a kernel that is ready, or the key is pressed for nothing
        expect(page.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible()
        page.keyboard.press("Shift+Enter")
    else:
        page.goto(request.getfixturevalue("voila"))
    board = Opened(page)
    expect(board.board.locator("pre.answer")).to_be_visible()
    expect(board.picture).to_be_visible()
    yield board
    assert errors == []
