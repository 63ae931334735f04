"""The list of tutorials leads to every notebook, with the question that it asks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.pages import ROOT

INDEX = (ROOT / "docs" / "tutorials" / "index.md").read_text(encoding="utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_none_is_missing() -> None:
    pages = re.findall(r"^made/(\w+)$", INDEX, re.MULTILINE)
    assert pages == [path.stem for path in NOTEBOOKS] != []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_listed_with_its_question(path: Path) -> None:
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    (title,), (question,) = re.findall(r"^# (.+)", first), re.findall(r"\*\*Question: (.+)\*\*", first)
    (asked,) = re.findall(rf"^\| \[{title}\]\(made/{path.name}\) \| (.+) \|$", INDEX, re.MULTILINE)
    # the list may leave out the beginning, which says what import it is
    assert question.lower().endswith(asked.lower())
