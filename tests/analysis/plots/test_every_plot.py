"""Every plot: what it draws on, what it leaves alone, that it can be read, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simimport import (
    PRESETS,
    ParameterError,
    Scenario,
    Trace,
    compare,
    fit,
    observe,
    plots,
    polling_tradeoff,
    simulate,
)
from simimport.analysis.plots.layout.ticks import TimeFormatter, TimeLocator
from simimport.analysis.plots.runs.outcomes import REASON_COLORS
from simimport.show.palette import OUTCOME_COLORS
from tests import make_pictures
from tests.analysis.plots.figures import contrast, lay_out, plain

pytestmark = pytest.mark.usefixtures("closed")


# all of them --------------------------------------------------------------------------------------

RUN = simulate(users=1500, failure_rate=0.1, stall_rate=0.1, crash_rate=1, crash_at=0.9, seed=4)
TRACE = Trace(observe(simulate(users=1500, seed=5), every_s=4))
FIT = fit(TRACE)
AHEAD = fit(TRACE[:8]).forecast(TRACE[:8])
BOUGHT = polling_tradeoff(Scenario(users=500), every_s=[1, 3, 10], replicates=4)
COMPARED = compare(Scenario(users=500), Scenario(users=500, stall_rate=0.1), replicates=20)
Draw = Callable[[pd.DataFrame, "Axes | None"], Axes]
ALL: dict[str, Draw] = {
    "progress": lambda _, ax: plots.progress(RUN, ax),
    "states": lambda _, ax: plots.states(RUN, ax),
    "outcomes": lambda _, ax: plots.outcomes(RUN, ax),
    "batches": lambda _, ax: plots.batches(RUN, ax),
    "fan": lambda _, ax: plots.fan([RUN, simulate(users=1500, seed=5)], ax),
    "sweep": lambda frame, ax: plots.sweep(frame, "crash_rate", ax=ax),
    "heatmap": lambda frame, ax: plots.heatmap(frame, "crash_rate", "slowdown", ax=ax),
    "state_machine": lambda _, ax: plots.state_machine(ax),
    "staleness": lambda _, ax: plots.staleness(RUN, ax),
    "tradeoff": lambda _, ax: plots.tradeoff(BOUGHT, ax, wanted=60),
    "comparison": lambda _, ax: plots.comparison(COMPARED, ax),
    "eta": lambda _, ax: plots.eta(RUN, ax, every_s=1),
    "forecast": lambda _, ax: plots.forecast(AHEAD, TRACE, ax),
    "check": lambda _, ax: plots.check(FIT, ax),
}


def test_every_plot_is_tried() -> None:
    assert sorted(ALL) == sorted(plots.__all__)


@pytest.mark.parametrize("name", ALL)
def test_a_plot_draws_where_it_is_told_and_makes_no_figure(name: str, frame: pd.DataFrame) -> None:
    figure = Figure(layout="constrained")
    ax = figure.subplots()
    assert ALL[name](frame, ax) is ax
    assert plt.get_fignums() == []
    assert ax.has_data() or ax.patches


@pytest.mark.parametrize("name", ALL)
def test_a_plot_makes_one_new_figure_where_it_is_not_told(name: str, frame: pd.DataFrame) -> None:
    first, second = ALL[name](frame, None), ALL[name](frame, None)
    assert first.figure is not second.figure
    assert len(plt.get_fignums()) == 2
    assert first.figure.get_layout_engine() is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(("style", "dpi"), [("default", 100), ("dark_background", 200)])
@pytest.mark.parametrize("name", ALL)
def test_everything_is_inside_the_figure_and_the_legend_covers_nothing(
    name: str, style: str, dpi: int, frame: pd.DataFrame
) -> None:
    with plt.style.context(style):
        ax = ALL[name](frame, None)
        figure = ax.figure
        assert isinstance(figure, Figure)
        figure.set_dpi(dpi)
        lay_out(ax)
    room, inside = figure.bbox, figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert room.x0 - 1 <= inside.x0
    assert inside.x1 <= room.x1 + 1
    assert room.y0 - 1 <= inside.y0
    assert inside.y1 <= room.y1 + 1
    legend = ax.get_legend()
    if legend is not None and name != "state_machine":
        assert legend.get_window_extent().x0 >= ax.bbox.x1
    elif legend is not None:
        box = legend.get_window_extent()
        assert not any(box.overlaps(text.get_window_extent()) for text in ax.texts)
        assert not any(box.overlaps(patch.get_window_extent()) for patch in ax.patches)


@pytest.mark.parametrize("face", ["white", "#111111"])
@pytest.mark.parametrize("name", ALL)
def test_words_can_be_read_on_what_they_are_drawn_on(name: str, face: str, frame: pd.DataFrame) -> None:
    figure = Figure(facecolor=face, layout="constrained")
    ax = ALL[name](frame, figure.add_subplot(facecolor=face))
    written = [ax.title, ax._left_title]  # type: ignore[attr-defined]  # there is no public way to it
    legend = ax.get_legend()
    written += [] if legend is None else [*legend.get_texts(), legend.get_title()]
    seen = [text for text in written if text.get_text()]
    assert seen
    for text in seen:
        assert contrast(text.get_color(), face) > 7, text.get_text()


@pytest.mark.parametrize("color", REASON_COLORS.values())
def test_reasons_can_be_seen_on_white_and_on_dark(color: str) -> None:
    assert contrast(color, "white") >= 3
    assert contrast(color, "#111111") >= 3


def test_the_most_common_reason_has_the_colour_of_failures() -> None:
    assert REASON_COLORS["duplicate-email"] == OUTCOME_COLORS["failed"]


@pytest.mark.parametrize(
    "preset", ["empty", "one_user", "exact_batch", "all_fail", "canceled_early", "stuck_at_zero"]
)
@pytest.mark.parametrize("name", ["progress", "states", "outcomes", "batches"])
def test_the_corners_are_drawn_too(name: str, preset: str) -> None:
    ax = getattr(plots, name)(simulate(PRESETS[preset], seed=1), plain())
    lay_out(ax)
    low, high = ax.get_xlim()
    assert high > low
    assert ax.get_title(loc="left")


def test_a_run_that_ends_at_its_creation_is_drawn() -> None:
    run = simulate(users=100, seed=1).cancel(0)
    assert run.duration_s == 0
    for draw in (plots.progress, plots.states, plots.outcomes, plots.batches):
        lay_out(draw(run, plain()))
    lay_out(plots.fan([run], plain()))


def test_all_is_a_hundred_per_cent_on_an_axis_of_shares(frame: pd.DataFrame) -> None:
    """Ticks are multiples of a step, so that the last may be a hair more than 1."""
    ax = plots.sweep(frame[frame["slowdown"] == 0.0], "crash_rate", "final", plain())
    ax.yaxis.set_ticks([0.0, 0.1 * 3, 1 + 2.2e-16])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0 %", "30 %", "100 %"]


# the README's picture -----------------------------------------------------------------------------


def test_the_readme_shows_the_picture_of_the_script(tmp_path: Path) -> None:
    name = "progress.png"
    make_pictures.save(make_pictures.progress, tmp_path)
    committed = make_pictures.PICTURES / name
    readme = make_pictures.PICTURES.parent.parent / "README.md"
    assert f"(data/pictures/{name})" in readme.read_text(encoding="utf-8")
    assert committed.stat().st_size < 150_000
    ours, theirs = plt.imread(tmp_path / name), plt.imread(committed)
    assert ours.shape == theirs.shape
    # another Matplotlib may draw letters otherwise, but not most of the picture
    assert np.mean(np.abs(ours - theirs).max(axis=2) > 0.1) < 0.1


# refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["progress", "states", "outcomes", "batches"])
def test_what_is_no_run_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=r"run is 'x'; allowed: a Run, as simulate returns it"):
        getattr(plots, name)("x")
    with pytest.raises(ParameterError, match="ax is 3; allowed: Axes of Matplotlib, or None"):
        getattr(plots, name)(RUN, 3)


def test_a_dialect_is_checked() -> None:
    for draw in (plots.progress, plots.states):
        with pytest.raises(ParameterError, match="dialect is 'server'"):
            draw(RUN, dialect="server")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], r"runs is \[\]; allowed: at least one Run"),
        (5, "runs is 5; allowed: an iterable of Runs"),
        ([RUN, 5], r"runs\[1\] is 5; allowed: a Run"),
        (pd.DataFrame({"replicate": [1]}), "a column is 'at_s'; allowed: those of the frame, replicate"),
        (pd.DataFrame({"replicate": [1], "at_s": [0.0], "state": ["gone"], "progress": [0.0]}),
         "state is 'gone'"),
    ],
)  # fmt: skip
def test_what_makes_no_fan_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        plots.fan(given)


# time ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end_s", [0.01, 1, 9.9, 59, 61, 273, 3_600, 20_000, 86_400, 400_000, 9e6])
def test_ticks_of_time_are_few_and_round(end_s: float) -> None:
    ticks = TimeLocator().tick_values(0, end_s)
    inside = [tick for tick in ticks if 0 <= tick <= end_s]
    assert 3 <= len(inside) <= 11
    assert inside[0] == 0
    labels = [TimeFormatter()(tick) for tick in inside]
    assert labels[0] == "0"
    assert all(len(label.split()) <= 4 for label in labels)
    assert len(set(labels)) == len(labels)
