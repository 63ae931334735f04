"""The dashboard in a real browser: notebook 03 in JupyterLab, and the page of `simimport dashboard`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

import simimport
from tests.browser.board import Opened
from tests.browser.servers import ROOT

pytestmark = pytest.mark.browser

# where the screenshots are kept: an ignored folder, unless somebody wants them elsewhere
OUT = Path(os.environ.get("SIMIMPORT_SCREENSHOTS", ROOT / "out"))


# how much of the ground below its first pixel a picture covers
CORNER = """image => {
    const context = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data[3];
}"""
#: Takes note of what is put into the board, also of what is gone before anybody looks.
NOTE = """board => {
  window.put = [];
  new MutationObserver(records => {
    for (const record of records) for (const node of record.addedNodes) window.put.push(node.textContent);
  }).observe(board, {subtree: true, childList: true});
}"""


def test_a_slider_moved_by_keyboard_changes_the_picture_and_the_answer(opened: Opened) -> None:
    before, pixels = opened.answer(), opened.pixels()
    slider = opened.slider("Failures")
    slider.focus()
    for _ in range(4):
        opened.page.keyboard.press("ArrowRight")
    opened.changes(opened.answer, before)
    opened.changes(opened.pixels, pixels)
    expect(opened.board.locator(".code pre")).to_contain_text("failure_rate=0.024,")


def test_play_advances(opened: Opened) -> None:
    before, moment = opened.answer(), opened.moment()
    opened.slider("Time").focus()
    opened.page.keyboard.press("Home")
    assert opened.changes(opened.moment, moment) < moment  # type: ignore[operator]
    start = opened.moment()
    opened.board.locator(".jupyter-widget-play button, .widget-play button").first.click()
    for _ in range(3):
        later = opened.changes(opened.moment, start)
        assert later > start  # type: ignore[operator]
        start = float(str(later))
    assert opened.answer() != before


def test_the_dice_change_the_seed_and_what_is_seen(opened: Opened) -> None:
    seed, pixels, code = opened.box("Seed").input_value(), opened.pixels(), opened.code()
    opened.board.get_by_title("Throw the dice: another seed").click()
    opened.changes(opened.box("Seed").input_value, seed)
    opened.changes(opened.pixels, pixels)
    assert opened.changes(opened.code, code) != code
    assert f"seed={opened.box('Seed').input_value()})" in opened.code()


def test_the_copied_line_reproduces_the_numbers(opened: Opened) -> None:
    opened.slider("Failures").focus()
    before = opened.code()
    opened.page.keyboard.press("ArrowRight")
    opened.changes(opened.code, before)
    opened.board.get_by_role("button", name="Copy").click()
    copied = opened.page.evaluate("navigator.clipboard.readText()").strip()
    assert copied == opened.code()
    run = eval(copied, {"simulate": simimport.simulate})  # noqa: S307 - our own line is what is tested
    asked = opened.board.locator(".note code").inner_text()
    body = eval(asked, {"run": run})  # noqa: S307 - likewise
    assert body == opened.answer()


def test_wrong_input_is_refused_in_place(opened: Opened) -> None:
    before = opened.code()
    box = opened.box("Batch")
    box.fill("a few")
    box.press("Enter")
    expect(opened.board.get_by_role("alert")).to_contain_text("Batch is 'a few'")
    assert opened.code() == before
    box.fill("100")
    box.press("Enter")
    expect(opened.board.get_by_role("alert")).to_have_count(0)
    assert "batch_size=100" in str(opened.changes(opened.code, before))


# the handle of a slider lies over both of its ends, which is not shown as spilling; and what is there for
# those who listen alone is a pixel wide
SPILLING = """board => [...board.querySelectorAll('*')].filter(e => e.clientWidth > 1
    && (e.scrollWidth > e.clientWidth + 1 || (e.scrollHeight > e.clientHeight + 1
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowY)))
    && !e.closest('.widget-slider, input, select')).map(e => e.outerHTML.slice(0, 200))"""


def spilling(opened: Opened) -> list[str]:
    """What is wider than its place, or scrolls inside of it."""
    return opened.board.evaluate(SPILLING)  # type: ignore[no-any-return]


@pytest.mark.parametrize("width", [600, 1000, 1440, 1920])
def test_it_fits_every_width(width: int, context: BrowserContext, voila: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 1100})
    page.goto(voila)
    opened = Opened(page)
    expect(opened.picture).to_be_visible()
    assert spilling(opened) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # the picture fills its place, and the line that marks the instant lies on it
    picture, over = opened.picture.bounding_box(), opened.board.locator(".over").bounding_box()
    assert picture is not None
    assert over == pytest.approx(picture, abs=1)
    assert picture["width"] >= (540 if width == 600 else min(width - 430, 1288))
    track = opened.slider("Failures").locator("xpath=ancestor::*[contains(@class, 'noUi-target')]")
    assert track.evaluate("track => track.getBoundingClientRect().width") >= 120


def test_it_is_read_in_a_dark_notebook(opened: Opened, request: pytest.FixtureRequest) -> None:
    if "lab" not in request.node.name:
        pytest.skip("the page follows the browser, and has its own test")
    opened.page.get_by_role("menuitem", name="Settings").click()
    opened.page.get_by_text("Theme", exact=True).hover()
    opened.page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(opened.page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
    # the picture lets the page's ground through, and nothing is lost on it
    assert opened.picture.evaluate(CORNER) == 0
    OUT.mkdir(exist_ok=True)
    opened.board.screenshot(path=OUT / "dashboard-lab-dark.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_as_the_browser_prefers(scheme: str, context: BrowserContext, voila: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(voila)
    expect(Opened(page).picture).to_be_visible()
    shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, re.findall(r"\d+", shown)[:3])) < 64) is (scheme == "dark")


def test_a_share_is_written_and_computing_is_said(opened: Opened) -> None:
    box = opened.board.get_by_title("Failures: type 2.5 %, 2.5 or 0.025; Enter takes it").last
    for written in ("2.5 %", "3.5", "0.045"):
        before = opened.code()
        box.fill(written)
        box.press("Enter")
        opened.changes(opened.code, before)
    expect(box).to_have_value("4.5 %")
    assert "failure_rate=0.045," in opened.code()
    opened.board.evaluate(NOTE)
    opened.board.get_by_role("tab", name="Many runs").click()
    opened.page.wait_for_function("window.put.some(words => words.includes('Computing 500 runs'))")
    # no picture that is broken meanwhile
    assert opened.board.locator("img").evaluate_all(
        "images => images.filter(i => i.offsetWidth && !i.naturalWidth).length"
    ) == 0  # fmt: skip
    expect(opened.board.locator(".shares")).to_be_visible()
    expect(opened.board.get_by_text("Computing")).to_have_count(0)


def test_it_fits_and_is_kept_as_a_picture(opened: Opened, request: pytest.FixtureRequest) -> None:
    opened.page.set_viewport_size({"width": 1400, "height": 1500})
    box = opened.board.bounding_box()
    assert box is not None
    assert box["width"] <= 1720
    assert spilling(opened) == []
    OUT.mkdir(exist_ok=True)
    name = "lab" if "lab" in request.node.name else "page"
    opened.board.screenshot(path=OUT / f"dashboard-{name}.png")
    opened.board.get_by_role("tab", name="Many runs").click()
    expect(opened.board.locator(".shares")).to_be_visible()
    opened.page.wait_for_timeout(300)
    opened.board.screenshot(path=OUT / f"dashboard-{name}-many.png")
