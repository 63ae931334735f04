"""What the how-to pages for testers list is what there is: cards, fixtures, options, permissions, calls."""

from __future__ import annotations

import json
import re
from pathlib import Path

from simimport import ImportService
from simimport.cli.commands.serve import serve
from simimport.cli.commands.serving import talk
from simimport.model.presets import PRESETS
from simimport.service.http.control.table import TABLE
from simimport.service.login import account
from simimport.testing import marker, plugin
from simimport.testing.pollers.cases import cases
from tests.docs.test_pages import PAGES


def first_cells(page: str, heading: str) -> list[str]:
    """Return what stands as code in the first cells of the table that follows a heading."""
    after = PAGES[page].text.partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", after, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_page_has_a_card() -> None:
    text = PAGES["howto/index"].text
    pages = {Path(name).name for name in PAGES if name.startswith("howto/")} - {"index"}
    cards = re.findall(r"^:::\{grid-item-card\} \[.+\]\((.+)\.md\)$", text, re.MULTILINE)
    assert sorted(cards) == sorted(pages)
    assert sorted(text.rpartition(":maxdepth: 1\n\n")[2].split()) == sorted([*pages, ":::"])


def test_every_fixture_is_in_the_table() -> None:
    found = first_cells("howto/pytest", "A marker says which import, fixtures are that import")
    assert sorted(found) == sorted(plugin.__all__)


def test_every_keyword_of_the_marker_is_named() -> None:
    after = PAGES["howto/pytest"].text.partition("The marker takes ")[2]
    named = re.findall(r"`(\w+)`", after.partition("every field")[0])
    assert set(named) == set(marker._OWN)


def test_every_permission_is_in_the_table() -> None:
    permissions = {account.RUN_IMPORT, account.VIEW_OPERATIONS, account.BYPASS, account.STEER}
    assert set(first_cells("howto/shared-server", "An account for each")) == permissions


def test_calls_of_the_control_plane_are_there() -> None:
    named = first_cells("howto/shared-server", "Steer it")
    calls = {call for call in named if call.partition(" ")[0] in ("GET", "POST", "PUT")}
    assert len(calls) == 5
    assert calls <= {f"{operation.method} {operation.path}" for operation in TABLE}


def test_variables_are_options() -> None:
    named = re.findall(r"SIMIMPORT_(\w+)", PAGES["howto/docker"].text)
    options = {name for option in serve.params for name in option.opts}
    assert {f"--{name.lower().replace('_', '-')}" for name in named} <= options


def test_the_line_of_json_has_what_is_said_of_it() -> None:
    service = ImportService(seed=1)
    with service.serve() as server:
        line = json.loads(talk.ready_line(server, service, control=True))
    assert set(first_cells("howto/node", "Start the server")) == set(line)


def test_there_are_so_many_cases_and_presets() -> None:
    assert len(cases(None, None, 0)) == 42
    text = PAGES["howto/check-a-poller"].text
    assert f"{len(PRESETS)} presets with nothing wrong on the wire" in text
    for page in "httpx", "index":
        assert "42 imports and troubles" in PAGES[f"howto/{page}"].text
