"""The dashboard for who does not see it or has no mouse: names, values, contrast, headings, keys."""

from __future__ import annotations

import shutil
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.board import Opened
from tests.clients.tools import ran

pytestmark = pytest.mark.browser

# what axe finds in a part of the page, in a line each
FOUND = """async part => (await axe.run(part)).violations.flatMap(
    found => found.nodes.map(node => `${found.id}: ${found.help}: ${node.html.slice(0, 160)}`))"""
# every handle by its name, with the value that is said of it
HANDLES = """board => Object.fromEntries([...board.querySelectorAll('[role=slider]')].map(
    handle => [handle.getAttribute('aria-label'), handle.getAttribute('aria-valuetext')]))"""
# what has the focus: its name, and whether that is seen
FOCUS = """board => {
    const now = document.activeElement, style = getComputedStyle(now);
    if (!board.contains(now)) return null;
    const labels = [...(now.labels || [])].map(label => label.textContent);
    const name = now.getAttribute('aria-label') || labels[0] || now.textContent.trim() || now.title;
    return [name.trim(), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
}"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: axe cannot be asked")
    folder = tmp_path_factory.mktemp("axe")
    ran([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"], folder)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, context: BrowserContext, voila: str) -> Page:
    page = context.new_page()
    page.emulate_media(color_scheme=request.param)
    page.goto(voila)
    expect(Opened(page).picture).to_be_visible()
    return page


def complaints(page: Page, axe: str, part: str) -> list[str]:
    page.evaluate(axe)
    return page.evaluate(FOUND, part)  # type: ignore[no-any-return]


def test_axe_finds_nothing_in_the_page(page: Page, axe: str) -> None:
    assert complaints(page, axe, "html") == []
    board = Opened(page)
    board.box("Batch").fill("a few")
    board.box("Batch").press("Enter")
    expect(board.board.get_by_role("alert")).to_be_visible()
    assert complaints(page, axe, "html") == []
    board.board.get_by_role("tab", name="Many runs").click()
    expect(board.board.locator(".shares")).to_be_visible()
    assert complaints(page, axe, "html") == []


def test_axe_finds_nothing_in_a_notebook(opened: Opened, axe: str, request: pytest.FixtureRequest) -> None:
    if "lab" not in request.node.name:
        pytest.skip("the page has its own test")
    assert complaints(opened.page, axe, ".simimport") == []


def test_handles_have_names_and_say_their_values(opened: Opened) -> None:
    handles: dict[str, str] = opened.board.evaluate(HANDLES)
    assert {"Staged (users)", "Failures (% of users)", "Speed (users/s)", "Time (s)"} <= set(handles)
    assert None not in handles
    slider = opened.slider("Failures")
    slider.focus()
    opened.page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "2.1 %")
    # and the instant is said in seconds, and not in thousandths of the run
    time = opened.slider("Time")
    time.focus()
    opened.page.keyboard.press("Home")
    expect(time).to_have_attribute("aria-valuetext", "0 s")
    pictures = opened.board.locator("img").evaluate_all("images => images.map(i => i.alt)")
    assert all(pictures)
    assert opened.board.locator("[title=null]").count() == 0


def test_all_of_it_is_reached_by_keys_and_seen_to_be(page: Page) -> None:
    board: Any = Opened(page).board
    reached: dict[str, bool] = {}
    for _ in range(60):
        page.keyboard.press("Tab")
        if found := board.evaluate(FOCUS):
            reached.setdefault(found[0], found[1])
    for name in ("Preset (scenario)", "Staged (users)", "Batch (users)", "Seed (number)", "Speed (users/s)",
                 "Stall length (s), to be written", "Answers (dialect)", "Time (s)", "One run", "Copy",
                 "Folder (new)", "Save"):  # fmt: skip
        assert name in reached, reached
    assert [name for name, seen in reached.items() if not seen] == []


def test_headings_begin_with_the_first(page: Page) -> None:
    levels = page.locator("h1, h2, h3, h4").evaluate_all("found => found.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
