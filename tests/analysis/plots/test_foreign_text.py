"""Names from outside are drawn letter by letter: no mathematics, and nothing that is not printable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.text import Text

from simimport import plots, simulate
from tests.analysis.plots.figures import lay_out

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = (r"$\frac{$", "a\x9b\u202eb $x$", r"$\nope$", "$$", "_left_out", "a_b^c", "\\$1", "two\nlines")


def frame(**names: str) -> pd.DataFrame:
    rows = [
        (name, users, replicate, "done", 5.0 + replicate + users)
        for name in NAMES
        for users in (1, 2)
        for replicate in range(3)
    ]
    columns = ["scenario", "users", "replicate", "final", "duration_s"]
    return pd.DataFrame(rows, columns=[names.get(column, column) for column in columns])


def drawn(ax: Axes) -> set[str]:
    """Return every text of a figure, after it was drawn."""
    # not through the canvas, which a figure that is closed may have lost
    lay_out(ax)
    texts = {text.get_text() for text in ax.figure.findobj(Text)}
    plt.close("all")
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    return texts


@pytest.mark.parametrize("by", ["users", None])
def test_values_of_a_sweep(by: str | None) -> None:
    for ax in (
        plots.sweep(frame(), "scenario", "duration_s", by="users"),
        plots.sweep(frame(), "users", "duration_s", by="scenario"),
        plots.heatmap(frame(), "users", "scenario", "duration_s"),
    ):
        texts = drawn(ax)
        assert {r"\$\frac{\$", r"\$\$", "a\ufffd\ufffdb \\$x\\$"} <= texts
        assert any(text.strip() == "_left_out" for text in texts)


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_names_of_columns(place: int) -> None:
    x, by, y = (NAMES[(place + step) % len(NAMES)] for step in range(3))
    named = frame(scenario=by, users=x, duration_s=y)
    drawn(plots.sweep(named, x, y, by=by))
    drawn(plots.sweep(named, by, y, by=x))
    drawn(plots.heatmap(named, x, by, y))


def test_names_of_estimators() -> None:
    own = {name: lambda history: 5.0 for name in NAMES}
    assert r"\$\nope\$" in drawn(plots.eta(simulate(users=200, seed=1), methods=own))
