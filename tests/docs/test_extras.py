"""The page on extras has all of them, and the words in which each is missed."""

from __future__ import annotations

import re
import tomllib

from tests.pages import ROOT

PAGE = (ROOT / "docs" / "start" / "extras.md").read_text(encoding="utf-8")
#: What an error is made with: what was wanted, and the extra that brings it.
_RAISED = re.compile(r'^ *(?:raise|return) MissingExtraError\("([^"]+)", "(\w+)"\)', re.MULTILINE)


def test_every_extra_has_a_row() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (section,) = re.findall("## What each brings(.*?)##", PAGE, re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| ", section, re.MULTILINE)
    assert sorted(rows) == sorted(project["optional-dependencies"])


def test_every_message_is_shown() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "simimport").rglob("*.py"))
    messages = {
        f"{what} needs the extra {extra!r}" for text in sources for what, extra in _RAISED.findall(text)
    }
    assert len(messages) >= 4
    assert [message for message in sorted(messages) if message not in PAGE] == []
