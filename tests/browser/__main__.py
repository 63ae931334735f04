"""`python -m tests.browser`: draw data/pictures/dashboard.png, the dashboard as a browser shows it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.servers import ROOT, chromium, page, profile

PICTURE = ROOT / "data" / "pictures" / "dashboard.png"


def main() -> None:
    """Draw the picture."""
    with (
        tempfile.TemporaryDirectory() as home,
        page(Path(home), "--preset", "flaky") as address,
        chromium() as browser,
    ):
        shown = profile(browser).new_page()
        shown.goto(address)
        expect(shown.locator(".simimport pre.answer")).to_be_visible()
        shown.wait_for_timeout(1000)  # until its letters are there
        PICTURE.parent.mkdir(exist_ok=True)
        shown.locator(".simimport").first.screenshot(path=PICTURE)


if __name__ == "__main__":
    main()
