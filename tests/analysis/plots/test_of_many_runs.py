"""The plots of many runs, and the drawing of the table: they draw what the frames say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors
from matplotlib import pyplot as plt

from simimport import PRESETS, ParameterError, Run, Scenario, plots, simulate, transitions
from simimport import sweep as simulated_sweep
from simimport.analysis.plots.sweep_frame import summary_of
from simimport.model.states import State
from simimport.show.palette import STATE_COLORS
from simimport.show.words import duration
from tests.analysis.plots.figures import band, lay_out, legend_texts, line

pytestmark = pytest.mark.usefixtures("closed")


# many runs ----------------------------------------------------------------------------------------


def test_a_fan_holds_the_quantiles_of_what_was_published(many: list[Run]) -> None:
    ax = plots.fan(many)
    median = line(ax, "median")
    at_s = median.get_xdata()
    for place in (0, 57, 200, 399):
        seen = [run.at(at_s[place]).progress for run in many]
        assert median.get_ydata()[place] == pytest.approx(np.median(seen))
    assert at_s[-1] == max(run.duration_s for run in many)
    for share in (50, 90):
        [path] = band(ax, f"{share} % of the runs").get_paths()
        for place in (100, 200, 399):
            seen = [run.at(at_s[place]).progress for run in many]
            low, high = np.percentile(seen, [50 - share / 2, 50 + share / 2])
            # a step turns at an instant: what holds from then on is at the next one too
            later = at_s[min(place + 1, 399)]
            heights = path.vertices[path.vertices[:, 0] == later][:, 1]
            assert {round(low, 9), round(high, 9)} <= set(heights.round(9))


def test_a_fan_says_where_and_how_each_run_ended(many: list[Run]) -> None:
    ax = plots.fan(iter(many))
    for state in (State.DONE, State.CANCELED, State.ERROR):
        runs = [run for run in many if run.final is state]
        [points] = [drawn for drawn in ax.collections if drawn.get_label() == state]
        places = np.asarray(points.get_offsets())
        assert places[:, 0].tolist() == [run.duration_s for run in runs]
        assert places[:, 1].tolist() == pytest.approx([run.at(1e6).progress for run in runs])
        assert f"ended {state}: {len(runs)}" in legend_texts(ax)
    assert ax.get_title(loc="left").startswith("30 runs: ")
    assert ax.get_ylabel() == "published as processed"


def test_a_frame_of_snapshots_makes_the_same_fan(many: list[Run]) -> None:
    frame = pd.concat([run.snapshots.assign(replicate=k) for k, run in enumerate(many)])
    ours, theirs = plots.fan(many), plots.fan(frame)
    assert line(ours, "median").get_ydata().tolist() == line(theirs, "median").get_ydata().tolist()
    assert legend_texts(ours) == legend_texts(theirs)


def test_a_fan_of_empty_runs_or_of_one_is_drawn() -> None:
    empty = plots.fan([simulate(PRESETS["empty"], seed=1)])
    assert line(empty, "published").get_ydata()[0] == 1
    assert empty.collections[0].get_label() == "done"  # there is no band of one run
    assert plots.fan(simulate(users=10, seed=1)).get_title(loc="left") == "1 run: 100 % done"


# sweeps -------------------------------------------------------------------------------------------


def test_sweep_draws_medians_with_the_middle_ninety_per_cent(frame: pd.DataFrame) -> None:
    only = frame[frame["slowdown"] == 2.0]
    ax = plots.sweep(only, "crash_rate")
    groups = only.groupby("crash_rate")["duration_s"]
    [middle_line] = ax.lines
    assert middle_line.get_xdata().tolist() == [0.0, 0.1, 0.4]
    assert middle_line.get_ydata().tolist() == groups.median().tolist()
    [area] = ax.collections
    [path] = area.get_paths()  # type: ignore[attr-defined]
    heights = set(np.round(path.vertices[:, 1], 9))
    assert set(np.round([*groups.quantile(0.05), *groups.quantile(0.95)], 9)) <= heights
    assert ax.get_xlabel() == "crash_rate: probability per import that it crashes"
    assert ax.get_ylabel() == "time from creation to end"
    assert ax.get_title(loc="left") == "median, and the middle 90 %, of 12 replicates each"
    lay_out(ax)
    assert "10 %" in [text.get_text() for text in ax.get_xticklabels()]


def test_sweep_says_where_cells_with_intervals_share_their_seeds() -> None:
    of_both = simulated_sweep(Scenario(users=50), over={"crash_rate": [0.0, 0.5]}, replicates=4)
    alone = of_both[of_both["crash_rate"] > 0]
    several = "share and its 95 % interval, of 4 replicates each; cells share their seeds"
    for rows, y, wanted in (
        (of_both, "final=done", several),
        (of_both, "final", several),
        (alone, "final=done", several.partition(";")[0]),
        (of_both.drop(columns="seed"), "final=done", several.partition(";")[0]),
        # what is no interval of an estimate, but where most replicates are
        (of_both, "duration_s", "median, and the middle 90 %, of 4 replicates each"),
    ):
        assert plots.sweep(rows, "crash_rate", y).get_title(loc="left") == wanted


def test_sweep_draws_a_line_per_value_of_the_other_field(frame: pd.DataFrame) -> None:
    for ax in (plots.sweep(frame, "crash_rate"), plots.sweep(frame, "crash_rate", by="slowdown")):
        assert legend_texts(ax) == ["0", "2"]
        assert ax.get_legend().get_title().get_text() == "slowdown"  # type: ignore[union-attr]
        table = frame.groupby(["slowdown", "crash_rate"])["duration_s"].median()
        for label, slowdown in (("0", 0.0), ("2", 2.0)):
            assert line(ax, label).get_ydata().tolist() == table[slowdown].tolist()
    assert len({colors.to_hex(found.get_color()) for found in ax.lines}) == 2


def test_sweep_draws_the_shares_of_all_endings_in_their_colours(frame: pd.DataFrame) -> None:
    only = frame[frame["slowdown"] == 0.0]
    ax = plots.sweep(only, "crash_rate", "final")
    for state in (State.DONE, State.CANCELED, State.ERROR):
        shares = only.groupby("crash_rate")["final"].apply(lambda ends, state=state: (ends == state).mean())
        assert line(ax, state).get_ydata().tolist() == shares.tolist()
        assert colors.same_color(line(ax, state).get_color(), STATE_COLORS[state])
    assert ax.get_ylim() == (-0.02, 1.02)
    truths = plots.sweep(only, "crash_rate", "ended_itself")
    assert truths.lines[0].get_ydata().tolist() == line(ax, "done").get_ydata().tolist()
    assert truths.get_ylabel() == "share of the imports: ended by itself"


def test_names_get_a_place_each_and_no_line_between_them(frame: pd.DataFrame) -> None:
    named = frame[frame["slowdown"] == 0.0].assign(scenario=lambda f: "rate " + f["crash_rate"].astype(str))
    named = named[["scenario", "replicate", "final", "duration_s"]]
    ax = plots.sweep(named, "scenario")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["rate 0.0", "rate 0.1", "rate 0.4"]
    assert ax.lines[0].get_xdata().tolist() == [0, 1, 2]
    assert ax.lines[0].get_linestyle() == "None"
    ends = plots.sweep(named, "scenario", "final")
    places = [tuple(found.get_xdata()) for found in ends.lines]
    assert len(set(places)) == 3


@pytest.mark.parametrize(
    ("successes", "low", "high"), [(0, 0.0, 0.3085), (3, 0.0667, 0.6525), (10, 0.6915, 1.0)]
)
def test_shares_have_exact_intervals(successes: int, low: float, high: float) -> None:
    found = summary_of(np.arange(10) < successes)
    assert found.middle == successes / 10
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_intervals_of_none_and_of_all_end_there() -> None:
    for trials in range(1, 200):
        assert summary_of(np.zeros(trials, dtype=bool)).low == 0
        assert summary_of(np.ones(trials, dtype=bool)).high == 1


def test_values_that_read_alike_keep_a_place_each(frame: pd.DataFrame) -> None:
    close = frame[frame["slowdown"] == 0.0].assign(crash_rate=lambda f: 0.01234 + f["crash_rate"] / 10_000)
    words = ["0.01234", "0.01235", "0.01238"]
    lines = plots.sweep(close.assign(slowdown=close["seed"] % 2), "slowdown", by="crash_rate")
    assert legend_texts(lines) == words
    cells = plots.heatmap(close.assign(slowdown=close["seed"] % 2), "crash_rate", "slowdown")
    assert [text.get_text() for text in cells.get_xticklabels()] == words
    assert np.asarray(cells.images[0].get_array()).shape == (2, 3)


def test_truths_that_make_lines_are_written_as_they_are(frame: pd.DataFrame) -> None:
    ax = plots.sweep(frame[frame["slowdown"] == 0.0], "crash_rate", by="ended_itself")
    assert legend_texts(ax) == ["True", "False"]


def test_a_cell_without_a_number_is_a_gap(frame: pd.DataFrame) -> None:
    holes = frame[frame["slowdown"] == 0.0].copy()
    holes.loc[holes["crash_rate"] == 0.1, "duration_s"] = np.nan
    heights = plots.sweep(holes, "crash_rate").lines[0].get_ydata()
    assert np.isnan(heights).tolist() == [False, True, False]


def test_heatmap_has_a_cell_for_each_pair(frame: pd.DataFrame) -> None:
    ax = plots.heatmap(frame, "crash_rate", "slowdown")
    table = frame.groupby(["slowdown", "crash_rate"])["duration_s"].median().unstack()
    [image] = ax.images
    assert np.asarray(image.get_array()).tolist() == table.to_numpy().tolist()
    assert [text.get_text() for text in ax.texts] == [duration(s) for s in table.to_numpy().ravel()]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0 %", "10 %", "40 %"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "2"]
    assert image.colorbar is not None
    assert image.colorbar.ax.get_ylabel() == "time from creation to end"


def test_heatmap_of_shares_has_one_scale_and_leaves_missing_cells_empty(frame: pd.DataFrame) -> None:
    some = frame[(frame["crash_rate"] < 0.3) | (frame["slowdown"] == 0.0)]
    ax = plots.heatmap(some, "crash_rate", "slowdown", "final=error")
    [image] = ax.images
    assert image.get_clim() == (0, 1)
    assert np.ma.getmaskarray(image.get_array()).tolist() == [[False] * 3, [False, False, True]]
    assert len(ax.texts) == 5
    # also where no share is that small
    assert plots.heatmap(some, "crash_rate", "slowdown", "final=done").images[0].get_clim() == (0, 1)


# the state machine --------------------------------------------------------------------------------


def test_the_state_machine_draws_every_move_of_the_table() -> None:
    ax = plots.state_machine()
    words = [text.get_text() for text in ax.texts]
    moves = transitions()
    assert set(State) | {"any state"} <= set(words)
    # new is possible everywhere: drawn once, and once more where every import begins
    assert words.count("new") == 3
    others = moves[moves["operation"] != "new"]
    for operation, number in others["operation"].value_counts().items():
        assert words.count(str(operation)) == number, operation
    arrows = [patch for patch in ax.patches if hasattr(patch, "get_arrowstyle")]
    assert len(arrows) == len(others) + 2
    solid = [arrow for arrow in arrows if arrow.get_linestyle() in ("-", "solid")]
    assert len(solid) == others["operation"].isin(["addUsers", "run", "clear"]).sum() + 2


def test_the_words_of_the_state_machine_cover_no_state() -> None:
    ax = plots.state_machine()
    lay_out(ax)
    boxes = [patch.get_window_extent() for patch in ax.patches if not hasattr(patch, "get_arrowstyle")]
    labels = [t for t in ax.texts if t.get_fontweight() == "normal" and t.get_text() != "any state"]
    assert len(labels) == 19
    for text in labels:
        words = text.get_window_extent()
        assert not any(words.overlaps(box) for box in boxes), text.get_text()
    extents = [text.get_window_extent() for text in labels]
    pairs = [(a, b) for place, a in enumerate(extents) for b in extents[:place]]
    assert not any(a.overlaps(b) for a, b in pairs)


# refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        (lambda f: 5, ("crash_rate",), "frame is 5; allowed: what sweep"),
        (lambda f: f[:0], ("crash_rate",), "a frame of at least one row"),
        (lambda f: f, ("crash_rat",), "a column is 'crash_rat'.* Did you mean 'crash_rate'"),
        (lambda f: f, ("crash_rate", "duration"), "a column is 'duration'"),
        (lambda f: f.drop(columns="final"), ("crash_rate", "final=done"), "a column is 'final'"),
        (lambda f: f, ("crash_rate", "crash_rate"), "y is 'crash_rate'; allowed: another column than x"),
        (lambda f: f.assign(word="a"), ("crash_rate", "word"), "y is 'word'; allowed: a column of numbers"),
        (lambda f: f, ("crash_rate", "final"), "a sweep of slowdown too"),
        (lambda f: f.assign(replicate=0)[["crash_rate", "slowdown", "seed", "replicate", "duration_s"]],
         ("crash_rate",), "a sweep of slowdown, seed too"),
    ],
)  # fmt: skip
def test_frames_that_make_no_lines_are_refused(
    change: Any, arguments: tuple[str, ...], message: str, frame: pd.DataFrame
) -> None:
    with pytest.raises(ParameterError, match=message):
        plots.sweep(change(frame), *arguments)
    assert plt.get_fignums() == []


def test_lines_that_cannot_be_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ParameterError, match="by is 'crash_rate'; allowed: another column than x"):
        plots.sweep(frame, "crash_rate", by="crash_rate")
    with pytest.raises(ParameterError, match="y is 'final'; allowed: where there is a line per value"):
        plots.sweep(frame, "crash_rate", "final", by="slowdown")
    with pytest.raises(ParameterError, match="at most 10 values; it has 12"):
        plots.sweep(frame[frame["slowdown"] == 0], "crash_rate", by="seed")


def test_cells_that_cannot_be_are_refused(frame: pd.DataFrame) -> None:
    for x, y, value in (
        ("crash_rate", "crash_rate", "duration_s"),
        ("crash_rate", "slowdown", "final"),
        ("crash_rate", "slowdown", "slowdown"),
    ):
        with pytest.raises(ParameterError, match="value is"):
            plots.heatmap(frame, x, y, value)
    with pytest.raises(ParameterError, match="a sweep of slowdown too"):
        plots.heatmap(frame, "crash_rate", "seed")
    assert plt.get_fignums() == []
