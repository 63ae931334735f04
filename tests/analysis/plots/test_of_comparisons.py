"""The plot of a comparison draws what its frame says, row by row."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors
from matplotlib import pyplot as plt

from simimport import ParameterError, Scenario, compare, plots, simulate, sweep
from simimport.show.palette import PUBLISHED_COLOR
from simimport.show.words import estimated
from tests.analysis.plots.figures import bars, lay_out, legend_texts, line, plain

pytestmark = pytest.mark.usefixtures("closed")

FIRST = Scenario(users=300)
FOUND = compare(FIRST, FIRST.replace(cancel_rate=0.4, failure_rate=0.05), replicates=60, seed=1)


def test_each_measure_is_a_row_from_the_first_at_the_top() -> None:
    ax = plots.comparison(FOUND)
    lay_out(ax)
    low, high = ax.get_ylim()
    assert low > high
    names = ["duration", "importing", "imported", "failed", "done", "canceled", "in error"]
    assert [text.get_text() for text in ax.get_yticklabels()] == names
    assert [text.get_text() for text in ax.get_xticklabels()] == ["no difference"]


def test_points_and_intervals_are_those_of_the_frame_each_row_on_its_own_scale() -> None:
    ax = plots.comparison(FOUND)
    clear, unsure = line(ax, "difference"), line(ax, "difference, which chance may explain")
    sure = FOUND["p"] <= 0.05
    scales = FOUND[["difference", "low", "high"]].abs().max(axis=1)
    for points, kept in ((clear, sure), (unsure, ~sure)):
        assert points.get_ydata().tolist() == np.flatnonzero(kept).tolist()
        np.testing.assert_allclose(points.get_xdata(), (FOUND["difference"] / scales)[kept])
    segments = np.array(bars(ax, "difference, interval").get_segments())
    np.testing.assert_allclose(segments[:, 0, 0], FOUND["low"] / scales)
    np.testing.assert_allclose(segments[:, 1, 0], FOUND["high"] / scales)
    assert np.abs(segments[:, :, 0]).max(axis=1) == pytest.approx(np.ones(7))
    assert colors.same_color(clear.get_color(), PUBLISHED_COLOR)
    assert sure.any()
    assert not sure.all()


def test_numbers_stand_beside_their_rows_where_they_have_room_and_nowhere_else() -> None:
    ax = plots.comparison(FOUND)
    lay_out(ax)
    said = [text.get_text() for text in ax.texts if text.get_visible()]
    assert len(said) == 7
    row = FOUND.loc["failed", ["difference", "low", "high"]]
    assert any(words.startswith(estimated(*row)) for words in said)
    inside = ax.get_window_extent()
    for text in ax.texts:
        box = text.get_window_extent()
        assert inside.x0 < box.x0 < box.x1 <= inside.x1
        # and right of all that is drawn
        assert ax.transData.inverted().transform((box.x0, 0))[0] > 1
    figure, grid = plt.subplots(2, 3, figsize=(7, 4), layout="constrained")
    small = plots.comparison(FOUND, grid[0, 0])
    figure.canvas.draw()
    assert not any(text.get_visible() for text in small.texts)
    assert small.get_xlim()[1] < 1.2
    low = plots.comparison(FOUND, plt.figure(figsize=(12, 1), layout="constrained").subplots())
    lay_out(low)
    assert not any(text.get_visible() for text in low.texts)


def test_the_title_is_the_sentence_of_what_differs() -> None:
    ax = plots.comparison(FOUND)
    title = ax.get_title(loc="left")
    assert title.startswith("With failure_rate 0.05 instead of 0.02 and cancel_rate 0.4 instead of 0, ")
    assert title.endswith("; 60 pairs of the same seeds")
    failing = compare(FIRST, FIRST.replace(failure_rate=0.1), replicates=20)
    assert "more users fail in the mean" in plots.comparison(failing).get_title(loc="left")
    same = compare(FIRST, FIRST, replicates=20)
    assert "takes as long in every pair" in plots.comparison(same).get_title(loc="left")


def test_a_part_of_a_comparison_is_drawn_too() -> None:
    ax = plots.comparison(pd.DataFrame(FOUND).loc[["failed"]].round(2), plain())
    lay_out(ax)
    assert ax.get_title(loc="left") == "second against first: 1 measure"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["failed"]


def test_what_is_not_known_is_left_out_and_said() -> None:
    run = simulate(FIRST, seed=1)
    ax = plots.comparison(compare([run], [run.cancel(3)]))
    lay_out(ax)
    assert math.isnan(compare([run], [run.cancel(3)]).loc["importing_s", "difference"])
    assert "not known" in [text.get_text() for text in ax.texts]


def test_two_comparisons_are_told_apart_and_share_their_scales() -> None:
    ax = plots.comparison(FOUND, plain(), label="one")
    before = line(ax, "one").get_xdata().tolist()
    half = FOUND.copy()
    half[["difference", "low", "high"]] /= 2
    plots.comparison(half, ax, label="half", color="tab:red")
    lay_out(ax)
    assert legend_texts(ax) == ["one", "half"]
    np.testing.assert_allclose(np.array(before) / 2, line(ax, "half").get_xdata())
    assert (line(ax, "half").get_ydata() > line(ax, "one").get_ydata()).all()
    assert colors.same_color(line(ax, "half").get_color(), "tab:red")
    assert not any(text.get_visible() for text in ax.texts)
    twice = FOUND.copy()
    twice[["difference", "low", "high"]] *= 2
    plots.comparison(twice, ax, label="twice")
    lay_out(ax)
    assert ax.get_xlim() == pytest.approx((-2.24, 2.24))


def test_names_from_outside_are_drawn_letter_by_letter() -> None:
    odd = {r"$\frac{$ (b": FIRST, "a\x9b$x$": FIRST.replace(failure_rate=0.5)}
    first, second = (cell for _, cell in sweep(over=odd, replicates=5).groupby("scenario", sort=False))
    found = compare(first, second)
    assert found.changes == "scenario a\ufffd$x$ instead of $\\frac{$ (b"
    ax = plots.comparison(found, plain())
    lay_out(ax)
    assert "; 5 pairs" in ax.get_title(loc="left")


def test_what_is_no_comparison_is_refused() -> None:
    with pytest.raises(ParameterError, match="comparison is 3; allowed: what compare"):
        plots.comparison(3)  # type: ignore[arg-type]  # that it is none is the point
    with pytest.raises(ParameterError, match="a column is 'p'; allowed: those of the frame"):
        plots.comparison(FOUND.drop(columns="p"))
    with pytest.raises(ParameterError, match="a frame of no rows"):
        plots.comparison(FOUND[:0])
    with pytest.raises(ParameterError, match="color is 'no colour'"):
        plots.comparison(FOUND, color="no colour")
