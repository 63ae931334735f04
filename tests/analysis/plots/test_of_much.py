"""What draws computes no more than it can draw: of long imports a part, that looks like the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from simimport import observe, plots, simulate
from simimport.analysis.estimators import Polled
from simimport.analysis.plots.layout.few import MOST, few
from simimport.analysis.plots.runs.magnified import in_force

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytestmark = pytest.mark.usefixtures("closed")

#: An import of more batches, users and stalls than there are dots.
LONG = simulate(users=30_000, batch_size=1, failure_rate=0.1, stall_rate=0.1, stall_s=1.0, seed=1)
#: One that stands still for eleven days.
STUCK = simulate(users=2_000, stall_at=0.5, stall_s=1e6, seed=1)


def points(ax: Axes) -> int:
    """Return how many points the longest of what is drawn has."""
    lines = [len(np.asarray(line.get_xdata())) for part in (ax, *ax.child_axes) for line in part.lines]
    areas = [len(path.vertices) for shape in ax.collections for path in shape.get_paths()]
    steps = [len(patch.get_data().values) for patch in ax.patches if isinstance(patch, StepPatch)]
    return max([*lines, *areas, *steps])


@pytest.mark.parametrize("length", [0, 1, 2, 9_999, 10_000, 10_001, 123_457])
def test_few_are_spread_evenly(length: int) -> None:
    places = few(length)
    assert len(places) == min(length, MOST)
    if length:
        assert (places[0], places[-1]) == (0, length - 1)
    steps = np.diff(places)
    assert (steps >= 1).all()
    assert steps.size == 0 or steps.max() - steps.min() <= 1


# an area goes there and back, with two corners for each step; two curves have a corner each
@pytest.mark.parametrize(
    ("name", "most"),
    [("progress", 8 * MOST + 20), ("staleness", 8 * MOST + 20), ("batches", 2_000), ("outcomes", 100)],
)
def test_a_long_import_is_drawn_with_few_points(name: str, most: int) -> None:
    assert points(getattr(plots, name)(LONG)) <= most


def test_few_steps_look_like_all() -> None:
    ax = plots.progress(LONG, zoom=False)
    true, published = ax.lines[:2]
    rows, at_s = LONG.snapshots, np.linspace(0.0, LONG.duration_s, 5_000)
    counts = (rows["completed"] + rows["error"]).to_numpy()
    for line, whole_s, whole in (
        (published, rows["at_s"].to_numpy(), counts),
        (true, LONG.truth.finished_us / 1e6, np.arange(1, 30_001)),
    ):
        x, y = (np.asarray(data, dtype=float) for data in line.get_data())
        assert len(x) <= MOST
        drawn, wanted = in_force(x, y, at_s), in_force(np.r_[-1.0, whole_s], np.r_[0, whole], at_s)
        # half a dot of a page that is a thousand dots high
        assert np.abs(drawn - wanted).max() <= 0.0005 * 30_000
    assert y[-1] == 30_000


def test_a_gap_keeps_its_height() -> None:
    # polls are 40,000, of which not all are drawn; a client that polls is behind by as many users as before
    run = simulate(users=20_000, users_per_s=5.0, latency_cv=0.0, seed=1)
    ax = plots.staleness(run, every_s=0.1, zoom=False)
    behind = np.concatenate([path.vertices for path in ax.collections[0].get_paths()])[:, 1]
    assert 49 <= behind.max() <= 51
    assert len(behind) <= 8 * MOST + 20


def test_the_slowest_of_several_batches_is_seen() -> None:
    ax = plots.batches(LONG)
    heights = ax.patches[0].get_data().values  # type: ignore[attr-defined]
    assert len(heights) == 2_000
    assert heights.max() == LONG.truth.work_s.max()
    marks = np.concatenate([np.asarray(line.get_xdata()) for line in ax.lines])
    assert len(marks) == 500
    assert set(marks) <= set(np.flatnonzero(LONG.truth.stall_s) + 1)
    assert "stalled, for" in ax.get_title(loc="left")


@pytest.mark.parametrize("name", ["progress", "batches", "staleness", "outcomes", "eta"])
def test_what_stands_still_for_days_is_drawn(name: str) -> None:
    assert points(getattr(plots, name)(STUCK)) <= 8 * MOST + 20


def test_an_estimator_is_asked_as_often_as_can_be_seen() -> None:
    asked: list[Polled] = []

    def mine(polled: Polled) -> float:
        asked.append(polled)
        return polled.left

    ax = plots.eta(STUCK, methods={"mine": mine})
    polls = len(observe(STUCK))
    assert polls > 200_000
    assert 1_000 < len(asked) <= 2_000
    # one's own sees every answer before
    assert max(len(polled.at_s) for polled in asked) == np.sum(observe(STUCK)["state"] == "importing")
    drawn = np.asarray(ax.lines[1].get_xdata())
    # and the one before the work, at which there is nothing to ask
    assert len(drawn) == len(asked) + 1
    # at each document that was published, and at the poll before
    news = observe(STUCK).query("changed and state == 'importing'")["answered_s"]
    assert set(news) | set(news[1:] - 5.0) <= set(drawn)


def test_of_few_polls_each_is_drawn() -> None:
    run = simulate(users=2_000, seed=1)
    ax = plots.eta(run, every_s=0.1)
    assert len(np.asarray(ax.lines[1].get_xdata())) == len(observe(run, every_s=0.1))
