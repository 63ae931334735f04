"""The plots: each drawn, with the code that draws it."""

from __future__ import annotations

from simimport.analysis import plots as public

from .markdown import PLACE, code, page, table
from .pictures import shown
from .plot_examples import PLOTS

__all__ = ["pages"]

_ABOUT = """\
Every plot takes a record or a frame, and returns Matplotlib's axes; none calls `show`, saves, or changes a
setting. Below, each is drawn by the code beside it. [Draw plots](../../howto/plots.md) shows several in a
grid, two on the same axes, and your own style; [the API](api/plots.rst) has every argument."""


def pages() -> dict[str, str]:
    """Return the page of plots.

    Raises
    ------
    LookupError
        If a plot has no example here, or an example no plot.
    """
    if odd := set(public.__all__) ^ set(PLOTS):
        raise LookupError(f"the plots and their examples differ in {sorted(odd)}")
    rows = [(f"[`{name}`](#{_anchor(name)})", plot.of, plot.answers) for name, plot in PLOTS.items()]
    parts = [_ABOUT, table(["plot", "of what", "answers"], rows)]
    for name, plot in PLOTS.items():
        parts += [
            f"({_anchor(name)})=\n## {name}",
            f"{plot.answers[0].upper()}{plot.answers[1:]}: {{py:func}}`simimport.plots.{name}`.",
            shown(f"plot-{name}", f"A plot that shows {plot.answers}"),
            code("python", plot.code),
        ]
    return {f"{PLACE}/plots.md": page("Plots", *parts)}


def _anchor(name: str) -> str:
    return f"plot-{name.replace('_', '-')}"
