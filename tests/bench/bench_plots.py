"""Plots of imports that are large, long or of tiny batches: each from the run to a drawn figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simimport import Run, plots, simulate
from tests.bench.table import Row, alternate, duration

LIMIT_S = 1.0
_PLOTS: Mapping[str, Callable[..., Any]] = {
    "progress": plots.progress, "states": plots.states, "outcomes": plots.outcomes, "batches": plots.batches,
    "staleness": plots.staleness, "eta": plots.eta,
}  # fmt: skip


def rows(quick: bool = False) -> list[Row]:
    """Return the rows: of each import, the plot that takes longest."""
    imports = {
        "an import of 1,000,000 users": simulate(users=1_000_000, failure_rate=0.05, seed=1),
        "an import that stands still for days": simulate(users=2_000, stall_at=0.5, stall_s=1e6, seed=1),
        "an import of 30,000 batches of one": simulate(users=30_000, batch_size=1, stall_rate=0.1, seed=1),
    }
    return [_slowest(name, run, 1 if quick else 3) for name, run in imports.items()]


def _slowest(name: str, run: Run, rounds: int) -> Row:
    took = {plot: alternate(_drawing(plot, run), lambda: None, rounds)[0] for plot in _PLOTS}
    slowest = max(took, key=took.__getitem__)
    ours = f"{duration(took[slowest])} ({slowest})"
    return Row(f"any plot of {name}", ours, f"limit {duration(LIMIT_S)}", LIMIT_S / took[slowest], 1)


def _drawing(plot: str, run: Run) -> Callable[[], None]:
    def draw() -> None:
        figure = Figure()
        FigureCanvasAgg(figure)
        _PLOTS[plot](run, ax=figure.subplots())
        figure.canvas.draw()

    return draw
