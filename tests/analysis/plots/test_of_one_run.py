"""The plots of one run draw what its frames say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors

from simimport import PRESETS, plots, simulate
from simimport.analysis.plots.runs.outcomes import REASON_COLORS
from simimport.errors import ClockError
from simimport.model.states import State
from simimport.show.palette import PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR
from simimport.show.words import duration
from tests.analysis.plots.figures import AFTER, band, lay_out, legend_texts, line, middle

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytestmark = pytest.mark.usefixtures("closed")


# progress -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preset", ["calm", "crash_midway", "canceled_midway", "csv_upload", "empty", "one_user"]
)
def test_progress_draws_the_published_steps_of_the_frame(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    steps = line(plots.progress(run), "published")
    frame = run.snapshots
    at_s, counts = steps.get_xdata(), steps.get_ydata()
    assert at_s[:-1].tolist() == frame["at_s"].tolist()
    assert counts[:-1].tolist() == (frame["completed"] + frame["error"]).tolist()
    # and the last answer lasts to the end of the picture
    assert at_s[-1] == pytest.approx(run.duration_s * AFTER)
    assert counts[-1] == counts[-2]
    assert steps.get_drawstyle() == "steps-post"
    assert colors.same_color(steps.get_color(), PUBLISHED_COLOR)


@pytest.mark.parametrize("preset", ["calm", "crash_midway", "flaky"])
def test_progress_draws_the_truth_user_by_user(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    truth = line(plots.progress(run), "in truth")
    finished = run.outcomes["finished_s"].dropna()
    assert truth.get_xdata()[1:-1].tolist() == finished.tolist()
    assert truth.get_ydata()[1:-1].tolist() == list(range(1, len(finished) + 1))
    assert truth.get_ydata()[-1] == len(finished)
    assert colors.same_color(truth.get_color(), TRUTH_COLOR)


def test_the_gap_lies_between_the_two_lines() -> None:
    run = simulate(PRESETS["crash_midway"], seed=3)
    [path] = band(plots.progress(run), "processed, not published").get_paths()
    end = path.vertices[np.isclose(path.vertices[:, 0], run.duration_s * AFTER)]
    last = run.snapshots.iloc[-1]
    assert last["imported"] + last["failed"] > last["completed"] + last["error"]
    assert end[:, 1].min() == last["completed"] + last["error"]
    assert end[:, 1].max() == last["imported"] + last["failed"]


@pytest.mark.parametrize("preset", ["calm", "crash_midway", "canceled_early", "csv_upload"])
def test_the_bands_are_the_states_from_instant_to_instant(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    ax = plots.progress(run)
    frame = run.snapshots
    first = frame[frame["state"] != frame["state"].shift()]
    ends = [*first["at_s"].tolist()[1:], run.duration_s * AFTER]
    spans = [patch for patch in ax.patches if patch.get_zorder() == 0]
    extents = [patch.get_extents().transformed(ax.transData.inverted()) for patch in spans]
    assert [extent.x0 for extent in extents] == pytest.approx(first["at_s"].tolist())
    assert [extent.x1 for extent in extents] == pytest.approx(ends)
    for patch, state in zip(spans, first["state"], strict=True):
        assert colors.same_color(patch.get_facecolor()[:3], STATE_COLORS[State(state)])
    assert legend_texts(ax)[-len(first) :] == first["state"].tolist()


def test_progress_says_what_its_axes_are() -> None:
    run = simulate(users=1000, failure_rate=0.1, seed=1)
    ax = plots.progress(run)
    lay_out(ax)
    assert ax.get_xlabel() == "time since the operation was created"
    assert ax.get_ylabel() == "users processed"
    assert ax.get_xlim() == (0, pytest.approx(run.duration_s * AFTER))
    assert ax.get_ylim() == (0, 1040)
    assert "1,000" in [text.get_text() for text in ax.get_yticklabels()]
    assert "20 s" in [text.get_text() for text in ax.get_xticklabels()]
    last = run.snapshots.iloc[-1]
    title = ax.get_title(loc="left")
    assert f"published {last['completed']:,} imported, {last['error']:,} failed" in title


def test_published_failures_are_an_area_and_absent_where_there_are_none() -> None:
    run = simulate(users=1000, failure_rate=0.2, seed=1)
    [path] = band(plots.progress(run), "published as failed").get_paths()
    assert path.vertices[:, 1].max() == run.snapshots["error"].max()
    assert "published as failed" not in legend_texts(plots.progress(simulate(PRESETS["one_user"], seed=1)))


def test_a_moment_is_a_line() -> None:
    ax = plots.progress(simulate(users=500, seed=1), at_s=12.5)
    assert line(ax, "this moment").get_xdata() == [12.5, 12.5]
    assert "this moment" not in legend_texts(plots.progress(simulate(users=500, seed=1)))
    with pytest.raises(ClockError, match="at_s is nan"):
        plots.progress(simulate(users=5, seed=1), at_s=float("nan"))


def test_a_dialect_changes_what_is_published_and_not_the_truth() -> None:
    run = simulate(PRESETS["canceled_midway"], seed=3)
    docs, server = plots.progress(run), plots.progress(run, dialect="server-8.3")
    # a real server counts the batch in flight twice, walks on to done, and reads error on the way
    assert line(server, "published").get_ydata()[-1] == line(docs, "published").get_ydata()[-1] + 50
    assert line(server, "in truth").get_ydata()[-1] == line(docs, "in truth").get_ydata()[-1]
    assert legend_texts(docs)[-1] == "canceled"
    assert legend_texts(server)[-2:] == ["error", "done"]
    assert "+50 against the truth" in server.get_title(loc="left")


def test_small_steps_are_magnified_where_a_corner_is_free() -> None:
    run = simulate(seed=2)
    [glass] = plots.progress(run).child_axes
    (begin_s, end_s), (low, high) = glass.get_xlim(), glass.get_ylim()
    steps = line(glass, "published")
    inside = (steps.get_xdata() >= begin_s) & (steps.get_xdata() <= end_s)
    frame = run.snapshots[run.snapshots["at_s"].between(begin_s, end_s)]
    assert steps.get_xdata()[inside].tolist() == frame["at_s"].tolist()
    assert 4 <= inside.sum() <= 6
    assert low < frame["completed"].iloc[0] + frame["error"].iloc[0]
    assert high > frame["completed"].iloc[-1] + frame["error"].iloc[-1]
    assert plots.progress(run, zoom=False).child_axes == []
    assert plots.progress(simulate(users=500, seed=2)).child_axes == []


# a hundred thousand users make the same curve as eight thousand
SMOOTH = ("page_example", "calm", "flaky", "canceled_midway", "crash_midway", "stuck_at_zero", "stalls_at_99",
          "slows_down", "clustered_failures", "csv_upload")  # fmt: skip


@pytest.mark.parametrize("preset", SMOOTH)
def test_what_is_magnified_covers_no_line(preset: str) -> None:
    ax = plots.progress(simulate(PRESETS[preset], seed=3))
    lay_out(ax)
    (glass,) = ax.child_axes
    box = glass.get_tightbbox()
    at_s, counts = (np.asarray(side, float) for side in line(ax, "published").get_data())
    grid = np.linspace(0, at_s[-1], 2000)
    steps = counts[np.searchsorted(at_s, grid, side="right") - 1]
    points = ax.transData.transform(np.column_stack([grid, steps]))
    assert not box.contains(*points.T[:, 0])
    assert not any(box.contains(x, y) for x, y in points)


def paper_behind(ax: Axes) -> list[Any]:
    return [patch for patch in ax.patches if patch.get_zorder() == 4.9]


@pytest.mark.parametrize("failure_rate", [0.05, 0.33, 1.0])
def test_what_is_magnified_covers_no_failures_if_there_is_another_corner(failure_rate: float) -> None:
    ax = plots.progress(simulate(failure_rate=failure_rate, seed=3))
    lay_out(ax)
    [glass] = ax.child_axes
    low = ax.transData.inverted().transform(glass.get_tightbbox())[0, 1]
    assert low > 8000 * failure_rate * 0.45
    assert paper_behind(ax) == []


def test_what_is_magnified_is_read_where_failures_lie_beneath() -> None:
    ax = plots.progress(simulate(PRESETS["flaky"], seed=3))
    lay_out(ax)
    [glass], [paper] = ax.child_axes, paper_behind(ax)
    box, sheet = glass.get_tightbbox(), paper.get_window_extent()
    assert sheet.x0 < box.x0 < box.x1 < sheet.x1
    assert sheet.y0 < box.y0 < box.y1 < sheet.y1
    assert paper.get_facecolor() == glass.get_facecolor()


@pytest.mark.parametrize("preset", [name for name in PRESETS if name not in (*SMOOTH, "big")])
def test_where_each_step_is_seen_nothing_is_magnified(preset: str) -> None:
    assert plots.progress(simulate(PRESETS[preset], seed=3)).child_axes == []


# states -------------------------------------------------------------------------------------------


def test_states_are_a_bar_along_time() -> None:
    run = simulate(PRESETS["crash_midway"], seed=3)
    ax = plots.states(run)
    frame = run.snapshots
    first = frame[frame["state"] != frame["state"].shift()]
    ends = [*first["at_s"].tolist()[1:], run.duration_s * AFTER]
    assert [patch.get_x() for patch in ax.patches] == pytest.approx(first["at_s"].tolist())
    assert [patch.get_x() + patch.get_width() for patch in ax.patches] == pytest.approx(ends)
    expected = [colors.to_rgba(STATE_COLORS[State(state)]) for state in first["state"]]
    assert [patch.get_facecolor() for patch in ax.patches] == expected
    assert [text.split()[0] for text in legend_texts(ax)] == first["state"].tolist()
    assert legend_texts(ax)[-1] == f"error from {duration(run.duration_s)} on"


def test_words_in_the_bar_stay_inside_their_state() -> None:
    ax = plots.states(simulate(PRESETS["crash_midway"], seed=3))
    lay_out(ax)
    seen = [text for text in ax.texts if text.get_visible()]
    assert [text.get_text() for text in seen] == ["new", "ready", "importing"]
    for text in seen:
        around = [p.get_window_extent() for p in ax.patches if p.get_window_extent().contains(*middle(text))]
        words = text.get_window_extent()
        assert around[0].x0 <= words.x0
        assert words.x1 <= around[0].x1


# outcomes and batches -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preset", ["flaky", "crash_midway", "done_but_nobody_imported", "clustered_failures"]
)
def test_outcomes_stack_the_failures_of_each_group_by_reason(preset: str) -> None:
    run = simulate(PRESETS[preset], seed=3)
    ax = plots.outcomes(run)
    frame = run.outcomes[run.outcomes["outcome"] != "unreached"].reset_index(drop=True)
    stacks = {patch.get_facecolor(): patch.get_data() for patch in ax.patches if hasattr(patch, "get_data")}
    occurring = [reason for reason in REASON_COLORS if (frame["reason"] == reason).any()]
    assert set(stacks) == {colors.to_rgba(REASON_COLORS[reason]) for reason in occurring}
    for reason in occurring:
        wanted = frame["reason"] == reason
        values, edges, baseline = stacks[colors.to_rgba(REASON_COLORS[reason])]
        groups = pd.cut(frame.index + 1, edges, labels=False)
        assert (values - baseline).tolist() == pytest.approx(wanted.groupby(groups).mean().tolist())
        assert f"{reason}: {wanted.sum():,}" in legend_texts(ax)
    mean = line(ax, "all in all").get_ydata()[0]
    assert mean == pytest.approx((frame["outcome"] == "failed").mean())
    assert ax.get_ylim()[1] > max(data[0].max() for data in stacks.values()) or ax.get_ylim()[1] == 1.02


def test_users_who_were_not_reached_are_hatched() -> None:
    run = simulate(PRESETS["crash_midway"], seed=3)
    ax = plots.outcomes(run)
    reached = int((run.outcomes["outcome"] != "unreached").sum())
    [hatched] = [patch for patch in ax.patches if patch.get_hatch()]
    extent = hatched.get_extents().transformed(ax.transData.inverted())
    assert (extent.x0, extent.x1) == pytest.approx((reached + 0.5, 2000.5))
    assert legend_texts(ax)[-1] == "not reached"
    whole = plots.outcomes(simulate(PRESETS["flaky"], seed=3))
    assert [patch for patch in whole.patches if patch.get_hatch()] == []


def test_outcomes_of_many_batches_are_at_most_eighty_groups_of_whole_batches() -> None:
    ax = plots.outcomes(simulate(users=12_345, failure_rate=0.3, seed=1))
    [first, *_] = [patch for patch in ax.patches if hasattr(patch, "get_data")]
    edges = first.get_data().edges
    assert len(edges) - 1 <= 80
    assert set((edges[1:-1] - 0.5) % 50) == {0.0}
    assert edges[-1] == 12_345.5
    assert ax.get_xlabel() == "user, in the order of import (groups of 200)"


def test_batches_are_the_time_between_flushes_less_the_stall() -> None:
    run = simulate(users=1020, stall_at=0.5, stall_s=40, cancel_rate=1, cancel_at=0.8, seed=3)
    ax = plots.batches(run)
    flushes = run.snapshots[run.snapshots["batch"].diff() > 0]["at_s"]
    taken = np.diff([run.scenario.new_s + run.scenario.ready_s + 0.01, *flushes])
    [values, *_] = [patch.get_data().values for patch in ax.patches if hasattr(patch, "get_data")]
    stalled = int(np.argmax(taken))
    taken[stalled] -= 40
    assert values.tolist() == pytest.approx(taken.tolist(), abs=2e-6)
    [marks] = [found for found in ax.lines if found.get_marker() == "v"]
    assert marks.get_xdata().tolist() == [stalled + 1]
    assert [text.get_text() for text in ax.texts] == ["40 s"]
    [hatched] = [patch for patch in ax.patches if patch.get_hatch()]
    extent = hatched.get_extents().transformed(ax.transData.inverted())
    assert (extent.x0, extent.x1) == pytest.approx((len(values) + 0.5, 21.5))


def test_many_stalls_are_marked_without_words_and_no_stall_with_nothing() -> None:
    run = simulate(users=2000, stall_rate=0.5, stall_s=5, seed=3)
    ax = plots.batches(run)
    [marks] = [found for found in ax.lines if found.get_marker() == "v"]
    assert marks.get_xdata().tolist() == (np.flatnonzero(run.truth.stall_s) + 1).tolist()
    assert list(ax.texts) == []
    assert list(plots.batches(simulate(users=2000, seed=3)).lines) == []
