"""Pages of the guide that are made from the code, so that nothing can be missing in them.

Each module beside this one has ``pages() -> dict[str, str]``: texts by their paths below docs. Those that are
written here are not kept: `write_pages` makes them before the guide is built.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from pathlib import Path

__all__ = ["made", "write_pages"]

#: The folders that hold nothing but what is made.
FOLDERS = ("reference/made", "tutorials/made")


def made() -> dict[str, str]:
    """Return every page that is made from the code, by its path below docs."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").pages()
    return found


def write_pages(docs: Path) -> None:
    """Write every page that is made from the code, where its text is not there already."""
    pages = made()
    for folder in FOLDERS:
        for path in (docs / folder).rglob("*"):
            if path.is_file() and str(path.relative_to(docs)) not in pages:
                path.unlink()
    for name, text in pages.items():
        path = docs / name
        # a page that is as it was need not be read again
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def remove_pages(docs: Path) -> None:
    """Take away what was written."""
    for folder in FOLDERS:
        shutil.rmtree(docs / folder, ignore_errors=True)
