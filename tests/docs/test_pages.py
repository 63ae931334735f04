"""Every page of the guide is true: its examples are run, and nothing in it is left unchecked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages import ROOT, Page, run_commands, run_session

DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(DOCS).with_suffix("")): Page(path)
    for path in sorted(DOCS.rglob("*.md"))
    if not any(part.startswith("_") for part in path.relative_to(DOCS).parts)
}
#: What a page has in its language and is run here; other code is included from the projects that are tested.
KINDS = {"python", "console"}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    shown: Page = PAGES[request.param]
    monkeypatch.chdir(shown.check_out(tmp_path))
    return shown


def test_its_examples_give_what_they_show(page: Page) -> None:
    page.run_python()
    for block in page.console.values():
        run_commands(block)
    for block in page.sessions:
        run_session(block)


@pytest.mark.parametrize("name", PAGES)
def test_no_block_is_left_unchecked(name: str) -> None:
    page = PAGES[name]
    # installing is what the check before every landing does
    allowed = KINDS | ({"sh"} if name.startswith("start/") else set())
    assert {kind for _, kind, _ in page.blocks} <= allowed
    assert page.text.count("```") == 2 * len(page.blocks)


@pytest.mark.parametrize("name", PAGES)
def test_files_that_it_names_exist(name: str) -> None:
    named = re.findall(r"`((?:data|notebooks|tests)/[\w./]+)`", PAGES[name].text)
    assert [path for path in named if not (ROOT / path).exists()] == []
