"""Write the map of the house into CONTRIBUTING.md: ``python -m tests.make_map``.

A diagram of the wings with the imports between them, and a line about each room from its own docstring. A
test holds them equal to what this would write.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house import HEIGHTS, PACKAGE, Trees, arrows, child, sources

CONTRIBUTING = Path(__file__).parent.parent / "CONTRIBUTING.md"
WINGS = ("model", "service", "testing", "analysis", "cli")
_GROUND = "ground"
_BEGIN, _END = "<!-- begin {} -->", "<!-- end {} -->"


def diagram(trees: Trees) -> str:
    """Return the wings and the imports between them, as a Mermaid diagram."""
    between = {
        (_wing(module), _wing(target))
        for module, targets in arrows(trees).items()
        for target in targets
        if _wing(module) != _wing(target)
    }
    ground = " · ".join(name for name, height in HEIGHTS.items() if height <= HEIGHTS["show"])
    lines = ["flowchart BT", f'    ground["{ground}"]']
    for wing in WINGS:
        rooms = [name.rpartition(".")[2] for name in _rooms(trees, wing) if _is_folder(trees, name)]
        shown = f"<br>{' · '.join(f'{room}/' for room in rooms)}" if rooms else ""
        lines.append(f'    {wing}["<b>{wing}/</b>{shown}"]')
    lines.append('    door["the door<br>simimport/__init__.pyi"]')
    lines += [f"    {below} --> {above}" for above, below in sorted(between)]
    # the door imports by name, when somebody asks
    lines += [f"    {wing} -.-> door" for wing in WINGS if wing != "cli"]
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def rooms(trees: Trees) -> str:
    """Return a line about each file and folder, wing by wing."""
    parts = []
    for wing in ("", *WINGS):
        inside = _rooms(trees, wing)
        lines = [f"| `{_path(trees, name)}` | {_about(trees[name])} |" for name in inside]
        title = f"**{wing}/**: {_about(trees[f'{PACKAGE}.{wing}'])}" if wing else "**The ground**"
        parts.append("\n".join([title, "", "| room | what it is for |", "| --- | --- |", *lines]))
    return "\n\n".join(parts)


def written(text: str, trees: Trees) -> str:
    """Return the text of CONTRIBUTING.md with the map as it is now."""
    for name, content in (("diagram", diagram(trees)), ("rooms", rooms(trees))):
        before, begin, rest = text.partition(_BEGIN.format(name))
        _, end, after = rest.partition(_END.format(name))
        assert end, f"there is no place for the {name}"
        text = f"{before}{begin}\n{content}\n{end}{after}"
    return text


def _wing(module: str) -> str:
    wing = module.split(".")[1] if "." in module else "door"
    if wing in WINGS:
        return wing
    return "cli" if wing == "__main__" else "door" if wing == "door" else _GROUND


def _rooms(trees: Trees, wing: str) -> list[str]:
    """Return the files and folders of a wing, or of the ground, folders first."""
    folder = f"{PACKAGE}.{wing}" if wing else PACKAGE
    found = {room for module in trees if (room := child(module, folder))}
    if not wing:
        found = {room for room in found if _wing(room) == _GROUND}
    return sorted(found, key=lambda room: (not _is_folder(trees, room), room))


def _is_folder(trees: Trees, room: str) -> bool:
    return any(module.startswith(f"{room}.") for module in trees)


def _path(trees: Trees, room: str) -> str:
    return room.removeprefix(f"{PACKAGE}.").replace(".", "/") + ("/" if _is_folder(trees, room) else ".py")


def _about(tree: ast.Module) -> str:
    """Return the first line of a docstring."""
    return (ast.get_docstring(tree) or "").partition("\n")[0]


if __name__ == "__main__":
    CONTRIBUTING.write_text(written(CONTRIBUTING.read_text(encoding="utf-8"), sources()), encoding="utf-8")
