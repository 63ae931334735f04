"""The notebooks, as they are kept, beside the other pages."""

from __future__ import annotations

from pathlib import Path

__all__ = ["pages"]

_FOLDER = Path(__file__).parents[2] / "notebooks"


def pages() -> dict[str, str]:
    """Return the notebooks by their paths below docs."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.ipynb"))}
    # they lie two folders deeper than where they are kept
    moved = {name: text.replace("](../data/", "](../../../data/") for name, text in texts.items()}
    # over the index of a frame stands nothing, which is no heading
    return {f"tutorials/made/{name}": text.replace("<th></th>", "<td></td>") for name, text in moved.items()}
