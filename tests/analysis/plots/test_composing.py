"""Plots beside others: the look that a caller asks for, two on the same axes, and paper of any colour."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import colors, rc_context
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from simimport import PRESETS, ParameterError, Run, Trace, fit, observe, plots, simulate
from simimport.analysis.plots.layout.ink import ink, legible
from tests.analysis.plots import measured
from tests.analysis.plots.cases import CASES, crashed, runs, stalled, swept, trace
from tests.analysis.plots.figures import contrast, legend_texts, line
from tests.everyday import thinned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytestmark = pytest.mark.usefixtures("closed")

#: The artist of each plot that a label, a colour and further properties are for, by that label.
MAIN: dict[str, Callable[[Axes, str], Any]] = {
    "progress": line,
    "batches": lambda ax, label: next(patch for patch in ax.patches if patch.get_label() == label),
    "fan": line,
    "sweep": line,
    "staleness": lambda ax, label: next(area for area in ax.collections if area.get_label() == label),
    "tradeoff": line,
    "forecast": line,
}


def one_line(ax: Axes | None = None, **look: Any) -> Axes:
    frame = swept()
    return plots.sweep(frame[frame["slowdown"] == 0], "crash_rate", ax=ax, **look)


WITH_ONE = {**CASES, "sweep": one_line}


def color_of(artist: Any) -> Any:
    found = artist.get_color() if hasattr(artist, "get_color") else artist.get_facecolor()
    return colors.to_hex(found if isinstance(found, str) or len(found) > 2 else found[0])


# one look for all -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_every_plot_takes_the_same_words_for_its_look(name: str) -> None:
    parameters = inspect.signature(getattr(plots, name)).parameters
    assert parameters["ax"].default is None
    for word, default in (("label", None), ("color", None), ("legend", True), ("title", None)):
        assert parameters[word].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[word].default is default
    assert list(parameters.values())[-1].kind is inspect.Parameter.VAR_KEYWORD


@pytest.mark.parametrize("name", MAIN)
def test_label_color_and_more_are_for_the_main_artist(name: str) -> None:
    ax = WITH_ONE[name](ax=Figure().subplots(), label="mine", color="#123456", alpha=0.5)
    main = MAIN[name](ax, "mine")
    assert color_of(main) == "#123456"
    assert main.get_alpha() == 0.5
    assert "mine" in legend_texts(ax)


@pytest.mark.parametrize("name", CASES)
def test_legend_and_title_are_the_caller_s(name: str) -> None:
    bare = CASES[name](ax=Figure().subplots(), legend=False, title="")
    assert bare.get_legend() is None
    assert bare.get_title(loc="left") == ""
    assert CASES[name](ax=Figure().subplots(), title="so").get_title(loc="left") == "so"


def test_a_legend_goes_where_it_is_told_and_stays_there() -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = plots.fan(runs(), ax=figure.subplots(), legend="lower right")
    measured.draw(figure)
    box, legend = ax.bbox, ax.get_legend()
    assert legend is not None
    assert legend.get_visible()
    assert legend.get_window_extent().x1 > box.x0 + 0.9 * box.width
    assert legend.get_window_extent().y0 < box.y0 + 0.1 * box.height


def test_short_names_of_properties_count_and_own_ones_win() -> None:
    ax = plots.progress(stalled(), ax=Figure().subplots(), lw=4, ls="--")
    assert line(ax, "published").get_linewidth() == 4
    assert line(ax, "published").get_linestyle() == "--"


def test_where_there_is_no_main_artist_label_and_color_mean_what_they_can() -> None:
    ax = plots.states(crashed(), ax=Figure().subplots(), label="tonight", color="#123456")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["tonight"]
    assert "#123456" in {colors.to_hex(patch.get_edgecolor()) for patch in ax.patches}
    ax = plots.outcomes(crashed(), ax=Figure().subplots(), label="tonight", color="#123456")
    assert any(text.startswith("tonight: ") for text in legend_texts(ax))
    assert line(ax, "all in all").get_color() == "#123456"
    ax = CASES["heatmap"](ax=Figure().subplots(), label="how long", color="#123456", cmap="magma", vmin=0)
    [image] = ax.images
    assert image.get_cmap().name == "magma"
    assert image.get_clim()[0] == 0
    assert image.colorbar.ax.get_ylabel() == "how long"  # type: ignore[union-attr]
    assert {text.get_color() for text in ax.texts} == {"#123456"}
    ax = plots.state_machine(ax=Figure().subplots(), label="moves", color="#123456")
    assert ax.get_legend().get_title().get_text() == "moves"  # type: ignore[union-attr]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"colour": "red"}, "a keyword is 'colour'; allowed: the properties of .* Did you mean 'color'"),
        ({"color": "nonsense"}, "color is 'nonsense'; allowed: a colour"),
        ({"label": 3}, "label is 3; allowed: a text"),
        ({"title": 3}, "title is 3; allowed: a text"),
        ({"legend": "somewhere"}, "legend is 'somewhere'; allowed: best, upper right"),
    ],
)
def test_a_look_that_cannot_be_is_refused(name: str, look: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        CASES[name](**look)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("projection", ["polar", "3d"])
def test_axes_that_are_not_flat_are_refused(name: str, projection: str) -> None:
    with pytest.raises(ParameterError, match=f"ax is 'axes of the kind {projection}'; allowed: flat axes"):
        CASES[name](ax=Figure().add_subplot(projection=projection))


# two of a kind --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAIN)
def test_two_of_a_kind_have_two_colours_and_two_labels(name: str) -> None:
    ax = Figure(figsize=(9, 5)).subplots()
    WITH_ONE[name](ax=ax, label="first")
    WITH_ONE[name](ax=ax, label="second")
    first, second = (MAIN[name](ax, label) for label in ("first", "second"))
    assert color_of(first) != color_of(second)
    assert {"first", "second"} <= set(legend_texts(ax))
    assert len(set(legend_texts(ax))) == len(legend_texts(ax))


@pytest.mark.parametrize("name", sorted({*MAIN, "outcomes"}))
def test_two_without_labels_are_told_apart_too(name: str) -> None:
    ax = Figure(figsize=(9, 5)).subplots()
    WITH_ONE[name](ax=ax)
    WITH_ONE[name](ax=ax)
    assert len(set(legend_texts(ax))) == len(legend_texts(ax))
    assert any("2" in text for text in legend_texts(ax))


def test_two_of_each_method_have_colours_of_their_own() -> None:
    ax = Figure().subplots()
    plots.eta(crashed(), ax=ax, methods=["anchored"])
    plots.eta(stalled(), ax=ax, methods=["anchored"], label="other")
    assert line(ax, "anchored").get_color() != line(ax, "other").get_color()
    assert ax.get_title(loc="left").count("\n") == 1
    assert "other: 4,000 users" in ax.get_title(loc="left")


def test_axes_reach_over_both_and_states_stand_in_rows() -> None:
    for first, second in ((crashed(), stalled()), (stalled(), crashed())):
        ax = Figure().subplots()
        plots.progress(first, ax=ax)
        plots.progress(second, ax=ax)
        assert ax.get_xlim()[1] > max(first.duration_s, second.duration_s)
        assert ax.get_ylim()[1] > 4000
    ax = Figure().subplots()
    plots.states(crashed(), ax=ax, label="one")
    plots.states(stalled(), ax=ax, label="other")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["one", "other"]
    assert {patch.get_y() for patch in ax.patches} == {-0.4, -1.4}  # type: ignore[attr-defined]
    assert len(legend_texts(ax)) == len(set(legend_texts(ax)))


def test_shared_axes_reach_over_all_that_share_them() -> None:
    several = [simulate(users=users, seed=1) for users in (500, 3000, 1000)]
    axes = Figure().subplots(1, 3, sharex=True, sharey=True)
    for run, ax in zip(several, axes, strict=True):
        plots.progress(run, ax=ax)
    assert axes[0].get_xlim()[1] == axes[2].get_xlim()[1] > max(run.duration_s for run in several)
    assert axes[0].get_ylim()[1] > 3000


def test_two_fits_are_checked_on_the_same_axes() -> None:
    ax = Figure(figsize=(9, 4)).subplots()
    for seed in (1, 2):
        plots.check(fit(Trace(simulate(users=2000, failure_rate=0.1, seed=seed).responses())), ax=ax)
    points = [drawn for drawn in ax.lines if drawn.get_marker() == "o"]
    assert len({drawn.get_color() for drawn in points}) == len(points) == 4
    assert len(ax.child_axes) == 1


@pytest.mark.parametrize("name", ["heatmap", "state_machine"])
def test_what_would_cover_another_is_refused(name: str) -> None:
    ax = CASES[name](ax=Figure().subplots())
    with pytest.raises(ParameterError, match="ax is 'axes with a"):
        CASES[name](ax=ax)


# little to show -------------------------------------------------------------------------------------

EMPTY, ALONE = simulate(PRESETS["empty"], seed=1), simulate(PRESETS["one_user"], seed=1)
NEVER = simulate(users=100, seed=1).cancel(3)


@pytest.mark.parametrize(
    ("draw", "run", "words"),
    [
        (plots.progress, EMPTY, "no users to import"),
        (plots.outcomes, EMPTY, "no users"),
        (plots.outcomes, ALONE, "nobody failed"),
        (plots.outcomes, NEVER, "no user was reached"),
        (plots.batches, EMPTY, "no users, and so no batches"),
        (plots.batches, NEVER, "no batch was flushed"),
        (plots.staleness, EMPTY, "nothing to be behind of: no users"),
        (plots.staleness, NEVER, "nothing to be behind of: never at work"),
        (plots.eta, NEVER, "never at work: nothing to promise"),
    ],
)
def test_where_there_is_nothing_it_says_what_there_is(
    draw: Callable[..., Axes], run: Run, words: str
) -> None:
    ax = draw(run, ax=Figure(figsize=(6, 4)).subplots())
    assert words in [text.get_text() for text in ax.texts]


def test_of_no_answers_and_of_no_stretches_it_is_said_too() -> None:
    none = trace()[:0]
    assert "no answers yet" in [text.get_text() for text in plots.forecast(fit(none), none).texts]
    one = Trace(observe(ALONE))[:1]
    assert "nothing to compare yet" in [text.get_text() for text in plots.check(fit(one)).texts]


@pytest.mark.parametrize("run", [ALONE, simulate(users=50, seed=1)])
@pytest.mark.parametrize("draw", [plots.progress, plots.outcomes, plots.batches, plots.staleness])
def test_no_two_ticks_say_the_same(draw: Callable[..., Axes], run: Run) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = draw(run, ax=figure.subplots())
    measured.draw(figure)
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert all(one.get_text() != other.get_text() for one, other in pairwise(labels))
    assert "1 batches" not in ax.get_title(loc="left")


# paper ----------------------------------------------------------------------------------------------

#: An ink that holds 3 on white and on #111.
MIDDLE = "#7c7c7c"
STYLE = dict.fromkeys(
    ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), MIDDLE
)


def test_the_ink_in_the_middle_is_read_on_both() -> None:
    assert min(contrast(MIDDLE, "white"), contrast(MIDDLE, "#111111")) > 3


@pytest.mark.parametrize("name", CASES)
def test_on_clear_paper_the_ink_is_the_style_s_own(name: str) -> None:
    with rc_context(STYLE):
        figure = Figure(figsize=(9, 5), facecolor="none", layout="constrained")
        ax = CASES[name](ax=figure.add_subplot(facecolor="none"))
        measured.draw(figure)
    legend = ax.get_legend()
    around = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    around += [] if legend is None else [*legend.get_texts()]
    assert {colors.to_hex(text.get_color()) for text in around} == {MIDDLE}
    assert legend is None or not legend.get_frame_on()
    for drawn in ax.lines:
        assert contrast(drawn.get_color(), "white") > 2.9
        assert contrast(drawn.get_color(), "#111111") > 2.9


@pytest.mark.parametrize("face", thinned(["white", "#111111", "#e8d8b0"], {"white", "#111111"}))
@pytest.mark.parametrize("name", CASES)
def test_all_words_around_the_data_are_read_on_any_paper(name: str, face: str) -> None:
    """Also where the style is made for another paper."""
    figure = Figure(figsize=(9, 5), facecolor=face, layout="constrained")
    ax = CASES[name](ax=figure.add_subplot(facecolor=face))
    measured.draw(figure)
    words = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label]
    assert all(contrast(text.get_color(), face) >= 3 for text in words)
    assert all(contrast(spine.get_edgecolor()[:3], face) >= 3 for spine in ax.spines.values())


def test_ink_follows_what_is_seen() -> None:
    figure = Figure(facecolor="#111111")
    ax = figure.add_subplot(facecolor="none")
    assert ink(ax) == "#f0f0f0"
    assert legible("black", ax) == "#f0f0f0"
    assert legible("#1D87C4", ax) == "#1D87C4"
    part = figure.subfigures(1, 2)[0]
    assert ink(part.add_subplot(facecolor="none")) == "#f0f0f0"
    figure.set_facecolor("none")
    with rc_context({"text.color": "#aa0000"}):
        assert ink(ax) == "#aa0000"
