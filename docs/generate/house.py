"""The diagram of CONTRIBUTING.md as a table: drawing it would take a script from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["pages", "table"]

_CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
_DIAGRAM = re.compile("<!-- begin diagram -->(.*)<!-- end diagram -->", re.DOTALL)
_NODE = re.compile(r'^ *(\w+)\["(.+)"\]$', re.MULTILINE)
_ARROW = re.compile(r"^ *(\w+) (-->|-\.->) (\w+)$", re.MULTILINE)


def pages() -> dict[str, str]:
    """Return the table, as a text that a page includes."""
    (diagram,) = _DIAGRAM.findall(_CONTRIBUTING.read_text(encoding="utf-8"))
    return {"reference/made/house.txt": table(diagram)}


def table(diagram: str) -> str:
    """Return a row for each room of a Mermaid diagram: what is in it, and which rooms it imports."""
    rooms = {room: _parts(room, label) for room, label in _NODE.findall(diagram)}
    imports: dict[str, list[str]] = {room: [] for room in rooms}
    for imported, arrow, room in _ARROW.findall(diagram):
        # what a dotted arrow stands for is imported when somebody asks for a name
        imports[room].append(rooms[imported][0] + ("" if arrow == "-->" else " by name"))
    lines = [
        f"| {name} | {holds} | {', '.join(imports[room]) or 'none of the others'} |"
        for room, (name, holds) in rooms.items()
    ]
    return "\n".join(["| room | in it | imports |", "| --- | --- | --- |", *lines, ""])


def _parts(room: str, label: str) -> tuple[str, str]:
    """Return the name of a room, and what is in it."""
    name, line_break, holds = re.sub(r"</?b>", "", label).rpartition("<br>")
    parts = " · ".join(f"`{part}`" for part in holds.split(" · "))
    return (name, parts) if line_break else (f"the {room}", parts)
