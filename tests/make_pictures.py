"""Draw the README's picture into ``data/pictures/``: ``python -m tests.make_pictures``.

The dashboard's picture beside it is a photograph, taken by a test in a browser.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import pyplot as plt

from simimport import PRESETS, plots, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

PICTURES = Path(__file__).parent.parent / "data" / "pictures"


def progress() -> Axes:
    """Return the progress of an import that crashes and hides what it did last."""
    return plots.progress(simulate(PRESETS["crash_midway"], seed=7))


def save(draw: Callable[[], Axes], folder: Path) -> None:
    """Draw one picture on white."""
    with plt.style.context("default"):
        figure: Any = draw().figure
        # without the version, which would change the file though not the picture
        figure.savefig(folder / f"{draw.__name__}.png", dpi=110, metadata={"Software": None})
        plt.close(figure)


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    save(progress, PICTURES)
