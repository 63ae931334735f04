"""The page from the first number to the last, and what it says when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from simimport import Fault, Faults, ImportService

Watched = Callable[..., Page]


@pytest.mark.simimport(users=500, failure_rate=0, autostart=True)
def test_from_start_to_done(watched: Watched, import_service: ImportService) -> None:
    page = watched()
    expect(page.get_by_role("status")).to_have_text("Importing: 0 of 500")
    import_service.advance(8)
    expect(page.get_by_role("status")).not_to_have_text("Importing: 0 of 500")
    assert 0 < float(page.get_by_role("progressbar").evaluate("bar => bar.value")) < 1
    import_service.run_until("done")
    expect(page.get_by_role("status")).to_have_text("Done: 500 of 500")
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.simimport(preset="crash_midway", autostart=True)
def test_a_crash(watched: Watched, import_service: ImportService) -> None:
    import_service.run_until("error")
    expect(watched().get_by_role("status")).to_contain_text("It failed: ")


@pytest.mark.simimport(users=500, autostart=True, faults=[Fault("503", at_poll=2), Fault("html", at_poll=3)])
def test_a_server_in_trouble(watched: Watched, import_service: ImportService) -> None:
    page = watched()
    expect(page.get_by_role("status")).to_have_text("Importing: 0 of 500")
    import_service.run_until("done")
    expect(page.get_by_role("status")).to_contain_text("Done: ")
    assert import_service.faults.unstruck == ()
    expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("503", "The chat has trouble (503)."),
        ("429", "The chat is busy; we ask less often."),
        ("reset", "The chat does not answer."),
        ("garbage", ""),
    ],
)
@pytest.mark.simimport(users=500, autostart=True)
def test_what_it_says(fault: str, words: str, watched: Watched, import_service: ImportService) -> None:
    import_service.reset(faults=Faults([Fault(fault, every=1)]))
    page = watched()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.simimport(users=500, autostart=True)
def test_a_wrong_token(watched: Watched) -> None:
    page = watched(token="somebody else's")  # noqa: S106 - nobody's
    expect(page.get_by_role("alert")).to_have_text("Please log in again.")


@pytest.mark.simimport(users=500, autostart=True, dialect="server-8.3")
def test_a_session_that_ends(watched: Watched, chat: Any) -> None:
    page = watched()
    expect(page.get_by_role("status")).to_have_text("Importing: 0 of 500")
    httpx.post(f"{chat.url}/api/v1/logout", headers=chat.headers).raise_for_status()
    expect(page.get_by_role("alert")).to_have_text("Please log in again.")


@pytest.mark.simimport(users=500, autostart=True)
def test_from_the_disk(watched: Watched, import_service: ImportService) -> None:
    page = watched(place=Path(__file__).with_name("progress.html").as_uri())
    import_service.run_until("done")
    expect(page.get_by_role("status")).to_contain_text("Done: ")
