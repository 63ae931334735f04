"""A page with a dashboard, and what a person does with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["Opened"]

# what is asked for while the next picture takes its place is asked again of that one
PIXELS = """async image => {
    for (let source; source !== image.src;) {
        source = image.src;
        await image.decode().catch(problem => { if (image.src === source) throw problem; });
    }
    const canvas = Object.assign(document.createElement('canvas'),
                                 {width: image.naturalWidth, height: image.naturalHeight});
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL();
}"""


class Opened:
    """A page with a dashboard, and what a person does with it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.board = page.locator(".simimport").first
        self.picture = self.board.locator("img").first

    def slider(self, label: str) -> Locator:
        return self.board.locator(".widget-slider").filter(has_text=label).get_by_role("slider")

    def box(self, label: str) -> Locator:
        return self.board.locator(".widget-text").filter(has_text=label).get_by_role("textbox")

    def answer(self) -> dict[str, object]:
        return json.loads(self.board.locator("pre.answer").inner_text())  # type: ignore[no-any-return]

    def code(self) -> str:
        return self.board.locator(".code pre").inner_text()

    def moment(self) -> float:
        style = self.board.locator(".moment").get_attribute("style") or ""
        return float(re.search(r"left:([\d.]+)%", style)[1])  # type: ignore[index]

    def pixels(self) -> str:
        """What the picture shows, in one text."""
        return str(self.picture.evaluate(PIXELS))

    def changes(self, look: Callable[[], object], before: object) -> object:
        """Wait until what is looked at is no longer what it was."""
        for _ in range(200):
            if (now := look()) != before:
                return now
            self.page.wait_for_timeout(50)
        raise AssertionError(f"it stays {str(before)[:200]}")
