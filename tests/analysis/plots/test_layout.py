"""Plots alone and in grids: what they say does not meet, and stays where it belongs, by the renderer."""

from __future__ import annotations

import io
import pickle
from itertools import cycle, islice, pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simimport import PRESETS, plots, simulate
from simimport.analysis.plots.layout.room import room_of
from simimport.analysis.plots.layout.space import empty_box, taken
from simimport.analysis.plots.layout.ticks import CountLocator, NameFormatter, TimeLocator
from simimport.analysis.plots.layout.wording import fold
from tests.analysis.plots import measured
from tests.analysis.plots.cases import CASES, stalled
from tests.analysis.plots.measured import Layout
from tests.everyday import thinned

pytestmark = pytest.mark.usefixtures("closed")

Size = tuple[float, float]
SIZES: tuple[Size, ...] = ((6, 4), (12, 6), (15, 8))
LAYOUTS: tuple[Layout, ...] = ("constrained", "tight")
ALONE: tuple[tuple[Size, Layout], ...] = tuple((size, layout) for size in SIZES for layout in LAYOUTS)
#: Cells between these: some plots have parts that are drawn from a certain width on.
BETWEEN: tuple[tuple[Size, tuple[int, int]], ...] = (
    ((8, 8), (2, 1)), ((9, 6), (2, 2)), ((11, 8), (2, 2)), ((17, 13), (3, 3)), ((20, 12), (3, 4)),
)  # fmt: skip
GRIDS = (
    *((*alone, grid) for alone in ALONE for grid in ((2, 3), (3, 2))),
    *((size, layout, grid) for size, grid in BETWEEN for layout in LAYOUTS),
)
#: The smallest, where most would meet; the long run has all.
SOME_GRIDS = (GRIDS[0],)


def check(figure: Figure, names: list[str], least_width: float) -> None:
    """Nothing lies over another thing or outside, and the axes are wide enough."""
    measured.draw(figure)
    assert measured.overlapping(figure) == [], names
    assert measured.outside(figure) == [], names
    assert measured.crossed(figure) == [], names
    assert measured.covered(figure) == [], names
    widths = dict(zip(names, measured.widths(figure), strict=True))
    assert {name: width for name, width in widths.items() if width < least_width} == {}


def grid_of(size: Size, layout: Layout, grid: tuple[int, int], names: list[str]) -> Figure:
    figure = Figure(figsize=size, layout=layout)
    for name, ax in zip(names, np.ravel(figure.subplots(*grid)), strict=True):
        CASES[name](ax=ax)
    return figure


def every_plot_in_grids(size: Size, layout: Layout, grid: tuple[int, int]) -> None:
    least = 0.6 * measured.empty_width(*grid, size, layout)
    cells = grid[0] * grid[1]
    figures = -(-len(CASES) // cells)
    names = list(islice(cycle(CASES), figures * cells))
    for place in range(figures):
        some = names[place * cells : (place + 1) * cells]
        check(grid_of(size, layout, grid, some), some, least)


def test_every_plot_is_here() -> None:
    assert sorted(CASES) == sorted(plots.__all__)


@pytest.mark.parametrize(("size", "layout", "grid"), SOME_GRIDS)
def test_in_a_grid_nothing_meets_and_nothing_is_lost(
    size: Size, layout: Layout, grid: tuple[int, int]
) -> None:
    every_plot_in_grids(size, layout, grid)


@pytest.mark.long
@pytest.mark.parametrize(("size", "layout", "grid"), [grid for grid in GRIDS if grid not in SOME_GRIDS])
def test_in_every_grid_nothing_meets_and_nothing_is_lost(
    size: Size, layout: Layout, grid: tuple[int, int]
) -> None:
    every_plot_in_grids(size, layout, grid)


def every_plot_alone(size: Size, layout: Layout) -> None:
    least = 0.6 * measured.empty_width(1, 1, size, layout)
    for name in CASES:
        check(grid_of(size, layout, (1, 1), [name]), [name], least)


def test_alone_in_a_small_figure_nothing_meets() -> None:
    every_plot_alone((6, 4), "tight")


@pytest.mark.long
@pytest.mark.parametrize(("size", "layout"), ALONE)
def test_alone_in_every_figure_nothing_meets(size: Size, layout: Layout) -> None:
    every_plot_alone(size, layout)


def test_what_is_laid_out_once_by_hand_fits_too() -> None:
    figure = Figure(figsize=(12, 6))
    for name, ax in zip(CASES, np.ravel(figure.subplots(2, 3)), strict=False):
        CASES[name](ax=ax)
    figure.tight_layout()
    figure.draw_without_rendering()
    assert measured.overlapping(figure) == []
    assert measured.outside(figure) == []


def test_in_figures_of_parts_and_of_unequal_cells_nothing_meets() -> None:
    parts = Figure(figsize=(12, 6), layout="constrained")
    left, right = parts.subfigures(1, 2)
    CASES["eta"](ax=left.subplots())
    for name, ax in zip(("fan", "states"), right.subplots(2, 1), strict=True):
        CASES[name](ax=ax)
    unequal = Figure(figsize=(12, 8), layout="constrained")
    cells = unequal.subplot_mosaic([["a", "b"], ["c", "c"]], height_ratios=(1, 3))
    for place, name in (("a", "eta"), ("b", "progress"), ("c", "fan")):
        CASES[name](ax=cells[place])
    twins = Figure(figsize=(9, 5), layout="constrained")
    CASES["progress"](ax=twins.subplots()).twinx().plot([0, 100], [0, 3])
    for figure in (parts, unequal, twins):
        measured.draw(figure)
        assert measured.overlapping(figure) == []
        assert measured.outside(figure) == []


def test_the_measure_finds_what_meets() -> None:
    figure = Figure(figsize=(6, 4))
    first, second = figure.subplots(1, 2)
    first.set_title("a title that is much too long for so small a picture")
    second.set_title("and another one that is no shorter than the first")
    first.plot([0, 1], label="a line whose legend is wide enough to reach the other axes")
    first.legend(loc="upper left", bbox_to_anchor=(0.5, 1.0))
    measured.draw(figure)
    assert measured.overlapping(figure)
    assert measured.outside(figure)
    assert measured.covered(figure)


# what fits ------------------------------------------------------------------------------------------


def test_a_figure_that_grows_says_more() -> None:
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = plots.progress(stalled(), ax=figure.subplots())
    measured.draw(figure)
    lines = ax.get_title(loc="left").count("\n")
    assert not [glass for glass in ax.child_axes if glass.get_visible()]
    figure.set_size_inches(12, 6)
    measured.draw(figure)
    assert ax.get_title(loc="left").count("\n") < lines
    assert [glass for glass in ax.child_axes if glass.get_visible()]
    check(figure, ["progress"], 500)


def test_words_that_somebody_else_wrote_stay() -> None:
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = plots.progress(stalled(), ax=figure.subplots())
    words = "a title of mine that is longer than the axes are wide, and is mine to break"
    ax.set_title(words, loc="left")
    ax.set_xlabel("mine")
    legend = ax.legend(ax.lines[:1], ["mine"], title="mine")
    checked = CASES["check"](ax=Figure(figsize=(9, 4)).subplots())
    checked.set_xlim(-1, 1)
    measured.draw(checked.figure)  # type: ignore[arg-type]
    assert checked.get_xlim() == (-1, 1)
    measured.draw(figure)
    assert ax.get_title(loc="left") == words
    assert ax.get_xlabel() == "mine"
    assert ax.get_legend() is legend


def test_axes_that_are_cleared_forget_the_plot() -> None:
    figure = Figure(figsize=(4, 3), layout="constrained")
    ax = plots.eta(stalled(), ax=figure.subplots())
    measured.draw(figure)
    ax.clear()
    ax.plot([1, 2])
    measured.draw(figure)
    assert ax.get_legend() is None
    assert plots.fan([stalled()], ax=ax).get_title(loc="left") == "1 run: 100 % done"
    assert len(room_of(ax).drawn) == 1


@pytest.mark.parametrize("name", thinned(CASES, {"progress", "state_machine", "check", "comparison"}))
def test_a_figure_can_be_pickled(name: str) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    CASES[name](ax=figure.subplots())
    again = pickle.loads(pickle.dumps(figure))  # noqa: S301  # our own
    for each in (figure, again):
        measured.draw(each)
    assert [said for said, _ in measured.words_of(again)] == [said for said, _ in measured.words_of(figure)]


def test_saving_twice_makes_nearly_the_same_picture() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    figure = grid_of((8, 3), "constrained", (1, 2), ["fan", "staleness"])
    for file in files:
        figure.savefig(file, format="png")
    ours, again = (plt.imread(io.BytesIO(file.getvalue())) for file in files)
    assert np.mean(np.abs(ours - again).max(axis=2) > 0.1) < 0.05


# the magnifying glass -------------------------------------------------------------------------------


def test_the_stall_is_magnified_and_its_seconds_count_from_there() -> None:
    run = stalled()
    ax = plots.progress(run)
    measured.draw(ax.figure)  # type: ignore[arg-type]
    [glass] = ax.child_axes
    begin_s, end_s = glass.get_xlim()
    place = int(np.argmax(run.truth.stall_s))
    stalled_s, resumed_s = run.truth.flush_us[place - 1] / 1e6, run.truth.flush_us[place] / 1e6
    assert begin_s < stalled_s < resumed_s < end_s
    labels = [text.get_text() for text in glass.get_xticklabels()]
    assert all(label.startswith("+") or label == "0" for label in labels)
    assert any(label.startswith("+") for label in labels)
    assert glass.get_xlabel().startswith("after 1 min ")


def test_of_a_stall_too_long_to_magnify_its_beginning_is() -> None:
    run = simulate(PRESETS["stalls_at_99"], seed=3)
    [glass] = plots.progress(run).child_axes
    begin_s, end_s = glass.get_xlim()
    stalled_s = run.truth.flush_us[int(np.argmax(run.truth.stall_s)) - 1] / 1e6
    assert begin_s < stalled_s < end_s
    assert end_s - begin_s < 0.4 * run.duration_s


@pytest.mark.parametrize("name", ["progress", "staleness"])
def test_without_zoom_there_is_no_glass(name: str) -> None:
    assert CASES[name](zoom=False).child_axes == []
    assert CASES[name]().child_axes != []


def test_the_polls_magnified_are_some_while_the_work_goes_on() -> None:
    run = simulate(users=1500, stall_at=0.5, stall_s=30, seed=4)
    [glass] = plots.staleness(run, every_s=2).child_axes
    low, high = glass.get_ylim()
    assert high - low > 50


# the parts ------------------------------------------------------------------------------------------


def test_lines_keep_numbers_with_their_units() -> None:
    words = "done after 5 min 33.5 s of work, then 3 % failed"
    for room in range(10, 50):
        for line in fold(words, room, 9, len).split("\n"):
            assert not line.startswith(("min", "s ", "%")), room
            assert len(line) <= max(room, len("5 min 33.5 s"))


def test_words_too_long_for_any_line_are_cut_at_a_word() -> None:
    assert fold("one two three four", 9, 1, len) == "one two…"
    assert fold("incomprehensibilities", 9, 3, len) == "incompre…"


def test_a_legend_finds_the_empty_corner() -> None:
    figure = Figure(figsize=(4, 4))
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1])
    ax.set(xlim=(0, 1), ylim=(0, 1))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    cells = taken(ax, renderer)
    left, bottom, _, height = empty_box(cells, 0.3, 0.2) or (1.0, 0.0, 0.0, 0.0)
    assert left < 0.05
    assert bottom + height > 0.95
    # below or above the line there is no room for something larger
    assert empty_box(cells, 0.6, 0.6) is None
    # a background is nothing, and an area all of it
    ax.axhspan(0.0, 1.0, zorder=0)
    assert (taken(ax, renderer) == cells).all()
    ax.fill_between([0, 1], 0, 1)
    assert empty_box(taken(ax, renderer), 0.1, 0.1) is None


def test_where_axes_and_words_lie_nothing_else_may() -> None:
    figure = Figure(figsize=(4, 4))
    ax = figure.subplots()
    ax.inset_axes((0.25, 0.25, 0.5, 0.5)).set(xticks=[], yticks=[])
    ax.text(0.05, 0.9, "words", transform=ax.transAxes)
    figure.draw_without_rendering()
    cells = taken(ax, FigureCanvasAgg(figure).get_renderer())
    across, up = cells.shape
    assert cells[across // 4 + 1 : across * 3 // 4 - 1, up // 4 + 1 : up * 3 // 4 - 1].all()
    assert not cells[: across // 4 - 1, : up * 3 // 4].any()
    assert cells[int(0.07 * across) : int(0.1 * across), int(0.92 * up)].all()


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 5.0, 12.0])
def test_ticks_are_as_many_as_there_is_room_for(width: float) -> None:
    figure = Figure(figsize=(width + 1, 3))
    ax = figure.add_axes((0.5 / (width + 1), 0.2, width / (width + 1), 0.7))
    run = simulate(users=3000, seed=1)
    plots.progress(run, ax=ax, legend=False, zoom=False, title="")
    measured.draw(figure)
    labels = [text for text in ax.get_xticklabels() if text.get_text()]
    boxes = [text.get_window_extent() for text in labels]
    assert all(before.x1 < after.x0 for before, after in pairwise(boxes))
    assert len(labels) >= (1 if width < 1 else 2)
    assert len(labels) >= min(width, 6) - 1


def test_ticks_of_one_thing_say_so_once() -> None:
    assert CountLocator().tick_values(0.5, 1.5).tolist() == [1]
    assert CountLocator().tick_values(0, 1.04).tolist() == [0, 1]
    assert TimeLocator(4, 100.25).tick_values(100.25, 104.5).tolist() == [100.25, 102.25, 104.25]


def test_names_on_an_axis_are_shortened_and_then_left_out() -> None:
    names = list(PRESETS)
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    rows = [(name, seed, float(len(name) + seed)) for name in names for seed in range(3)]
    frame = pd.DataFrame(rows, columns=["scenario", "replicate", "duration_s"])
    plots.sweep(frame, "scenario", ax=ax)
    measured.draw(figure)
    assert measured.overlapping(figure) == []
    shown = [text.get_text() for text in ax.get_xticklabels()]
    assert 1 < len(shown) < len(names)
    assert all(label.endswith("…") or label in names for label in shown)
    assert NameFormatter(names)(0) == names[0]
