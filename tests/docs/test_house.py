"""The map of the house in the guide is the diagram of CONTRIBUTING.md."""

from __future__ import annotations

import sys

from tests.pages import ROOT

sys.path.insert(0, str(ROOT / "docs"))

from generate.house import pages, table

_DIAGRAM = """
    ground["errors · show"]
    model["<b>model/</b><br>people/ · run/"]
    door["the door<br>simimport/__init__.pyi"]
    ground --> model
    model -.-> door
"""


def test_each_room_has_a_row_with_what_it_imports() -> None:
    assert table(_DIAGRAM).splitlines()[2:] == [
        "| the ground | `errors` · `show` | none of the others |",
        "| model/ | `people/` · `run/` | the ground |",
        "| the door | `simimport/__init__.pyi` | model/ by name |",
    ]


def test_no_arrow_is_lost() -> None:
    (text,) = pages().values()
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    cells = [line.split(" | ")[-1] for line in text.splitlines()[2:]]
    imports = sum(cell.count(", ") + 1 for cell in cells if "none" not in cell)
    assert imports == contributing.count(" --> ") + contributing.count(" -.-> ")
