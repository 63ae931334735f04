"""Draw the README's pictures into ``data/pictures/``: ``python -m tests.make_pictures``.

Of the plots only; the dashboard's picture is a photograph, taken by a test in a browser.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib import pyplot as plt

from simimport import PRESETS, Scenario, plots, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

PICTURES = Path(__file__).parent.parent / "data" / "pictures"
_CANCEL_RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_REPLICATES = 200


def progress() -> Axes:
    """Return the progress of an import that crashes and hides what it did last."""
    return plots.progress(simulate(PRESETS["crash_midway"], seed=7))


def sweep() -> Axes:
    """Return how imports end as administrators interrupt more of them."""
    rows = []
    for rate in _CANCEL_RATES:
        scenario = Scenario(users=2000, cancel_rate=rate, crash_rate=0.1)
        runs = [simulate(scenario, seed=seed) for seed in range(_REPLICATES)]
        rows += [(rate, run.seed, str(run.final)) for run in runs]
    frame = pd.DataFrame(rows, columns=["cancel_rate", "replicate", "final"])
    return plots.sweep(frame, "cancel_rate", "final")


def save(draw: Callable[[], Axes], folder: Path) -> None:
    """Draw one picture on white."""
    with plt.style.context("default"):
        figure: Any = draw().figure
        # without the version, which would change the file though not the picture
        figure.savefig(folder / f"{draw.__name__}.png", dpi=110, metadata={"Software": None})
        plt.close(figure)


def main() -> None:
    """Draw them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for draw in (progress, sweep):
        save(draw, PICTURES)


if __name__ == "__main__":
    main()
