"""Fixtures for the tests of the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simimport import Run, plots
from simimport.analysis.plots.axes import heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of progress are sketches, another for each run: drawing well takes a tenth of a second."""

    def sketch(run: Run, ax: Axes, **_: object) -> Axes:
        ax.set_axis_off()
        heading(ax, run.code)
        return ax

    monkeypatch.setattr(plots, "progress", sketch)
