"""Pieces of Markdown, as every page of the reference has them.

Blocks stand between colons: fences of backticks are for examples that are run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc
from typing import Any

__all__ = [
    "PLACE",
    "anchor",
    "bullets",
    "cell",
    "code",
    "described",
    "document_json",
    "page",
    "plain",
    "table",
]

#: Where the pages lie, below docs.
PLACE = "reference/made"
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)


def page(title: str, *parts: str) -> str:
    """Return a page: its title and its parts, a line apart."""
    return "\n\n".join([f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(cell(each) for each in cells) + " |"


def cell(value: object) -> str:
    """Return what may stand in a cell of a table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def bullets(lines: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)


def code(language: str, text: str, *options: str) -> str:
    """Return a block of code that is shown, not run."""
    head = [f":::{{code-block}} {language}", *options]
    return "\n".join([*head, *([""] if options else []), text.strip("\n"), ":::"])


def anchor(heading: str) -> str:
    """Return what a link to a heading ends with."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def plain(text: str) -> str:
    """Return a piece of a docstring as Markdown, in one line."""
    return " ".join(re.sub(r"``(.+?)``", r"`\1`", text).split())


def described(docstring: str | None, section: str = "Parameters") -> dict[str, str]:
    """Return what a docstring says of each name of a section, by name."""
    parts = _SECTION.split(cleandoc(docstring or ""))
    found = dict(zip(parts[1::2], parts[2::2], strict=True)).get(section, "")
    texts: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", found.strip("\n")):
        head, _, body = entry.partition("\n")
        for name in head.partition(" : ")[0].split(","):
            texts[name.strip()] = plain(body)
    return texts


def document_json(document: Any, *, most: int | None = None, within: int = 110) -> str:
    """Return an answer as JSON in a few lines, which end where a key or an item does.

    Parameters
    ----------
    document : object
        What JSON can say.
    most : int, optional
        After how many letters it is left off.
    within : int
        How long a line may be, where what stands in it lets it.
    """
    text = json.dumps(document, ensure_ascii=False)
    if most is not None and len(text) > most:
        text = text[: text.rindex(", ", 0, most) + 2] + "…"
    lines: list[str] = []
    line = ""
    for piece in re.split(r"(?<=,) (?=[\"{\[…])", text):
        if line and len(line) + len(piece) >= within:
            lines.append(line)
            line = "  " + piece
        else:
            line = f"{line} {piece}" if line else piece
    return "\n".join([*lines, line])
