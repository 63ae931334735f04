"""Fixtures: a browser, a fresh profile in it, and the addresses of the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import servers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


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
